// SPDX-License-Identifier: AGPL-3.0-only
pragma solidity 0.8.30;

import {Prove} from "./Prove.sol";

interface IWords {
    function geometry_trip(uint256[10] calldata words) external returns (uint256[10] memory);
    function measured_trip(uint256[10] calldata words, uint256 threshold) external returns (uint256[10] memory);
    function standing_trip(uint256[9] calldata words) external;
    function schedule_trip(uint256[11] calldata words) external;
    function epoch_of(uint256 epoch, uint256 present) external returns (uint256);
    function terms_trip(uint256[8] calldata words) external;
    function game_trip(uint256[3] calldata words) external;
    function tally_trip(uint256[5] calldata words) external;
    function position_trip(uint256[10] calldata words) external;
    function capacity_trip(uint256[4] calldata words) external;
    function profile_trip(uint256[8] calldata words) external;
}

/// What several fields packed into one word come back as: unchanged, where they fit.
/// @custom:code Words
contract Words is Prove {
    IWords words;

    function setUp() public {
        words = IWords(deploy("Words"));
    }

    function word(bytes memory text, uint256 place) internal pure returns (uint256 found) {
        assembly {
            found := mload(add(add(text, 32), mul(place, 32)))
        }
    }

    /// Any fields of these widths, in bits, one byte a width and 0 for 256, come back.
    function returns_(bytes4 selector, bytes memory widths) internal {
        bytes memory fields = svm.createBytes(32 * widths.length, "fields");
        for (uint256 i = 0; i < widths.length; i++) {
            uint256 width = uint8(widths[i]);
            if (width != 0) vm.assume(word(fields, i) < 1 << width);
        }
        (bool done, bytes memory found) = address(words).call(bytes.concat(selector, fields));
        assert(done && found.length == fields.length);
        for (uint256 i = 0; i < widths.length; i++) {
            assert(word(found, i) == word(fields, i));
        }
    }

    /// An order's counts, if they are accepted at all, fit their word; steps of 32 bits. Promise 10.
    /// @custom:twin libraries/geometry.vy: `assert g.threshold < INFINITY, "geometry: threshold"` -> `pass`
    function check_geometry_fits(uint256[10] calldata fields) external {
        vm.assume(fields[3] < 2 ** 32);
        uint256[10] memory found = words.geometry_trip(fields);
        for (uint256 i = 0; i < 10; i++) {
            assert(found[i] == fields[i]);
        }
    }

    /// A threshold that profilers have measured changes nothing but the threshold. Promise 7.
    /// @custom:twin libraries/geometry.vy: `return packed | (threshold << 192)` -> `return packed | (threshold << 191)`
    function check_measuring_fixes_the_threshold_only(uint256[10] calldata fields, uint32 threshold) external {
        vm.assume(fields[6] == 0 && fields[3] < 2 ** 32);
        uint256[10] memory found = words.measured_trip(fields, threshold);
        for (uint256 i = 0; i < 10; i++) {
            assert(found[i] == (i == 6 ? threshold : fields[i]));
        }
    }

    /// Where a task stands. Promise 10.
    /// @custom:twin libraries/standing.vy: `| (s.tries << 240)` -> `| (s.tries << 239)`
    function check_standing_fits() external {
        returns_(IWords.standing_trip.selector, hex"a03030a03807090801");
    }

    /// A round of Verification. Promise 10.
    /// @custom:twin libraries/schedule.vy: `replay=(word >> 56) & M40` -> `replay=(word >> 56) & M32`
    function check_schedule_fits() external {
        returns_(IWords.schedule_trip.selector, hex"080801072028303030010f");
    }

    /// The epoch of a draw is known again from its lowest bits, for 32,768 epochs. Promise 10.
    /// @custom:twin libraries/schedule.vy: `return now - ((now - s.epoch) & M15)` -> `return now - ((now - s.epoch) & M8)`
    function check_epoch_is_known_again(uint256 epoch, uint256 present) external {
        vm.assume(epoch <= present && present - epoch < 2 ** 15);
        assert(words.epoch_of(epoch, present) == epoch);
    }

    /// What stands beside a report's root. Promise 10.
    /// @custom:twin libraries/terms.vy: `opened=(word >> 250) & 1 != 0` -> `opened=(word >> 250) & 3 != 0`
    function check_terms_fit() external {
        returns_(IWords.terms_trip.selector, hex"a030280101010101");
    }

    /// A game: position, clock and report in one word. Promise 10.
    /// @custom:twin libraries/games.vy: `| (g.clock << descent.BITS)` -> `| (g.clock << (descent.BITS - 1))`
    function check_game_fits() external {
        returns_(IWords.game_trip.selector, hex"306a65");
    }

    /// The count of a report's games. Promise 10.
    /// @custom:twin libraries/games.vy: `budget=(word >> 112) & M32` -> `budget=(word >> 112) & M48`
    function check_tally_fits() external {
        returns_(IWords.tally_trip.selector, hex"2020302001");
    }

    /// A position in a report's tree, with its two hashes. Promise 10.
    /// @custom:twin libraries/descent.vy: `index=(packed >> 14) & M26` -> `index=(packed >> 14) & M20`
    function check_position_fits() external {
        returns_(IWords.position_trip.selector, hex"00000208" hex"1a041a041014");
    }

    /// What a verifier can work on. Promise 10.
    /// @custom:twin libraries/capacity.vy: `data=(word >> 64) & M64` -> `data=word >> 64`
    function check_capacity_fits() external {
        returns_(IWords.capacity_trip.selector, hex"40404040");
    }

    /// Where a profile stands. Promise 10.
    /// @custom:twin libraries/profile_state.vy: `epoch=(words[0] >> 112) & M48` -> `epoch=(words[0] >> 111) & M48`
    function check_profile_fits() external {
        returns_(IWords.profile_trip.selector, hex"0808303030088080");
    }
}
