"""EVC modes of VMs and clusters, hosts that join, and what stands in the way."""

from __future__ import annotations

import pytest

from support.relocations import TWO_HOSTS, by_profile, findings
from vmlab.inventory import Edit, Profile, apply, remove, set_to
from vmlab.rules import check, request

CLUSTER = ("clusters", "cluster-01")
WEB01 = ("vms", "web01", "cpu")
HOSTS = ("esx01", "esx02")
EVC_RULES = (
    "evc-single-vendor",
    "evc-active-vms",
    "evc-host-supports-mode",
    "evc-bios-features",
    "evc-add-host",
)


def mode(key: str) -> Edit:
    return set_to((*CLUSTER, "evc_mode"), key)


def wanted(key: str) -> Edit:
    return set_to((*CLUSTER, "evc_wanted"), key)


def started(key: str) -> Edit:
    return set_to((*WEB01, "evc_mode"), key)


def tops(key: str) -> tuple[Edit, ...]:
    return tuple(set_to(("hosts", host, "cpu", "max_evc_mode"), key) for host in HOSTS)


def version(said: str, *hosts: str) -> tuple[Edit, ...]:
    return tuple(set_to(("hosts", host, "version"), said) for host in hosts or HOSTS)


SANDY = tops("intel-sandybridge")
ALONE = set_to((*CLUSTER, "hosts"), ["esx02"])


def names(*edits: Edit) -> list[str]:
    return [rule for rule in EVC_RULES if findings(rule, *edits)]


def test_a_vm_started_above_the_mode_of_the_target() -> None:
    edits = (*SANDY, ALONE, mode("intel-westmere"), started("intel-sandybridge"))
    assert by_profile("cpu-evc-vm-above-cluster", *edits) == ["error"] * 4
    # Told once: not as a missing feature too.
    assert findings("cpu-feature-missing", *edits) == []
    (finding,) = findings("cpu-evc-vm-above-cluster", *edits)
    assert "AVX" in finding.message
    # The reverse direction works, and so does the way back.
    for vm in ("intel-westmere", "intel-merom"):
        assert findings("cpu-evc-vm-above-cluster", *edits[:-1], started(vm)) == []
    assert findings("cpu-evc-vm-above-cluster", *SANDY, started("intel-sandybridge")) == []
    assert findings("cpu-evc-vm-above-cluster", *edits, kind="cold") == []


def test_a_raised_mode_needs_a_power_cycle() -> None:
    raised = (mode("intel-nehalem"), started("intel-merom"))
    assert by_profile("cpu-evc-raise-needs-power-cycle", *raised) == ["advice"] * 4
    assert findings("cpu-evc-raise-needs-power-cycle", *raised, kind="cold") == []
    assert findings("cpu-evc-raise-needs-power-cycle", raised[0], started("intel-nehalem")) == []
    assert findings("cpu-evc-raise-needs-power-cycle", started("intel-merom")) == []
    assert findings("cpu-evc-raise-needs-power-cycle", raised[0]) == []
    # It needs no move.
    report = check(apply(TWO_HOSTS, raised), None, Profile.GUIDE_40)
    assert [f.rule.id for f in report.findings] == ["cpu-evc-raise-needs-power-cycle"]


def test_evc_that_suits_is_silent() -> None:
    for key in ("intel-merom", "intel-penryn", "intel-nehalem"):
        assert names(mode(key)) == []
    assert names(wanted("intel-nehalem")) == []
    # Raising is done while VMs run.
    assert names(mode("intel-merom"), wanted("intel-nehalem")) == []


def test_vendors_and_modes_of_vendors() -> None:
    amd = tuple(set_to(("hosts", host, "cpu", "vendor"), "AMD") for host in HOSTS)
    assert names(wanted("amd-greyhound")) == ["evc-single-vendor"]
    assert names(*amd, wanted("intel-nehalem")) == ["evc-single-vendor"]
    assert names(*amd, wanted("amd-greyhound")) == []
    assert names(amd[0], wanted("intel-nehalem")) == ["evc-single-vendor"]
    assert names(amd[0]) == []
    (finding,) = findings("evc-single-vendor", wanted("amd-greyhound"))
    assert finding.fault is not None
    assert finding.fault.name == "EVCModeIllegalByVendor"
    assert finding.fault.fields == {"clusterCPUVendor": "Intel", "modeCPUVendor": "AMD"}


def test_lowering_waits_for_active_vms() -> None:
    off = set_to(("vms", "web01", "power_state"), "off")
    suspended = set_to(("vms", "web01", "power_state"), "suspended")
    assert names(wanted("intel-penryn")) == ["evc-active-vms"]
    assert names(wanted("intel-penryn"), suspended) == ["evc-active-vms"]
    assert names(wanted("intel-penryn"), off) == []
    assert names(mode("intel-nehalem"), wanted("intel-penryn")) == ["evc-active-vms"]
    # The VM's own host counts, not another one.
    low = set_to(("hosts", "esx01", "cpu", "max_evc_mode"), "intel-penryn")
    assert names(low, wanted("intel-penryn")) == []
    (finding,) = findings("evc-active-vms", wanted("intel-penryn"))
    assert finding.fault is not None
    hosts = ["esx01"]
    assert finding.fault.fields == {"evcMode": "intel-penryn", "host": hosts, "hostName": hosts}


# Each of the five rules, broken in a way that leaves the pair's processors alike.
UNCONFIGURABLE = {
    "evc-single-vendor": (wanted("amd-greyhound"),),
    "evc-active-vms": (wanted("intel-penryn"),),
    "evc-host-supports-mode": (wanted("intel-westmere"),),
    "evc-bios-features": (
        set_to(("vms", "web01", "cpu", "guest_is_64bit"), False),
        set_to(("hosts", "esx02", "cpu", "virtualization_enabled"), False),
        wanted("intel-nehalem"),
    ),
    "evc-add-host": (
        set_to(("hosts", "esx03"), {"cpu": {"vendor": "AMD"}}),
        set_to((*CLUSTER, "joining"), ["esx03"]),
        mode("intel-nehalem"),
    ),
}


@pytest.mark.parametrize("rule", EVC_RULES)
@pytest.mark.parametrize("profile", Profile)
def test_evc_is_refused_when_it_is_configured_not_when_a_vm_moves(
    rule: str, profile: Profile
) -> None:
    broken = apply(TWO_HOSTS, UNCONFIGURABLE[rule])
    standing = check(broken, None, profile)
    assert rule in {finding.rule.id for finding in standing.errors}
    report = check(broken, request(broken, "web01", "esx02"), profile)
    assert report.ok, report.errors
    assert [f.severity for f in report.findings if f.rule.id == rule] == ["advice"]
    # vCenter's own answer to the move has no such fault.
    (result,) = report.to_check_result()
    assert result["error"] == []


@pytest.mark.parametrize(
    ("edits", "fault"),
    [
        ((wanted("intel-westmere"),), "EVCUnsupportedByHostHardware"),
        ((*SANDY, *version("4.1"), wanted("intel-sandybridge")), "EVCUnsupportedByHostSoftware"),
        (
            (
                set_to(("hosts", "esx01", "cpu", "max_evc_mode"), "intel-sandybridge"),
                *version("4.1"),
                wanted("intel-sandybridge"),
            ),
            "EVCModeUnsupportedByHosts",
        ),
    ],
)
def test_a_mode_that_a_host_does_not_reach(edits: tuple[Edit, ...], fault: str) -> None:
    assert names(*edits) == ["evc-host-supports-mode"]
    (finding,) = findings("evc-host-supports-mode", *edits)
    assert finding.fault is not None
    assert finding.fault.name == fault


@pytest.mark.parametrize(
    ("old", "new", "found"),
    [
        ("3.5 U2", "5.0", False), ("3.5 U1", "5.0", True),  # 4.x and 5.0
        ("6.0", "6.7", False), ("5.5", "6.7", True),  # 6.7
        ("6.5", "7.0", False), ("6.0", "8.0", True),  # 7.0
    ],
)  # fmt: skip
def test_the_oldest_host_by_release(old: str, new: str, found: bool) -> None:
    edits = (*version(old, "esx01"), *version(new, "esx02"), mode("intel-merom"))
    assert bool(findings("evc-host-supports-mode", *edits)) is found


def test_a_cluster_with_3dnow_never_takes_newer_processors() -> None:
    amd = tuple(set_to(("hosts", host, "cpu", "vendor"), "AMD") for host in HOSTS)
    newer = set_to(("hosts", "esx02", "cpu", "max_evc_mode"), "amd-bulldozer")
    assert names(*amd, newer, mode("amd-greyhound")) == ["evc-host-supports-mode"]
    assert names(*amd, newer, mode("amd-greyhound-no3dnow")) == []


def test_the_bios_may_hide_what_evc_counts_on() -> None:
    for field in ("virtualization_enabled", "nx_enabled"):
        edit = set_to(("hosts", "esx02", "cpu", field), False)
        assert names(edit, mode("intel-merom")) == ["evc-bios-features"]
        assert names(edit, wanted("intel-nehalem")) == ["evc-bios-features"]
        assert names(edit) == []
        # A model that does not reach the mode is another finding.
        assert "evc-bios-features" not in names(edit, wanted("intel-westmere"))


JOINS = (ALONE, set_to((*CLUSTER, "joining"), ["esx01"]))


def test_a_host_that_joins() -> None:
    off = set_to(("vms", "web01", "power_state"), "off")
    assert names(*JOINS, mode("intel-nehalem")) == []
    assert names(*JOINS) == []
    assert names(*JOINS, mode("intel-penryn")) == ["evc-add-host"]
    # An empty host may join, whatever it can do.
    assert findings("evc-add-host", *JOINS, mode("intel-penryn"), off, kind="cold") == []
    amd = set_to(("hosts", "esx01", "cpu", "vendor"), "AMD")
    (finding,) = findings("evc-add-host", *JOINS, mode("intel-nehalem"), amd)
    assert finding.fault is not None
    assert finding.fault.name == "EVCAdmissionFailedCPUVendor"
    away = set_to(("hosts", "esx02", "connection_state"), "disconnected")
    (finding,) = findings("evc-add-host", *JOINS, mode("intel-nehalem"), away)
    assert finding.fault is not None
    assert finding.fault.name == "DisconnectedHostsBlockingEVC"
    low = set_to(("hosts", "esx01", "cpu", "max_evc_mode"), "intel-merom")
    (finding,) = findings("evc-add-host", *JOINS, mode("intel-nehalem"), low)
    assert finding.fault is not None
    assert finding.fault.name == "EVCAdmissionFailedCPUFeaturesForMode"


def test_without_clusters_there_is_no_evc() -> None:
    assert names(remove(CLUSTER)) == []
