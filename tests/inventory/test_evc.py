"""The ladder of EVC modes: sequences, the 3DNow! fork, supersets, and processors on it."""

from __future__ import annotations

import itertools

import pytest
from pydantic import ValidationError

from vmlab.inventory import Cpu, CpuRequirement
from vmlab.inventory.datacenter import Cluster
from vmlab.inventory.evc import KERNEL_FEATURES, MODES, SEQUENCES, USUAL_MODE, covers

# Keys: the list that PowerCLI accepts (reference, 4.2).
INTEL = "merom penryn nehalem westmere sandybridge ivybridge haswell broadwell skylake "
INTEL += "cascadelake icelake sapphirerapids"
AMD = "rev-e rev-f greyhound-no3dnow greyhound bulldozer piledriver steamroller zen zen2 zen3 zen4"


def test_every_mode_of_both_vendors_is_on_the_ladder() -> None:
    keys = [f"intel-{name}" for name in INTEL.split()] + [f"amd-{name}" for name in AMD.split()]
    assert list(MODES) == keys
    assert [MODES[key].level for key in SEQUENCES["L"]] == [f"L{n}" for n in range(12)]


def test_amd_has_two_sequences_that_share_the_level_without_3dnow() -> None:
    assert SEQUENCES["A"][2] == SEQUENCES["B"][0] == "amd-greyhound-no3dnow"
    assert SEQUENCES["A"][-1] == "amd-greyhound"
    assert set(SEQUENCES["A"]) & set(SEQUENCES["B"]) == {"amd-greyhound-no3dnow"}
    assert set(SEQUENCES["A"]) | set(SEQUENCES["B"]) == {k for k in MODES if k.startswith("amd")}


def test_the_3dnow_fork() -> None:
    # KB 1005764: a Gen. 4 processor supports Gen. 3 without 3DNow!, but not plain Gen. 3.
    newer = SEQUENCES["B"][1:]
    assert all(covers(key, "amd-greyhound-no3dnow") for key in newer)
    assert not any(covers(key, "amd-greyhound") for key in newer)
    assert covers("amd-greyhound", "amd-greyhound-no3dnow")
    assert not covers("amd-greyhound-no3dnow", "amd-greyhound")
    assert not any(Cpu(vendor="AMD", max_evc_mode=k).supports("amd-greyhound") for k in newer)


def test_tracks_and_tiers_say_what_the_features_say() -> None:
    """The API's test looks at no bit, and comes out as if it did."""
    for one, other in itertools.product(MODES.values(), repeat=2):
        if one.vendor == other.vendor:
            assert covers(one.key, other.key) is (one.features >= other.features), one.key
        else:
            assert not covers(one.key, other.key)


@pytest.mark.parametrize("sequence", ["L", "A"])
def test_a_level_implies_the_lower_ones_of_its_sequence(sequence: str) -> None:
    for low, high in itertools.combinations(SEQUENCES[sequence], 2):
        assert covers(high, low)
        assert not covers(low, high)


def test_zen_dropped_what_bulldozer_brought() -> None:
    assert MODES["amd-bulldozer"].features >= {"XOP", "FMA4"}
    assert not MODES["amd-zen"].features & {"XOP", "FMA4", "TBM"}
    assert not covers("amd-zen", "amd-bulldozer")
    assert covers("amd-zen4", "amd-zen")


def test_what_is_recalled_is_said_to_be() -> None:
    # Only that Penryn adds SSE4.1 was found in a manual.
    assert [mode.key for mode in MODES.values() if not mode.recalled] == ["intel-penryn"]
    assert MODES["intel-penryn"].features - MODES["intel-merom"].features == {"SSE4.1"}


def test_kernel_features_are_features() -> None:
    known = frozenset().union(*(mode.features for mode in MODES.values()))
    assert known >= KERNEL_FEATURES
    assert "NX" in KERNEL_FEATURES
    assert "SSE4.1" not in KERNEL_FEATURES


def test_features_of_a_processor_follow_from_its_mode() -> None:
    assert Cpu().exposed_features == MODES[USUAL_MODE["Intel"]].features
    assert Cpu(vendor="AMD").exposed_features == MODES[USUAL_MODE["AMD"]].features
    assert "AES-NI" in Cpu(max_evc_mode="intel-westmere").exposed_features
    assert Cpu(features=("SSE3", "NX")).exposed_features == {"SSE3", "NX"}
    assert Cpu(features=("SSE3", "NX"), nx_enabled=False).exposed_features == {"SSE3"}
    assert "LM" not in Cpu(long_mode=False).exposed_features
    assert "LM" in Cpu(long_mode=False).hardware_features


def test_modes_that_a_processor_supports() -> None:
    assert Cpu().supports("intel-merom")
    assert Cpu().supports("intel-nehalem")
    assert not Cpu().supports("intel-westmere")
    assert not Cpu().supports("amd-rev-e")
    penryn = tuple(MODES["intel-penryn"].features)
    assert Cpu(features=penryn).supports("intel-penryn")
    assert not Cpu(features=penryn).supports("intel-nehalem")


def test_a_mode_that_does_not_exist_is_refused() -> None:
    for make in (
        lambda: Cpu(max_evc_mode="intel-pentium"),
        lambda: CpuRequirement(evc_mode="intel-pentium"),
        lambda: Cluster(evc_mode="intel-pentium"),
        lambda: Cluster(evc_wanted="intel-pentium"),
    ):
        with pytest.raises(ValidationError, match="intel-penryn"):
            make()
    assert Cluster(evc_mode="Intel-Merom ").evc_mode == "intel-merom"
    assert Cluster(evc_mode="").evc_mode == ""
