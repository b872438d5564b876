"""What a guest writes."""

from __future__ import annotations

import itertools
import math
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


class Workload(Model):
    """What the guest writes, in exactly one of three forms."""

    uniform: Uniform | None = None
    classes: tuple[PageClass, ...] | None = None
    curve: Curve | None = None

    @model_validator(mode="after")
    def _exactly_one(self) -> Workload:
        given = [
            name for name in ("uniform", "classes", "curve") if getattr(self, name) is not None
        ]
        if len(given) != 1:
            found = " and ".join(given) or "none of them"
            raise ValueError(f"write exactly one of uniform, classes and curve, not {found}")
        return self


def whole_pages(mib: float, page_bytes: int) -> int:
    """A size rounded up to whole pages."""
    return math.ceil(units.mib_to_bytes(mib) / page_bytes)


def written_pages(workload: Workload, page_bytes: int) -> int:
    """Pages that a workload writes sooner or later."""
    if workload.uniform:
        return whole_pages(workload.uniform.working_set_mib, page_bytes)
    if workload.curve:
        return whole_pages(workload.curve.distinct_mib[-1], page_bytes)
    return sum(math.ceil(one.pages) for one in workload.classes or ())
