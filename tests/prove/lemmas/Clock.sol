// SPDX-License-Identifier: AGPL-3.0-only
pragma solidity 0.8.30;

import {Prove} from "./Prove.sol";

interface IClock {
    function start(uint256 budget, uint256 time) external returns (uint256);
    function pack(uint256 side, uint256 defender, uint256 challenger, uint256 since) external returns (uint256);
    function side(uint256 state) external returns (uint256);
    function since(uint256 state) external returns (uint256);
    function left(uint256 state) external returns (uint256 defender, uint256 challenger);
    function deadline(uint256 state, uint256 reply) external returns (uint256);
    function press(uint256 state, uint256 time) external returns (uint256);
}

/// The chess clock, on every word of 101 bits and at every second of its 36.
/// @custom:code Clock
contract ClockLemmas is Prove {
    uint256 constant CHALLENGER = 0;
    uint256 constant DEFENDER = 1;
    IClock clock;

    function setUp() public {
        clock = IClock(deploy("Clock"));
    }

    function assumeRunning(uint256 state, uint256 time) internal {
        vm.assume(state < 2 ** 101 && time < 2 ** 36);
    }

    /// Whoever presses, no budget grows. Promise 6.
    /// @custom:twin libraries/clock.vy: `defender -= min(spent, defender)` -> `defender += min(spent, defender)`
    function check_clock_never_grows(uint256 state, uint256 time) external {
        assumeRunning(state, time);
        (uint256 defender, uint256 challenger) = clock.left(state);
        (uint256 defenderAfter, uint256 challengerAfter) = clock.left(clock.press(state, time));
        assert(defenderAfter <= defender && challengerAfter <= challenger);
    }

    /// A move costs its mover's clock only. Promise 6.
    /// @custom:twin libraries/clock.vy: `challenger -= min(spent, challenger)` -> `defender -= min(spent, defender)`
    function check_clock_charges_the_mover(uint256 state, uint256 time) external {
        assumeRunning(state, time);
        (uint256 defender, uint256 challenger) = clock.left(state);
        (uint256 defenderAfter, uint256 challengerAfter) = clock.left(clock.press(state, time));
        if (clock.side(state) == DEFENDER) assert(challengerAfter == challenger);
        else assert(defenderAfter == defender);
    }

    /// A press passes the turn, and the other's time begins that second: it never ticks for both. Promise 6.
    /// @custom:twin libraries/clock.vy: `return self.pack(CHALLENGER, defender, challenger, now)` -> `return self.pack(DEFENDER, defender, challenger, now)`
    function check_clock_passes_the_turn(uint256 state, uint256 time) external {
        assumeRunning(state, time);
        uint256 next = clock.press(state, time);
        assert(clock.side(next) + clock.side(state) == 1);
        assert(clock.since(next) == time);
    }

    /// A turn that ends by its deadline takes from budget and reply time all the seconds it lasts: with at most so many
    /// turns the sum of all is bounded. Promise 6.
    /// @custom:twin libraries/clock.vy: `spent: uint256 = now - self.since(clock)` -> `spent: uint256 = (now - self.since(clock)) // 2`
    function check_time_is_paid_for(uint256 state, uint256 time, uint256 reply) external {
        assumeRunning(state, time);
        vm.assume(reply < 2 ** 32 && time <= clock.deadline(state, reply));
        (uint256 defender, uint256 challenger) = clock.left(state);
        (uint256 defenderAfter, uint256 challengerAfter) = clock.left(clock.press(state, time));
        assert(defenderAfter + challengerAfter + time - clock.since(state) <= defender + challenger + reply);
    }

    /// Whoever is on the clock has the time for a reply, and at most its budget beyond that. Promises 3 and 6.
    /// @custom:twin libraries/clock.vy: `max(left, reply)` -> `min(left, reply)`
    function check_deadline_leaves_a_reply(uint256 state, uint256 reply) external {
        assumeRunning(state, 0);
        vm.assume(reply < 2 ** 32);
        (uint256 defender, uint256 challenger) = clock.left(state);
        uint256 left = clock.side(state) == DEFENDER ? defender : challenger;
        uint256 time = clock.deadline(state, reply) - clock.since(state);
        assert(time >= reply && time >= left && time <= left + reply);
    }

    /// A game begins with equal budgets, on the verifier's time. Promise 6.
    /// @custom:twin libraries/clock.vy: `return self.pack(DEFENDER, budget, budget, now)` -> `return self.pack(CHALLENGER, budget, budget, now)`
    function check_clock_starts_equal(uint256 budget, uint256 time) external {
        vm.assume(budget < 2 ** 32 && time < 2 ** 36);
        uint256 state = clock.start(budget, time);
        (uint256 defender, uint256 challenger) = clock.left(state);
        assert(defender == budget && challenger == budget);
        assert(clock.side(state) == DEFENDER && clock.since(state) == time);
    }

    /// Fields that fit come back from the word unchanged. Promise 10.
    /// @custom:twin libraries/clock.vy: `(side << 100) | (defender << 68)` -> `(side << 100) | (defender << 67)`
    function check_clock_round_trip(uint256 side, uint256 first, uint256 second, uint256 since) external {
        vm.assume(side < 2 && first < 2 ** 32 && second < 2 ** 32 && since < 2 ** 36);
        uint256 state = clock.pack(side, first, second, since);
        (uint256 defender, uint256 challenger) = clock.left(state);
        assert(state < 2 ** 101 && clock.side(state) == side && clock.since(state) == since);
        assert(defender == first && challenger == second);
    }
}
