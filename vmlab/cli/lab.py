"""`vmlab lab`: JupyterLab on the notebooks."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from importlib.resources import files
from pathlib import Path

import click

from vmlab.cli.terminal import say
from vmlab.documents import InputError, Problem
from vmlab.resources import is_checkout, resource

DEFAULT_FOLDER = "vmlab-notebooks"


@click.command()
@click.argument("folder", required=False, type=click.Path(path_type=Path), metavar="[DIR]")
@click.option("--no-browser", is_flag=True, help="Only print the address.")
@click.option("--port", type=click.IntRange(0, 65535), default=8888, help="The first one to try.")
def lab(folder: Path | None, no_browser: bool, port: int) -> int:
    """Open JupyterLab on the notebooks, on this machine only, with a token.

    In a checkout the notebooks themselves are opened; otherwise, or with DIR,
    a copy in DIR, in which nothing of yours is overwritten.
    """
    if folder is None and is_checkout():
        where = resource("notebooks")
    else:
        where = folder or Path(DEFAULT_FOLDER)
        _copy_notebooks(where)
    with tempfile.TemporaryDirectory(prefix="vmlab-settings-") as settings:
        shutil.copy(str(files("vmlab.labs").joinpath("overrides.json")), settings)
        say(f"Opening the notebooks in {where}. Stop with Ctrl-C.")
        return _serve(where, Path(settings), no_browser, port)


def _copy_notebooks(where: Path) -> None:
    """Add the notebooks that a folder lacks."""
    try:
        where.mkdir(parents=True, exist_ok=True)
        for notebook in sorted(resource("notebooks").glob("*.ipynb")):
            target = where / notebook.name
            if target.exists():
                say(f"Kept your {target}")
            else:
                shutil.copy(notebook, target)
    except OSError as error:
        problem = Problem(f"it cannot be used ({error.strerror})", "Name another folder")
        raise InputError(str(where), [problem]) from None


def _serve(where: Path, settings: Path, no_browser: bool, port: int) -> int:
    command = [
        sys.executable,
        "-m",
        "jupyterlab",
        str(where),
        "--ServerApp.ip=127.0.0.1",
        f"--ServerApp.port={port}",
        "--LabApp.news_url=None",
        f"--LabApp.app_settings_dir={settings}",
    ]
    if no_browser:
        command.append("--no-browser")
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        # A container's user is root; loopback and the token still guard it.
        command.append("--allow-root")
    server = subprocess.Popen(command)  # noqa: S603
    # Ctrl-C reaches both; the server answers it by asking, so it is told once.
    signal.signal(signal.SIGTERM, lambda *_: server.terminate())
    try:
        code = server.wait()
    except KeyboardInterrupt:
        server.terminate()
        server.wait()
        return 0
    return 0 if code in (0, -signal.SIGTERM) else 2
