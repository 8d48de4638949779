// SPDX-License-Identifier: AGPL-3.0-only
pragma solidity 0.8.30;

import {Prove} from "./Prove.sol";

struct Lock {
    address owner;
    uint256 amount;
}

struct Division {
    uint256 returned;
    address receiver;
    uint256 paid;
    bytes32 pot;
    uint256 kept;
}

interface IStaking {
    function stake(address owner) external returns (uint256);
    function bonded(address owner) external returns (uint256);
    function unbonding(address owner) external returns (uint256);
    function unbonding_ends(address owner) external returns (uint256);
    function allotted(address owner) external returns (uint256);
    function credit(address owner) external returns (uint256);
    function locks(bytes32 key) external returns (Lock memory);
    function lockable(address owner) external returns (uint256);
    function pots(bytes32 pot) external returns (uint256);
    function burnt() external returns (uint256);
    function owed() external returns (uint256);
    function deposit(uint256 amount) external;
    function deposit_with_permit(uint256 amount, uint256 deadline, uint8 v, bytes32 r, bytes32 s) external;
    function restake(uint256 amount) external;
    function unbond(uint256 amount) external;
    function withdraw(uint256 amount) external;
    function withdraw_stake() external;
    function lock(bytes32 key, address owner, uint256 amount) external;
    function fund(bytes32 pot, address owner, uint256 amount) external;
    function pledge(address owner, uint256 amount) external;
    function restore(address owner, uint256 amount) external;
    function forfeit(address owner, uint256 amount, address receiver, uint256 paid) external;
    function release(bytes32 key) external returns (address);
    function slash(bytes32 key, Division calldata division) external returns (address);
    function pay(bytes32 pot, address receiver, uint256 amount) external;
    function pay_rest(bytes32 pot, address receiver) external;
    function shift(bytes32 source, bytes32 target, uint256 amount) external;
    function burn(bytes32 pot, uint256 amount) external;
}

/// An honest token, any balances.
contract Token {
    mapping(address => uint256) public balanceOf;

    function allowance(address, address) external pure returns (uint256) {
        return type(uint256).max;
    }

    function transfer(address to, uint256 amount) external returns (bool) {
        balanceOf[msg.sender] -= amount;
        balanceOf[to] += amount;
        return true;
    }

    function transferFrom(address from, address to, uint256 amount) external returns (bool) {
        balanceOf[from] -= amount;
        balanceOf[to] += amount;
        return true;
    }
}

/// Sortition, which is only told that something has changed.
contract Listener {
    function weigh(address) external {}
}

/// Staking in a state of which only this is known: the accounts that a lemma looks at are no more than all that is owed,
/// and that fits 128 bits, as `deposit` sees to.
abstract contract StakingProof is Prove {
    address internal constant REGISTRY = address(0x1001);
    address internal constant VERIFICATION = address(0x1002);
    address internal constant ARBITRATION = address(0x1003);
    address internal constant SETTLEMENT = address(0x1004);
    address internal constant AVAILABILITY = address(0x1005);
    address internal constant OPEN_ROUND = address(0x1006);
    address internal constant PROFILING = address(0x1007);
    uint256 internal constant UNBONDING_PERIOD = 1000;
    uint256 internal constant MAX_OWED = 2 ** 128 - 1;
    IStaking internal staking;
    Token internal token;

    function setUp() public {
        token = new Token();
        svm.enableSymbolicStorage(address(token));
        bytes memory arguments = abi.encode(
            token,
            REGISTRY,
            VERIFICATION,
            ARBITRATION,
            SETTLEMENT,
            AVAILABILITY,
            OPEN_ROUND,
            new Listener(),
            PROFILING,
            UNBONDING_PERIOD
        );
        staking = IStaking(deploy("Staking", arguments));
        svm.enableSymbolicStorage(address(staking));
    }

    function isLocker(address caller) internal pure returns (bool) {
        return caller == REGISTRY || caller == VERIFICATION || caller == AVAILABILITY || caller == OPEN_ROUND
            || caller == PROFILING;
    }

    function assumeSmall(uint256 amount) internal returns (uint256) {
        vm.assume(amount <= MAX_OWED);
        return amount;
    }

    function accountsOf(address owner) internal returns (uint256) {
        unchecked {
            return staking.stake(owner) + staking.bonded(owner) + staking.unbonding(owner) + staking.credit(owner);
        }
    }

    /// The sum of all accounts that a move with these names may touch.
    function sum(address owner, address other, bytes32 key, bytes32 pot, bytes32 second) internal returns (uint256 all) {
        unchecked {
            all = accountsOf(owner) + staking.locks(key).amount + staking.pots(pot) + staking.burnt();
            if (other != owner) all += accountsOf(other);
            if (second != pot) all += staking.pots(second);
        }
    }

    function assumeOwed(address owner, address other, bytes32 key, bytes32 pot, bytes32 second)
        internal
        returns (uint256 all)
    {
        assumeSmall(staking.unbonding(owner));
        assumeSmall(staking.credit(owner));
        assumeSmall(staking.unbonding(other));
        assumeSmall(staking.credit(other));
        assumeSmall(staking.pots(pot));
        assumeSmall(staking.pots(second));
        assumeSmall(staking.burnt());
        all = assumeSmall(sum(owner, other, key, pot, second));
    }
}
