"""`vmlab trials`: random moves under random faults, and what must hold of each."""

from __future__ import annotations

import time
from collections.abc import Callable

import click
from rich.markup import escape

from vmlab.cli.migrate import print_outcome
from vmlab.cli.terminal import json_option, print_json, print_table, say, stdout
from vmlab.documents import InputError, Problem
from vmlab.inventory.datacenter import Datacenter
from vmlab.inventory.scenario import load
from vmlab.migration.trials.replay import Replay, replay
from vmlab.migration.trials.trials import Trials, run_trials
from vmlab.models.case import MAX_SEED

#: Processes unless told otherwise.
WORKERS = 2
_SHOWN = 20
_OF_THE_CLOCK = 2**31


@click.command()
@click.argument("file")
@click.option("-n", "n", type=click.IntRange(1, 10**9), help="How many trials.")
@click.option(
    "--seed",
    type=click.IntRange(0, MAX_SEED),
    help="Of all that is drawn; the clock's if left out.",
)
@click.option(
    "--workers",
    type=click.IntRange(1, 256),
    default=WORKERS,
    show_default=True,
    help="Processes; the result does not depend on it.",
)
@click.option(
    "--replay",
    "number",
    type=click.IntRange(0),
    help="Run one trial of a seed, and tell all of it.",
)
@json_option
def trials(
    file: str, n: int | None, seed: int | None, workers: int, number: int | None, as_json: bool
) -> int:
    """Run random migrations under random faults, and check what must hold of each.

    Kinds, VMs, hosts, datastores, profiles and power states are drawn, and up
    to three faults each; a VM must be in one place, or paused, or be told as
    lost, and what was undone must leave no trace. Ends with 1 where something
    does not hold.
    """
    datacenter = load(file).datacenter
    if number is not None:
        return _replayed(datacenter, seed, number, n, as_json)
    if n is None:
        raise InputError("trials", [Problem("it is not said how many trials", "Add -n N")])
    if seed is None:
        seed = time.time_ns() // 1000 % _OF_THE_CLOCK
        say(f"Seed {seed}")
    started = time.monotonic()
    done = run_trials(datacenter, n, seed, workers=workers, progress=_progress(started))
    took_s = max(time.monotonic() - started, 1e-9)
    say(f"{n / took_s:,.0f} trials a second, {took_s:.1f} s in all")
    if as_json:
        print_json(done.to_json())
    else:
        print_trials(done)
    return done.exit_code


def print_trials(done: Trials) -> None:
    """Print how trials ended, what did not hold, and, last, the count."""
    console = stdout()
    print_table(done.table(), console)
    for one in done.violations[:_SHOWN]:
        console.print(f"Trial {one.trial}: [bold]{one.invariant}[/]: {escape(one.what)}")
    more = len(done.violations) - _SHOWN
    if more > 0:
        console.print(f"… and {more} more")
    if done.violations:
        first = done.violations[0].trial
        console.print(f"See one in full: --replay {first} --seed {done.seed}")
    console.print(f"[bold]{escape(repr(done))}[/]")


def print_replay(one: Replay) -> None:
    """Print a trial: what it starts from, what befalls it, how it goes, what does not hold."""
    console = stdout()
    for line in one.lines():
        console.print(escape(line))
    console.print()
    print_outcome(one.outcome)
    for broken in one.violations:
        console.print(f"[bold red]{broken.invariant}[/]: {escape(broken.what)}")
    console.print(f"[bold]{len(one.violations)} violations[/]")


def _replayed(
    datacenter: Datacenter, seed: int | None, number: int, n: int | None, as_json: bool
) -> int:
    if seed is None:
        problem = Problem("a replay needs the seed of its trials", "Add --seed S")
        raise InputError("trials", [problem])
    if n is not None:
        problem = Problem("-n and --replay do not go together", "Leave out one of them")
        raise InputError("trials", [problem])
    one = replay(datacenter, seed, number)
    if as_json:
        print_json(one.to_json())
    else:
        print_replay(one)
    return 1 if one.violations else 0


def _progress(started: float) -> Callable[[int, int], None]:
    """Says how far it is on stderr, from the first second on and once a second."""
    said = started

    def tell(done: int, n: int) -> None:
        nonlocal said
        now = time.monotonic()
        if now - said >= 1:
            said = now
            say(f"{done:,} of {n:,} trials")

    return tell
