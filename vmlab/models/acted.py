"""An estimate acted out page by page: a film of what only expected values can tell.

`vmlab.models.pagerun` draws a run and follows the policy's rules itself. Where
the guest is slowed, its pages are compressed, the loop is QEMU's, or the guest
resumes before its memory has come, the passes are taken from the estimate, and
only which pages they find is drawn.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from functools import partial

import numpy as np

from vmlab.documents import InputError, Problem
from vmlab.kernels import pages as kernel
from vmlab.kernels.dirtying import dirtied_bytes
from vmlab.kernels.ends import NEVER, POST_COPY, TIMED_OUT
from vmlab.kernels.pages import Addresses, Draws
from vmlab.kernels.transfer import transferred_bytes
from vmlab.models.acts import Act, Mask, PushAct
from vmlab.models.case import Case
from vmlab.models.dirtying import Dirtying, dirtying
from vmlab.models.grain import DOTS, ENDLESS_PASSES, even, grain
from vmlab.models.layout import Layout, lay_out
from vmlab.models.pagerun import Pass
from vmlab.models.passes import Copy
from vmlab.models.postcopy import switch
from vmlab.models.precopy import copy
from vmlab.models.qemu import copy as qemu_copy
from vmlab.models.qemu_terms import HEADER_BYTES
from vmlab.models.relocation import relocate
from vmlab.models.wire import handshake_s, rates

_SPEEDS = 60  # halvings that find how fast the guest was


class Stage:
    """A case's passes, acted out; each walk through `passes` is the same.

    Parameters
    ----------
    case : Case
        Any whose memory moves.
    seed : int
        What to draw from.
    until_s : float
        Cut the run here, s from the start of the copy.

    Raises
    ------
    InputError
        The case copies no memory of a running guest.
    """

    def __init__(self, case: Case, seed: int, until_s: float) -> None:
        memory = relocate(case).memory if case.storage else case
        if memory is None or not memory.memory_moves:
            raise InputError("case", [_no_film()])
        case = memory
        scale = -(-case.memory_pages // DOTS)
        self.page_bytes = case.page_bytes * scale
        self.work = dirtying(case.workload, case.page_bytes)
        whole = _in_pages(self.work, self.page_bytes)
        self.layout: Layout = lay_out(
            -(-case.memory_pages // scale), -(-case.nonzero_pages // scale), whole, self.page_bytes
        )
        self.run: Copy = copied(case)
        dirtied = [one.dirtied_bytes for one in self.run.passes]
        self._grain = grain(case, dirtied, self.run.how == NEVER)
        self.moved = False
        self._case, self._seed, self._until_s = case, seed, until_s
        self._classes = len(whole.class_bytes)
        self._class = np.full(self.layout.pages, self._classes + 1)
        self._class[self.layout.written] = self.layout.page_class
        self._nonzero = np.zeros(self.layout.pages, np.bool_)
        self._nonzero[self.layout.nonzero] = True
        paused = self.run.end_s > self.run.pause_s and self.run.push is None
        self._running = len(self.run.passes) - int(paused)
        running_s = sum(one.duration_s for one in self.run.passes[: self._running])
        self._clock_s = self.run.pause_s - running_s  # of the first pass

    def passes(self) -> Iterator[tuple[Pass, Act]]:
        """Each pass, and what happens in it."""
        self.moved = False
        never, pending = np.ones(self.layout.pages, np.bool_), self._nonzero.copy()
        now_s, expected = 0.0, float(self._case.nonzero_pages * self._case.page_bytes)
        shown = self.run.passes[: ENDLESS_PASSES if self.run.how == NEVER else None]
        for number, one in enumerate(shown, 1):
            paused = number > self._running
            turns, sends = self._sends(number, int(np.count_nonzero(pending)), expected, paused)
            at_s = self._clock_s + now_s
            speed = self._speed(at_s, one.duration_s, one.dirtied_bytes)
            act = Act(
                self.layout.pages,
                paused,
                never,
                pending,
                turns,
                self._draws(number),
                partial(self._share, at_s, one.duration_s),
                partial(self._thresholds, at_s, speed),
            )
            duration_s = min(one.duration_s, max(self._until_s - now_s, 0.0))
            cut = duration_s < one.duration_s
            dirty = act.written(duration_s)
            told = Pass(number, now_s, duration_s, sends, int(np.count_nonzero(dirty)), paused)
            self.moved = number == len(shown) and self.run.moved and not cut
            yield told, act
            if cut:
                return
            left = np.arange(self.layout.pages) >= act.cursor(one.duration_s)
            never, pending = never & left, (pending & left) | dirty
            now_s, expected = now_s + one.duration_s, one.dirtied_bytes
        if self.run.how == POST_COPY and self.run.push is not None:
            yield from self._push(len(shown) + 1, now_s, never, pending)

    def _push(
        self, number: int, now_s: float, never: Mask, pending: Mask
    ) -> Iterator[tuple[Pass, Act]]:
        push = self.run.push
        if push is None:
            return
        full_s, at_s = push.duration_s, self.run.end_s + handshake_s(self._case)
        if full_s == math.inf:  # the link stays down: shown until it goes
            full_s = max(rates(self._case).from_s[-1] - at_s, 0.0)
        duration_s = min(full_s, max(self._until_s - now_s, 0.0))
        count = int(np.count_nonzero(pending))
        part = push.sent_bytes / max(self.run.rest_bytes, 1.0) if not self.run.moved else 1.0
        draw, turns = self._draws(number), round(count * min(part, 1.0))
        scale = self.page_bytes / self._case.page_bytes
        speed = self._faulting(
            draw, np.flatnonzero(pending)[:turns], (at_s, full_s), push.faults / scale
        )
        act = PushAct(
            self.layout.pages,
            False,
            never,
            pending,
            turns,
            draw,
            partial(self._share, at_s, full_s),
            partial(self._thresholds, at_s, speed),
            push.latency_s if push.latency_s < math.inf else 0.0,
        )
        self.moved = self.run.moved and duration_s >= full_s
        yield Pass(number, now_s, duration_s, act.turns, 0, push=True), act

    def _sends(
        self, number: int, pending: int, expected_bytes: float, paused: bool
    ) -> tuple[int, int]:
        """How many pending pages have their turn in a pass, and how many of them are sent.

        All and all, unless the pass is cut, hands on a rest (qemu), or skips
        pages that were written again before their turn (xen).
        """
        case, one = self._case, self.run.passes[number - 1]
        if paused or pending == 0:
            return pending, pending
        cut = number == self._running and self.run.how in {TIMED_OUT, POST_COPY, NEVER}
        if case.policy.compression or case.policy.xbzrle:
            share = 1.0
            if self.run.push is not None and cut:
                change = expected_bytes - one.dirtied_bytes
                gone = expected_bytes - self.run.rest_bytes
                share = gone / change if change else 1.0
        elif case.policy.hypervisor == "qemu":
            page_bytes = self.page_bytes * (1.0 + HEADER_BYTES / case.page_bytes)
            share = math.floor(one.sent_bytes / page_bytes + 0.5) / pending
        else:
            share = one.sent_bytes / expected_bytes if expected_bytes else 1.0
        sent = round(pending * min(max(share, 0.0), 1.0))
        skips = case.policy.hypervisor == "xen" and not cut
        return (pending, sent) if skips else (sent, sent)

    def _draws(self, number: int) -> Draws:
        draw = np.empty(self.layout.pages, np.uint64)
        address = np.arange(self.layout.pages, dtype=np.int64) // self._grain
        kernel.draw_array(kernel.key(self._seed, number), address, draw)
        if self._grain > 1:
            draw = even(draw, self._class)
        of_curve = self._class == self._classes
        draw[of_curve] = np.arange(np.count_nonzero(of_curve))
        return draw

    def _share(self, at_s: float, duration_s: float, elapsed_s: float) -> float:
        """How much of a pass's bytes have gone, as the link's rate has it."""
        if duration_s <= 0.0 or elapsed_s >= duration_s:
            return 1.0
        if self._case.link is None:
            return elapsed_s / duration_s
        link = rates(self._case)
        whole = transferred_bytes(duration_s, at_s, link.from_s, link.bytes_per_s)
        gone = transferred_bytes(elapsed_s, at_s, link.from_s, link.bytes_per_s)
        return gone / whole if whole > 0.0 else 0.0

    def _thresholds(self, at_s: float, speed: float, elapsed_s: float) -> Draws:
        """Each page's threshold at a time of a pass; see `vmlab.kernels.pages`."""
        writes = self.work.writes_per_page(at_s, elapsed_s)
        found = [round(-math.expm1(-speed * n) * 2.0**kernel.DRAW_BITS) for n in writes]
        swept = dirtied_bytes(speed * elapsed_s, (), (), self.work.curve_s, self.work.curve_bytes)
        found += [math.floor(swept / self.page_bytes + 0.5), 0]
        return np.take(np.array(found, np.uint64), self._class)

    def _faulting(
        self, draw: Draws, order: Addresses, span_s: tuple[float, float], faults: float
    ) -> float:
        """How fast a guest that stands still at each fault runs, so that it has so many."""
        at_s, duration_s = span_s
        steps = 64  # of the push; in each, pages that come in it
        parts = [part for part in np.array_split(order, steps) if len(part)]

        def asked(speed: float) -> int:
            found = 0
            for step, part in enumerate(parts):
                elapsed_s = duration_s * (step + 0.5) / len(parts)
                limits = self._thresholds(at_s, speed, elapsed_s)
                found += int(np.count_nonzero(draw[part] < limits[part]))
            return found

        low, high = 0.0, 1.0
        if asked(high) <= faults:
            return high
        for _ in range(_SPEEDS // 3):
            middle = 0.5 * (low + high)
            low, high = (middle, high) if asked(middle) < faults else (low, middle)
        return high

    def _speed(self, at_s: float, duration_s: float, dirtied_bytes_: float) -> float:
        """Share of a pass in which the guest ran, so that it dirties what the estimate says."""

        def dirtied(speed: float) -> float:
            writes = self.work.writes_per_page(at_s, duration_s)
            curve = (self.work.curve_s, self.work.curve_bytes)
            return dirtied_bytes(speed * duration_s, (), (), *curve) - sum(
                size * math.expm1(-speed * n)
                for size, n in zip(self.work.class_bytes, writes, strict=True)
            )

        low, high = 0.0, 1.0
        if abs(dirtied(high) - dirtied_bytes_) <= self._case.page_bytes:
            return high
        while dirtied(high) < dirtied_bytes_ and high < 2.0**20:
            low, high = high, 2.0 * high
        for _ in range(_SPEEDS):
            middle = 0.5 * (low + high)
            low, high = (middle, high) if dirtied(middle) < dirtied_bytes_ else (low, middle)
        return high


def copied(case: Case) -> Copy:
    """What the estimate of a case is told from: its passes, and the push after a switch."""
    run = qemu_copy(case) if case.policy.hypervisor == "qemu" else copy(case)
    return switch(case, run) if run.how == POST_COPY and run.push is None else run


def _in_pages(work: Dirtying, page_bytes: int) -> Dirtying:
    """Classes in whole pages of a scale model; never more than there were bytes."""
    sizes = tuple(size // page_bytes * page_bytes for size in work.class_bytes)
    return Dirtying(sizes, (), work.curve_s, work.curve_bytes)


def _no_film() -> Problem:
    return Problem("there is no copy of a running guest's memory to film", "Film one that has it")
