// SPDX-License-Identifier: AGPL-3.0-only
pragma solidity 0.8.30;

interface Vm {
    function assume(bool) external;
    function prank(address) external;
    function startPrank(address) external;
    function warp(uint256) external;
    function etch(address, bytes calldata) external;
    function envBytes(string calldata) external returns (bytes memory);
}

interface Svm {
    function createBytes(uint256 size, string calldata name) external returns (bytes memory);
    function enableSymbolicStorage(address account) external;
}

/// What all lemmas need: halmos, and the contract that they are about. Its creation code comes by the environment, so
/// that a twin runs the same lemma on other code.
abstract contract Prove {
    Vm internal constant vm = Vm(0x7109709ECfa91a80626fF3989D68f67F5b1DD12D);
    Svm internal constant svm = Svm(0xF3993A62377BCd56AE39D773740A5390411E8BC9);

    function deploy(string memory name) internal returns (address made) {
        return deploy(name, vm.envBytes(string.concat(name, "_arguments")));
    }

    function deploy(string memory name, bytes memory arguments) internal returns (address made) {
        bytes memory code = bytes.concat(vm.envBytes(name), arguments);
        assembly {
            made := create(0, add(code, 32), mload(code))
        }
        require(made != address(0), "not deployed");
    }
}
