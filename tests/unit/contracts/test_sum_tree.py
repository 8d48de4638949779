"""The sum tree against plain lists, one per epoch; and lots by the contract against lots by the twin."""

import random

import pytest
from pyrevm import EVM
from scipy.stats import chisquare

from tests.evm import Contract, Reverted
from tests.lots import MAX_PROBES, Drum, lot

MOST = 2**64 - 1
PLACES = 2**32


@pytest.fixture
def tree():
    return Contract(EVM(), "mocks/SumTreeMock")


class Ledger:
    """What the values were at the start of each epoch."""

    def __init__(self, places):
        self.now = [0] * places
        self.starts = {}

    def begin(self, epoch):
        self.starts[epoch] = list(self.now)

    def add(self, place, up, down):
        self.now[place - 1] += up - down


def refusal(call, *arguments):
    with pytest.raises(Reverted) as refused:
        call(*arguments)
    return str(refused.value)


def seed_of(number):
    return random.Random(f"seed {number}").randbytes(32)


def check_lots(tree, tickets, epoch, lots):
    drum = Drum(tickets)
    assert tree.call("total_at", epoch) == drum.total
    for each in lots(drum.total):
        assert tree.call("find_at", each, epoch) == drum.place(each)


@pytest.mark.parametrize("places", (1, 2, 7, 8, 100))
def test_random_changes_leave_what_plain_lists_hold(tree, places):
    rng = random.Random(f"sum tree {places}")
    ledger, epoch = Ledger(places), 0
    ledger.begin(epoch)
    for _ in range(150):
        for _ in range(rng.choice((0, 0, 0, 1, 1, 2, 5))):
            epoch += 1
            ledger.begin(epoch)
        place = rng.randint(1, places)
        down = rng.choice((0, ledger.now[place - 1], rng.randint(0, ledger.now[place - 1])))
        up = rng.choice((0, 1, rng.randrange(2**20), rng.randrange(2**40)))
        tree.transact("add", place, up, down, epoch)
        ledger.add(place, up, down)
        assert tree.call("total") == sum(ledger.now)
        for known in {epoch, max(epoch - 1, 0)}:
            check_lots(
                tree, ledger.starts[known], known,
                lambda total: {0, total - 1, rng.randrange(total)} if total else (),
            )


def test_a_node_holds_its_range_in_both_epochs(tree):
    rng = random.Random("nodes")
    ledger = Ledger(64)
    for epoch in range(3):
        ledger.begin(epoch)
        for place in (*rng.sample(range(1, 65), 40), 64):
            up = rng.randrange(1000)
            tree.transact("add", place, up, 0, epoch)
            ledger.add(place, up, 0)
    for known in (1, 2):
        for node in range(1, 65):
            held = sum(ledger.starts[known][node - (node & -node) : node])
            assert tree.call("value_at", node, known) == held


def test_every_end_of_a_range_falls_where_it_belongs(tree):
    tickets = [0, 3, 0, 0, 1, 5, 0, 2, 0]
    for place, value in enumerate(tickets, 1):
        tree.transact("add", place, value, 0, 7)
    assert [tree.call("find_at", each, 8) for each in range(11)] == [2, 2, 2, 5, 6, 6, 6, 6, 6, 8, 8]


# Epochs


def test_a_change_counts_from_the_next_epoch_on(tree):
    tree.transact("add", 1, 5, 0, 10)
    tree.transact("add", 1, 7, 0, 10)
    assert [tree.call("total_at", epoch) for epoch in (9, 10, 11, 12, 10**6)] == [0, 0, 12, 12, 12]
    tree.transact("add", 1, 0, 2, 11)
    assert [tree.call("total_at", epoch) for epoch in (10, 11, 12)] == [0, 12, 10]
    tree.transact("add", 1, 1, 0, 13)
    assert [tree.call("total_at", epoch) for epoch in (12, 13, 14)] == [10, 10, 11]


def test_what_changed_since_is_forgotten_after_two_epochs(tree):
    tree.transact("add", 1, 5, 0, 10)
    tree.transact("add", 2, 5, 0, 12)
    assert tree.call("value_at", 1, 9) == 0
    assert refusal(tree.call, "value_at", 1, 8) == "sum tree: forgotten"
    assert tree.call("total_at", 11) == 5
    assert refusal(tree.call, "total_at", 10) == "sum tree: forgotten"
    assert refusal(tree.call, "find_at", 0, 10) == "sum tree: forgotten"


def test_an_empty_change_keeps_the_history(tree):
    tree.transact("add", 1, 5, 0, 10)
    tree.transact("add", 1, 3, 3, 11)
    assert [tree.call("total_at", epoch) for epoch in (10, 11, 12)] == [0, 5, 5]


# Height


def test_the_tree_is_as_high_as_its_highest_place(tree):
    tops = []
    for place in (1, 2, 3, 4, 5, 9, 16, 17):
        tree.transact("add", place, 1, 0, 5)
        tops.append(tree.call("top"))
    assert tops == [1, 2, 4, 4, 8, 16, 16, 32]


def test_a_higher_tree_remembers_what_the_lower_one_held(tree):
    tree.transact("add", 1, 5, 0, 10)
    tree.transact("add", 2, 6, 0, 11)
    tree.transact("add", 100, 7, 0, 11)
    assert [tree.call("total_at", epoch) for epoch in (10, 11, 12)] == [0, 5, 18]
    assert [tree.call("find_at", each, 12) for each in (0, 4, 5, 10, 11, 17)] == [1, 1, 2, 2, 100, 100]
    assert tree.call("find_at", 4, 11) == 1


def test_the_last_place_and_the_largest_sum(tree):
    tree.transact("add", PLACES, MOST - 1, 0, 1)
    tree.transact("add", 1, 1, 0, 1)
    assert tree.call("total_at", 2) == MOST
    assert [tree.call("find_at", each, 2) for each in (0, 1, MOST - 1)] == [1, PLACES, PLACES]
    assert refusal(tree.transact, "add", 2, 1, 0, 1) == "sum tree: full"


# Refusals


@pytest.mark.parametrize("place", (0, PLACES + 1, 2**256 - 1))
def test_no_other_places(tree, place):
    assert refusal(tree.transact, "add", place, 1, 0, 1) == "sum tree: place"


def test_no_change_in_the_past(tree):
    tree.transact("add", 1, 1, 0, 5)
    assert refusal(tree.transact, "add", 1, 1, 0, 4) == "sum tree: past"


def test_no_value_falls_below_zero(tree):
    tree.transact("add", 1, 5, 0, 1)
    with pytest.raises(Reverted):
        tree.transact("add", 1, 0, 6, 1)
    tree.transact("add", 1, 0, 5, 1)
    assert tree.call("total") == 0


def test_no_lot_beyond_the_total(tree):
    assert refusal(tree.call, "find_at", 0, 1) == "sum tree: lot"
    tree.transact("add", 3, 5, 0, 1)
    assert tree.call("find_at", 4, 2) == 3
    for each in (5, 6, 2**256 - 1):
        assert refusal(tree.call, "find_at", each, 2) == "sum tree: lot"
    assert refusal(tree.call, "find_at", 0, 1) == "sum tree: lot"


# Frequencies


def test_the_twin_finds_what_the_contract_finds(tree):
    rng = random.Random("twin")
    tickets = [rng.choice((0, 1, rng.randrange(1000), rng.randrange(2**32))) for _ in range(1000)]
    for place, value in enumerate(tickets, 1):
        tree.transact("add", place, value, 0, 1)
    # What has changed since the boundary is not seen.
    for place in rng.sample(range(1, 1001), 200):
        tree.transact("add", place, rng.randrange(2**32), 0, 2)
    check_lots(tree, tickets, 2, lambda total: [lot(seed_of(number), 0, total) for number in range(4000)])


@pytest.mark.parametrize("probe", (0, 1, MAX_PROBES - 1))
def test_100_000_draws_match_the_stakes(probe):
    rng = random.Random("stakes")
    tickets = [rng.randint(1000, 5000) for _ in range(150)] + [50_000, 100_000]
    drum = Drum(tickets)
    drawn = [0] * len(tickets)
    for number in range(100_000):
        drawn[drum.place(lot(seed_of(number), probe, drum.total)) - 1] += 1
    expected = [100_000 * each / drum.total for each in tickets]
    assert chisquare(drawn, expected).pvalue > 0.001
    # The test would see a stake that counts 15 % too much.
    expected[-1] *= 1.15
    whole = sum(expected)
    assert chisquare(drawn, [100_000 * each / whole for each in expected]).pvalue < 0.001
