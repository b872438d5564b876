"""What a guest writes."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from typing import Annotated, Literal

from pydantic import Field, field_validator, model_validator

from vmlab import units
from vmlab.models.quantities import Mib, Model, PerSecond, Seconds


class Uniform(Model):
    """A writable working set, every page of it as busy as the next.

    ``dirty_pages_per_s`` counts page writes, repeats included.
    """

    working_set_mib: Mib
    dirty_pages_per_s: PerSecond
    order: Literal["random", "sequential"] = "random"


class PageClass(Model):
    """Pages that are written equally often, at random."""

    pages: Annotated[float, Field(ge=0, le=1e15)]
    writes_per_page_per_s: PerSecond


class Curve(Model):
    """Distinct memory dirtied after a time: straight lines from (0, 0), constant after its end."""

    seconds: tuple[Seconds, ...] = Field(min_length=1)
    distinct_mib: tuple[Mib, ...] = Field(min_length=1)

    @field_validator("seconds")
    @classmethod
    def _rises(cls, seconds: tuple[float, ...]) -> tuple[float, ...]:
        if any(later <= sooner for sooner, later in itertools.pairwise(seconds)):
            raise ValueError("times must rise from point to point")
        return seconds

    @model_validator(mode="after")
    def _is_a_curve(self) -> Curve:
        if len(self.seconds) != len(self.distinct_mib):
            raise ValueError(
                f"seconds has {len(self.seconds)} points and distinct_mib {len(self.distinct_mib)}"
            )
        if any(b < a for a, b in itertools.pairwise(self.distinct_mib)):
            raise ValueError("distinct_mib must not fall: what has been dirtied stays so")
        if self.seconds[0] == 0 and self.distinct_mib[0] > 0:
            raise ValueError("after 0 s nothing is dirtied, so distinct_mib must start at 0")
        return self


class Zipf(Model):
    """A working set whose page k is written at a rate in proportion to k^-exponent, at random.

    ``dirty_pages_per_s`` counts the writes to all of it, repeats included.
    """

    working_set_mib: Mib
    dirty_pages_per_s: PerSecond
    exponent: Annotated[float, Field(ge=0, le=4)]


def _one_of(model: Model, names: Sequence[str]) -> None:
    given = [name for name in names if getattr(model, name) is not None]
    if len(given) != 1:
        found = " and ".join(given) or "none of them"
        known = f"{', '.join(names[:-1])} and {names[-1]}"
        raise ValueError(f"write exactly one of {known}, not {found}")


class Phase(Model):
    """What the guest writes from a time on, counted from the command."""

    from_s: Seconds
    uniform: Uniform | None = None
    classes: tuple[PageClass, ...] | None = None
    zipf: Zipf | None = None

    @model_validator(mode="after")
    def _exactly_one(self) -> Phase:
        _one_of(self, ("uniform", "classes", "zipf"))
        if self.uniform and self.uniform.order == "sequential":
            raise ValueError(
                "a phase is written at random: how far a sweep had come is not known when the"
                " next phase begins"
            )
        return self


class Workload(Model):
    """What the guest writes, in exactly one of five forms.

    Pages are numbered from 0: phases, and in them classes, write the same
    pages as far as they reach.
    """

    uniform: Uniform | None = None
    classes: tuple[PageClass, ...] | None = None
    curve: Curve | None = None
    zipf: Zipf | None = None
    phases: Annotated[tuple[Phase, ...], Field(min_length=1, max_length=1000)] | None = None

    @field_validator("phases")
    @classmethod
    def _follow(cls, phases: tuple[Phase, ...] | None) -> tuple[Phase, ...] | None:
        times = [one.from_s for one in phases or ()]
        if times and times[0] != 0:
            raise ValueError(f"the first phase is from 0 s on, not from {times[0]:g}")
        if any(later <= sooner for sooner, later in itertools.pairwise(times)):
            raise ValueError("from_s must rise from phase to phase")
        return phases

    @model_validator(mode="after")
    def _exactly_one(self) -> Workload:
        _one_of(self, ("uniform", "classes", "curve", "zipf", "phases"))
        return self


def whole_pages(mib: float, page_bytes: int) -> int:
    """A size rounded up to whole pages."""
    return math.ceil(units.mib_to_bytes(mib) / page_bytes)


def written_pages(workload: Workload | Phase, page_bytes: int) -> int:
    """Pages that a workload writes sooner or later."""
    if isinstance(workload, Workload):
        if workload.curve:
            return whole_pages(workload.curve.distinct_mib[-1], page_bytes)
        if workload.phases:
            return max(written_pages(one, page_bytes) for one in workload.phases)
    working_set = workload.uniform or workload.zipf
    if working_set:
        return whole_pages(working_set.working_set_mib, page_bytes)
    return sum(math.ceil(one.pages) for one in workload.classes or ())
