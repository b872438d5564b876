"""`vmlab evacuate`: empty hosts, and say what moves where, when, and what cannot."""

from __future__ import annotations

from pathlib import Path

import click
from rich.markup import escape

from vmlab.cli.check import profile_for
from vmlab.cli.judged import profile_option
from vmlab.cli.patience import busy
from vmlab.cli.terminal import force_option, json_option, print_json, print_table, save, stdout
from vmlab.documents import refuse_to_lose
from vmlab.fleet.evacuated import Evacuation
from vmlab.fleet.evacuation import RETRIES
from vmlab.fleet.evacuation import evacuate as empty_hosts
from vmlab.fleet.mishap import parse_mishap
from vmlab.fleet.strategy import ORDERS, Strategy
from vmlab.inventory.scenario import load


@click.command()
@click.argument("file")
@click.option("--host", "hosts", multiple=True, required=True, help="A host to be emptied.")
@click.option("--at-once", type=click.IntRange(1), help="Moves at the same time at most.")
@click.option(
    "--order",
    type=click.Choice(ORDERS),
    default="placed",
    show_default=True,
    help="Who goes first.",
)
@click.option(
    "--fault",
    "faults",
    multiple=True,
    metavar="VM:NAME[@…]|HOST:lost@SECONDS[+SECONDS]",
    help="Something that goes wrong with a VM's move, as for `migrate`, or a host that is lost.",
)
@click.option(
    "--retries", type=click.IntRange(0, 100), default=RETRIES, show_default=True,
    help="How often a VM is tried again.",
)  # fmt: skip
@profile_option
@click.option("-o", "--output", type=click.Path(path_type=Path), help="Write the datacenter after.")
@force_option
@json_option
def evacuate(
    file: str,
    hosts: tuple[str, ...],
    at_once: int | None,
    order: str,
    faults: tuple[str, ...],
    retries: int,
    profile: str | None,
    output: Path | None,
    force: bool,
    as_json: bool,
) -> int:
    """Empty hosts for maintenance: who moves where and when, and who cannot.

    Ends with 0 when all VMs have left, 1 when rules keep one, 3 when one was
    tried and rolled back, 4 when one is lost or its clean-up is incomplete.
    """
    scenario = load(file)
    mishaps = [parse_mishap(fault, scenario.datacenter) for fault in faults]
    if output:
        refuse_to_lose(output, force=force)
    with busy(f"Emptying {', '.join(hosts)}"):
        done = empty_hosts(
            scenario.datacenter,
            hosts,
            profile_for(scenario, profile),
            strategy=Strategy.of(at_once, order),
            mishaps=mishaps,
            retries=retries,
        )
    if output:
        after = scenario.model_copy(update={"datacenter": done.datacenter, "move": None})
        save(output, after.to_yaml(), force)
    if as_json:
        print_json(done.to_json())
    else:
        print_evacuation(done)
    return done.exit_code


def print_evacuation(done: Evacuation) -> None:
    """Print what moved, what failed on the way, what stays, what held up most, the verdict."""
    console = stdout()
    if done.moves:
        print_table(done.table(), console)
        console.print()
    for one in done.moves:
        for number, attempt in enumerate(one.attempts, 1):
            if attempt.reason:
                console.print(
                    f"{escape(one.vm)}, attempt {number} to {attempt.destination}: "
                    f"{attempt.outcome}: {escape(attempt.reason)}"
                )
    if done.stays:
        print_table(done.stays_table(), console)
        console.print()
    if done.moves:
        print_table(done.run.limits(), console)
        console.print()
    for line in repr(done).splitlines():
        console.print(f"[bold]{escape(line)}[/]")
