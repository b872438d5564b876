"""Checklist, inspectors, bar and their static forms."""

from __future__ import annotations

from typing import Any

import pytest

from vmlab.documents import InputError
from vmlab.inventory import Datacenter, Edit, Move, Profile, apply, load, look_up, set_to
from vmlab.rules import MISCONFIGURATIONS, RULES, check
from vmlab.views.bar import Disturbing, bar
from vmlab.views.build import build, build_html, build_text
from vmlab.views.checklist import GROUPS, checklist, group_of
from vmlab.views.inspector import inspectors
from vmlab.views.words import key

GOOD = load("two-hosts").datacenter
MOVE = Move(vm="web01", source="esx01", destination="esx02")
PSEUDO = "@uplink_of"


def state(datacenter: Datacenter = GOOD, move: Move | None = MOVE) -> dict[str, Any]:
    return build(datacenter, move, check(datacenter, move))


def broken(name: str) -> Datacenter:
    return next(m for m in MISCONFIGURATIONS if m.name == name).datacenter()


def test_every_rule_has_its_place_in_the_order_of_the_guide() -> None:
    assert {group_of(rule) for rule in RULES} == set(GROUPS)
    groups = checklist(check(GOOD, MOVE))["groups"]
    assert [group["title"] for group in groups] == list(GROUPS)
    assert all(group["met"] == group["total"] for group in groups)


def test_the_page_stands_first_and_the_rest_is_folded() -> None:
    groups = {g["title"]: g for g in state()["checklist"]["groups"]}
    network = groups["Networking"]
    assert "matching labels" in [chip["text"] for chip in network["chips"]]
    assert len(network["folded"]) > len(network["chips"])
    assert network["met"] == len(network["chips"]) + len(network["folded"])


def test_a_breach_is_a_row_with_its_fix_and_a_count() -> None:
    checked = state(broken("unlicensed-target"))["checklist"]
    (row,) = checked["groups"][0]["rows"]
    assert row["rule"] == checked["first"] == "lic-vmotion-both-hosts"
    assert row["severity_text"] == "Error"
    assert row["facts"][0]["has_edits"]
    assert row["facts"][0]["key"] == "hosts/esx02"
    assert checked["counts"]["error"] == checked["blocking"] == 1


def test_what_shows_later_says_where_and_does_not_block() -> None:
    later = [
        m
        for m in MISCONFIGURATIONS
        if next(r for r in RULES if r.id == m.rule).phase == "connect" and not m.also
    ]
    assert later
    for misconfiguration in later:
        datacenter, move = misconfiguration.datacenter(), misconfiguration.move()
        view = build(datacenter, move, check(datacenter, move, misconfiguration.profile))
        texts = [r["severity_text"] for g in view["checklist"]["groups"] for r in g["rows"]]
        assert "Error at connect" in texts
        assert view["bar"]["migrate"]["enabled"]


def test_the_pattern_that_is_met_is_named() -> None:
    chips = [c["text"] for g in state()["checklist"]["groups"] for c in g["chips"]]
    assert any("best security" in text for text in chips)


def test_every_field_shows_what_stands_there_and_setting_it_again_changes_nothing() -> None:
    for form in inspectors(GOOD).values():
        for field in form["fields"]:
            path = tuple(field["path"])
            if field.get("rename") or path[-1] == PSEUDO or field["kind"] == "checkbox":
                continue
            value = field["value"]
            if field["kind"] == "select":
                assert value in [option[0] for option in field["options"]]
            if value in (None, ""):
                continue
            assert apply(GOOD, [Edit("set", path, value)]) == GOOD, path


def test_every_option_of_every_field_can_be_chosen() -> None:
    for form in inspectors(GOOD).values():
        for field in form["fields"]:
            path = tuple(field["path"])
            values = [o[0] for o in field.get("options", []) if o[0] != field["value"]]
            if field["kind"] == "checkbox":
                values = [field["values"][not field["value"]]]
            for value in values:
                if path[-1] != PSEUDO:
                    edit = Edit("set", path, value) if value is not None else Edit("remove", path)
                    apply(GOOD, [edit])


def test_every_part_of_the_picture_and_every_link_has_a_form() -> None:
    view = state()
    forms = view["inspectors"]
    assert {part["key"] for part in view["topology"]["parts"]} <= set(forms)
    for form in forms.values():
        links = [link["key"] for group in form["links"] for link in group["parts"]]
        assert set(links) <= set(forms)
        assert form["up"] is None or form["up"] in forms
        labels = [field["label"] for field in form["fields"]]
        assert len(set(labels)) == len(labels), "focus is kept by the label"
        for add in form["add"]:
            look_up(GOOD, tuple(add["parent"]))


def test_a_finding_is_told_where_it_can_be_mended() -> None:
    view = state(broken("disk-on-local-datastore"))
    told = [k for k, form in view["inspectors"].items() if form["findings"]]
    assert key(("vms", "web01")) in told
    fields = view["inspectors"]["vms/web01"]["fields"]
    assert [f["label"] for f in fields if "finding" in f]


def test_migrate_says_why_it_is_blocked() -> None:
    assert state()["bar"]["migrate"]["reason"] == "all clauses met"
    blocked = state(broken("unlicensed-target"))["bar"]["migrate"]
    assert blocked == {
        "enabled": False,
        "reason": "1 error to mend first",
        "tone": "error",
        "first": "lic-vmotion-both-hosts",
    }
    nothing = build(Datacenter(), None, check(Datacenter()))
    assert not nothing["bar"]["migrate"]["enabled"]


def test_hosts_offered_are_all_but_the_present_one_and_rounds_only_with_a_fault() -> None:
    checked = checklist(check(GOOD, MOVE))
    fields = {f["field"]: f for f in bar(GOOD, MOVE, checked)["fields"]}
    assert fields["to"]["options"] == [["esx02", "esx02"]]
    assert fields["strikes_in"]["disabled"]
    assert "round" not in fields
    chosen = Disturbing(fault="link-down", faults=[("link-down", "Link down")], rounds=3)
    with_fault = {f["field"]: f for f in bar(GOOD, MOVE, checked, chosen)["fields"]}
    assert [value for value, _ in with_fault["round"]["options"]] == [1, 2, 3]


@pytest.mark.parametrize("misconfiguration", MISCONFIGURATIONS, ids=lambda m: m.name)
def test_static_forms_tell_every_finding_and_are_stable(misconfiguration: Any) -> None:
    datacenter = misconfiguration.datacenter()
    report = check(datacenter, MOVE, misconfiguration.profile)
    view = build(datacenter, MOVE, report)
    text, html = build_text(view), build_html(view)
    assert len(text.split("\n")) == 1 + len(report.findings)
    for finding in report.findings:
        assert finding.message in text
    assert html == build_html(build(datacenter, MOVE, report))
    assert html.count("<li><b>") == len({finding.rule.id for finding in report.findings})
    assert "<script" not in html
    assert "<button" not in html


def test_words_of_a_learner_are_escaped() -> None:
    nasty = apply(GOOD, [set_to(("vms", "<b>&"), {"host": "esx01", "home": "san-01"})])
    html = build_html(state(nasty, Move(vm="<b>&", source="esx01", destination="esx02")))
    assert "<b>&<" not in html
    assert "&lt;b&gt;&amp;" in html


def test_every_profile_can_be_shown() -> None:
    for profile in Profile:
        assert build_text(build(GOOD, MOVE, check(GOOD, MOVE, profile))).startswith(
            "web01 to esx02"
        )


def test_a_path_in_a_name_does_not_confuse_keys() -> None:
    odd = apply(GOOD, [set_to(("physical_switches", "a/b~c"), {})])
    assert "physical_switches/a~1b~0c" in inspectors(odd)
    with pytest.raises(InputError):
        apply(GOOD, [set_to(("physical_switches", " "), {})])
