"""film.json, which Node's tests decode, is a film as Python makes it today.

    python tests/widgets/test_film_fixture.py

writes it anew.
"""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from pathlib import Path
from typing import Any

import numpy as np

from vmlab.models.case import Case
from vmlab.models.film import Film, decode, record

FIXTURE = Path(__file__).with_name("film.json")
CASE = {
    "memory_mib": 64,
    "nonzero_mib": 48,
    "link": {"mbit_s": 100},
    "workload": {"uniform": {"working_set_mib": 8, "dirty_pages_per_s": 900}},
    "policy": {"downtime_limit_ms": 100},
}


def film() -> Film:
    return record(Case.model_validate(CASE), frames=120, dots=1024, seed=3)


def document() -> dict[str, Any]:
    made = film()
    frames, dots = made.frames.shape
    return {
        "frames": frames,
        "dots": dots,
        "seconds": [round(s, 6) for s in made.seconds.tolist()],
        "counts": [np.bincount(frame, minlength=4).tolist() for frame in made.frames],
        "film": b64encode(made.encode()).decode("ascii"),
    }


def test_fixture_is_todays_film() -> None:
    kept, made = json.loads(FIXTURE.read_text()), document()
    # How zlib deflates may change with its version; what it holds may not.
    packed = kept.pop("film")
    assert (decode(b64decode(packed), kept["dots"]) == film().frames).all()
    made.pop("film")
    assert kept == made


if __name__ == "__main__":
    FIXTURE.write_text(json.dumps(document()) + "\n")
