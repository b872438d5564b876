"""Lab 07: pre-copy, its rounds, and the guest that never lets it end."""

from __future__ import annotations

import math

from vmlab.labs.target import Target
from vmlab.labs.what_if import WhatIf
from vmlab.models.sweep import sweep
from vmlab.views.drawing import Drawing
from vmlab.views.heat_map import Cell, heat_map
from vmlab.views.knobs import geometric
from vmlab.views.setting import Setting
from vmlab.views.what_if import Answer

START = Setting()
SLIDERS = (
    "working_set_mib",
    "dirty_pages_per_s",
    "memory_mib",
    "nonzero_percent",
    "mbit_s",
    "downtime_limit_ms",
    "algorithm",
    "hypervisor",
)
MAP_MBIT_S = geometric(100, 10_000, 21)
MAP_PAGES_PER_S = geometric(1000, 1_000_000, 19)


def _pre_copy(shown: Answer) -> bool:
    return shown.setting.algorithm == "pre-copy" and shown.estimate is not None


def never_ends(shown: Answer) -> bool:
    """Whether pre-copy goes round for ever, for a guest that writes no more than at the start."""
    return (
        _pre_copy(shown)
        and shown.estimate is not None
        and shown.estimate.stopped_by == "never"
        and shown.setting.dirty_pages_per_s <= START.dirty_pages_per_s
    )


def busy_and_ends(shown: Answer) -> bool:
    """Whether pre-copy ends by itself although the guest writes at least 100,000 pages a second."""
    return (
        _pre_copy(shown)
        and shown.estimate is not None
        and shown.estimate.stopped_by == "downtime-limit"
        and shown.setting.dirty_pages_per_s >= 100_000
        and shown.setting.written_mib >= 256
    )


def short_pause(shown: Answer) -> bool:
    """Whether pre-copy ends with less than 20 ms of downtime, for a guest that writes."""
    found = shown.estimate
    return (
        _pre_copy(shown)
        and found is not None
        and found.stopped_by == "downtime-limit"
        and found.downtime_s is not None
        and found.downtime_s < 0.02
        and shown.setting.dirty_pages_per_s >= START.dirty_pages_per_s
        and shown.setting.written_mib >= START.written_mib
    )


def one_pass(shown: Answer) -> bool:
    """Whether the guest is paused for the whole copy."""
    return shown.setting.algorithm == "stop-and-copy" and shown.estimate is not None


TARGETS = (
    Target(
        "Make a migration that never ends, without more page writes than at the start",
        never_ends,
        (
            "A round can only shrink if less is dirtied than is sent meanwhile.",
            "The link decides what is sent: turn Bandwidth down until the verdict changes.",
        ),
    ),
    Target(
        "Let a guest move that writes 100,000 pages a second to 256 MiB or more",
        busy_and_ends,
        (
            "The rounds settle at a size. What would it take to send that size in one go?",
            "The verdict names the downtime limit that would do; more bandwidth helps too.",
        ),
    ),
    Target(
        "Bring the downtime below 20 ms, without a calmer guest",
        short_pause,
        (
            "The pause is what is left after the last round, divided by the bandwidth.",
            "The limit says when to stop going round: a lower one means more rounds.",
        ),
    ),
    Target(
        "Compare with stop-and-copy: pin another setting, then choose it",
        one_pass,
        (
            "Pin to compare keeps the figures; what is chosen after that is shown beside them.",
            "Algorithm is the first of the two lists under the sliders.",
        ),
        compared=True,
    ),
)


def open_lab() -> WhatIf:
    """Open the lab: a guest of 4 GiB on a link of 1 Gbit/s."""
    return WhatIf("Pre-copy", "lab 07", START, SLIDERS, TARGETS)


def convergence_map(start: Setting = START) -> Drawing:
    """Where pre-copy ends, over bandwidth and page writes.

    Parameters
    ----------
    start : Setting, optional
        All else.

    Returns
    -------
    Drawing
        The downtime by shade, and where it never ends.
    """
    found = sweep(
        start.case(),
        {
            "workload.uniform.dirty_pages_per_s": MAP_PAGES_PER_S,
            "link.mbit_s": MAP_MBIT_S,
        },
    )
    cells = [
        Cell(float(mbit_s), float(pages_per_s), None if math.isnan(down_s) else float(down_s))
        for pages_per_s, mbit_s, down_s in zip(
            *found.inputs.values(), found.downtime_s, strict=True
        )
    ]
    return heat_map(cells, "Mbit/s", "page writes /s")
