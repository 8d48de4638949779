// SPDX-License-Identifier: AGPL-3.0-only
pragma solidity 0.8.30;

import {Prove} from "./Prove.sol";

interface IFloats {
    function add(uint256 a, uint256 b) external returns (uint256);
    function sub(uint256 a, uint256 b) external returns (uint256);
    function mul(uint256 a, uint256 b) external returns (uint256);
    function div(uint256 a, uint256 b) external returns (uint256);
    function fma(uint256 a, uint256 b, uint256 c) external returns (uint256);
    function neg(uint256 a) external returns (uint256);
    function absolute(uint256 a) external returns (uint256);
    function maximum(uint256 a, uint256 b) external returns (uint256);
    function minimum(uint256 a, uint256 b) external returns (uint256);
    function compare(uint256 a, uint256 b, uint256 predicate) external returns (uint256);
    function select(uint256 a, uint256 b, uint256 c) external returns (uint256);
    function to_int(uint256 a, uint256 kind) external returns (uint256);
    function to_float(uint256 a) external returns (uint256);
    function sqrt(uint256 a) external returns (uint256);
    function rsqrt(uint256 a) external returns (uint256);
}

/// binary32 patterns: any 32 bits, and what they are.
abstract contract FloatsProof is Prove {
    uint256 internal constant NAN = 0x7fc00000;
    uint256 internal constant INFINITY = 0x7f800000;
    uint256 internal constant SIGN = 0x80000000;
    uint256 internal constant ONE = 0x3f800000;
    uint256 internal constant LESS = 0;
    uint256 internal constant AT_MOST = 1;
    uint256 internal constant EQUAL = 2;
    IFloats internal floats;

    function setUp() public {
        floats = IFloats(deploy("Floats"));
    }

    function magnitude(uint256 a) internal pure returns (uint256) {
        return a & (SIGN - 1);
    }

    function isNan(uint256 a) internal pure returns (bool) {
        return magnitude(a) > INFINITY;
    }

    function isFinite(uint256 a) internal pure returns (bool) {
        return magnitude(a) < INFINITY;
    }

    /// The only NaN that arithmetic yields, or a number.
    function isCanonical(uint256 a) internal pure returns (bool) {
        return a < 2 ** 32 && (!isNan(a) || a == NAN);
    }
}
