"""How the commands speak: documents on stdout, everything else on stderr."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.markup import escape
from rich.table import Table as RichTable

from vmlab.documents import write_document
from vmlab.tables import Table

MARKS = {
    "error": ("✕", "red"),
    "warning": ("!", "yellow"),
    "advice": ("i", "blue"),
    "queue": ("…", "blue"),
    "met": ("✓", "green"),
}

json_option = click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout.")
force_option = click.option("--force", is_flag=True, help="Replace an existing file.")


def stdout() -> Console:
    """A console on standard output, as wide as its longest line where it is no terminal."""
    wide = None if sys.stdout.isatty() else 160
    return Console(highlight=False, soft_wrap=not sys.stdout.isatty(), width=wide)


def say(text: str) -> None:
    """Say something that is not the result."""
    click.echo(text, err=True)


def print_json(document: Any) -> None:
    """Print one JSON document, in ASCII for any output; a NaN in it is a mistake of ours."""
    click.echo(json.dumps(document, allow_nan=False))


def print_table(table: Table, console: Console | None = None) -> None:
    """Print a table, with rules in a terminal and as plain columns elsewhere."""
    console = console or stdout()
    if not console.is_terminal:
        click.echo(table.to_text())
        return
    shown = RichTable(
        title=escape(table.title) or None, title_justify="left", box=None, pad_edge=False
    )
    for index, column in enumerate(table.columns):
        shown.add_column(escape(column.name), justify="right" if table.is_number(index) else "left")
    for cells in table.cells():
        shown.add_row(*map(escape, cells))
    console.print(shown)


def save(path: Path, text: str, force: bool) -> None:
    """Write a file and say so on stderr."""
    write_document(path, text, force=force)
    say(f"Wrote {path}")
