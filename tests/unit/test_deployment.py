"""A deployment is what its manifest says, or it is refused."""

from dataclasses import replace

import pytest
from pydantic import ValidationError

from pinpoint.chain.deployment import CONTRACTS, Deployment, DeploymentError, verify
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


@pytest.mark.parametrize("name", [*CONTRACTS, "Token"])
def test_another_neighbour_is_found(world, name):
    """Whatever address the manifest has wrong, somebody who knows the right one says so."""
    wrong = {**world.deployment.addresses, name: world["stranger"]}
    with pytest.raises(DeploymentError, match=f"at {world['stranger']}"):
        verify(world.port, replace(world.deployment, addresses=wrong))


def test_other_parameters_are_found(world):
    other = world.parameters.model_copy(update={"tax": world.parameters.tax + 1})
    with pytest.raises(DeploymentError, match="parameters"):
        verify(world.port, replace(world.deployment, parameters=other))


def test_no_function_of_the_suite_changes_a_parameter_or_an_address(world):
    """Promise 7: there is no setter, no owner and no pause, in any contract's interface."""
    forbidden = ("set", "owner", "pause", "upgrade", "transfer_ownership", "initialize", "kill")
    for name in CONTRACTS:
        for entry in world.port.contracts[name].abi:
            if entry.get("type") == "function":
                assert not entry["name"].startswith(forbidden) or entry["name"] == "settle", entry["name"]


@pytest.mark.parametrize("change", [{"tax": -1}, {"max_rounds": 7}, {"draw_delay": 0}, {"unknown": 1}])
def test_parameters_out_of_range_are_refused(change):
    with pytest.raises(ValidationError):
        Parameters.model_validate(PARAMETERS.model_dump() | change)
