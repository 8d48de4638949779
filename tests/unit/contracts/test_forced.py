"""Forced errors: a void report, its fallback, and secrets that come out too early. Attacks A2, A3, A22."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import boa
import pytest
from eth_abi import encode

from pinpoint.chain.client import ChallengePhase, VerificationPhase
from pinpoint.chain.forced import is_forced
from pinpoint.chain.port import Receipt
from pinpoint.commitment.tree import keccak
from pinpoint.replay.report import Report
from tests.games import Game
from tests.unit.contracts.arbitration.plays import JOB, lie
from tests.unit.contracts.blocks import Seeds
from tests.unit.contracts.steps import (
    NOBODY,
    WAD,
    ZERO,
    Ending,
    Stage,
    accept_assignment,
    at,
    at_block,
    balances,
    bill,
    block_number,
    bounty_key,
    challenge,
    check_exit,
    check_window,
    commit_challenge,
    digest_of,
    draw_verifier,
    end_asks,
    events,
    moved,
    open_secret,
    phase_ends,
    refused,
    report,
    report_id,
    report_of,
    reveal_challenge,
    secret_of,
    some_hash,
    task_of,
    to_assigned,
    to_proved,
    to_reporting,
    verification_of,
    verifier_key,
    verifier_of,
)
from tests.unit.contracts.verification_steps import (
    DATA,
    as_contract,
    check_opening,
    game_end,
    locked,
    now,
    posting_time,
    replay_time,
    round_of,
    send,
    stage,
    to_asking,
    view,
)
from tests.world import PARAMETERS, VERIFIERS, World

FIRST, FALLBACK = 0, 8
"""Places of the first round's two reports."""
WRONG, RIGHT, DISTANCES = some_hash("wrong"), some_hash("right"), [0, 1, 2]
SALT = some_hash("fallback salt")


def made(rate: int) -> Iterator[World]:
    """A deployment of its own."""
    with boa.env.anchor():
        yield World(PARAMETERS.model_copy(update={"forced_rate": rate}))


@pytest.fixture(scope="module")
def always(deployed: World) -> Iterator[World]:
    """Every error is forced."""
    yield from made(WAD - 1)


@pytest.fixture(scope="module")
def half(always: World) -> Iterator[World]:
    """Every second one."""
    yield from made(WAD // 2)


@pytest.fixture
def world(always: World) -> Iterator[World]:
    with always.undone():
        yield always


@pytest.fixture
def never(deployed: World) -> Iterator[World]:
    with deployed.undone():
        yield deployed


def fallback_of(world: World, task: int, root: bytes, distances: Sequence[int], salt: bytes = SALT) -> bytes:
    """The verifier's commitment to a fallback."""
    digest = digest_of(root, distances)
    return bytes(view(world, "report_commitment", task, world[verifier_of(world, task)], digest, salt))


def to_void(world: World) -> int:
    """A task with a report whose error is forced."""
    task = to_reporting(world)
    report(world, task, [0, 0, 0], WRONG, fallback_of(world, task, RIGHT, DISTANCES))
    return task


def to_due(world: World) -> int:
    """A task whose fallback is due."""
    task = to_void(world)
    open_secret(world, task)
    return task


def send_fallback(
    world: World,
    task: int,
    root: bytes = RIGHT,
    distances: Sequence[int] = DISTANCES,
    salt: bytes = SALT,
    user: str = "",
) -> Receipt:
    """Open the fallback."""
    return send(world, user or verifier_of(world, task), "report_fallback", task, root, list(distances), salt)


def to_fallback(world: World) -> int:
    """A task whose fallback has been given."""
    task = to_due(world)
    send_fallback(world, task)
    return task


def slash(
    task: int, owner: str, receiver: str = NOBODY, paid: int = 0, kept: int = 0, burnt: int = 0
) -> dict[str, Any]:
    """How the deposit of the first round's verifier goes; what is kept is for right sealed reports."""
    what = {"returned": 0, "paid": paid, "pot": bounty_key(task), "kept": kept, "burnt": burnt}
    return {"key": verifier_key(report_id(task, 0)), "owner": owner, "receiver": receiver, **what}


# open_secret


def test_a_forced_report_is_void_without_a_slash(world):
    """Ending: forced error."""
    task, due = to_void(world), bill(world)
    name, verifier = report_id(task, FIRST), verifier_of(world, task)
    before, secret_end = balances(world, *world.users), phase_ends(world, task)[2]
    assert (view(world, "is_forced", name), report_of(world, task).standing) == (False, True)
    receipt = open_secret(world, task)
    found = events(receipt)
    assert found.pop("SecretOpened") == [{"task": task, "report": name, "secret": secret_of(task), "forced": True}]
    assert found.pop("JackpotSet") == [{"task": task, "report": name, "amount": 0}], "no task has paid tax yet"
    assert set(found) == {"Shifted"}
    assert moved(world, before) == {}
    assert locked(world, verifier_key(name)) == due.verifier_deposit
    assert (view(world, "is_forced", name), view(world, "has_fallen", name)) == (True, True)
    assert report_of(world, task, FIRST).standing is False
    state = verification_of(world, task)
    assert (state.phase, state.round, state.report) == (Stage.FALLBACK, 0, name)
    assert (state.deadline, state.verifier) == (secret_end + world.parameters.secret_window, world[verifier])
    for later in (0, 100_000):
        at(secret_end + later)
        assert view(world, "is_final", task) is False
        with refused("verification: open"):
            world.send("stranger", "Settlement", "settle", task)
        with refused("verification: phase"):
            send(world, "stranger", "open_secret", task, secret_of(task))


@pytest.mark.parametrize("challenged", [True, False])
def test_the_secret_of_a_forced_report_has_its_window(world, challenged):
    """Rule 4. When it is opened changes no deadline."""
    task = to_void(world)
    if challenged:
        challenge(world, task)
    _, reveal_end, secret_end = phase_ends(world, task)

    def open_it():
        send(world, "stranger", "open_secret", task, secret_of(task))
        assert verification_of(world, task).deadline == secret_end + world.parameters.secret_window

    check_opening(world, reveal_end + 1, "verification: early", open_it)
    check_window(world, secret_end, "verification: late", open_it)


def test_without_a_rate_no_error_is_forced(never):
    task = to_void(never)
    assert events(open_secret(never, task))["SecretOpened"][0]["forced"] is False
    assert (stage(never, task), report_of(never, task).standing) == (Stage.REPORTED, True)
    assert view(never, "is_final", task) is True


@pytest.mark.parametrize("forced", [True, False])
def test_secret_block_and_task_decide_together(half, forced):
    """The contract's lot is the one of pinpoint.chain.forced."""
    with half.undone():
        task, seeds = to_reporting(half), Seeds(half)
        number, secret = verification_of(half, task).draw_block, secret_of(task)
        aimed = [seed for seed in map(some_hash, range(40)) if is_forced(secret, seed, task, WAD // 2) is forced]
        for seed in aimed[:8]:
            with half.undone():
                seeds.choose(number, seed)
                report(half, task)
                assert events(open_secret(half, task))["SecretOpened"][0]["forced"] is forced


def test_a_forced_report_looks_like_any_other(half):
    """Attack A22: neither the transaction nor its gas tells, before the secret is open."""
    with half.undone():
        task, seeds, gas, length = to_reporting(half), Seeds(half), {}, set()
        end_asks(half, task)
        number, verifier = verification_of(half, task).draw_block, verifier_of(half, task)
        for forced in (True, False):
            seed = next(
                seed for seed in map(some_hash, range(40)) if is_forced(secret_of(task), seed, task, WAD // 2) is forced
            )
            root = WRONG if forced else RIGHT
            arguments = task, root, [0, 0, 0], fallback_of(half, task, some_hash(forced), [0, 0, 0])
            length.add(len(half.port.contracts["Verification"].report.prepare_calldata(*arguments)))
            with half.undone():
                seeds.choose(number, seed)
                receipt = send(half, verifier, "report", *arguments)
                gas[forced] = receipt.gas
                assert receipt.event("Reported").fields["fallback"] != ZERO
                assert events(open_secret(half, task))["SecretOpened"][0]["forced"] is forced
        assert len(length) == 1
        assert abs(gas[True] - gas[False]) <= 8 < 20_000 < gas[True]


# report_fallback


def test_a_fallback_is_a_report_with_phases_of_its_own(world):
    """Attack A2: a whole window, no secret, and no excuse."""
    task = to_due(world)
    name, verifier, p = report_id(task, FALLBACK), verifier_of(world, task), world.parameters
    before, given = balances(world, *world.users), now()
    receipt = send_fallback(world, task)
    commit_end = given + p.commit_window + replay_time(world)
    ends = {"commit_end": commit_end, "reveal_end": commit_end + p.reveal_window}
    ends["secret_end"] = ends["reveal_end"]
    said = {"task": task, "report": name, "verifier": world[verifier], "root": RIGHT, "distances": DISTANCES}
    assert events(receipt) == {"Reported": [{**said, "passed": True, "fallback": ZERO, **ends}]}
    assert view(world, "report_of", name)._asdict() == {
        "verifier": world[verifier],
        "root": RIGHT,
        "digest": digest_of(RIGHT, DISTANCES),
        **ends,
        "secret_opened": True,
        "standing": True,
    }
    state = verification_of(world, task)
    assert (state.phase, state.round, state.report) == (Stage.REPORTED, 0, name)
    assert (view(world, "is_forced", name), view(world, "has_fallen", name)) == (False, False)
    assert report_of(world, task, FIRST).standing is False
    assert moved(world, before) == {}
    assert locked(world, verifier_key(name)) == locked(world, verifier_key(report_id(task, FIRST))) > 0
    with refused("verification: phase"):
        send_fallback(world, task)


def test_a_fallback_has_a_deadline(world):
    """Rule 4."""
    task = to_due(world)
    check_window(world, verification_of(world, task).deadline, "verification: late", lambda: send_fallback(world, task))


def test_a_fallback_must_be_the_one_that_was_committed(world):
    """Attack A2, promise 8: nothing is chosen after the challenges are known."""
    task = to_due(world)
    for root, distances, salt in (
        (WRONG, DISTANCES, SALT),
        (RIGHT, [0, 1, 3], SALT),
        (RIGHT, [*DISTANCES, 0], ZERO),
        (RIGHT, DISTANCES, ZERO),
    ):
        with refused("verification: fallback"):
            send_fallback(world, task, root, distances, salt)
    for user in world.users:
        if user != verifier_of(world, task):
            with refused("verification: verifier"):
                send_fallback(world, task, user=user)
    send_fallback(world, task)


def test_no_fallback_without_a_forced_error(world, never):
    for one, to in ((world, to_reporting), (world, to_void), (never, to_due)):
        task = to(one)
        with refused("verification: phase"):
            send_fallback(one, task)


@pytest.mark.parametrize(
    "root, distances, reason",
    [
        (WRONG, [0, 0, 0], "same"),
        (RIGHT, [0, 0], "distances"),
        (ZERO, [0, 0, 0], "root"),
        (WRONG, [0, 0, 1], ""),
        (RIGHT, [0, 0, 0], ""),
    ],
)
def test_a_fallback_differs_and_is_well_formed(world, root, distances, reason):
    """Attack A2: the first report again is no fallback; another distance makes another report."""
    task = to_reporting(world)
    report(world, task, [0, 0, 0], WRONG, fallback_of(world, task, root, distances))
    open_secret(world, task)
    if not reason:
        send_fallback(world, task, root, distances)
        assert stage(world, task) == Stage.REPORTED
        return
    with refused(f"verification: {reason}"):
        send_fallback(world, task, root, distances)


def test_a_fallback_has_no_secret(world):
    """Nor can it be void: who could see its secret's seed has seen it already."""
    task = to_fallback(world)
    _, reveal_end, secret_end = phase_ends(world, task)
    salt = some_hash("disclosure")
    send(world, "stranger", "commit_disclosure", disclosure(world, task, "stranger", salt))
    assert reveal_end == secret_end
    for second, opening, silence in (
        (reveal_end, "early", "early"),
        (reveal_end + 1, "late", "opened"),
        (reveal_end + 100_000, "late", "opened"),
    ):
        at(second)
        with refused(f"verification: {opening}"):
            send(world, "stranger", "open_secret", task, secret_of(task))
        with refused(f"verification: {silence}"):
            send(world, "stranger", "time_out", task)
        with refused("verification: opened"):
            send(world, "stranger", "disclose", task, secret_of(task), salt)


def test_an_unchallenged_fallback_is_final_after_the_reveals(world):
    task, due = to_fallback(world), bill(world)
    name, verifier, reveal_end = report_id(task, FALLBACK), verifier_of(world, task), phase_ends(world, task)[1]
    before = balances(world, verifier)

    def settle():
        return world.send("stranger", "Settlement", "settle", task)

    check_opening(world, reveal_end + 1, "verification: open", settle)
    at(reveal_end + 1)
    assert events(settle())["Settled"] == [{"task": task, "ending": Ending.ACCEPTED, "report": name}]
    assert view(world, "upheld_report", task) == name
    assert moved(world, before) == {verifier: (due.verifier_deposit, 0, due.verifier_fee)}
    assert task_of(world, task).ending == Ending.ACCEPTED


def test_a_fallback_is_challenged_and_played_like_any_report(world):
    """Promise 4: commitments, reveals, and at once the games; the verifier is due first."""
    task, due = to_fallback(world), bill(world)
    commit_end, reveal_end, _ = phase_ends(world, task)
    with world.undone():
        check_window(world, commit_end, "arbitration: late", lambda: commit_challenge(world, task))
    dispute = commit_challenge(world, task)
    with world.undone():
        check_opening(world, commit_end + 1, "arbitration: early", lambda: reveal_now(world, task, dispute))
        check_window(world, reveal_end, "arbitration: late", lambda: reveal_now(world, task, dispute))
    reveal_challenge(world, task, dispute)
    at(reveal_end)
    with refused("arbitration: early"):
        world.view("Arbitration", "live_game", dispute)
    at(reveal_end + 1)
    assert world.view("Arbitration", "live_game", dispute).report == report_id(task, FALLBACK)
    assert view(world, "is_final", task) is False
    verifier, before = verifier_of(world, task), balances(world, *world.users)
    check_exit(
        world,
        game_end(world, dispute),
        "arbitration: early",
        lambda: world.send("stranger", "Arbitration", "time_out", dispute),
    )
    cost, bounty = world.parameters.challenge_cost, due.verifier_deposit * world.parameters.bounty_share // WAD
    assert moved(world, before) == {"whistleblower": (world.parameters.challenge_bond, 0, cost)}
    assert locked(world, verifier_key(report_id(task, FALLBACK))) == 0
    assert world.view("Staking", "pots", bounty_key(task)) == bounty - cost
    assert (stage(world, task), round_of(world, task)) == (Stage.DRAWING, 1)
    assert report_of(world, task, FALLBACK).standing is False
    assert draw_verifier(world, task) != verifier


def reveal_now(world: World, task: int, dispute: int, user: str = "whistleblower") -> Receipt:
    """Reveal a challenge without waiting."""
    sealed = some_hash("salt", task, user), some_hash("sealed", task, user)
    return world.send(user, "Arbitration", "reveal_challenge", dispute, *sealed)


def test_the_next_round_has_a_report_and_a_fallback_of_its_own(world):
    """Attack A2: a fallback that fell leaves nothing behind, and the next verifier's error may be forced, too."""
    task = to_fallback(world)
    as_contract(world, "Arbitration", "overturn", report_id(task, FALLBACK), world["whistleblower"])
    draw_verifier(world, task)
    accept_assignment(world, task)
    assert verification_of(world, task).report == report_id(task, 1)
    report(world, task, [0, 0, 0], WRONG, fallback_of(world, task, RIGHT, DISTANCES))
    assert report_of(world, task).secret_opened is False
    open_secret(world, task)
    assert stage(world, task) == Stage.FALLBACK
    send_fallback(world, task)
    assert verification_of(world, task).report == report_id(task, FALLBACK + 1)
    for place, standing in ((0, False), (1, False), (FALLBACK, False), (FALLBACK + 1, True)):
        assert report_of(world, task, place).standing is standing


# Silence


def test_silence_after_a_forced_error_costs_the_whole_deposit(world):
    """Promise 5: the exit of a fallback that never comes. Challengers have their bonds back all the same."""
    task, due = to_void(world), bill(world)
    dispute = challenge(world, task)
    open_secret(world, task)
    name, owner = report_id(task, FIRST), view(world, "verifier_of", report_id(task, FIRST))
    before, receipts = balances(world, *world.users), []
    check_exit(
        world,
        verification_of(world, task).deadline,
        "verification: early",
        lambda: receipts.append(send(world, "stranger", "time_out", task)),
    )
    found, deposit = events(receipts[0]), due.verifier_deposit
    assert found["VerifierSlashed"] == [{"task": task, "report": name, "amount": deposit, "challenger": NOBODY}]
    assert found["Slashed"] == [slash(task, owner, burnt=deposit)]
    assert moved(world, before) == {}
    assert (stage(world, task), round_of(world, task)) == (Stage.DRAWING, 1)
    world.send("stranger", "Arbitration", "close", dispute)
    assert moved(world, before) == {"whistleblower": (world.parameters.challenge_bond, 0, 0)}
    with refused("verification: phase"):
        send(world, world.name_of(owner), "report_fallback", task, RIGHT, DISTANCES, SALT)


# Challenges of a forced report


def test_challengers_of_a_forced_report_have_their_bonds_back(world):
    """Ending: forced error. Who never revealed has not."""
    users = ("whistleblower", "other_whistleblower", "stranger")
    task, before = to_void(world), balances(world, *world.users)
    disputes = [commit_challenge(world, task, user) for user in users]
    for dispute, user in list(zip(disputes, users, strict=True))[:2]:
        reveal_challenge(world, task, dispute, user)
        with refused("arbitration: open"):
            world.send("stranger", "Arbitration", "close", dispute)
    open_secret(world, task)
    for dispute in disputes:
        world.send("stranger", "Arbitration", "close", dispute)
    assert moved(world, before) == {"stranger": (-world.parameters.challenge_bond, 0, 0)}
    phases = [ChallengePhase(world.view("Arbitration", "challenge_of", dispute).phase) for dispute in disputes]
    assert phases == [ChallengePhase.CLOSED, ChallengePhase.CLOSED, ChallengePhase.FORFEITED]


def test_no_game_about_a_forced_report_counts(world):
    """Attack A22: not before its secret may open, not while the fallback is due, and not afterwards."""
    task = to_void(world)
    dispute = challenge(world, task)
    _, reveal_end, secret_end = phase_ends(world, task)

    def check(reason: str) -> None:
        with refused(f"arbitration: {reason}"):
            world.view("Arbitration", "live_game", dispute)
        with refused(f"arbitration: {reason}"):
            world.send("stranger", "Arbitration", "show_children", dispute, 0, 0, [some_hash(1), some_hash(2)])
        with refused("arbitration: early"):
            world.send("stranger", "Arbitration", "time_out", dispute)

    for second, reason in ((reveal_end, "early"), (secret_end, "early"), (secret_end + 1, "secret")):
        at(second)
        check(reason)
    open_secret(world, task)
    for second in (reveal_end + 2, secret_end + 1):
        at(second)
        check("fallen")
    send_fallback(world, task)
    for second in (now(), secret_end + 100_000):
        at(second)
        check("fallen")
    with refused("verification: report"):
        as_contract(world, "Arbitration", "overturn", report_id(task, FIRST), world["whistleblower"])


def test_a_forced_report_takes_no_more_challenges(world):
    task = to_due(world)
    commit_end = phase_ends(world, task, FIRST)[0]
    at(commit_end)
    with refused("arbitration: fallen"):
        commit_challenge(world, task, place=FIRST)


# Attack A2, with proofs


def test_a_false_fallback_is_convicted(world):
    """Attack A2: the right report first, a false one as its fallback: whoever is awake proves it wrong."""
    game = Game(world, JOB)
    honest, lying = game.honest(), Report(JOB.program, game.segments, lie)
    game.report(honest, fallback=lying)
    early = game.commit(honest.digest)
    game.reveal(early, honest.digest)
    game.open_secret()
    game.report_fallback(lying)
    number, verifier = game.number, world[game.verifier]
    dispute = game.commit(honest.digest)
    game.reveal(dispute, honest.digest)
    game.at(game.windows.secret_end + 1)
    receipt = game.prove_directly(dispute, honest, lying)
    (slashed,) = events(receipt)["VerifierSlashed"]
    assert (slashed["report"], slashed["challenger"]) == (number, world["whistleblower"])
    assert number == report_id(game.task, FALLBACK)
    assert events(receipt)["Slashed"][0]["owner"] == verifier
    assert game.phase(dispute) is ChallengePhase.WON
    state = game.client.round(game.task)
    assert (state.phase, state.round) == (VerificationPhase.DRAWING, 1)


def test_a_proof_against_a_forced_report_comes_too_early_or_too_late(world):
    """Attack A22: nobody convicts a verifier that lies as it must; its fallback is upheld."""
    game = Game(world, JOB)
    honest, lying = game.honest(), Report(JOB.program, game.segments, lie)
    game.report(lying, fallback=honest)
    dispute = game.commit(honest.digest)
    game.reveal(dispute, honest.digest)
    for second, reason in ((game.windows.reveal_end, "early"), (game.windows.secret_end, "early")):
        with world.undone():
            game.at(second)
            with refused(f"arbitration: {reason}"):
                game.prove_directly(dispute, honest, lying)
    game.open_secret()
    for second in (game.windows.secret_end, game.windows.secret_end + 1):
        with world.undone():
            game.at(second)
            with refused("arbitration: fallen"):
                game.prove_directly(dispute, honest, lying)
    game.report_fallback(honest)
    game.at(game.windows.reveal_end + 1)
    game.settle()
    assert view(world, "upheld_report", game.task) == report_id(game.task, FALLBACK)


# Attack A3


def test_an_opened_secret_says_nothing_of_another(world, seeds):
    """Attack A3: each assignment of one verifier has its own."""
    tasks = []
    for _ in range(2):
        task = to_proved(world)
        number = verification_of(world, task).draw_block
        seeds.aim_verifiers(number, task, len(VERIFIERS), 2)
        draw_verifier(world, task)
        accept_assignment(world, task)
        tasks.append(task)
    one, other = tasks
    assert verifier_of(world, one) == verifier_of(world, other)
    salt = some_hash("disclosure")
    for task in tasks:
        report(world, task)
    open_secret(world, one)
    at(report_of(world, other).commit_end)
    send(world, "stranger", "commit_disclosure", disclosure(world, other, "stranger", salt, secret_of(one)))
    with refused("verification: secret"):
        send(world, "stranger", "disclose", other, secret_of(one), salt)
    at(phase_ends(world, other)[1] + 1)
    with refused("verification: secret"):
        send(world, "stranger", "open_secret", other, secret_of(one))
    assert (report_of(world, other).secret_opened, stage(world, other)) == (False, Stage.REPORTED)


# disclose


def disclosure(world: World, task: int, finder: str, salt: bytes, secret: bytes | None = None) -> bytes:
    """What a finder of the round's secret commits to."""
    values = [verification_of(world, task).report, world[finder], secret or secret_of(task), salt]
    return keccak(encode(["uint256", "address", "bytes32", "bytes32"], values))


def disclose(world: World, task: int, finder: str = "stranger", salt: bytes = SALT) -> Receipt:
    """Show the round's secret."""
    return send(world, finder, "disclose", task, secret_of(task), salt)


def commit_disclosure(world: World, task: int, finder: str = "stranger", salt: bytes = SALT) -> None:
    """Commit to having found it."""
    send(world, finder, "commit_disclosure", disclosure(world, task, finder, salt))


@pytest.mark.parametrize("to, given", [(to_reporting, False), (to_void, True)])
def test_a_disclosed_secret_costs_the_deposit(world, to, given):
    """As by a conviction: the finder has its cost, challengers share the bounty, and an alias takes nothing of it."""
    task, due = to(world), bill(world)
    verifier, name = verifier_of(world, task), report_id(task, FIRST)
    disputes = [commit_challenge(world, task) for _ in range(given)]
    commit_disclosure(world, task)
    before = balances(world, *world.users)
    found = events(disclose(world, task))
    deposit, paid = due.verifier_deposit, world.parameters.challenge_cost
    bounty = deposit * world.parameters.bounty_share // WAD
    assert found["SecretDisclosed"] == [{"task": task, "report": name, "finder": world["stranger"]}]
    slashed = {"task": task, "report": name, "amount": deposit, "challenger": world["stranger"]}
    assert found["VerifierSlashed"] == [slashed]
    assert found["Slashed"] == [slash(task, world[verifier], world["stranger"], paid, bounty - paid, deposit - bounty)]
    assert moved(world, before) == {"stranger": (0, 0, paid)} and 0 < paid < bounty < deposit
    assert world.view("Staking", "pots", bounty_key(task)) == bounty - paid
    assert (stage(world, task), round_of(world, task)) == (Stage.DRAWING, 1)
    assert (view(world, "has_fallen", name), view(world, "is_forced", name)) == (True, False)
    with refused("verification: phase"):
        disclose(world, task)
    for dispute in disputes:
        with world.undone():
            reveal_challenge(world, task, dispute, place=FIRST)
            world.send("stranger", "Arbitration", "close", dispute)
            assert moved(world, before)["whistleblower"] == (world.parameters.challenge_bond, 0, 0)
    assert draw_verifier(world, task) != verifier
    send(world, verifier_of(world, task), "accept_assignment", task, some_hash("another secret"))
    with refused("verification: secret"):
        disclose(world, task)


def test_a_disclosure_comes_before_the_reveals_end(world):
    """Rule 4: afterwards the verifier itself may open it."""
    task = to_void(world)
    commit_disclosure(world, task)
    check_window(world, phase_ends(world, task)[1], "verification: late", lambda: disclose(world, task))


@pytest.mark.parametrize("to", [to_proved, to_assigned, to_due])
def test_there_is_a_secret_to_find_only_while_it_is_kept(world, to):
    task = to(world)
    commit_disclosure(world, task)
    with refused("verification: phase"):
        disclose(world, task)


def test_an_honest_verifier_is_not_disclosed(never):
    """Promise 3: its secret is nobody's before the reveals' end, and nobody is paid afterwards."""
    task = to_void(never)
    commit_disclosure(never, task)
    open_secret(never, task)
    for second in (phase_ends(never, task)[1], now()):
        at(second)
        with refused("verification: opened"):
            disclose(never, task)


def test_a_disclosure_must_be_committed_in_an_earlier_block(world):
    """Promise 8: who sees a disclosure waiting cannot be before it."""
    task = to_void(world)
    with refused("verification: commitment"):
        disclose(world, task)
    block = block_number()
    commit_disclosure(world, task)
    at_block(block)
    with refused("verification: commitment"):
        disclose(world, task)
    at_block(block + 1)
    disclose(world, task)


def test_a_copied_disclosure_is_worth_nothing(world):
    """Promise 8: a commitment names its finder, its report, the secret and a salt."""
    task, block = to_void(world), block_number()
    commit_disclosure(world, task)
    with refused("verification: committed"):
        commit_disclosure(world, task)
    sealed = disclosure(world, task, "stranger", SALT)
    with refused("verification: committed"):
        send(world, "solver", "commit_disclosure", sealed)
    with refused("verification: commitment"):
        disclose(world, task, "solver")
    with refused("verification: commitment"):
        disclose(world, task, "stranger", ZERO)
    at_block(block + 9)
    # Copied out of the waiting transaction, in the block of which it becomes one.
    commit_disclosure(world, task, "solver")
    at_block(block + 9)
    with refused("verification: commitment"):
        disclose(world, task, "solver")
    before = balances(world, "stranger", "solver")
    disclose(world, task)
    assert set(moved(world, before)) == {"stranger"}


@pytest.mark.parametrize("secret", [ZERO, some_hash("another secret"), keccak(some_hash("secret", 1))])
def test_a_wrong_secret_discloses_nothing(world, secret):
    task = to_void(world)
    send(world, "stranger", "commit_disclosure", disclosure(world, task, "stranger", SALT, secret))
    with refused("verification: secret"):
        send(world, "stranger", "disclose", task, secret, SALT)


def test_a_disclosure_takes_no_time_from_a_solver_that_owes_data(world):
    """Promise 3: what was asked for is posted in the time that it was given, or nothing is disclosed meanwhile."""
    task = to_asking(world)
    chunk = DATA.ask(world, task)
    last = verification_of(world, task).ask_end + posting_time(world, chunk)
    commit_disclosure(world, task)
    with refused("verification: pending"):
        disclose(world, task)
    at(last)
    DATA.post(world, task, chunk)
    disclose(world, task)
    assert stage(world, task) == Stage.DRAWING
