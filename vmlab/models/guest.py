"""A guest's pages during a drawn migration: which are to be sent, which were written since."""

from __future__ import annotations

import math
from types import TracebackType

import numpy as np

from vmlab.kernels.dirtying import dirtied_bytes
from vmlab.kernels.guest_pages import Pages
from vmlab.kernels.pages import DRAW_BITS
from vmlab.models.case import Case
from vmlab.models.precopy import dirtying

#: Passes that a run is taken to have when it is judged whether compiling pays.
_PASSES = 8


class Guest:
    """The bitmaps of one guest, used for run after run.

    Pages written at random are bits, class by class. The pages of a curve are
    written in order, so that a number says which. Pages that are not written
    at all count in the first pass. Each of the three is spread evenly over
    memory: when a share of a pass has been sent, that share of each has had
    its turn.

    Parameters
    ----------
    case : Case
        The case.
    repeats : int
        Runs to come.
    threads : int
        Threads at most.
    """

    def __init__(self, case: Case, repeats: int, threads: int) -> None:
        work = dirtying(case.workload, case.page_bytes)
        page = case.page_bytes
        sizes = [round(n_bytes / page) for n_bytes in work.class_bytes]
        self._work = work
        self.last_phase_s = work.phase_from_s[-1]
        self._curve = work.curve_s, tuple(n_bytes / page for n_bytes in work.curve_bytes)
        self._curve_pages = math.ceil(self._curve[1][-1]) if work.curve_s else 0
        self._quiet_pages = case.nonzero_pages - sum(sizes) - self._curve_pages
        words = sum(-(-size // 64) for size in sizes)
        self._pages = Pages(sizes, words * repeats * _PASSES, threads)
        self._dirty = self._pages.bitmap()
        # What a pass has still to send matters only where it may be cut.
        whole = case.policy.timeout_s is None and not (case.link and case.link.profile)
        self._pending = self._dirty if whole else self._pages.bitmap()
        self.reset()

    def __enter__(self) -> Guest:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._pages.close()

    def reset(self) -> None:
        """Begin a run: every page is to be sent."""
        self._first = True
        self._random, self._in_order = int(self._pages.class_pages.sum()), self._curve_pages
        self._extra = self._quiet_pages
        self._written = self._swept = 0

    @property
    def pending_pages(self) -> int:
        """Pages that this pass sends."""
        return self._random + self._in_order + self._extra

    def write(self, start_s: float, duration_s: float, seed: int, stream: int) -> int:
        """Draw what the guest writes during this pass.

        Parameters
        ----------
        start_s, duration_s : float
            When the pass starts, on the clock of the command, and how long it
            takes, s.
        seed, stream : int
            What to draw from; a stream for each pass of each run.

        Returns
        -------
        int
            Distinct pages.
        """
        writes = self._work.writes_per_page(start_s, duration_s)
        limits = [round(-math.expm1(-count) * 2.0**DRAW_BITS) for count in writes]
        self._written = self._pages.draw(seed, stream, limits, self._dirty) if limits else 0
        swept = dirtied_bytes(duration_s, (), (), *self._curve)
        self._swept = min(math.floor(swept + 0.5), self._curve_pages)
        return self._written + self._swept

    def next_pass(self) -> None:
        """What was written is to be sent now."""
        self._pending, self._dirty = self._dirty, self._pending
        self._random, self._in_order, self._extra = self._written, self._swept, 0
        self._first = False

    def cut(self, sent: int) -> None:
        """Stop after so many pages of this pass: what is left, and what was written, is to be sent.

        Parameters
        ----------
        sent : int
            Pages of this pass that were sent.

        Notes
        -----
        ``left = pending - sent + written - both``, where *both* are the written
        pages that this pass had still ahead of it. How far the pass had come in
        the order of addresses is found by bisection.
        """
        pending = self.pending_pages
        share = self._share(sent)
        if self._first:
            both = self._written - self._pages.count(self._dirty, share)
        else:
            overlap = np.bitwise_and(self._pending, self._dirty)
            both = self._pages.count(overlap, 1.0) - self._pages.count(overlap, share)
        turn = int(self._curve_pages * share)
        both += max(min(self._swept, self._in_order) - turn, 0)
        rest = pending - sent + self._written + self._swept - both
        self._random, self._in_order, self._extra = 0, 0, rest

    def _share(self, sent: int) -> float:
        """The share of addresses that a pass has gone through when it has sent so many pages."""
        low, high = 0.0, 1.0
        if self._first:
            return sent / self.pending_pages if self.pending_pages else 1.0
        for _ in range(40):
            middle = 0.5 * (low + high)
            turn = min(self._in_order, int(self._curve_pages * middle))
            if self._pages.count(self._pending, middle) + turn <= sent:
                low = middle
            else:
                high = middle
        return low
