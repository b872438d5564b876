"""Lab 05, finished; and no question is answered by luck or by pressing on."""

from __future__ import annotations

import json

import pytest

from vmlab.documents import InputError
from vmlab.labs.finding import TRIES, FindingLab
from vmlab.labs.three_stages import OBJECTIVES, QUESTIONS, open_lab, unheard
from vmlab.views.whereabouts import instants

RETURNS = len(QUESTIONS)  # the last question asks for a run that comes home


def reached(lab: FindingLab) -> list[bool]:
    return [row[0] == "✓" for row in lab.progress.rows]


def places(lab: FindingLab, question: int) -> list[int]:
    assert lab.last is not None
    finds = QUESTIONS[question - 1].finds
    return [number for number, one in enumerate(instants(lab.last), 1) if finds(one)]


def test_finished() -> None:
    lab = open_lab()
    assert not any(reached(lab))
    lab.migrate()
    for question in range(1, RETURNS):
        (first, *_) = places(lab, question)
        assert lab.answer(question, first).startswith("Found.")
    assert places(lab, RETURNS) == []
    lab.migrate("destination-resume-failed", "handshake")
    assert places(lab, 5) == [], "the switches never learnt another port"
    assert lab.answer(RETURNS, places(lab, RETURNS)[0]).startswith("Found.")
    assert all(reached(lab))


def test_each_question_has_few_answers_and_none_at_the_start() -> None:
    lab = open_lab()
    moved = instants(lab.migrate())
    home = instants(lab.migrate("destination-resume-failed", "handshake"))
    for question in QUESTIONS:
        found = [one for one in (*moved, *home) if question.finds(one)]
        assert 1 <= len([one for one in moved if question.finds(one)]) <= 3 or question.finds(
            home[-7]
        )
        assert found, question.title
        assert not question.finds(moved[0])
        assert not question.finds(moved[-1])


def test_no_question_is_answered_before_a_run_or_by_trying_all() -> None:
    lab = open_lab()
    with pytest.raises(InputError, match="has run"):
        lab.answer(1, 1)
    lab.migrate()
    for _ in range(TRIES):
        assert lab.answer(3, 1).startswith("Not there")
    with pytest.raises(InputError, match="no try is left"):
        lab.answer(3, places(lab, 3)[0])
    assert not lab.board.state["open"]
    lab.migrate()
    assert dict(lab.board.state)["open"]
    lab.answer(3, places(lab, 3)[0])
    assert sum(reached(lab)) == 2


def test_a_wrong_answer_says_whether_the_run_has_such_an_instant() -> None:
    lab = open_lab()
    lab.migrate()
    assert "no such instant" in lab.answer(RETURNS, 2)
    assert "no such instant" not in lab.answer(1, 2)


@pytest.mark.parametrize(
    "content",
    [None, {}, {"type": "ask"}, {"type": "ask", "question": 99}, {"type": "ask", "question": "x"},
     {"type": "answer", "question": 0, "at": 0}, {"type": "nope", "question": 0}],
)  # fmt: skip
def test_a_strange_message_is_answered_on_the_board(content: object) -> None:
    lab = open_lab()
    lab.heard(content)
    assert lab.board.alert
    assert "broke" not in lab.board.alert
    lab.heard({"type": "ask", "question": 2})
    assert lab.board.alert == ""
    assert lab.board.state["asked"] == 2


def test_the_board_follows_the_panel_and_says_when_nothing_ran() -> None:
    lab = open_lab()
    assert "press Migrate" in lab.board.state["empty"]
    assert "press Migrate" in lab.board.static_html
    with pytest.raises(InputError, match="Migrate first"):
        _ = lab.whereabouts
    lab.handle({"type": "migrate"})
    assert lab.board.state["empty"] == ""
    assert lab.board.state["hosts"] == ["esx01", "esx02"]
    json.dumps(lab.board.state, allow_nan=False)
    lab.handle({"type": "undo"})
    assert lab.board.state["instants"], "an edit does not take the run off the board"


def test_only_a_failure_in_the_pause_counts() -> None:
    lab = open_lab()
    lab.migrate("link-down", "pre-copy")
    assert not any(reached(lab))
    lab.migrate("switch-over-slow", "checkpoint")
    assert reached(lab)[1]
    assert len(OBJECTIVES) == 2


def test_switches_that_hear_nothing_keep_the_old_port() -> None:
    frames = [row[-1] for row in unheard().rows]
    assert frames == ["esx01"] * 5
    lab = open_lab()
    lab.migrate()
    assert [row[-1] for row in lab.whereabouts.rows[-5:]] == ["esx01"] * 3 + ["esx02"] * 2
