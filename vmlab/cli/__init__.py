"""The command `vmlab`."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import cast

import click

from vmlab import __version__
from vmlab.documents import InputError

BAD_INPUT = 2
INTERRUPTED = 130

#: Where each command is; it is loaded when it is first asked for, so that an
#: estimate need not wait for the rules, nor a check for the models.
COMMANDS = {
    "lab": "vmlab.cli.lab",
    "demo": "vmlab.cli.demo",
    "check": "vmlab.cli.check",
    "migrate": "vmlab.cli.migrate",
    "estimate": "vmlab.cli.estimate",
    "sweep": "vmlab.cli.sweep",
    "rules": "vmlab.cli.rules",
    "matrix": "vmlab.cli.matrix",
    "evacuate": "vmlab.cli.evacuate",
    "trials": "vmlab.cli.trials",
    "scenarios": "vmlab.cli.files",
    "schema": "vmlab.cli.files",
    "doctor": "vmlab.cli.doctor",
}


class Commands(click.Group):
    """A group that finds its commands by name."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The commands' names, sorted as click does."""
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """A command, or None where there is none of that name."""
        if cmd_name not in COMMANDS:
            return None
        return cast(click.Command, getattr(import_module(COMMANDS[cmd_name]), cmd_name))


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="vmlab")
def vmlab() -> None:
    """An open lab for the live migration of virtual machines.

    FILE is a scenario file or the name of a scenario that comes with vmlab.
    Ends with 0 when done, 1 refused by the rules, 2 bad input, 3 rolled back,
    4 failed after the point of no return.
    """


def main(arguments: Sequence[str] | None = None) -> None:
    """Run a command and end the process with its code.

    Parameters
    ----------
    arguments : sequence of str, optional
        Those of the process where left out.
    """
    _print_anywhere()
    try:
        code = vmlab.main(arguments, prog_name="vmlab", standalone_mode=False)
        sys.stdout.flush()
    except InputError as error:
        click.echo(str(error), err=True)
        code = BAD_INPUT
    except click.ClickException as error:
        error.show()
        code = BAD_INPUT
    except (click.Abort, KeyboardInterrupt):
        click.echo("Stopped.", err=True)
        code = INTERRUPTED
    except BrokenPipeError:
        # The reader went away (`vmlab rules | head`); keep Python from
        # complaining about it when it closes stdout.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 0
    sys.exit(code if isinstance(code, int) else 0)


def _print_anywhere() -> None:
    """Let an output that knows few characters show a question mark for the others."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")
