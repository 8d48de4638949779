"""Deploy the suite and write its manifest."""

from pathlib import Path

import ape
import click
from ape.cli import ConnectedProviderCommand, account_option
from rich.table import Table

from pinpoint.chain.ape_port import ApePort
from pinpoint.chain.deployment import DeploymentError, deploy
from pinpoint.chain.header import HeaderError
from pinpoint.chain.parameters import Parameters
from pinpoint.command_line import clear_errors, console, manifest_option, manifest_path
from pinpoint.economics import check
from pinpoint.economics.options import market_of, market_options

LOCAL_FUNDS = 10**24


@click.command(cls=ConnectedProviderCommand, short_help="Deploy the suite and write its manifest.")
@account_option()
@click.option(
    "--parameters",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    default=Path("deployments/local.yaml"),
    show_default=True,
    help="What the deployment fixes for ever.",
)
@click.option("--token", default=None, help="Address of the ERC-20; without one, local networks get their own.")
@click.option("--beacon", default=None, help="Address of another source of seeds than the headers of this chain.")
@click.option("--treasury", default=None, help="Who is credited taxes; the account by default.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@manifest_option
@market_options
def cli(provider, account, parameters, token, beacon, treasury, yes, manifest, **numbers):
    """Deploy the suite. Nobody, the deployer included, has any power over it afterwards.

    Draws are decided by prevrandao, which anybody shows from the headers of blocks. On a chain whose headers carry
    none, --beacon names a contract that gives seeds (IBeacon). Whoever runs that contract decides all draws.

    On a local network without --token, a token with permits is deployed too, and the account and ape's test accounts
    get some of it.

    Parameters under which cheating pays, in the market that the options describe, are refused: `ape run economics` with
    the same options says how far off they are.
    """
    with clear_errors():
        path = manifest_path(manifest)
        if path.exists():
            raise DeploymentError(f"expected no manifest at {path}, and there is one: it is never overwritten")
        try:
            values = Parameters.load(parameters)
            failing = [i for i in check(values, *market_of(numbers)) if not i.holds]
        except ValueError as error:
            raise click.ClickException(f"{parameters}: {error}") from error
        for i in failing:
            console.print(f"[red]{i.name}: expected at least {i.right:.4g} {i.unit}, got {i.left:.4g}")
        if failing:
            names = ", ".join(i.name for i in failing)
            raise DeploymentError(f"expected {parameters} to make honesty pay; fails: {names}")
        if token is None and not provider.network.is_local:
            raise click.ClickException("expected --token on a network that is not local")
        port = ApePort()
        if beacon is None:
            try:
                port.check_randomness()
            except HeaderError as error:
                raise DeploymentError(f"{error}: --beacon names another source of seeds") from error
        table = Table("parameter", "value", title=f"{parameters} on {provider.network.choice}")
        for name, value in values.model_dump().items():
            table.add_row(name, str(value))
        console.print(table)
        if not yes:
            click.confirm(f"Deploy from {account.address}?", abort=True)
        local_token = token is None
        if local_token:
            token = port.deploy(account, "LocalToken", [])
        port.attach("Token", token)
        deployment = deploy(port, account, token, treasury or account.address, values, beacon)
        if local_token:
            for receiver in [account, *ape.accounts.test_accounts]:
                port.send(account, "Token", "mint", receiver.address, LOCAL_FUNDS)
        deployment.save(path)
        console.print(f"Deployed and checked: {path}")
