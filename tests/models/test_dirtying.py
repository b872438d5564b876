"""Workloads as numbers: Zipf's law against the sum over all pages, phases page by page."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vmlab.kernels.workload import Span, dirtied_in
from vmlab.models.dirtying import dirtying
from vmlab.models.workload import Workload
from vmlab.models.zipf import MOST_CLASSES, zipf_classes

PAGE = 4096


def numbers(**form: Any) -> Any:
    return dirtying(Workload.model_validate(form), PAGE)


@pytest.mark.parametrize("pages", [1, 2, 64, 65, 66, 100, 333, 16_384, 2**20])
@pytest.mark.parametrize("exponent", [0, 0.5, 0.99, 1, 1.2, 2])
def test_zipf_is_the_sum_over_all_pages(pages: int, exponent: float) -> None:
    """Within 1e-3 of the sum of 1 - exp(-n k^-s / H) at any time, and exact writes."""
    classes = zipf_classes(pages, exponent)
    assert len(classes) <= MOST_CLASSES
    assert all(isinstance(size, int) and size > 0 for size, _ in classes)
    assert sum(size for size, _ in classes) == pages
    assert sum(size * share for size, share in classes) == pytest.approx(1.0, rel=1e-9)
    shares = np.arange(1, pages + 1, dtype=float) ** -exponent
    shares /= shares.sum()
    for writes in np.geomspace(0.1, 30.0 * float(pages) ** max(exponent, 1.0), 25):
        exact = float(-np.expm1(-shares * writes).sum())
        found = sum(-size * math.expm1(-share * writes) for size, share in classes)
        assert found == pytest.approx(exact, rel=1e-3)


@given(st.integers(1, 10**9), st.floats(0, 4))
def test_zipf_of_any_size(pages: int, exponent: float) -> None:
    classes = zipf_classes(pages, exponent)
    assert len(classes) <= MOST_CLASSES
    assert sum(size for size, _ in classes) == pages
    assert sum(size * share for size, share in classes) == pytest.approx(1.0, rel=1e-6)
    shares = [share for _, share in classes]
    assert shares == sorted(shares, reverse=True) or exponent < 1e-6


def test_an_exponent_of_0_is_uniform() -> None:
    uniform = {"working_set_mib": 64, "dirty_pages_per_s": 5000}
    one, other = numbers(uniform=uniform), numbers(zipf={**uniform, "exponent": 0})
    for t in (0.01, 1.0, 30.0):
        span = Span(0.0, t, 1.0)
        assert dirtied_in(span, other.work) == pytest.approx(dirtied_in(span, one.work), rel=1e-9)


@pytest.mark.parametrize("changes", [{"working_set_mib": 0}, {"dirty_pages_per_s": 0}])
def test_nothing_written_is_no_class(changes: dict[str, float]) -> None:
    zipf = {"working_set_mib": 64, "dirty_pages_per_s": 5000, "exponent": 1, **changes}
    assert numbers(zipf=zipf).class_bytes == ()
    assert dirtied_in(Span(0.0, 9.0, 1.0), numbers(phases=[{"from_s": 0, "zipf": zipf}]).work) == 0


FORMS: list[dict[str, Any]] = [
    {"from_s": 0, "uniform": {"working_set_mib": 1, "dirty_pages_per_s": 300}},
    {"from_s": 2, "classes": [{"pages": 50, "writes_per_page_per_s": 2},
                              {"pages": 400.5, "writes_per_page_per_s": 0.1}]},
    {"from_s": 5, "zipf": {"working_set_mib": 0.5, "dirty_pages_per_s": 40, "exponent": 1.1}},
    {"from_s": 9, "uniform": {"working_set_mib": 0, "dirty_pages_per_s": 0}},
]  # fmt: skip


def per_page(form: dict[str, Any]) -> list[float]:
    """Writes a second to page 0, 1, 2 ..."""
    work = numbers(**{key: value for key, value in form.items() if key != "from_s"})
    rates = zip(work.class_bytes, work.class_writes_per_s, strict=True)
    found = [rate for size, rate in rates for _ in range(round(size / PAGE))]
    return found + [0.0] * (500 - len(found))


@pytest.mark.parametrize(("start_s", "duration_s"), [(0, 1), (0, 4), (1, 7), (3, 20), (10, 5)])
def test_phases_write_the_same_pages(start_s: float, duration_s: float) -> None:
    """Page by page: the writes of all phases add up before 1 - exp(-writes) is taken."""
    work = numbers(phases=FORMS)
    ends = [*(one["from_s"] for one in FORMS[1:]), math.inf]
    writes = [0.0] * 500
    for form, end in zip(FORMS, ends, strict=True):
        inside = max(0.0, min(start_s + duration_s, end) - max(start_s, form["from_s"]))
        writes = [w + rate * inside for w, rate in zip(writes, per_page(form), strict=True)]
    expected = PAGE * sum(1 - math.exp(-w) for w in writes)
    assert dirtied_in(Span(start_s, duration_s, 1.0), work.work) == pytest.approx(expected)
    by_class = work.writes_per_page(start_s, duration_s)
    sizes = [round(size / PAGE) for size in work.class_bytes]
    pages = [w for size, w in zip(sizes, by_class, strict=True) for _ in range(size)]
    assert pages == pytest.approx(writes[: len(pages)])


def test_the_phase_at_an_instant() -> None:
    work = numbers(phases=FORMS)
    for at_s, form in ((0, 0), (1.99, 0), (2, 1), (8.9, 2), (9, 3), (1e9, 3)):
        now = work.at(at_s)
        assert now.phase_from_s == (0.0,)
        rates = zip(now.class_bytes, now.class_writes_per_s, strict=True)
        found = [rate for size, rate in rates for _ in range(round(size / PAGE))]
        assert found == pytest.approx(per_page(FORMS[form])[: len(found)])
    plain = numbers(uniform={"working_set_mib": 1, "dirty_pages_per_s": 300})
    assert plain.at(5.0) is plain


def test_one_phase_is_the_workload_itself() -> None:
    form = {"working_set_mib": 64, "dirty_pages_per_s": 5000, "exponent": 0.8}
    one, other = numbers(zipf=form), numbers(phases=[{"from_s": 0, "zipf": form}])
    assert one == other
