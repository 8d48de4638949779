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

/// What the contracts tell each other, nobody else can say: any arguments, any state, others that answer anything.
/// @custom:code Settlement TaskRegistry Verification Arbitration Sortition Profiling
contract Authority is Among {
    /// Settlement pays on the word of Registry only: declined, silent, left, refunded, returned, invalid. Promise 7.
    /// @custom:twin Settlement.vy: `assert msg.sender == caller, "settlement: caller"` -> `pass`
    function check_registry_alone_settles_solvers(address caller) external {
        address settlement = deployAmong("Settlement");
        vm.assume(caller != IRoles(settlement).REGISTRY());
        refused(settlement, caller, "solver_declined(uint256,address)", 2);
        refused(settlement, caller, "solver_silent(uint256,address)", 2);
        refused(settlement, caller, "solver_left(uint256,address)", 2);
        refused(settlement, caller, "refund(uint256)", 1);
        refused(settlement, caller, "deposit_returned(uint256)", 1);
        refused(settlement, caller, "program_invalid(uint256,address,address)", 3);
    }

    /// Settlement slashes verifiers, sets a jackpot and rejects for withheld data on Verification's word only. Promise 7.
    /// @custom:twin Settlement.vy: `assert msg.sender == caller, "settlement: caller"` -> `assert msg.sender != STAKING`
    function check_verification_alone_slashes_verifiers(address caller) external {
        address settlement = deployAmong("Settlement");
        vm.assume(caller != IRoles(settlement).VERIFICATION());
        refused(settlement, caller, "verifier_excused(uint256)", 1);
        refused(settlement, caller, "verifier_silent(uint256)", 1);
        refused(settlement, caller, "overturned(uint256,address)", 2);
        refused(settlement, caller, "disclosed(uint256,address)", 2);
        refused(settlement, caller, "forced(uint256)", 1);
        refused(settlement, caller, "withheld(uint256,uint256)", 2);
    }

    /// Bonds, reporters, profilers and fees of chunks: on the word of the contract that knows of each. Promise 7.
    /// @custom:twin Settlement.vy: `assert msg.sender == caller, "settlement: caller"` -> `assert msg.sender != REGISTRY`
    function check_others_settle_their_own(address caller) external {
        address settlement = deployAmong("Settlement");
        IRoles roles = IRoles(settlement);
        if (caller != roles.OPEN_ROUND()) refused(settlement, caller, "reporter_closed(uint256,address,uint256)", 3);
        if (caller != roles.PROFILING()) refused(settlement, caller, "profiler_closed(uint256,address,uint256,uint256)", 4);
        if (caller != roles.AVAILABILITY()) refused(settlement, caller, "fee_paid(bytes32,address)", 2);
        vm.assume(caller != roles.ARBITRATION());
        refused(settlement, caller, "bond_returned(address)", 1);
        refused(settlement, caller, "bond_lost(address,address)", 2);
        refused(settlement, caller, "bond_burnt(address)", 1);
    }

    /// A task ends, fails, is measured or found invalid on the word of one contract each. Promise 7.
    /// @custom:twin TaskRegistry.vy: `assert msg.sender == SETTLEMENT, "registry: caller"` -> `pass`
    function check_tasks_end_by_the_named(address caller) external {
        address registry = deployAmong("TaskRegistry");
        IRoles roles = IRoles(registry);
        if (caller != roles.SETTLEMENT()) refused(registry, caller, "end(uint256,uint256)", 2);
        if (caller != roles.VERIFICATION()) refused(registry, caller, "solver_failed(uint256)", 1);
        if (caller != roles.PROFILING()) refused(registry, caller, "profiled(uint256,uint256)", 2);
        if (caller != roles.PROGRAM_JUDGE()) refused(registry, caller, "invalidate(uint256,address)", 2);
    }

    /// A verification begins, is overturned, aborted or concluded on the word of one contract each. Promise 7.
    /// @custom:twin Verification.vy: `assert msg.sender == REGISTRY, "verification: caller"` -> `pass`
    function check_verification_hears_the_named(address caller) external {
        address verification = deployAmong("Verification");
        IRoles roles = IRoles(verification);
        if (caller != roles.REGISTRY()) refused(verification, caller, "begin(uint256)", 1);
        if (caller != roles.ARBITRATION()) refused(verification, caller, "overturn(uint256,address)", 2);
        if (caller != roles.AVAILABILITY()) refused(verification, caller, "withheld(uint256)", 1);
        if (caller != roles.SETTLEMENT()) refused(verification, caller, "conclude(uint256)", 1);
    }

    /// Only the two judges decide a game. Promises 3 and 7.
    /// @custom:twin Arbitration.vy: `assert msg.sender in [VALUE_JUDGE, ROOT_JUDGE], "arbitration: caller"` -> `pass`
    function check_judges_alone_decide(address caller) external {
        address arbitration = deployAmong("Arbitration");
        IRoles roles = IRoles(arbitration);
        vm.assume(caller != roles.VALUE_JUDGE() && caller != roles.ROOT_JUDGE());
        refused(arbitration, caller, "decide(uint256,address,bool)", 3);
    }

    /// Only Verification and Profiling use up a verifier's capacity, or free it. Promise 7.
    /// @custom:twin Sortition.vy: `msg.sender == VERIFICATION or msg.sender == PROFILING` -> `msg.sender != VERIFICATION`
    function check_capacity_is_used_by_the_named(address caller) external {
        address sortition = deployAmong("Sortition");
        vm.assume(caller != IRoles(sortition).VERIFICATION() && caller != IRoles(sortition).PROFILING());
        refused(sortition, caller, "assign(address,uint256,uint256)", 3);
        refused(sortition, caller, "free(address,uint256,uint256)", 3);
    }
}
