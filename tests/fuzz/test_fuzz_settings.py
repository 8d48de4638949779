"""Parameters and manifests: what a file says, or a refusal that names the file."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from pinpoint.chain.deployment import CONTRACTS, Deployment, DeploymentError, contract_address
from pinpoint.chain.parameters import Parameters, ParametersError
from tests.fuzz.outside import altered, damaged, fuzz, json_texts, judge, twice

LOCAL = Path("deployments/local.yaml")
PARAMETERS = Parameters.load(LOCAL)
DEPLOYER = "0x" + "11" * 20
DEPLOYMENT = Deployment(
    {name: contract_address(DEPLOYER, nonce) for nonce, name in enumerate((*CONTRACTS, "Token"))},
    DEPLOYER, contract_address(DEPLOYER, 99), PARAMETERS, 7,
)  # fmt: skip
BOMB = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{new}: &{new} [{', '.join([f'*{old}'] * 9)}]\n" for old, new in zip("abcdefgh", "bcdefghi", strict=True)
)


def manifest() -> dict[str, object]:
    """The manifest's JSON."""
    fields = {name: getattr(DEPLOYMENT, name) for name in ("addresses", "deployer", "treasury", "block")}
    return fields | {"parameters": PARAMETERS.model_dump()}


YAMLS = st.one_of(
    altered(PARAMETERS.model_dump()).map(lambda found: yaml.safe_dump(found).encode("utf-8", "surrogatepass")),
    damaged(LOCAL.read_bytes()),
    st.sampled_from(
        [
            b"", b"\xff", b"[" * 30_000, b"{" * 30_000, b"- " * 30_000, BOMB.encode(), b"a: " * 10_000, b"a: *none",
            b"!!python/object/apply:os.system ['true']", b"--- 1\n--- 2\n", b"{1: 2}", b"? [1]\n: 2", b"x: 1970-99-99",
            b"x: !!binary '*'", b"x: " + b"9" * 9000, b"<<: &a {<<: *a}", LOCAL.read_bytes() + b" " * 2**20,
        ]
    ),
)  # fmt: skip


@fuzz
@given(YAMLS)
def test_parameters(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "parameters.yaml"
    path.write_bytes(data)
    found = judge("parameters", lambda: Parameters.load(path), ParametersError)
    if found is not None:
        path.write_text(yaml.safe_dump(found.model_dump()))
        assert Parameters.load(path) == found
        assert all(type(value) is int for value in found.arguments())


@fuzz
@given(json_texts(manifest()))
def test_manifests(tmp_path: Path, data: bytes) -> None:
    path, again = tmp_path / "pinpoint.json", tmp_path / "again.json"
    path.write_bytes(data)
    again.unlink(missing_ok=True)
    found = judge("manifest", lambda: Deployment.load(path), DeploymentError)
    if found is not None:
        found.save(again)
        assert Deployment.load(again) == found and json.loads(again.read_text()) == json.loads(data)
        assert {*found.addresses} == {*CONTRACTS, "Token"} and type(found.block) is int


def test_a_field_that_stands_twice_is_refused(tmp_path: Path) -> None:
    """A reader of the file would see the first, the program took the last."""
    path = tmp_path / "file"
    path.write_text("draw_delay: 99\n" + LOCAL.read_text())
    with pytest.raises(ParametersError, match="draw_delay"):
        Parameters.load(path)
    path.write_text(twice(json.dumps(manifest()), "Staking"))
    with pytest.raises(DeploymentError, match="Staking"):
        Deployment.load(path)


def test_a_bomb_is_refused_before_it_is_unfolded(tmp_path: Path) -> None:
    path = tmp_path / "bomb.yaml"
    for field in ("draw_delay", "more"):
        path.write_text(f"{BOMB}{field}: *i\n")
        assert judge("parameters", lambda: Parameters.load(path), ParametersError) is None


@pytest.mark.parametrize("at", ["../../somewhere", "0x" + "11" * 19, "0x" + "aB" * 20, None, 5])
@pytest.mark.parametrize("name", ["Arbitration", "Token", "treasury", "deployer"])
def test_what_is_no_address_is_refused(tmp_path: Path, name: str, at: object) -> None:
    """Arbitration's address names files of messages, so it must not lead out of their folder."""
    found = json.loads(json.dumps(manifest()))
    (found if name in found else found["addresses"])[name] = at
    path = tmp_path / "pinpoint.json"
    path.write_text(json.dumps(found))
    with pytest.raises(DeploymentError, match=f"expected.*{name}"):
        Deployment.load(path)
