"""`vmlab sweep`: the same case at many points."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

import click

from vmlab.cli.terminal import force_option, json_option, print_json, print_table, say, stdout
from vmlab.documents import InputError, Problem, refuse_to_lose
from vmlab.models.case import load_case
from vmlab.models.sweep import sweep as sweep_case

_FEW = 24  # points that are shown one by one


@click.command()
@click.argument("case", metavar="CASE.yaml")
@click.option(
    "--over",
    multiple=True,
    metavar="FIELD=VALUES",
    help="START:STOP:N, START:STOP:N:log or a,b,c; several make a grid.",
)
@click.option(
    "--random", "points", type=int, metavar="N", help="N points at random; ranges are START:STOP."
)
@click.option("--seed", type=int, help="Of the random points; the case's where left out.")
@click.option("-o", "--output", type=click.Path(path_type=Path), help="Every point as CSV.")
@force_option
@json_option
def sweep(
    case: str,
    over: tuple[str, ...],
    points: int | None,
    seed: int | None,
    output: Path | None,
    force: bool,
    as_json: bool,
) -> int:
    """Estimate a case at many points.

    CASE.yaml is a file, or the name of a case that comes with vmlab. FIELD is
    a dotted name, as in link.mbit_s, policy.hypervisor or
    workload.classes.0.pages; a wrong one is answered with all that are known.
    100:10000:50 is 50 values from 100 to 10000 at equal distances, with :log
    at equal factors. Up to 24 points are printed one by one, more only
    summed up; progress goes to stderr.
    """
    values = _fields(over)
    if output:
        refuse_to_lose(output, force=force)
    if seed is not None and seed < 0:
        raise InputError("sweep", [Problem("the seed is below 0", "Write 0 or more")])
    found = sweep_case(
        load_case(case),
        values,
        points=points,
        seed=seed,
        workers=os.cpu_count() or 1,
        progress=_progress(),
    )
    if output:
        found.to_csv(output, force=force)
        say(f"Wrote {output}")
    if as_json:
        print_json(found.to_json())
        return 0
    if len(found) <= _FEW:
        print_table(found.table())
        stdout().print()
    print_table(found.summary())
    return 0


def _fields(over: tuple[str, ...]) -> dict[str, str]:
    problems, found = [], {}
    if not over:
        problems.append(Problem("nothing is varied", "Add --over FIELD=START:STOP:N"))
    for text in over:
        name, sign, values = text.partition("=")
        if not sign or not name or not values:
            problems.append(Problem(f"{text!r} is not FIELD=VALUES", "Write FIELD=START:STOP:N"))
        elif name in found:
            problems.append(Problem(f"{name} is there twice", "Keep one of them"))
        found[name] = values
    if problems:
        raise InputError("--over", problems)
    return found


def _progress() -> Callable[[int, int], None]:
    """Says how far it is on stderr, from the first second on and once a second."""
    said = time.monotonic()

    def tell(done: int, points: int) -> None:
        nonlocal said
        now = time.monotonic()
        if now - said >= 1:
            said = now
            say(f"{done:,} of {points:,} points")

    return tell
