// SPDX-License-Identifier: AGPL-3.0-only
pragma solidity 0.8.30;

import {Division, IStaking, StakingProof} from "./Staking.sol";

/// What no caller can do to Staking's locks, and what nobody can keep an owner from.
/// @custom:code Staking
contract StakingGuards is StakingProof {
    /// No more is given away of a lock than was locked. Promise 2: slash <= lock.
    /// @custom:twin Staking.vy: `division.returned + division.paid + division.kept` -> `division.returned + division.paid`
    function check_slash_at_most_the_lock(bytes32 key, Division calldata division) external {
        uint256 amount = staking.locks(key).amount;
        vm.prank(SETTLEMENT);
        staking.slash(key, division);
        unchecked {
            uint256 given = division.returned + division.paid;
            assert(given >= division.paid && given + division.kept >= given);
            assert(given + division.kept <= amount);
        }
    }

    /// A slash touches no other lock, not even of the same owner. Promise 7.
    /// @custom:twin Staking.vy: `self.lock_words[key] = 0` -> `self.lock_words[empty(bytes32)] = 0`
    function check_slash_touches_one_lock(bytes32 key, bytes32 other, Division calldata division) external {
        vm.assume(other != key);
        address owner = staking.locks(other).owner;
        uint256 amount = staking.locks(other).amount;
        vm.prank(SETTLEMENT);
        staking.slash(key, division);
        assert(staking.locks(other).owner == owner && staking.locks(other).amount == amount);
    }

    /// A lock ends once: what was released or slashed is neither again. Promise 5: one settlement.
    /// @custom:twin Staking.vy: `self.lock_words[key] = 0` -> `pass`
    function check_lock_ends_once(bytes32 key, Division calldata division, bool first, bool second) external {
        vm.startPrank(SETTLEMENT);
        if (first) staking.slash(key, division);
        else staking.release(key);
        bytes memory again = abi.encodeCall(IStaking.release, (key));
        if (second) again = abi.encodeCall(IStaking.slash, (key, division));
        (bool done,) = address(staking).call(again);
        assert(!done);
    }

    /// A key that is in use is not locked under again. Promise 9.
    /// @custom:twin Staking.vy: `assert self.lock_words[key] == 0, "staking: locked"` -> `pass`
    function check_lock_key_is_free(bytes32 key, address owner, uint256 amount) external {
        vm.assume(staking.locks(key).owner != address(0));
        vm.prank(REGISTRY);
        (bool done,) = address(staking).call(abi.encodeCall(IStaking.lock, (key, owner, amount)));
        assert(!done);
    }

    /// All stake, on its way out or not, can be locked as long as it is not withdrawn. Promise 9.
    /// @custom:twin Staking.vy: `assert self.unbonding[owner] >= rest` -> `assert self.unbonding[owner] > rest`
    function check_all_stake_can_be_locked(bytes32 key, address owner, uint256 amount) external {
        assumeOwed(owner, owner, key, 0, 0);
        assumeSmall(staking.allotted(owner));
        vm.assume(staking.locks(key).owner == address(0) && staking.locks(key).amount == 0);
        vm.assume(amount <= staking.lockable(owner));
        vm.prank(VERIFICATION);
        (bool done,) = address(staking).call(abi.encodeCall(IStaking.lock, (key, owner, amount)));
        assert(done);
    }

    /// Up to and in the last second of its period no unbonding stake leaves. Promise 9.
    /// @custom:twin Staking.vy: `block.timestamp > self.unbonding_ends[msg.sender]` -> `block.timestamp >= self.unbonding_ends[msg.sender]`
    function check_unbonding_waits(address owner, uint256 time) external {
        vm.assume(time <= staking.unbonding_ends(owner));
        vm.warp(time);
        vm.prank(owner);
        (bool done,) = address(staking).call(abi.encodeCall(IStaking.withdraw_stake, ()));
        assert(!done);
    }

    /// Each call of `unbond` starts the whole period anew. Promise 9.
    /// @custom:twin Staking.vy: `self.unbonding_ends[msg.sender] = ready_at` -> `self.unbonding_ends[msg.sender] = block.timestamp`
    function check_unbond_starts_the_period(address owner, uint256 amount, uint256 time) external {
        vm.assume(time < 2 ** 64);
        vm.warp(time);
        vm.prank(owner);
        staking.unbond(amount);
        assert(staking.unbonding_ends(owner) == time + UNBONDING_PERIOD);
    }

    /// An owner is paid any part of its credit at any time, in any state. Promise 7.
    /// @custom:twin Staking.vy: `self.owed -= amount` -> `self.owed -= amount + 1`
    function check_credit_can_be_withdrawn(address owner, uint256 amount, uint256 time) external {
        vm.assume(owner != address(staking) && amount != 0 && amount <= staking.credit(owner));
        vm.assume(staking.credit(owner) <= staking.owed() && staking.owed() <= token.balanceOf(address(staking)));
        uint256 had = token.balanceOf(owner);
        vm.assume(had <= MAX_OWED && token.balanceOf(address(staking)) <= MAX_OWED);
        vm.warp(time);
        vm.prank(owner);
        (bool done,) = address(staking).call(abi.encodeCall(IStaking.withdraw, (amount)));
        assert(done);
        assert(token.balanceOf(owner) == had + amount);
    }

    /// A deposit adds to what is owed what has arrived, and no more than fits. Promises 1 and 2.
    /// @custom:twin Staking.vy: `self.owed += amount` -> `self.owed += amount + 1`
    function check_deposit_keeps_solvent(address owner, uint256 amount) external {
        vm.assume(owner != address(staking));
        uint256 owed = staking.owed();
        uint256 held = token.balanceOf(address(staking));
        uint256 stake = staking.stake(owner);
        vm.assume(owed <= held && held <= MAX_OWED && stake <= owed);
        vm.prank(owner);
        staking.deposit(amount);
        assert(staking.owed() - owed == token.balanceOf(address(staking)) - held);
        assert(staking.stake(owner) - stake == amount && staking.owed() <= MAX_OWED);
    }

    /// What leaves is taken from what is owed. Promise 1.
    /// @custom:twin Staking.vy: `self.owed -= amount` -> `self.owed -= amount - 1`
    function check_payment_keeps_solvent(address owner, uint256 amount, bool stake) external {
        vm.assume(owner != address(staking));
        uint256 owed = staking.owed();
        uint256 held = token.balanceOf(address(staking));
        vm.assume(owed <= held && held <= MAX_OWED);
        vm.prank(owner);
        if (stake) staking.withdraw_stake();
        else staking.withdraw(amount);
        assert(owed - staking.owed() == held - token.balanceOf(address(staking)));
    }
}
