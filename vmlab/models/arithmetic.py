"""What a published figure must be by arithmetic on others: no case, one formula."""

from __future__ import annotations

import csv
from collections.abc import Callable

from vmlab import units
from vmlab.kernels.transfer import transfer_s
from vmlab.models import measurements
from vmlab.models.case import Case, load_case
from vmlab.models.curve import fit_drift
from vmlab.models.estimate import estimate
from vmlab.models.qemu_terms import HEADER_BYTES, ZERO_MARK_BYTES, rules_of
from vmlab.models.schedules import nova_ramp
from vmlab.resources import resource

__all__ = ["ARITHMETIC"]

_PAGE_BYTES = 4096


def _identity(pages: str, zero_pages: str) -> float:
    """Bytes of QEMU's stream, MB: pages with their headers and marks of zero pages."""
    n_bytes = float(pages) * (_PAGE_BYTES + HEADER_BYTES) + float(zero_pages) * ZERO_MARK_BYTES
    return n_bytes / 1e6


def _transfer(n_bytes: str, mbit_s: str) -> float:
    """Time of so many bytes at a rate, s."""
    rate = units.mbit_s_to_bytes_per_s(float(mbit_s))
    return transfer_s(float(n_bytes), 0.0, (0.0,), (rate,), rate)


def _rate(mbit_s: str) -> float:
    """A rate in MiB/s."""
    return units.bytes_to_mib(units.mbit_s_to_bytes_per_s(float(mbit_s)))


def _naive(parts: str) -> float:
    """All memory of the PostgreSQL guest at a part of its rate, s."""
    case = load_case("postgresql-4t-update")
    cap = units.mbit_s_to_bytes_per_s(case.policy.max_bandwidth_mbit_s or 0.0)
    return units.mib_to_bytes(case.memory_mib) * float(parts) / cap


def _drawn(experiment: str, quantity: str) -> float | None:
    """A sum over the rounds of a drawing of Clark's."""
    for row in measurements.clark_sums().rows:
        if row[:2] == (experiment, quantity) and isinstance(row[3], float):
            return row[3]
    return None


def _dirtied(experiment: str) -> float:
    """First pass, and what each drawn dirty rate makes of the round before, MB."""
    found = 0.0
    with (resource("data", "measurements") / "clark2005_rounds.csv").open(
        encoding="utf-8", newline=""
    ) as file:
        rows = [row for row in csv.DictReader(file) if row["experiment"] == experiment]
    n_bytes = float(rows[0]["size"]) * 1e6
    for row in rows:
        found += n_bytes
        if row["dirty_rate_mbit_s"]:
            n_bytes *= float(row["dirty_rate_mbit_s"]) / float(row["rate_mbit_s"])
    return found / 1e6


def _left_out(guest: str, duration_s: str) -> float:
    """What a drift fitted to the other rounds of the PostgreSQL guest says of one, MB."""
    samples = [(s, n_bytes) for s, n_bytes in _ROUNDS[guest] if s != float(duration_s)]
    return fit_drift(samples).dirtied_bytes(float(duration_s)) / 1e6


def _wait(page_kib: str, threads: str, preempt: str) -> float | None:
    """Mean first wait after a post-copy switch, us."""
    wanted = (int(page_kib), int(threads), preempt)
    for row in measurements.postcopy_waits().rows:
        if row[:3] == wanted and isinstance(row[4], float):
            return row[4]
    return None


def _nova(step: str) -> float:
    """Nova's downtime limit after so many steps, ms: its own example, 400 ms in 10 steps."""
    ramp = nova_ramp(max_ms=400, steps=10, delay_s_per_gib=30, data_gib=3)
    case = Case.model_validate(
        {
            "memory_mib": 3072,
            "workload": {"uniform": {"working_set_mib": 0, "dirty_pages_per_s": 0}},
            "link": {"mbit_s": 1000},
            "policy": {"hypervisor": "qemu", "downtime_ramp": ramp},
        }
    )
    return rules_of(case).limit_s[int(step)] * 1000


def _twice() -> float | None:
    """How much longer two equal migrations take on one link than one alone."""
    one, two = (estimate(load_case(name)).total_s for name in ("simgrid-one", "simgrid-two"))
    return two / one if one and two else None


#: Rounds of LordWicked's PostgreSQL guest, s and dirtied bytes, means of 10 runs.
_ROUNDS: dict[str, list[tuple[float, float]]] = {
    "4t": [(14.58, 272.6e6), (1.93, 71.5e6), (0.49, 24.7e6), (0.20, 6.8e6)],
    "16t": [(29.41, 292e6), (2.11, 213e6), (1.59, 204e6), (1.47, 212e6), (1.57, 211e6)],
}

#: The formulas by the name that ``validation.csv`` gives them.
ARITHMETIC: dict[str, Callable[..., float | None]] = {
    "identity": _identity,
    "transfer": _transfer,
    "rate": _rate,
    "naive": _naive,
    "drawn": _drawn,
    "dirtied": _dirtied,
    "left-out": _left_out,
    "wait": _wait,
    "nova": _nova,
    "twice": _twice,
}
