"""`vmlab lab`: JupyterLab on this machine only, behind a token, and gone when told so."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from support.command import Command
from vmlab.resources import resource

ADDRESS = re.compile(r"http://127\.0\.0\.1:\d+/lab\?token=\w+")
NOTEBOOKS = sorted(path.name for path in resource("notebooks").glob("*.ipynb"))


def _default_signals() -> None:
    """As in a terminal: a shell's background jobs ignore Ctrl-C."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def left_in(group: int) -> list[str]:
    """Command lines of the processes of a group."""
    done = subprocess.run(
        ["ps", "-e", "-o", "pgid=,stat=,args="], capture_output=True, text=True, check=True
    )
    rows = [line.split(None, 2) for line in done.stdout.splitlines()]
    return [args for pgid, stat, args in rows if pgid == str(group) and not stat.startswith("Z")]


def status_of(address: str) -> int:
    """What a page answers with; the server tells its address a moment before it listens."""
    for _ in range(100):
        try:
            with urllib.request.urlopen(address) as page:
                return int(page.status)
        except urllib.error.URLError as error:
            if not isinstance(error.reason, ConnectionRefusedError):
                raise
            time.sleep(0.1)
    raise AssertionError(f"nobody listens at {address}")


@pytest.mark.parametrize("told", [signal.SIGINT, signal.SIGTERM])
def test_it_serves_the_notebooks_until_it_is_told_to_stop(
    tmp_path: Path, told: signal.Signals
) -> None:
    folder = tmp_path / "my lab"
    folder.mkdir()
    (folder / NOTEBOOKS[0]).write_text("mine")
    env = {
        **os.environ,
        "TMPDIR": str(tmp_path / "tmp"),
        "JUPYTER_RUNTIME_DIR": str(tmp_path / "runtime"),
        "JUPYTER_CONFIG_DIR": str(tmp_path / "config"),
    }
    (tmp_path / "tmp").mkdir()
    command = [sys.executable, "-m", "vmlab", "lab", folder, "--no-browser", "--port", "0"]
    process = subprocess.Popen(
        command,
        env=env,
        stdin=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        preexec_fn=_default_signals,
    )
    try:
        assert process.stderr is not None
        said = ""
        for line in process.stderr:
            said += line
            if address := ADDRESS.search(line):
                break
        else:
            pytest.fail(said)
        assert f"Kept your {folder / NOTEBOOKS[0]}" in said
        assert len(left_in(process.pid)) == 2
        assert status_of(address[0]) == 200
        bare = address[0].partition("/lab?")[0]
        for place in ("/api/contents", "/api/kernels"):
            with pytest.raises(urllib.error.HTTPError) as refused:
                urllib.request.urlopen(bare + place)
            refused.value.close()
            assert refused.value.code == 403
        process.send_signal(told)
        process.communicate(timeout=120)  # a guard: it must not hang
        assert process.returncode == 0
        assert left_in(process.pid) == []
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate()
    assert sorted(path.name for path in folder.glob("*.ipynb")) == NOTEBOOKS
    assert (folder / NOTEBOOKS[0]).read_text() == "mine"
    for name in NOTEBOOKS[1:]:
        assert (folder / name).read_bytes() == resource("notebooks", name).read_bytes()
    assert list((tmp_path / "tmp").glob("vmlab-*")) == []


def test_a_folder_that_is_a_file(vmlab: Command, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    answer = vmlab("lab", "file", "--no-browser")
    assert (answer.code, answer.out) == (2, "")
    assert "Name another folder" in answer.err
    assert (tmp_path / "file").read_text() == "mine"
