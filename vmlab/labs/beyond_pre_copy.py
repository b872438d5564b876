"""Lab 08: a guest that pre-copy alone never moves, and all that can be done about it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from vmlab import units
from vmlab.labs.target import Target
from vmlab.labs.what_if import WhatIf, answer
from vmlab.models.estimate import Estimate
from vmlab.tables import Column, Table
from vmlab.views.drawing import Drawing, bar, chart, mark, words
from vmlab.views.estimate_charts import mib_words, time_words
from vmlab.views.setting import Setting
from vmlab.views.what_if import Answer

START = Setting(working_set_mib=512.0, dirty_pages_per_s=60_000.0)
SLIDERS = (
    "working_set_mib",
    "dirty_pages_per_s",
    "mbit_s",
    "latency_ms",
    "downtime_limit_ms",
    "compression_ratio",
    "delta_percent",
    "channels",
    "algorithm",
    "throttle",
    "hypervisor",
)
WAYS: tuple[tuple[str, dict[str, float | str]], ...] = (
    ("pre-copy alone", {}),
    ("stop-and-copy", {"algorithm": "stop-and-copy"}),
    ("auto-converge", {"throttle": "auto-converge"}),
    ("dirty limit", {"throttle": "dirty-limit"}),
    ("stun (vSphere)", {"throttle": "stun"}),
    ("compression 2.9 : 1", {"compression_ratio": 2.9}),
    ("delta, 10 % of a page", {"delta_percent": 10.0}),
    ("four channels", {"channels": 4.0}),
    ("post-copy", {"algorithm": "post-copy"}),
    ("hybrid", {"algorithm": "hybrid"}),
)


def _found(shown: Answer) -> Estimate | None:
    """The estimate, if the guest is as large and as busy as at the start, on no faster link."""
    now = shown.setting
    same = (
        now.dirty_pages_per_s >= START.dirty_pages_per_s
        and now.written_mib >= START.written_mib
        and now.nonzero_mib >= START.nonzero_mib
        and now.mbit_s <= START.mbit_s
    )
    return shown.estimate if same else None


def throttled(shown: Answer) -> bool:
    """Whether throttling lets pre-copy end, with no other help."""
    found, now = _found(shown), shown.setting
    alone = (
        now.throttle != "none"
        and now.algorithm == "pre-copy"
        and now.compression_ratio <= 1
        and now.delta_percent >= 100
        and now.downtime_limit_ms <= START.downtime_limit_ms
    )
    return found is not None and alone and found.stopped_by == "downtime-limit"


def fewer_bytes(shown: Answer) -> bool:
    """Whether the guest moves with fewer bytes sent than half of its memory."""
    found = _found(shown)
    half_bytes = units.mib_to_bytes(shown.setting.nonzero_mib) / 2
    return found is not None and found.total_s is not None and found.sent_bytes < half_bytes


def quick_switch(shown: Answer) -> bool:
    """Whether the guest is down for less than 10 ms."""
    found = _found(shown)
    down_s = found.downtime_s if found is not None else None
    return down_s is not None and down_s < 0.01


def short_waits(shown: Answer) -> bool:
    """Whether the guest resumes early and then waits less than 5 s in all for its pages."""
    found = _found(shown)
    waits_s = found.postcopy_stall_s if found is not None else None
    return waits_s is not None and waits_s < 5


TARGETS = (
    Target(
        "Let pre-copy end by throttling alone, with a downtime limit of 300 ms",
        throttled,
        ("A guest with less time on its processors writes less.", "Throttle, Auto-converge."),
    ),
    Target(
        "Move the same guest on the same link, with fewer bytes sent than half of its memory",
        fewer_bytes,
        ("Every byte that is sent can be made smaller.", "Compression of 2.9 to 1, or more."),
    ),
    Target(
        "Have it down for less than 10 ms, without a calmer guest or a faster link",
        quick_switch,
        (
            "Either little is left for the pause, or it resumes before its memory is there.",
            "Algorithm, Post-copy. Or one of the other ways with a lower downtime limit.",
        ),
    ),
    Target(
        "Let it resume before its memory is there, and wait less than 5 s in all for pages",
        short_waits,
        (
            "Only what was written since the first round is missing after the switch.",
            "Algorithm, Hybrid: compare its waits for pages with post-copy's.",
        ),
    ),
)


@dataclass(frozen=True)
class Comparison:
    """One guest under several ways.

    Parameters
    ----------
    names : tuple of str
        The ways.
    answers : tuple of Answer
        What the models say of each.
    """

    names: tuple[str, ...]
    answers: tuple[Answer, ...]

    @property
    def table(self) -> Table:
        """A row each; a dash is what did not happen or cannot be estimated."""
        columns = (
            Column("way"),
            Column("total_s", 2),
            Column("downtime_s", 4),
            Column("sent_mib", 0),
            Column("slowed_percent", 0),
            Column("guest_waits_s", 3),
            Column("ends"),
        )
        return Table(columns, [self._row(i) for i in range(len(self.names))])

    def _row(self, i: int) -> tuple[str | float | None, ...]:
        found = self.answers[i].estimate
        if found is None:
            return (self.names[i], *[None] * 5, self.answers[i].refusal)
        return (
            self.names[i],
            found.total_s,
            found.downtime_s,
            units.bytes_to_mib(found.sent_bytes),
            _slowed_percent(found),
            found.postcopy_stall_s,
            found.stopped_by,
        )

    @property
    def chart(self) -> Drawing:
        """Time and bytes as bars, what the guest feels in words; a cross never ends."""
        found = [one.estimate for one in self.answers]
        longest_s = max((one.total_s or 0.0 for one in found if one), default=0.0) or 1.0
        most = max((one.sent_bytes for one in found if one and one.total_s), default=0) or 1
        heads = (150, "in all"), (360, "sent"), (570, "downtime"), (650, "slowed"), (720, "waits")
        shapes = [words(x, 12, head) for x, head in heads]
        for row, (name, one) in enumerate(zip(self.names, found, strict=True)):
            y = 22 + row * 20
            shapes.append(words(144, y + 10, name, "end"))
            if one is None or one.total_s is None:
                shapes += [mark(156, y + 6, "cross", "limit"), words(166, y + 10, "never ends")]
                continue
            shapes += [
                bar(150, y, one.total_s / longest_s * 130, 12, "now"),
                words(155 + one.total_s / longest_s * 130, y + 10, time_words(one.total_s)),
                bar(360, y, one.sent_bytes / most * 130, 12, "sent"),
                words(365 + one.sent_bytes / most * 130, y + 10, mib_words(one.sent_bytes)),
                words(570, y + 10, time_words(one.downtime_s or 0.0)),
            ]
            slowed, waits_s = _slowed_percent(one), one.postcopy_stall_s
            shapes += [words(650, y + 10, f"{slowed:.0f} %")] if slowed else []
            shapes += [words(720, y + 10, time_words(waits_s))] if waits_s else []
        told = "The ways compared:\n" + self.table.to_text()
        view = chart(780, 26 + 20 * len(self.names), told, shapes)
        return Drawing(view, self.table.to_text())

    def __repr__(self) -> str:
        return self.table.to_text()

    def _repr_html_(self) -> str:
        return self.table.to_html()


def _slowed_percent(found: Estimate) -> float | None:
    """The most that a throttle took of the guest's time; None without a throttle."""
    taken = [one.throttle_percent for one in found.rounds if one.throttle_percent is not None]
    return max(taken, default=None)


def open_lab() -> WhatIf:
    """Open the lab: a guest that writes faster than its link sends."""
    return WhatIf("Beyond pre-copy", "lab 08", START, SLIDERS, TARGETS)


def compare(
    start: Setting = START, ways: Sequence[tuple[str, dict[str, float | str]]] = WAYS
) -> Comparison:
    """One guest under several ways.

    Parameters
    ----------
    start : Setting, optional
        The guest and its link.
    ways : sequence of (str, dict), optional
        Names, and what each changes of the setting.

    Returns
    -------
    Comparison
        With a table and a chart.
    """
    answers = [
        answer(replace(start, **changes), curved=False)  # type: ignore[arg-type]
        for _, changes in ways
    ]
    return Comparison(tuple(name for name, _ in ways), tuple(answers))
