"""What a node answers: events that it makes up, logs that are cut short, reorganisations, numbers that mean nothing."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import ape
import pytest
from eth_abi.abi import encode
from eth_utils import to_checksum_address
from hypothesis import given
from hypothesis import strategies as st

from pinpoint.chain.ape_port import ApePort
from pinpoint.chain.artifacts import Artifacts
from pinpoint.chain.client import Client, Geometry, Order, Said, Task
from pinpoint.chain.header import APPENDED, FIELDS, INTEGERS, HeaderError, encode_header
from pinpoint.chain.port import Event, NodeError
from pinpoint.chain.posted import Posted
from pinpoint.chain.storage import ArtifactError, Storage
from pinpoint.commitment.tensor import batch_root, checkpoint_root
from pinpoint.commitment.tree import Tree, TreeKind, keccak
from pinpoint.dispute.chunks import ChunkError, Poster, Source, bundles, chunks_of
from pinpoint.models.dense import initial_state, training_program
from tests.fuzz.outside import altered, damaged, fuzz, judge

PROGRAM = training_program((130, 3), 2)
STATES = [initial_state((130, 3), seed) for seed in range(4)]
BATCHES = [[tensor[:, :1].repeat(cols, 1)[:1].repeat(rows, 0) for (rows, cols), tensor in
            zip(PROGRAM.batch_shapes, STATES[seed], strict=False)] for seed in range(2)]  # fmt: skip
PROOF = Tree(TreeKind.PROOF, [checkpoint_root(state) for state in STATES])
DATASET = Tree(TreeKind.DATASET, [batch_root(batch) for batch in BATCHES])
GEOMETRY = Geometry(len(PROGRAM.nodes), len(PROGRAM.state_shapes), 2, 6, 2, 1, 0, 1, 20)
ORDER = Order(PROGRAM.root, DATASET.root, checkpoint_root(STATES[0]), GEOMETRY, 1, 1)
TASK: Any = SimpleNamespace(number=7, order=ORDER, proof_root=PROOF.root)


def events() -> list[Event]:
    """Every chunk of a sample, asked for and posted."""
    found = []
    for bundle in bundles([1], segments=3, interval=2, batches=2):
        batch = bundle.source is Source.BATCH
        tensors, collection = (BATCHES[bundle.index], DATASET) if batch else (STATES[bundle.index], PROOF)
        poster = Poster(bundle.source, bundle.index, tensors, collection)
        for chunk in chunks_of(PROGRAM, bundle):
            named, data, paths = poster.arguments(chunk)
            found.append(Event("Availability", "ChunkAsked", {"task": 7, "chunk": named}))
            found.append(Event("Availability", "ChunkPosted", {**found[-1].fields, "data": data, "paths": paths}))
    return found


EVENTS = events()


def posted(log: list[Event]) -> Posted:
    """A reader of a node with this log."""
    port = SimpleNamespace(events=lambda contract, name: list(log))
    client: Any = SimpleNamespace(port=port, samples=lambda task: [1])
    return Posted(client, TASK, PROGRAM)


def own() -> Artifacts:
    """Nothing yet."""
    return Artifacts(Storage(f"memory://{uuid4()}"))


def test_the_right_events_are_taken() -> None:
    reader, artifacts = posted(EVENTS), own()
    assert reader.pending() == []
    reader.restore(artifacts)
    assert artifacts.state(checkpoint_root(STATES[1]))[0].tobytes() == STATES[1][0].tobytes()
    with pytest.raises(ArtifactError):
        artifacts.state(checkpoint_root(STATES[3]))


WORDS = st.one_of(st.sampled_from((0, 1, 2, 3, 4, 7, 63, 2**20, 2**32, 2**64, 2**256 - 1)), st.integers(0, 2**256 - 1))


@st.composite
def of_its_type(draw: st.DrawFn, value: Any) -> Any:
    """What the ABI would decode, in place of what it has decoded."""
    if isinstance(value, int):
        return draw(WORDS)
    if isinstance(value, bytes) and len(value) != 32:
        return draw(damaged(value))
    if isinstance(value, bytes):
        return bytes([value[0] ^ draw(st.integers(0, 255))]) + value[1:]
    found = list(value)
    if not found or (isinstance(found[0], bytes) and draw(st.booleans())):
        return [*found[draw(st.integers(0, 2)) :], *draw(st.lists(st.binary(min_size=32, max_size=32), max_size=50))]
    at = draw(st.integers(0, len(found) - 1))
    found[at] = draw(of_its_type(found[at]))
    return tuple(found) if isinstance(value, tuple) else found


@fuzz
@given(st.integers(0, len(EVENTS) - 1), st.data())
def test_events_of_data(place: int, data: st.DataObject) -> None:
    """A chunk that does not lead to the chain's root is told from one that does, whatever the node says of it."""
    event = EVENTS[place]
    made_up = dict(event.fields)
    for key in data.draw(st.lists(st.sampled_from(sorted(made_up)), min_size=1, max_size=2)):
        made_up[key] = data.draw(of_its_type(made_up[key]))
    reader = posted([*EVENTS[:place], Event("Availability", event.name, made_up)])
    if judge("event of data", lambda: reader.pending() is not None, ChunkError):
        for (source, index, tensor), chunks in reader._data.items():
            right = BATCHES[index] if source is Source.BATCH else STATES[index]
            lanes = right[tensor].shape[0] * -(-right[tensor].shape[1] // 8) * 32
            assert sum(map(len, chunks.values())) <= lanes


def test_after_a_reorganisation_what_was_posted_may_be_owed_again() -> None:
    """A solver that believed otherwise would not post, and lose its deposit."""
    log = list(EVENTS[:4])
    reader = posted(log)
    assert reader.pending() == []
    log[1:] = [EVENTS[2]]
    assert len(reader.pending()) == 2
    log[:] = EVENTS
    assert reader.pending() == []


# Headers

BLOCK = {name: "0x" + (keccak(name.encode()).hex() if name not in INTEGERS else "12") for name in (*FIELDS, *APPENDED)}
BLOCK["hash"] = "0x00"
try:
    encode_header(BLOCK)
except HeaderError as unequal:
    BLOCK["hash"] = "0x" + str(unequal).partition("got ")[2][:64]


@fuzz
@given(altered(BLOCK))
def test_headers(block: Any) -> None:
    found = judge("header", lambda: encode_header(block), HeaderError)
    assert found is None or keccak(found).hex() == BLOCK["hash"][2:]


# Views

SAID = list(Said.__subclasses__())


@fuzz
@given(st.sampled_from(SAID), st.one_of(st.integers(0, 300), st.integers(0, 2**256)))
def test_numbers_of_views(kind: type[Said], number: int) -> None:
    found = judge("view", lambda: kind(number), NodeError)
    assert (found is not None) == (number in list(map(int, kind)))
    assert len(SAID) == 7


@fuzz
@given(st.integers(1, 2**256 - 1), st.integers(0, 2**256 - 1))
def test_tasks(phase: int, word: int) -> None:
    """Whatever a view's numbers are within their types."""
    order = SimpleNamespace(program_root=b"", dataset_root=b"", initial_state=b"", geometry=word, units=1, price=1)
    fields = SimpleNamespace(order=order, submitter="", solver="", proof_root=b"", phase=phase, ending=0, tries=0,
                             enrolled=0, draw_block=0, deadline=0)  # fmt: skip
    client: Any = SimpleNamespace(port=SimpleNamespace(view=lambda *_: fields))
    found = judge("task", lambda: Client.task(client, 1), NodeError)
    assert found is None or (isinstance(found, Task) and found.order.geometry.pack() == word % 2**256)


# Logs through ape

ABI = [{"type": "event", "name": "Moved", "anonymous": False, "inputs": [
    {"name": "task", "type": "uint256", "indexed": True},
    {"name": "root", "type": "bytes32", "indexed": False},
    {"name": "path", "type": "bytes32[]", "indexed": False}]}]  # fmt: skip
AT = to_checksum_address("0x" + "11" * 20)
TOPIC = "0x" + keccak(b"Moved(uint256,bytes32,bytes32[])").hex()


def log(task: int) -> dict[str, Any]:
    """One as a node gives it."""
    data = encode(["bytes32", "bytes32[]"], [keccak(bytes([task])), [bytes(32)] * task])
    return {"address": AT, "topics": [TOPIC, "0x" + task.to_bytes(32, "big").hex()], "data": "0x" + data.hex()}


class Node:
    """A node with a log a block, whose hashes are those of its chain."""

    def __init__(self, *tasks: int) -> None:
        self.tasks = list(tasks)
        self.asked: list[tuple[int, int]] = []
        self.wrong: Any = None
        self.web3 = SimpleNamespace(eth=SimpleNamespace(get_logs=self.get_logs))

    def get_block(self, number: Any) -> Any:
        """A block by number, or the latest."""
        number = len(self.tasks) - 1 if number == "latest" else number
        return SimpleNamespace(number=number, hash=keccak(bytes(self.tasks[: number + 1])))

    def get_logs(self, asked: Any) -> list[dict[str, Any]]:
        """Of a range of blocks."""
        first, last = asked["fromBlock"], asked["toBlock"]
        self.asked.append((first, last))
        found = [log(task) for task in self.tasks[first : last + 1]]
        return found if self.wrong is None else [*found, self.wrong]


@pytest.fixture
def port(monkeypatch: pytest.MonkeyPatch) -> Any:
    """A port with one contract, and how to give it a node."""
    from ethpm_types import ContractType

    with ape.networks.parse_network_choice("ethereum:local:test") as provider:
        found = ApePort()
        found._contracts["Game"] = SimpleNamespace(address=AT, contract_type=ContractType(abi=ABI))

        def use(node: Node) -> Any:
            node.network = provider.network  # type: ignore[attr-defined]
            monkeypatch.setattr(ApePort, "_provider", node)
            return found

        yield use


def tasks(port: ApePort) -> list[int]:
    """Those of all events."""
    return [int(event.fields["task"]) for event in port.events("Game", "Moved")]


def test_a_reorganisation_is_noticed(port: Any) -> None:
    """Deeper or not, with fewer blocks, as many or more: what is not on the chain any more is no event."""
    node = Node(1, 2, 3)
    reader = port(node)
    assert tasks(reader) == [1, 2, 3] and tasks(reader) == [1, 2, 3]
    node.tasks.append(4)
    assert tasks(reader) == [1, 2, 3, 4] and node.asked == [(0, 2), (3, 3)]
    for chain in ([1, 2, 3, 5], [1, 2, 6], [7, 8, 9, 10, 11], [7, 8, 9, 10, 12, 13], [7]):
        node.tasks[:] = chain
        assert tasks(reader) == chain


@pytest.mark.parametrize("kind", ["altered", "cut"])
def test_logs(port: Any, kind: str) -> None:
    """One that is not whole is an error, not an event with something else in its fields."""
    node = Node(1, 2)
    reader = port(node)
    valid = log(3)
    logs = altered(valid)
    if kind == "cut":
        logs = damaged(bytes.fromhex(valid["data"][2:])).map(lambda data: valid | {"data": "0x" + data.hex()})

    @fuzz
    @given(logs)
    def reads(wrong: Any) -> None:
        reader._logs, reader._next_block, reader._last_hash, node.wrong = [], 0, b"", wrong
        found = judge("log", lambda: reader.events("Game", "Moved"), NodeError)
        if found is None:
            assert reader._logs == []
            return
        for event in found[2:]:
            fields = event.fields
            assert isinstance(fields["task"], int) and len(fields["root"]) == 32
            assert all(len(node) == 32 for node in fields["path"])

    reads()
