"""`vmlab demo`: the main job in a terminal: build, check, mend, migrate, break, come home."""

from __future__ import annotations

import time

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from vmlab.cli.judged import print_report
from vmlab.cli.migrate import print_outcome
from vmlab.cli.terminal import stdout
from vmlab.inventory.path import apply
from vmlab.inventory.scenario import load
from vmlab.migration.disturbances import parse
from vmlab.migration.outcome import Outcome
from vmlab.migration.run import migrate
from vmlab.rules.catalogue import MISCONFIGURATIONS
from vmlab.rules.check import check, request

PUZZLE = "abbreviated-label"
FAULT = "link-down@pre-copy"
VM, TARGET = "web01", "esx02"
SHOWN_S = 3.0  # a run is shown in so much time, however long it took


@click.command()
def demo() -> int:
    """Build two hosts, mend what is refused, migrate, break it, watch it come home."""
    console = stdout()
    scenario = load("two-hosts")
    datacenter, profile = scenario.datacenter, scenario.profile

    console.rule("1. Two hosts, and a mistake")
    puzzle = next(each for each in MISCONFIGURATIONS if each.name == PUZZLE)
    console.print(f"{scenario.description} {puzzle.story}")
    broken = apply(datacenter, puzzle.edits)
    report = check(broken, request(broken, VM, TARGET), profile)
    print_report(report, console)
    console.print(f"{VM} may not move to {TARGET}: the guide's page refuses it.")

    console.rule("2. Mend it")
    mended = broken
    for finding in report.errors:
        mended = apply(mended, finding.edits)
        console.print(f"{finding.fix}.")
    move = request(mended, VM, TARGET)
    print_report(check(mended, move, profile), console)

    console.rule(f"3. Migrate {VM} from {move.source} to {TARGET}")
    moved = migrate(mended, move, profile)
    _play(moved, console)
    print_outcome(moved)

    console.rule("4. Once more, and the VMotion link is lost mid-copy")
    failed = migrate(mended, move, profile, [parse(FAULT)])
    _play(failed, console)
    print_outcome(failed)
    same = "equals the one before" if failed.reverted_to_original else "has changed"
    console.print(f"The datacenter {same}.")
    as_told = (
        not report.ok
        and moved.outcome == "migrated"
        and failed.outcome == "rolled-back"
        and failed.reverted_to_original
    )
    return 0 if as_told else 2


def _play(outcome: Outcome, console: Console) -> None:
    """Show the stages pass by; without a terminal there is nothing to watch."""
    if not console.is_terminal:
        return
    columns = TextColumn("{task.description:<44}"), BarColumn(), TimeElapsedColumn()
    with Progress(*columns, console=console, transient=True) as shown:
        task = shown.add_task("", total=outcome.total_s)
        for span in outcome.timeline.spans:
            where = f"runs on {span.vm_runs_on}" if span.vm_runs_on else "is paused"
            back = " (way back)" if span.way_back else ""
            shown.update(task, description=f"{span.stage}{back}: {outcome.move.vm} {where}")
            lasted_s = span.end_s - span.start_s
            steps = max(1, round(30 * lasted_s / outcome.total_s))
            for _ in range(steps):
                time.sleep(SHOWN_S * lasted_s / outcome.total_s / steps)
                shown.advance(task, lasted_s / steps)
