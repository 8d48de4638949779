// SPDX-License-Identifier: AGPL-3.0-only
pragma solidity 0.8.30;

import {Callers} from "./Callers.sol";
import {IStaking, StakingProof} from "./Staking.sol";

/// Nobody but the named contracts moves accounts. Arguments are any six words, in any state.
/// @custom:code Staking
contract StakingCallers is StakingProof, Callers {
    /// Whatever a stranger sends, nobody else's account changes, nor a lock, a pot or what is burnt. Promise 7.
    /// @custom:twin Staking.vy: `assert msg.sender == SETTLEMENT, "staking: caller"` -> `pass`
    function check_strangers_move_only_their_own(address caller, uint256 which, address owner, bytes32 key) external {
        vm.assume(caller != owner && caller != ARBITRATION && caller != SETTLEMENT && !isLocker(caller));
        uint256[10] memory before = books(owner, key);
        callAny(address(staking), caller, vm.envBytes("Staking_writers"), which);
        uint256[10] memory later = books(owner, key);
        uint256 changed;
        for (uint256 i = 0; i < 10; i++) {
            changed |= before[i] ^ later[i];
        }
        assert(changed == 0);
    }

    function books(address owner, bytes32 key) internal returns (uint256[10] memory) {
        return [
            staking.stake(owner),
            staking.bonded(owner),
            staking.unbonding(owner),
            staking.unbonding_ends(owner),
            staking.allotted(owner),
            staking.credit(owner),
            staking.locks(key).amount,
            uint160(staking.locks(key).owner),
            staking.pots(key),
            staking.burnt()
        ];
    }

    /// What is owed changes at the border only: by deposits and withdrawals. Promises 1 and 2.
    /// @custom:twin Staking.vy: `self.burnt += amount` -> `self.owed -= amount`
    function check_owed_changes_at_the_border(address caller, uint256 which) external {
        uint256 owed = staking.owed();
        (bytes4 selector,) = callAny(address(staking), caller, vm.envBytes("Staking_writers"), which);
        vm.assume(selector != IStaking.deposit.selector && selector != IStaking.deposit_with_permit.selector);
        vm.assume(selector != IStaking.withdraw.selector && selector != IStaking.withdraw_stake.selector);
        assert(staking.owed() == owed);
    }

    /// Only five contracts lock or fund. Promise 7.
    /// @custom:twin Staking.vy: `msg.sender == REGISTRY` -> `msg.sender != REGISTRY`
    function check_lockers_only(address caller, uint256 which) external {
        vm.assume(!isLocker(caller));
        refused(address(staking), caller, abi.encodePacked(IStaking.lock.selector, IStaking.fund.selector), which);
    }

    /// Only Arbitration bonds. Promise 7.
    /// @custom:twin Staking.vy: `assert msg.sender == ARBITRATION, "staking: caller"` -> `pass`
    function check_arbitration_only(address caller) external {
        vm.assume(caller != ARBITRATION);
        refused(address(staking), caller, abi.encodePacked(IStaking.pledge.selector), 0);
    }

    /// Only Settlement releases, slashes, pays, shifts and burns. Promise 7.
    /// @custom:twin Staking.vy: `assert msg.sender == SETTLEMENT, "staking: caller"` -> `assert msg.sender != REGISTRY`
    function check_settlement_only(address caller, uint256 which) external {
        vm.assume(caller != SETTLEMENT);
        bytes memory selectors = abi.encodePacked(
            IStaking.restore.selector,
            IStaking.forfeit.selector,
            IStaking.release.selector,
            IStaking.slash.selector,
            IStaking.pay.selector,
            IStaking.pay_rest.selector,
            IStaking.shift.selector,
            IStaking.burn.selector
        );
        refused(address(staking), caller, selectors, which);
    }
}
