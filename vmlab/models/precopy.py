"""Pre-copy from a case to the kernel's terms, and back to passes."""

from __future__ import annotations

import math

from vmlab import units
from vmlab.kernels.ends import GIVE_UP, MOST_ROUNDS, STOP, SWITCH, Ends
from vmlab.kernels.pace import Pace, Wire
from vmlab.kernels.rounds import copy_rounds
from vmlab.kernels.sender import Sender
from vmlab.kernels.throttle import AUTO_CONVERGE, DIRTY_LIMIT, NO_THROTTLE, STUN, Throttle
from vmlab.models.case import Case
from vmlab.models.dirtying import Dirtying, dirtying
from vmlab.models.passes import Copy, Pass
from vmlab.models.policy import Policy
from vmlab.models.wire import Rates, handshake_s, rates

__all__ = [
    "ESX_LONGEST_SWITCHOVER_S",
    "Dirtying",
    "Rates",
    "copy",
    "dirtying",
    "ends_of",
    "handshake_s",
    "longest_stop_s",
    "pace_of",
    "rates",
    "sender_of",
    "throttle_of",
]

#: A switch-over of ESX that takes longer is given up: vmotion.maxSwitchoverSeconds.
ESX_LONGEST_SWITCHOVER_S = 100.0
#: Where Xen's sender begins, how far it keeps ahead of the guest, and the rest
#: that it no longer sends live: Clark et al., NSDI 2005, sections 5.3 and 6.
XEN_FIRST_MBIT_S = 100.0
XEN_HEADROOM_MBIT_S = 50.0
XEN_ENOUGH_BYTES = 256.0 * 1024
#: What one thread encodes as deltas, memory in bytes/s: the lower end of QEMU's
#: docs/xbzrle.txt, 2 to 2.5 GB/s.
DELTA_BYTES_PER_S = 2.0e9

_KINDS = {"auto-converge": AUTO_CONVERGE, "dirty-limit": DIRTY_LIMIT, "stun": STUN}


def longest_stop_s(case: Case) -> float:
    """The longest stop phase that the hypervisor begins, s."""
    if case.policy.hypervisor != "esx":
        return math.inf
    return ESX_LONGEST_SWITCHOVER_S - handshake_s(case)


def sender_of(case: Case) -> Sender:
    """What is done to memory: channels share compression and ciphers, one thread makes deltas."""
    policy = case.policy
    n, zipped, cipher = policy.channels, policy.compression, policy.encryption
    delta = policy.xbzrle
    return Sender(
        ratio=zipped.ratio if zipped else 1.0,
        compressed_bytes_per_s=n * zipped.bytes_per_s_per_channel if zipped else math.inf,
        cipher_bytes_per_s=n * cipher.bytes_per_s_per_channel if cipher else math.inf,
        cache_bytes=units.mib_to_bytes(delta.cache_mib) if delta else 0.0,
        delta_share=delta.delta_bytes / case.page_bytes if delta else 1.0,
        encoded_bytes_per_s=DELTA_BYTES_PER_S,
    )


def pace_of(case: Case, link: Rates) -> Pace:
    """How the sender paces itself: xen adapts, up to its cap or the fastest that the link gets."""
    if case.policy.hypervisor != "xen":
        return Pace(math.inf, 0.0, math.inf, 0.0, False)
    first_mbit_s = case.policy.min_bandwidth_mbit_s or XEN_FIRST_MBIT_S
    return Pace(
        first_bytes_per_s=units.mbit_s_to_bytes_per_s(first_mbit_s),
        headroom_bytes_per_s=units.mbit_s_to_bytes_per_s(XEN_HEADROOM_MBIT_S),
        most_bytes_per_s=max(link.bytes_per_s),
        enough_bytes=XEN_ENOUGH_BYTES,
        peeks=True,
    )


def throttle_of(policy: Policy) -> Throttle:
    """How the guest is slowed down."""
    asked = policy.throttle
    if asked is None:
        return Throttle(NO_THROTTLE, 0.0, 0.0, 0.0, 1.0, math.inf)
    quota = asked.quota_mib_s
    return Throttle(
        kind=_KINDS[asked.kind],
        first=min(asked.initial_percent, asked.max_percent) / 100,
        step=asked.step_percent / 100,
        most=asked.max_percent / 100,
        cpu_bound=asked.cpu_bound,
        quota_bytes_per_s=math.inf if quota is None else units.mib_to_bytes(quota),
    )


def ends_of(case: Case) -> Ends:
    """What ends the rounds.

    Parameters
    ----------
    case : Case
        Any algorithm.

    Returns
    -------
    Ends
        Stop-and-copy is a deadline at the start of the copy. Post-copy is a
        switch there, or at ``postcopy_after_s``. A hybrid with neither that
        nor a time-out that switches does so after `max_rounds` passes, one if
        they are left out.
    """
    policy, ramp = case.policy, case.policy.downtime_ramp
    deadline_s = math.inf if policy.timeout_s is None else policy.timeout_s
    at_deadline = {"abort": GIVE_UP, "stop": STOP, "post-copy": SWITCH}[policy.on_timeout]
    switch_s = math.inf if policy.postcopy_after_s is None else policy.postcopy_after_s
    switch_rounds = 0
    if case.algorithm == "stop-and-copy":
        deadline_s, at_deadline, switch_s = policy.setup_s, STOP, math.inf
    elif case.algorithm == "post-copy" and policy.postcopy_after_s is None:
        switch_s = policy.setup_s
    elif case.algorithm == "hybrid":
        told = switch_s < math.inf or (deadline_s < math.inf and at_deadline == SWITCH)
        switch_rounds = policy.max_rounds or (0 if told else 1)
    limit_s = policy.downtime_limit_s
    if policy.hypervisor == "xen" and policy.downtime_limit_ms is None:
        limit_s = 0.0  # what xen judges is the rate, not the time
    return Ends(
        limit_s=units.ms_to_s(ramp.from_ms) if ramp else limit_s,
        ramp_to_s=units.ms_to_s(ramp.to_ms) if ramp else limit_s,
        ramp_steps=ramp.steps if ramp else 0,
        ramp_every_s=ramp.every_s if ramp else 0.0,
        max_rounds=policy.max_rounds or 0,
        deadline_s=deadline_s,
        at_deadline=at_deadline,
        switch_s=switch_s,
        switch_rounds=switch_rounds,
        longest_stop_s=longest_stop_s(case),
    )


def copy(case: Case) -> Copy:
    """Run the kernel on a case, as plain Python.

    Parameters
    ----------
    case : Case
        One that `impossible` has nothing against, of any policy but ``qemu``.

    Returns
    -------
    Copy
        What it did, up to a switch to post-copy where it comes to one.
    """
    policy, link = case.policy, rates(case)
    work = dirtying(case.workload, case.page_bytes)
    most = policy.max_rounds or MOST_ROUNDS
    sent, seconds, dirtied, taken = ([0.0] * (most + 1) for _ in range(4))
    passes, how, moved, pause_s, end_s, rest_bytes = copy_rounds(
        first_bytes=float(case.nonzero_pages * case.page_bytes),
        page_bytes=float(case.page_bytes),
        start_s=policy.setup_s,
        work=work.work,
        wire=Wire(link.from_s, link.bytes_per_s),
        sender=sender_of(case),
        pace=pace_of(case, link),
        throttle=throttle_of(policy),
        ends=ends_of(case),
        sent_bytes_out=sent,
        duration_s_out=seconds,
        dirtied_bytes_out=dirtied,
        taken_out=taken,
    )
    rows = zip(sent[:passes], seconds, dirtied, taken, strict=False)
    done = tuple(Pass(*row) for row in rows)
    return Copy(done, how, moved, pause_s, end_s, rest_bytes=rest_bytes)
