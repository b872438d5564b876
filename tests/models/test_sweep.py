"""Sweeps say of every point what an estimate says of it, however they are run."""

from __future__ import annotations

import json
import math
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import vmlab
from vmlab.documents import InputError
from vmlab.models import sweep as module
from vmlab.models.case import Case
from vmlab.models.design import MOST_POINTS, Values, random
from vmlab.models.estimate import estimate
from vmlab.models.fields import Template, fields
from vmlab.models.many import expressible
from vmlab.models.sweep import sweep
from vmlab.models.sweep_result import RESULTS, Sweep

UNIFORM: dict[str, Any] = {
    "memory_mib": 2048,
    "nonzero_mib": 1500.3,
    "workload": {"uniform": {"working_set_mib": 300.1, "dirty_pages_per_s": 20000}},
    "link": {"mbit_s": 1000, "latency_ms": 0.3},
}
CLASSES = UNIFORM | {
    "workload": {
        "classes": [
            {"pages": 900.5, "writes_per_page_per_s": 30},
            {"pages": 20000, "writes_per_page_per_s": 0.4},
            {"pages": 90000, "writes_per_page_per_s": 0.01},
        ]
    }
}
CURVE = UNIFORM | {"workload": {"curve": {"seconds": [1, 10], "distinct_mib": [60, 200]}}}


def case(document: dict[str, Any], **policy: Any) -> Case:
    return Case.model_validate(document | {"policy": policy})


def check(base: Case, over: dict[str, Values], **how: Any) -> Sweep:
    """Every point against its own estimate."""
    found = sweep(base, over, **how)
    template = Template(base)
    for point in range(len(found)):
        values = {name: column[point] for name, column in found.inputs.items()}
        plain = {k: v.item() if isinstance(v, np.generic) else v for k, v in values.items()}
        one = estimate(template.case(plain))
        assert found.stopped_by[point] == one.stopped_by, plain
        assert found.rounds[point] == len(one.rounds), plain
        assert found.sent_bytes[point] == one.sent_bytes, plain
        assert bool(found.converged[point]) is one.converged
        for name in ("total_s", "downtime_s"):
            expected = getattr(one, name)
            value = float(found.column(name)[point])
            if expected is None:
                assert math.isnan(value)
            else:
                assert value == pytest.approx(expected, rel=1e-12, abs=0), plain
    return found


MANY: list[tuple[dict[str, Any], dict[str, Any], dict[str, Values]]] = [
    (UNIFORM, {}, {"link.mbit_s": "80:20000:40:log", "policy.hypervisor": "ideal,esx"}),
    (UNIFORM, {"setup_ms": 70, "resume_ms": 9}, {"workload.uniform.dirty_pages_per_s": "0:1e6:60"}),
    (UNIFORM, {}, {"workload.uniform.working_set_mib": "0:1500:40", "page_kib": [1, 4, 7.3, 2048]}),
    (UNIFORM, {}, {"memory_mib": "1500.3:9000:30", "nonzero_mib": [301, 900, 1500]}),
    (UNIFORM, {}, {"policy.downtime_limit_ms": "0:900:30", "policy.max_rounds": "null,1,2,5,400"}),
    (UNIFORM, {"max_bandwidth_mbit_s": 70}, {"policy.parallel": "1:9:9", "link.latency_ms": [9]}),
    (UNIFORM, {}, {"policy.max_bandwidth_mbit_s": "1:2000:30:log", "policy.resume_ms": "0:9:2"}),
    (UNIFORM, {}, {"policy.timeout_s": "0:60:25", "policy.on_timeout": "abort,stop"}),
    (CLASSES, {}, {"link.mbit_s": "80:20000:40:log", "policy.setup_ms": [0, 5]}),
    (CLASSES, {}, {"workload.classes.1.writes_per_page_per_s": "0:1:20", "page_kib": [4, 8]}),
    (CLASSES, {}, {"workload.classes.0.pages": "0:5000:30", "seed": "1,2"}),
    (
        UNIFORM | {"workload": {"zipf": {
            "working_set_mib": 256, "dirty_pages_per_s": 9000, "exponent": 1.1}}},
        {}, {"link.mbit_s": "100:9000:30:log"},
    ),
    (
        UNIFORM | {"link": {"mbit_s": 9000, "latency_ms": 5, "loss": 0.001, "nics": 2}},
        {}, {"policy.downtime_limit_ms": "1:900:20"},
    ),
    (UNIFORM | {"workload": {"classes": []}}, {}, {"link.mbit_s": "80:200:4"}),
    (UNIFORM | {"workload": {"classes": []}}, {}, {"nonzero_mib": [0, 0.001, 9]}),
]  # fmt: skip


@pytest.mark.parametrize(("document", "policy", "over"), MANY, ids=range(len(MANY)))
@pytest.mark.parametrize("fast", [True, False], ids=["lanes", "numpy"])
def test_every_point_is_its_estimate(
    document: dict[str, Any],
    policy: dict[str, Any],
    over: dict[str, Values],
    fast: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "worth_compiling", lambda points, classes: fast)
    base = case(document, **policy)
    numbers = [name for name, kind in fields(base).items() if name in over and kind != "text"]
    assert expressible(base, numbers)
    check(base, over)


ONE_BY_ONE: list[tuple[dict[str, Any], dict[str, Values]]] = [
    (CURVE, {"link.mbit_s": "100:1000:5", "policy.hypervisor": "ideal,xen"}),
    (CURVE, {"workload.curve.distinct_mib.1": "60:900:4"}),
    (UNIFORM, {"algorithm": "stop-and-copy,pre-copy,post-copy,hybrid", "link.mbit_s": "90:900:3"}),
    (UNIFORM, {"workload.uniform.order": "random,sequential", "link.mbit_s": "90:900:3"}),
    (UNIFORM, {"policy.hypervisor": "ideal,qemu", "link.mbit_s": [900, 2000]}),
    (
        UNIFORM | {"link": {"profile": [[0, 500], [9, 0], [12, 2000]]}},
        {"link.profile.2.1": "300:3000:4"},
    ),
    (UNIFORM, {"link.loss": "0:0.2:3", "link.nics": "1,2"}),
]


@pytest.mark.parametrize(("document", "over"), ONE_BY_ONE, ids=range(len(ONE_BY_ONE)))
def test_what_is_no_bare_number_is_estimated(
    document: dict[str, Any], over: dict[str, Values]
) -> None:
    check(case(document), over)


def test_a_part_that_cases_gain_is_not_overlooked() -> None:
    """Throttles, compression and the like are not bare numbers, whatever their default."""
    plain = case(UNIFORM)
    assert expressible(plain, ["link.mbit_s"])
    for policy in (
        {"throttle": {"kind": "stun"}},
        {"compression": {"ratio": 2, "bytes_per_s_per_channel": 1e9}},
        {"downtime_ramp": {"from_ms": 1, "to_ms": 9, "steps": 2, "every_s": 1}},
        {"postcopy_after_s": 3},
        {"hypervisor": "xen"},
    ):
        assert not expressible(case(UNIFORM, **policy), ["link.mbit_s"])
    assert not expressible(plain, ["policy.channels"])


def test_a_random_design_is_its_seed() -> None:
    over: dict[str, Values] = {
        "link.mbit_s": "100:9000:log",
        "policy.max_rounds": "1:6",
        "policy.hypervisor": "ideal,esx",
    }
    one, same, other = (check(case(UNIFORM), over, points=80, seed=s) for s in (4, 4, 5))
    assert one.to_frame().equals(same.to_frame())
    assert not one.to_frame().equals(other.to_frame())
    assert set(one.inputs["policy.max_rounds"]) == {1, 2, 3, 4, 5, 6}
    less = random(case(UNIFORM), {"link.mbit_s": "100:9000:log"}, 80, 4)
    np.testing.assert_array_equal(less.part(0, 80)["link.mbit_s"], one.inputs["link.mbit_s"])
    assert (one.inputs["link.mbit_s"] < 1000).mean() == pytest.approx(0.5, abs=0.2)


def test_a_grid_has_its_last_field_fastest() -> None:
    found = sweep(case(UNIFORM), {"link.mbit_s": "100:300:3", "policy.parallel": "1,2"})
    assert found.inputs["link.mbit_s"].tolist() == [100, 100, 200, 200, 300, 300]
    assert found.inputs["policy.parallel"].tolist() == [1, 2] * 3
    assert found.columns() == ["link.mbit_s", "policy.parallel", *RESULTS]


def test_memory_takes_what_is_not_zero_with_it() -> None:
    """nonzero_mib left out is all of memory, at every point."""
    small = {k: v for k, v in UNIFORM.items() if k != "nonzero_mib"}
    for document in (small, small | {"nonzero_mib": None}):
        found = check(case(document), {"memory_mib": "400:4000:10"})
        assert (found.sent_bytes > found.inputs["memory_mib"] * 2**20).all()


def test_null_follows_the_memory_of_its_own_point() -> None:
    check(case(UNIFORM), {"memory_mib": "512,700.3", "nonzero_mib": "400,null"})


def test_a_grid_that_is_too_large_is_refused_before_there_is_room_for_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("vmlab.models.design._levels", lambda *_: pytest.fail("made"))
    wide = f"1:2:{MOST_POINTS}"
    with pytest.raises(InputError, match="10,000,000,000,000,000 points"):
        sweep(case(UNIFORM), {"link.mbit_s": wide, "link.latency_ms": wide})


def test_who_stops_a_sweep_waits_for_nothing_that_is_queued(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Ctrl-C: the processes are told to drop it, and do not hear of the Ctrl-C themselves."""
    said: list[Any] = []

    class Pool:
        def __init__(self, workers: int, _: Any, first: Any, arguments: Any) -> None:
            said.append((workers, first, arguments))

        def submit(self, run: Any, task: Any) -> Any:
            return Future()

        def shutdown(self, **how: bool) -> None:
            said.append(how)

    class Future:
        def result(self) -> Any:
            raise KeyboardInterrupt

    monkeypatch.setattr(module, "ProcessPoolExecutor", Pool)
    with pytest.raises(KeyboardInterrupt):
        sweep(case(UNIFORM, hypervisor="xen"), {"link.mbit_s": f"1:2:{module.FEW + 1}"}, workers=2)
    deaf = (signal.SIGINT, signal.SIG_IGN)
    assert said == [(2, signal.signal, deaf), {"cancel_futures": True}]


@pytest.mark.parametrize(
    ("over", "said"),
    [
        ({"link.mbit_s": 5}, "there is no value"),
        (
            {"link.mbits": "1:2:3"},
            "Did you mean link.mbit_s? Known: algorithm, guest, link.latency",
        ),
        ({"workload.classes.0.pages": "1:2:3"}, "no such field"),
        ({"link.mbit_s": "1:2"}, "Write START:STOP:N"),
        ({"link.mbit_s": "1:2:0"}, "no number of points"),
        ({"link.mbit_s": "1:2:3.5"}, "no number of points"),
        ({"link.mbit_s": "a:2:3"}, "'a' is no number"),
        ({"link.mbit_s": "1:inf:3"}, "inf is not finite"),
        ({"link.mbit_s": "0:9:3:log"}, "ends above 0"),
        ({"link.mbit_s": "1:9:3:lin"}, "is no range"),
        ({"link.mbit_s": "1:9:3:log:4"}, "is no range"),
        ({"link.mbit_s": "0:9:3"}, "link.mbit_s=0: link.mbit_s: input should be greater"),
        ({"link.mbit_s": []}, "no value"),
        ({"link.mbit_s": [1, float("nan")]}, "not finite"),
        ({"policy.hypervisor": "ideal,vmx"}, "policy.hypervisor=vmx"),
        ({"policy.hypervisor": "1:2:3"}, "words, not numbers"),
        ({"policy.max_rounds": "1.5,2"}, "policy.max_rounds=1.5"),
        ({"nonzero_mib": "100:2000:9"}, "only 25,600 are not zero"),
        ({"nonzero_mib": "400:2000:9", "memory_mib": "900:4000:4"}, "but memory_mib is only 900"),
        ({"link.mbit_s": "1:2:99999", "seed": "1:2000:2000"}, f"at most {MOST_POINTS:,}"),
    ],
)
def test_bad_fields_and_ranges(over: dict[str, Values], said: str) -> None:
    with pytest.raises(InputError) as told:
        sweep(case(UNIFORM), over)
    assert said in str(told.value)


def test_a_point_in_the_middle_that_is_no_case() -> None:
    """At the corners all is well; where a large set meets little memory, it is told."""
    over: dict[str, Values] = {
        "nonzero_mib": [1500, 200, 1500],
        "workload.uniform.working_set_mib": [10, 300, 5],
    }
    with pytest.raises(InputError, match="only 51,200 are not zero"):
        sweep(case(UNIFORM), over)


@pytest.mark.parametrize("values", ["1:2:5", "1:2:log:9"])
def test_a_random_range_has_no_number_of_points(values: str) -> None:
    with pytest.raises(InputError, match="Write START:STOP,"):
        sweep(case(UNIFORM), {"link.mbit_s": values}, points=3)


def test_no_field_is_one_point() -> None:
    assert len(check(case(UNIFORM), {})) == 1


def test_progress_reaches_the_end() -> None:
    told: list[tuple[int, int]] = []
    sweep(case(CURVE), {"link.mbit_s": "100:1000:450"}, progress=lambda *point: told.append(point))
    assert told == [(200, 450), (400, 450), (450, 450)]


def test_cuts_and_threads_change_no_bit(monkeypatch: pytest.MonkeyPatch) -> None:
    over: dict[str, Values] = {
        "link.mbit_s": "80:20000:130:log",
        "workload.uniform.dirty_pages_per_s": "0:1e6:150",
    }
    monkeypatch.setattr(module, "worth_compiling", lambda points, classes: True)
    whole = sweep(case(UNIFORM), over).to_frame()
    monkeypatch.setattr(module, "MANY", 999)
    assert sweep(case(UNIFORM), over).to_frame().equals(whole)


def test_dask_and_processes_give_the_same_bits() -> None:
    """Two worker processes on this machine: bare numbers, and estimates one by one."""
    distributed = pytest.importorskip("distributed")
    many: dict[str, Values] = {"link.mbit_s": "80:20000:900:log", "policy.parallel": "1:120:120"}
    few: dict[str, Values] = {"link.mbit_s": "100:1000:500"}
    with (
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, host="127.0.0.1", dashboard_address=None
        ) as cluster,
        distributed.Client(cluster) as client,
    ):
        for base, over in ((case(UNIFORM), many), (case(CURVE), few)):
            here, there = sweep(base, over), sweep(base, over, client=client)
            assert there.to_frame().equals(here.to_frame())
    workers = sweep(case(CURVE), few, workers=2)
    assert workers.to_frame().equals(sweep(case(CURVE), few).to_frame())


def test_without_a_compiler_the_numbers_are_the_same(tmp_path: Path) -> None:
    """NumPy and plain Python in a process that has no numba: verdicts exactly, times to 1e-12."""
    code = (
        "import sys, json; sys.modules['numba'] = None\n"
        "from vmlab.models.case import Case; from vmlab.models.sweep import sweep\n"
        f"case = Case.model_validate(json.loads({json.dumps(UNIFORM)!r}))\n"
        "over = {'link.mbit_s': '80:20000:1100:log',"
        " 'workload.uniform.dirty_pages_per_s': '0:1e6:1000'}\n"
        f"sweep(case, over).to_frame().to_pickle({str(tmp_path / 'frame')!r})\n"
        "assert not [name for name in sys.modules if name.startswith('numba.')]"
    )
    subprocess.run([sys.executable, "-c", code], check=True, env=os.environ)
    over: dict[str, Values] = {
        "link.mbit_s": "80:20000:1100:log",
        "workload.uniform.dirty_pages_per_s": "0:1e6:1000",
    }
    import pandas as pd

    here, there = sweep(case(UNIFORM), over).to_frame(), pd.read_pickle(tmp_path / "frame")
    for name in here.columns.drop(["total_s", "downtime_s"]):
        assert (here[name] == there[name]).all()
    for name in ("total_s", "downtime_s"):
        np.testing.assert_allclose(there[name], here[name], rtol=1e-12)


def test_the_result_shows_itself(tmp_path: Path) -> None:
    found = vmlab.sweep(
        case(UNIFORM), {"link.mbit_s": "100:1000:4", "policy.hypervisor": "ideal,esx"}
    )
    assert repr(found) == found.summary().to_text()
    assert repr(found).splitlines()[0] == "8 points: downtime-limit 4, never 4"
    assert len(found._repr_html_()) < 2000
    frame = found.to_frame()
    assert frame.columns.tolist() == found.columns()
    assert frame["stopped_by"].tolist() == found.stopped_by.tolist()
    path = tmp_path / "out.csv"
    found.to_csv(path)
    lines = path.read_text("utf-8").splitlines()
    assert lines[0] == ",".join(found.columns())
    assert len(lines) == 9
    assert lines[1].split(",")[2:4] == ["", ""]  # it never converged
    with pytest.raises(InputError, match="it exists already"):
        found.to_csv(path)
    found.to_csv(path, force=True)
    with pytest.raises(InputError, match="cannot be written"):
        found.to_csv(tmp_path / "none" / "out.csv")
    document = json.loads(json.dumps(found.to_json(), allow_nan=False))
    assert document["points"] == 8
    assert document["columns"]["total_s"][0] is None
    assert document["columns"]["policy.hypervisor"] == ["ideal", "esx"] * 4
    assert len(found.table().rows) == 8


def test_huge_sums_of_bytes_stay_whole() -> None:
    """10,000 rounds of 10^15 bytes are more than a signed word holds."""
    huge = {
        "memory_mib": 1e9,
        "workload": {"uniform": {"working_set_mib": 1e9, "dirty_pages_per_s": 1e15}},
        "link": {"mbit_s": 1000},
    }
    found = check(case(huge, max_rounds=10_000), {"link.mbit_s": [1000, 2000]})
    assert found.sent_bytes.max() > 2**63
