"""Lab 00 as a learner goes through it."""

from __future__ import annotations

from support.learner import Learner
from vmlab.labs.start_here import open_lab


def test_a_learner_reaches_the_objectives_one_by_one() -> None:
    learner = Learner(open_lab())
    session = learner.lab.session
    assert learner.reached == [False, False]
    assert learner.state["bar"]["migrate"]["enabled"]

    learner.says("migrate")
    assert learner.reached == [True, False]
    assert session.datacenter.vms["web01"].host == "esx02"

    learner.says("choose", field="fault", value="link-down")
    learner.says("choose", field="strikes_in", value="pre-copy")
    learner.says("migrate")
    assert learner.reached == [True, True]
    assert session.outcome is not None
    assert session.outcome.outcome == "rolled-back"
    assert session.outcome.stage == "pre-copy"
    assert session.datacenter.vms["web01"].host == "esx02"
    assert session.outcome.reverted_to_original


def test_a_run_is_handed_to_the_panel_and_played() -> None:
    learner = Learner(open_lab())
    assert learner.lab.panel.run is None
    learner.says("migrate")
    assert learner.lab.panel.run is not None
    assert learner.lab.panel.film != b""
    assert learner.lab.panel.played == 1


def test_the_notebook_does_what_the_panel_does() -> None:
    lab = open_lab()
    learner = Learner(lab)
    assert lab.migrate().outcome == "migrated"
    assert lab.migrate("link-down", "pre-copy", 2).outcome == "rolled-back"
    assert lab.session.wish.fault.round == 2
    assert learner.lab.panel.played == 2
    assert "2 of 2" in lab.progress.title
    assert "VMotion link lost" in lab.hints(2).to_text()
