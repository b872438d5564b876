"""Judging: what the report says, when rules keep still, and that they never break."""

from __future__ import annotations

import json
from itertools import product
from typing import Any, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from support.datacenters import changed, datacenters
from vmlab.documents import InputError
from vmlab.inventory import Datacenter, Edit, Move, Profile, apply, load, remove, set_to
from vmlab.inventory.move import Kind
from vmlab.rules import Report, check, request

TWO_HOSTS = load("two-hosts").datacenter
ESXI = load("two-hosts-esxi").datacenter
MOVE = request(TWO_HOSTS, "web01", "esx02")
HOST = ("hosts", "esx02")
GROUPS = (*HOST, "port_groups")
VMK0 = (*HOST, "vmkernel_adapters", "vmk0")
NICS = (*HOST, "physical_nics")
PROFILES = st.sampled_from(list(Profile))


def judged(
    *edits: Edit,
    start: Datacenter = TWO_HOSTS,
    profile: Profile = Profile.GUIDE_40,
    kind: Any = "vmotion",
    **asks: Any,
) -> Report:
    move = Move(vm="web01", source="esx01", destination="esx02", kind=kind, **asks)
    return check(apply(start, edits), move, profile)


def ids(report: Report) -> list[str]:
    return [finding.rule.id for finding in report.findings]


def test_the_contract_of_a_check() -> None:
    # Keys and words: the design, section 6.
    data = judged(set_to((*VMK0, "vmotion"), False)).to_json()
    assert json.loads(json.dumps(data, allow_nan=False)) == data
    assert list(data) == ["ok", "profile", "move", "findings", "passed"]
    assert data["ok"] is False
    assert data["profile"] == "guide-4.0"
    assert data["move"] == {
        "vm": "web01",
        "source": "esx01",
        "destination": "esx02",
        "kind": "vmotion",
    }
    (finding,) = data["findings"]
    assert finding == {
        "rule": "host-vmotion-vmk-present",
        "severity": "error",
        "phase": "check",
        "path": ["hosts", "esx02", "vmkernel_adapters", "vmk0", "vmotion"],
        "message": "VMotion is not enabled on vmk0 of esx02",
        "fault": "VMotionNotConfigured",
        "source": finding["source"],
        "fix": "Enable VMotion on vmk0 of esx02",
        "edits": [{"op": "set", "path": [*VMK0, "vmotion"], "value": True}],
    }
    assert all(list(passed) == ["rule", "note"] for passed in data["passed"])
    assert len(data["passed"]) == 115


def test_a_check_without_a_move_says_so() -> None:
    assert check(TWO_HOSTS).to_json()["move"] is None


def test_the_words_of_a_report() -> None:
    assert repr(judged()) == "Check passes: no findings, 116 rules met"
    broken = judged(set_to((*GROUPS, "Production", "vlan"), 30))
    assert repr(broken) == "Check is refused: 1 error, 1 warning, 114 rules met"
    assert "net-vm-subnet-reach" in broken._repr_html_()
    assert list(broken.to_frame()["severity"])[:3] == ["warning", "error", "met"]


@pytest.mark.parametrize(
    ("vm", "to", "word"),
    [
        ("web09", "esx02", "Known: web01"),
        ("web01", "esx09", "Known: esx01, esx02"),
        ("web01", "esx01", "already"),
    ],
)
def test_a_move_that_cannot_be_asked_for(vm: str, to: str, word: str) -> None:
    with pytest.raises(InputError, match=word):
        request(TWO_HOSTS, vm, to)


# Rules whose condition begins with a VM that is powered on (the reference, section
# 2), and edits that break each.
RUNNING: dict[str, tuple[Edit, ...]] = {
    "lic-vmotion-both-hosts": (remove((*HOST, "licence")),),
    "host-vmotion-vmk-present": (set_to((*VMK0, "vmotion"), False),),
    "host-vmotion-link-up": (set_to((*NICS, "vmnic1", "link"), "down"),),
    "host-vmotion-link-gige": (set_to((*NICS, "vmnic1", "duplex"), "half"),),
    "net-vmotion-name-match": (
        set_to((*GROUPS, "vMotion"), {"virtual_switch": "vSwitch1", "vlan": 50}),
        set_to((*VMK0, "port_group"), "vMotion"),
    ),
}


@pytest.mark.parametrize("rule", RUNNING)
@pytest.mark.parametrize(("state", "kind"), [("off", "cold"), ("suspended", "suspended")])
def test_rules_of_running_vms_are_silent_for_others(rule: str, state: str, kind: str) -> None:
    edits = RUNNING[rule]
    assert rule in ids(judged(*edits))
    assert rule in ids(judged(*edits, kind="both"))
    power = set_to(("vms", "web01", "power_state"), state)
    assert rule not in ids(judged(*edits, power))
    assert rule not in ids(judged(*edits, power, kind=kind))
    assert rule not in ids(judged(*edits, kind="storage"))


@pytest.mark.parametrize("kind", ["cold", "suspended", "storage"])
def test_a_move_without_vmotion_asks_nothing_of_its_network(kind: str) -> None:
    broken = (
        set_to((*VMK0, "ip"), "10.0.50.11"),
        set_to((*GROUPS, "VMotion", "vlan"), 51),
        set_to(("hosts", "esx01", "vmkernel_adapters", "vmk0", "ip"), "10.0.51.0"),
        remove((*HOST, "physical_nics", "vmnic1", "cable")),
    )
    state = {"cold": "off", "suspended": "suspended", "storage": "on"}[kind]
    power = set_to(("vms", "web01", "power_state"), state)
    assert ids(judged(*broken, power, kind=kind)) == []


@pytest.mark.parametrize("profile", Profile)
def test_esxi_has_no_console_to_dedicate_an_adapter_to(profile: Profile) -> None:
    third = set_to((*NICS, "vmnic2"), {"cable": "lan"})
    assert "host-dedicated-console-nic" in ids(judged(third, profile=profile))
    as_esxi = [
        set_to((*HOST, "kind"), "ESXi"),
        set_to((*HOST, "service_console_adapters"), {}),
    ]
    assert "host-dedicated-console-nic" not in ids(judged(third, *as_esxi, profile=profile))
    console = set_to(
        (*HOST, "service_console_adapters", "vswif0"), {"port_group": "Management Network"}
    )
    report = judged(third, console, start=ESXI, profile=profile)
    assert "host-dedicated-console-nic" not in ids(report)
    assert "host-console-kind" in ids(report)


def test_licences_are_asked_of_both_hosts() -> None:
    report = judged(remove((*HOST, "licence")), remove(("hosts", "esx01", "licence")))
    assert [f.path[1] for f in report.findings] == ["esx01", "esx02"]


def test_an_uplink_that_a_port_group_was_denied() -> None:
    # The switch has an adapter; the port group's own order leaves it out.
    report = judged(set_to((*GROUPS, "VMotion", "active"), []))
    assert ids(report) == ["host-vmotion-link-up"]
    assert report.findings[0].path == (*GROUPS, "VMotion", "active")


def test_a_standby_uplink_is_enough() -> None:
    report = judged(
        set_to((*NICS, "vmnic2"), {"cable": "gig", "vlans": [50]}),
        set_to((*HOST, "virtual_switches", "vSwitch1", "standby"), ["vmnic2"]),
        set_to((*NICS, "vmnic1", "link"), "down"),
    )
    assert "host-vmotion-link-up" not in ids(report)
    assert "net-vmotion-vlan-match" not in ids(report)


SLOW = set_to((*NICS, "vmnic1", "speed_mbit_s"), 100)


@pytest.mark.parametrize(
    ("spare", "offered"),
    [
        ({"cable": "gig", "vlans": [50]}, True),
        ({"cable": "gig", "vlans": [10]}, False),  # not trunked for VMotion
        ({"cable": "lan", "vlans": [50]}, False),  # in another physical switch
        ({"cable": "gig", "vlans": [50], "duplex": "half"}, False),
        ({"cable": "gig", "vlans": [50], "link": "down"}, False),
        ({"cable": "gig", "vlans": [50], "speed_mbit_s": 100}, False),
    ],
)
def test_an_idle_adapter_is_offered_where_it_helps(spare: dict[str, Any], offered: bool) -> None:
    edits = (SLOW, set_to((*NICS, "vmnic2"), spare))
    (finding,) = [f for f in judged(*edits).findings if f.rule.id == "host-vmotion-link-gige"]
    assert bool(finding.edits) is offered
    if offered:
        after = ids(judged(*edits, *finding.edits))
        assert "host-vmotion-link-gige" not in after
        assert "net-vmotion-vlan-match" not in after


def test_a_host_without_adapters_is_offered_two() -> None:
    edits = (
        set_to((*HOST, "virtual_switches", "vSwitch0", "active"), []),
        set_to((*HOST, "virtual_switches", "vSwitch1", "active"), []),
        set_to((*HOST, "physical_nics"), {}),
    )
    (finding,) = [f for f in judged(*edits).findings if f.rule.id == "host-min-two-nics"]
    assert "host-min-two-nics" not in ids(judged(*edits, *finding.edits))


def test_masks_make_subnets_too() -> None:
    (finding,) = judged(set_to((*VMK0, "netmask"), "255.255.0.0")).findings
    assert finding.rule.id == "net-vmotion-same-subnet"
    assert "10.0.50.11/24" in finding.message
    assert "10.0.50.12/16" in finding.message


def test_a_routed_pair_needs_gateways_from_6_0_on() -> None:
    edit = set_to((*VMK0, "ip"), "10.0.51.12")
    said = {p.value: ids(judged(edit, profile=p)) for p in Profile}
    assert said == {
        "guide-4.0": ["net-vmotion-same-subnet"],
        "vsphere-5.5": ["net-vmotion-same-subnet"],
        "vsphere-6.7": ["net-vmotion-routed"],
        "vsphere-8.0": ["net-vmotion-routed"],
    }


def test_an_address_is_twice_only_where_frames_meet() -> None:
    console = ("hosts", "esx01", "service_console_adapters", "vswif0", "ip")
    # The console's VLAN and switch never meet VMotion's.
    assert ids(judged(set_to(console, "10.0.50.12"))) == []
    same_host = set_to((*HOST, "service_console_adapters", "vswif0", "ip"), "10.0.50.12")
    assert ids(judged(same_host)) == ["net-vmotion-duplicate-ip"]


def test_a_third_host_may_hold_the_address() -> None:
    third = TWO_HOSTS.hosts["esx02"].model_dump(mode="json", exclude_defaults=True)
    report = judged(set_to(("hosts", "esx03"), third))
    (finding,) = report.findings
    assert finding.rule.id == "net-vmotion-duplicate-ip"
    assert finding.path == (*VMK0, "ip")
    mended = judged(set_to(("hosts", "esx03"), third), *finding.edits)
    assert ids(mended) == []


def test_a_label_in_use_is_never_offered_for_another() -> None:
    # nic 1 finds Production; nic 2 wants a label of the same VLAN that is missing.
    edits = (
        set_to(
            ("hosts", "esx01", "port_groups", "Backup"), {"virtual_switch": "vSwitch0", "vlan": 20}
        ),
        set_to(("vms", "web01", "vnics", "nic 2"), {"port_group": "Backup"}),
    )
    (finding,) = judged(*edits).findings
    assert finding.rule.id == "net-pg-label"
    assert finding.path == GROUPS
    assert finding.edits[0].path == (*GROUPS, "Backup")
    assert ids(judged(*edits, *finding.edits)) == []


def test_a_vlan_behind_a_label_warns_under_vcenter_and_blocks_under_the_guide() -> None:
    edit = set_to((*GROUPS, "Production", "vlan"), 10)
    assert judged(edit, profile=Profile.VSPHERE_80).ok  # C15: the move succeeds
    assert not judged(edit).ok


def test_a_local_disk_is_never_shared() -> None:
    # Both hosts mount a local datastore, and nobody said that the disks differ.
    report = judged(
        set_to(("datastores", "ds1"), {"kind": "local", "mounts": {"esx01": {}, "esx02": {}}}),
        set_to(("vms", "web01", "home"), "ds1"),
    )
    (finding,) = report.findings
    assert finding.rule.id == "sto-identity-not-name"
    assert "each have their own" in finding.message
    assert finding.edits


def test_a_mount_that_is_offered_is_the_same_storage() -> None:
    edits = (
        remove(("datastores", "san-01", "mounts", "esx02")),
        set_to(("datastores", "san-01", "mounts", "esx01", "backing"), "lun-of-esx01"),
    )
    for finding in judged(*edits).findings:
        assert ids(judged(*edits, *finding.edits)) == []


@pytest.mark.parametrize("kind", ["storage", "both", "cold", "suspended"])
def test_files_that_move_need_no_shared_storage(kind: str) -> None:
    gone = remove(("datastores", "san-01", "mounts", "esx02"))
    report = judged(gone, kind=kind, datastore="iscsi-01")
    assert not [rule for rule in ids(report) if rule.startswith("sto-")]


@pytest.mark.parametrize("profile", Profile)
@pytest.mark.parametrize("kind", ["vmotion", "both", "cold", "suspended"])
def test_files_that_stay_must_be_reached_from_the_new_host(kind: str, profile: Profile) -> None:
    # The reference, section 2: a compute-only move changes the host, the files stay.
    # Section 8.1: off or suspended too it is an error if the target cannot reach all files.
    state = {"cold": "off", "suspended": "suspended"}.get(kind, "on")
    power = set_to(("vms", "web01", "power_state"), state)
    gone = remove(("datastores", "san-01", "mounts", "esx02"))
    found = [r for r in ids(judged(gone, power, kind=kind, profile=profile)) if r[:4] == "sto-"]
    assert found == ["sto-disks-visible", "sto-disks-visible", "sto-config-visible"]
    other = set_to(("datastores", "san-01", "mounts", "esx02", "backing"), "lun-another")
    found = [r for r in ids(judged(other, power, kind=kind, profile=profile)) if r[:4] == "sto-"]
    assert found == ["sto-identity-not-name"]


@pytest.mark.parametrize("kind", ["suspended", "cold"])
def test_only_vmotion_asks_for_a_gigabit_adapter(kind: str) -> None:
    slow = set_to((*NICS, "vmnic1", "speed_mbit_s"), 100)
    state = {"suspended": "suspended", "cold": "off"}[kind]
    power = set_to(("vms", "web01", "power_state"), state)
    assert "host-one-gige" in ids(judged(slow))
    report = judged(slow, power, kind=kind)
    assert "host-one-gige" not in ids(report)
    assert report.ok


def test_a_storage_move_asks_nothing_of_another_host() -> None:
    away = (
        set_to((*HOST, "connection_state"), "disconnected"),
        set_to((*HOST, "maintenance_mode"), True),
    )
    assert ids(judged(*away)) == ["host-connected", "host-not-in-maintenance"]
    assert ids(judged(*away, kind="storage")) == []
    assert ids(judged(set_to(("hosts", "esx01", "connection_state"), "disconnected"))) == [
        "host-connected"
    ]


def test_the_target_may_hold_files_of_the_vm_while_it_is_in_maintenance() -> None:
    # Only files move: the VM is no newcomer on its own host.
    edit = set_to(("hosts", "esx01", "maintenance_mode"), True)
    report = check(
        apply(load("two-hosts-vsphere-8").datacenter, [edit]),
        Move(vm="web01", source="esx01", destination="esx01", kind="storage", datastore="nfs-01"),
        Profile.VSPHERE_80,
    )
    assert ids(report) == ["host-source-maintenance-files"]


@pytest.mark.parametrize(
    ("asks", "word"),
    [
        ({"resource_pool": "gold"}, "gold"),
        ({"networks": {"nic 9": {"port_group": "Production"}}}, "nic 9"),
        ({"networks": {"nic 1": {"port_group": "Web", "distributed_switch": "dvs"}}}, "dvs"),
        ({"networks": {"nic 1": {"port_group": "Wep", "distributed_switch": "dvs-01"}}}, "Wep"),
    ],
)
def test_a_move_may_not_ask_for_what_exists_nowhere(asks: dict[str, Any], word: str) -> None:
    switch = {"members": ["esx01", "esx02"], "port_groups": {"Web": {}}}
    with pytest.raises(InputError, match=word):
        judged(set_to(("distributed_switches", "dvs-01"), switch), **asks)


def test_a_terabyte_is_told_in_digits() -> None:
    report = judged(set_to(("vms", "web01", "memory_reservation_mib"), 2**20))
    (finding,) = [f for f in report.findings if f.rule.id == "cap-dest-memory"]
    assert "1048576 MiB" in finding.message


SWITCH = (*HOST, "virtual_switches", "vSwitch1")
TWO_UPLINKS = (
    set_to((*NICS, "vmnic2"), {"speed_mbit_s": 100, "cable": "gig", "vlans": [50]}),
    set_to((*SWITCH, "active"), ["vmnic2"]),
    set_to((*SWITCH, "standby"), ["vmnic1"]),
)


@pytest.mark.parametrize("profile", Profile)
def test_a_fast_standby_uplink_does_not_make_a_slow_active_one_gigabit(profile: Profile) -> None:
    path = (*NICS, "vmnic2", "speed_mbit_s")
    report = judged(*TWO_UPLINKS, profile=profile)
    (finding,) = [f for f in report.findings if f.rule.id == "host-vmotion-link-gige"]
    assert finding.path == path
    assert finding.fault is not None
    assert finding.fault.fields == {
        "atSourceHost": False,
        "failedHost": "esx02",
        "failedHostEntity": "esx02",
        "network": "VMotion",
    }
    # The two change places.
    mended = judged(*TWO_UPLINKS, *finding.edits, profile=profile)
    assert finding.edits
    assert "host-vmotion-link-gige" not in ids(mended)
    # Where the active one is down, the standby one is used.
    down = set_to((*NICS, "vmnic2", "link"), "down")
    assert "host-vmotion-link-gige" not in ids(judged(*TWO_UPLINKS, down, profile=profile))


def test_a_standby_uplink_does_not_stand_in_for_a_trunk_that_drops_the_vlan() -> None:
    # Links are watched, not VLANs: the active uplink is up, and is used.
    edits = (
        *TWO_UPLINKS,
        set_to((*NICS, "vmnic2", "vlans"), [51]),
        set_to((*NICS, "vmnic2", "speed_mbit_s"), 1000),
    )
    (finding,) = [f for f in judged(*edits).findings if f.rule.id == "net-vmotion-vlan-match"]
    assert finding.path == (*NICS, "vmnic2", "vlans")
    assert "net-vmotion-vlan-match" not in ids(judged(*edits, *finding.edits))


@pytest.mark.parametrize(
    ("kind", "state"),
    [
        ("vmotion", "on"),
        ("storage", "on"),
        ("both", "on"),
        ("suspended", "suspended"),
        ("cold", "off"),
    ],
)
def test_each_kind_is_for_one_power_state(kind: str, state: str) -> None:
    # The guide, p. 184.
    for given_state in ("on", "off", "suspended"):
        report = judged(set_to(("vms", "web01", "power_state"), given_state), kind=kind)
        assert ("vm-power-state-match" in ids(report)) is (given_state != state)


def test_a_vm_that_is_moving_cannot_be_moved() -> None:
    under_way = set_to(
        ("moves", "web01"), {"vm": "web01", "source": "esx01", "destination": "esx02"}
    )
    (finding,) = judged(under_way).findings
    assert finding.rule.id == "vm-stable-state"
    assert finding.edits == ()


def moves(datacenter: Datacenter) -> list[Move | None]:
    kinds = get_args(Kind)
    asked = product(datacenter.vms.values(), datacenter.hosts, kinds)
    return [
        None,
        *(Move(vm=vm.name, source=vm.host, destination=to, kind=kind) for vm, to, kind in asked),
    ]


def check_everything(datacenter: Datacenter, profile: Profile) -> None:
    for move in moves(datacenter)[:40]:
        report = check(datacenter, move, profile)
        assert check(datacenter, move, profile) == report
        data = json.dumps(report.to_json(), allow_nan=False)
        assert json.loads(data)["ok"] is report.ok
        for finding in report.findings:
            # What is offered can be done, whatever else is broken.
            apply(datacenter, finding.edits)
            assert finding.severity in {"error", "warning", "advice", "queue"}


@settings(deadline=None, max_examples=60)
@given(st.data(), st.sampled_from(["two-hosts", "two-hosts-esxi"]), PROFILES)
def test_a_check_never_breaks(data: st.DataObject, scenario: str, profile: Profile) -> None:
    datacenter = data.draw(changed(load(scenario).datacenter))
    check_everything(datacenter, profile)


@settings(deadline=None, max_examples=60)
@given(datacenters(), PROFILES)
def test_a_check_never_breaks_on_any_datacenter(datacenter: Datacenter, profile: Profile) -> None:
    check_everything(datacenter, profile)


@settings(deadline=None, max_examples=60)
@given(st.data(), st.sampled_from(["two-hosts", "two-hosts-esxi"]))
def test_any_fix_that_is_offered_mends_its_own_finding(data: st.DataObject, scenario: str) -> None:
    datacenter = data.draw(changed(load(scenario).datacenter, 3))
    if "web01" not in datacenter.vms or "esx02" not in datacenter.hosts:
        return
    for finding in check(datacenter, MOVE).findings:
        if finding.edits:
            left = check(apply(datacenter, finding.edits), MOVE).findings
            assert finding not in left


def test_a_label_that_leads_to_another_physical_switch_is_told() -> None:
    # Conflict C15: labels match, the move succeeds, and the guest is cut off.
    recabled = set_to(("hosts", "esx02", "physical_nics", "vmnic0", "cable"), "gig")
    report = judged(recabled, profile=Profile.VSPHERE_80)
    assert ids(report) == ["net-vlan-behind-label"]
    assert report.ok
    (finding,) = report.findings
    assert finding.path == ("hosts", "esx02", "physical_nics", "vmnic0", "cable")
    assert ids(judged(recabled, *finding.edits, profile=Profile.VSPHERE_80)) == []


def test_a_dark_link_behind_the_label_is_told() -> None:
    dark = set_to(("hosts", "esx02", "physical_nics", "vmnic0", "link"), "down")
    assert ids(judged(dark, profile=Profile.VSPHERE_80)) == ["net-vlan-behind-label"]


def test_bare_hosts_are_not_sound_by_themselves() -> None:
    report = check(load("two-hosts-bare").datacenter)
    assert {finding.rule.id for finding in report.findings} == {"host-one-gige"}
    assert not report.ok


def test_a_move_of_what_does_not_exist_is_bad_input() -> None:
    move = Move(vm="web02", source="esx01", destination="esx03")
    with pytest.raises(InputError, match="web02") as caught:
        check(TWO_HOSTS, move)
    assert len(caught.value.problems) == 2
