"""`vmlab sweep`: the same case at many points."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from support.command import Command

OVER = ("--over", "link.mbit_s=100:10000:5:log", "--over", "policy.hypervisor=ideal,esx")


def test_a_grid(vmlab: Command, tmp_path: Path) -> None:
    answer = vmlab("sweep", "web-server", *OVER, "-o", "out.csv")
    assert answer.code == 0
    assert "10 points: downtime-limit" in answer.out
    assert answer.err.splitlines() == ["Wrote out.csv"]
    lines = (tmp_path / "out.csv").read_text("utf-8").splitlines()
    assert len(lines) == 11
    assert lines[0] == (
        "link.mbit_s,policy.hypervisor,total_s,downtime_s,sent_bytes,rounds,converged,stopped_by"
    )
    document = json.loads(vmlab("estimate", "web-server", "--json").out)
    at_1000 = lines[5].split(",")
    assert at_1000[:2] == ["1000.0", "ideal"]
    assert float(at_1000[2]) == pytest.approx(document["total_s"], rel=1e-12)
    assert int(at_1000[4]) == document["sent_bytes"]


def test_one_document(vmlab: Command) -> None:
    document = json.loads(vmlab("sweep", "web-server", *OVER, "--json").out)
    assert list(document) == ["points", "counts", "columns"]
    assert document["points"] == len(document["columns"]["stopped_by"]) == 10


def test_random_points_are_their_seed(vmlab: Command) -> None:
    command = ("sweep", "web-server", "--random", "30", "--over", "link.mbit_s=100:10000:log")
    first, same, other = (vmlab(*command, "--seed", seed) for seed in (1, 1, 2))
    assert "30 points" in first.out
    assert first.out == same.out != other.out


def test_a_file_is_not_overwritten(vmlab: Command, tmp_path: Path) -> None:
    (tmp_path / "out.csv").write_text("mine", "utf-8")
    command = ("sweep", "web-server", *OVER, "-o", "out.csv")
    assert vmlab(*command).code == 2
    assert (tmp_path / "out.csv").read_text("utf-8") == "mine"
    assert vmlab(*command, "--force").code == 0
    assert vmlab("sweep", "web-server", *OVER, "-o", "none/out.csv").code == 2


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "nothing is varied"),
        (("--over", "link.mbit_s"), "is not FIELD=VALUES"),
        (("--over", "link.mbit_s="), "is not FIELD=VALUES"),
        (("--over", "link.mbit_s=1:2:3", "--over", "link.mbit_s=1:2:3"), "there twice"),
        (("--over", "link.speed=1:2:3"), "policy.downtime_limit_ms"),
        (("--over", "link.mbit_s=1:2"), "Write START:STOP:N"),
        (("--over", "link.mbit_s=-5:2:3"), "link.mbit_s=-5"),
        (("--over", "link.mbit_s=1:2", "--random", "0"), "0 points"),
        (("--over", "link.mbit_s=1:2", "--random", "3", "--seed", "-1"), "seed"),
        (("--over", "seed=1:9:9", "--random", "x"), "'x' is not a valid int"),
    ],
)
def test_bad_input(vmlab: Command, arguments: tuple[str, ...], said: str) -> None:
    answer = vmlab("sweep", "web-server", *arguments)
    assert (answer.code, answer.out) == (2, "")
    assert said in answer.err


def test_a_case_that_is_none(vmlab: Command) -> None:
    assert vmlab("sweep", "nowhere", *OVER).code == 2


def test_a_long_sweep_says_how_far_it_is(vmlab: Command) -> None:
    """Estimates one by one, in more than one process."""
    over = ("--over", "link.mbit_s=100:10000:40:log", "--over", "policy.parallel=1:60:60")
    answer = vmlab("sweep", "web-server", *over, "--over", "algorithm=stop-and-copy,post-copy")
    assert answer.code == 0
    assert "4,800 points: " in answer.out
    assert all(line.endswith("of 4,800 points") for line in answer.err.splitlines())
