"""One pass of a film that follows an estimate: what each page is at a time of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from vmlab.kernels import pages as kernel
from vmlab.kernels.pages import Draws

Mask = NDArray[np.bool_]

#: A dot shows the worst of its pages, and one that was asked for before those that are missing:
#: few are, and a dot of many pages would never tell.
_BY_RANK = np.array([kernel.SENT, kernel.NOT_SENT, kernel.REQUESTED, kernel.DIRTY], dtype=np.uint8)
_RANK = np.argsort(_BY_RANK).astype(np.uint8)


@dataclass(eq=False)
class Act:
    """One pass of an estimate, on pages.

    Parameters
    ----------
    pages : int
        Size of memory.
    paused : bool
        Whether the guest is, so that nothing is written.
    never_sent, pending : numpy.ndarray of bool, shape (pages,)
        Not sent in any pass yet, zero pages included; to be sent in this one.
    turns : int
        Pending pages that have their turn.
    draw : numpy.ndarray of uint64, shape (pages,)
        Each page's draw; see `vmlab.kernels.pages`.
    share : callable
        Time of the pass to the share of its bytes that have gone.
    thresholds : callable
        Time of the pass to each page's threshold.
    """

    pages: int
    paused: bool
    never_sent: Mask
    pending: Mask
    turns: int
    draw: Draws
    share: Callable[[float], float]
    thresholds: Callable[[float], Draws]

    def cursor(self, elapsed_s: float) -> int:
        """Address below which every page has had its turn."""
        order = np.flatnonzero(self.pending)
        share = self.share(elapsed_s)
        sent = min(round(self.turns * share), len(order))
        return int(order[sent]) if sent < len(order) else self.pages

    def written(self, elapsed_s: float) -> Mask:
        """Pages written since the pass began."""
        if self.paused:
            return np.zeros(self.pages, np.bool_)
        return self.draw < self.thresholds(elapsed_s)

    def paint(
        self, elapsed_s: float, done: bool, pages_per_dot: int, dots_out: NDArray[np.uint8]
    ) -> tuple[int, int, int]:
        """Paint the map at a time of this pass; how many pages are not sent, dirty, asked for."""
        found = self.shown(elapsed_s, done)
        if pages_per_dot > 1:
            ranks = np.maximum.reduceat(_RANK[found], np.arange(0, len(found), pages_per_dot))
            dots_out[:] = _BY_RANK[ranks]
        else:
            dots_out[:] = found
        kinds = kernel.NOT_SENT, kernel.DIRTY, kernel.REQUESTED
        unsent, dirty, asked = (int(np.count_nonzero(found == kind)) for kind in kinds)
        return unsent, dirty, asked

    def shown(self, elapsed_s: float, done: bool) -> NDArray[np.uint8]:
        """What each page is at a time of this pass."""
        cursor = self.pages if done else self.cursor(elapsed_s)
        found = np.full(self.pages, kernel.SENT, np.uint8)
        if not self.paused:
            found[self.written(elapsed_s)] = kernel.DIRTY
        found[cursor:][self.pending[cursor:]] = kernel.DIRTY
        found[cursor:][self.never_sent[cursor:]] = kernel.NOT_SENT
        return found


@dataclass(eq=False)
class PushAct(Act):
    """What follows a post-copy switch: pages come in order, and those asked for come first.

    An `Act` that also knows `latency_s`, how long a page that was asked for
    takes, and from frame to frame which pages were `asked` for and which the
    push has `passed`.
    """

    latency_s: float = 0.0
    asked: Mask = field(default_factory=lambda: np.zeros(0, np.bool_))
    passed: Mask = field(default_factory=lambda: np.zeros(0, np.bool_))

    def shown(self, elapsed_s: float, done: bool) -> NDArray[np.uint8]:
        """What each page is, at times that do not fall."""
        pages = self.pages
        if elapsed_s <= 0.0 or not len(self.asked):
            self.asked, self.passed = np.zeros(pages, np.bool_), np.zeros(pages, np.bool_)
        touched = self.written(max(elapsed_s - self.latency_s, 0.0))
        self.asked |= touched & self.pending & ~self.passed
        share = self.share(elapsed_s)
        pushed = round(self.turns * share) - int(np.count_nonzero(self.asked & ~self.passed))
        order = np.flatnonzero(self.pending & (~self.asked | self.passed))
        cursor = pages
        if pushed < len(order) and not done:
            cursor = int(order[max(pushed, 0)])
        self.passed |= np.arange(pages) < cursor
        found = np.full(pages, kernel.SENT, np.uint8)
        found[self.never_sent | self.pending] = kernel.NOT_SENT
        found[self.asked] = kernel.REQUESTED
        found[self.passed] = kernel.SENT
        return found
