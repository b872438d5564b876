"""A guest page by page, with drawn writes: the expected values' independent twin."""

from __future__ import annotations

import random


class DrawnPages:
    """Pages of some classes, each with the times of its writes in two spans.

    Parameters
    ----------
    classes : list of (int, float)
        Pages of each class, and writes a second to each of them.
    last_s, now_s : float
        Lengths of the span before and of this one; an infinite one before a
        first pass makes every page due.
    seed : int
        What to draw from.
    """

    def __init__(
        self, classes: list[tuple[int, float]], last_s: float, now_s: float, seed: int
    ) -> None:
        draw = random.Random(seed)
        self.now_s = now_s
        self.due: list[bool] = []
        self.first_write_s: list[float] = []
        for size, rate in classes:
            for _ in range(size):
                first = last_s == float("inf") or (rate > 0 and draw.expovariate(rate) <= last_s)
                self.due.append(first)
                self.first_write_s.append(draw.expovariate(rate) if rate > 0 else float("inf"))
        self.turn = [draw.random() for _ in self.due]

    def sent_with_peeking(self) -> int:
        """Pages that are still clean at their turn."""
        pages = zip(self.due, self.first_write_s, self.turn, strict=True)
        return sum(due and written > turn * self.now_s for due, written, turn in pages)

    def left(self, share: float) -> int:
        """Pages unsent or written again when the share of the pass has had its turn."""
        pages = zip(self.due, self.first_write_s, self.turn, strict=True)
        return sum((due and turn > share) or written <= self.now_s for due, written, turn in pages)
