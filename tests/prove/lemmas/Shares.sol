// SPDX-License-Identifier: AGPL-3.0-only
pragma solidity 0.8.30;

import {Prove} from "./Prove.sol";

interface IShares {
    function part(uint256 total, uint256 members) external returns (uint256);
    function unpaid(uint256[3] calldata samples, uint256 count, uint256 posted, uint256 segments)
        external
        returns (uint256);
}

/// Bounties, jackpots, and what a stall takes from a fee.
/// @custom:code Shares
contract Shares is Prove {
    IShares shares;

    function setUp() public {
        shares = IShares(deploy("Shares"));
    }

    /// Each of k right reports has a k-th of total / 2^(k-1), rounded down: all of them no more than the total. For any
    /// total, and up to 255 reports. Promise 2.
    /// @custom:twin libraries/bounty.vy: `return (total >> (members - 1)) // members` -> `return (total >> (members - 1)) // members + 1`
    function check_parts_fit_the_prize(uint256 total, uint8 members) external {
        vm.assume(members >= 1);
        assert(shares.part(total, members) == (total >> (members - 1)) / members);
    }

    /// An alias costs its owner: two parts of k + 1 are no more than one of k, for up to 8 reports and 32 bits. Promise
    /// 8.
    /// @custom:twin libraries/bounty.vy: `return (total >> (members - 1)) // members` -> `return total // members`
    function check_alias_never_pays(uint32 total, uint256 members) external {
        vm.assume(members >= 1 && members <= 8);
        for (uint256 k = 1; k <= 8; k++) {
            if (members == k) assert(2 * shares.part(total, k + 1) <= shares.part(total, k));
        }
    }

    /// Nobody is paid of an empty prize, and nobody has no part. Promise 2.
    /// @custom:twin libraries/bounty.vy: `return (total >> (members - 1)) // members` -> `return (total + 1) // (members + 1)`
    function check_no_part_of_nothing(uint256 members) external {
        try shares.part(0, members) returns (uint256 each) {
            assert(each == 0 && members != 0);
        } catch {
            assert(members == 0);
        }
    }

    function assumeSamples(uint256[3] calldata samples, uint256 count, uint256 segments) internal {
        vm.assume(count >= 1 && count <= 3 && segments >= 1 && segments < 2 ** 16);
        for (uint256 i = 0; i < 3; i++) {
            vm.assume(samples[i] < segments || i >= count);
            for (uint256 k = 0; k < i; k++) {
                vm.assume(samples[i] != samples[k] || i >= count);
            }
        }
    }

    function stalled(uint256 posted, uint256 place) internal pure returns (bool) {
        return (posted >> (32 * place + 31)) & 1 != 0;
    }

    /// Each of up to 3 samples that has moved is paid; each that has stalled is not. Promise 3.
    /// @custom:twin libraries/stalls.vy: `first = max(first, samples[k] + 1)` -> `first = max(first, samples[k])`
    function check_what_moved_is_paid(uint256[3] calldata samples, uint256 count, uint256 posted, uint256 segments)
        external
    {
        assumeSamples(samples, count, segments);
        uint256 dead = 0;
        for (uint256 i = 0; i < 3; i++) {
            if (i < count && stalled(posted, i)) dead++;
        }
        uint256 unpaid = shares.unpaid(samples, count, posted, segments);
        assert(unpaid >= dead && unpaid + (count - dead) <= segments);
    }

    /// Work is unpaid exactly where a sample has stalled, and all of it where each has. Promise 3.
    /// @custom:twin libraries/stalls.vy: `end = min(end, samples[k])` -> `end = min(end, samples[i])`
    function check_unpaid_if_stalled(uint256[3] calldata samples, uint256 count, uint256 posted, uint256 segments)
        external
    {
        assumeSamples(samples, count, segments);
        uint256 dead = 0;
        for (uint256 i = 0; i < 3; i++) {
            if (i < count && stalled(posted, i)) dead++;
        }
        uint256 unpaid = shares.unpaid(samples, count, posted, segments);
        assert((unpaid != 0) == (dead != 0));
        if (dead == count) assert(unpaid == segments);
    }
}
