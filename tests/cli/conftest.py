"""The command `vmlab` as a user runs it."""

from __future__ import annotations

from pathlib import Path

import pytest

from support.command import Answer, Command, run


@pytest.fixture
def vmlab(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Command:
    """Run the command in an empty folder; no command may ever show a traceback."""
    said = tmp_path_factory.mktemp("said")

    def command(*arguments: object) -> Answer:
        answer = run([str(each) for each in arguments], tmp_path, said)
        assert "Traceback" not in answer.err, answer.err
        return answer

    return command
