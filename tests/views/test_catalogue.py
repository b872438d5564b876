"""The catalogue as data, its search, its static forms, and its widget."""

from __future__ import annotations

import json
import subprocess
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from vmlab.documents import InputError
from vmlab.inventory.profile import Profile
from vmlab.labs.catalogue import browse
from vmlab.rules.catalogue import RULES
from vmlab.rules.rule import Rule
from vmlab.views.catalogue import (
    PROFILE_WORDS,
    SCOPE_WORDS,
    SCOPES,
    by_scope,
    catalogue,
    catalogue_html,
    catalogue_text,
    find,
)
from vmlab.widgets.panel import STATIC, joined

GUIDE = Profile.GUIDE_40
SEARCHES = ("", "vlan", "network LABEL", "cannotaccess", "evc cpu", "  nfs  ", "nosuchword", "none")
ONE = "import { findRules } from %s; import fs from 'node:fs';" + (
    "const { rules, asked } = JSON.parse(fs.readFileSync(0, 'utf8'));"
    "console.log(JSON.stringify(asked.map((one) =>"
    " findRules(rules, one).here.map((rule) => rule.rule))));"
)


class Balance(HTMLParser):
    """Whether every element that is opened is closed."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:
        if tag != "br":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_scopes_and_profiles_all_have_words() -> None:
    assert set(SCOPE_WORDS) == set(SCOPES) == {rule.scope for rule in RULES}
    assert set(PROFILE_WORDS) == set(Profile)


def test_every_rule_is_a_page_with_all_that_a_reader_asks_for() -> None:
    view: dict[str, Any] = catalogue(RULES)
    assert json.loads(json.dumps(view, allow_nan=False)) == view
    pages = view["rules"]
    assert sorted(page["rule"] for page in pages) == sorted(rule.id for rule in RULES)
    assert [page["scope"] for page in pages] == sorted(
        (page["scope"] for page in pages), key=SCOPES.index
    )
    for page in pages:
        for key in ("title", "short", "why", "fix", "source", "shows", "era", "tier", "test_group"):
            assert page[key], (page["rule"], key)
        assert list(page["severity"]) == [value for value, _ in view["profiles"]]
        assert page["milder"] is None or list(page["milder"]) == list(page["severity"])


def test_a_search_and_filters_leave_what_answers_to_all() -> None:
    assert find(RULES) == [rule for _, own in by_scope(RULES) for rule in own]
    assert {rule.id for rule in find(RULES, "CANNOTACCESSNETWORK")} == {
        rule.id for rule in RULES if rule.fault and "cannotaccessnetwork" in rule.fault.lower()
    }
    found = find(RULES, profile=GUIDE, severity="advice", scope="host")
    assert found == [r for r in RULES if r.scope == "host" and r.severity.get(GUIDE) == "advice"]
    assert find(RULES, "nosuchword") == []


@pytest.mark.node
def test_the_browser_finds_what_python_finds(node_path: str, tmp_path: Path) -> None:
    asked = [{"search": search, "profile": p.value} for search in SEARCHES for p in Profile]
    asked += [{"profile": "vsphere-6.7", "severity": "warning", "scope": s} for s in SCOPES]
    script = tmp_path / "ask.mjs"
    script.write_text(ONE % json.dumps((STATIC / "catalogue-find.mjs").as_uri()))
    run = subprocess.run(
        [node_path, script],
        input=json.dumps({"rules": catalogue(RULES)["rules"], "asked": asked}),
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert run.returncode == 0, run.stderr
    for one, ids in zip(asked, json.loads(run.stdout), strict=True):
        options: dict[str, Any] = {**one, "profile": Profile(one["profile"])}
        assert ids == [rule.id for rule in find(RULES, **options)], one


def test_the_text_names_every_rule_under_its_scope() -> None:
    lines = catalogue_text(RULES, GUIDE).splitlines()
    having = sum(rule.applies_to(GUIDE) for rule in RULES)
    assert lines[0].startswith(f"{len(RULES)} rules, Guide 4.0 has {having}: Error ")
    assert sum(line.startswith("  ") for line in lines) == len(RULES)
    assert [line.split(" (")[0] for line in lines[1:] if line[0] != " "] == [
        SCOPE_WORDS[scope] for scope in SCOPES
    ]
    lacking = next(rule for rule in RULES if not rule.applies_to(GUIDE))
    assert f"  –        {lacking.title} ({lacking.id})" in lines


@pytest.mark.parametrize("rules", [RULES, RULES[:1], ()], ids=["all", "one", "none"])
def test_the_html_is_whole_stable_and_of_moderate_size(rules: tuple[Rule, ...]) -> None:
    html = catalogue_html(rules, GUIDE)
    assert html == catalogue_html(tuple(rules), GUIDE)
    assert len(html.encode()) < 1024 + 800 * len(rules)
    balance = Balance()
    balance.feed(html)
    assert balance.open == []
    assert html.count("(recalled, found on no page)") == sum(rule.recalled for rule in rules)
    assert all(f"<code>{rule.id}</code>" in html for rule in rules)
    assert "<script" not in html


def test_a_widget_stands_beside_its_text_and_its_html() -> None:
    table = browse("vsphere-8.0", search="evc")
    made = table._repr_mimebundle_()
    assert made is not None
    data, _ = made
    found = find(RULES, "evc")
    assert repr(table) == data["text/plain"] == catalogue_text(found, Profile.VSPHERE_80)
    assert data["text/html"] == catalogue_html(found, Profile.VSPHERE_80)
    assert "application/vnd.jupyter.widget-view+json" in data
    assert (table.profile, table.search) == ("vsphere-8.0", "evc")
    table.profile = "guide-4.0"
    assert repr(table) == catalogue_text(found, GUIDE)


def test_an_unknown_profile_is_answered_with_the_known() -> None:
    with pytest.raises(InputError, match=r"vsphere-6\.7"):
        browse("vsphere-9")


@pytest.mark.node
def test_the_widget_is_one_module_that_parses(node_path: str, tmp_path: Path) -> None:
    module = tmp_path / "catalogue.mjs"
    module.write_text(joined(STATIC / "catalogue.mjs"), encoding="utf-8")
    run = subprocess.run([node_path, "--check", module], capture_output=True, text=True, timeout=60)
    assert run.returncode == 0, run.stderr
    assert "import " not in module.read_text(encoding="utf-8").replace("// ", "")
