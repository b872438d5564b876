"""`vmlab migrate`: run a move, with or without something going wrong."""

from __future__ import annotations

from pathlib import Path
from typing import cast, get_args

import click
from rich.markup import escape

from vmlab.cli.check import profile_for
from vmlab.cli.judged import print_report, profile_option
from vmlab.cli.terminal import force_option, json_option, print_json, print_table, save, stdout
from vmlab.documents import InputError, Problem, refuse_to_lose
from vmlab.inventory.move import Kind
from vmlab.inventory.scenario import load
from vmlab.migration.disturbances import parse
from vmlab.migration.faults import FAULTS
from vmlab.migration.outcome import Outcome
from vmlab.migration.run import migrate as run_move
from vmlab.models.case import MAX_SEED
from vmlab.rules.check import request


@click.command(epilog=f"Faults: {', '.join(FAULTS)}.")
@click.argument("file")
@click.option("--vm", required=True, help="The virtual machine to move.")
@click.option("--to", help="The host to move it to.")
@click.option("--datastore", help="The datastore to move its files to.")
@click.option("--kind", type=click.Choice(get_args(Kind)), default="vmotion", show_default=True)
@click.option(
    "--fault",
    "faults",
    multiple=True,
    metavar="NAME[@STAGE|@SECONDS][+SECONDS]",
    help="Something that goes wrong, where, and for how long (for good where left out).",
)
@profile_option
@click.option("--seed", type=click.IntRange(0, MAX_SEED), default=1, show_default=True)
@click.option("-o", "--output", type=click.Path(path_type=Path), help="Write the datacenter after.")
@force_option
@json_option
def migrate(
    file: str,
    vm: str,
    to: str | None,
    datastore: str | None,
    kind: str,
    faults: tuple[str, ...],
    profile: str | None,
    seed: int,
    output: Path | None,
    force: bool,
    as_json: bool,
) -> int:
    """Migrate a virtual machine from its host to another."""
    scenario = load(file)
    disturbances = tuple(parse(fault) for fault in faults)
    if datastore:
        problem = Problem("moving files is not built yet", "Leave out --datastore: kind vmotion")
        raise InputError("--datastore", [problem])
    if to is None:
        hosts = ", ".join(scenario.datacenter.hosts)
        raise InputError("migrate", [Problem("there is no destination", f"Add --to: {hosts}")])
    if output:
        refuse_to_lose(output, force=force)
    move = request(scenario.datacenter, vm, to, cast("Kind", kind))
    outcome = run_move(
        scenario.datacenter,
        move,
        profile=profile_for(scenario, profile),
        disturbances=disturbances,
        seed=seed,
    )
    if output:
        after = scenario.model_copy(update={"datacenter": outcome.datacenter, "move": None})
        save(output, after.to_yaml(), force)
    if as_json:
        print_json(outcome.to_json())
    else:
        print_outcome(outcome)
    return outcome.exit_code


def print_outcome(outcome: Outcome) -> None:
    """Print what happened: findings, stages, rounds, what was undone, the verdict."""
    console = stdout()
    print_report(outcome.report, console)
    print_table(outcome.table(), console)
    if outcome.estimate:
        console.print()
        print_table(outcome.estimate.table(), console)
    for heading, sentences in (
        ("What was undone", outcome.undone),
        ("What is left behind", outcome.left_behind),
        ("Notes", outcome.notes),
    ):
        if sentences:
            console.print(f"\n[bold]{heading}[/]")
            for sentence in sentences:
                console.print(f"  {escape(sentence)}")
    console.print(f"\n[bold]{escape(outcome.verdict)}[/]")
    if outcome.reason:
        console.print(f"{outcome.outcome} in {outcome.stage}: {escape(outcome.reason)}")
