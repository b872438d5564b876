"""How an evacuation and an upgrade are printed."""

from __future__ import annotations

from rich.console import Console
from rich.markup import escape

from vmlab.cli.terminal import print_table, stdout
from vmlab.fleet.evacuated import Evacuation
from vmlab.fleet.strategies import Comparison
from vmlab.fleet.upgrade import Upgrade
from vmlab.tables import Table

#: In a terminal that is narrower, tables leave out what is told elsewhere, or by --json.
WIDE = 130
LEFT_OUT = (
    "kind", "attempts", "limit", "why_not", "most_at_once", "mean_move_s", "sent_gib", "not_moved",
)  # fmt: skip


def print_evacuation(done: Evacuation) -> None:
    """Print what moved, what failed on the way, what stays, what held up most, the verdict."""
    console = stdout()
    for warning in done.warnings:
        console.print(f"[yellow]Warning:[/] {escape(warning)}")
    if done.moves:
        moves = done.table()
        if _is_narrow(console):  # how it was held up is counted below
            moves = _without(moves, "limited_by")
        print_table(fitting(moves, console), console)
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
        if not line.startswith("Warning: "):
            console.print(f"[bold]{escape(line)}[/]")


def print_upgrade(done: Upgrade) -> None:
    """Print the steps of an upgrade, what each was warned of, and the verdict."""
    console = stdout()
    print_table(fitting(done.table(), console), console)
    console.print()
    for number, step in enumerate(done.steps, 1):
        for warning in step.evacuation.warnings:
            console.print(f"[yellow]Warning:[/] step {number}: {escape(warning)}")
        for stay in step.evacuation.stays:
            console.print(
                f"Step {number}: {escape(stay.vm)} stays on {stay.host}: {escape(stay.reason)}"
            )
    for line in repr(done).splitlines():
        console.print(f"[bold]{escape(line)}[/]")


def print_comparison(done: Comparison) -> None:
    """Print a row for each strategy, and which one ends first."""
    console = stdout()
    print_table(fitting(done.table(), console), console)
    console.print()
    console.print(f"[bold]First to end: {escape(done.fastest.strategy.name)}[/]")


def fitting(table: Table, console: Console) -> Table:
    """A table without the columns that a narrow terminal has no room for."""
    return _without(table, *LEFT_OUT) if _is_narrow(console) else table


def _is_narrow(console: Console) -> bool:
    return console.is_terminal and console.width < WIDE


def _without(table: Table, *names: str) -> Table:
    kept = [n for n, column in enumerate(table.columns) if column.name not in names]
    rows = [[row[n] for n in kept] for row in table.rows]
    return Table([table.columns[n] for n in kept], rows, table.title)
