"""The catalogue: which rules there are, what each says of itself, how severe it is."""

from __future__ import annotations

import csv
import subprocess
import sys
from pathlib import Path

import pytest

from vmlab.documents import InputError
from vmlab.inventory import Profile, apply, load, set_to
from vmlab.rules import MISCONFIGURATIONS, RULES, Rule, check, find_rule, request

GUIDE, V55, V67, V80 = Profile

# Facts typed from the tables of the reference on rules, section 2: severity as it
# stands there, the first fault named (inferred ones included), and whether a
# source is marked as recalled.
with (Path(__file__).parent / "reference.csv").open(encoding="utf-8") as _stream:
    FACTS = {row["rule"]: row for row in csv.DictReader(_stream)}

# Where the severity is not the table's under every profile that has the rule.
DECIDED = {
    "host-vmotion-link-gige": "error warning warning warning",  # C1, C17
    "host-min-two-nics": "error warning warning warning",  # C6, C17
    "net-vm-subnet-reach": "error - - -",  # C17
    "sto-rdm-lun-id": "- error warning warning",  # an error up to 5.5
    "vm-vgpu-stun": "- - warning error",  # an error from 8.0 U2 on
    "cpu-config-requirements-change": "error error error error",  # a warning where storable
}
# First profile that has the rule, and last, where an era bounds them.
ERAS = {
    "4.0 guide": (GUIDE, GUIDE),
    "≤4.0": (GUIDE, GUIDE),
    "≤4.1": (GUIDE, GUIDE),
    "≤4.x": (GUIDE, GUIDE),
    "4.0": (GUIDE, GUIDE),
    "4.0 / 4.1": (GUIDE, GUIDE),
    "≤5.5": (GUIDE, V55),
    "≤5.x": (GUIDE, V55),
    "5.0–6.7": (V55, V67),
    "5.5–6.7": (V55, V67),
    "5.x–6.x": (V55, V67),
    "6.5–6.7": (V67, V67),
    "≥4.1": (V55, V80),
    "≥5.0": (V55, V80),
    "≥5.1": (V55, V80),
    "≥5.x": (V55, V80),
    "≥6.0": (V67, V80),
    "≥6.5": (V67, V80),
    "≥6.7": (V67, V80),
    "≥7.0": (V80, V80),
}
# Rules that stop where the reference's conflicts and texts say so, beyond their era.
BOUNDED = {
    "net-vds-to-vss": (V67, V67),  # C16
    "net-mac-conflict": (V67, V67),  # C16
    "cap-nic-slots": (V55, V80),
}


def test_exactly_the_rules_of_the_reference() -> None:
    assert len(RULES) == len({rule.id for rule in RULES}) == 165
    assert {rule.id for rule in RULES} == set(FACTS)
    assert sum(rule.tier == "core" for rule in RULES) == 99


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_what_a_rule_says_of_itself(rule: Rule) -> None:
    facts = FACTS[rule.id]
    assert (rule.tier, rule.scope) == (facts["tier"], facts["scope"])
    assert rule.fault == (facts["fault"] or None)
    for text in (rule.title, rule.short, rule.why, rule.fix, rule.source, rule.era):
        assert text.strip() == text != ""
    assert len(rule.short.split()) <= 4
    assert not rule.fix.endswith(".")
    assert "://" not in rule.source
    assert rule.recalled or not facts["recalled"]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_where_a_breach_shows(rule: Rule) -> None:
    said = FACTS[rule.id]["severity"]
    phase = "check"
    if "connect phase" in said:
        phase = "connect"
    elif "transfer phase" in said or "during task" in said:
        phase = "transfer"
    if rule.id == "lic-pmem-destination":
        phase = "connect"  # "not caught in the pre-check: the task fails", stages 3 to 5
    assert rule.phase == phase


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_severity_by_profile(rule: Rule) -> None:
    facts = FACTS[rule.id]
    if rule.id in DECIDED:
        words = DECIDED[rule.id].split()
        assert dict(rule.severity) == {
            p: word for p, word in zip(Profile, words, strict=True) if word != "-"
        }
        return
    assert set(rule.severity.values()) == {facts["severity"].split()[0]}
    first, last = BOUNDED.get(rule.id) or ERAS.get(facts["era"], (GUIDE, V80))
    profiles = list(Profile)
    expected = profiles[profiles.index(first) : profiles.index(last) + 1]
    if facts["era"] in ERAS or rule.id in BOUNDED:
        assert list(rule.severity) == expected
    assert [p for p in Profile if rule.applies_to(p)] == list(rule.severity)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_a_rule_as_json(rule: Rule) -> None:
    # Keys: the contract of the design, section 6.
    keys = {"rule", "tier", "scope", "era", "severity", "phase", "title", "why", "fix"}
    keys |= {"source", "recalled", "fault", "test_group"}
    assert set(rule.to_json()) == keys
    assert rule.to_json()["severity"] == {p.value: rule.severity.get(p) for p in Profile}
    for profile in rule.severity:
        assert rule.to_json(profile)["severity"] == rule.severity[profile]


def test_every_rule_has_a_misconfiguration_and_every_one_a_name() -> None:
    # cpu-cold-no-check only says which comparisons a power state spares: nothing breaks it.
    assert {m.rule for m in MISCONFIGURATIONS} == set(FACTS) - {"cpu-cold-no-check"}
    names = [m.name for m in MISCONFIGURATIONS]
    assert len(set(names)) == len(names)
    assert all(m.story.endswith(".") for m in MISCONFIGURATIONS)


def test_each_kind_of_storage_shows_that_a_name_is_only_a_name() -> None:
    kinds = {
        m.datacenter().datastores[m.path[1]].kind
        for m in MISCONFIGURATIONS
        if m.rule == "sto-identity-not-name"
    }
    assert kinds == {"FC SAN", "iSCSI", "NAS", "local"}


def test_a_rule_by_its_id() -> None:
    assert find_rule("net-pg-label").id == "net-pg-label"
    with pytest.raises(InputError, match="net-pg-label"):
        find_rule("net-pg-lable")
    with pytest.raises(InputError, match="vmlab rules"):
        find_rule("zzzzzzzz")


LABEL = ("hosts", "esx02", "port_groups", "Production")
NIC = ("vms", "web01", "vnics", "nic 1", "connected")


@pytest.mark.parametrize(
    ("connected", "severities"),
    [
        (True, ["error", "error", "error", "error"]),
        # C8 follows the API, C17 takes the guide at its word.
        (False, ["error", "warning", "warning", "warning"]),
    ],
)
def test_a_missing_label_by_connection(connected: bool, severities: list[str]) -> None:
    datacenter = load("two-hosts").datacenter
    datacenter = apply(
        datacenter,
        [
            set_to((*LABEL[:-1], "production"), {"virtual_switch": "vSwitch0", "vlan": 20}),
            set_to((*LABEL, "kind"), "vmkernel"),
            set_to(NIC, connected),
        ],
    )
    move = request(datacenter, "web01", "esx02")
    found = [check(datacenter, move, profile).findings for profile in Profile]
    labels = [[f.severity for f in fs if f.rule.id == "net-pg-label"] for fs in found]
    assert labels == [[severity] for severity in severities]


def test_rules_load_in_a_moment() -> None:
    program = (
        "import sys, vmlab.rules\n"
        "print(sorted({'numba', 'numpy', 'pandas', 'plotly', 'ipywidgets'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert (done.stdout.strip(), done.stderr) == ("[]", "")
