"""A scenario: a datacenter to start from, as a YAML file."""

from __future__ import annotations

from pathlib import Path as FilePath
from typing import Any

from pydantic import Field

from vmlab.documents import Document, InputError, Problem, read_document, to_yaml
from vmlab.inventory.datacenter import Datacenter
from vmlab.inventory.entity import Facts
from vmlab.inventory.path import checked, plain
from vmlab.inventory.profile import Profile
from vmlab.resources import resource

FORMAT_VERSION = 1


class Intent(Facts):
    """The move that a scenario is about."""

    vm: str
    to: str


class Scenario(Facts):
    """A datacenter, the eyes that judge it, and the move it is about."""

    vmlab: int = Field(default=FORMAT_VERSION, description="Version of this file format")
    title: str = ""
    description: str = ""
    profile: Profile = Profile.GUIDE_40
    move: Intent | None = None
    datacenter: Datacenter

    def to_yaml(self) -> str:
        """The scenario as a YAML file, without what has its default."""
        data = {"vmlab": self.vmlab, **plain(self)}
        # Host, datastore and so on are the same whatever the order of keys;
        # a reader wants the version first and the datacenter last.
        data["datacenter"] = data.pop("datacenter", {})
        return to_yaml(data)


def scenario_names() -> tuple[str, ...]:
    """Names of the scenarios that come with vmlab."""
    return tuple(sorted(path.stem for path in resource("data", "scenarios").glob("*.yaml")))


def scenario_path(name: str) -> FilePath:
    """Where a scenario is.

    Parameters
    ----------
    name : str
        A file, or the name of a scenario that comes with vmlab. A file of
        that name wins.

    Returns
    -------
    pathlib.Path
        The file.

    Raises
    ------
    InputError
        There is neither.
    """
    path = FilePath(name)
    names = scenario_names()
    try:
        if name in names and not path.is_file():
            return resource("data", "scenarios", f"{name}.yaml")
        if path.exists() or path.is_symlink():
            return path
    except OSError:
        pass  # longer than a file's name can be, or in a folder that is closed
    remedy = f"Name a file, or one of: {', '.join(names)}"
    raise InputError(name, [Problem("there is no such file or scenario", remedy)])


def load(name: str | FilePath) -> Scenario:
    """Read a scenario.

    Parameters
    ----------
    name : str or pathlib.Path
        A file, or the name of a scenario that comes with vmlab.

    Returns
    -------
    Scenario
        Checked, references included.

    Raises
    ------
    InputError
        With every mistake in the file: place, line and remedy.

    Examples
    --------
    >>> load("two-hosts").datacenter.hosts["esx01"].kind
    'ESX'
    """
    return from_document(read_document(scenario_path(str(name))))


def from_document(document: Document) -> Scenario:
    """Check a document as a scenario; see `load`."""
    version = document.data.get("vmlab", str(FORMAT_VERSION))
    if version != str(FORMAT_VERSION):
        problem = Problem(
            f"format version {version} is unknown", f"Use `vmlab: {FORMAT_VERSION}`", ("vmlab",)
        )
        raise document.error([problem])
    return checked(document, Scenario, ("datacenter",), _intent_problems(document.data))


def _intent_problems(data: dict[str, Any]) -> list[Problem]:
    """A move that names what is not in the datacenter; wrong shapes are the schema's business."""
    move, datacenter = data.get("move"), data.get("datacenter")
    if not isinstance(move, dict) or not isinstance(datacenter, dict):
        return []
    problems = []
    for key, field in (("vm", "vms"), ("to", "hosts")):
        name, known = move.get(key), datacenter.get(field) or {}
        if isinstance(name, str) and isinstance(known, dict) and name not in known:
            names = ", ".join(map(str, known)) or "none"
            problems.append(
                Problem(f"{name!r} is not in the datacenter", f"Known: {names}", ("move", key))
            )
    return problems
