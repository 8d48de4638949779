// SPDX-License-Identifier: AGPL-3.0-only
pragma solidity 0.8.30;

import {FloatsProof} from "./Floats.sol";

/// What the referee computes: laws that need no second implementation, on all patterns.
/// @custom:code Floats
contract Arithmetic is FloatsProof {
    /// a + b is b + a, bit by bit. Promise 11.
    /// @custom:twin libraries/binary32.vy: `return large if m | exponent != 0 else large & small` -> `return large`
    function check_add_commutes(uint32 a, uint32 b) external {
        assert(floats.add(a, b) == floats.add(b, a));
    }

    /// A sum is a number or the canonical NaN, which it is exactly for NaN and for opposite infinities. Promise 11.
    /// @custom:twin libraries/binary32.vy: `or large ^ small == bits.SIGN` -> `or large == small`
    function check_add_nan(uint32 a, uint32 b) external {
        uint256 found = floats.add(a, b);
        assert(isCanonical(found));
        bool opposite = magnitude(a) == INFINITY && magnitude(b) == INFINITY && a != b;
        assert(isNan(found) == (isNan(a) || isNan(b) || opposite));
    }

    /// a - a is +0 for every finite a, NaN for any other. Promise 11.
    /// @custom:twin libraries/bits.vy: `return 0` -> `return sign`
    function check_difference_of_equals(uint32 a) external {
        assert(floats.sub(a, a) == (isFinite(a) ? 0 : NAN));
    }

    /// a + 0 is a; only -0 + +0 is +0. Promise 11.
    /// @custom:twin libraries/binary32.vy: `else large & small` -> `else large | small`
    function check_add_zero(uint32 a) external {
        if (isNan(a)) assert(floats.add(a, 0) == NAN);
        else assert(floats.add(a, 0) == (a == SIGN ? 0 : a));
        assert(floats.add(a, SIGN) == (isNan(a) ? NAN : a));
    }

    /// -a + -b is -(a + b), but for a zero of opposites: rounding knows no sign. Promise 11.
    /// @custom:twin libraries/binary32.vy: `return (large & bits.SIGN) | (m if m < bits.INFINITY else bits.INFINITY)` -> `return (m if m < bits.INFINITY else bits.INFINITY)`
    function check_add_mirrors(uint32 a, uint32 b) external {
        uint256 found = floats.add(a, b);
        vm.assume(magnitude(found) != 0);
        assert(floats.add(floats.neg(a), floats.neg(b)) == floats.neg(found));
    }

    /// A product is a number or the canonical NaN: for NaN, and for zero times infinity. Promise 11.
    /// @custom:twin libraries/binary32.vy: `return bits.NAN if x == bits.INFINITY or y == bits.INFINITY else sign` -> `return sign`
    function check_mul_nan(uint32 a, uint32 b) external {
        uint256 found = floats.mul(a, b);
        bool undefined = (magnitude(a) == 0 && magnitude(b) == INFINITY) || (magnitude(b) == 0 && magnitude(a) == INFINITY);
        assert(isCanonical(found));
        assert(isNan(found) == (isNan(a) || isNan(b) || undefined));
    }

    /// The sign of a product is that of both, rounded to zero or to infinity or not. Promise 11.
    /// @custom:twin libraries/binary32.vy: `return sign | bits.INFINITY` -> `return bits.INFINITY`
    function check_mul_sign(uint32 a, uint32 b) external {
        uint256 found = floats.mul(a, b);
        vm.assume(!isNan(found));
        assert(found & SIGN == (uint256(a) ^ b) & SIGN);
    }

    /// a * 1 is a. Promise 11.
    /// @custom:twin libraries/bits.vy: `half: uint256 = unsafe_sub(UNIT << unsafe_sub(drop, 1), 1)` -> `half: uint256 = UNIT << drop`
    function check_mul_one(uint32 a) external {
        assert(floats.mul(a, ONE) == (isNan(a) ? NAN : a));
    }

    /// a / 0 is infinite with the sign of both; 0 / 0 and NaN / 0 are NaN. Promise 11.
    /// @custom:twin libraries/binary32.vy: `return bits.NAN if x == 0 else sign | bits.INFINITY` -> `return sign | bits.INFINITY`
    function check_div_by_zero(uint32 a, bool negative) external {
        uint256 zero = negative ? SIGN : 0;
        uint256 found = floats.div(a, zero);
        if (isNan(a) || magnitude(a) == 0) assert(found == NAN);
        else assert(found == ((uint256(a) ^ zero) & SIGN | INFINITY));
    }

    /// What is finite by infinity is zero, with a sign; infinity by infinity is NaN. Promise 11.
    /// @custom:twin libraries/binary32.vy: `if x == 0 or y == bits.INFINITY:` -> `if x == 0:`
    function check_div_by_infinity(uint32 a, bool negative) external {
        uint256 by = negative ? INFINITY | SIGN : INFINITY;
        uint256 found = floats.div(a, by);
        assert(found == (isFinite(a) ? (uint256(a) ^ by) & SIGN : NAN));
    }

    /// a / 1 is a. Promise 11.
    /// @custom:twin libraries/binary32.vy: `unsafe_sub(unsafe_add(e, 253), f)` -> `unsafe_sub(unsafe_add(e, 254), f)`
    function check_div_one(uint32 a) external {
        assert(floats.div(a, ONE) == (isNan(a) ? NAN : a));
    }

    /// a * b + c with infinities and NaN: as product and sum. Promise 11.
    /// @custom:twin libraries/binary32.vy: `if x == 0 or y == 0 or product ^ c == bits.SIGN:` -> `if x == 0 or y == 0:`
    function check_fma_special(uint32 a, uint32 b, uint32 c) external {
        vm.assume(!isFinite(a) || !isFinite(b) || !isFinite(c));
        uint256 found = floats.fma(a, b, c);
        if (isFinite(a) && isFinite(b)) assert(found == (isNan(c) ? NAN : c));
        else assert(found == floats.add(floats.mul(a, b), c));
    }

    /// 0 * b + c is c for finite b, but for the sign of a zero. Promise 11.
    /// @custom:twin libraries/binary32.vy: `sign = sign ^ bits.SIGN` -> `sign = sign ^ 1`
    function check_fma_of_zero(uint32 b, uint32 c) external {
        vm.assume(isFinite(b) && isFinite(c) && magnitude(c) != 0);
        assert(floats.fma(0, b, c) == c);
    }

    /// The roots of what is below zero, and of NaN, are NaN; of zeros and infinity as IEEE says. Promise 11.
    /// @custom:twin libraries/roots.vy: `return a | bits.INFINITY` -> `return bits.INFINITY`
    function check_roots_special(uint32 a) external {
        vm.assume(magnitude(a) == 0 || a >= INFINITY);
        uint256 root = floats.sqrt(a);
        uint256 reciprocal = floats.rsqrt(a);
        if (magnitude(a) == 0) assert(root == a && reciprocal == (a | INFINITY));
        else if (a == INFINITY) assert(root == INFINITY && reciprocal == 0);
        else assert(root == NAN && reciprocal == NAN);
    }
}
