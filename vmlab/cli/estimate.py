"""`vmlab estimate`: how long, how much."""

from __future__ import annotations

from pathlib import Path

import click

from vmlab.cli.terminal import json_option, print_json, print_table, say, stdout
from vmlab.models.case import load_case
from vmlab.models.estimate import estimate as estimate_case
from vmlab.models.published import measured


@click.command()
@click.argument("case", metavar="CASE.yaml")
@json_option
def estimate(case: str, as_json: bool) -> int:
    """Estimate a migration's time, downtime and bytes from a case.

    CASE.yaml is a file, or the name of a case that comes with vmlab: `vmlab
    scenarios` lists them, `vmlab schema case` says all that a case may have.
    One that does not converge is done, too: the command ends with 0.
    """
    found = estimate_case(load_case(case))
    if as_json:
        print_json(found.to_json())
        return 0
    print_table(found.table())
    if found.storage:
        stdout().print()
        print_table(found.storage.table())
    for warning in (*found.warnings, *(found.storage.warnings if found.storage else ())):
        say(f"Note: {warning}")
    # What was measured of a case that comes with vmlab stands beside it; a file
    # of the same name is another case.
    beside = measured(case, found)
    if beside.rows and not Path(case).is_file():
        stdout().print()
        print_table(beside)
    return 0
