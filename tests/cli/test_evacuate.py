"""`vmlab evacuate`: what moves where and when, what cannot, and how it ends."""

from __future__ import annotations

from pathlib import Path

import pytest

from support.command import Command
from vmlab.inventory import apply, load, set_to

KEYS = [
    "hosts", "profile", "strategy", "total_s", "moves", "stays", "waves", "links", "limits",
    "maintenance_mode", "kept_out", "down", "warnings",
]  # fmt: skip


def test_all_leave(vmlab: Command) -> None:
    answer = vmlab("evacuate", "four-hosts", "--host", "esx02")
    assert answer.code == 0
    assert "8 of 8 VMs left esx02" in answer.out
    assert "In maintenance mode: esx02" in answer.out
    again = vmlab("evacuate", "four-hosts", "--host", "esx02", "--json")
    assert again.code == 0
    assert list(again.document) == KEYS
    assert again.document["maintenance_mode"] == ["esx02"]
    assert len(again.document["moves"]) == 8
    assert again.err == ""


def test_one_cannot_and_it_is_said_why(vmlab: Command) -> None:
    answer = vmlab("evacuate", "four-hosts", "--host", "esx01")
    assert answer.code == 1
    assert "vm-host-device-connected" in answer.out
    assert "esx01 is not in maintenance mode: scan01 still runs there" in answer.out
    (stay,) = vmlab("evacuate", "four-hosts", "--host", "esx01", "--json").document["stays"]
    assert stay["vm"] == "scan01"
    assert stay["rule"] == "vm-host-device-connected"


def test_several_hosts_a_few_at_once(vmlab: Command) -> None:
    hosts = ("--host", "esx03", "--host", "esx04")
    command = ("evacuate", "four-hosts", *hosts, "--at-once", "2", "--order", "smallest", "--json")
    document = vmlab(*command).document
    assert document["hosts"] == ["esx03", "esx04"]
    assert document["strategy"] == {"at_once": 2, "order": "smallest"}
    assert {one["source"] for one in document["moves"]} == {"esx03", "esx04"}
    assert not {one["destination"] for one in document["moves"]} & {"esx03", "esx04"}
    assert len(document["waves"]) > 2


def test_the_profile_decides_how_many_run_at_once(vmlab: Command) -> None:
    ready = ("evacuate", "four-hosts", "--host", "esx03", "--json", "--profile")
    wide = vmlab(*ready, "vsphere-8.0").document
    first = [wave for wave in wide["waves"] if wave["wave"] == 1]
    assert len(first[0]["vms"]) > 2


@pytest.mark.parametrize(
    ("fault", "code", "word"),
    [
        ("web03:link-down@pre-copy+30", 0, "web03, attempt 1 to"),
        ("web03:link-down@pre-copy", 3, "rolled-back"),
        ("web03:storage-lost@clean-up", 4, "failed-after-switchover"),
        ("esx03:lost@5", 4, "Down with their host:"),
    ],
)
def test_faults(vmlab: Command, fault: str, code: int, word: str) -> None:
    answer = vmlab("evacuate", "four-hosts", "--host", "esx02", "--fault", fault)
    assert answer.code == code, answer.out + answer.err
    assert word in answer.out


def test_what_comes_after_can_be_written_and_read(vmlab: Command, tmp_path: Path) -> None:
    ready = ("evacuate", "four-hosts", "--host", "esx02", "-o", "after.yaml")
    assert vmlab(*ready).code == 0
    after = load(tmp_path / "after.yaml").datacenter
    assert after.hosts["esx02"].maintenance_mode
    assert not [vm for vm in after.vms.values() if vm.host == "esx02"]
    assert vmlab(*ready).code == 2
    assert vmlab(*ready, "--force").code == 0
    # A host in maintenance mode is no destination: the rest holds all.
    nowhere = vmlab("evacuate", "after.yaml", "--host", "esx04", "--json").document
    assert "esx02" not in {one["destination"] for one in nowhere["moves"]}


def test_a_host_that_does_not_answer_is_not_emptied(vmlab: Command, tmp_path: Path) -> None:
    scenario = load("four-hosts")
    edits = [set_to(("hosts", "esx02", "connection_state"), "not-responding")]
    silent = scenario.model_copy(update={"datacenter": apply(scenario.datacenter, edits)})
    (tmp_path / "silent.yaml").write_text(silent.to_yaml())
    answer = vmlab("evacuate", "silent.yaml", "--host", "esx02")
    assert answer.code == 1
    assert "host-connected" in answer.out


@pytest.mark.parametrize(
    ("more", "word"),
    [
        ((), "--host"),
        (("--upgrade", "cluster-09"), "'cluster-09'"),
        (("--upgrade", "cluster-01", "--host", "esx01"), "exclude each other"),
        (("--upgrade", "cluster-01", "--fault", "esx03:lost@5"), "no --fault"),
        (("--upgrade", "cluster-01", "--compare"), "--host only"),
        (("--compare",), "--host"),
        (("--host", "esx02", "--compare", "-o", "after.yaml"), "as it is"),
        (("--host", "esx09"), "'esx09'"),
        (("--host", "esx02", "--at-once", "0"), "at-once"),
        (("--host", "esx02", "--order", "alphabetical"), "alphabetical"),
        (("--host", "esx02", "--fault", "web01"), "names no fault"),
        (("--host", "esx02", "--fault", "esx03:lost@soon"), "is no time"),
        (("--host", "esx02", "--fault", "web03:gremlins"), "'gremlins'"),
        (("--host", "esx02", "--retries", "-1"), "retries"),
        (("--host", "esx02", "--profile", "vsphere-9"), "vsphere-9"),
    ],
)
def test_bad_input(vmlab: Command, more: tuple[str, ...], word: str) -> None:
    answer = vmlab("evacuate", "four-hosts", *more)
    assert answer.code == 2
    assert answer.out == ""
    assert word in answer.err


def test_a_cluster_is_upgraded_host_by_host(vmlab: Command, tmp_path: Path) -> None:
    answer = vmlab("evacuate", "four-hosts", "--upgrade", "cluster-01", "-o", "after.yaml")
    assert answer.code == 1
    assert "3 of 4 hosts upgraded" in answer.out
    assert "scan01 stays on esx01" in answer.out
    after = load(tmp_path / "after.yaml").datacenter
    assert not any(host.maintenance_mode for host in after.hosts.values())
    document = vmlab("evacuate", "four-hosts", "--upgrade", "cluster-01", "--json").document
    assert document["upgraded"] == ["esx02", "esx03", "esx04"]
    assert [one["host"] for one in document["left"]] == ["esx01"]
    assert [step["hosts"] for step in document["steps"]] == [[f"esx0{n}"] for n in range(1, 5)]


def test_strategies_are_laid_side_by_side(vmlab: Command) -> None:
    answer = vmlab("evacuate", "four-hosts", "--host", "esx03", "--compare")
    assert answer.code == 0
    assert "2 at once, smallest first" in answer.out
    assert "fleet moves at once" in answer.out
    document = vmlab("evacuate", "four-hosts", "--host", "esx03", "--compare", "--json").document
    totals = {one["strategy"]: one["total_s"] for one in document["strategies"]}
    assert totals[document["fastest"]] == min(totals.values())
    assert all(one["limited_by"] for one in document["strategies"])


def test_a_copy_that_does_not_shrink_is_told_first(vmlab: Command, tmp_path: Path) -> None:
    scenario = load("four-hosts")
    hot = {"working_set_mib": 3000, "dirty_pages_per_s": 60000}
    edits = [set_to(("vms", "vdi01", "activity"), hot)]
    busy = scenario.model_copy(update={"datacenter": apply(scenario.datacenter, edits)})
    (tmp_path / "busy.yaml").write_text(busy.to_yaml())
    answer = vmlab("evacuate", "busy.yaml", "--host", "esx04")
    assert answer.code == 3
    first = answer.out.splitlines()[0]
    assert first.startswith("Warning: vdi01 writes 234.4 MiB/s")
    assert answer.out.count("Warning: ") == 1
    (warning,) = vmlab("evacuate", "busy.yaml", "--host", "esx04", "--json").document["warnings"]
    assert warning in first


def test_no_such_file(vmlab: Command) -> None:
    assert vmlab("evacuate", "nowhere", "--host", "esx01").code == 2
