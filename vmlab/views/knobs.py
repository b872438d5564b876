"""What can be turned in a what-if panel: its name, its meaning and its steps."""

from __future__ import annotations

import bisect
from dataclasses import dataclass
from typing import Any

from vmlab import units
from vmlab.views.setting import PAGE_KIB, Setting

Json = dict[str, Any]


@dataclass(frozen=True)
class Knob:
    """Something that can be turned.

    Parameters
    ----------
    name, label, meaning : str
        Field of the setting, what the learner reads, and what it stands for.
    unit : str, optional
        Behind the number.
    steps : tuple of float, optional
        Where a slider can stand.
    options : tuple of (str, str), optional
        Values and words of a choice, which has no steps.
    off : float, optional
        The step that means off.
    """

    name: str
    label: str
    meaning: str
    unit: str = ""
    steps: tuple[float, ...] = ()
    options: tuple[tuple[str, str], ...] = ()
    off: float | None = None

    def words(self, value: float) -> str:
        """A value as the learner reads it."""
        if value == self.off:
            return "off"
        text = f"{value:,.6g}" if value < 1e6 else f"{value:,.0f}"
        if self.name == "dirty_pages_per_s":
            mib = units.bytes_to_mib(value * units.kib_to_bytes(PAGE_KIB))
            size = f"{mib:,.3g} MiB/s" if mib < 1000 else f"{mib / 1024:.3g} GiB/s"
            return f"{text} /s = {size}"
        return f"{text} {self.unit}".rstrip()

    def value_at(self, index: int) -> float:
        """The value of a step.

        Raises
        ------
        ValueError
            There is no such step.
        """
        if not 0 <= index < len(self.steps):
            raise ValueError(f"{self.label} has steps 0 to {len(self.steps) - 1}, not {index}")
        return self.steps[index]

    def view(self, setting: Setting) -> Json:
        """What the widget draws of it."""
        value = getattr(setting, self.name)
        if self.options:
            options = [list(option) for option in self.options]
            return {
                "name": self.name,
                "label": self.label,
                "meaning": self.meaning,
                "value": value,
                "options": options,
            }
        right = min(bisect.bisect_left(self.steps, value), len(self.steps) - 1)
        left = max(right - 1, 0)
        at = min((right, left), key=lambda i: abs(self.steps[i] - value))
        texts = [self.words(step) for step in self.steps]
        return {
            "name": self.name,
            "label": self.label,
            "meaning": self.meaning,
            "at": at,
            "texts": texts,
            "text": self.words(value),
        }


def geometric(lowest: float, highest: float, count: int) -> tuple[float, ...]:
    """Values in equal proportion, of two digits each.

    >>> geometric(1, 100, 5)
    (1.0, 3.2, 10.0, 32.0, 100.0)
    """
    ratio = (highest / lowest) ** (1 / (count - 1))
    return tuple(sorted({float(f"{lowest * ratio**i:.2g}") for i in range(count)}))


_MEMORY = tuple(float(base * 2**power) for power in range(8, 18) for base in (1, 1.5))
KNOBS = (
    Knob(
        "working_set_mib",
        "Working set",
        "the memory that the guest writes, page by page at random",
        "MiB",
        (0.0, *geometric(1, 65536, 50)),
    ),
    Knob(
        "dirty_pages_per_s",
        "Page writes",
        "writes to pages of 4 KiB, a page written twice counted twice",
        "",
        (0.0, *geometric(100, 1e7, 51)),
    ),
    Knob("memory_mib", "Memory", "what the guest was given", "MiB", _MEMORY),
    Knob(
        "nonzero_percent",
        "Not zero",
        "the share of memory that holds more than zeros; the rest costs little or nothing to send",
        "%",
        tuple(float(n) for n in range(5, 101, 5)),
    ),
    Knob(
        "mbit_s",
        "Bandwidth",
        "what the link carries, all of it for this copy",
        "Mbit/s",
        geometric(10, 100_000, 49),
    ),
    Knob(
        "latency_ms",
        "Latency",
        "how long a message takes, one way",
        "ms",
        (0.0, *geometric(0.05, 100, 20)),
    ),
    Knob(
        "downtime_limit_ms",
        "Downtime limit",
        "the longest pause aimed at: rounds go on until the rest fits into it; Xen has none",
        "ms",
        (0.0, *geometric(1, 30_000, 40)),
    ),
    Knob(
        "algorithm",
        "Algorithm",
        "whether memory is sent while the guest is paused, before it moves, after, or both",
        options=(
            ("stop-and-copy", "Stop and copy"),
            ("pre-copy", "Pre-copy"),
            ("post-copy", "Post-copy"),
            ("hybrid", "Hybrid"),
        ),
    ),
    Knob(
        "hypervisor",
        "Stop rule",
        "whose way to end the rounds: by the limit alone, or as that hypervisor does it",
        options=(("ideal", "Ideal"), ("esx", "ESX"), ("qemu", "QEMU"), ("xen", "Xen")),
    ),
    Knob(
        "throttle",
        "Throttle",
        "whose way to slow the guest while it is copied",
        options=(
            ("none", "None"),
            ("auto-converge", "Auto-converge"),
            ("dirty-limit", "Dirty limit"),
            ("stun", "Stun (vSphere)"),
        ),
    ),
    Knob(
        "compression_ratio",
        "Compression",
        "bytes of memory to one on the wire; a core compresses 365 MB/s",
        ": 1",
        (1, 1.2, 1.5, 2, 2.9, 4, 6, 8),
        off=1,
    ),
    Knob(
        "delta_percent",
        "Delta, of a page",
        "delta compression: what the changes of a page sent before take of its 4 KiB",
        "%",
        (1, 2, 5, 10, 20, 40, 60, 80, 100),
        off=100,
    ),
    Knob(
        "channels",
        "Channels",
        "connections that share the link, each with a core to compress",
        "",
        tuple(float(n) for n in (1, 2, 3, 4, 6, 8, 12, 16)),
    ),
)
KNOB = {knob.name: knob for knob in KNOBS}
