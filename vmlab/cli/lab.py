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
    # A polite request to stop is as good as Ctrl-C, from the first moment on.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with tempfile.TemporaryDirectory(prefix="vmlab-settings-") as settings:
        shutil.copy(str(files("vmlab.labs").joinpath("overrides.json")), settings)
        say(f"Opening the notebooks in {where}. Stop with Ctrl-C.")
        return _serve(where, Path(settings), no_browser, port)


def _copy_notebooks(where: Path) -> None:
    """Add the notebooks and pictures that a folder lacks."""
    origin = resource("notebooks")
    try:
        for path in sorted([*origin.glob("*.ipynb"), *origin.glob("pictures/*.png")]):
            target = where / path.relative_to(origin)
            target.parent.mkdir(parents=True, exist_ok=True)
            if not target.exists():
                shutil.copy(path, target)
            elif path.suffix == ".ipynb":
                say(f"Kept your {target}")
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
    try:
        code = server.wait()
    except KeyboardInterrupt:
        # Ctrl-C reaches both, and the server answers it by asking; it is told
        # once, and further impatience must not leave it behind.
        for each in (signal.SIGINT, signal.SIGTERM):
            signal.signal(each, signal.SIG_IGN)
        server.terminate()
        server.wait()
        return 0
    return 0 if code == 0 else 2
