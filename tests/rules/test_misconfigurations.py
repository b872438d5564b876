"""Each misconfiguration yields what it declares, and the fix that is offered mends it."""

from __future__ import annotations

import json

import pytest

from vmlab.inventory import Datacenter, Profile, apply, load, look_up
from vmlab.rules import MISCONFIGURATIONS, RULES, Finding, Misconfiguration, check, request

GOOD = ("two-hosts", "two-hosts-esxi")
WITHOUT_MOVE = {rule.id for rule in RULES if not rule.needs_move}

# Breaches that nothing mechanical mends: somebody must choose an address plan, a
# place for a cable, or a layout.
BY_HAND = {
    ("no-vmkernel-adapter", "host-vmotion-vmk-present"),
    ("vmotion-switch-without-uplink", "host-vmotion-link-up"),
    ("vmotion-unplugged", "host-vmotion-link-up"),
    ("vmotion-on-the-slow-adapter", "host-vmotion-link-gige"),
    ("vmotion-on-the-slow-adapter", "host-two-nic-layout"),
    ("no-gigabit-adapter", "host-vmotion-link-gige"),
    ("no-gigabit-adapter", "host-two-nic-layout"),
    ("vmotion-shares-a-third-adapter", "host-dedicated-vmotion-nic"),
    ("console-shares-an-adapter", "host-dedicated-console-nic"),
    # Software, processors and distances are not edited away; a request is not in
    # the datacenter.
    ("host-without-vmotion", "host-vmotion-supported"),
    ("both-at-once-too-early", "xvm-capability"),
    ("another-cpu-vendor", "cpu-same-vendor"),
    ("cpu-families-of-vi3", "cpu-family-vi3"),
    ("round-the-world", "net-vmotion-rtt-150"),
    ("leased-line", "net-vmotion-bandwidth-250"),
    ("leased-line", "host-vmotion-link-gige"),
    ("evc-across-vendors", "cpu-same-vendor"),
    ("joins-evc-with-another-vendor", "cpu-same-vendor"),
    ("joins-evc-with-active-vms", "cpu-feature-missing"),
    ("name-too-long-for-files", "svm-rename-length"),
    ("large-rdm-converted", "svm-large-rdm-convert"),
    ("rdm-to-nfs", "svm-rdm-to-nfs"),
    ("another-datacenter", "net-cross-datacenter-names"),
    ("production-of-another-datacenter", "net-cross-datacenter-names"),
    ("target-left-to-chance", "xvc-explicit-target"),
}
# What a fix leaves to do: a new adapter is racked, but not yet wired.
AFTERWARDS = {
    ("one-adapter", "host-min-two-nics"): {"host-two-nic-layout"},
    ("no-gigabit-adapter", "host-one-gige"): {
        "host-vmotion-link-gige",
        "host-dedicated-console-nic",
    },
}


def found(misconfiguration: Misconfiguration, datacenter: Datacenter) -> tuple[Finding, ...]:
    return check(datacenter, misconfiguration.move(), misconfiguration.profile).findings


@pytest.mark.parametrize("profile", Profile)
@pytest.mark.parametrize("scenario", GOOD)
def test_a_good_scenario_is_silent(scenario: str, profile: Profile) -> None:
    datacenter = load(scenario).datacenter
    for to in (None, "esx02"):
        report = check(datacenter, request(datacenter, "web01", to) if to else None, profile)
        assert report.findings == ()
        assert report.ok
        expected = {r.id for r in RULES if r.applies_to(profile) and (to or not r.needs_move)}
        assert {passed.rule.id for passed in report.passed} == expected


def test_without_a_move_only_the_rules_that_need_none() -> None:
    for misconfiguration in MISCONFIGURATIONS:
        report = check(misconfiguration.datacenter(), None, misconfiguration.profile)
        assert {f.rule.id for f in report.findings} <= WITHOUT_MOVE
        assert {p.rule.id for p in report.passed} <= WITHOUT_MOVE
        expected = {(r, p) for r, p in misconfiguration.expected if r in WITHOUT_MOVE}
        assert {(f.rule.id, f.path) for f in report.findings} == expected


@pytest.mark.parametrize("misconfiguration", MISCONFIGURATIONS, ids=lambda m: m.name)
def test_exactly_what_it_declares(misconfiguration: Misconfiguration) -> None:
    findings = found(misconfiguration, misconfiguration.datacenter())
    places = [(f.rule.id, f.path) for f in findings]
    assert set(places) == misconfiguration.expected
    assert len(places) == len(set(places))


@pytest.mark.parametrize("misconfiguration", MISCONFIGURATIONS, ids=lambda m: m.name)
def test_a_finding_says_where_what_and_how(misconfiguration: Misconfiguration) -> None:
    datacenter = misconfiguration.datacenter()
    for finding in found(misconfiguration, datacenter):
        parent = finding.path if _stands(datacenter, finding.path) else finding.path[:-1]
        assert _stands(datacenter, parent), finding.path
        assert finding.message
        assert finding.fix
        assert not finding.fix.endswith(".")
        assert "None" not in finding.message + finding.fix
        json.dumps(finding.to_json(), allow_nan=False)


def _stands(datacenter: Datacenter, path: tuple[str, ...]) -> bool:
    try:
        look_up(datacenter, path)
    except KeyError:
        return False
    return True


@pytest.mark.parametrize("misconfiguration", MISCONFIGURATIONS, ids=lambda m: m.name)
def test_the_offered_edits_mend_it(misconfiguration: Misconfiguration) -> None:
    datacenter = misconfiguration.datacenter()
    for finding in found(misconfiguration, datacenter):
        key = (misconfiguration.name, finding.rule.id)
        if not finding.edits:
            assert key in BY_HAND
            continue
        assert key not in BY_HAND
        left = found(misconfiguration, apply(datacenter, finding.edits))
        assert finding.rule.id not in {f.rule.id for f in left}
        others = {rule for rule, _ in misconfiguration.expected} - {finding.rule.id}
        assert {f.rule.id for f in left} <= others | AFTERWARDS.get(key, set())


# A finding points at a symptom, its fix acts elsewhere: files move to shared storage.
ELSEWHERE = {("two-backings-local", "sto-identity-not-name")}


@pytest.mark.parametrize("misconfiguration", MISCONFIGURATIONS, ids=lambda m: m.name)
def test_edits_act_where_the_finding_points(misconfiguration: Misconfiguration) -> None:
    for finding in found(misconfiguration, misconfiguration.datacenter()):
        if not finding.edits or (misconfiguration.name, finding.rule.id) in ELSEWHERE:
            continue
        # At the place, below it, or at the mapping that holds it (a rename).
        near = [
            edit.path[: len(finding.path)] == finding.path
            or finding.path[: len(edit.path)] == edit.path
            for edit in finding.edits
        ]
        assert any(near)


@pytest.mark.parametrize("misconfiguration", MISCONFIGURATIONS, ids=lambda m: m.name)
def test_only_errors_of_the_check_refuse(misconfiguration: Misconfiguration) -> None:
    report = check(misconfiguration.datacenter(), misconfiguration.move(), misconfiguration.profile)
    blocking = [f for f in report.findings if f.severity == "error" and f.phase == "check"]
    assert list(report.errors) == blocking
    assert report.ok is not bool(blocking)


def test_what_shows_at_the_connection_lets_the_check_pass() -> None:
    connect = {"net-vmotion-same-subnet", "net-vmotion-vlan-match", "net-vmotion-duplicate-ip"}
    seen = set()
    for misconfiguration in MISCONFIGURATIONS:
        if misconfiguration.rule not in connect:
            continue
        report = check(misconfiguration.datacenter(), misconfiguration.move())
        assert report.ok
        assert [f.rule.id for f in report.at_phase("connect")] == [misconfiguration.rule]
        seen.add(misconfiguration.rule)
    assert seen == connect
