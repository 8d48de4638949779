// SPDX-License-Identifier: AGPL-3.0-only
pragma solidity 0.8.30;

import {Prove} from "./Prove.sol";

/// Calls of whichever function of a list, with any six words of arguments: no function here takes more.
abstract contract Callers is Prove {
    function callAny(address target, address caller, bytes memory selectors, uint256 which)
        internal
        returns (bytes4 selector, bool done)
    {
        for (uint256 i = 0; i < selectors.length / 4; i++) {
            if (which == i) {
                assembly {
                    selector := mload(add(add(selectors, 32), mul(i, 4)))
                }
                selector = bytes4(selector);
                vm.prank(caller);
                (done,) = target.call(bytes.concat(selector, svm.createBytes(192, "arguments")));
                return (selector, done);
            }
        }
    }

    function refused(address target, address caller, bytes memory selectors, uint256 which) internal {
        (, bool done) = callAny(target, caller, selectors, which);
        assert(!done);
    }
}
