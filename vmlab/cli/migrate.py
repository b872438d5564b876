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
from vmlab.inventory.datacenter import Datacenter
from vmlab.inventory.move import Kind, Move, Priority
from vmlab.inventory.scenario import load
from vmlab.migration import fault_table
from vmlab.migration.algorithm import SENDS_MEMORY, Algorithm
from vmlab.migration.disturbances import parse
from vmlab.migration.faults import FAULTS
from vmlab.migration.outcome import Outcome
from vmlab.migration.run import migrate as run_move
from vmlab.models.case import MAX_SEED
from vmlab.rules.check import request


def _show_faults(
    context: click.Context, _: click.Parameter, faults: tuple[str, ...]
) -> tuple[str, ...]:
    """Answer `--fault help`, whatever else is missing."""
    if "help" in faults and not context.resilient_parsing:
        click.echo(fault_table.faults().to_text())
        context.exit()
    return faults


@click.command(epilog=f"Faults: {', '.join(FAULTS)}.")
@click.argument("file")
@click.option("--vm", required=True, help="The virtual machine to move.")
@click.option("--to", help="The host to move it to; left out, it stays on its host.")
@click.option("--datastore", help="The datastore to move its files to; left out, they stay.")
@click.option("--kind", type=click.Choice(get_args(Kind)), default="vmotion", show_default=True)
@click.option(
    "--priority",
    type=click.Choice(get_args(Priority)),
    default="high",
    show_default=True,
    help="High is not started where a host cannot reserve CPU for it.",
)
@click.option(
    "--disk-format",
    type=click.Choice(["same", "thick", "thin"]),
    default="same",
    show_default=True,
    help="What its disks become at the target datastore.",
)
@click.option(
    "--encrypted/--unencrypted",
    default=None,
    help="Send memory encrypted or not; as the VM wishes where left out.",
)
@click.option(
    "--algorithm",
    type=click.Choice(get_args(Algorithm)),
    default="pre-copy",
    show_default=True,
    help="How memory is sent; vSphere's own is pre-copy, the others are what other hypervisors do.",
)
@click.option(
    "--fault",
    "faults",
    multiple=True,
    is_eager=True,
    callback=_show_faults,
    metavar="NAME[@STAGE|@SECONDS][+SECONDS]",
    help="Something that goes wrong, where, and for how long (for good where left out);"
    " help as a name lists them.",
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
    priority: str,
    disk_format: str,
    encrypted: bool | None,
    algorithm: str,
    faults: tuple[str, ...],
    profile: str | None,
    seed: int,
    output: Path | None,
    force: bool,
    as_json: bool,
) -> int:
    """Migrate a virtual machine to another host, its files to another datastore, or both.

    vmotion moves a VM that runs, storage its files, both the two together;
    suspended and cold move a VM that is suspended or powered off, with its
    files or without them.
    """
    scenario = load(file)
    disturbances = tuple(parse(fault) for fault in faults)
    if output:
        refuse_to_lose(output, force=force)
    wishes = {"priority": priority, "disk_format": disk_format, "encrypted": encrypted}
    if algorithm != "pre-copy" and kind not in SENDS_MEMORY:
        remedy = f"Leave out --algorithm, or use --kind {' or '.join(SENDS_MEMORY)}"
        raise InputError("migrate", [Problem(f"kind {kind} sends no memory", remedy)])
    move = _asked(scenario.datacenter, vm, to, datastore, cast("Kind", kind), wishes)
    outcome = run_move(
        scenario.datacenter,
        move,
        profile=profile_for(scenario, profile),
        disturbances=disturbances,
        seed=seed,
        algorithm=cast("Algorithm", algorithm),
    )
    if output:
        after = scenario.model_copy(update={"datacenter": outcome.datacenter, "move": None})
        save(output, after.to_yaml(), force)
    if as_json:
        print_json(outcome.to_json())
    else:
        print_outcome(outcome)
    return outcome.exit_code


def _asked(
    datacenter: Datacenter,
    vm: str,
    to: str | None,
    datastore: str | None,
    kind: Kind,
    wishes: dict[str, str | bool | None],
) -> Move:
    """The move that the options ask for, or InputError where they do not go together."""
    hosts, stores = ", ".join(datacenter.hosts), ", ".join(datacenter.datastores)
    problem: Problem | None = None
    if kind == "vmotion" and datastore is not None:
        remedy = "Add --kind storage (without --to) or --kind both, or leave out --datastore"
        problem = Problem("kind vmotion moves no files", remedy)
    elif kind in {"vmotion", "both"} and to is None:
        problem = Problem("there is no destination", f"Add --to: {hosts}")
    elif kind == "storage" and to is not None:
        remedy = "Leave out --to, or use --kind both"
        problem = Problem("kind storage leaves the VM on its host", remedy)
    elif kind in {"storage", "both"} and datastore is None:
        problem = Problem(f"kind {kind} moves files", f"Add --datastore: {stores}")
    elif to is None and datastore is None:
        remedy = f"Add --to ({hosts}), --datastore ({stores}), or both"
        problem = Problem("there is no destination", remedy)
    elif datastore is None and wishes["disk_format"] != "same":
        remedy = f"Add --datastore: {stores}, or leave out --disk-format"
        if kind == "vmotion":
            remedy = "Use --kind both with --datastore, or leave out --disk-format"
        problem = Problem("disks that stay keep their format", remedy)
    if problem:
        raise InputError("migrate", [problem])
    return request(datacenter, vm, to, kind, datastore=datastore).model_copy(update=wishes)


def print_outcome(outcome: Outcome) -> None:
    """Print what happened: findings, stages, rounds, what was undone, the verdict."""
    console = stdout()
    print_report(outcome.report, console)
    print_table(outcome.table(), console)
    if outcome.estimate:
        console.print()
        if outcome.estimate.rounds:
            print_table(outcome.estimate.table(), console)
        if outcome.estimate.storage:
            print_table(outcome.estimate.storage.table(), console)
    for heading, sentences in (
        ("What was undone", outcome.undone),
        ("What is left behind", outcome.left_behind),
        ("Notes", outcome.notes),
        ("vCenter's events", outcome.events),
    ):
        if sentences:
            console.print(f"\n[bold]{heading}[/]")
            for sentence in sentences:
                console.print(f"  {escape(sentence)}")
    console.print(f"\n[bold]{escape(outcome.verdict)}[/]")
    if outcome.why:
        console.print(f"{outcome.outcome} in {outcome.stage}: {escape(outcome.why)}")
