"""numpydoc: what a docstring says agrees with what it describes."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Iterator
from types import ModuleType
from typing import Any

from numpydoc.validate import validate

import vmlab

# Of numpydoc's checks: sections known and in order, a summary of one line that
# ends in a full stop, parameters and results that match the signature.
ALWAYS = {"GL05", "GL06", "GL07", "GL08", "SS01", "SS02", "SS03", "SS06"}
PARAMETERS = {"PR01", "PR02", "PR03", "PR04", "PR07", "PR10"}
RESULTS = {"RT03", "YD01"}


def modules() -> Iterator[ModuleType]:
    yield vmlab
    for found in pkgutil.walk_packages(vmlab.__path__, "vmlab."):
        if not found.name.endswith(".__main__"):
            yield importlib.import_module(found.name)


def public_objects() -> Iterator[tuple[str, Any]]:
    """Functions and classes where they are defined, and the classes' own methods."""
    for module in modules():
        for name, value in vars(module).items():
            if name.startswith("_") or getattr(value, "__module__", None) != module.__name__:
                continue
            if inspect.isfunction(value) or inspect.isclass(value):
                yield f"{module.__name__}.{name}", value
            if inspect.isclass(value):
                for inner, member in vars(value).items():
                    plain = getattr(member, "__func__", member)
                    if not inner.startswith("_") and (
                        inspect.isfunction(plain) or isinstance(plain, property)
                    ):
                        yield f"{module.__name__}.{name}.{inner}", plain


def faults(name: str, value: Any) -> Iterator[str]:
    checks = set(ALWAYS)
    doc = inspect.getdoc(value) or ""
    has_parameters = "Parameters\n---" in doc
    if has_parameters:
        checks |= PARAMETERS
    if "Returns\n---" in doc or "Yields\n---" in doc:
        checks |= RESULTS
    for code, message in validate(name)["errors"]:
        if code in checks:
            yield f"{name}: {code} {message}"
    # A kernel's numbers are bare, so their units must stand in its docstring,
    # or in that of the twin which its summary names.
    kernel = name.startswith("vmlab.kernels.") and inspect.isfunction(value)
    documented = has_parameters or "`" in doc.partition("\n")[0]
    if kernel and inspect.signature(value).parameters and not documented:
        yield f"{name}: a kernel documents its parameters and their units"


def test_public_docstrings() -> None:
    found = [fault for name, value in public_objects() for fault in faults(name, value)]
    assert found == []
