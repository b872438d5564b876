"""Published migrations, each figure with its place."""

from __future__ import annotations

import pytest

from vmlab.models import measurements
from vmlab.models.case import load_case
from vmlab.models.estimate import estimate
from vmlab.tables import Table


@pytest.mark.parametrize(("mbit_s", "seconds"), [(128, 32), (256, 16), (512, 8)])
def test_clark_stop_and_copy_is_exact(mbit_s: int, seconds: int) -> None:
    """NSDI 2005, section 4.2: 512 MB."""
    found = estimate(load_case(f"clark-stop-and-copy-{mbit_s}"))
    assert (found.total_s, found.downtime_s, found.sent_bytes) == (seconds, seconds, 512_000_000)


def rows(table: Table) -> dict[tuple[object, object], tuple[object, ...]]:
    return {(row[0], row[1]): tuple(row[2:]) for row in table.rows}


def test_clark_sums() -> None:
    """models.md section 3, target 7: what the drawn bars add up to, and the text."""
    found = rows(measurements.clark_sums())
    expected = {
        ("SPECweb99", "sent"): ("MB", 959.5, 960),
        ("SPECweb99", "total"): ("s", 70.4, 71),
        ("SPECweb99", "stop"): ("s", 0.29, 0.201),
        ("Quake3", "sent"): ("MiB", 88.4, 88),
        ("Quake3", "total"): ("s", 7.0, None),
        ("Quake3", "stop"): ("s", 0.019, 0.020),
        ("MMuncher", "sent"): ("MiB", 637.9, 638),
        ("MMuncher", "total"): ("s", 28.4, None),
        ("MMuncher", "stop"): ("s", 3.73, 3.5),
    }
    assert found.keys() == expected.keys()
    for key, (unit, drawn, text) in expected.items():
        assert found[key][0] == unit
        assert found[key][1] == pytest.approx(drawn, abs=0.05 if drawn > 5 else 0.005)
        assert found[key][2] == text
    assert "arithmetic on a drawing, no prediction" in measurements.clark_sums().title
    assert "arithmetic on a drawing, no prediction" in measurements.clark_rounds().title


def test_clark_rounds() -> None:
    rounds = measurements.drawn_rounds()
    assert len(rounds) == 24
    assert rounds[0].duration_s == pytest.approx(54.1, abs=0.05)  # section 6.3: 54.1 s
    assert len(measurements.clark_rounds().rows) == 24


def test_clark_stop_and_copy_table() -> None:
    assert [row[1:] for row in measurements.clark_stop_and_copy().rows] == [
        (32.0, 32.0),
        (16.0, 16.0),
        (8.0, 8.0),
    ]


def test_postgresql() -> None:
    """models.md 2.2 and 3: stop-and-copy within 3 %, the rest within 5 %."""
    found = rows(measurements.postgresql())
    errors = {key: row[3] for key, row in found.items()}
    update, stopped = "postgresql-4t-update", "postgresql-4t-stop-and-copy"
    assert errors[stopped, "total"] == pytest.approx(-0.3, abs=0.1)
    assert errors[stopped, "sent"] == pytest.approx(0.0, abs=0.05)
    assert errors[update, "total"] == pytest.approx(0.1, abs=0.1)
    assert errors[update, "sent"] == pytest.approx(-0.7, abs=0.1)
    assert errors[update, "left at the stop"] == pytest.approx(-3.8, abs=0.1)
    assert errors[update, "rounds"] == pytest.approx(-3.2, abs=0.1)
    assert errors[update, "downtime"] == pytest.approx(-16, abs=1)  # another machine's socket
    assert errors["postgresql-16t-read-only", "last round"] == pytest.approx(0, abs=5)
    assert "curve measured on the same VM" in measurements.postgresql().title


def test_byte_identity() -> None:
    """models.md 2.2: 463,045 pages and 1,638,413 zero ones are 1,915.08 MB and three syncs."""
    found = estimate(load_case("postgresql-4t-stop-and-copy"))
    assert found.sent_bytes == 463_045 * 4104 + 1_638_413 * 9
    assert len(found.rounds) + 1 == 3


def test_what_is_left_hangs_on_the_window() -> None:
    """Over a whole window, the rest at the stop is 32 to 40 MB; measured 33.2 on average."""
    case = load_case("postgresql-4t-update")
    left_mb = [
        estimate(case.model_copy(update={"nonzero_mib": case.nonzero_mib + 12.8 * k / 16}))
        .rounds[-1]
        .sent_bytes
        / 1e6
        for k in range(-8, 8)
    ]
    assert 30 < min(left_mb) < 34
    assert 38 < max(left_mb) < 40.4
    assert sum(left_mb) / 16 == pytest.approx(36.5, abs=1)


def test_the_hot_set_never_fits() -> None:
    """models.md section 3, target 4: at 0.3 s rounds of 1.5 s for ever, convergence at 1.6 s."""
    case = load_case("postgresql-16t-read-only")
    found = estimate(case)
    assert found.stopped_by == "never"
    assert {round(one.duration_s, 1) for one in found.rounds[4:]} <= {1.4, 1.5, 1.6}
    patient = case.policy.model_copy(update={"downtime_limit_ms": 1600.0})
    assert estimate(case.model_copy(update={"policy": patient})).converged


def test_31_mb_fit_into_half_a_second() -> None:
    """models.md section 3, target 13: 31.25 MB at 500 Mbit/s, 0.5 s."""
    assert 31.25e6 / (500e6 / 8) == 0.5
