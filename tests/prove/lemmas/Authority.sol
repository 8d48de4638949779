// SPDX-License-Identifier: AGPL-3.0-only
pragma solidity 0.8.30;

import {Among} from "./Others.sol";

interface IRoles {
    function REGISTRY() external returns (address);
    function VERIFICATION() external returns (address);
    function ARBITRATION() external returns (address);
    function SETTLEMENT() external returns (address);
    function AVAILABILITY() external returns (address);
    function OPEN_ROUND() external returns (address);
    function PROFILING() external returns (address);
    function PROGRAM_JUDGE() external returns (address);
    function VALUE_JUDGE() external returns (address);
    function ROOT_JUDGE() external returns (address);
}

interface ISettlement {
    function solver_declined(uint256 task, address solver) external;
    function solver_silent(uint256 task, address solver) external;
    function solver_left(uint256 task, address solver) external;
    function refund(uint256 task) external;
    function deposit_returned(uint256 task) external;
    function program_invalid(uint256 task, address finder, address solver) external;
    function verifier_excused(uint256 report) external;
    function verifier_silent(uint256 report) external;
    function overturned(uint256 report, address challenger) external;
    function disclosed(uint256 report, address finder) external;
    function forced(uint256 report) external;
    function withheld(uint256 task, uint256 report) external;
    function reporter_closed(uint256 task, address owner, uint256 verdict) external;
    function profiler_closed(uint256 task, address owner, uint256 fee, uint256 verdict) external;
    function fee_paid(bytes32 pot, address receiver) external;
    function bond_returned(address owner) external;
    function bond_lost(address owner, address verifier) external;
    function bond_burnt(address owner) external;
}

interface IOthers {
    function end(uint256 task, uint256 ending) external;
    function solver_failed(uint256 task) external;
    function profiled(uint256 task, uint256 threshold) external;
    function invalidate(uint256 task, address finder) external;
    function begin(uint256 task) external;
    function overturn(uint256 report, address challenger) external;
    function withheld(uint256 task) external;
    function conclude(uint256 task) external;
    function decide(uint256 dispute, address sender, bool faulty) external;
    function assign(address verifier, uint256 units, uint256 size) external;
    function free(address verifier, uint256 units, uint256 size) external;
}

/// What the contracts tell each other, nobody else can say: any arguments, any state, others that answer anything.
/// @custom:code Settlement TaskRegistry Verification Arbitration Sortition
contract Authority is Among {
    /// Settlement pays on the word of Registry only: declined, silent, left, refunded, returned, invalid. Promise 7.
    /// @custom:twin Settlement.vy: `assert msg.sender == caller, "settlement: caller"` -> `pass`
    function check_registry_alone_settles_solvers(address caller, uint256 which) external {
        address settlement = deployAmong("Settlement");
        vm.assume(caller != IRoles(settlement).REGISTRY());
        bytes memory selectors = abi.encodePacked(
            ISettlement.solver_left.selector,
            ISettlement.solver_declined.selector,
            ISettlement.solver_silent.selector,
            ISettlement.refund.selector,
            ISettlement.deposit_returned.selector,
            ISettlement.program_invalid.selector
        );
        refused(settlement, caller, selectors, which);
    }

    /// Settlement slashes verifiers, sets a jackpot and rejects for withheld data on Verification's word only. Promise 7.
    /// @custom:twin Settlement.vy: `assert msg.sender == caller, "settlement: caller"` -> `assert msg.sender != STAKING`
    function check_verification_alone_slashes_verifiers(address caller, uint256 which) external {
        address settlement = deployAmong("Settlement");
        vm.assume(caller != IRoles(settlement).VERIFICATION());
        bytes memory selectors = abi.encodePacked(
            ISettlement.verifier_excused.selector,
            ISettlement.verifier_silent.selector,
            ISettlement.overturned.selector,
            ISettlement.disclosed.selector,
            ISettlement.forced.selector,
            ISettlement.withheld.selector
        );
        refused(settlement, caller, selectors, which);
    }

    /// Bonds end on Arbitration's word only. Promise 7.
    /// @custom:twin Settlement.vy: `assert msg.sender == caller, "settlement: caller"` -> `assert msg.sender != REGISTRY`
    function check_arbitration_alone_ends_bonds(address caller, uint256 which) external {
        address settlement = deployAmong("Settlement");
        vm.assume(caller != IRoles(settlement).ARBITRATION());
        bytes memory selectors = abi.encodePacked(
            ISettlement.bond_returned.selector, ISettlement.bond_lost.selector, ISettlement.bond_burnt.selector
        );
        refused(settlement, caller, selectors, which);
    }

    /// Reporters, profilers and fees of chunks are settled on the word of the contract that knows of each. Promise 7.
    /// @custom:twin Settlement.vy: `assert msg.sender == caller, "settlement: caller"` -> `assert msg.sender != ARBITRATION`
    function check_others_settle_their_own(address caller, uint256 which) external {
        address settlement = deployAmong("Settlement");
        IRoles roles = IRoles(settlement);
        address[3] memory named = [roles.OPEN_ROUND(), roles.PROFILING(), roles.AVAILABILITY()];
        vm.assume(which < 3);
        for (uint256 i = 0; i < 3; i++) {
            vm.assume(which != i || caller != named[i]);
        }
        bytes memory selectors = abi.encodePacked(
            ISettlement.reporter_closed.selector, ISettlement.profiler_closed.selector, ISettlement.fee_paid.selector
        );
        refused(settlement, caller, selectors, which);
    }

    /// A task ends, fails, is measured or found invalid on the word of one contract each. Promise 7.
    /// @custom:twin TaskRegistry.vy: `assert msg.sender == SETTLEMENT, "registry: caller"` -> `pass`
    function check_tasks_end_by_the_named(address caller, uint256 which) external {
        address registry = deployAmong("TaskRegistry");
        IRoles roles = IRoles(registry);
        address[4] memory named = [roles.SETTLEMENT(), roles.VERIFICATION(), roles.PROFILING(), roles.PROGRAM_JUDGE()];
        vm.assume(which < 4);
        for (uint256 i = 0; i < 4; i++) {
            vm.assume(which != i || caller != named[i]);
        }
        bytes memory selectors = abi.encodePacked(
            IOthers.end.selector, IOthers.solver_failed.selector, IOthers.profiled.selector, IOthers.invalidate.selector
        );
        refused(registry, caller, selectors, which);
    }

    /// A verification begins, is overturned, aborted or concluded on the word of one contract each. Promise 7.
    /// @custom:twin Verification.vy: `assert msg.sender == REGISTRY, "verification: caller"` -> `pass`
    function check_verification_hears_the_named(address caller, uint256 which) external {
        address verification = deployAmong("Verification");
        IRoles roles = IRoles(verification);
        address[4] memory named = [roles.REGISTRY(), roles.ARBITRATION(), roles.AVAILABILITY(), roles.SETTLEMENT()];
        vm.assume(which < 4);
        for (uint256 i = 0; i < 4; i++) {
            vm.assume(which != i || caller != named[i]);
        }
        bytes memory selectors = abi.encodePacked(
            IOthers.begin.selector, IOthers.overturn.selector, IOthers.withheld.selector, IOthers.conclude.selector
        );
        refused(verification, caller, selectors, which);
    }

    /// Only the two judges decide a game. Promises 3 and 7.
    /// @custom:twin Arbitration.vy: `assert msg.sender in [VALUE_JUDGE, ROOT_JUDGE], "arbitration: caller"` -> `pass`
    function check_judges_alone_decide(address caller) external {
        address arbitration = deployAmong("Arbitration");
        IRoles roles = IRoles(arbitration);
        vm.assume(caller != roles.VALUE_JUDGE() && caller != roles.ROOT_JUDGE());
        refused(arbitration, caller, abi.encodePacked(IOthers.decide.selector), 0);
    }

    /// Only Verification and Profiling use up a verifier's capacity, or free it. Promise 7.
    /// @custom:twin Sortition.vy: `msg.sender == VERIFICATION or msg.sender == PROFILING` -> `msg.sender != VERIFICATION`
    function check_capacity_is_used_by_the_named(address caller, uint256 which) external {
        address sortition = deployAmong("Sortition");
        vm.assume(caller != IRoles(sortition).VERIFICATION() && caller != IRoles(sortition).PROFILING());
        refused(sortition, caller, abi.encodePacked(IOthers.free.selector, IOthers.assign.selector), which);
    }
}
