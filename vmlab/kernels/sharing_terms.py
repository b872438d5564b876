"""Many migrations at once: what each has to copy, and what is noted of it."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from vmlab.kernels.flows import FLOW, Floats, Indices

#: How a job ended: it waits for more slots than there are, arrived, was made to fail, ...
STUCK, MOVED, FAILED = 0, 1, 2
#: ... changes faster than its best rate, or would be paused for too long.
ENDLESS, TOO_LONG = 3, 4


class Jobs(NamedTuple):
    """Migrations in the order of the queue.

    Parameters
    ----------
    ready_s : numpy.ndarray of float64, shape (n,)
        When each is asked for, s.
    setup_s, resume_s : numpy.ndarray of float64, shape (n,)
        Before its first byte, and after its last.
    disk_bytes, memory_bytes : numpy.ndarray of float64, shape (n,)
        What is copied first, in one go, and what is then copied in rounds.
    disk_bytes_per_s, memory_bytes_per_s : numpy.ndarray of float64, shape (n,)
        The job's own rates. Its routes are ``2 j`` for disks and ``2 j + 1`` for memory.
    page_bytes : numpy.ndarray of float64, shape (n,)
        Less than half a page is nothing.
    limit_s, longest_stop_s : numpy.ndarray of float64, shape (n,)
        The rest is small enough when it takes no longer than the one, and is
        not sent when it takes longer than the other.
    max_rounds : numpy.ndarray of int64, shape (n,)
        Rounds after which the guest is paused anyhow; 0 is none.
    class_start : numpy.ndarray of int64, shape (n + 1,)
        Where each job's run of classes begins.
    class_bytes, class_writes_per_s : numpy.ndarray of float64
        The runs, as in `vmlab.kernels.dirtying`.
    curve_start : numpy.ndarray of int64, shape (n + 1,)
        Where each job's run of points begins.
    curve_s, curve_bytes : numpy.ndarray of float64
        The runs, likewise.
    fail_start : numpy.ndarray of int64, shape (n + 1,)
        Where each job's run of failures begins.
    fail_after_s : numpy.ndarray of float64
        The runs: how long after its start each attempt fails; infinity is never.
    """

    ready_s: Floats
    setup_s: Floats
    resume_s: Floats
    disk_bytes: Floats
    memory_bytes: Floats
    disk_bytes_per_s: Floats
    memory_bytes_per_s: Floats
    page_bytes: Floats
    limit_s: Floats
    longest_stop_s: Floats
    max_rounds: Indices
    class_start: Indices
    class_bytes: Floats
    class_writes_per_s: Floats
    curve_start: Indices
    curve_s: Floats
    curve_bytes: Floats
    fail_start: Indices
    fail_after_s: Floats


#: A job's numbers beside each other: those of `Jobs`, and where its runs begin and end.
JOB = np.dtype(
    [
        ("ready_s", "f8"),
        ("setup_s", "f8"),
        ("resume_s", "f8"),
        ("disk_bytes", "f8"),
        ("memory_bytes", "f8"),
        ("disk_bytes_per_s", "f8"),
        ("memory_bytes_per_s", "f8"),
        ("page_bytes", "f8"),
        ("limit_s", "f8"),
        ("longest_stop_s", "f8"),
        ("max_rounds", "i8"),
        ("classes", "i8"),
        ("classes_end", "i8"),
        ("points", "i8"),
        ("points_end", "i8"),
        ("failures", "i8"),
        ("failures_end", "i8"),
    ]
)
#: A job's state: its flow; where it is; what it sends in one go, what is left of
#: that, when it began and up to when that is reckoned; when the attempt fails; and
#: the fields of `Ways`.
COPY = np.dtype(
    [
        *FLOW,
        ("phase", "i8"),
        ("part_bytes", "f8"),
        ("rest_bytes", "f8"),
        ("part_s", "f8"),
        ("last_s", "f8"),
        ("fail_s", "f8"),
        ("start_s", "f8"),
        ("pause_s", "f8"),
        ("end_s", "f8"),
        ("sent_bytes", "f8"),
        ("rounds", "i8"),
        ("attempts", "i8"),
        ("state", "i8"),
        ("waited_for", "i8"),
        ("own_s", "f8"),
    ]
)


class Writes(NamedTuple):
    """Runs of all jobs in a row: classes, curves.

    Parameters
    ----------
    class_bytes, class_writes_per_s, curve_s, curve_bytes : numpy.ndarray of float64
        As in `Jobs`.
    """

    class_bytes: Floats
    class_writes_per_s: Floats
    curve_s: Floats
    curve_bytes: Floats


class Terms(NamedTuple):
    """How the queue is run.

    Parameters
    ----------
    overtaking : bool
        Whether a job may start before one that waits for another resource.
    most_attempts : int
        How often a job is tried, at least once.
    retry_after_s : float
        How long after a failure it comes back to its place in the queue, s.
    most_rounds : int
        After so many rounds a copy counts as endless.
    full : bool
        Work out all rates anew whenever one may change.
    """

    overtaking: bool
    most_attempts: int
    retry_after_s: float
    most_rounds: int
    full: bool


class Ways(NamedTuple):
    """What is noted of each job.

    Parameters
    ----------
    start_s, pause_s, end_s : numpy.ndarray of float64, shape (n,)
        When its last attempt found its slots, the guest was paused, and it was over; or NaN.
    sent_bytes : numpy.ndarray of float64, shape (n,)
        By all attempts.
    rounds, attempts, state : numpy.ndarray of int64, shape (n,)
        Passes over memory of the last attempt, attempts, and how it ended.
    waited_for : numpy.ndarray of int64, shape (n,)
        The resource that made room last, or -1.
    held_s : numpy.ndarray of float64, shape (entries,)
        How long each entry of a route was its bottleneck.
    own_s : numpy.ndarray of float64, shape (n,)
        How long it went at its own rate.
    """

    start_s: Floats
    pause_s: Floats
    end_s: Floats
    sent_bytes: Floats
    rounds: Indices
    attempts: Indices
    state: Indices
    waited_for: Indices
    held_s: Floats
    own_s: Floats


class Trace(NamedTuple):
    """What links carry: each entry is a change. Length 0 asks for none.

    Parameters
    ----------
    time_s : numpy.ndarray of float64
        When.
    link : numpy.ndarray of int64
        Which link.
    bytes_per_s : numpy.ndarray of float64
        What it carries from then on.
    """

    time_s: Floats
    link: Indices
    bytes_per_s: Floats
