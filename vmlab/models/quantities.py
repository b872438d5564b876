"""The bounded numbers that a case is made of."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

# Bounds far outside any machine keep every result a finite number.
Mib = Annotated[float, Field(ge=0, le=1e9)]
Seconds = Annotated[float, Field(ge=0, le=1e9)]
Milliseconds = Annotated[float, Field(ge=0, le=1e12)]
PerSecond = Annotated[float, Field(ge=0, le=1e15)]
Percent = Annotated[float, Field(ge=0, le=100)]
Rate = Annotated[float, Field(ge=0.001, le=1e9)]
#: What one channel works off, bytes/s.
ChannelRate = Annotated[float, Field(ge=1, le=1e18)]
RateOrZero = Annotated[float, Field(ge=0, le=1e9)]


class Model(BaseModel):
    """A frozen part of a case: unknown keys and numbers that are not finite are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)
