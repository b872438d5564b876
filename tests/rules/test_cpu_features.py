"""Vendors and features: what must be there, what must not, and who is asked."""

from __future__ import annotations

import pytest

from support.relocations import TWO_HOSTS, by_profile, findings
from vmlab.inventory import Edit, Profile, set_to
from vmlab.inventory.evc import MODES

ERROR = ["error"] * 4
RULES = ("cpu-same-vendor", "cpu-feature-missing", "cpu-user-extra", "cpu-kernel-extra")
CLUSTER = ("clusters", "cluster-01")
WEB01 = ("vms", "web01", "cpu")


def cpu(host: str, **facts: object) -> tuple[Edit, ...]:
    return tuple(set_to(("hosts", host, "cpu", name), value) for name, value in facts.items())


OLDER = cpu("esx02", max_evc_mode="intel-penryn")
NEWER = cpu("esx02", max_evc_mode="intel-westmere")
NO_CLUSTER = set_to((*CLUSTER, "hosts"), [])


def names(*edits: Edit, **asks: object) -> list[str]:
    return [rule for rule in RULES if findings(rule, *edits, **asks)]


@pytest.mark.parametrize("profile", Profile)
def test_processors_of_which_nothing_is_said_are_alike(profile: Profile) -> None:
    assert names(profile=profile, start=TWO_HOSTS) == []
    assert names(*cpu("esx01", vendor="AMD"), *cpu("esx02", vendor="AMD"), profile=profile) == []


def test_vendors_are_compared_for_what_runs_or_resumes() -> None:
    amd = cpu("esx02", vendor="AMD")
    assert names(*amd) == ["cpu-same-vendor"]
    assert names(*amd, kind="suspended") == ["cpu-same-vendor"]
    assert names(*amd, kind="both", datastore="nfs-01") == ["cpu-same-vendor"]
    assert names(*amd, kind="cold") == []
    assert names(*amd, kind="storage", datastore="nfs-01") == []
    assert by_profile("cpu-same-vendor", *amd) == ERROR


@pytest.mark.parametrize(
    ("version", "fault"),
    [("6.0", "CpuIncompatible"), ("6.5", "FeatureRequirementsNotMet")],
)
def test_the_fault_of_a_vendor_by_release(version: str, fault: str) -> None:
    edits = (*cpu("esx02", vendor="AMD"), set_to(("hosts", "esx02", "version"), version))
    (finding,) = findings("cpu-same-vendor", *edits)
    assert finding.fault is not None
    assert finding.fault.name == fault
    assert finding.fault.fields["host"] == "esx02"


def test_a_missing_feature_refuses_and_an_extra_one_too_without_evc() -> None:
    assert names(*OLDER) == ["cpu-feature-missing"]
    assert names(*NEWER) == ["cpu-user-extra"]
    assert by_profile("cpu-feature-missing", *OLDER) == ERROR
    assert by_profile("cpu-user-extra", *NEWER) == ERROR
    assert names(*OLDER, kind="suspended") == ["cpu-feature-missing"]
    assert names(*OLDER, kind="cold") == names(*NEWER, kind="cold") == []
    # Back the other way what was extra is missing.
    assert names(*cpu("esx01", max_evc_mode="intel-penryn")) == ["cpu-user-extra"]


def test_evc_makes_generations_alike() -> None:
    evc = set_to((*CLUSTER, "evc_mode"), "intel-penryn")
    assert names(*OLDER, evc) == []
    assert names(*NEWER, evc) == []
    (finding,) = findings("cpu-feature-missing", *OLDER)
    assert finding.path == (*CLUSTER, "evc_mode")
    assert finding.edits[0].value == "intel-penryn"
    (finding,) = findings("cpu-feature-missing", *OLDER, NO_CLUSTER)
    assert finding.path == ("hosts", "esx02", "cpu")
    assert finding.edits == ()


def test_the_features_are_those_of_the_power_on() -> None:
    low = tuple(MODES["intel-merom"].features)
    assert names(*OLDER, set_to((*WEB01, "features"), low)) == ["cpu-user-extra"]
    evc = set_to((*CLUSTER, "evc_mode"), "intel-penryn")
    high = tuple(MODES["intel-nehalem"].features)
    # EVC was set behind the back of a VM: it is power-cycled into the mode.
    (finding,) = findings("cpu-feature-missing", evc, set_to((*WEB01, "features"), high))
    assert finding.path == (*WEB01, "features")
    assert finding.edits[0].op == "remove"


def test_kernel_features_are_let_through_with_advice() -> None:
    without_nx = cpu("esx01", nx_enabled=False)
    assert names(*without_nx) == ["cpu-kernel-extra"]
    assert by_profile("cpu-kernel-extra", *without_nx) == ["advice"] * 4
    (finding,) = findings("cpu-kernel-extra", *without_nx)
    assert finding.fault is None
    # The way back is barred once the VM has adopted it.
    (finding,) = findings("cpu-feature-missing", *cpu("esx02", nx_enabled=False))
    assert finding.path == ("hosts", "esx02", "cpu", "nx_enabled")
    # SMEP belongs to the kernel, RDRAND to programs.
    more = (*MODES["intel-nehalem"].features, "SMEP")
    assert names(*cpu("esx02", features=more)) == ["cpu-kernel-extra"]
    assert names(*cpu("esx02", features=(*more, "RDRAND"))) == [
        "cpu-user-extra",
        "cpu-kernel-extra",
    ]


def test_the_fault_names_bits_of_its_register() -> None:
    old = (*OLDER, set_to(("hosts", "esx02", "version"), "4.0"))
    (finding,) = findings("cpu-feature-missing", *old)
    assert finding.fault is not None
    assert finding.fault.name == "CpuIncompatible1ECX"
    fields = finding.fault.fields
    # Nehalem adds SSE4.2, a named bit, and POPCNT, another.
    assert (fields["level"], fields["registerName"]) == (1, "ecx")
    assert (fields["sse42"], fields["sse41"], fields["other"], fields["otherOnly"]) == (
        True,
        False,
        True,
        False,
    )
    assert fields["desiredBits"] == "xxxx:xxxx:1xx1:xxxx:xxxx:xxxx:xxxx:xxxx"
    nx = (*cpu("esx02", nx_enabled=False), set_to(("hosts", "esx02", "version"), "4.0"))
    (finding,) = findings("cpu-feature-missing", *nx)
    assert finding.fault is not None
    assert finding.fault.name == "CpuIncompatible81EDX"
    assert [f for f in ("nx", "ffxsr", "rdtscp", "lm") if finding.fault.fields[f]] == ["nx"]
    # From 6.5 on features are told by name.
    (finding,) = findings("cpu-feature-missing", *OLDER)
    assert finding.fault is not None
    assert finding.fault.fields == {
        "featureRequirement": ["cpuid.POPCNT", "cpuid.SSE42"],
        "vm": "web01",
        "host": "esx02",
    }
