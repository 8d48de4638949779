"""A deployment is what its manifest says, or it is refused."""

from dataclasses import replace

import pytest
from pydantic import ValidationError

from pinpoint.chain.deployment import (
    CONTRACTS,
    KNOWN,
    NAMES,
    Deployment,
    DeploymentError,
    contract_address,
    deploy,
    verify,
)
from pinpoint.chain.parameters import Parameters
from tests.world import PARAMETERS


def test_the_manifest_comes_back_and_is_never_overwritten(world, tmp_path):
    path = tmp_path / "1337" / "pinpoint.json"
    world.deployment.save(path)
    assert Deployment.load(path) == world.deployment
    with pytest.raises(DeploymentError, match="never overwritten"):
        world.deployment.save(path)


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"addresses": {}}', "not json"])
def test_a_malformed_manifest_is_named(tmp_path, text):
    path = tmp_path / "pinpoint.json"
    path.write_text(text)
    with pytest.raises(DeploymentError, match=f"expected a manifest at {path}"):
        Deployment.load(path)


def test_a_missing_manifest_is_named(tmp_path):
    with pytest.raises(DeploymentError, match="expected a manifest at"):
        Deployment.load(tmp_path / "none.json")


NEIGHBOURS = sorted({NAMES[role.lower()] for roles in KNOWN.values() for role in roles})


def test_every_contract_is_tied_to_the_rest():
    """It is known by another, or it knows one."""
    assert {*CONTRACTS} == {*NEIGHBOURS, *KNOWN} - {"Token"}


@pytest.mark.parametrize("name", NEIGHBOURS)
def test_another_neighbour_is_found(world, name):
    """Whatever address the manifest has wrong, somebody who knows the right one says so."""
    wrong = {**world.deployment.addresses, name: world["stranger"]}
    with pytest.raises(DeploymentError, match=f"at {world['stranger']}"):
        verify(world.port, replace(world.deployment, addresses=wrong))


def test_other_parameters_are_found(world):
    other = world.parameters.model_copy(update={"tax": world.parameters.tax + 1})
    with pytest.raises(DeploymentError, match="parameters"):
        verify(world.port, replace(world.deployment, parameters=other))


@pytest.mark.parametrize("name", ["unbonding_period"])
def test_what_staking_holds_is_found(world, name):
    """Staking has two of the parameters only, so each is compared by itself."""
    other = world.parameters.model_copy(update={name: getattr(world.parameters, name) + 1})
    with pytest.raises(DeploymentError, match=f"Staking.*{name.upper()}"):
        verify(OnlyStaking(world.port, other), replace(world.deployment, parameters=other))


class OnlyStaking:
    """A chain on which all contracts but Staking hold these parameters."""

    def __init__(self, port, parameters):
        self._port, self._parameters = port, parameters

    def view(self, contract, method):
        return self._parameters.arguments() if method == "PARAMETERS" else self._port.view(contract, method)


def test_another_treasury_is_found(world):
    """It earns the taxes, so a manifest must not name another one."""
    with pytest.raises(DeploymentError, match=f"Settlement.*TREASURY at {world['stranger']}"):
        verify(world.port, replace(world.deployment, treasury=world["stranger"]))


def test_every_neighbour_is_looked_at(world):
    """One that a contract is to know is compared with the manifest."""
    for name in CONTRACTS:
        found = {
            entry["name"]
            for entry in world.port.contracts[name].abi
            if entry.get("type") == "function" and entry["name"].isupper() and entry["outputs"][0]["type"] == "address"
        }
        assert found - {"TREASURY"} == set(KNOWN.get(name, ())), name


def test_addresses_follow_from_the_deployers_nonce(world):
    """The contracts are its next ones, in this order: each could be told of the others before they existed."""
    deployer, addresses = world["deployer"], world.deployment.addresses
    nonces = range(world.port.nonce(deployer))
    created = [contract_address(deployer, nonce) for nonce in nonces]
    first = created.index(addresses["Staking"])
    # The beacon was there before.
    mine = CONTRACTS[:-1]
    assert [addresses[name] for name in mine] == created[first : first + len(mine)]
    assert created.index(addresses["Beacon"]) < first


@pytest.mark.parametrize("given", [True, False])
def test_a_beacon_is_deployed_where_none_is_given(world, given):
    """With an address, registry and verification take their seeds from there, and no other is deployed."""
    deployer, before = world["stranger"], world.deployment.addresses
    contracts, nonce = dict(world.port.contracts), world.port.nonce(deployer)
    try:
        arguments = (before["Token"], world["treasury"], world.parameters)
        found = deploy(world.port, deployer, *arguments, before["Beacon"] if given else None)
        count = world.port.nonce(deployer) - nonce
        last = contract_address(deployer, nonce + len(CONTRACTS) - 1)
        assert (count, found.addresses["Beacon"]) == (
            (len(CONTRACTS) - 1, before["Beacon"]) if given else (len(CONTRACTS), last)
        )
        for contract in ("TaskRegistry", "Verification"):
            assert world.view(contract, "BEACON") == found.addresses["Beacon"]
        # The one for tests lets anybody choose.
        assert hasattr(world.port.contracts["Beacon"], "choose") == given
        assert hasattr(world.port.contracts["Beacon"], "fix") != given
    finally:
        world.port.contracts.update(contracts)


def test_a_transaction_in_between_is_found(world):
    """The deployer must send nothing else meanwhile."""

    class Disturbed:
        """A chain on which the deployer sends one more transaction, before the third contract."""

        def __init__(self, port):
            self._port, self._count = port, 0

        def __getattr__(self, name):
            return getattr(self._port, name)

        def deploy(self, sender, name, arguments):
            self._count += 1
            if self._count == 3:
                self._port.deploy(sender, "LocalToken", [])
            return self._port.deploy(sender, name, arguments)

    addresses = world.deployment.addresses
    contracts = dict(world.port.contracts)
    try:
        with pytest.raises(DeploymentError, match="expected Verification at"):
            deploy(Disturbed(world.port), world["stranger"], addresses["Token"], world["treasury"], world.parameters)
    finally:
        world.port.contracts.update(contracts)


def test_no_function_of_the_suite_changes_a_parameter_or_an_address(world):
    """Promise 7: there is no setter, no owner and no pause, in any contract's interface."""
    forbidden = ("set", "owner", "pause", "upgrade", "transfer_ownership", "initialize", "kill")
    for name in CONTRACTS:
        for entry in world.port.contracts[name].abi:
            if entry.get("type") == "function":
                assert not entry["name"].startswith(forbidden) or entry["name"] == "settle", entry["name"]


@pytest.mark.parametrize(
    "change", [{"tax": -1}, {"max_rounds": 7}, {"draw_delay": 0}, {"ask_window": 0}, {"unknown": 1}]
)
def test_parameters_out_of_range_are_refused(change):
    with pytest.raises(ValidationError):
        Parameters.model_validate(PARAMETERS.model_dump() | change)
