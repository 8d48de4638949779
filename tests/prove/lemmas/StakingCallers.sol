// SPDX-License-Identifier: AGPL-3.0-only
pragma solidity 0.8.30;

import {IStaking, StakingProof} from "./Staking.sol";

/// Nobody but the named contracts moves accounts. Arguments are any 160 bytes, in any state.
/// @custom:code Staking
contract StakingCallers is StakingProof {
    /// Calls one of Staking's functions that change state, whichever.
    function callAny(address caller, uint256 which) internal returns (bytes4 selector, bool done) {
        bytes memory writers = vm.envBytes("Staking_writers");
        for (uint256 i = 0; i < writers.length / 4; i++) {
            if (which == i) {
                assembly {
                    selector := mload(add(add(writers, 32), mul(i, 4)))
                }
                selector = bytes4(selector);
                vm.prank(caller);
                (done,) = address(staking).call(bytes.concat(selector, svm.createBytes(160, "arguments")));
            }
        }
    }

    function refused(address caller, bytes4 selector) internal {
        vm.prank(caller);
        (bool done,) = address(staking).call(bytes.concat(selector, svm.createBytes(160, "arguments")));
        assert(!done);
    }

    /// Whatever a stranger sends, nobody else's account changes, nor a lock, a pot or what is burnt. Promise 7.
    /// @custom:twin Staking.vy: `assert msg.sender == SETTLEMENT, "staking: caller"` -> `pass`
    function check_strangers_move_only_their_own(address caller, uint256 which, address owner, bytes32 key) external {
        vm.assume(caller != owner && caller != ARBITRATION && caller != SETTLEMENT && !isLocker(caller));
        bytes32 before = digest(owner, key);
        callAny(caller, which);
        assert(digest(owner, key) == before);
    }

    function digest(address owner, bytes32 key) internal returns (bytes32) {
        return keccak256(
            abi.encode(
                staking.stake(owner),
                staking.bonded(owner),
                staking.unbonding(owner),
                staking.unbonding_ends(owner),
                staking.allotted(owner),
                staking.credit(owner),
                staking.locks(key),
                staking.pots(key),
                staking.burnt()
            )
        );
    }

    /// What is owed changes at the border only: by `deposit`, `withdraw`, `withdraw_stake`. Promises 1 and 2.
    /// @custom:twin Staking.vy: `self.burnt += amount` -> `self.owed -= amount`
    function check_owed_changes_at_the_border(address caller, uint256 which) external {
        uint256 owed = staking.owed();
        (bytes4 selector,) = callAny(caller, which);
        vm.assume(selector != IStaking.deposit.selector && selector != bytes4(keccak256("deposit_with_permit(uint256,uint256,uint8,bytes32,bytes32)")));
        vm.assume(selector != IStaking.withdraw.selector && selector != IStaking.withdraw_stake.selector);
        assert(staking.owed() == owed);
    }

    /// Only five contracts lock or fund. Promise 7.
    /// @custom:twin Staking.vy: `msg.sender == REGISTRY` -> `msg.sender != REGISTRY`
    function check_lockers_only(address caller) external {
        vm.assume(!isLocker(caller));
        refused(caller, IStaking.lock.selector);
        refused(caller, IStaking.fund.selector);
    }

    /// Only Arbitration bonds. Promise 7.
    /// @custom:twin Staking.vy: `assert msg.sender == ARBITRATION, "staking: caller"` -> `pass`
    function check_arbitration_only(address caller) external {
        vm.assume(caller != ARBITRATION);
        refused(caller, IStaking.pledge.selector);
    }

    /// Only Settlement releases, slashes, pays, shifts and burns. Promise 7.
    /// @custom:twin Staking.vy: `assert msg.sender == SETTLEMENT, "staking: caller"` -> `assert msg.sender != REGISTRY`
    function check_settlement_only(address caller) external {
        vm.assume(caller != SETTLEMENT);
        refused(caller, IStaking.restore.selector);
        refused(caller, IStaking.forfeit.selector);
        refused(caller, IStaking.release.selector);
        refused(caller, IStaking.slash.selector);
        refused(caller, IStaking.pay.selector);
        refused(caller, IStaking.pay_rest.selector);
        refused(caller, IStaking.shift.selector);
        refused(caller, IStaking.burn.selector);
    }
}
