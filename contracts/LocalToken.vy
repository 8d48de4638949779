# pragma version 0.4.3
# pragma nonreentrancy on
"""
@title A token for local chains
@license AGPL-3.0-only
@notice snekmate's ERC-20 with EIP-2612 permits. Real deployments name their
        own token.
"""

from snekmate.auth import ownable
from snekmate.tokens import erc20

initializes: ownable
initializes: erc20[ownable := ownable]
exports: erc20.__interface__


@deploy
def __init__():
    """
    @notice The deployer owns the token and mints it.
    """
    ownable.__init__()
    erc20.__init__("Pinpoint Local", "PIN", 18, "Pinpoint Local", "1")
