"""TaskRegistry: bids that met quotes, and numbers that are used up."""

from __future__ import annotations

from dataclasses import fields, replace

import boa
import pytest
from eth_account import Account

from pinpoint.chain.bids import Bid, BidSignatures, Quote, Signed
from pinpoint.chain.client import Geometry, Order
from pinpoint.chain.eip712 import HALF_ORDER
from pinpoint.commitment.tree import keccak
from tests.bidding import KEYS, fund, seated
from tests.unit.contracts.orders import bill, escrow_key, make_order, solver_key, submitter_key
from tests.unit.contracts.steps import (
    NOBODY,
    WAD,
    Ending,
    Phase,
    at,
    balances,
    check_exit,
    check_window,
    enrol_and_draw,
    events,
    moved,
    post_proof,
    refused,
    task_of,
)
from tests.world import FUNDS

WALLET = boa.load_partial("contracts/mocks/WalletMock.vy")
HONEST, LAX, REVERTS = 1, 2, 64
PRICE, LOWER = 10**12 + 7, 10**12 - 11


@pytest.fixture(autouse=True)
def bidders(world):
    with seated(world):
        yield


def order_of(**changes):
    found = make_order(**{"price": PRICE} | changes)
    return Order(*found[:3], Geometry.unpack(found.geometry), found.units, found.price)


def signatures(world, chain_id=None, contract="TaskRegistry"):
    chain_id = world.port.chain_id() if chain_id is None else chain_id
    return BidSignatures(chain_id, world.deployment.addresses[contract])


def bid_of(world, **changes):
    found = Bid(world["bidder"], order_of(), 5, world.port.now() + 1000)
    return replace(found, **changes)


def quote_of(world, bid, **changes):
    found = Quote(signatures(world).digest(bid), world["quoter"], LOWER, 5, world.port.now() + 1000)
    return replace(found, **changes)


def match(world, bid, quote, by_submitter=None, by_solver=None, user="stranger"):
    """Match, with the signatures of the bidder's and the quoter's keys by default."""
    pen = signatures(world)
    if by_submitter is None:
        by_submitter = pen.sign(KEYS["bidder"], bid).signature
    if by_solver is None:
        by_solver = pen.sign(KEYS["quoter"], quote).signature
    arguments = bid.arguments(), by_submitter, quote.arguments(), by_solver
    return world.send(user, "TaskRegistry", "match_bid", *arguments)


def matched(world, **of_bid):
    """A task that is offered to the quoter."""
    bid = bid_of(world, **of_bid)
    return int(match(world, bid, quote_of(world, bid)).event("BidMatched").fields["task"])


def used(world, user, number):
    return world.view("TaskRegistry", "nonce_used", world[user], number)


def send(world, user, method, *arguments):
    return world.send(user, "TaskRegistry", method, *arguments)


def at_price(price):
    return make_order(price=price)


# The match


def test_a_bid_that_meets_a_quote_is_a_task(world):
    bid = bid_of(world)
    quote = quote_of(world, bid, nonce=2**256 - 1)
    due, deposit = bill(world, at_price(LOWER)), bill(world, at_price(PRICE)).solver_deposit
    before, now, count = balances(world, *world.users), world.port.now(), world.view("TaskRegistry", "task_count")
    p = world.parameters
    receipt = match(world, bid, quote)
    task = count + 1
    assert world.view("TaskRegistry", "task_count") == task
    deadline = now + p.accept_window
    digest = signatures(world).digest(bid)
    found = events(receipt)
    assert found["BidMatched"] == [
        {"task": task, "bid": digest, "solver": world["quoter"], "deposit": deposit, "deadline": deadline}
    ]
    assert found["NonceUsed"] == [
        {"owner": world["bidder"], "nonce": 5}, {"owner": world["quoter"], "nonce": 2**256 - 1}
    ]  # fmt: skip
    (submitted,) = found["TaskSubmitted"]
    assert (submitted["task"], submitted["submitter"], submitted["escrow"]) == (task, world["bidder"], due.escrow)
    terms = replace(bid.order, price=LOWER).arguments()
    assert tuple(submitted["order"]) == terms
    now_is = task_of(world, task)
    assert tuple(now_is.order) == terms
    assert (now_is.submitter, now_is.solver, now_is.phase) == (world["bidder"], world["quoter"], Phase.OFFERED)
    assert (now_is.tries, now_is.enrolled, now_is.deadline) == (0, 0, deadline)
    assert not now_is.accepted
    assert moved(world, before) == {"bidder": (-due.escrow - p.task_deposit, 0, 0), "quoter": (-deposit, 0, 0)}
    assert world.view("Staking", "pots", escrow_key(task)) == due.escrow
    assert world.view("Staking", "locked_amount", solver_key(task, world["quoter"])) == deposit
    assert world.view("Staking", "locked_amount", submitter_key(task)) == p.task_deposit
    assert used(world, "bidder", 5) and used(world, "quoter", 2**256 - 1)
    assert not used(world, "quoter", 5)
    assert world.view("TaskRegistry", "lineage", task) == []


def test_a_cheap_quote_is_no_cheaper_to_break(world):
    """Else next to nothing, quoted and declined, would use up anybody's bid."""
    bid = bid_of(world)
    match(world, bid, quote_of(world, bid, price=1))
    task = world.view("TaskRegistry", "task_count")
    fee = bill(world, at_price(PRICE)).solver_deposit * world.parameters.decline_share // WAD
    assert world.view("TaskRegistry", "fee_of", task) == 1_000_003 * 12
    before = balances(world, *world.users)
    send(world, "quoter", "decline", task)
    assert moved(world, before)["treasury"] == (0, 0, fee)
    assert fee > 10**12


@pytest.mark.parametrize("user", ["stranger", "bidder", "quoter"])
def test_anybody_matches(world, user):
    bid = bid_of(world)
    match(world, bid, quote_of(world, bid), user=user)


def test_the_price_of_the_bid_is_allowed_and_one_above_is_not(world):
    bid = bid_of(world)
    with refused("registry: price"):
        match(world, bid, quote_of(world, bid, price=PRICE + 1))
    match(world, bid, quote_of(world, bid, price=PRICE))


def test_nothing_is_no_price(world):
    bid = bid_of(world)
    with refused("registry: price"):
        match(world, bid, quote_of(world, bid, price=0))
    match(world, bid, quote_of(world, bid, price=1))


@pytest.mark.parametrize("whose", ["bid", "quote"])
def test_each_has_a_deadline(world, whose):
    last = world.port.now() + 100
    bid = bid_of(world, **({"deadline": last} if whose == "bid" else {}))
    quote = quote_of(world, bid, **({"deadline": last} if whose == "quote" else {}))
    check_window(world, last, "registry: late", lambda: match(world, bid, quote))


def test_nobody_solves_an_own_bid(world):
    bid = bid_of(world)
    quote = quote_of(world, bid, solver=world["bidder"])
    with refused("registry: submitter"):
        match(world, bid, quote, by_solver=signatures(world).sign(KEYS["bidder"], quote).signature)


def test_a_quote_is_for_one_bid(world):
    one, other = bid_of(world), bid_of(world, nonce=6)
    with refused("registry: bid"):
        match(world, one, quote_of(world, other))
    match(world, one, quote_of(world, one))


@pytest.mark.parametrize(
    "change, rule",
    [
        ({"units": 0}, "registry: units"),
        ({"program_root": bytes(32)}, "registry: root"),
        ({"samples": 7}, "geometry: samples"),
        ({"units": 2**64}, "registry: replay"),
    ],
)
def test_the_order_has_to_be_well_formed(world, change, rule):
    bid = bid_of(world, order=order_of(**change))
    with refused(rule):
        match(world, bid, quote_of(world, bid))


@pytest.mark.parametrize("user", ["bidder", "quoter"])
def test_both_need_the_stake(world, user):
    due, p = bill(world, at_price(LOWER)), world.parameters
    later = world.port.now() + p.unbonding_period + 1000
    bid = bid_of(world, deadline=later)
    quote = quote_of(world, bid, deadline=later)
    need = due.escrow + p.task_deposit if user == "bidder" else bill(world, at_price(PRICE)).solver_deposit
    send_staking(world, user, "unbond", FUNDS // 2 - need + 1)
    at(world.port.now() + p.unbonding_period)
    send_staking(world, user, "withdraw_stake")
    with refused("staking: stake"):
        match(world, bid, quote)
    assert not used(world, "bidder", 5) and not used(world, "quoter", 5)
    send_staking(world, user, "deposit", 1)
    match(world, bid, quote)
    assert world.view("Staking", "stake", world[user]) == 0


def send_staking(world, user, method, *arguments):
    return world.send(user, "Staking", method, *arguments)


# Numbers


def test_a_match_counts_once(world):
    bid = bid_of(world)
    quote = quote_of(world, bid)
    match(world, bid, quote)
    with refused("registry: nonce"):
        match(world, bid, quote)


def test_of_two_bids_with_one_number_one_counts(world):
    one, other = bid_of(world), bid_of(world, order=order_of(units=1_000_001))
    match(world, one, quote_of(world, one))
    with refused("registry: nonce"):
        match(world, other, quote_of(world, other, nonce=6))
    another = replace(other, nonce=6)
    match(world, another, quote_of(world, another, nonce=6))


def test_of_two_quotes_with_one_number_one_counts(world):
    one, other = bid_of(world), bid_of(world, nonce=6)
    match(world, one, quote_of(world, one))
    with refused("registry: nonce"):
        match(world, other, quote_of(world, other))
    match(world, other, quote_of(world, other, nonce=4))


@pytest.mark.parametrize("user", ["bidder", "quoter"])
def test_what_is_cancelled_does_not_count(world, user):
    bid = bid_of(world)
    quote = quote_of(world, bid)
    assert events(send(world, user, "cancel", 5)) == {"NonceUsed": [{"owner": world[user], "nonce": 5}]}
    assert used(world, user, 5)
    with refused("registry: nonce"):
        match(world, bid, quote)
    with refused("registry: nonce"):
        send(world, user, "cancel", 5)
    other = "quoter" if user == "bidder" else "bidder"
    assert not used(world, other, 5)


def test_numbers_are_each_accounts_own(world):
    """Nobody cancels for others, nor another number."""
    for user in ("stranger", "other_bidder", "other_quoter"):
        send(world, user, "cancel", 5)
    for number in (0, 4, 6, 2**256 - 1):
        send(world, "bidder", "cancel", number)
        send(world, "quoter", "cancel", number)
    bid = bid_of(world)
    match(world, bid, quote_of(world, bid))
    with refused("registry: nonce"):
        send(world, "bidder", "cancel", 5)


# Signatures


def high(signature):
    """The other signature that says the same."""
    s = 2 * HALF_ORDER + 1 - int.from_bytes(signature[32:64], "big")
    return signature[:32] + s.to_bytes(32, "big") + bytes([55 - signature[64]])


@pytest.mark.parametrize("whose", ["bid", "quote"])
@pytest.mark.parametrize("how", ["another key", "high s", "nothing", "too long", "another chain", "another contract"])
def test_what_is_no_signature_is_refused(world, whose, how):
    bid = bid_of(world)
    quote = quote_of(world, bid)
    terms, user = (bid, "bidder") if whose == "bid" else (quote, "quoter")
    pen = signatures(world)
    right = pen.sign(KEYS[user], terms).signature
    wrong = {
        "another key": pen.sign(KEYS["other_" + user], terms).signature,
        "high s": high(right),
        "nothing": b"",
        "too long": right + b"\x00",
        "another chain": signatures(world, world.port.chain_id() + 1).sign(KEYS[user], terms).signature,
        "another contract": signatures(world, contract="Arbitration").sign(KEYS[user], terms).signature,
    }[how]
    by = "by_submitter" if whose == "bid" else "by_solver"
    with refused("registry: signature"):
        match(world, bid, quote, **{by: wrong})
    match(world, bid, quote, **{by: right})


def test_the_high_s_would_recover(world):
    """That it is refused is the rule of low s, nothing else."""
    bid = bid_of(world)
    signed = signatures(world).sign(KEYS["bidder"], bid)
    digest = signatures(world).digest(bid)
    assert Account._recover_hash(digest, signature=high(signed.signature)) == world["bidder"]


def test_a_fork_of_the_chain_has_other_bids(world):
    bid = bid_of(world)
    quote = quote_of(world, bid)
    chain_id = boa.env.evm.patch.chain_id
    before = world.view("TaskRegistry", "hash_bid", bid.arguments())
    signed = signatures(world).sign(KEYS["bidder"], bid), signatures(world).sign(KEYS["quoter"], quote)
    boa.env.evm.patch.chain_id = chain_id + 1
    try:
        assert world.view("TaskRegistry", "hash_bid", bid.arguments()) != before
        with refused("registry: bid"):
            match(world, bid, quote, *(s.signature for s in signed))
        moved_on = quote_of(world, bid)
        again = signatures(world).sign(KEYS["quoter"], moved_on).signature
        with refused("registry: signature"):
            match(world, bid, moved_on, signed[0].signature, again)
        match(world, bid, moved_on)
    finally:
        boa.env.evm.patch.chain_id = chain_id


@pytest.mark.parametrize("field", ["program_root", "dataset_root", "initial_state", "geometry", "units", "price"])
def test_every_field_of_an_order_is_signed(world, field):
    bid = bid_of(world)
    value = getattr(bid.order, field)
    if field == "geometry":
        other = replace(value, batches=value.batches + 1)
    else:
        other = keccak(value) if isinstance(value, bytes) else value + 1
    changed = replace(bid, order=replace(bid.order, **{field: other}))
    by_submitter = signatures(world).sign(KEYS["bidder"], bid).signature
    with refused("registry: bid"):
        match(world, changed, quote_of(world, bid), by_submitter)
    with refused("registry: signature"):
        match(world, changed, quote_of(world, changed), by_submitter)


@pytest.mark.parametrize("field", ["nonce", "deadline", "submitter"])
def test_every_field_of_a_bid_is_signed(world, field):
    bid = bid_of(world)
    other = world["other_bidder"] if field == "submitter" else getattr(bid, field) + 1
    changed = replace(bid, **{field: other})
    by_submitter = signatures(world).sign(KEYS["bidder"], bid).signature
    with refused("registry: bid"):
        match(world, changed, quote_of(world, bid), by_submitter)
    with refused("registry: signature"):
        match(world, changed, quote_of(world, changed), by_submitter)


@pytest.mark.parametrize("field", [field.name for field in fields(Quote)])
def test_every_field_of_a_quote_is_signed(world, field):
    bid = bid_of(world)
    quote = quote_of(world, bid)
    by_solver = signatures(world).sign(KEYS["quoter"], quote).signature
    if field == "bid":
        # Another bid of the same submitter, with the quote for the first moved to it.
        bid = replace(bid, nonce=6)
        changed = replace(quote, bid=signatures(world).digest(bid))
    else:
        other = world["other_quoter"] if field == "solver" else getattr(quote, field) - 1
        changed = replace(quote, **{field: other})
    with refused("registry: signature"):
        match(world, bid, changed, by_solver=by_solver)


def test_nobody_signs_for_no_address(world):
    """What recovers nobody is not the zero address's."""
    bid = bid_of(world, submitter=NOBODY)
    with refused("registry: signature"):
        match(world, bid, quote_of(world, bid), by_submitter=bytes(64) + b"\x1b")
    bid = bid_of(world)
    with refused("registry: signature"):
        match(world, bid, quote_of(world, bid, solver=NOBODY), by_solver=bytes(64) + b"\x1b")


# Wallets


def test_a_wallet_bids_and_quotes(world):
    """ERC-1271: it is asked, at the match, and nobody else is."""
    ours, theirs = (WALLET.deploy(KEYS[user].address, HONEST) for user in ("bidder", "quoter"))
    for wallet in (ours, theirs):
        fund(world, wallet.address)
    bid = bid_of(world, submitter=wallet_address(ours))
    quote = quote_of(world, bid, solver=wallet_address(theirs))
    for wallet, key in ((ours, "by_submitter"), (theirs, "by_solver")):
        stranger = signatures(world).sign(KEYS["other_bidder"], bid if wallet is ours else quote).signature
        with refused("registry: signature"):
            match(world, bid, quote, **{key: stranger})
        with boa.env.anchor():
            wallet.set_mode(REVERTS)
            with refused("registry: signature"):
                match(world, bid, quote)
    match(world, bid, quote)
    task = task_of(world, world.view("TaskRegistry", "task_count"))
    assert (task.submitter, task.solver) == (bid.submitter, quote.solver)
    world.port.send(quote.solver, "TaskRegistry", "accept", world.view("TaskRegistry", "task_count"))
    assert world.view("Staking", "stake", bid.submitter) == FUNDS // 2 - bill(world, at_price(LOWER)).escrow


@pytest.mark.parametrize("length", [0, 1, 1024])
def test_a_wallet_takes_signatures_of_any_length(world, length):
    wallet = WALLET.deploy(KEYS["bidder"].address, LAX)
    fund(world, wallet.address)
    bid = bid_of(world, submitter=wallet_address(wallet))
    match(world, bid, quote_of(world, bid), by_submitter=bytes(length))


def wallet_address(wallet):
    return str(wallet.address)


# After the match


def test_the_quoter_accepts_and_proves(world):
    task = matched(world)
    before, now = balances(world, *world.users), world.port.now()
    for user in ("stranger", "bidder", "other_quoter"):
        with refused("registry: solver"):
            send(world, user, "accept", task)
    send(world, "quoter", "accept", task)
    p = world.parameters
    found = task_of(world, task)
    work = 2 * 1_000_003 * 12
    assert (found.phase, found.deadline) == (Phase.TRAINING, now + p.base_time + work // p.units_per_second)
    assert moved(world, before) == {"bidder": (p.task_deposit, 0, 0)}
    post_proof(world, task)
    assert task_of(world, task).phase == Phase.PROVED


@pytest.mark.parametrize("method", ["accept", "decline"])
def test_an_offer_has_a_deadline(world, method):
    task = matched(world)
    check_window(world, task_of(world, task).deadline, "registry: late", lambda: send(world, "quoter", method, task))


def check_reopened(world, task, before, gains, now):
    """The task is in the pool, at the quote's price, and whoever left may come back."""
    due = bill(world, at_price(LOWER))
    assert moved(world, before) == gains
    found = task_of(world, task)
    assert (found.phase, found.solver, found.tries, found.enrolled) == (Phase.OPEN, NOBODY, 1, 0)
    assert found.deadline == now + world.parameters.enrol_window
    assert world.view("Staking", "locked_amount", solver_key(task, world["quoter"])) == 0
    assert world.view("Staking", "pots", escrow_key(task)) == due.escrow
    before = balances(world, "quoter", "other_quoter")
    for user in ("quoter", "other_quoter"):
        send(world, user, "enrol", task, 0)
    assert moved(world, before) == dict.fromkeys(before, (-due.solver_deposit, 0, 0))
    with refused("registry: submitter"):
        send(world, "bidder", "enrol", task, 0)


def test_the_quoter_declines(world):
    task, deposit = matched(world), bill(world, at_price(PRICE)).solver_deposit
    fee = deposit * world.parameters.decline_share // WAD
    before, now = balances(world, *world.users), world.port.now()
    send(world, "quoter", "decline", task)
    check_reopened(world, task, before, {"quoter": (deposit - fee, 0, 0), "treasury": (0, 0, fee)}, now)


def test_no_answer_counts_as_declined(world):
    task, deposit = matched(world), bill(world, at_price(PRICE)).solver_deposit
    fee = deposit * world.parameters.decline_share // WAD
    before, last = balances(world, *world.users), task_of(world, task).deadline
    check_exit(world, last, "registry: early", lambda: send(world, "stranger", "time_out", task))
    check_reopened(world, task, before, {"quoter": (deposit - fee, 0, 0), "treasury": (0, 0, fee)}, last + 1)


def test_no_proof_is_silence(world):
    task, deposit = matched(world), bill(world, at_price(PRICE)).solver_deposit
    send(world, "quoter", "accept", task)
    slash = deposit * world.parameters.silence_share // WAD
    to_submitter = slash * world.parameters.submitter_share // WAD
    before, last = balances(world, *world.users), task_of(world, task).deadline
    check_exit(world, last, "registry: early", lambda: send(world, "stranger", "time_out", task))
    gains = {"quoter": (deposit - slash, 0, 0), "bidder": (0, 0, to_submitter)}
    check_reopened(world, task, before, gains, last + 1)


def test_the_match_is_the_first_of_the_tries(world):
    """Endings: no solver. The escrow goes back, and the submitter's deposit."""
    before, p = balances(world, "bidder", "treasury"), world.parameters
    task, cheap, dear = matched(world), bill(world, at_price(LOWER)), bill(world, at_price(PRICE))
    send(world, "quoter", "decline", task)
    for _ in range(p.max_tries - 1):
        assert task_of(world, task).phase == Phase.OPEN
        enrol_and_draw(world, task, "solver")
        send(world, "solver", "decline", task)
    found = task_of(world, task)
    assert (found.phase, found.ending) == (Phase.ENDED, Ending.NO_SOLVER)
    deposits = [dear.solver_deposit, *[cheap.solver_deposit] * (p.max_tries - 1)]
    fees = sum(deposit * p.decline_share // WAD for deposit in deposits)
    assert moved(world, before) == {"bidder": (-cheap.escrow, 0, cheap.escrow), "treasury": (0, 0, fees)}


def test_an_invalid_program_costs_the_bidder(world):
    """Endings: invalid program. The quoter, who has not answered, has its deposit back."""
    task, p = matched(world), world.parameters
    due, deposit = bill(world, at_price(LOWER)), bill(world, at_price(PRICE)).solver_deposit
    before = balances(world, *world.users)
    judge = world.deployment.addresses["ProgramJudge"]
    world.port.send(judge, "TaskRegistry", "invalidate", task, world["stranger"])
    share = p.task_deposit * p.invalid_share // WAD
    assert moved(world, before) == {
        "quoter": (deposit, 0, 0), "bidder": (0, 0, due.escrow), "stranger": (0, 0, share)
    }  # fmt: skip
    assert task_of(world, task).ending == Ending.INVALID_PROGRAM


def test_a_signed_pair_is_what_the_contract_takes(world):
    """`Signed.arguments` in a row are the arguments of `match_bid`."""
    bid = bid_of(world)
    pair: list[Signed] = [
        signatures(world).sign(KEYS["bidder"], bid),
        signatures(world).sign(KEYS["quoter"], quote_of(world, bid)),
    ]
    send(world, "stranger", "match_bid", *(argument for signed in pair for argument in signed.arguments()))
