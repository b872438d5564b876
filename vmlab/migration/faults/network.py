"""What goes wrong between the hosts."""

from __future__ import annotations

from vmlab import units
from vmlab.migration.fault import Fault, Sign, Slowing, Symptom
from vmlab.migration.setting import Need
from vmlab.migration.stages import Stage
from vmlab.migration.timers import NET_TIMEOUT_S, RECOVERY_S
from vmlab.models.wire import mathis_bytes_per_s

_S = Stage
TALKING = (_S.CONNECT, _S.PRE_COPY, _S.CHECKPOINT, _S.HANDSHAKE)
MEMORY: frozenset[Need] = frozenset({"memory"})
POSTCOPY: frozenset[Need] = frozenset({"post-copy"})
NFC: frozenset[Need] = frozenset({"nfc"})
NET = f"{NET_TIMEOUT_S:g} s"
NET_RECALLED = "The time-out of 20 s is recalled, as is that shorter silence is waited out."
_NOTHING_CROSSES = "nothing crosses the VMotion network then"

#: A bad line: one packet in a hundred is lost, and a round trip takes 0.5 ms.
LOSS, LOSSY_ONE_WAY_MS = 0.01, 0.25
#: A detour: a round trip of 200 ms, where 150 ms are supported, and a sender's buffer of 4 MiB.
DETOUR_ROUND_TRIP_S, BUFFER_MIB = 0.2, 4.0
_MBIT_S = units.mbit_s_to_bytes_per_s(1.0)


def rest(cause: str) -> Sign:
    """Silence while what a VM lacks of its memory follows it: it is paused, and may be lost."""
    reason = (
        "{vm} runs on {destination} without all of its memory, and no page of it has come"
        f" for {RECOVERY_S:g} s: {cause}."
    )
    symptom = Symptom("F-POSTCOPY", None, reason, RECOVERY_S, loses_vm=True)
    return Sign((_S.SWITCHED_OVER,), symptom, POSTCOPY)


def net(cause: str, *stages: Stage) -> tuple[Sign, ...]:
    """Silence on the VMotion network, in the stages that need it, and where memory follows."""
    said = {
        _S.CONNECT: ("F-CONNECT-10", "{source} and {destination} could not connect for "),
        _S.PRE_COPY: ("F-DATA", "{destination} received no data for "),
        _S.CHECKPOINT: ("F-DATA", "{destination} did not receive the last pages for "),
        _S.HANDSHAKE: ("F-RESUME-72", "{source} heard no acknowledgement for "),
    }
    found = tuple(
        Sign(
            (stage,),
            Symptom(said[stage][0], "Timedout", f"{said[stage][1]}{NET}: {cause}.", NET_TIMEOUT_S),
            MEMORY,
        )
        for stage in stages
    )
    return (*found, rest(cause)) if _S.PRE_COPY in stages else found


def _lossy_mbit_s(mbit_s: float) -> float:
    most = mathis_bytes_per_s(LOSS, units.ms_to_s(LOSSY_ONE_WAY_MS))
    return min(mbit_s * (1.0 - LOSS), most / _MBIT_S)


def _detour_mbit_s(mbit_s: float) -> float:
    window = units.mib_to_bytes(BUFFER_MIB) / DETOUR_ROUND_TRIP_S
    return min(mbit_s, window / _MBIT_S)


_STUCK = "The copy of the files of {{vm}} sent nothing for {}: {}."

ALL = (
    Fault(
        "link-down", "VMotion link lost",
        (
            Sign((_S.VALIDATE,), Symptom(
                "F-PRECHECK", "VMotionLinkDown", "The VMotion link of {source} is down."), MEMORY),
            *net("the VMotion link is down", *TALKING),
        ),
        _S.PRE_COPY, _NOTHING_CROSSES, NET_RECALLED, "network", "link", stops_data=True,
    ),
    Fault(
        "link-flapping", "VMotion link flaps",
        net("the VMotion link is down", *TALKING),
        _S.PRE_COPY, _NOTHING_CROSSES,
        "Down for 5 s, up for 5 s, for five minutes at most: this lab's figures. No silence is"
        " long enough for a time-out; together they may be too much for the switch-over.",
        "network", "link", stops_data=True, flaps_s=(5.0, 5.0),
    ),
    Fault(
        "packet-loss", "Packets lost", (), _S.PRE_COPY, _NOTHING_CROSSES,
        f"{LOSS:.0%} of the packets at a round trip of {2 * LOSSY_ONE_WAY_MS:g} ms, this lab's"
        " figures; what is left is Mathis et al.'s bound for one connection, CCR 27(3), 1997.",
        "network", "link", slowing=Slowing(
            _lossy_mbit_s, {}, f"with {LOSS:.0%} of its packets lost"),
    ),
    Fault(
        "latency-raised", "Latency raised", (), _S.PRE_COPY, _NOTHING_CROSSES,
        f"A round trip of {DETOUR_ROUND_TRIP_S * 1000:g} ms, where 150 ms are supported (vSphere"
        f" 6.0), and {BUFFER_MIB:g} MiB in flight at most: both are this lab's figures.",
        "network", "link", slowing=Slowing(
            _detour_mbit_s,
            {_S.CONNECT: DETOUR_ROUND_TRIP_S, _S.HANDSHAKE: DETOUR_ROUND_TRIP_S},
            f"at a round trip of {DETOUR_ROUND_TRIP_S * 1000:g} ms"),
    ),
    Fault(
        "vlan-changed", "VLAN of VMotion changed",
        net("the VLANs of the two VMotion networks differ", *TALKING),
        _S.PRE_COPY, _NOTHING_CROSSES, NET_RECALLED, "network", "link", stops_data=True,
    ),
    Fault(
        "mtu-changed", "MTU of VMotion changed",
        net("small packets pass, full frames are dropped", _S.PRE_COPY, _S.CHECKPOINT),
        _S.PRE_COPY, "only small packets cross the VMotion network then", NET_RECALLED,
        "network", "link", stops_data=True,
    ),
    Fault(
        "port-closed", "Port closed by a firewall",
        (
            *net("TCP port 8000 is closed", _S.CONNECT),
            Sign((_S.CONNECT, _S.PRE_COPY), Symptom(
                "F-NFC-23", "Timedout", _STUCK.format(NET, "TCP port 902 is closed"),
                NET_TIMEOUT_S), NFC),
        ),
        _S.CONNECT, "a connection that stands is not cut by the rule",
        "That open connections go on is this lab's assumption; files need port 902, and their"
        " copy opens one connection after another.", "network", "destination",
    ),
    Fault(
        "connect-timeout", "Connection not accepted",
        (
            Sign((_S.CONNECT,), Symptom(
                "F-CONNECT-14", "Timedout",
                f"{{destination}} did not accept the connection of {{source}} for {NET}.",
                NET_TIMEOUT_S), MEMORY),
        ),
        _S.CONNECT, "the hosts connect once, and that is done or not yet due",
        "The time-out of 20 s is recalled.", "network", "destination",
    ),
    Fault(
        "data-timeout", "No data though the link is up",
        net("the link is up, and yet nothing is sent", _S.PRE_COPY, _S.CHECKPOINT),
        _S.PRE_COPY, "no pages are sent then", NET_RECALLED, "network", "source", stops_data=True,
    ),
    Fault(
        "postcopy-link-lost", "Link lost in post-copy", (rest("the VMotion link is down"),),
        _S.SWITCHED_OVER, "all memory had come, or none was missing yet",
        f"The VM stands still from the first silence on; a link that is back within {RECOVERY_S:g}"
        " s is recovered and it goes on, otherwise it is lost: the 60 s are this lab's. QEMU waits"
        " in postcopy-paused for somebody to recover it.",
        "network", "link", stops_data=True,
    ),
    Fault(
        "nfc-stuck", "File copy hangs",
        (
            Sign((_S.PRE_COPY,), Symptom(
                "F-NFC-23", "Timedout",
                _STUCK.format(NET, "the network file copy service hangs"), NET_TIMEOUT_S), NFC),
        ),
        _S.PRE_COPY, "no files are sent then",
        "How long the service waits is not told: 20 s are this lab's.", "network", "link",
    ),
)  # fmt: skip
