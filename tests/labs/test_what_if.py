"""What if: every message gets an answer, and the answer is the models' own."""

from __future__ import annotations

import itertools
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vmlab.kernels.pages import REQUESTED, SENT
from vmlab.labs.beyond_pre_copy import START, WAYS
from vmlab.labs.what_if import CURVE_MBIT_S, WhatIf, answer, curve
from vmlab.models.estimate import estimate
from vmlab.models.film import decode
from vmlab.models.sweep_result import STOPPED_BY
from vmlab.views.knobs import KNOBS
from vmlab.views.setting import Setting
from vmlab.views.what_if import verdict, what_if, what_if_html, what_if_text


def opened() -> WhatIf:
    lab = WhatIf("Title", "lab", Setting())
    assert lab.panel.state["title"] == "Title"
    return lab


def test_a_turn_is_answered_with_the_models_own_estimate() -> None:
    lab = opened()
    view = next(one for one in lab.panel.state["knobs"] if one["name"] == "mbit_s")
    lab.handle({"type": "turn", "name": "mbit_s", "at": len(view["texts"]) - 1})
    assert lab.setting == Setting(mbit_s=100_000.0)
    assert lab.estimate == estimate(Setting(mbit_s=100_000.0).case())
    after = next(one for one in lab.panel.state["knobs"] if one["name"] == "mbit_s")
    assert after["at"] == len(view["texts"]) - 1
    assert lab.panel.alert == ""


def test_an_answer_that_changes_nothing_is_counted_too() -> None:
    lab = opened()
    for n in (1, 2):
        lab.handle({"type": "choose", "name": "algorithm", "value": "pre-copy"})
        assert lab.panel.answers == n
    lab.handle({"type": "explode"})
    assert lab.panel.answers == 3


@pytest.mark.parametrize(
    "content",
    [
        None,
        {},
        {"type": "explode"},
        {"type": "turn", "name": "mbit_s", "at": 10**6},
        {"type": "turn", "name": "mbit_s", "at": -1},
        {"type": "turn", "name": "no such knob", "at": 1},
        {"type": "turn", "name": "algorithm", "at": 0},
        {"type": "choose", "name": "algorithm", "value": "teleport"},
        {"type": "choose", "name": "mbit_s", "value": "5"},
    ],
)
def test_what_is_not_understood_is_said_and_changes_nothing(content: Any) -> None:
    lab = opened()
    lab.handle(content)
    assert lab.panel.alert
    assert lab.setting == Setting()
    lab.handle({"type": "reset"})
    assert lab.panel.alert == ""


def test_pinned_settings_are_compared() -> None:
    lab = opened()
    lab.pin()
    then = lab.estimate
    assert lab.panel.state["pinned"] == []
    lab.set(mbit_s=2000, algorithm="stop-and-copy")
    state = lab.panel.state
    assert state["pinned"] == ["Bandwidth: 1,000 Mbit/s", "Algorithm: Pre-copy"]
    assert state["pinned_rounds"] is not None
    times = {one["key"]: one["change"] for one in state["readouts"]}
    assert times["rounds"] == "pinned: 3"
    assert times["sent_bytes"] == f"{lab.estimate.sent_bytes / then.sent_bytes:.3g} × pinned"
    assert times["postcopy_stall_s"] == "", "neither has any"
    lab.unpin()
    assert lab.panel.state["pinned"] is None
    assert {one["change"] for one in lab.panel.state["readouts"]} == {""}


def test_a_pinned_figure_without_a_ratio_is_told_as_it_is() -> None:
    lab = opened()
    lab.set(mbit_s=50)
    assert lab.estimate.total_s is None
    lab.pin()
    lab.set(algorithm="post-copy")
    told = {one["key"]: one["change"] for one in lab.panel.state["readouts"]}
    assert told["total_s"] == told["downtime_s"] == told["postcopy_stall_s"] == "pinned: –"
    lab.pin()
    lab.set(algorithm="pre-copy")
    told = {one["key"]: one["change"] for one in lab.panel.state["readouts"]}
    assert told["total_s"].startswith("pinned: ")
    assert told["total_s"] != "pinned: –"


def test_a_working_set_beyond_memory_is_said_to_be_cut() -> None:
    lab = opened()
    assert not any("cut" in note for note in lab.panel.state["verdict"]["notes"])
    lab.set(working_set_mib=66_000)
    assert "The working set is cut to all that is not zero: 3,072 MiB" in repr(lab)


def test_the_wait_for_pages_is_shown_and_every_knob_is_explained() -> None:
    lab = opened()
    lab.set(algorithm="post-copy")
    shown = {one["label"]: one["text"] for one in lab.panel.state["readouts"]}
    assert shown["Waits for pages"].endswith(" s")
    for knob in lab.panel.state["knobs"]:
        assert knob["meaning"] in lab.panel.static_html.replace("&#x27;", "'")


def test_the_film_ends_with_all_of_memory_sent() -> None:
    lab = opened()
    lab.handle({"type": "film"})
    reel = dict(lab.panel.reel or {})
    frames = decode(lab.panel.film, reel["dots"])
    assert len(frames) == reel["frames"] == len(reel["seconds"]) == len(reel["rounds"])
    assert set(frames[0]) == {0}
    assert set(frames[-1]) == {1}
    lab.set(mbit_s=500)
    assert not lab.panel.reel, "another setting has another film"
    assert lab.panel.film == b""


@pytest.mark.parametrize(("name", "changes"), WAYS)
def test_each_way_beyond_pre_copy_has_its_film(name: str, changes: dict[str, Any]) -> None:
    """Films of four pages a dot: one that was asked for marks its dot."""
    lab = WhatIf("Title", "lab", replace(START, **changes))
    assert lab.panel.state["film_refusal"] == ""
    lab.handle({"type": "film"})
    assert lab.panel.alert == ""
    reel = dict(lab.panel.reel or {})
    frames = decode(lab.panel.film, reel["dots"])
    assert frames.shape == (150, 16_384)
    moved = lab.estimate.total_s is not None
    assert (frames[-1] == SENT).all() == moved
    went_ahead = name in {"post-copy", "hybrid"}
    assert reel["asks"] == (frames == REQUESTED).any() == went_ahead
    assert reel["push"] == (reel["rounds"][-1] if went_ahead else None)


def test_without_an_estimate_there_is_no_film() -> None:
    lab = WhatIf("Title", "lab", Setting(hypervisor="qemu", throttle="stun"))
    assert lab.panel.state["film_refusal"]
    lab.handle({"type": "film"})
    assert "stun is vSphere's" in lab.panel.alert
    assert not lab.panel.reel
    lab.handle({"type": "choose", "name": "throttle", "value": "none"})
    assert lab.panel.state["film_refusal"] == ""


def test_from_python_only_what_a_case_can_have() -> None:
    lab = opened()
    with pytest.raises(ValueError, match="no knob"):
        lab.set(speed=3)
    with pytest.raises(ValueError, match="mbit_s"):
        lab.set(mbit_s=-1)
    assert lab.setting == Setting()
    lab.set(dirty_pages_per_s=1234.5)
    view = next(one for one in lab.panel.state["knobs"] if one["name"] == "dirty_pages_per_s")
    assert view["text"].startswith("1,234.5 /s")


def choices() -> st.SearchStrategy[Setting]:
    fields: dict[str, st.SearchStrategy[Any]] = {}
    for knob in KNOBS:
        values: list[Any] = [value for value, _ in knob.options] or list(knob.steps)
        fields[knob.name] = st.sampled_from(values)
    return st.fixed_dictionaries(fields).map(lambda given: Setting(**given))


def test_every_way_to_stop_has_its_own_words() -> None:
    found = answer(Setting(), curved=False)
    assert found.estimate is not None
    titles = [
        verdict(replace(found, estimate=replace(found.estimate, stopped_by=word)))["title"]
        for word in STOPPED_BY
    ]
    assert len(set(titles)) == len(STOPPED_BY)


@settings(max_examples=20, deadline=None)
@given(choices(), choices())
def test_every_setting_has_an_answer_and_all_its_forms(one: Setting, other: Setting) -> None:
    now, then = answer(one), answer(other, curved=False)
    assert (now.estimate is None) == bool(now.refusal)
    view = what_if("Title", "lab", KNOBS, now, then)
    assert what_if_text(view).startswith("Title: ")
    assert "nan" not in what_if_html(view).lower().replace("finance", "")
    for chart in (view["rounds"], view["curve"]):
        for shape in chart["shapes"] if chart else ():
            if "x" in shape:
                assert -1 <= shape["x"] <= chart["width"] + 1
                assert -1 <= shape["y"] <= chart["height"] + 1


def test_every_pair_of_choices_has_words() -> None:
    names = [knob for knob in KNOBS if knob.options]
    for values in itertools.product(*([value for value, _ in knob.options] for knob in names)):
        setting = Setting(**dict(zip([k.name for k in names], values, strict=True)))  # type: ignore[arg-type]
        found = answer(setting, curved=False)
        assert found.estimate is not None or found.refusal


def test_a_curve_that_needs_very_many_rounds_begins_further_right() -> None:
    """Counted in rounds, so that it does not hang on the machine; the fast links are there."""
    busy = Setting(
        memory_mib=32768.0, nonzero_percent=50.0, working_set_mib=30.0, mbit_s=320.0,
        dirty_pages_per_s=1_600_000.0, downtime_limit_ms=1.0, hypervisor="xen",
        throttle="auto-converge", compression_ratio=8.0, delta_percent=5.0,
    )  # fmt: skip
    bound, whole = curve(busy), curve(Setting())
    assert len(bound) < len(whole) == len(CURVE_MBIT_S)
    assert [one.mbit_s for one in bound] == list(CURVE_MBIT_S[-len(bound) :])
    fastest = estimate(replace(busy, mbit_s=CURVE_MBIT_S[-1]).case())
    assert bound[-1].downtime_s == fastest.downtime_s
