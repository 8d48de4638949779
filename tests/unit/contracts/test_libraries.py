"""The small libraries: geometry, keys, operators, randomness."""

import boa
import pytest
from eth_abi import encode

from pinpoint.binary32.reference import INF, from_float
from pinpoint.commitment import tensor as tensors
from pinpoint.commitment.tree import keccak
from pinpoint.program.distance import ETA_BITS, INFINITY_BITS, LIMIT_BITS, NODES_PER_TENSOR, distance_node
from pinpoint.program.graph import Node
from pinpoint.program.operators import Operator
from tests.boa_port import DEPLOYERS, reason
from tests.unit.contracts import steps
from tests.unit.contracts.orders import jackpot_key, pool_key
from tests.unit.contracts.steps import ZERO, Geometry, at_block, seed_of, some_hash
from tests.world import PARAMETERS

MOCK = boa.load_partial("contracts/mocks/LibrariesMock.vy")


@pytest.fixture(scope="module")
def mock():
    return MOCK.deploy(PARAMETERS.arguments())


@pytest.fixture
def undone():
    with boa.env.anchor():
        yield


# Geometry

EDGES = [
    Geometry(nodes=2, state=1, batches=1, steps=1, interval=1, samples=1, threshold=0),
    Geometry(nodes=2**20, state=2**10, batches=2**24, steps=65535**2, interval=65535, samples=16),
    Geometry(nodes=1025, state=1024, batches=7, steps=65535, interval=1, samples=16, threshold=0x7F7FFFFF),
    Geometry(nodes=1025, state=1024, weights=1024),
    Geometry(steps=16, interval=1, samples=16),
    Geometry(steps=15, interval=1, samples=15),
    Geometry(),
    *(Geometry(profilers=count, threshold=0) for count in range(3, 10)),
]
REFUSED = [
    (Geometry(state=0), "state"),
    (Geometry(nodes=2**11, state=2**10 + 1), "state"),
    (Geometry(nodes=2, state=2), "nodes"),
    (Geometry(nodes=0), "nodes"),
    (Geometry(nodes=2**20 + 1), "nodes"),
    (Geometry(batches=0), "batches"),
    (Geometry(batches=2**24 + 1), "batches"),
    (Geometry(interval=0), "interval"),
    (Geometry(steps=2**17, interval=2**16), "interval"),
    (Geometry(steps=0), "steps"),
    (Geometry(steps=13), "steps"),
    (Geometry(steps=2**16, interval=1), "steps"),
    (Geometry(samples=0), "samples"),
    (Geometry(samples=7), "samples"),
    (Geometry(steps=17, interval=1, samples=17), "samples"),
    (Geometry(threshold=INFINITY_BITS), "threshold"),
    (Geometry(threshold=0x7FC00000), "threshold"),
    (Geometry(threshold=0x80000000), "threshold"),
    (Geometry(threshold=2**32), "threshold"),
    (Geometry(nodes=2**32 + 20), "nodes"),
    (Geometry(state=2**32 + 2), "state"),
    (Geometry(batches=2**32 + 4), "batches"),
    (Geometry(steps=2**32 + 12), "steps"),
    (Geometry(interval=2**32 + 2, steps=2**32 + 2), "interval"),
    (Geometry(samples=2**32 + 3), "samples"),
    (Geometry(weights=0), "weights"),
    (Geometry(weights=3), "weights"),
    (Geometry(weights=2**16 + 1), "weights"),
    *((Geometry(profilers=count), "profilers") for count in (1, 2, 10, 255, 256)),
]


@pytest.mark.parametrize("geometry", EDGES)
def test_counts_are_packed_and_unpacked(mock, geometry):
    assert mock.pack(geometry) == geometry.pack()
    assert mock.unpack(geometry.pack())._asdict() == geometry._asdict()


@pytest.mark.parametrize("geometry, rule", REFUSED)
def test_counts_out_of_range_are_refused(mock, geometry, rule):
    """Promise 10."""
    with pytest.raises(boa.BoaError) as refusal:
        mock.pack(geometry)
    assert reason(refusal.value) == f"geometry: {rule}"


# Keys


def test_a_report_is_named_by_task_and_place(mock):
    for task, place in [(1, 0), (1, 3), (2**32 - 1, 2**16 - 1), (7, 2)]:
        number = steps.report_id(task, place)
        assert mock.report(task, place) == number < 2**48
        assert mock.parts_of(number) == (task, place)


@pytest.mark.parametrize("place", [2**16, 2**16 + 3, 2**256 - 1])
def test_a_place_is_no_other_tasks(mock, place):
    """Rule 15: what does not fit its field would be another task's report."""
    with pytest.raises(boa.BoaError) as refusal:
        mock.report(6, place)
    assert reason(refusal.value) == "keys: place"


@pytest.mark.parametrize(
    ("place", "kinds"),
    [
        (0, (True, False, False)),
        (1, (False, False, False)),
        (7, (False, False, False)),
        (8, (True, True, False)),
        (9, (False, True, False)),
        (15, (False, True, False)),
        (16, (False, False, True)),
        (17, (False, False, True)),
        (2**16 - 1, (False, False, True)),
    ],
)
def test_a_place_says_what_a_report_is(mock, place, kinds):
    """Of the first verifier drawn, a fallback, of the open round; whatever the task."""
    for task in (0, 1, 9, 2**32 - 1):
        assert mock.kinds_of(steps.report_id(task, place)) == kinds


@pytest.mark.parametrize("round_", range(8))
def test_a_round_has_two_reports_and_one_deposit(mock, round_):
    """The first, and its fallback: under other names, and under the same verifier's lock."""
    first, fallback = mock.drawn(7, round_, False), mock.drawn(7, round_, True)
    assert (first, fallback) == (steps.report_id(7, round_), steps.report_id(7, 8 + round_))
    assert mock.verifier_key(first) == mock.verifier_key(fallback) == keccak(encode(["uint256"] * 2, [4, first]))
    jackpots = {mock.jackpot_keys(report)[0] for report in (first, fallback)}
    assert len(jackpots) == 2


def test_the_open_round_has_no_fallback(mock):
    """So no two of its reports have one deposit."""
    for place in (16, 17, 24, 2**16 - 1):
        report = steps.report_id(7, place)
        assert mock.verifier_key(report) == keccak(encode(["uint256"] * 2, [4, report]))


def test_keys_are_what_clients_compute(mock):
    owner = str(boa.env.generate_address())
    report, proof, chunk = steps.report_id(7, 2), some_hash("proof"), some_hash("chunk")
    found = {
        *mock.task_keys(7),
        *mock.owner_keys(7, owner),
        mock.verifier_key(report),
        mock.ask_key(7, proof, chunk),
        *mock.jackpot_keys(report),
    }
    assert mock.task_keys(7) == (steps.escrow_key(7), steps.bounty_key(7), steps.submitter_key(7), steps.fee_key(7))
    assert mock.owner_keys(7, owner) == (steps.solver_key(7, owner), steps.reporter_key(7, owner))
    assert mock.verifier_key(report) == steps.verifier_key(report)
    assert mock.ask_key(7, proof, chunk) == keccak(
        encode(["uint256", "uint256", "bytes32", "bytes32"], [8, 7, proof, chunk])
    )
    assert mock.jackpot_keys(report) == (jackpot_key(report), pool_key())
    assert len(found) == 10, "no two of them are the same"
    other = steps.report_id(8, 2)
    assert not found & {*mock.task_keys(8), *mock.owner_keys(8, owner), mock.verifier_key(other)}
    # There is one pool, and a jackpot for each report.
    assert mock.jackpot_keys(other)[0] != mock.jackpot_keys(report)[0]
    assert mock.jackpot_keys(other)[1] == mock.jackpot_keys(report)[1]


# Operators


@pytest.mark.parametrize("tensor", range(3))
@pytest.mark.parametrize("shape", [(1, 1), (1, 5), (5, 1), (3, 7), (129, 2), (4096, 4096)])
@pytest.mark.parametrize("weights", [1, 2, 3, 1024])
def test_the_distance_is_the_twins(mock, tensor, shape, weights):
    """Promise 11: nobody supplies this program, so both sides must derive the same one."""
    for place in range(NODES_PER_TENSOR):
        expected = distance_node(tensor, place, shape, weights)
        actual = mock.distance_node(NODES_PER_TENSOR * tensor + place, *shape, weights)
        assert actual == mock.unpack_node(expected.words()), f"place {place} of tensor {tensor}"


def test_a_node_is_unpacked_by_hand(mock):
    node = Node(Operator.FMA, 11, 12, (13, 14, 15), ((16, 17), (18, 19), (20, 21)), attribute=2**256 - 1)
    assert mock.unpack_node(node.words())._asdict() == {
        "operator": 20,
        "rows": 11,
        "cols": 12,
        "inputs": [13, 14, 15],
        "input_rows": [16, 18, 20],
        "input_cols": [17, 19, 21],
        "attribute": 2**256 - 1,
    }


def test_every_field_of_a_node_is_wide_enough(mock):
    most = 2**32 - 1
    node = mock.unpack_node((255 << 160 | 2**160 - 1, 2**192 - 1, 1))
    assert (node.operator, node.rows, node.cols, node.attribute) == (255, most, most, 1)
    assert node.inputs == node.input_rows == node.input_cols == [most] * 3


@pytest.mark.parametrize("tensor", [0, 1])
def test_a_node_has_the_inputs_that_have_rows(mock, tensor):
    for place in range(NODES_PER_TENSOR):
        node = distance_node(tensor, place, (3, 7), 1)
        assert mock.arity(node.words()) == len(node.inputs), f"place {place}"


@pytest.mark.parametrize("operator", list(Operator))
def test_operator_codes_survive(mock, operator):
    assert mock.unpack_node(Node(operator, 1, 1).words()).operator == operator


def test_the_numbers_in_the_distance(mock):
    assert mock.distance_node(17, 3, 3, 1).attribute == ETA_BITS == from_float(2.0**-20)
    assert mock.distance_node(21, 3, 3, 1).attribute == LIMIT_BITS == from_float(2.0**64)
    assert mock.distance_node(25, 3, 3, 1).attribute == INFINITY_BITS == INF


@pytest.mark.parametrize("cols", [1, 7, 8, 9, 127, 128, 129, 136, 137, 255, 256, 257, 4096, 2**20])
def test_a_row_is_cut_into_leaves(mock, cols):
    assert mock.row(cols) == (tensors.words_per_row(cols), tensors.leaves_per_row(cols))
    assert mock.leaf_count(3, cols) == 3 * tensors.leaves_per_row(cols)
    words = [mock.leaf_words(cols, place) for place in range(min(tensors.leaves_per_row(cols), 40))]
    expected = [min(16, tensors.words_per_row(cols) - 16 * place) for place in range(len(words))]
    assert words == expected and min(words) > 0


# Randomness


@pytest.fixture
def beacon(undone):
    """One whose seeds a test chooses."""
    return DEPLOYERS["BeaconMock"].deploy()


def test_a_seed_binds_block_task_and_purpose(mock, beacon):
    at_block(1000)
    number, chosen = 998, some_hash("seed")
    beacon.choose(number, chosen)

    def seed(*of):
        return mock.seed(beacon.address, *of)

    assert seed(number, 7, 2) == seed_of(chosen, 7, 2)
    assert seed(number, 7, 2) == keccak(encode(["bytes32", "uint256", "uint256"], [chosen, 7, 2]))
    assert len({seed(number, 7, 2), seed(number - 1, 7, 2), seed(number, 8, 2), seed(number, 7, 1)}) == 4


def test_a_seed_that_nobody_has_fixed_expires(mock, beacon):
    """Its age does not matter; what is fixed stays for good."""
    for age in (1, 256, 257, 10**6):
        at_block(1000 + age)
        beacon.choose(1000, some_hash("seed"))
        assert not mock.expired(beacon.address, 1000)
        assert mock.seed(beacon.address, 1000, 7, 2) == seed_of(some_hash("seed"), 7, 2)
        beacon.choose(1000, ZERO)
        assert mock.expired(beacon.address, 1000)
        check_no_seed(mock, beacon, 1000)


def test_a_seed_that_can_still_be_fixed_has_not_expired(mock, undone, hashes):
    """Of the Beacon itself: it expires only when its block's hash cannot be read any more."""
    real = DEPLOYERS["Beacon"].deploy()
    for age, expired in ((1, False), (256, False), (257, True)):
        at_block(1000 + age)
        assert mock.expired(real.address, 1000) is expired
        check_no_seed(mock, real, 1000)


def test_a_block_that_is_not_there_yet_has_no_seed(mock, beacon):
    at_block(1000)
    for number in (1000, 1001):
        check_no_seed(mock, beacon, number)


def check_no_seed(mock, beacon, number):
    with pytest.raises(boa.BoaError) as refusal:
        mock.seed(beacon.address, number, 7, 2)
    assert reason(refusal.value) == "randomness: seed"
