// SPDX-License-Identifier: AGPL-3.0-only
pragma solidity 0.8.30;

import {Division, Lock, StakingProof} from "./Staking.sol";

/// Every move between accounts of Staking leaves their sum as it was, whoever and whatever they are.
/// @custom:code Staking
contract StakingMoves is StakingProof {
    /// `lock` takes what it locks from stake and unbonding. Promise 2.
    /// @custom:twin Staking.vy: `self.accounts[owner] -= from_stake` -> `self.accounts[owner] -= 0`
    function check_lock_conserves(bytes32 key, address owner, uint256 amount) external {
        uint256 before = assumeOwed(owner, owner, key, 0, 0);
        vm.prank(VERIFICATION);
        staking.lock(key, owner, amount);
        assert(sum(owner, owner, key, 0, 0) == before);
    }

    /// `fund` moves stake into a pot. Promise 2.
    /// @custom:twin Staking.vy: `self.pots[pot] += amount` -> `self.pots[pot] += amount + 1`
    function check_fund_conserves(bytes32 pot, address owner, uint256 amount) external {
        uint256 before = assumeOwed(owner, owner, 0, pot, pot);
        vm.prank(REGISTRY);
        staking.fund(pot, owner, amount);
        assert(sum(owner, owner, 0, pot, pot) == before);
    }

    /// `pledge` moves stake into a bond. Promise 2.
    /// @custom:twin Staking.vy: `word - amount + (amount << BONDED)` -> `word + (amount << BONDED)`
    function check_pledge_conserves(address owner, uint256 amount) external {
        uint256 before = assumeOwed(owner, owner, 0, 0, 0);
        vm.prank(ARBITRATION);
        staking.pledge(owner, amount);
        assert(sum(owner, owner, 0, 0, 0) == before);
    }

    /// `restore` moves a bond back to its owner's stake. Promise 2.
    /// @custom:twin Staking.vy: `self.accounts[owner] = word - (amount << BONDED)` -> `self.accounts[owner] = word`
    function check_restore_conserves(address owner, uint256 amount) external {
        uint256 before = assumeOwed(owner, owner, 0, 0, 0);
        vm.prank(SETTLEMENT);
        staking.restore(owner, amount);
        assert(sum(owner, owner, 0, 0, 0) == before);
    }

    /// `forfeit` divides a bond between a credit and what is burnt. Promise 2.
    /// @custom:twin Staking.vy: `burnt: uint256 = amount - paid` -> `burnt: uint256 = amount`
    function check_forfeit_conserves(address owner, uint256 amount, address receiver, uint256 paid) external {
        uint256 before = assumeOwed(owner, receiver, 0, 0, 0);
        vm.prank(SETTLEMENT);
        staking.forfeit(owner, amount, receiver, paid);
        assert(sum(owner, receiver, 0, 0, 0) == before);
    }

    /// `release` gives all of a lock back to its owner's stake. Promise 2.
    /// @custom:twin Staking.vy: `self.accounts[held.owner] += held.amount` -> `self.accounts[held.owner] += 1`
    function check_release_conserves(bytes32 key) external {
        address owner = staking.locks(key).owner;
        uint256 before = assumeOwed(owner, owner, key, 0, 0);
        vm.prank(SETTLEMENT);
        assert(staking.release(key) == owner);
        assert(sum(owner, owner, key, 0, 0) == before);
        assert(staking.locks(key).amount == 0);
    }

    /// `slash` divides a lock among its owner, a credit, a pot and what is burnt, to the unit. Promise 2.
    /// @custom:twin Staking.vy: `burnt: uint256 = held.amount - given` -> `burnt: uint256 = held.amount`
    function check_slash_divides_the_lock(bytes32 key, Division calldata division) external {
        Lock memory held = staking.locks(key);
        uint256 stake = staking.stake(held.owner);
        uint256 credit = staking.credit(division.receiver);
        uint256 pot = staking.pots(division.pot);
        uint256 burnt = staking.burnt();
        assumeOwed(held.owner, division.receiver, key, division.pot, division.pot);
        vm.prank(SETTLEMENT);
        assert(staking.slash(key, division) == held.owner);
        unchecked {
            assert(staking.stake(held.owner) == stake + division.returned);
            assert(staking.credit(division.receiver) == credit + division.paid);
            assert(staking.pots(division.pot) == pot + division.kept);
            assert(staking.burnt() == burnt + held.amount - division.returned - division.paid - division.kept);
        }
        assert(staking.locks(key).amount == 0);
    }

    /// `pay` moves from a pot to a credit. Promise 2.
    /// @custom:twin Staking.vy: `self.credit[receiver] += amount` -> `self.credit[receiver] += 2 * amount`
    function check_pay_conserves(bytes32 pot, address receiver, uint256 amount) external {
        uint256 before = assumeOwed(receiver, receiver, 0, pot, pot);
        vm.prank(SETTLEMENT);
        staking.pay(pot, receiver, amount);
        assert(sum(receiver, receiver, 0, pot, pot) == before);
    }

    /// `pay_rest` empties a pot into a credit, and never reverts. Promises 2 and 5.
    /// @custom:twin Staking.vy: `self.pots[pot] = held - amount` -> `self.pots[pot] = held`
    function check_pay_rest_empties(bytes32 pot, address receiver) external {
        uint256 before = assumeOwed(receiver, receiver, 0, pot, pot);
        vm.prank(SETTLEMENT);
        try staking.pay_rest(pot, receiver) {
            assert(staking.pots(pot) == 0);
            assert(sum(receiver, receiver, 0, pot, pot) == before);
        } catch {
            assert(false);
        }
    }

    /// `shift` moves from a pot to a pot, the same one included. Promise 2.
    /// @custom:twin Staking.vy: `self.pots[target] += amount` -> `self.pots[target] = amount`
    function check_shift_conserves(bytes32 source, bytes32 target, uint256 amount) external {
        uint256 before = assumeOwed(address(0), address(0), 0, source, target);
        vm.prank(SETTLEMENT);
        staking.shift(source, target, amount);
        assert(sum(address(0), address(0), 0, source, target) == before);
    }

    /// `burn` moves from a pot to what nobody owns. Promise 2.
    /// @custom:twin Staking.vy: `self.burnt += amount` -> `self.burnt = amount`
    function check_burn_conserves(bytes32 pot, uint256 amount) external {
        uint256 before = assumeOwed(address(0), address(0), 0, pot, pot);
        vm.prank(SETTLEMENT);
        staking.burn(pot, amount);
        assert(sum(address(0), address(0), 0, pot, pot) == before);
    }

    /// `unbond` moves stake to what is on its way out. Promise 2.
    /// @custom:twin Staking.vy: `self.unbonding[msg.sender] += amount` -> `self.unbonding[msg.sender] = amount`
    function check_unbond_conserves(address owner, uint256 amount) external {
        uint256 before = assumeOwed(owner, owner, 0, 0, 0);
        vm.prank(owner);
        staking.unbond(amount);
        assert(sum(owner, owner, 0, 0, 0) == before);
    }

    /// `restake` moves credit to stake. Promise 2.
    /// @custom:twin Staking.vy: `self._allot(msg.sender, amount)` -> `self._allot(msg.sender, amount + 1)`
    function check_restake_conserves(address owner, uint256 amount) external {
        uint256 before = assumeOwed(owner, owner, 0, 0, 0);
        vm.prank(owner);
        staking.restake(amount);
        assert(sum(owner, owner, 0, 0, 0) == before);
    }

    /// What is allotted counts a new lock, taken from what was unbonding too. Promise 9.
    /// @custom:twin Staking.vy: `self.allotted[owner] += rest` -> `self.allotted[owner] += 0`
    function check_lock_is_allotted(bytes32 key, address owner, uint256 amount) external {
        assumeOwed(owner, owner, key, 0, 0);
        uint256 rest = staking.allotted(owner) - staking.stake(owner) - staking.bonded(owner);
        vm.prank(VERIFICATION);
        staking.lock(key, owner, amount);
        assert(staking.allotted(owner) == staking.stake(owner) + staking.bonded(owner) + rest + amount);
    }

    /// What is allotted falls by what a slash takes, and no more. Promise 9.
    /// @custom:twin Staking.vy: `-= held.amount - division.returned` -> `-= held.amount`
    function check_slash_is_allotted(bytes32 key, Division calldata division) external {
        address owner = staking.locks(key).owner;
        uint256 amount = staking.locks(key).amount;
        assumeOwed(owner, owner, key, 0, 0);
        uint256 rest = staking.allotted(owner) - staking.stake(owner) - staking.bonded(owner) - amount;
        vm.prank(SETTLEMENT);
        staking.slash(key, division);
        assert(staking.allotted(owner) == staking.stake(owner) + staking.bonded(owner) + rest);
    }
}
