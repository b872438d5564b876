"""How long the what-if panel's answers take: turns of one knob, from settings drawn at random.

    python tests/benchmarks/what_if.py [--turns N] [--seed S]

prints the median, the 95th and 99th of a hundred and the slowest turn, in
processor time and by the wall clock, and the settings of the slowest. A turn
is what a message of the panel asks for: the estimate, its bandwidth curve, and
all forms of the panel. It fails only where an answer is not the models' own.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from typing import Any

import numpy as np

from vmlab.documents import InputError
from vmlab.labs.what_if import WhatIf
from vmlab.models.estimate import estimate
from vmlab.views.knobs import KNOBS, Knob
from vmlab.views.setting import Setting

SHOWN = (50, 95, 99, 100)


def any_value(knob: Knob, draw: random.Random) -> Any:
    """Where a knob can stand."""
    return draw.choice([value for value, _ in knob.options] or list(knob.steps))


def message(knob: Knob, draw: random.Random) -> dict[str, Any]:
    """What the panel sends when a knob is turned."""
    if knob.options:
        return {"type": "choose", "name": knob.name, "value": any_value(knob, draw)}
    return {"type": "turn", "name": knob.name, "at": draw.randrange(len(knob.steps))}


def turn(draw: random.Random) -> tuple[float, float, Setting]:
    """Processor and wall time of a random turn, ms, and the setting that it leads to."""
    start = Setting(**{knob.name: any_value(knob, draw) for knob in KNOBS})
    lab = WhatIf("What if", "benchmark", start)
    assert lab.panel.state
    asked = message(draw.choice(KNOBS), draw)
    began = time.process_time(), time.perf_counter()
    lab.handle(asked)
    ended = time.process_time(), time.perf_counter()
    try:
        assert lab.estimate == estimate(lab.setting.case()), f"another answer: {lab.setting}"
    except (InputError, ValueError):
        assert lab.panel.state["verdict"]["title"] == "No estimate"
    return (ended[0] - began[0]) * 1000, (ended[1] - began[1]) * 1000, lab.setting


def main() -> int:
    """Draw turns and print how long they took."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--turns", type=int, default=300)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    draw = random.Random(asked.seed)
    turns = [turn(draw) for _ in range(asked.turns)]
    print(f"{len(turns)} turns, ms  " + "".join(f"{f'{n} %':>9}" for n in SHOWN))
    for name, column in (("processor", 0), ("wall", 1)):
        times = np.percentile([one[column] for one in turns], SHOWN)
        print(f"{name:<16}" + "".join(f"{ms:9.1f}" for ms in times))
    slow = sum(one[0] > 100 for one in turns) / len(turns)
    print(f"above 100 ms of processor time: {slow:.2%}")
    print("the slowest:")
    for processor_ms, _, setting in sorted(turns, key=lambda one: -one[0])[:3]:
        print(f"{processor_ms:9.1f}  {setting}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
