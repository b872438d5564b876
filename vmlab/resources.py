"""Where the scenarios, measurements and notebooks are: in a wheel or beside the package."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).parent


def resource(*parts: str) -> Path:
    """Path of something that comes with vmlab.

    Parameters
    ----------
    *parts : str
        Names below the top of the project, such as ``"data", "scenarios"``.

    Returns
    -------
    Path
        In an installed wheel below the package, in a checkout beside it.

    Raises
    ------
    FileNotFoundError
        The installation lacks it.
    """
    for root in (_PACKAGE / "share", _PACKAGE.parent):
        path = root.joinpath(*parts)
        if path.exists():
            return path
    raise FileNotFoundError(f"{'/'.join(parts)} is missing from this installation of vmlab")


def is_checkout() -> bool:
    """Whether vmlab runs from a checkout, where the notebooks may be edited in place."""
    return not (_PACKAGE / "share").exists()
