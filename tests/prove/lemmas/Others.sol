// SPDX-License-Identifier: AGPL-3.0-only
pragma solidity 0.8.30;

import {Callers} from "./Callers.sol";
import {Prove} from "./Prove.sol";

/// A contract that takes every call and answers anything.
contract Anything is Prove {
    fallback(bytes calldata) external returns (bytes memory) {
        return svm.createBytes(384, "answer");
    }
}

/// One contract in any state, among others that answer anything. Each role of its constructor is at an address of its
/// own from 0x1000 on.
abstract contract Among is Callers {
    uint256 internal constant ROLES = 9;

    function deployAmong(string memory name) internal returns (address made) {
        bytes memory code = address(new Anything()).code;
        for (uint256 i = 0; i < ROLES; i++) {
            vm.etch(address(uint160(0x1000 + i)), code);
        }
        made = deploy(name);
        svm.enableSymbolicStorage(made);
    }
}
