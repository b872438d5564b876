"""The command `vmlab` as a process of its own: how it ended and what it said."""

from __future__ import annotations

import json
import multiprocessing
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

from vmlab.cli import COMMANDS, main


@dataclass(frozen=True)
class Answer:
    """How a command ended and what it said."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> dict[str, Any]:
        """The one JSON document on stdout; a NaN in it is refused."""

        def no_number(name: str) -> NoReturn:
            raise AssertionError(f"{name} in a document")

        document: dict[str, Any] = json.loads(self.out, parse_constant=no_number)
        return document


Command = Callable[..., Answer]


def run(arguments: Sequence[str], cwd: Path, said: Path) -> Answer:
    """Run a command in a new process, forked from one that has loaded vmlab: in no time."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["pytest", *COMMANDS.values()])
    process = context.Process(target=_become, args=(list(arguments), cwd, said))
    process.start()
    process.join()
    assert process.exitcode is not None
    out, err = ((said / name).read_text("utf-8") for name in ("out", "err"))
    return Answer(process.exitcode, out, err)


def _become(arguments: list[str], cwd: Path, said: Path) -> None:
    os.chdir(cwd)
    for number, name, how in (
        (0, os.devnull, os.O_RDONLY),
        (1, said / "out", os.O_WRONLY | os.O_CREAT | os.O_TRUNC),
        (2, said / "err", os.O_WRONLY | os.O_CREAT | os.O_TRUNC),
    ):
        os.dup2(os.open(name, how), number)
    main(arguments)
