// SPDX-License-Identifier: AGPL-3.0-only
pragma solidity 0.8.30;

import {Prove} from "./Prove.sol";

interface INames {
    function report(uint256 task, uint256 place) external returns (uint256);
    function drawn(uint256 task, uint256 round, bool isFallback) external returns (uint256);
    function fallback_of(uint256 report) external returns (uint256);
    function parts_of(uint256 report) external returns (uint256 task, uint256 place);
    function kinds_of(uint256 report) external returns (bool isFirst, bool isFallback, bool isOpen);
    function verifier_key(uint256 report) external returns (bytes32);
    function key_of(uint256 kind, uint256 name, address owner, bytes32 chunk) external returns (bytes32);
    function pack_distances(uint256[16] calldata distances) external returns (uint256[2] memory);
    function has_stalled(uint256[2] calldata packed, uint256 place) external returns (bool);
    function right(uint256 last, bool same) external returns (uint256);
    function passes(uint256 distance, uint256 threshold) external returns (bool);
}

/// Names of reports, locks and pots; what is posted of a report. Equal keccak hashes are taken to mean equal texts.
/// @custom:code Words
contract Names is Prove {
    uint256 constant SIGN = 0x80000000;
    uint256 constant INFINITY = 0x7f800000;
    INames names;

    function setUp() public {
        names = INames(deploy("Words"));
    }

    /// A report's name says its task and its place, in 48 bits. Promise 10.
    /// @custom:twin libraries/keys.vy: `assert place < 2**PLACE_BITS, "keys: place"` -> `assert place <= 2**PLACE_BITS`
    function check_report_names_task_and_place(uint32 task, uint256 place) external {
        uint256 report = names.report(task, place);
        (uint256 ofTask, uint256 ofPlace) = names.parts_of(report);
        assert(report < 2 ** 48 && ofTask == task && ofPlace == place);
    }

    /// A report is of a round, a fallback of one, or of the open round: one of them. Promise 10.
    /// @custom:twin libraries/keys.vy: `return place >= FALLBACK and place < FIRST_OPEN` -> `return place >= FALLBACK`
    function check_report_is_of_one_kind(uint32 task, uint16 place) external {
        (bool isFirst, bool isFallback, bool isOpen) = names.kinds_of(names.report(task, place));
        assert(!(isFallback && isOpen) && !(isFirst && isOpen));
        assert(isFallback == (place >= 8 && place < 16) && isOpen == (place >= 16));
        assert(isFirst == (place == 0 || place == 8));
    }

    /// A report and its fallback are under one deposit, no two rounds are. Promise 2.
    /// @custom:twin libraries/keys.vy: `first -= FALLBACK` -> `first -= 1`
    function check_fallback_shares_the_deposit(uint32 task, uint256 round, uint256 other) external {
        vm.assume(round < 8 && other < 8 && round != other);
        uint256 report = names.drawn(task, round, false);
        uint256 reserve = names.drawn(task, round, true);
        assert(names.fallback_of(report) == reserve);
        assert(names.verifier_key(report) == names.verifier_key(reserve));
        assert(names.verifier_key(report) != names.verifier_key(names.drawn(task, other, true)));
    }

    /// No two locks or pots have the same key: kinds, tasks, reports and owners differ. Promise 2.
    /// @custom:twin libraries/keys.vy: `return keccak256(abi_encode(REPORTER, task, owner))` -> `return keccak256(abi_encode(SOLVER, task, owner))`
    function check_keys_never_meet(uint256 kind, uint48 name, address owner, uint256 otherKind, uint48 other, address third)
        external
    {
        vm.assume(kind != 4 && otherKind != 4);
        bytes32 first = names.key_of(kind, name, owner, 0);
        bytes32 second = names.key_of(otherKind, other, third, 0);
        if (first == second) {
            assert(kind == otherKind);
            assert(kind == 10 || name == other);
            if (kind == 3 || kind == 6 || kind == 8 || kind == 11) assert(owner == third);
        }
    }

    /// Each of 16 distances is at its place in the two words, and its sign says whether its segment has stalled. Promise 10.
    /// @custom:twin libraries/distances.vy: `packed[i // 8] |= distances[i] << (32 * (i % 8))` -> `packed[i // 8] |= distances[i] << (31 * (i % 8))`
    function check_distances_are_in_place(uint256[16] calldata posted) external {
        uint256[2] memory packed = names.pack_distances(posted);
        for (uint256 i = 0; i < 16; i++) {
            assert((packed[i / 8] >> (32 * (i % 8))) % 2 ** 32 == posted[i]);
            assert(names.has_stalled(packed, i) == (posted[i] & SIGN != 0));
        }
    }

    /// Infinity and NaN pass no finite threshold; the sign of a distance does not help it. Promise 4.
    /// @custom:twin libraries/distances.vy: `return distance & (SIGN - 1) <= threshold` -> `return distance & (SIGN - 1) <= threshold or distance > SIGN + INFINITY`
    function check_not_finite_never_passes(uint32 distance, uint256 threshold) external {
        vm.assume(threshold < INFINITY);
        bool passed = names.passes(distance, threshold);
        if (distance & (SIGN - 1) >= INFINITY) assert(!passed);
        assert(passed == names.passes(distance ^ uint32(SIGN), threshold));
    }

    /// A replay that ends in the very checkpoint posts a zero, of which the sign says that it has stalled. Promise 3.
    /// @custom:twin libraries/distances.vy: `if last < INFINITY:` -> `if last <= INFINITY:`
    function check_same_checkpoint_passes(uint32 last, uint256 threshold) external {
        uint256 posted = names.right(last, true);
        assert(names.passes(posted, threshold));
        assert(posted == (last < INFINITY ? 0 : SIGN));
        assert(names.right(last, false) == last);
    }
}
