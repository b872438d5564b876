"""A lab behind its panel: whatever is said to it, it answers and never breaks."""

from __future__ import annotations

import json
import logging
import math
import re
import threading
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from support.learner import Learner
from vmlab.documents import InputError
from vmlab.labs import lab as lab_module
from vmlab.labs.lab import LONGEST_ALERT
from vmlab.labs.start_here import open_lab
from vmlab.labs.two_hosts import open_lab as open_bare
from vmlab.migration.faults import FAULTS
from vmlab.migration.setting import VMOTION
from vmlab.migration.stages import Stage

WEB01 = ["vms", "web01"]
NIC = ["hosts", "esx01", "physical_nics", "vmnic0"]
LONG = "a" * 1_000_000
NOT_UNDERSTOOD: list[object] = [
    None,
    7,
    "set",
    [],
    [1],
    {},
    {"type": None},
    {"type": ["set"]},
    {"type": "nope"},
    {"type": LONG},
    {"type": "set"},
    {"type": "set", "path": None},
    {"type": "set", "path": 7},
    {"type": "set", "path": []},
    {"type": "set", "path": "vms"},
    {"type": "set", "path": ["x"] * 10_000},
    {"type": "set", "path": ["vms", {"a": 1}]},
    {"type": "rename"},
    {"type": "rename", "path": WEB01},
    {"type": "rename", "path": WEB01, "name": None},
    {"type": "rename", "path": [], "name": "a"},
    {"type": "remove"},
    {"type": "remove", "path": []},
    {"type": "add"},
    {"type": "add", "what": ["disks"]},
    {"type": "add", "what": "disks", "parent": 7},
    {"type": "fix"},
    {"type": "fix", "rule": "lic-vmotion-both-hosts", "index": "x"},
    {"type": "fix", "rule": "lic-vmotion-both-hosts", "index": None},
    {"type": "choose"},
    {"type": "choose", "field": "nope", "value": 1},
    {"type": "choose", "field": "vm"},
    {"type": "choose", "field": "vm", "value": None},
    {"type": "load"},
    {"type": "load", "text": 7},
    {"type": "load", "text": "a: 1", "name": None},
]
# What is refused, and a word that helps.
REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"type": "set", "path": [*WEB01, "memory_mib"], "value": "x"}, "memory_mib"),
    ({"type": "set", "path": [*WEB01, "memory_mib"], "value": math.nan}, "finite"),
    ({"type": "set", "path": [*WEB01, "memory_mib"], "value": 1e300}, "memory_mib"),
    ({"type": "set", "path": [*WEB01, "memory_mib"], "value": "9" * 100_000}, "memory_mib"),
    ({"type": "set", "path": [*WEB01, "memory_mib"], "value": 10**12}, "25165824"),
    ({"type": "set", "path": [*WEB01, "memory_mib"], "value": [[]]}, "integer"),
    ({"type": "set", "path": [*WEB01, "activity", "working_set_mib"], "value": math.inf}, "finite"),
    ({"type": "set", "path": [*WEB01, "activity", "dirty_pages_per_s"], "value": 1e300}, "1e"),
    ({"type": "set", "path": [*WEB01, "home"], "value": "nope"}, "san-01"),
    ({"type": "set", "path": ["nope"], "value": 1}, "nowhere"),
    ({"type": "set", "path": ["@uplink_of"], "value": "vSwitch0:active"}, "adapter"),
    ({"type": "set", "path": [*NIC[:3], "nope", "@uplink_of"], "value": "x"}, "adapter"),
    ({"type": "set", "path": [*NIC, "@uplink_of"], "value": "vSwitch9:active"}, "vSwitch1:active"),
    ({"type": "set", "path": [*NIC, "@uplink_of"], "value": ["x"]}, "vSwitch1:active"),
    ({"type": "set", "path": ["vms"], "value": {"a": [[[]]]}}, "vms.a"),
    ({"type": "rename", "path": WEB01, "name": "  "}, "empty"),
    ({"type": "rename", "path": WEB01, "name": LONG}, "80 characters"),
    ({"type": "rename", "path": WEB01, "name": "a\x00b"}, "printed"),
    ({"type": "rename", "path": ["hosts", "esx01"], "name": "esx02"}, "taken"),
    ({"type": "rename", "path": ["vms", "nope"], "name": "a"}, "exist"),
    ({"type": "remove", "path": ["vms", "nope"]}, "exist"),
    ({"type": "remove", "path": ["hosts", "esx01"]}, "web01"),
    ({"type": "remove", "path": [*WEB01, "host"]}, "host"),
    ({"type": "add", "what": "nope"}, "nope"),
    ({"type": "add", "what": "disks", "parent": ["hosts", "esx01"]}, "hosts.esx01"),
    ({"type": "fix", "rule": "nope"}, "by hand"),
    ({"type": "fix", "rule": "lic-vmotion-both-hosts", "index": -1}, "by hand"),
    ({"type": "choose", "field": "fault", "value": "nope"}, "link-down"),
    ({"type": "choose", "field": "strikes_in", "value": "nope"}, "pre-copy"),
    ({"type": "choose", "field": "round", "value": 0}, "Count from 1"),
    ({"type": "choose", "field": "round", "value": "x"}, "digits"),
    ({"type": "choose", "field": "profile", "value": "x"}, "guide-4.0"),
    ({"type": "choose", "field": "seed", "value": -1}, "from 0"),
    ({"type": "choose", "field": "seed", "value": 10**30}, "from 0"),
    ({"type": "choose", "field": "vm", "value": "nope"}, "web01"),
    ({"type": "choose", "field": "to", "value": "nope"}, "esx02"),
    ({"type": "choose", "field": "to", "value": "esx01"}, "another host"),
    ({"type": "choose", "field": "kind", "value": "storage"}, "vmotion"),
    ({"type": "choose", "field": "kind", "value": "nope"}, "vmotion"),
    ({"type": "load", "text": "", "name": "my.yaml"}, "empty"),
    ({"type": "load", "text": "a: [", "name": "my.yaml"}, "line"),
    ({"type": "load", "text": "- a", "name": "my.yaml"}, "a list"),
]


def brief(content: object) -> str:
    return f"{content!r:.60}"


def is_a_sentence(alert: str) -> bool:
    """Whether a learner can read it: no name of an exception or of a Python type."""
    internal = r"Error\b|Traceback|NoneType|\btuple\b|\bdict\b|pydantic|object at 0x"
    return alert.endswith((".", "…")) and re.search(internal, alert) is None


@pytest.mark.parametrize("content", NOT_UNDERSTOOD, ids=brief)
def test_what_cannot_be_understood_is_said_so(content: object) -> None:
    learner = Learner(open_lab())
    learner.says("migrate")
    kept = learner.facts
    alert = learner.is_refused(content)
    assert "does not understand what the panel sent" in alert
    assert "Reload the page" in alert
    assert is_a_sentence(alert)
    assert learner.facts == kept


@pytest.mark.parametrize(("content", "helpful"), REFUSED, ids=brief)
def test_what_is_refused_is_answered_with_what_helps(content: dict[str, Any], helpful: str) -> None:
    learner = Learner(open_lab())
    learner.says("set", path=[*WEB01, "vcpus"], value=1)
    learner.says("undo")
    kept = learner.facts
    alert = learner.is_refused(content)
    assert helpful in alert
    assert is_a_sentence(alert)
    assert len(alert) <= LONGEST_ALERT
    assert learner.facts == kept
    assert "added" not in learner.state
    assert "renamed" not in learner.state
    # The panel still works.
    learner.says("migrate")
    assert learner.lab.panel.run is not None


def test_an_alert_is_gone_with_the_next_message() -> None:
    learner = Learner(open_lab())
    learner.is_refused({"type": "nope"})
    learner.says("dismiss")
    assert learner.facts == Learner(open_lab()).facts


@pytest.mark.parametrize("where", ["migrate", "run_view"])
def test_a_mistake_of_ours_is_shown_and_changes_nothing(
    where: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    learner = Learner(open_lab())
    kept = learner.facts

    def broken(*_: object, **__: object) -> None:
        raise KeyError("what")

    with monkeypatch.context() as patch, caplog.at_level(logging.ERROR):
        if where == "migrate":
            patch.setattr(learner.lab.session, "migrate", broken)
        else:
            patch.setattr(lab_module, where, broken)
        alert = learner.is_refused({"type": "migrate"})
    assert is_a_sentence(alert)
    assert "what" not in alert
    assert "KeyError" in caplog.text
    assert learner.facts == kept
    assert learner.told == []
    learner.says("migrate")


def test_save_downloads_what_load_reads() -> None:
    learner = Learner(open_bare())
    learner.says("fix", rule="lic-vmotion-both-hosts")
    learner.says("save")
    (told,) = learner.told
    assert (told["type"], told["name"]) == ("download", "lab.yaml")
    other = Learner(open_lab())
    before = other.lab.session.datacenter
    other.says("load", text=told["text"], name="lab.yaml")
    assert other.lab.session.datacenter == learner.lab.session.datacenter
    assert other.lab.session.wish == learner.lab.session.wish
    other.says("undo")
    assert other.lab.session.datacenter == before
    other.says("redo")
    other.says("reset")
    assert other.lab.session.datacenter == before
    other.says("undo")
    assert other.lab.session.datacenter == learner.lab.session.datacenter


def test_an_edit_takes_the_run_off_the_panel() -> None:
    learner = Learner(open_lab())
    build = learner.lab.panel.static_html, learner.lab.panel.static_text
    learner.says("migrate")
    run = learner.lab.panel.static_html, learner.lab.panel.static_text
    assert run[0] != build[0]
    assert "web01 runs on esx02" in run[1]
    learner.says("undo")
    assert learner.lab.panel.run is None
    assert learner.lab.panel.film == b""
    assert (learner.lab.panel.static_html, learner.lab.panel.static_text) == build


def test_buttons_with_nothing_to_do_do_nothing() -> None:
    learner = Learner(open_lab())
    kept = learner.facts
    for button in ("undo", "redo", "dismiss"):
        learner.says(button)
    assert learner.facts == kept


@pytest.mark.parametrize("fault", [name for name in FAULTS if FAULTS[name].stages_in(VMOTION)])
def test_every_fault_and_stage_the_bar_offers_can_be_chosen_and_run(fault: str) -> None:
    learner = Learner(open_lab())
    learner.says("choose", field="fault", value=fault)
    groups = learner.field("strikes_in")["groups"]
    for stage in [value for group in groups for value, _ in group["options"]]:
        learner.says("choose", field="fault", value=fault)
        learner.says("choose", field="strikes_in", value=stage)
        assert learner.field("strikes_in")["value"] == stage
        learner.says("migrate")
        assert learner.lab.outcome is not None
        outcome = learner.lab.outcome
        if FAULTS[fault].only_delays:
            assert outcome.outcome == "migrated" or outcome.code == "F-CONVERGE"
        else:
            assert outcome.stage == Stage(stage)
        json.dumps(learner.lab.panel.run, allow_nan=False)
        learner.says("reset")


def test_the_bar_offers_the_rounds_of_the_copy() -> None:
    learner = Learner(open_lab())
    learner.says("choose", field="fault", value="cancelled")
    learner.says("choose", field="strikes_in", value="pre-copy")
    offered = [value for value, _ in learner.field("round")["options"]]
    learner.says("migrate")
    learner.says("choose", field="fault", value="")
    whole = Learner(open_lab()).lab.migrate().estimate
    assert whole is not None
    assert offered == [one.round for one in whole.rounds[:-1]]
    learner.says("choose", field="fault", value="cancelled")
    learner.says("choose", field="round", value=2)
    assert learner.field("round")["value"] == 2
    learner.says("migrate")
    assert learner.lab.outcome is not None
    assert learner.lab.outcome.estimate is not None
    assert len(learner.lab.outcome.estimate.rounds) == 2


def test_a_fault_in_python_that_cannot_strike_changes_nothing() -> None:
    learner = Learner(open_lab())
    kept = learner.facts
    for fault, stage in (("nope", None), ("link-down", "clean-up"), ("link-down", "nope")):
        with pytest.raises(InputError, match=r"Known|It strikes in"):
            learner.lab.migrate(fault, stage)
    assert learner.facts == kept


@pytest.mark.parametrize("opened", [open_lab, open_bare])
def test_what_is_shown_without_a_kernel_is_stable_byte_for_byte(opened: Any) -> None:
    def shown() -> list[object]:
        learner = Learner(opened())
        pages = [learner.lab.panel.static_html, learner.lab.panel.static_text]
        learner.says("choose", field="fault", value="destination-lost")
        learner.says("migrate")
        return [*pages, learner.lab.panel.static_html, learner.lab.panel.static_text]

    assert shown() == shown()


def test_messages_from_many_threads_are_followed_one_by_one() -> None:
    learner = Learner(open_lab())
    each, many = 6, 8

    def work() -> None:
        for _ in range(each):
            learner.lab.handle({"type": "add", "what": "disks", "parent": WEB01})
            learner.lab.handle({"type": "set", "path": ["nope"], "value": 1})

    threads = [threading.Thread(target=work) for _ in range(many)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(learner.lab.session.datacenter.vms["web01"].disks) == 2 + each * many
    for _ in range(each * many):
        learner.says("undo")
    assert learner.facts[0] == Learner(open_lab()).facts[0]
    assert not learner.lab.session.can_undo


HOSTS = st.sampled_from(["esx01", "esx02", "esx03"])
MAPPINGS = st.sampled_from(["physical_nics", "virtual_switches", "port_groups"])
PLACES = st.one_of(
    st.sampled_from([[], WEB01, NIC, ["vms", "vm01"], [*WEB01, "disks", "disk 1"]]),
    st.tuples(st.just("hosts"), HOSTS).map(list),
    st.tuples(
        st.just("hosts"), HOSTS, MAPPINGS, st.sampled_from(["vmnic1", "vSwitch1", "VMotion"])
    ).map(list),
    st.lists(st.text(max_size=5), max_size=4),
)
VALUES = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=10), st.just({})
)
MESSAGES = st.one_of(
    st.builds(lambda path, value: {"type": "set", "path": path, "value": value}, PLACES, VALUES),
    st.builds(
        lambda key, value: {"type": "set", "path": [*WEB01, key], "value": value},
        st.sampled_from(["memory_mib", "vcpus", "power_state", "home", "host"]),
        st.sampled_from([1, 512, "off", "suspended", "on", "nfs-01", "esx01-local", "esx02", None]),
    ),
    st.builds(
        lambda path, name: {"type": "rename", "path": path, "name": name},
        PLACES,
        st.sampled_from(["a", "web01", "esx01", "esx03", ""]),
    ),
    st.builds(lambda path: {"type": "remove", "path": path}, PLACES),
    st.builds(
        lambda what, parent: {"type": "add", "what": what, "parent": parent},
        st.sampled_from(["hosts", "vms", "datastores", "disks", "port_groups", "physical_nics"]),
        PLACES,
    ),
    st.builds(
        lambda field, value: {"type": "choose", "field": field, "value": value},
        st.sampled_from(["vm", "to", "kind", "fault", "strikes_in", "round", "profile", "seed"]),
        st.one_of(
            st.sampled_from(["vm01", "esx01", "esx02", "vsphere-8.0", *FAULTS, *map(str, Stage)]),
            st.integers(-1, 5),
        ),
    ),
    st.sampled_from(
        [
            {"type": name}
            for name in ("undo", "undo", "redo", "reset", "migrate", "save", "nope", "fix")
        ]
    ),
)


@settings(max_examples=30, deadline=None)
@given(st.lists(MESSAGES, max_size=12))
def test_whatever_is_said_the_lab_keeps_its_promises(messages: list[dict[str, Any]]) -> None:
    logging.getLogger(lab_module.__name__).disabled = True
    learner = Learner(open_lab())
    session = learner.lab.session
    start = session.datacenter
    for message in messages:
        kept = learner.facts
        learner.lab.handle(message)
        json.dumps(learner.lab.panel.run, allow_nan=False)
        if learner.alert is not None:
            assert is_a_sentence(learner.alert), (message, learner.alert)
            assert "broke inside" not in learner.alert, message
            assert learner.facts == kept
        vm = session.datacenter.vms.get(session.wish.vm or "")
        assert (vm is None) == (not session.datacenter.vms)
        if vm is not None and session.wish.to is not None:
            assert session.wish.to in session.datacenter.hosts
            assert session.wish.to != vm.host
    end, steps = session.datacenter, 0
    while session.can_undo:
        learner.says("undo")
        steps += 1
    assert session.datacenter == start
    for _ in range(steps):
        learner.says("redo")
    assert session.datacenter == end
