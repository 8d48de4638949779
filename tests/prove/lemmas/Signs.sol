// SPDX-License-Identifier: AGPL-3.0-only
pragma solidity 0.8.30;

import {FloatsProof} from "./Floats.sol";

/// What the referee does without rounding, on all patterns.
/// @custom:code Floats
contract Signs is FloatsProof {
    /// -(-a) is a; of NaN it is the canonical one. Promise 11.
    /// @custom:twin libraries/binary32.vy: `else a ^ bits.SIGN` -> `else a | bits.SIGN`
    function check_neg_twice(uint32 a) external {
        assert(floats.neg(floats.neg(a)) == (isNan(a) ? NAN : a));
    }

    /// |a| has no sign, and is that of -a. Promise 11.
    /// @custom:twin libraries/binary32.vy: `return bits.NAN if magnitude > bits.INFINITY else magnitude` -> `return bits.NAN if magnitude > bits.INFINITY else a`
    function check_absolute_has_no_sign(uint32 a) external {
        uint256 found = floats.absolute(a);
        assert(found == (isNan(a) ? NAN : magnitude(a)) && found == floats.absolute(floats.neg(a)));
    }

    /// Of two numbers exactly one of less, equal, greater holds. Promise 11.
    /// @custom:twin libraries/binary32.vy: `if a == b or (a | b) & bits.MAGNITUDE == 0:` -> `if a == b:`
    function check_compare_trichotomy(uint32 a, uint32 b) external {
        vm.assume(!isNan(a) && !isNan(b));
        uint256 less = floats.compare(a, b, LESS);
        uint256 equal = floats.compare(a, b, EQUAL);
        uint256 greater = floats.compare(b, a, LESS);
        assert(less + equal + greater == ONE);
        bool same = a == b || (magnitude(a) == 0 && magnitude(b) == 0);
        assert((equal == ONE) == same);
    }

    /// `<=` is `<` or `==`. Promise 11.
    /// @custom:twin libraries/binary32.vy: `return 0 if predicate == 0 else bits.ONE` -> `return 0 if predicate != 2 else bits.ONE`
    function check_compare_at_most(uint32 a, uint32 b) external {
        assert(floats.compare(a, b, AT_MOST) == floats.compare(a, b, LESS) | floats.compare(a, b, EQUAL));
    }

    /// `<` is transitive. Promise 11.
    /// @custom:twin libraries/binary32.vy: `return bits.ONE if a > b else 0` -> `return bits.ONE if a < b else 0`
    function check_compare_transitive(uint32 a, uint32 b, uint32 c) external {
        vm.assume(floats.compare(a, b, LESS) == ONE && floats.compare(b, c, LESS) == ONE);
        assert(floats.compare(a, c, LESS) == ONE);
    }

    /// NaN is neither less, equal nor at most; no other predicate exists. Promise 11.
    /// @custom:twin libraries/binary32.vy: `or predicate > 2` -> `or predicate > 3`
    function check_compare_nan_is_false(uint32 a, uint32 b, uint256 predicate) external {
        uint256 found = floats.compare(a, b, predicate);
        if (isNan(a) || isNan(b) || predicate > EQUAL) assert(found == 0);
        else assert(found == 0 || found == ONE);
    }

    /// The maximum is the same both ways, one of the two, and below neither; NaN of either is NaN. Promise 11.
    /// @custom:twin libraries/binary32.vy: `return a if a ^ bits.SIGN > b ^ bits.SIGN else b` -> `return a`
    function check_maximum(uint32 a, uint32 b) external {
        uint256 found = floats.maximum(a, b);
        assert(found == floats.maximum(b, a));
        if (isNan(a) || isNan(b)) {
            assert(found == NAN);
        } else {
            assert(found == a || found == b);
            assert(floats.compare(a, found, AT_MOST) == ONE && floats.compare(b, found, AT_MOST) == ONE);
        }
    }

    /// The minimum is -max(-a, -b), zeros' signs included. Promise 11.
    /// @custom:twin libraries/binary32.vy: `return a if a ^ bits.SIGN < b ^ bits.SIGN else b` -> `return b`
    function check_minimum_mirrors_maximum(uint32 a, uint32 b) external {
        assert(floats.minimum(a, b) == floats.neg(floats.maximum(floats.neg(a), floats.neg(b))));
    }

    /// A selection moves bits unchanged; both zeros choose the second, NaN the first. Promise 11.
    /// @custom:twin libraries/binary32.vy: `return c if a & bits.MAGNITUDE == 0 else b` -> `return c if a == 0 else b`
    function check_select_moves_bits(uint32 a, uint32 b, uint32 c) external {
        assert(floats.select(a, b, c) == (magnitude(a) == 0 ? c : b));
    }

    /// An int32 of at most 24 bits survives the way to binary32 and back. Promise 11.
    /// @custom:twin libraries/casts.vy: `m = unsafe_add(m, unsafe_add(127, (m >> 8) & 1)) >> 8` -> `m = (m >> 8) + 1`
    function check_small_integers_are_exact(uint32 a) external {
        vm.assume(a < 2 ** 24 || a > 2 ** 32 - 2 ** 24);
        assert(floats.to_int(floats.to_float(a), 0) == a);
    }

    /// To int8 saturates; NaN gives 0; the opposite number gives the opposite integer unless it saturates. Promise 11.
    /// @custom:twin libraries/casts.vy: `limit = 128` -> `limit = 256`
    function check_to_int8_saturates(uint32 a) external {
        uint256 found = floats.to_int(a, 1);
        assert(found < 128 || (found >= 2 ** 32 - 128 && found < 2 ** 32));
        if (isNan(a)) assert(found == 0);
        if (magnitude(a) >= 0x43000000 && !isNan(a)) assert(found == (a < SIGN ? 127 : 2 ** 32 - 128));
    }

    /// To int32 saturates; NaN gives 0. Promise 11.
    /// @custom:twin libraries/casts.vy: `elif a & bits.MAGNITUDE > bits.INFINITY:` -> `elif a > bits.INFINITY:`
    function check_to_int32_saturates(uint32 a) external {
        uint256 found = floats.to_int(a, 0);
        assert(found < 2 ** 32);
        if (isNan(a)) assert(found == 0);
        else if (magnitude(a) >= 0x4f000000) assert(found == (a < SIGN ? 2 ** 31 - 1 : 2 ** 31));
    }
}
