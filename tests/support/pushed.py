"""A post-copy push page by page, told as simply as can be: the kernel's independent twin."""

from __future__ import annotations

import itertools
import math
import random
from collections.abc import Sequence
from dataclasses import dataclass, field


@dataclass
class Pushed:
    """One drawn run. Pages are sent one to a slot; what is written to the connection stays so."""

    pages: int
    classes: Sequence[tuple[int, float]]  # pages, touches of each a second
    slot_s: float
    queue_pages: int = 0
    round_trip_s: float = 0.0
    vcpus: int = 1
    seed: int = 0
    arrival_s: list[float | None] = field(default_factory=list)
    asked: list[tuple[float, int]] = field(default_factory=list)
    faults: int = 0
    stall_s: float = 0.0

    def run(self) -> Pushed:
        self.draw = random.Random(self.seed)
        touched = [rate for n, rate in self.classes for _ in range(n)]
        touched += [0.0] * (self.pages - len(touched))
        self.draw.shuffle(touched)  # anywhere in the order of the push
        self.busy = [page for page, rate in enumerate(touched) if rate > 0]
        self.shares = list(itertools.accumulate(touched[page] for page in self.busy))
        self.arrival_s = [None] * self.pages
        self.clock_s = [self.pause() for _ in range(self.vcpus)]
        self.waits_for: list[int | None] = [None] * self.vcpus
        cursor = 0
        for turn in range(self.pages):
            now = max(0, turn - self.queue_pages) * self.slot_s
            for vcpu in range(self.vcpus):
                self.go_on(vcpu, now)
            page = self.next_asked(now)
            if page is None:
                while self.arrival_s[cursor] is not None:
                    cursor += 1
                page = cursor
            self.arrival_s[page] = (turn + 1) * self.slot_s + self.round_trip_s / 2
        for vcpu in range(self.vcpus):
            self.go_on(vcpu, self.pages * self.slot_s + self.round_trip_s)
        return self

    def pause(self) -> float:
        rate = self.shares[-1] / self.vcpus if self.shares else 0.0
        return self.draw.expovariate(rate) if rate else math.inf

    def next_asked(self, now: float) -> int | None:
        """The oldest request that has reached the source, if its page is not under way."""
        self.asked.sort()
        while self.asked and self.asked[0][0] <= now:
            page = self.asked.pop(0)[1]
            if self.arrival_s[page] is None:
                return page
        return None

    def go_on(self, vcpu: int, until: float) -> None:
        """Let a vCPU run, and wait at its faults, up to an instant."""
        while True:
            page = self.waits_for[vcpu]
            if page is not None:
                came = self.arrival_s[page]
                if came is None or came > until:
                    return
                self.stall_s += came - self.clock_s[vcpu]
                self.clock_s[vcpu] = came + self.pause()
                self.waits_for[vcpu] = None
            now = self.clock_s[vcpu]
            if now > until:
                return
            (page,) = self.draw.choices(self.busy, cum_weights=self.shares)
            came = self.arrival_s[page]
            if came is not None and came <= now:
                self.clock_s[vcpu] += self.pause()
                continue
            self.faults += 1
            self.waits_for[vcpu] = page
            if came is None:
                self.asked.append((now + self.round_trip_s / 2, page))
