"""YAML text, and files written whole or not at all."""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from vmlab.documents.problem import InputError, Problem

_LINE_ENDS = re.compile("[\x85\u2028\u2029\ufeff]")
_YAML_SUFFIXES = frozenset({".yaml", ".yml", ""})


class _Dumper(yaml.SafeDumper):
    """PyYAML's, but it quotes the line ends of Unicode, which it would write as they are."""


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    style = '"' if _LINE_ENDS.search(text) else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style)


_Dumper.add_representer(str, _text)


def to_yaml(data: Mapping[str, Any]) -> str:
    """Plain data as YAML text, keys in their order."""
    text: str = yaml.dump(
        dict(data), Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=100
    )
    return text


def write_document(path: Path, text: str, *, force: bool = False) -> None:
    """Write a file whole or not at all.

    Parameters
    ----------
    path : Path
        Where to.
    text : str
        Its content.
    force : bool, optional
        Replace an existing file, unless it has comments that would be lost.

    Raises
    ------
    InputError
        As `refuse_to_lose`, or it cannot be written.
    """
    refuse_to_lose(path, force=force)
    try:
        target = path.resolve()  # a link stays a link
        with tempfile.NamedTemporaryFile(dir=target.parent, delete=False) as stream:
            temporary = Path(stream.name)
        try:
            temporary.write_text(text, encoding="utf-8")
            umask = os.umask(0)
            os.umask(umask)
            temporary.chmod(0o666 & ~umask)
            temporary.replace(target)
        finally:
            temporary.unlink(missing_ok=True)
    except OSError as error:
        raise _unwritable(path, error.strerror) from None


def refuse_to_lose(path: Path, *, force: bool = False) -> None:
    """Refuse a place where writing would lose something.

    Parameters
    ----------
    path : Path
        Where something is to be written.
    force : bool, optional
        Let an existing file be replaced.

    Raises
    ------
    InputError
        The file exists, its comments would be lost, it is a folder, a device
        or a pipe, or it has no folder to lie in.
    """
    try:
        if not path.exists():
            if not path.resolve().parent.is_dir():
                raise _unwritable(path, "there is no such folder")
            return
        if not force:
            problem = Problem("it exists already", "Choose another name, or add --force")
            raise InputError(str(path), [problem])
        if not path.is_file():
            raise _unwritable(path, "it is no file")
        if path.suffix.lower() in _YAML_SUFFIXES and _has_comments(path):
            problem = Problem("its comments would be lost", "Choose another name, or delete it")
            raise InputError(str(path), [problem])
    except OSError as error:
        raise _unwritable(path, error.strerror) from None


def _unwritable(path: Path, why: str | None) -> InputError:
    problem = Problem(f"it cannot be written ({why})", "Choose another place")
    return InputError(str(path), [problem])


def _has_comments(path: Path) -> bool:
    text = path.read_text(encoding="utf-8", errors="replace")
    try:
        spans = list(_scalar_spans(text))
    except yaml.YAMLError:
        spans = []  # half-written: take every # for a comment
    outside = list(text)
    for start, end in spans:
        outside[start:end] = " " * (end - start)
    return "#" in "".join(outside)


def _scalar_spans(text: str) -> Iterator[tuple[int, int]]:
    for token in yaml.scan(text, Loader=yaml.SafeLoader):
        if isinstance(token, yaml.ScalarToken):
            start, end = token.start_mark.index, token.end_mark.index
            if token.style in {"|", ">"}:  # its first line may end in a comment
                start = text.find("\n", start, end)
            yield start, end
