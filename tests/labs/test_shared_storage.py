"""Lab 03, finished; and storage that is lost while a migration runs."""

from __future__ import annotations

from support.puzzles import finish
from vmlab.labs.shared_storage import PUZZLES, open_lab


def test_finished() -> None:
    finish(open_lab())


def test_mending_leads_to_a_move() -> None:
    lab = open_lab()
    for number, name in enumerate(PUZZLES, 1):
        lab.take(number)
        while lab.report.errors:
            lab.fix(lab.report.errors[0].rule.id)
        assert lab.migrate().outcome == "migrated", name


def test_paths_lost_in_the_handshake() -> None:
    lab = open_lab()
    lab.take(2)
    lab.fix("sto-disks-visible")
    late = lab.migrate("storage-lost", "handshake")
    assert late.outcome == "rolled-back"
    assert late.downtime_s is not None
    assert late.downtime_s > 30
    assert late.reverted_to_original
