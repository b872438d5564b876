"""A migration page by page, as a film of the memory map."""

from __future__ import annotations

import math
import zlib
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vmlab.kernels.pages import REQUESTED
from vmlab.models.acted import Stage
from vmlab.models.case import Case, refuse_impossible
from vmlab.models.grain import ENDLESS_PASSES
from vmlab.models.pagerun import MOST_PAGES, RUNS, Pass, Run

__all__ = [
    "ENDLESS_PASSES", "MOST_PAGES", "REQUESTED", "RUNS", "Film", "Pass", "decode", "record",
]  # fmt: skip


@dataclass(frozen=True, eq=False, repr=False)
class Film:
    """What the memory map shows, frame by frame.

    Parameters
    ----------
    frames : numpy.ndarray of uint8, shape (frames, dots)
        0 not sent, 1 sent and current, 2 dirty: sent before, and to be sent
        again; after a post-copy switch 0 is missing at the destination, and 3
        asked for by the guest and there, ahead of its turn. A dot shows the
        first that one of its pages is: dirty, asked for, not sent, sent.
    seconds : numpy.ndarray of float64, shape (frames,)
        Time of each frame from the start of the copy, s.
    rounds : numpy.ndarray of int64, shape (frames,)
        Its pass, from 1; the last is the stop phase.
    counts : numpy.ndarray of int64, shape (frames, 3)
        Pages, not dots: not sent, sent, dirty. What was asked for is sent.
    requested : numpy.ndarray of int64, shape (frames,)
        Pages that the guest asked for and that have come, ahead of their turn.
    passes : tuple of Pass
        All passes that the film reaches; the last may be cut.
    pages_per_dot, page_bytes : int
        Scale of the map; above `MOST_PAGES` a page is larger than the guest's.
    moved : bool
        Whether the film ends with everything sent.
    """

    frames: NDArray[np.uint8]
    seconds: NDArray[np.float64]
    rounds: NDArray[np.int64]
    counts: NDArray[np.int64]
    requested: NDArray[np.int64]
    passes: tuple[Pass, ...]
    pages_per_dot: int
    page_bytes: int
    moved: bool

    @property
    def asks(self) -> bool:
        """Whether any dot shows pages that the guest asked for."""
        return bool((self.frames == REQUESTED).any())

    def encode(self) -> bytes:
        """The frames, small: zlib of the first and of each one's XOR with the one before."""
        deltas = self.frames.copy()
        deltas[1:] ^= self.frames[:-1]
        return zlib.compress(deltas.tobytes(), 9)

    def __repr__(self) -> str:
        frames, dots = self.frames.shape
        end = "moved" if self.moved else "not moved"
        return (
            f"Film: {frames} frames of {dots:,} dots, {self.pages_per_dot} pages a dot,"
            f" {len(self.passes)} passes in {self.seconds[-1]:.6g} s, {end}"
        )


def decode(film: bytes, dots: int) -> NDArray[np.uint8]:
    """The frames of an encoded film, shape (frames, dots)."""
    deltas = np.frombuffer(zlib.decompress(film), dtype=np.uint8).reshape(-1, dots)
    return np.bitwise_xor.accumulate(deltas, axis=0)


def record(
    case: Case,
    *,
    frames: int = 250,
    dots: int = 65_536,
    seed: int | None = None,
    until_s: float | None = None,
) -> Film:
    """Migrate page by page, and film the memory map.

    Parameters
    ----------
    case : Case
        What to migrate.
    frames : int, optional
        Frames, evenly spaced from the start of the copy to its end; at least 2.
    dots : int, optional
        Dots of the map at most; fewer where memory has fewer pages.
    seed : int, optional
        Instead of the case's own.
    until_s : float, optional
        Cut the run here: something failed. Seconds from the start of the copy.

    Returns
    -------
    Film
        With the seed always the same, compiled or not.

    Raises
    ------
    InputError
        The case asks for something that this version cannot estimate.

    Notes
    -----
    Under ``ideal`` and ``esx`` the run is drawn and follows the rules itself.
    What else a case may ask for is acted out: the passes, their times and what
    they dirty are the estimate's, and which pages those are is drawn.

    Whole pages and drawn writes, where `estimate` has expected ones: a pass
    sends its pages in the order of their addresses, a page written after the
    pass began goes into the next. The working set lies in clusters
    (`vmlab.models.layout`), and in a memory of more than `RUNS` pages
    neighbours are written together, a run of them at a time: the expected
    numbers are the estimate's, the chance in them that of `RUNS` pages. Where
    that would make a large film, it is drawn coarser and evenly
    (`vmlab.models.grain`).

    A page of a curve is written at the same time of every pass. Zero pages
    are passed over in no time. A pass that a timeout with ``on_timeout: stop``
    would cut is shown to its end. A run that does not converge ends after
    `ENDLESS_PASSES` passes.
    """
    refuse_impossible(case)
    kind = Run if _is_drawn(case) else Stage
    run = kind(case, case.seed if seed is None else seed, math.inf if until_s is None else until_s)
    passes = tuple(one for one, _ in run.passes())
    end_s = passes[-1].start_s + passes[-1].duration_s if passes else 0.0
    per_dot = max(1, -(-run.layout.pages // dots))
    shape = (frames, -(-run.layout.pages // per_dot))
    film = Film(
        frames=np.zeros(shape, dtype=np.uint8),
        seconds=np.linspace(0.0, end_s, frames),
        rounds=np.empty(frames, dtype=np.int64),
        counts=np.empty((frames, 3), dtype=np.int64),
        requested=np.zeros(frames, dtype=np.int64),
        passes=passes,
        pages_per_dot=per_dot,
        page_bytes=run.page_bytes,
        moved=run.moved,
    )
    _paint(film, run)
    return film


def _paint(film: Film, run: Run | Stage) -> None:
    """Run once more, now with the times of the frames known, and fill them in."""
    film.rounds[:] = 1
    film.counts[:] = run.layout.pages, 0, 0
    at = 0
    last = len(film.seconds)
    for one, state in run.passes():
        final = one.round == film.passes[-1].round
        end = last if final else int(np.searchsorted(film.seconds, one.start_s + one.duration_s))
        for frame in range(at, end):
            elapsed_s = min(film.seconds[frame] - one.start_s, one.duration_s)
            done = frame == last - 1 and film.moved
            dots = film.frames[frame]
            unsent, dirty, asked = state.paint(elapsed_s, done, film.pages_per_dot, dots)
            film.counts[frame] = unsent, run.layout.pages - unsent - dirty, dirty
            film.requested[frame] = asked
            film.rounds[frame] = one.round
        at = end


def _is_drawn(case: Case) -> bool:
    """Whether a drawn run follows all the rules of the case."""
    policy = case.policy
    asked = (
        policy.downtime_ramp, policy.postcopy_after_s, policy.throttle, policy.compression,
        policy.xbzrle, policy.encryption, case.workload.phases, case.storage,
    )  # fmt: skip
    return (
        case.algorithm in {"pre-copy", "stop-and-copy"}
        and policy.hypervisor in {"ideal", "esx"}
        and policy.on_timeout != "post-copy"
        and case.guest == "running"
        and not any(each is not None for each in asked)
    )
