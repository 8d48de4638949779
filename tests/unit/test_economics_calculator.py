"""The calculator's proposals and figures, the frontier, the plots, and the commands."""

import re
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner

from pinpoint.economics import Market, Task, check, least_fee, propose, stable_until
from pinpoint.economics.calculator import MARGIN, PROPOSED, judged, least_samples
from pinpoint.economics.frontier import for_solvers, frontier, largest_outside, needed, point
from pinpoint.economics.limits import break_even_lies
from pinpoint.economics.plots import PLOTS, write
from tests.unit.test_docs import SCRIPTS, load

LOCAL = Path("deployments/local.yaml")


def test_the_targets_are_met(typical):
    assert typical.entry_multiple <= 5
    assert typical.rate("tax") <= 0.1
    assert stable_until(typical) >= 0.33
    assert min(i.margin for i in check(typical.parameters)) >= MARGIN


def test_proposals_hold_with_the_margin_and_are_no_dearer(typical):
    proposed, proposals = propose(typical)
    assert [p.name for p in proposals] == list(PROPOSED)
    assert min(i.margin for i in judged(proposed)) >= MARGIN - 1e-6
    # A lower tax makes smaller jackpots, and so larger deposits.
    assert proposed.entry_multiple + proposed.rate("tax") < typical.entry_multiple + typical.rate("tax")
    for p in proposals:
        assert proposed.value(p.name) == pytest.approx(p.proposed, rel=1e-9)


@pytest.mark.parametrize("name", [name for name in PROPOSED if name not in ("pool_share", "reply_window")])
def test_a_proposal_is_a_bound(typical, name):
    """A little less, and what is said to bind it has lost its margin."""
    _, proposals = propose(typical)
    binding = next(p.binding.name for p in proposals if p.name == name)
    # Only what was proposed before it had been changed.
    before = typical.changed(**{p.name: p.proposed for p in proposals[: list(PROPOSED).index(name) + 1]})
    less = before.changed(**{name: before.value(name) * 0.98})
    found = {i.name: i.margin for i in judged(less)}
    assert found[binding] < MARGIN or found["eligible share"] < MARGIN


def test_parameters_that_are_too_low_are_raised(typical):
    low = typical.changed(solver_deposit=0.5, verifier_deposit=0.5, challenge_cost=1, chunk_fee=0.01)
    assert not all(i.holds for i in judged(low))
    assert min(i.margin for i in judged(propose(low)[0])) >= MARGIN - 1e-6


def test_the_least_fee_is_one(typical):
    least = least_fee(typical)
    units = typical.task.units * least.proposed / typical.fee
    assert all(i.margin >= MARGIN - 1e-6 for i in judged(typical.changed(units=units)))
    assert any(i.margin < MARGIN for i in judged(typical.changed(units=units * 0.98)))


@pytest.mark.parametrize(("segments", "samples"), [(3, 3), (12, 7), (24, 14), (27, 16)])
def test_deposits_hold_a_solver_from_so_many_samples_on(typical, segments, samples):
    """The multiple is fixed, so the share that is sampled is, too (A10)."""
    s = typical.changed(steps=segments * 10, samples=samples)
    found = least_samples(s)
    assert found.proposed <= samples
    assert found.binding.margin >= MARGIN


def test_no_dishonesty_beyond_which_it_is_stable(typical):
    until = stable_until(typical)
    assert all(i.holds for i in check(typical.parameters, Market(dishonest=(until - 1e-4) * 0.75)))
    assert not all(i.holds for i in check(typical.parameters, Market(dishonest=(until + 1e-4) * 0.75)))
    assert stable_until(typical.changed(solver_deposit=0.1)) == 0


def test_a_stand_alone_whistleblower_needs_many_lies(typical):
    """One who sees them alone earns its replays where more than a third of all reports are wrong."""
    share = break_even_lies(typical, rights=1)
    assert 0.33 < share < 0.5
    assert break_even_lies(typical) > 1
    assert break_even_lies(typical.changed(bounty_share=0.01)) == float("inf")


@pytest.mark.parametrize("values", [{"dishonest": 1.0}, {"false_alarm": -0.1}, {"gas_price": -1}, {"token_price": 0}])
def test_no_market(values):
    with pytest.raises(ValueError, match="expected"):
        Market(**values)


@pytest.mark.parametrize("values", [{"steps": 121}, {"samples": 13}, {"samples": 0}, {"units": 0}, {"interval": 0}])
def test_no_task(values):
    with pytest.raises(ValueError, match="expected"):
        Task(**values)


def test_no_rate(typical):
    with pytest.raises(ValueError, match="expected forced_rate above 0"):
        typical.changed(forced_rate=0.0)


def test_what_is_nowhere_cannot_be_changed(typical):
    with pytest.raises(AttributeError):
        typical.changed(nothing=1)


# Frontier


@pytest.mark.parametrize("outside", [0.0, 1.0, 10.0, 100.0])
@pytest.mark.parametrize("samples", [1, 4, 7, 12])
def test_a_needed_deposit_is_the_least(typical, outside, samples):
    s = typical.changed(outside_value=outside, samples=samples)
    deposit = needed(s, "solver_deposit", for_solvers)

    def margin(value):
        return min(i.margin for i in for_solvers(s.changed(solver_deposit=value)))

    assert margin(deposit) >= MARGIN - 1e-9
    assert margin(deposit * 0.999) < MARGIN


def test_a_dearer_forgery_needs_dearer_deposits(typical):
    entries = [p.entry for p in frontier(typical)]
    assert entries == sorted(entries)
    for p in frontier(typical):
        assert p.entry <= point(typical, p.outside, typical.task.samples).entry


def test_up_to_which_outside_value_an_entry_suffices(typical):
    most = largest_outside(typical, 5)
    assert point(typical, most, 7).entry == pytest.approx(5)
    assert most > 1
    assert largest_outside(typical, 0.5) == 0


def test_no_deposit_holds_verifiers_that_are_all_dishonest(typical):
    s = typical.changed(dishonest=0.75)
    assert needed(s, "solver_deposit", for_solvers) == float("inf")


# Commands


def test_plots_are_written_as_png_and_svg(typical, tmp_path):
    paths = write(typical, tmp_path / "plots")
    assert {path.name for path in paths} == {f"{name}.{kind}" for name in PLOTS for kind in ("png", "svg")}
    for path in paths:
        start = path.read_bytes()[:200]
        assert start.startswith(b"\x89PNG") or b"<?xml" in start


def run(*arguments):
    return CliRunner().invoke(load("economics").cli, arguments)


def test_economics_prints_what_binds():
    found = run()
    assert found.exit_code == 0, found.output
    for said in ("solver_deposit", "forged state", "least fee", "stand-alone", "Honest until"):
        assert said in found.output


def test_economics_refuses_parameters_under_which_cheating_pays(tmp_path):
    path = tmp_path / "low.yaml"
    path.write_text(yaml.safe_dump(yaml.safe_load(LOCAL.read_text()) | {"solver_deposit": 10**18}))
    found = run("--parameters", str(path))
    assert found.exit_code == 1
    assert re.search(r"does not satisfy: .*forged state", found.output)


@pytest.mark.parametrize("options", [("--gas-price", "400"), ("--outside-value", "3"), ("--dishonest", "0.4")])
def test_economics_judges_in_the_market_that_is_described(options):
    assert run(*options).exit_code == 1


def test_economics_says_what_is_no_market():
    found = run("--token-price", "0")
    assert found.exit_code == 1
    assert "expected token_price above 0" in found.output


def test_deploy_refuses_what_economics_refuses():
    """Both take the same options, and deploy looks before it sends anything."""
    source = (SCRIPTS / "deploy.py").read_text()
    assert source.index("check(values") < source.index("= deploy(")
    names = [{o for p in load(script).cli.params for o in p.opts} for script in ("economics", "deploy")]
    assert names[0] - names[1] == {"--plots"}
