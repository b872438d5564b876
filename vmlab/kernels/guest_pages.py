"""A guest's writable pages, drawn pass by pass, by as many threads as are given."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import accumulate

import numpy as np

from vmlab.kernels.bitmap_arrays import draw_array
from vmlab.kernels.bitmaps import CHUNK_WORDS, LANES, PAGES_PER_WORD, Indices, Words, draw_chunks
from vmlab.kernels.compile import can_compile, compiled
from vmlab.kernels.pages import key

#: From so many words in all on the loop is compiled; that takes a second or two.
WORTH_COMPILING = 2**18
#: From so many chunks on a second thread pays.
WORTH_SHARING = 16
#: Chunks that a thread takes at a time: what is left over at the end stays small.
TASK_CHUNKS = 16

#: What one thread works in.
Room = tuple[Words | Indices, ...]


class Pages:
    """A guest's writable pages as bits, class by class.

    Parameters
    ----------
    class_pages : sequence of int
        Pages of each class.
    total_words : int, optional
        Words that will be drawn in all, to judge whether compiling pays;
        the memory's own by default.
    threads : int, optional
        Threads at most.
    """

    def __init__(
        self, class_pages: Sequence[int], total_words: int | None = None, threads: int = 1
    ) -> None:
        self.class_pages = np.array(class_pages, np.int64)
        words = (-(-pages // PAGES_PER_WORD) for pages in class_pages)
        self.class_from = np.array([*accumulate(words, initial=0)], np.int64)
        self.words = int(self.class_from[-1])
        self.chunks = -(-self.words // CHUNK_WORDS)
        drawn = self.words if total_words is None else total_words
        self._compiled = drawn >= WORTH_COMPILING and can_compile()
        shared = self._compiled and self.chunks >= WORTH_SHARING
        self._threads = max(1, threads) if shared else 1
        self._pool = ThreadPoolExecutor(self._threads - 1) if self._threads > 1 else None
        self._rooms: list[Room] = [
            (*np.empty((3, LANES), np.uint64), np.empty(LANES + 1, np.int64))
            for _ in range(self._threads)
        ]

    def close(self) -> None:
        """End the threads of `draw`."""
        if self._pool is not None:
            self._pool.shutdown()

    def bitmap(self) -> Words:
        """A clean bitmap for `draw`, room for whole chunks."""
        return np.zeros(self.chunks * CHUNK_WORDS, np.uint64)

    def draw(self, seed: int, stream: int, threshold: Sequence[int], dirty_out: Words) -> int:
        """Draw every page anew.

        Parameters
        ----------
        seed, stream : int
            Hashed into the keys; a stream for each pass.
        threshold : sequence of int
            For each class, of ``2**53`` numbers how many mean written.
        dirty_out : numpy.ndarray of uint64
            A bitmap of `bitmap`, filled.

        Returns
        -------
        int
            Pages written; the same at any number of threads, compiled or not.
        """
        keys = key(seed, 2 * stream), key(seed, 2 * stream + 1)
        limits = np.array(threshold, np.uint64)
        of_guest = (self.class_from, self.class_pages, limits, dirty_out)
        form = compiled(draw_chunks) if self._compiled else None
        if form and self._pool is None:
            return int(form(*keys, 0, self.chunks, *of_guest, *self._rooms[0]))
        size = max(1, min(TASK_CHUNKS, self.chunks // 16)) if form else TASK_CHUNKS
        tasks = deque(range(0, self.chunks, size))

        def work(room: Room) -> int:
            count = 0
            while tasks:
                try:
                    first = tasks.popleft()
                except IndexError:  # another thread was faster
                    break
                task = (*keys, first, min(first + size, self.chunks), *of_guest)
                count += form(*task, *room) if form else draw_array(*task)
            return count

        if self._pool is None:
            return work(self._rooms[0])
        others = [self._pool.submit(work, room) for room in self._rooms[1:]]
        return work(self._rooms[0]) + sum(one.result() for one in others)

    def count(self, bitmap: Words, share: float) -> int:
        """Set pages among the first share of each class.

        Parameters
        ----------
        bitmap : numpy.ndarray of uint64
            One of `bitmap`.
        share : float
            0 to 1; of a class, whole pages.

        Returns
        -------
        int
            Pages.

        Notes
        -----
        Rounded where the classes add up, so that many small ones have lost no
        more together than half a page.
        """
        found = 0
        ends = np.floor(np.cumsum(self.class_pages) * share + 0.5).astype(np.int64)
        shares = np.diff(ends, prepend=0)
        for first, pages in zip(self.class_from[:-1], shares.tolist(), strict=True):
            words, rest = divmod(pages, PAGES_PER_WORD)
            found += int(np.bitwise_count(bitmap[first : first + words]).sum())
            if rest:
                found += int(bitmap[first + words] & np.uint64(2**rest - 1)).bit_count()
        return found
