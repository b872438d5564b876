"""The catalogue: which rules there are, what each says of itself, how severe it is."""

from __future__ import annotations

import subprocess
import sys

import pytest

from vmlab.documents import InputError
from vmlab.inventory import Profile, apply, load, set_to
from vmlab.rules import MISCONFIGURATIONS, RULES, Rule, check, find_rule, request

GUIDE, V55, V67, V80 = Profile

# Id, scope, vSphere fault, phase, and whether the rule needs a move. Ids from the
# second issue; scope, fault and phase from the tables of the reference on rules,
# section 2 (a fault that it only infers is a fault here too).
FACTS: dict[str, tuple[str, str | None, str, bool]] = {
    "lic-vmotion-both-hosts": ("licence", "VMotionNotLicensed", "check", True),
    "host-connected": ("host", "HostNotConnected", "check", False),
    "host-not-in-maintenance": ("host", "InvalidHostState", "check", True),
    "vm-stable-state": ("vm", "MigrationNotReady", "check", True),
    "vm-power-state-match": ("vm", "InvalidPowerState", "check", True),
    "sto-disks-visible": ("storage", "CannotAccessVmDisk", "check", True),
    "sto-config-visible": ("storage", "CannotAccessVmConfig", "check", True),
    "sto-identity-not-name": ("storage", "CannotAccessVmDisk", "check", True),
    "host-vmotion-vmk-present": ("host", "VMotionNotConfigured", "check", True),
    "host-vmotion-vmk-ip": ("host", "VMotionNotConfigured", "check", False),
    "host-vmotion-link-up": ("host", "VMotionLinkDown", "check", False),
    "host-vmotion-link-gige": ("host", "VMotionLinkCapacityLow", "check", False),
    "host-min-two-nics": ("host", None, "check", False),
    "host-one-gige": ("host", None, "check", False),
    "host-console-kind": ("host", None, "check", False),
    "net-vmotion-same-subnet": ("network", "Timedout", "connect", True),
    "net-vmotion-vlan-match": ("network", None, "connect", True),
    "net-vmotion-duplicate-ip": ("network", None, "connect", False),
    "net-vmotion-name-match": ("network", "MismatchedVMotionNetworkNames", "check", True),
    "net-pg-label": ("network", "CannotAccessNetwork", "check", True),
    "net-vlan-behind-label": ("network", None, "check", True),
    "net-vm-subnet-reach": ("network", None, "check", True),
    "host-dedicated-vmotion-nic": ("host", None, "check", False),
    "host-dedicated-console-nic": ("host", None, "check", False),
    "host-two-nic-layout": ("host", None, "check", False),
}

# Severity under guide-4.0, vsphere-5.5, 6.7 and 8.0. An error everywhere where
# nothing else is said; "-" where the profile does not have the rule.
ELSEWHERE = {
    "host-vmotion-link-gige": "error warning warning warning",  # C1
    "host-min-two-nics": "error warning warning warning",  # C6, C17
    "host-one-gige": "error - - -",  # era 4.0 guide; C17
    "host-dedicated-vmotion-nic": "advice - - -",  # recommended, era 4.0 guide
    "host-dedicated-console-nic": "advice advice advice advice",  # era: wherever ESX is
    "host-two-nic-layout": "advice - - -",
    "net-vmotion-same-subnet": "error error - -",  # routed VMotion from 6.0 on
    "net-vmotion-name-match": "warning warning warning warning",
    "net-vlan-behind-label": "warning warning warning warning",  # C15
    "net-vm-subnet-reach": "error - - -",  # C17
}


def test_exactly_the_rules_of_the_page_in_their_order() -> None:
    assert [rule.id for rule in RULES] == list(FACTS)
    assert len(FACTS) == 25


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_what_a_rule_says_of_itself(rule: Rule) -> None:
    assert (rule.scope, rule.fault, rule.phase, rule.needs_move) == FACTS[rule.id]
    for text in (rule.title, rule.short, rule.why, rule.fix, rule.source, rule.era):
        assert text.strip() == text != ""
    assert len(rule.short.split()) <= 3
    assert rule.tier == "core"
    assert not rule.fix.endswith(".")


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_severity_by_profile(rule: Rule) -> None:
    said = ELSEWHERE.get(rule.id, "error error error error").split()
    expected = {p: s for p, s in zip(Profile, said, strict=True) if s != "-"}
    assert dict(rule.severity) == expected
    assert [p for p in Profile if rule.applies_to(p)] == list(expected)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_a_rule_as_json(rule: Rule) -> None:
    # Keys: the contract of the design, section 6.
    keys = {"rule", "tier", "scope", "era", "severity", "phase", "title", "why", "fix"}
    keys |= {"source", "recalled", "fault", "test_group"}
    assert set(rule.to_json()) == keys
    assert set(rule.to_json(V80)) == keys
    assert rule.to_json()["severity"] == {p.value: rule.severity.get(p) for p in Profile}
    assert rule.to_json(GUIDE)["severity"] == rule.severity[GUIDE]


def test_what_was_found_on_no_page_is_said_to_be_recalled() -> None:
    # Sources marked R in the reference, section 2.
    assert {rule.id for rule in RULES if rule.recalled} == {
        "host-vmotion-vmk-ip",
        "net-vmotion-vlan-match",
        "sto-identity-not-name",
    }


def test_every_rule_has_a_misconfiguration_and_every_one_a_name() -> None:
    assert {m.rule for m in MISCONFIGURATIONS} == set(FACTS)
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
