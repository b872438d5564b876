"""What a copy did: its passes, its pause, and what was pushed after the switch."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Pass:
    """One pass over memory.

    Parameters
    ----------
    sent_bytes : float
        On the wire, bytes; expected values, so fractional.
    duration_s : float
        How long it took, s.
    dirtied_bytes : float
        Distinct memory that the guest dirtied meanwhile, bytes.
    throttle : float, optional
        Share of the guest's time that was taken away, 0 to 1.
    """

    sent_bytes: float
    duration_s: float
    dirtied_bytes: float
    throttle: float = 0.0


@dataclass(frozen=True, slots=True)
class Push:
    """What follows a post-copy switch: pages pushed, and pages asked for.

    Parameters
    ----------
    sent_bytes : float
        On the wire after the switch, bytes.
    duration_s : float
        From the resume to the last page, s.
    faults : float
        Pages that the guest had to ask for; an expected number.
    stall_s : float
        Sum of the times that those requests waited, s.
    latency_s : float
        Mean wait of one request, s.
    """

    sent_bytes: float
    duration_s: float
    faults: float
    stall_s: float
    latency_s: float


@dataclass(frozen=True, slots=True)
class Copy:
    """What a kernel says of a copy, on the clock of the command.

    Parameters
    ----------
    passes : tuple of Pass
        Those that sent something, the stop phase last.
    how : int
        How it ended: a constant of `vmlab.kernels.precopy`.
    moved : bool
        Whether the guest resumed at the destination.
    pause_s, end_s : float
        When the guest was paused (or the copy given up), and when the stop
        phase's last byte was sent; the handshake follows it.
    push : Push or None, optional
        After a post-copy switch.
    rest_bytes : float, optional
        Memory that the destination did not have when a post-copy switch took
        place, bytes, uncompressed.
    warnings : tuple of str, optional
        What a reader of the estimate should know.
    """

    passes: tuple[Pass, ...]
    how: int
    moved: bool
    pause_s: float
    end_s: float
    push: Push | None = None
    rest_bytes: float = 0.0
    warnings: tuple[str, ...] = ()
