"""Copies of disks in an estimate: sizes, forms, kinds of move, what memory shares."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from vmlab.documents import InputError
from vmlab.models.case import Case, load_case
from vmlab.models.disks import DiskCopy
from vmlab.models.estimate import Estimate, estimate
from vmlab.models.storage import Clock, copy_disks, volume
from vmlab.units import BYTES_PER_GIB as GIB
from vmlab.units import BYTES_PER_MIB as MIB

DISK = {"size_gib": 40, "used_gib": 10}
WRITES = {"writes_per_s": 2560, "footprint_gib": 2}


def job(**changes: Any) -> DiskCopy:
    plain = {"disks": [DISK], "read_mib_s": 400, "write_mib_s": 200}
    return DiskCopy.model_validate(plain | changes)


def case(storage: dict[str, Any] | None = None, **changes: Any) -> Case:
    plain = {"disks": [DISK], "read_mib_s": 400, "write_mib_s": 200}
    return Case.model_validate(
        {
            "memory_mib": 1024,
            "link": {"mbit_s": 1000},
            "workload": {"uniform": {"working_set_mib": 64, "dirty_pages_per_s": 5000}},
            "storage": plain | (storage or {}),
        }
        | changes
    )


FORMS = [  # source, target, GiB read, written and sent of 40 with 10 used
    ("thin", "same", 10, 10),
    ("thin", "thin", 10, 10),
    ("thin", "lazy", 10, 10),
    ("thin", "eager", 10, 40),
    ("lazy", "same", 10, 10),
    ("lazy", "eager", 10, 40),
    ("eager", "same", 40, 40),
    ("eager", "thin", 40, 10),
]


@pytest.mark.parametrize(("source", "target", "read", "written"), FORMS)
def test_thin_and_thick(source: str, target: str, read: float, written: float) -> None:
    found = copy_disks(job(disks=[DISK | {"source": source, "target": target}]), "off")
    assert (found.read_bytes, found.written_bytes) == (read * GIB, written * GIB)
    assert found.total_s == pytest.approx(max(read * 1024 / 400, written * 1024 / 200))


def test_zeros_do_not_cross_the_network() -> None:
    """10 GiB at 1 Gbit/s is 85.9 s; 40 GiB at 200 MiB/s is 204.8 s."""
    eager = job(disks=[DISK | {"source": "eager"}], network=1000)
    found = copy_disks(eager, "off", ((0.0, 125e6),))
    assert found.sent_bytes == 10 * GIB
    assert found.total_s == pytest.approx(204.8)


def test_snapshots_and_files_are_copied_too() -> None:
    more = job(disks=[DISK | {"snapshots_gib": [3, 0.5], "target": "eager"}], files_mib=2.5)
    assert volume(more).read_bytes == 13.5 * GIB + 3 * MIB
    assert volume(more).written_bytes == 43.5 * GIB + 3 * MIB
    assert volume(job(files_mib=2.5, home_moves=False)).read_bytes == 10 * GIB


@pytest.mark.parametrize(("kib", "blocks"), [(1024, 10241), (64, 163841), (2048, 5121)])
def test_sizes_are_whole_blocks(kib: float, blocks: int) -> None:
    found = volume(job(disks=[{"size_gib": 40, "used_gib": 10 + 1e-7}], block_kib=kib))
    assert found.sent_bytes == blocks * kib * 1024


def test_nothing_to_copy() -> None:
    for nothing in (job(disks=[]), job(disks=[{"size_gib": 0}])):
        for guest in ("running", "off"):
            found = copy_disks(nothing, guest)
            assert (found.total_s, found.written_bytes, found.passes) == (0, 0, ())
        passes = nothing.model_copy(update={"method": "changed-block"})
        assert copy_disks(passes).total_s == 0


def test_one_write_changes_a_block() -> None:
    """2560 writes/s of 4 KiB on 2 GiB: 51.2 s touch all 2,048 blocks of 1 MiB, not so of 4 KiB."""
    found = copy_disks(job(method="changed-block", writes=WRITES))
    assert found.passes[1].copied_bytes == 2 * GIB
    assert (found.stopped_by, found.converged) == ("never", False)
    assert "a downtime limit of 10,240 ms would do" in found.warnings[0]
    assert copy_disks(
        job(method="changed-block", writes=WRITES), clock=Clock(downtime_limit_s=10.24)
    ).converged
    small = copy_disks(job(method="changed-block", writes=WRITES, block_kib=4))
    pages = 2**19
    touched = pages * (1 - math.exp(-2560 / pages * 51.2))
    assert small.passes[1].copied_bytes == pytest.approx(touched * 4096, abs=4096)
    assert small.converged
    assert small.mirrored_bytes == 0


def test_a_write_larger_than_a_block_changes_several() -> None:
    small = {"writes_per_s": 1, "write_kib": 4, "footprint_gib": 2}
    large = {"writes_per_s": 1, "write_kib": 64, "footprint_gib": 2}
    one, sixteen = (
        copy_disks(job(method="changed-block", block_kib=4, writes=writes)).passes[0].changed_bytes
        for writes in (small, large)
    )
    assert sixteen == pytest.approx(16 * one, rel=0.02)


def test_passes_that_are_counted_out() -> None:
    found = copy_disks(job(method="changed-block", writes=WRITES, max_passes=3))
    assert (found.stopped_by, found.converged, len(found.passes)) == ("max-rounds", False, 4)
    assert found.downtime_s == pytest.approx(10.24, rel=1e-3)


@pytest.mark.parametrize("source", ["lazy", "eager"])
def test_a_first_pass_that_is_cut_and_ended_with_the_guest_paused(source: str) -> None:
    """Whatever is read, sent and written: all of it is, once, and what changed again."""
    cut = Clock(deadline_s=20.0, stop_at_deadline=True)
    disks = [DISK | {"source": source, "target": "thin"}]
    still = copy_disks(job(method="changed-block", disks=disks), clock=cut)
    assert (still.stopped_by, len(still.passes)) == ("timeout", 2)
    assert still.written_bytes == 10 * GIB
    assert still.read_bytes == (10 if source == "lazy" else 40) * GIB
    assert still.total_s == pytest.approx(51.2 if source == "lazy" else 102.4)
    busy = copy_disks(job(method="changed-block", disks=disks, writes=WRITES), clock=cut)
    assert busy.written_bytes > still.written_bytes


def test_esx_begins_no_pause_of_more_than_100_s() -> None:
    """fsr.maxSwitchoverSeconds."""
    storage = {
        "method": "changed-block",
        "host": "stays",
        "max_passes": 1,
        "write_mib_s": 15,
        "writes": WRITES,
    }
    found = estimate(case(storage, policy={"hypervisor": "esx"}))
    assert (found.stopped_by, found.total_s, found.downtime_s) == ("timeout", None, None)
    assert found.storage
    assert "100 s" in found.storage.warnings[0]
    assert estimate(case(storage)).downtime_s == pytest.approx(2048 / 15, rel=0.01)


def test_storage_alone() -> None:
    policy = {"setup_ms": 500, "resume_ms": 40}
    found = estimate(case({"host": "stays"}, policy=policy))
    assert (found.algorithm, found.rounds, found.sent_bytes) == ("storage", (), 0)
    assert found.total_s == pytest.approx(51.2 + 0.54)
    assert found.downtime_s == pytest.approx(0.04)
    assert (found.stopped_by, found.converged) == ("downtime-limit", True)
    assert estimate(case({"host": "stays"}, link=None, policy=policy)) == found


@pytest.mark.parametrize(
    ("guest", "kind", "copied"), [("suspended", "suspended", 11), ("off", "cold", 10)]
)
def test_a_guest_that_does_not_run(guest: str, kind: str, copied: int) -> None:
    """rules.md p.184: a suspended one has its memory in a file; writes stand still."""
    found = estimate(case({"writes": WRITES, "network": 500}, guest=guest, link=None))
    assert (found.algorithm, found.stopped_by, found.converged) == (kind, "paused", True)
    assert found.total_s == found.downtime_s == pytest.approx(copied * GIB * 8 / 500e6)
    assert found.storage
    assert (found.storage.method, found.storage.sent_bytes) == ("offline", copied * GIB)
    assert found.storage.mirrored_bytes == 0


def test_a_suspended_guest_on_shared_storage_copies_nothing() -> None:
    found = estimate(case(guest="suspended", link=None).model_copy(update={"storage": None}))
    assert (found.total_s, found.storage, found.stopped_by) == (0, None, "paused")
    stays = estimate(case({"home_moves": False, "disks": []}, guest="suspended"))
    assert stays.total_s == 0


def plain(found: Estimate) -> tuple[Any, ...]:
    return (found.downtime_s, found.sent_bytes, found.rounds, found.converged, found.stopped_by)


@pytest.mark.parametrize("algorithm", ["pre-copy", "stop-and-copy", "post-copy", "hybrid"])
def test_disks_then_memory(algorithm: str) -> None:
    """Without a mirror on the link, memory does as if it were alone."""
    both = estimate(case({"writes": WRITES}, algorithm=algorithm))
    alone = estimate(case(algorithm=algorithm).model_copy(update={"storage": None}))
    assert plain(both) == plain(alone)
    assert both.storage
    assert both.storage.total_s
    assert alone.total_s
    assert both.total_s == pytest.approx(alone.total_s + both.storage.total_s)
    running = alone.total_s - (alone.downtime_s or 0) - (alone.postcopy_s or 0)
    once = copy_disks(job(writes=WRITES))
    more = both.storage.mirrored_bytes - once.mirrored_bytes
    assert more == pytest.approx(10 * MIB * running, abs=1)
    assert both.storage.written_bytes == once.written_bytes + more
    assert both.storage.sent_bytes == 0


def test_the_mirror_takes_its_part_of_the_link() -> None:
    storage = {"network": "link", "writes": WRITES}
    found = estimate(case(storage, link={"mbit_s": 1000}))
    slower = estimate(
        case(link={"mbit_s": 1000 - 10 * MIB * 8 / 1e6}).model_copy(update={"storage": None})
    )
    assert plain(found) == plain(slower)
    half = estimate(case({"network": "link", "writes": {"writes_per_s": 1e6}}))
    assert half.rounds[0].duration_s == pytest.approx(2 * 2**30 / 125e6)
    assert half.storage
    assert half.storage.guest_write_share == pytest.approx(62.5e6 / 4.096e9)
    assert "of its writes done" in half.storage.warnings[0]


def test_a_link_that_changes_meanwhile() -> None:
    """Disks end at 51.2 s; memory meets what the link is from then on."""
    profile = [[0, 1000], [52.2, 500], [60, 1000]]
    later = [[0, 1000], [1, 500], [8.8, 1000]]
    both = estimate(case(link={"profile": profile}))
    alone = estimate(case(link={"profile": later}).model_copy(update={"storage": None}))
    assert [r.duration_s for r in both.rounds] == pytest.approx(
        [r.duration_s for r in alone.rounds]
    )
    dead = estimate(case({"network": "link"}, link={"profile": [[0, 1000], [30, 0]]}))
    assert (dead.total_s, dead.stopped_by, dead.rounds) == (None, "never", ())
    assert dead.storage
    assert dead.storage.warnings == ("the network of the disks stays at 0 from 30 s on",)


@pytest.mark.parametrize(("then", "timeout"), [("abort", 20), ("stop", 20), ("stop", 55)])
def test_a_timeout_counts_from_the_command(then: str, timeout: float) -> None:
    found = estimate(case(policy={"timeout_s": timeout, "on_timeout": then}))
    assert (found.stopped_by, found.converged) == ("timeout", False)
    assert found.storage
    if then == "abort":
        assert (found.total_s, found.storage.total_s) == (None, None)
        assert found.storage.written_bytes == 4000 * MIB
    else:  # a forced stop waits for the disks, which are in step after 51.2 s
        assert found.total_s
        assert found.downtime_s
        assert found.total_s - found.downtime_s == pytest.approx(max(timeout, 51.2))


def test_the_contract() -> None:
    found = estimate(case({"writes": WRITES})).to_json()
    assert list(found["storage"]) == [
        *("method", "total_s", "downtime_s", "read_bytes", "written_bytes", "sent_bytes"),
        *("mirrored_bytes", "guest_write_share", "converged", "stopped_by", "passes", "warnings"),
    ]
    assert list(found["storage"]["passes"][0]) == [
        *("pass", "copied_bytes", "duration_s", "changed_bytes"),
    ]
    assert estimate(load_case("web-server")).to_json()["storage"] is None


@pytest.mark.parametrize(
    ("storage", "changes", "place", "words"),
    [
        ({"disks": [{"size_gib": 1, "used_gib": 2}]}, {}, "storage.disks.0", "has 1"),
        ({"writes": {"writes_per_s": 1, "footprint_gib": 11}}, {}, "storage", "hold less"),
        ({"disks": [], "writes": {"writes_per_s": 1}}, {}, "storage", "hold nothing"),
        ({"writes": {"writes_per_s": 1, "footprint_gib": 0}}, {}, "storage", "0 GiB"),
        ({"max_passes": 2}, {}, "storage", "one pass"),
        ({"method": "changed-block"}, {}, "storage", "only a mirror"),
        ({"network": "link"}, {"link": None, "guest": "off"}, "storage", "there is no link"),
        ({"network": "wire"}, {}, "storage.network", "'link'"),
        ({"read_mib_s": 0}, {}, "storage.read_mib_s", "greater than or equal"),
    ],
)  # fmt: skip
def test_what_makes_no_sense(
    storage: dict[str, Any], changes: dict[str, Any], place: str, words: str
) -> None:
    with pytest.raises(ValidationError) as caught:
        case(storage, **changes)
    assert [
        words in one["msg"] for one in caught.value.errors()
        if ".".join(map(str, one["loc"])).startswith(place)
    ][:1] == [True]  # fmt: skip


def test_a_mistake_has_its_line(tmp_path: Path) -> None:
    path = tmp_path / "case.yaml"
    path.write_text(
        "memory_mib: 9\nworkload: {uniform: {working_set_mib: 0, dirty_pages_per_s: 0}}\n"
        "guest: off\nstorage:\n  read_mib_s: 1\n  write_mib_s: 0\n  network: 1000\n"
    )
    with pytest.raises(InputError) as caught:
        load_case(path)
    assert [(p.line, p.place) for p in caught.value.problems] == [(6, ("storage", "write_mib_s"))]


gib = st.floats(0, 200)
disks = st.builds(
    lambda size, share, source, target, deltas: {
        "size_gib": size, "used_gib": size * share, "source": source, "target": target,
        "snapshots_gib": deltas,
    },
    gib, st.floats(0, 1), st.sampled_from(["thin", "lazy", "eager"]),
    st.sampled_from(["same", "thin", "lazy", "eager"]), st.lists(gib, max_size=2),
)  # fmt: skip
jobs = st.builds(
    lambda disks, block, method, read, write, same, network, rate, kib: {
        "disks": disks, "block_kib": block, "method": method, "read_mib_s": read,
        "write_mib_s": write, "same_array": same, "network": network,
        "writes": {"writes_per_s": rate if sum(d["used_gib"] for d in disks) else 0,
                   "write_kib": kib},
        "host": "stays" if method == "changed-block" else "changes",
    },
    st.lists(disks, max_size=3), st.sampled_from([4, 64, 1000.5, 1024]),
    st.sampled_from(["mirror", "changed-block"]), st.floats(0.01, 1e5), st.floats(0.01, 1e5),
    st.booleans(), st.sampled_from([None, "link", 0.5, 1e5]), st.floats(0, 1e6),
    st.floats(0.1, 5000),
)  # fmt: skip


@settings(deadline=None)
@given(jobs, st.sampled_from(["running", "suspended", "off"]))
def test_every_copy_adds_up(storage: dict[str, Any], guest: str) -> None:
    one = case(storage, guest=guest)
    found = estimate(one)
    document = json.dumps(found.to_json(), allow_nan=False)
    assert json.loads(document) == found.to_json()
    disks = found.storage
    assert disks
    whole = volume(one.storage or job(), 2**30 if guest == "suspended" else 0.0)
    copied = sum(p.copied_bytes for p in disks.passes)
    assert disks.written_bytes == copied + disks.mirrored_bytes
    assert (disks.sent_bytes > 0) <= (storage["network"] is not None)
    assert 0 <= disks.guest_write_share <= 1
    if disks.total_s is not None:  # everything is at the target, and was read but once or more
        assert copied >= whole.written_bytes
        assert disks.read_bytes >= whole.read_bytes
        assert sum(p.duration_s for p in disks.passes) == pytest.approx(disks.total_s, abs=1e-3)
        assert disks.downtime_s is not None
        assert 0 <= disks.downtime_s <= disks.total_s
    if guest == "running" and storage["method"] == "mirror":
        assert disks.total_s is not None  # a mirrored copy always ends
    if found.total_s is not None:
        assert found.total_s >= (disks.total_s or 0)
        assert (found.downtime_s == found.total_s) >= (guest != "running")
    assert repr(found) == repr(estimate(one))
    assert found._repr_html_().count("<table>") == 2
