"""Disks copied block by block, with a version for each block: the kernels' independent twins."""

from __future__ import annotations

import random
from dataclasses import dataclass


@dataclass
class Places:
    """Rates of the source, the target and the network; infinite where there is none."""

    read: float
    write: float
    network: float
    same_array: bool = False

    def copy_s(self, read: float, write: float, sent: float, mirrored: float) -> float:
        """Seconds for so many bytes of a copy beside so many mirrored bytes a second."""

        def at(rate: float, n_bytes: float, load: float) -> float:
            return n_bytes / (rate - load) if n_bytes else 0.0

        network = at(self.network, sent, mirrored)
        if self.same_array:
            busy = read / self.read + write / self.write
            return max(busy / (1 - mirrored / self.write), network)
        return max(at(self.read, read, 0.0), at(self.write, write, mirrored), network)

    def guest_gets(self, read: float, write: float, sent: float) -> float:
        """Half of each place, or what the copy by itself leaves of it."""
        alone = self.copy_s(read, write, sent, 0.0)
        at_target = write / self.write + (read / self.read if self.same_array else 0.0)
        left = 1 - at_target / alone, 1 - sent / self.network / alone
        return min(max(0.5, left[0]) * self.write, max(0.5, left[1]) * self.network)


def mirror(
    length: float, shares: tuple[float, float, float], guest: float, places: Places, blocks: int
) -> tuple[float, float, float]:
    """Seconds, mirrored bytes and least share of the guest's writes, in small steps."""
    each = length / blocks
    costs = [share * each for share in shares]
    cap = places.guest_gets(*costs)
    seconds = mirrored = 0.0
    least = 1.0
    for block in range(blocks):
        wanted = guest * (block + 0.5) / blocks
        took = places.copy_s(*costs, min(wanted, cap))
        seconds += took
        mirrored += min(wanted, cap) * took
        least = min(least, cap / wanted if wanted > cap else 1.0)
    return seconds, mirrored, min(least, cap / guest if guest > cap else 1.0)


@dataclass
class Outcome:
    seconds: float
    copied: list[int]
    mirrored: int
    in_step: bool


def mirrored_versions(
    blocks: int, footprint: int, writes_per_s: float, block_s: float, seed: int
) -> Outcome:
    """One pass; a write to a block behind the cursor goes to both sides."""
    chance = random.Random(seed)
    hot = chance.sample(range(blocks), footprint)
    source, target = [1] * blocks, [0] * blocks
    mirrored, now = 0, 0.0
    next_write = chance.expovariate(writes_per_s) if writes_per_s else float("inf")
    for cursor in range(blocks):
        now += block_s
        while next_write < now:
            block = chance.choice(hot)
            source[block] += 1
            if block < cursor:
                target[block] = source[block]
                mirrored += 1
            next_write += chance.expovariate(writes_per_s)
        target[cursor] = source[cursor]
    return Outcome(now, [blocks], mirrored, source == target)


def changed_versions(
    blocks: int, footprint: int, writes_per_s: float, block_s: float, limit_s: float, seed: int
) -> Outcome:
    """Passes over what changed since the last; the last of them with the guest paused."""
    chance = random.Random(seed)
    hot = chance.sample(range(blocks), footprint)
    source, target = [1] * blocks, [0] * blocks
    todo, copied, now = list(range(blocks)), [], 0.0
    next_write = chance.expovariate(writes_per_s)
    while True:
        paused = bool(copied) and len(todo) * block_s <= limit_s
        changed: set[int] = set()
        for block in todo:
            now += block_s
            if not paused:
                while next_write < now:
                    written = chance.choice(hot)
                    source[written] += 1
                    changed.add(written)
                    next_write += chance.expovariate(writes_per_s)
            target[block] = source[block]
        copied.append(len(todo))
        if paused:
            return Outcome(now, copied, 0, source == target)
        todo = sorted(changed)
