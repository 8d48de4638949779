// SPDX-License-Identifier: AGPL-3.0-only
pragma solidity 0.8.30;

import {Among} from "./Others.sol";

interface IRegistry {
    function phase_of(uint256 task) external returns (uint256);
    function enrol(uint256 task, uint256 stake) external;
    function close_enrolment(uint256 task) external;
    function draw_solver(uint256 task) external;
    function accept(uint256 task) external;
    function decline(uint256 task) external;
    function time_out(uint256 task) external;
    function end(uint256 task, uint256 ending) external;
    function solver_failed(uint256 task) external;
    function profiled(uint256 task, uint256 threshold) external;
    function invalidate(uint256 task, address finder) external;
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

    /// No call of a task's life is taken any more once it has ended, whoever sends it; who had enrolled may leave.
    /// Promise 5: terminal, one settlement.
    /// @custom:twin TaskRegistry.vy: `task, ITaskRegistry.Phase.PROFILING` -> `task, ITaskRegistry.Phase.ENDED`
    function check_ended_is_terminal(address caller, uint256 which, uint256 task, uint160 argument) external {
        IRegistry registry = IRegistry(deployAmong("TaskRegistry"));
        vm.assume(registry.phase_of(task) == ENDED);
        bytes4[10] memory selectors = [
            IRegistry.profiled.selector,
            IRegistry.enrol.selector,
            IRegistry.close_enrolment.selector,
            IRegistry.draw_solver.selector,
            IRegistry.accept.selector,
            IRegistry.decline.selector,
            IRegistry.time_out.selector,
            IRegistry.end.selector,
            IRegistry.solver_failed.selector,
            IRegistry.invalidate.selector
        ];
        for (uint256 i = 0; i < selectors.length; i++) {
            if (which == i) {
                vm.prank(caller);
                (bool done,) = address(registry).call(abi.encodeWithSelector(selectors[i], task, argument));
                assert(!done);
                return;
            }
        }
    }

    /// A prize that was collected is not collected again. Promise 2.
    /// @custom:twin libraries/bounty.vy: `assert claim == Claim.OPENED, "settlement: collected"` -> `pass`
    function check_prize_is_collected_once(address caller, uint256 dispute) external {
        address settlement = deployAmong("Settlement");
        vm.assume(IPrizes(settlement).collected(dispute));
        vm.prank(caller);
        (bool done,) = settlement.call(abi.encodeCall(IPrizes.collect, (dispute)));
        assert(!done);
    }

    /// A sealed report is opened once: nobody is counted twice. Promise 2.
    /// @custom:twin libraries/bounty.vy: `assert self.claims[dispute] == empty(Claim), "settlement: opened"` -> `pass`
    function check_report_is_opened_once(address caller, uint256 dispute, bytes32 digest, bytes32 salt) external {
        address settlement = deployAmong("Settlement");
        vm.assume(IPrizes(settlement).report_opened(dispute));
        vm.prank(caller);
        (bool done,) = settlement.call(abi.encodeCall(IPrizes.open_report, (dispute, digest, salt)));
        assert(!done);
    }

    /// What was not opened is not collected. Promise 8.
    /// @custom:twin libraries/bounty.vy: `assert claim != empty(Claim), "settlement: unopened"` -> `claim = Claim.OPENED`
    function check_unopened_collects_nothing(address caller, uint256 dispute) external {
        address settlement = deployAmong("Settlement");
        vm.assume(!IPrizes(settlement).report_opened(dispute));
        vm.prank(caller);
        (bool done,) = settlement.call(abi.encodeCall(IPrizes.collect, (dispute)));
        assert(!done);
    }
}
