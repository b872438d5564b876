"""Lab 02, finished; and what the running task meets that the check let pass."""

from __future__ import annotations

import pytest

from support.puzzles import finish
from vmlab.documents import InputError
from vmlab.labs.vmotion_network import PUZZLES, open_lab


def test_finished() -> None:
    finish(open_lab())


@pytest.mark.parametrize(
    ("puzzle", "outcome", "stage"),
    [
        ("vmotion-not-enabled", "refused", "validate"),
        ("cloned-address", "rolled-back", "connect"),
        ("another-subnet", "rolled-back", "connect"),
        ("trunk-drops-vmotion", "rolled-back", "connect"),
        ("right-label-wrong-vlan", "migrated", None),
        ("physical-switch-drops-jumbo", "rolled-back", "pre-copy"),
    ],
)
def test_run_unmended(puzzle: str, outcome: str, stage: str | None) -> None:
    lab = open_lab()
    lab.take(PUZZLES.index(puzzle) + 1)
    went = lab.migrate()
    assert (went.outcome, went.stage) == (outcome, stage)
    if outcome != "migrated":
        assert went.reverted_to_original


def test_mending_in_the_panel_counts_too() -> None:
    lab = open_lab()
    lab.take(1)
    path = ["hosts", "esx02", "vmkernel_adapters", "vmk0", "vmotion"]
    lab.handle({"type": "set", "path": path, "value": True})
    assert lab.progress.title.startswith("1 of 9")


def test_there_is_no_tenth_puzzle() -> None:
    with pytest.raises(InputError, match="1 to 9"):
        open_lab().take(10)
