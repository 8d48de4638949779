// SPDX-License-Identifier: AGPL-3.0-only
pragma solidity 0.8.30;

import {Among} from "./Others.sol";

interface IRegistry {
    function phase_of(uint256 task) external returns (uint256);
}

interface IPrizes {
    function report_opened(uint256 dispute) external returns (bool);
    function collected(uint256 dispute) external returns (bool);
    function open_report(uint256 dispute, bytes32 digest, bytes32 salt) external;
    function collect(uint256 dispute) external;
}

/// What has ended has ended: any state, any arguments, others that answer anything.
/// @custom:code TaskRegistry Settlement
contract Endings is Among {
    uint256 constant ENDED = 32;

    /// No call of a task's life is taken any more once it has ended, whoever sends it. Promise 5: terminal, one
    /// settlement.
    /// @custom:twin TaskRegistry.vy: `assert s.phase == phase, "registry: phase"` -> `pass`
    function check_ended_is_terminal(address caller, uint256 task, address argument) external {
        address registry = deployAmong("TaskRegistry");
        vm.assume(IRegistry(registry).phase_of(task) == ENDED);
        string[11] memory calls = [
            "enrol(uint256,uint256)",
            "leave(uint256)",
            "close_enrolment(uint256)",
            "draw_solver(uint256)",
            "accept(uint256)",
            "decline(uint256)",
            "time_out(uint256)",
            "end(uint256,uint256)",
            "solver_failed(uint256)",
            "profiled(uint256,uint256)",
            "invalidate(uint256,address)"
        ];
        for (uint256 i = 0; i < calls.length; i++) {
            assert(!call(registry, caller, abi.encodePacked(bytes4(keccak256(bytes(calls[i]))), task, uint256(uint160(argument)))));
        }
    }

    /// A prize that was collected is not collected again. Promise 2.
    /// @custom:twin libraries/bounty.vy: `assert claim == Claim.OPENED, "settlement: collected"` -> `pass`
    function check_prize_is_collected_once(address caller, uint256 dispute) external {
        address settlement = deployAmong("Settlement");
        vm.assume(IPrizes(settlement).collected(dispute));
        assert(!call(settlement, caller, abi.encodeCall(IPrizes.collect, (dispute))));
    }

    /// A sealed report is opened once: nobody is counted twice. Promise 2.
    /// @custom:twin libraries/bounty.vy: `assert self.claims[dispute] == empty(Claim), "settlement: opened"` -> `pass`
    function check_report_is_opened_once(address caller, uint256 dispute, bytes32 digest, bytes32 salt) external {
        address settlement = deployAmong("Settlement");
        vm.assume(IPrizes(settlement).report_opened(dispute));
        assert(!call(settlement, caller, abi.encodeCall(IPrizes.open_report, (dispute, digest, salt))));
    }

    /// What was not opened is not collected. Promise 8.
    /// @custom:twin libraries/bounty.vy: `assert claim != empty(Claim), "settlement: unopened"` -> `claim = Claim.OPENED`
    function check_unopened_collects_nothing(address caller, uint256 dispute) external {
        address settlement = deployAmong("Settlement");
        vm.assume(!IPrizes(settlement).report_opened(dispute));
        assert(!call(settlement, caller, abi.encodeCall(IPrizes.collect, (dispute))));
    }
}
