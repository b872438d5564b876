"""A migration page by page: real bitmaps, drawn writes."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from vmlab.kernels import pages as kernel
from vmlab.kernels.dirtying import dirtied_bytes
from vmlab.kernels.transfer import rate_at, transfer_s, transferred_bytes
from vmlab.models.case import Case
from vmlab.models.estimate import estimate
from vmlab.models.grain import DOTS, ENDLESS_PASSES, even, grain
from vmlab.models.layout import Layout, lay_out
from vmlab.models.precopy import Dirtying, Rates, dirtying, longest_stop_s, rates

#: Memory of more pages is filmed as a scale model of fewer, larger ones.
MOST_PAGES = 2**21
#: Memory falls into so many runs of neighbouring pages that are written together.
RUNS = 65_536


@dataclass(frozen=True)
class Pass:
    """One pass of a page-level run; times count from the start of the copy."""

    round: int
    start_s: float
    duration_s: float
    pages: int
    dirtied_pages: int
    paused: bool = False
    push: bool = False


@dataclass(eq=False)
class Bitmaps:
    """The bitmaps during one pass."""

    run: Run
    number: int
    start_s: float
    order: NDArray[np.int64]
    pending: NDArray[np.bool_]
    dirty: NDArray[np.bool_]
    draw: NDArray[np.uint64]
    paused: bool = False

    @property
    def first(self) -> bool:
        """Whether every page is pending."""
        return self.number == 1

    def cursor(self, elapsed_s: float) -> int:
        """Address of the next page to send."""
        link = self.run.link
        sent_bytes = transferred_bytes(
            elapsed_s, self.run.setup_s + self.start_s, link.from_s, link.bytes_per_s
        )
        sent = int(sent_bytes / self.run.page_bytes)
        return int(self.order[sent]) if sent < len(self.order) else self.run.layout.pages

    def paint(
        self, elapsed_s: float, done: bool, pages_per_dot: int, dots_out: NDArray[np.uint8]
    ) -> tuple[int, int, int]:
        """Paint the map at a time of this pass; how many pages are not sent, dirty, asked for."""
        pages = self.run.layout.pages
        cursor = pages if done else self.cursor(elapsed_s)
        if not self.paused:
            self.write(elapsed_s)
        dirty = kernel.paint(
            self.first,
            cursor,
            pages,
            pages_per_dot,
            self.run.layout.written,
            self.pending,
            self.dirty,
            dots_out,
        )
        return pages - cursor if self.first else 0, dirty, 0

    def write(self, elapsed_s: float) -> int:
        """Mark what has been written by a time of this pass."""
        threshold = self.run.threshold(elapsed_s)
        return kernel.write(self.draw, self.run.layout.page_class, threshold, self.dirty)


class Run:
    """A page-level migration; each walk through `passes` is the same."""

    def __init__(self, case: Case, seed: int, until_s: float) -> None:
        policy = case.policy
        expected = estimate(case)
        endless = expected.stopped_by == "never"
        self.grain = grain(case, [one.dirtied_bytes for one in expected.rounds], endless)
        scale = -(-case.memory_pages // (MOST_PAGES if self.grain == 1 else DOTS))
        self.page_bytes = case.page_bytes * scale
        self.work: Dirtying = _whole_pages(
            dirtying(case.workload, case.page_bytes), self.page_bytes
        )
        self.layout: Layout = lay_out(
            -(-case.memory_pages // scale),
            -(-case.nonzero_pages // scale),
            self.work,
            self.page_bytes,
        )
        self.pages_per_run = self.grain * -(-self.layout.pages // RUNS)
        self.link: Rates = rates(case)
        self.setup_s = policy.setup_s
        self.seed = seed
        self.limit_s = policy.downtime_limit_s
        self.longest_stop_s = longest_stop_s(case)
        self.paused_first = case.algorithm == "stop-and-copy"
        self.stop_at_timeout = policy.on_timeout == "stop"
        timeout_s = math.inf if policy.timeout_s is None else policy.timeout_s - policy.setup_s
        self.timeout_s = max(timeout_s, 0.0)
        self.until_s = until_s
        self.max_rounds = policy.max_rounds or 10_000
        # Room for chance: a drawn run may need some passes more than the expected one.
        self.most_passes = ENDLESS_PASSES if endless else 2 * len(expected.rounds) + 10
        self.moved = False

    def passes(self) -> Iterator[tuple[Pass, Bitmaps]]:
        """Each pass, and the bitmaps to follow it with."""
        layout, now_s = self.layout, 0.0
        pending = np.ones(len(layout.written), dtype=np.bool_)
        order, paused = layout.nonzero, self.paused_first
        self.moved = False
        for number in range(1, self.most_passes + 2):
            state = self._state(number, now_s, order, pending)
            state.paused = paused
            full_s = self._transfer_s(len(order), now_s)
            if paused and full_s > self.longest_stop_s:
                return
            deadline_s = math.inf if paused or self.stop_at_timeout else self.timeout_s
            cut_s = min(deadline_s, self.until_s)
            finished = now_s + full_s <= cut_s and full_s < math.inf
            if cut_s == math.inf:  # the link stays at 0
                cut_s = max(now_s, self.link.from_s[-1] - self.setup_s)
            duration_s = full_s if finished else max(cut_s - now_s, 0.0)
            dirtied = 0 if paused else state.write(duration_s)
            self.moved = finished and paused
            yield Pass(number, now_s, duration_s, len(order), dirtied, paused), state
            if paused or not finished:
                return
            state.write(duration_s)  # a film may have left another time's bits
            pending, now_s = state.dirty.copy(), now_s + duration_s
            order = layout.written[pending]
            paused = self._stops(number, now_s, len(order))
            if paused and len(order) == 0:
                self.moved = True
                return

    def threshold(self, elapsed_s: float) -> NDArray[np.uint64]:
        """Each class's threshold at a time of a pass; see `vmlab.kernels.pages`."""
        work = self.work
        found = [
            round(-math.expm1(-writes * elapsed_s) * 2.0**kernel.DRAW_BITS)
            for writes in work.class_writes_per_s
        ]
        if work.curve_bytes:
            curve = dirtied_bytes(elapsed_s, (), (), work.curve_s, work.curve_bytes)
            found.append(math.floor(curve / self.page_bytes + 0.5))
        return np.array(found or [0], dtype=np.uint64)

    def _state(
        self, number: int, now_s: float, order: NDArray[np.int64], pending: NDArray[np.bool_]
    ) -> Bitmaps:
        layout = self.layout
        draw = np.empty(len(layout.written), dtype=np.uint64)
        kernel.draw(kernel.key(self.seed, number), layout.written // self.pages_per_run, draw)
        if self.grain > 1:
            draw = even(draw, layout.page_class)
        if self.work.curve_bytes:
            of_curve = layout.page_class == len(self.work.class_bytes)
            draw[of_curve] = np.arange(np.count_nonzero(of_curve))
        dirty = np.zeros(len(layout.written), dtype=np.bool_)
        return Bitmaps(self, number, now_s, order, pending, dirty, draw)

    def _transfer_s(self, n_pages: int, now_s: float) -> float:
        n_bytes = float(n_pages * self.page_bytes)
        start_s = self.setup_s + now_s
        return transfer_s(n_bytes, start_s, self.link.from_s, self.link.bytes_per_s)

    def _stops(self, number: int, now_s: float, rest_pages: int) -> bool:
        rate = rate_at(self.setup_s + now_s, self.link.from_s, self.link.bytes_per_s)
        fits = rest_pages * self.page_bytes <= self.limit_s * rate
        forced = number >= self.max_rounds or (self.stop_at_timeout and now_s >= self.timeout_s)
        return fits or forced


def _whole_pages(work: Dirtying, page_bytes: int) -> Dirtying:
    """Classes in whole pages of a scale model; never more than there were bytes."""
    return replace(
        work, class_bytes=tuple(size // page_bytes * page_bytes for size in work.class_bytes)
    )
