"""`vmlab scenarios` and `vmlab schema`: what comes with vmlab, and what its files may say."""

from __future__ import annotations

from pathlib import Path

import click

from vmlab.cli.terminal import force_option, print_json, print_table, save
from vmlab.documents import InputError, Problem
from vmlab.inventory.scenario import Scenario, load, scenario_names
from vmlab.models.case import Case, case_names
from vmlab.resources import resource
from vmlab.tables import Column, Table


@click.command()
@click.argument("name", required=False)
@click.option("-o", "--output", type=click.Path(path_type=Path), help="Where to put the copy.")
@force_option
def scenarios(name: str | None, output: Path | None, force: bool) -> int:
    """List the scenarios and cases that come with vmlab, or copy one."""
    if name is None:
        if output:
            problem = Problem("-o needs the name of a scenario", "See `vmlab scenarios`")
            raise InputError("scenarios", [problem])
        rows = [["scenario", known, load(known).description] for known in scenario_names()]
        rows += [["case", known, "for `vmlab estimate`"] for known in case_names()]
        print_table(Table([Column("kind"), Column("name"), Column("what it is")], rows))
        return 0
    text = _bundled(name).read_text(encoding="utf-8")
    if output is None:
        click.echo(text, nl=False)
    else:
        save(output, text, force)
    return 0


def _bundled(name: str) -> Path:
    for folder, names in (("scenarios", scenario_names()), ("cases", case_names())):
        if name in names:
            return resource("data", folder, f"{name}.yaml")
    known = ", ".join([*scenario_names(), *case_names()])
    raise InputError(name, [Problem("nothing of that name comes with vmlab", f"Known: {known}")])


@click.command()
@click.argument("what", type=click.Choice(["scenario", "case"]))
def schema(what: str) -> int:
    """Print the JSON Schema of a scenario or a case, for editors."""
    model = Scenario if what == "scenario" else Case
    document = {"$schema": "https://json-schema.org/draft/2020-12/schema"}
    print_json({**document, **model.model_json_schema()})
    return 0
