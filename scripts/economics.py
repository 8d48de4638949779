"""Show what binds a deployment's parameters, and whether honesty pays."""

from pathlib import Path

import click
from rich.table import Table

from pinpoint.chain.parameters import Parameters
from pinpoint.command_line import console
from pinpoint.economics import least_fee, propose, setting, stable_until
from pinpoint.economics.calculator import MARGIN, beyond, judged, least_samples
from pinpoint.economics.detection import false_rejection
from pinpoint.economics.frontier import frontier, largest_outside
from pinpoint.economics.limits import break_even_lies
from pinpoint.economics.options import market_of, market_options

ENTRY = 5


@click.command(short_help="Show what binds a deployment's parameters, and whether honesty pays.")
@click.option(
    "--parameters",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    default=Path("deployments/local.yaml"),
    show_default=True,
    help="What a deployment fixes for ever.",
)
@click.option("--plots", type=click.Path(path_type=Path, file_okay=False), default=None, help="Where plots go.")
@market_options
def cli(parameters, plots, **numbers):
    """Propose samples, deposits, fees, tax, rates, bonds and windows; exit with 1 if an inequality fails.

    Each proposal is what the inequality beside it allows, with a margin kept; all else is as deployed, or proposed
    before.
    """
    try:
        s = setting(Parameters.load(parameters), *market_of(numbers))
    except ValueError as error:
        raise click.ClickException(str(error)) from error
    for table in (_proposals(s), _inequalities(s), _beyond(s), _frontier(s)):
        console.print(table)
    for line in _figures(s):
        console.print(line)
    if plots is not None:
        # Loaded only here: it takes a second.
        from pinpoint.economics.plots import write

        for path in write(s, plots):
            console.print(f"Plotted: {path}")
    failing = [i.name for i in judged(s) if not i.holds]
    if failing:
        raise click.ClickException(f"{parameters} does not satisfy: {', '.join(failing)}")


def _proposals(s):
    table = Table("number", "deployed", "proposed", "bound by", "margin", title=f"Proposals, margin {MARGIN} kept")
    for proposal in (least_samples(s), *propose(s)[1], least_fee(s)):
        numbers = (f"{value:,.4g}" for value in (proposal.deployed, proposal.proposed))
        table.add_row(proposal.name, *numbers, proposal.binding.name, f"{proposal.binding.margin:.3f}")
    return table


def _inequalities(s):
    table = Table("inequality", "protects", "covers", "unit", "margin", title="As deployed")
    for i in judged(s):
        style = "" if i.margin >= MARGIN else "yellow" if i.holds else "bold red"
        table.add_row(i.name, f"{i.left:,.4g}", f"{i.right:,.4g}", i.unit, f"{i.margin:.3f}", style=style)
    return table


def _beyond(s):
    table = Table("inequality", "protects", "covers", "unit", title="What no parameters mend (docs/design.md)")
    for i in beyond(s):
        table.add_row(i.name, f"{i.left:,.4g}", f"{i.right:,.4g}", i.unit)
    return table


def _frontier(s):
    table = Table("outside value", "samples", "solver", "verifier", "all", title="Least deposits, in task prices")
    for p in frontier(s):
        deposits = (f"{value:.2f}" for value in (p.solver_deposit, p.verifier_deposit, p.entry))
        table.add_row(f"{p.outside:g}", str(p.samples), *deposits)
    return table


def _figures(s):
    yield f"All deposits over the price: {s.entry_multiple:.2f}; jackpot {s.jackpot:.3g} tokens"
    yield f"Honest until a dishonest share of a draw of {stable_until(s):.3f}"
    yield f"Outside value up to which deposits of {ENTRY} prices suffice: {largest_outside(s, ENTRY):.2f} prices"
    yield f"False rejection of an honest solver: {false_rejection(s.market.false_alarm, s.task.samples):.2g}"
    yield (
        "Share of wrong reports at which a stand-alone whistleblower earns its replay: "
        f"{break_even_lies(s, 1):.2f}, with an alias of the liar's {break_even_lies(s):.2f}"
    )
