"""What goes wrong with a host, or with the VM on it."""

from __future__ import annotations

from collections.abc import Iterable

from vmlab.migration.fault import Fault, Sign, Symptom
from vmlab.migration.faults.network import NET, POSTCOPY
from vmlab.migration.setting import Need
from vmlab.migration.stages import ORDER, Side, Stage
from vmlab.migration.timers import NET_TIMEOUT_S

_S = Stage
_SETTING_UP = (_S.ASK_DESTINATION, _S.COMPUTE_SPEC, _S.CREATE_SHELL)
_BEFORE_COPY = tuple(stage for stage in Stage if ORDER[stage] < ORDER[_S.PRE_COPY])
AFTER = (_S.SWITCHED_OVER, _S.CLEAN_UP)
UNTIL_HANDSHAKE = tuple(stage for stage in Stage if ORDER[stage] <= ORDER[_S.HANDSHAKE])
UNTIL_PAUSE = tuple(stage for stage in Stage if ORDER[stage] <= ORDER[_S.PRE_COPY])
POWER_OFF_S = 0.2
RUNNING: frozenset[Need] = frozenset({"running"})
FILES: frozenset[Need] = frozenset({"files"})
_SECOND: frozenset[Need] = frozenset({"second host"})
_GONE = "has not answered for " + NET
_SILENCE = "That 20 s of silence pass for a lost host is this lab's figure."


def _target(lead: str) -> Iterable[Sign]:
    """The target host is gone; what is said of it before the time-out."""
    yield Sign(
        (_S.VALIDATE,),
        Symptom("F-PRECHECK", "HostNotConnected", "{destination} is not connected."),
        _SECOND,
    )
    gone = f"{lead}{{destination}} {_GONE}"
    for code, fault, stages, needs in (
        ("F-CONNECT-14", "HostNotConnected", _SETTING_UP, _SECOND),
        ("F-CONNECT-14", "Timedout", (_S.CONNECT,), _SECOND),
        ("F-DATA", "Timedout", (_S.PRE_COPY, _S.CHECKPOINT), _SECOND | RUNNING),
        ("F-RESUME-72", "Timedout", (_S.HANDSHAKE,), _SECOND | RUNNING),
        ("F-DISK-COPY", "Timedout", (_S.PRE_COPY,), _SECOND),
        ("F-LATE-90", "Timedout", (_S.HANDSHAKE,), _SECOND),
    ):
        yield Sign(stages, Symptom(code, fault, f"{gone}.", NET_TIMEOUT_S), needs)
    yield Sign(
        AFTER,
        Symptom(
            "F-HOST-LOST",
            "HostNotConnected",
            f"{gone}, and {{vm}} was already running there.",
            NET_TIMEOUT_S,
        ),
        _SECOND | RUNNING,
    )
    yield Sign(AFTER, Symptom(
        "F-LATE-90", "HostNotConnected", f"{gone}, and {{vm}} was already registered there.",
        NET_TIMEOUT_S), _SECOND)  # fmt: skip


def _source(lead: str) -> Iterable[Sign]:
    """The source host is gone, and with it a VM that runs there."""
    gone = f"{lead}{{source}} {_GONE}"
    with_it = Symptom(
        "F-HOST-LOST", "HostNotConnected", f"{gone}, and {{vm}} went down with it.", NET_TIMEOUT_S
    )
    yield Sign(UNTIL_HANDSHAKE, with_it, RUNNING)
    yield Sign(
        (_S.VALIDATE,), Symptom("F-PRECHECK", "HostNotConnected", "{source} is not connected.")
    )
    for stages, code in (
        (_BEFORE_COPY, "F-CONNECT-14"),
        ((_S.PRE_COPY,), "F-DISK-COPY"),
        ((_S.HANDSHAKE,), "F-LATE-90"),
    ):
        at_rest = f"{gone}; {{vm}} was not running."
        yield Sign(stages, Symptom(code, "HostNotConnected", at_rest, NET_TIMEOUT_S))
    yield Sign((_S.SWITCHED_OVER,), Symptom(
        "F-POSTCOPY", "HostNotConnected",
        f"{gone}, and what {{vm}} on {{destination}} still lacked of its memory went with it.",
        NET_TIMEOUT_S, loses_vm=True), POSTCOPY)  # fmt: skip
    # Where only files move, the VM still runs on it.
    yield Sign(AFTER, with_it, RUNNING, _SECOND)
    yield Sign((_S.CLEAN_UP,), Symptom(
        "F-LATE-90", "HostNotConnected", f"{gone}: what is left there cannot be removed.",
        NET_TIMEOUT_S))  # fmt: skip


def _lost(name: str, title: str, side: Side, lead: str, assumption: str) -> Fault:
    host = {"source": "source", "destination": "target"}[side]
    return Fault(
        name,
        title,
        tuple(_source(lead) if side == "source" else _target(lead)),
        _S.PRE_COPY,
        f"the {host} host has no part in it then, and was back in time",
        assumption,
        "host",
        side,
        host_lost=side,
    )


_POWER = "A host without power is as silent as one that crashed: nothing tells them apart. "

ALL = (
    _lost("destination-lost", "Target host lost", "destination", "", _SILENCE),
    _lost("source-lost", "Source host lost", "source", "", _SILENCE),
    _lost(
        "destination-power", "Target host without power", "destination",
        "Its power is off: ", _POWER + _SILENCE,
    ),
    _lost(
        "source-power", "Source host without power", "source",
        "Its power is off: ", _POWER + _SILENCE,
    ),
    Fault(
        "destination-resume-failed", "Target fails to resume the VM",
        (
            Sign((_S.HANDSHAKE,), Symptom(
                "F-RESUME-72", "GenericVmConfigFault",
                "{source} saw that {destination} failed to resume {vm}."), RUNNING | _SECOND),
            Sign((_S.HANDSHAKE,), Symptom(
                "F-RESUME-72", "GenericVmConfigFault",
                "{source} saw that the second process of {vm} failed to resume it."), RUNNING),
        ),
        _S.HANDSHAKE, "the VM is resumed once, at the handshake",
        "Where only files move, a second process on the same host resumes the VM on its new disks.",
        "host", "destination",
    ),
    Fault(
        "vm-powered-off", "VM powered off",
        (
            Sign(
                UNTIL_PAUSE,
                Symptom(
                    "F-POWER", "InvalidPowerState",
                    "{vm} was powered off on {source}: there is nothing left to move live.",
                    POWER_OFF_S),
                RUNNING),
        ),
        _S.PRE_COPY, "nothing in a paused VM can end it, and the target's VM is past the move",
        f"By its user, from inside; its process ends within {POWER_OFF_S:g} s, this lab's figure."
        " Which fault vCenter reports is inferred. A guest that crashes and stays on is copied"
        " like any other.",
        "host", "VM", powers_off=True,
    ),
)  # fmt: skip
