"""Lab 07: its targets can be reached, each by what its hints say, and by nothing less."""

from __future__ import annotations

import pytest

from vmlab.labs.pre_copy import MAP_MBIT_S, TARGETS, convergence_map, open_lab


def reached(lab: object) -> list[bool]:
    return [row[0] == "✓" for row in lab.progress.rows]  # type: ignore[attr-defined]


def test_nothing_is_reached_at_first() -> None:
    assert reached(open_lab()) == [False] * len(TARGETS)


@pytest.mark.parametrize(
    ("number", "changes"),
    [
        (1, {"mbit_s": 100}),
        (2, {"dirty_pages_per_s": 100_000, "downtime_limit_ms": 3000}),
        (2, {"dirty_pages_per_s": 200_000, "mbit_s": 10_000}),
        (3, {"downtime_limit_ms": 10}),
    ],
)
def test_each_target_is_reached_alone(number: int, changes: dict[str, float]) -> None:
    lab = open_lab()
    lab.set(**changes)
    assert [i for i, done in enumerate(reached(lab), 1) if done] == [number]
    lab.reset()
    assert reached(lab)[number - 1], "once reached stays reached"
    assert len(lab.hints(number).rows) >= 1


def test_a_calmer_guest_does_not_count() -> None:
    lab = open_lab()
    lab.set(dirty_pages_per_s=0)
    lab.set(dirty_pages_per_s=100_000, working_set_mib=16)
    assert not any(reached(lab))


def test_a_working_set_that_does_not_fit_into_memory_does_not_count() -> None:
    lab = open_lab()
    lab.set(memory_mib=256, nonzero_percent=5, mbit_s=10_000, dirty_pages_per_s=100_000)
    assert lab.estimate.stopped_by == "downtime-limit"
    assert lab.setting.working_set_mib >= 256
    assert not any(reached(lab))


def test_what_the_sheet_shows_is_not_yet_a_target_reached() -> None:
    lab = open_lab()
    lab.set(dirty_pages_per_s=50_000)
    lab.pin()
    lab.set(downtime_limit_ms=3000)
    assert not any(reached(lab))


def test_stop_and_copy_counts_beside_a_pinned_setting_only() -> None:
    lab = open_lab()
    lab.set(algorithm="stop-and-copy")
    lab.pin()
    assert not any(reached(lab))
    lab.reset()
    lab.pin()
    lab.set(algorithm="stop-and-copy")
    assert [i for i, done in enumerate(reached(lab), 1) if done] == [4]
    assert len(lab.hints(4).rows) == 2


def test_the_map_says_where_it_ends() -> None:
    told = repr(convergence_map())
    # 256 MiB in 0.3 s are 7,158 Mbit/s: from there on no rate of writes matters.
    assert "at 1,000,000 page writes /s: from 7,900 Mbit/s" in told
    assert max(rate for rate in MAP_MBIT_S if rate < 7158) == 6300
