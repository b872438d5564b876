"""`vmlab estimate`: how long, how much."""

from __future__ import annotations

from collections.abc import Callable

import click

from vmlab.cli.terminal import json_option, print_json, print_table, say, stdout
from vmlab.models.case import load_case
from vmlab.models.estimate import estimate as estimate_case
from vmlab.models.measurements import clark_stop_and_copy, postgresql
from vmlab.tables import Table


@click.command()
@click.argument("case", metavar="CASE.yaml")
@json_option
def estimate(case: str, as_json: bool) -> int:
    """Estimate a migration's time, downtime and bytes from a case.

    CASE.yaml is a file, or the name of a case that comes with vmlab.
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
    for compare in (table for family, table in _MEASURED.items() if case.startswith(family)):
        stdout().print()
        print_table(compare())
    return 0


# Cases that come with vmlab and were measured: prediction beside reality.
_MEASURED: dict[str, Callable[[], Table]] = {
    "clark-": clark_stop_and_copy,
    "postgresql-": postgresql,
}
