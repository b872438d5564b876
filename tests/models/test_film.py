"""The film agrees with the estimate, ends as it must, and is the same however it is computed."""

from __future__ import annotations

import hashlib
import itertools
import math
import os
import subprocess
import sys
from typing import Any

import numpy as np
import pytest

from vmlab.models.case import Case, load_case
from vmlab.models.estimate import estimate
from vmlab.models.film import MOST_PAGES, Film, decode, record
from vmlab.models.pagerun import Run


def case(**changes: Any) -> Case:
    return Case.model_validate(
        {
            "memory_mib": 256,
            "nonzero_mib": 200,
            "workload": {"uniform": {"working_set_mib": 64, "dirty_pages_per_s": 5000}},
            "link": {"mbit_s": 400},
        }
        | changes
    )


ENDLESS = {"uniform": {"working_set_mib": 128, "dirty_pages_per_s": 90_000}}


def check(film: Film, pages: int) -> None:
    """What holds of every film."""
    assert film.frames.dtype == np.uint8
    assert set(np.unique(film.frames)) <= {0, 1, 2}
    assert (film.counts.sum(axis=1) == pages).all()
    assert (np.diff(film.seconds) >= 0).all()
    assert (np.diff(film.rounds) >= 0).all()
    assert (np.diff(film.counts[:, 0]) <= 0).all()
    assert (decode(film.encode(), film.frames.shape[1]) == film.frames).all()


def test_a_success_ends_with_everything_sent() -> None:
    film = record(case())
    check(film, 65_536)
    assert film.moved
    assert film.frames.shape == (250, 65_536)
    assert (film.frames[0] == 0).all()
    assert (film.frames[-1] == 1).all()
    assert film.counts[-1].tolist() == [0, 65_536, 0]
    assert film.rounds[-1] == len(film.passes)
    assert film.passes[-1].paused
    assert (film.frames == 2).any()


def test_one_page_a_dot_counts_as_the_frames_do() -> None:
    film = record(case(), frames=60)
    assert film.pages_per_dot == 1
    for value in range(3):
        assert ((film.frames == value).sum(axis=1) == film.counts[:, value]).all()


def test_passes_follow_the_bytes() -> None:
    film, now = record(case()), 0.0
    for one, after in zip(film.passes, [*film.passes[1:], None], strict=True):
        assert one.start_s == pytest.approx(now)
        assert one.duration_s == pytest.approx(one.pages * 4096 / 50e6)
        now += one.duration_s
        if after:
            assert after.pages == one.dirtied_pages
    assert film.passes[0].pages == 51_200


def test_it_agrees_with_the_estimate() -> None:
    """Over 60 seeds each round's mean lies within four standard errors of the fluid one's."""
    expected = [one.sent_bytes / 4096 for one in estimate(case()).rounds]
    runs = [record(case(), frames=2, dots=64, seed=seed).passes for seed in range(60)]
    assert {len(run) for run in runs} == {len(expected)}
    for number in range(1, len(expected)):
        sizes = np.array([run[number].pages for run in runs], dtype=float)
        assert sizes.std() > 0
        assert abs(sizes.mean() - expected[number]) < 4 * sizes.std() / math.sqrt(60) + 1


def test_the_spread_is_that_of_independent_pages() -> None:
    """Binomial: W p (1 - p) with p = exp(-n t / W); 200 seeds give it to about 10 %."""
    p = -math.expm1(-5000 / 16384 * 51_200 * 4096 / 50e6)
    sizes = [record(case(), frames=2, dots=64, seed=s).passes[1].pages for s in range(200)]
    assert np.var(sizes) == pytest.approx(16384 * p * (1 - p), rel=0.45)


@pytest.mark.parametrize(
    "workload",
    [
        {"curve": {"seconds": [0.5, 2, 20], "distinct_mib": [4, 20, 60]}},
        {"uniform": {"working_set_mib": 64, "dirty_pages_per_s": 5000, "order": "sequential"}},
    ],
)
def test_a_curve_is_followed_to_the_page(workload: dict[str, Any]) -> None:
    expected = [one.sent_bytes // 4096 for one in estimate(case(workload=workload)).rounds]
    found = [one.pages for one in record(case(workload=workload), frames=2).passes]
    assert len(found) == len(expected)
    assert all(abs(a - b) <= 1 for a, b in zip(found, expected, strict=True))


def test_classes_agree() -> None:
    classes = [
        {"pages": 9000, "writes_per_page_per_s": 0.05},
        {"pages": 700, "writes_per_page_per_s": 4.0},
    ]
    expected = estimate(case(workload={"classes": classes})).rounds[1].sent_bytes / 4096
    sizes = [
        record(case(workload={"classes": classes}), frames=2, dots=64, seed=seed).passes[1].pages
        for seed in range(20)
    ]
    assert np.mean(sizes) == pytest.approx(expected, abs=4 * np.std(sizes) / math.sqrt(20) + 1)


def test_a_failure_cuts_it() -> None:
    film = record(case(), until_s=2.0)
    check(film, 65_536)
    assert not film.moved
    assert film.seconds[-1] == 2.0
    assert film.counts[-1, 0] > 30_000
    whole = record(case())
    assert film.passes[0].start_s == whole.passes[0].start_s
    assert record(case(), until_s=1e9).frames.tobytes() == whole.frames.tobytes()


def test_a_cut_film_shows_what_the_whole_one_shows() -> None:
    whole = record(case(), frames=101)
    half = record(case(), frames=51, until_s=float(whole.seconds[50]))
    assert half.counts.tolist() == whole.counts[:51].tolist()


@pytest.mark.parametrize(
    ("changes", "moved", "passes"),
    [
        ({"algorithm": "stop-and-copy"}, True, 1),
        ({"policy": {"max_rounds": 2}, "workload": ENDLESS}, True, 3),
        ({"workload": ENDLESS}, False, 13),
        ({"policy": {"timeout_s": 3}, "workload": ENDLESS}, False, 1),
        ({"policy": {"timeout_s": 3, "on_timeout": "stop"}, "workload": ENDLESS}, True, 2),
        ({"policy": {"timeout_s": 1, "setup_ms": 2000}}, False, 1),
        ({"link": {"profile": [[0, 400], [2, 0]]}}, False, 1),
        ({"link": {"profile": [[0, 400], [2, 0], [4, 400]]}}, True, 4),
        ({"algorithm": "stop-and-copy", "policy": {"hypervisor": "esx"},
          "link": {"mbit_s": 10}}, False, 0),
        ({"workload": {"uniform": {"working_set_mib": 0, "dirty_pages_per_s": 0}}}, True, 1),
    ],
    ids=str,
)  # fmt: skip
def test_ends(changes: dict[str, Any], moved: bool, passes: int) -> None:
    film = record(case(**changes), frames=40)
    check(film, 65_536)
    assert (film.moved, len(film.passes)) == (moved, passes)
    assert bool((film.frames[-1] == 1).all()) == moved


def test_each_pass_draws_anew() -> None:
    draws = [state.draw for _, state in Run(case(), 1, math.inf).passes()]
    for one, after in itertools.pairwise(draws):
        assert abs(np.corrcoef(one.astype(float), after.astype(float))[0, 1]) < 0.05


def test_the_working_set_lies_in_clusters() -> None:
    """The dirty dots of the last moment of the first pass form a few stretches, not a haze."""
    film = record(case())
    last = film.frames[film.rounds == 1][-1] == 2
    dirty = np.flatnonzero(last)
    stretches = 1 + int((np.diff(dirty) > 1000).sum())
    assert 5 <= stretches <= 8
    assert 0.1 < last.mean() < 0.3


def test_it_is_small() -> None:
    """250 frames of 65,536 dots: design.md section 8 asks for about 97 KB."""
    film = record(load_case("web-server"))
    assert (film.frames.shape, film.pages_per_dot) == ((250, 65_536), 16)
    assert len(film.encode()) < 40_000


def test_a_large_memory_is_a_scale_model() -> None:
    work = {"uniform": {"working_set_mib": 2048, "dirty_pages_per_s": 40_000}}
    large = case(memory_mib=65_536, nonzero_mib=60_000, workload=work, link={"mbit_s": 10_000})
    film = record(large, frames=20)
    assert film.counts[0].sum() == MOST_PAGES
    assert film.page_bytes == 8 * 4096
    assert film.seconds[-1] == pytest.approx(estimate(large).total_s, rel=0.01)


def test_seeds_matter() -> None:
    one, other = record(case(), frames=9), record(case(), frames=9, seed=2)
    assert one.frames.tobytes() == record(case(), frames=9, seed=1).frames.tobytes()
    assert one.frames.tobytes() != other.frames.tobytes()


SCRIPT = """
import hashlib, sys
import vmlab.kernels.pages as pages
pages.WORTH_COMPILING = 0
from vmlab.models.case import load_case
from vmlab.models.film import record
film = record(load_case("web-server"), frames=30)
text = film.frames.tobytes() + film.counts.tobytes() + film.seconds.tobytes()
print(hashlib.sha256(text).hexdigest(), sys.modules.get("numba") is not None)
"""
BLOCKED = "import sys\nsys.modules['numba'] = None\n"


def run_python(code: str, **environment: str) -> list[str]:
    env = {k: v for k, v in os.environ.items() if k != "NUMBA_DISABLE_JIT"} | environment
    done = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


def test_the_same_compiled_or_not() -> None:
    compiled = run_python(SCRIPT)
    disabled = run_python(SCRIPT, NUMBA_DISABLE_JIT="1")
    blocked = run_python(BLOCKED + SCRIPT)
    assert compiled[0] == disabled[0] == blocked[0]
    assert (compiled[1], disabled[1], blocked[1]) == ("True", "False", "False")
    film = record(load_case("web-server"), frames=30)
    text = film.frames.tobytes() + film.counts.tobytes() + film.seconds.tobytes()
    assert hashlib.sha256(text).hexdigest() == compiled[0]


@pytest.mark.parametrize("before", ["", BLOCKED])
def test_an_estimate_and_a_film_load_nothing_slow(before: str) -> None:
    code = before + (
        "import sys\n"
        "from vmlab.models.case import load_case\n"
        "from vmlab.models.estimate import estimate\n"
        "from vmlab.models.film import record\n"
        "from vmlab.models.measurements import postgresql\n"
        "case = load_case('web-server')\n"
        "repr(estimate(case)), record(case), repr(postgresql())\n"
        "print([n for n in ('numba', 'pandas', 'plotly') if sys.modules.get(n)])"
    )
    assert run_python(code) == ["[]"]
