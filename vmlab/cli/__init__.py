"""The command `vmlab`."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Sequence

import click

from vmlab import __version__
from vmlab.cli.check import check
from vmlab.cli.demo import demo
from vmlab.cli.doctor import doctor
from vmlab.cli.estimate import estimate
from vmlab.cli.evacuate import evacuate
from vmlab.cli.files import scenarios, schema
from vmlab.cli.lab import lab
from vmlab.cli.matrix import matrix
from vmlab.cli.migrate import migrate
from vmlab.cli.rules import rules
from vmlab.cli.sweep import sweep
from vmlab.documents import InputError

BAD_INPUT = 2
INTERRUPTED = 130


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="vmlab")
def vmlab() -> None:
    """An open lab for the live migration of virtual machines.

    FILE is a scenario file or the name of a scenario that comes with vmlab.
    Ends with 0 when done, 1 refused by the rules, 2 bad input, 3 rolled back,
    4 failed after the point of no return.
    """


for _command in (
    lab,
    demo,
    check,
    migrate,
    estimate,
    sweep,
    rules,
    matrix,
    evacuate,
    scenarios,
    schema,
    doctor,
):
    vmlab.add_command(_command)


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
