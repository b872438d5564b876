"""`vmlab doctor`: what works on this machine, and how to mend what does not."""

from __future__ import annotations

import platform
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version

import click

from vmlab.cli.terminal import MARKS, stdout
from vmlab.inventory.scenario import load, scenario_names
from vmlab.resources import resource
from vmlab.rules.check import check, request

BROWSERS = ("chromium", "chromium-browser", "google-chrome")


@dataclass(frozen=True)
class Sign:
    """One thing looked at: whether it works, and what mends it."""

    name: str
    state: str
    fine: bool
    remedy: str = ""
    essential: bool = False


@click.command()
def doctor() -> int:
    """Say what works on this machine and how to mend what does not.

    Ends with 0 unless vmlab itself is broken.
    """
    signs = [_python(), *(_essential(name, look) for name, look in _PARTS), *_optional()]
    console = stdout()
    for sign in signs:
        mark, colour = MARKS["met" if sign.fine else "error" if sign.essential else "warning"]
        console.print(f"[{colour}]{mark}[/] {sign.name}: {sign.state}")
        if not sign.fine:
            console.print(f"    {sign.remedy}")
    return 0 if all(sign.fine for sign in signs if sign.essential) else 2


def _python() -> Sign:
    fine = sys.version_info >= (3, 11)
    return Sign("Python", platform.python_version(), fine, "Install Python 3.11 or newer", True)


def _essential(name: str, look: Callable[[], str]) -> Sign:
    try:
        return Sign(name, look(), True, essential=True)
    except Exception as error:
        return Sign(name, f"broken ({error})", False, "Install vmlab again", True)


def _rules() -> str:
    scenario = load("two-hosts")
    report = check(scenario.datacenter, request(scenario.datacenter, "web01", "esx02"))
    if not report.ok:
        raise RuntimeError("the good scenario is refused")
    return f"{len(report.passed)} met by the good scenario"


def _notebooks() -> str:
    return f"{len(list(resource('notebooks').glob('*.ipynb')))} found"


_PARTS: tuple[tuple[str, Callable[[], str]], ...] = (
    ("scenarios", lambda: ", ".join(scenario_names())),
    ("rules", _rules),
    ("notebooks", _notebooks),
)


def _optional() -> list[Sign]:
    signs = [
        _package("jupyterlab", "needed for `vmlab lab`"),
        _package("anywidget", "needed for the lab panel"),
        _package("pandas", "needed for .to_frame()"),
        _package("plotly", "needed for the curves"),
        _package("numba", "without it the memory film is recorded by NumPy"),
    ]
    browser = next(filter(None, map(shutil.which, BROWSERS)), None)
    signs.append(
        Sign(
            "browser for the tests",
            browser or "none found",
            browser is not None,
            "Only the browser tests need it; on Debian: apt install chromium",
        )
    )
    return signs


def _package(name: str, purpose: str) -> Sign:
    try:
        return Sign(name, version(name), True)
    except PackageNotFoundError:
        return Sign(name, "missing", False, f"pip install {name} ({purpose})")
