// SPDX-License-Identifier: AGPL-3.0-only
pragma solidity 0.8.30;

import {Prove} from "./Prove.sol";

struct Report {
    address verifier;
    bytes32 root;
    bytes32 digest;
    uint256 commitEnd;
    uint256 revealEnd;
    uint256 secretEnd;
    bool secretOpened;
    bool standing;
}

interface IStatus {
    function status_of(uint256 phase, Report calldata report, uint256 state, uint256 reply, uint256 end, uint256 time)
        external
        returns (uint256);
    function side(uint256 state) external returns (uint256);
    function deadline(uint256 state, uint256 reply) external returns (uint256);
}

/// Where a challenge stands: any phase, report, clock and second. Times fit their fields.
/// @custom:code Status
contract StatusLemmas is Prove {
    uint256 constant COMMITTED = 1;
    uint256 constant REVEALED = 2;
    uint256 constant SEALED = 1;
    uint256 constant REVEALING = 2;
    uint256 constant UNREVEALED = 4;
    uint256 constant WAITING = 8;
    uint256 constant DEFENDING = 16;
    uint256 constant CHALLENGING = 32;
    uint256 constant DEFENDER_LATE = 64;
    uint256 constant CHALLENGER_LATE = 128;
    uint256 constant FREED = 256;
    uint256 constant OVER = 512;
    IStatus status;

    function setUp() public {
        status = IStatus(deploy("Status"));
    }

    function assumeGame(uint256 state, uint256 reply, uint256 end, uint256 time) internal {
        vm.assume(state < 2 ** 101 && reply < 2 ** 32 && end < 2 ** 48 && time < 2 ** 48);
    }

    /// The status of a live game at a second after its secret was opened.
    function live(uint256 state, uint256 reply, uint256 end, uint256 time) internal returns (uint256) {
        Report memory report;
        report.secretOpened = true;
        report.standing = true;
        vm.assume(time != 0);
        return status.status_of(REVEALED, report, state, reply, end, time);
    }

    /// A challenge has exactly one status, whatever is known of it. Promise 5.
    /// @custom:twin libraries/status.vy: `return Status.FREED` -> `return Status.FREED | Status.WAITING`
    function check_one_status(
        uint8 phase,
        Report calldata report,
        uint256 state,
        uint256 reply,
        uint256 end,
        uint256 time
    ) external {
        assumeGame(state, reply, end, time);
        vm.assume(phase < 6);
        uint256 found = status.status_of(1 << phase, report, state, reply, end, time);
        assert(found != 0 && found < 1024 && found & (found - 1) == 0);
    }

    /// A side may move up to and including its deadline and the game's end, and from the next second on is late: no
    /// second belongs to both. Promise 5: deadlines are exclusive.
    /// @custom:twin libraries/status.vy: `if now <= min(deadline, end):` -> `if now < min(deadline, end):`
    function check_second_belongs_to_one_side(uint256 state, uint256 reply, uint256 end, uint256 time) external {
        assumeGame(state, reply, end, time);
        uint256 found = live(state, reply, end, time);
        uint256 deadline = status.deadline(state, reply);
        bool inTime = time <= deadline && time <= end;
        uint256 moving = status.side(state) == 1 ? DEFENDING : CHALLENGING;
        if (inTime) assert(found == moving);
        else assert(found == DEFENDER_LATE || found == CHALLENGER_LATE);
    }

    /// Whoever is late stays late, and the same side does. Promise 5.
    /// @custom:twin libraries/status.vy: `if defending and deadline <= end:` -> `if defending and now <= end:`
    function check_late_stays_late(uint256 state, uint256 reply, uint256 end, uint256 time, uint256 later) external {
        assumeGame(state, reply, end, time);
        vm.assume(later >= time && later < 2 ** 48);
        uint256 found = live(state, reply, end, time);
        vm.assume(found == DEFENDER_LATE || found == CHALLENGER_LATE);
        assert(live(state, reply, end, later) == found);
    }

    /// No side loses on the other's time, but for the challenger at the game's end. Promises 3 and 6.
    /// @custom:twin libraries/status.vy: `if defending and deadline <= end:` -> `if deadline <= end:`
    function check_only_the_mover_is_late(uint256 state, uint256 reply, uint256 end, uint256 time) external {
        assumeGame(state, reply, end, time);
        uint256 found = live(state, reply, end, time);
        bool defending = status.side(state) == 1;
        if (found == DEFENDER_LATE) assert(defending && time > status.deadline(state, reply));
        if (found == CHALLENGER_LATE && defending) assert(time > end && status.deadline(state, reply) > end);
    }

    /// Nothing is revealed while commitments are taken, nor after the reveals. Promise 8.
    /// @custom:twin libraries/status.vy: `if now <= report.commit_end:` -> `if now < report.commit_end:`
    function check_all_commit_then_all_reveal(Report calldata report, uint256 state, uint256 end, uint256 time)
        external
    {
        assumeGame(state, 0, end, time);
        vm.assume(report.commitEnd < report.revealEnd);
        uint256 found = status.status_of(COMMITTED, report, state, 0, end, time);
        assert((found == SEALED) == (time <= report.commitEnd));
        assert((found == REVEALING) == (time > report.commitEnd && time <= report.revealEnd));
        assert((found == UNREVEALED) == (time > report.revealEnd));
    }

    /// No game begins before the secret is open and its time is over. Promise 6: in fixed phases.
    /// @custom:twin libraries/status.vy: `if now <= report.secret_end or not report.secret_opened:` -> `if not report.secret_opened:`
    function check_secret_before_games(Report calldata report, uint256 state, uint256 end, uint256 time) external {
        assumeGame(state, 0, end, time);
        uint256 found = status.status_of(REVEALED, report, state, 0, end, time);
        uint256 playing = DEFENDING | CHALLENGING | DEFENDER_LATE | CHALLENGER_LATE;
        if (found & playing != 0) assert(report.standing && report.secretOpened && time > report.secretEnd);
    }

    /// A challenge that is decided has no clock any more, at any time. Promise 5: a terminal state is terminal.
    /// @custom:twin libraries/status.vy: `if phase != IArbitration.Phase.REVEALED:` -> `if phase == IArbitration.Phase.WON:`
    function check_over_is_over(
        uint8 phase,
        Report calldata report,
        uint256 state,
        uint256 reply,
        uint256 end,
        uint256 time
    ) external {
        assumeGame(state, reply, end, time);
        vm.assume(phase >= 2 && phase < 6);
        assert(status.status_of(1 << phase, report, state, reply, end, time) == OVER);
    }
}
