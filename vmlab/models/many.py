"""Many points of one case as bare numbers: pre-copy at a constant rate.

The vector form of `vmlab.models.precopy`: what it does to one case, this does
to arrays, in the same order, so that each point's numbers are the same bits.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel

from vmlab import units
from vmlab.kernels.constant_rate import BLOCK, END_ROWS, POINT_ROWS, Floats
from vmlab.kernels.dirty_table import COEFFICIENTS, dirty_table
from vmlab.kernels.many import constant_rate_block
from vmlab.models.case import Case
from vmlab.models.dirtying import dirtying
from vmlab.models.precopy import ESX_LONGEST_SWITCHOVER_S
from vmlab.models.wire import rates
from vmlab.models.workload import written_pages

#: From so many classes on, a table of all is faster than each by itself.
_WORTH_A_TABLE = 4
#: No transfer of a case takes longer: all memory at the slowest rate, s.
_LONGEST_S = 1e13

_CASE = {"memory_mib", "nonzero_mib", "page_kib", "workload", "link", "policy", "seed"}
_POLICY = {
    *("hypervisor", "downtime_limit_ms", "max_bandwidth_mbit_s", "max_rounds", "timeout_s"),
    *("on_timeout", "parallel", "setup_ms", "resume_ms", "channels", "min_bandwidth_mbit_s"),
    "postcopy",
}
_RATE = {"link.mbit_s", "policy.parallel", "policy.max_bandwidth_mbit_s"}
_OTHERS = {
    *("memory_mib", "nonzero_mib", "page_kib", "seed", "link.latency_ms"),
    *("policy.downtime_limit_ms", "policy.max_rounds", "policy.timeout_s"),
    *("policy.setup_ms", "policy.resume_ms"),
}
_SIZES = {
    *("working_set_mib", "dirty_pages_per_s"),
    *("pages", "writes_per_page_per_s"),
}


def expressible(case: Case, varied: Collection[str]) -> bool:
    """Whether points are nothing but pre-copy at a constant rate of pages written at random.

    Parameters
    ----------
    case : Case
        What they have in common.
    varied : collection of str
        The dotted names of the numbers in which they differ.

    Returns
    -------
    bool
        Whatever else a case can say must have its default; so a part that is
        added to cases is not overlooked here.
    """
    policy, link, work = case.policy, case.link, case.workload
    if policy.hypervisor not in {"ideal", "esx"} or policy.postcopy_after_s is not None:
        return False
    if not (_plain(case, _CASE) and _plain(policy, _POLICY)):
        return False
    if link is None or link.profile is not None:
        return False
    plain_link = _plain(link, {"mbit_s", "latency_ms"})
    if not plain_link and not _RATE.isdisjoint(varied):
        return False
    if link.loss > 0 and "link.latency_ms" in varied:
        return False
    of_work = {name for name in varied if name.startswith("workload.")}
    if not set(varied) <= _RATE | _OTHERS | of_work:
        return False
    if not of_work and "page_kib" not in varied:
        found = dirtying(work, case.page_bytes)
        return not found.curve_s and not work.phases
    listed = work.classes is not None or (work.uniform and work.uniform.order == "random")
    return bool(listed) and all(name.split(".")[-1] in _SIZES for name in of_work)


def _plain(part: BaseModel, but: set[str]) -> bool:
    return all(
        getattr(part, name) == info.get_default(call_default_factory=True)
        for name, info in type(part).model_fields.items()
        if name not in but
    )


@dataclass
class Block:
    """Room for a block of points, used again and again."""

    points: Floats = field(default_factory=lambda: np.ones(POINT_ROWS * BLOCK))
    ends: Floats = field(default_factory=lambda: np.empty(END_ROWS * BLOCK))


class Numbers:
    """The numbers of many points of a case.

    Parameters
    ----------
    case : Case
        What is `expressible` with those numbers.
    varied : mapping of str to numpy.ndarray
        Numbers by dotted name, one a point.
    """

    def __init__(self, case: Case, varied: Mapping[str, NDArray[Any]]) -> None:
        self._case, self._varied = case, varied
        page_bytes = np.ceil(units.kib_to_bytes(self._of("page_kib", case.page_kib)))
        self.page_bytes = page_bytes
        self.class_bytes, self.class_writes_per_s = self._classes(page_bytes)
        policy = case.policy
        nonzero_mib = case.nonzero_mib
        if "nonzero_mib" not in case.model_fields_set and "nonzero_mib" not in varied:
            nonzero_mib = self._of("memory_mib", case.memory_mib)
        self.memory_mib = self._of("memory_mib", case.memory_mib)
        self.nonzero_mib = self._of("nonzero_mib", nonzero_mib)
        self.nonzero_pages = _whole_pages(self.nonzero_mib, page_bytes)
        limit_s: Any = policy.downtime_limit_s
        if "policy.downtime_limit_ms" in varied:
            limit_s = units.ms_to_s(self._of("policy.downtime_limit_ms", 0.0))
        latency_ms = self._of("link.latency_ms", case.link.latency_ms if case.link else 0.0)
        handshake_s = units.ms_to_s(latency_ms + self._of("policy.resume_ms", policy.resume_ms))
        longest_s: Any = math.inf
        if policy.hypervisor == "esx":
            longest_s = ESX_LONGEST_SWITCHOVER_S - handshake_s
        timeout_s = math.inf if policy.timeout_s is None else policy.timeout_s
        self._rows = (
            self.nonzero_pages * page_bytes,
            page_bytes,
            self._bytes_per_s(),
            units.ms_to_s(self._of("policy.setup_ms", policy.setup_ms or 0.0)),
            limit_s,
            self._of("policy.timeout_s", timeout_s),
            longest_s,
            handshake_s,
            self._of("policy.max_rounds", float(policy.max_rounds or 0)),
        )

    def _of(self, name: str, otherwise: Any) -> Any:
        return self._varied.get(name, otherwise)

    def _bytes_per_s(self) -> Any:
        link, policy = self._case.link, self._case.policy
        if _RATE.isdisjoint(self._varied):
            return rates(self._case).bytes_per_s[0]
        cap_mbit_s = policy.max_bandwidth_mbit_s or math.inf
        mbit_s = self._of("link.mbit_s", link.mbit_s if link else 0.0)
        share = mbit_s / self._of("policy.parallel", policy.parallel)
        cap_mbit_s = self._of("policy.max_bandwidth_mbit_s", cap_mbit_s)
        return units.mbit_s_to_bytes_per_s(np.minimum(share, cap_mbit_s))

    def _classes(self, page_bytes: Any) -> tuple[Floats, Floats]:
        """Bytes and writes a second to a page, a row a point or one for all."""
        work = self._case.workload
        self.written_pages: Any = float(written_pages(work, self._case.page_bytes))
        if not any(name.startswith("workload.") or name == "page_kib" for name in self._varied):
            found = dirtying(work, self._case.page_bytes)
            return _rows(list(found.class_bytes) or [0.0], list(found.class_writes_per_s) or [0.0])
        if work.uniform:
            before = "workload.uniform."
            size_mib = self._of(f"{before}working_set_mib", work.uniform.working_set_mib)
            writes = self._of(f"{before}dirty_pages_per_s", work.uniform.dirty_pages_per_s)
            pages = _whole_pages(size_mib, page_bytes)
            self.written_pages = pages
            return _rows([pages * page_bytes], [writes / np.maximum(pages, 1.0)])
        sizes, rates, written = [], [], 0.0
        for index, one in enumerate(work.classes or ()):
            before = f"workload.classes.{index}."
            pages = np.ceil(self._of(f"{before}pages", one.pages))
            written = written + pages
            sizes.append(pages * page_bytes)
            rates.append(
                self._of(f"{before}writes_per_page_per_s", one.writes_per_page_per_s),
            )
        self.written_pages = written
        return _rows(sizes or [0.0], rates or [0.0])

    def unfit(self) -> NDArray[np.int64]:
        """Points whose working set does not fit what is not zero, or that not the memory."""
        wrong = np.logical_or(
            self.nonzero_mib > self.memory_mib, self.written_pages > self.nonzero_pages
        )
        return np.flatnonzero(np.atleast_1d(wrong))

    def table(self) -> tuple[Floats, int]:
        """The workload as a table where all points share one of many classes."""
        shared = len(self.class_bytes) == 1 and np.ndim(self.page_bytes) == 0
        if not shared or self.class_bytes.shape[1] < _WORTH_A_TABLE:
            return np.empty((0, COEFFICIENTS)), 0
        sizes, writes = self.class_bytes.tobytes(), self.class_writes_per_s.tobytes()
        return _table(sizes, writes, float(self.page_bytes))

    def run(
        self, n: int, *, fast: bool, table: tuple[Floats, int], room: Block, constant: bool
    ) -> Floats:
        """How the points end.

        Parameters
        ----------
        n : int
            How many; at most a block.
        fast : bool
            By compiled lanes.
        table : tuple
            What `table` returned, which is the same for all parts of a sweep.
        room : Block
            Where to put the numbers.
        constant : bool
            Numbers that do not vary are still there from the last time.

        Returns
        -------
        numpy.ndarray of float64, shape (END_ROWS, n)
            As in `vmlab.kernels.constant_rate`; in `room`, so copy it.
        """
        points = room.points.reshape(POINT_ROWS, BLOCK)
        for row, values in enumerate(self._rows):
            if np.ndim(values):
                points[row, :n] = values
            elif not constant:
                points[row] = values
        coefficients, first = table
        constant_rate_block(
            room.points,
            n,
            self.class_bytes,
            self.class_writes_per_s,
            room.ends,
            fast=fast,
            table=coefficients,
            table_first=first,
        )
        return room.ends.reshape(END_ROWS, BLOCK)[:, :n]


@functools.lru_cache(maxsize=8)
def _table(sizes: bytes, writes: bytes, page_bytes: float) -> tuple[Floats, int]:
    """`dirty_table` once for all blocks of a sweep."""
    return dirty_table(np.frombuffer(sizes), np.frombuffer(writes), page_bytes, _LONGEST_S)


def _whole_pages(mib: Any, page_bytes: Any) -> Any:
    return np.ceil(units.mib_to_bytes(mib) / page_bytes)


def _rows(sizes: list[Any], writes: list[Any]) -> tuple[Floats, Floats]:
    n = max(np.size(one) for one in [*sizes, *writes])
    found = tuple(np.empty((n, len(sizes))) for _ in range(2))
    for k, pair in enumerate(zip(sizes, writes, strict=True)):
        for rows, values in zip(found, pair, strict=True):
            rows[:, k] = values
    return found[0], found[1]
