"""The wire, and how the hypervisor uses it."""

from __future__ import annotations

import itertools
from typing import Annotated, Any, Literal

from pydantic import Field, field_validator, model_validator

from vmlab import units
from vmlab.models.quantities import (
    ChannelRate,
    Mib,
    Milliseconds,
    Model,
    Percent,
    Rate,
    RateOrZero,
    Seconds,
)


class Link(Model):
    """The wire: one rate, or rates from times on; latency is one way.

    ``loss`` is the share of packets that get lost; ``nics`` counts equal
    network cards, each of the rate named.
    """

    mbit_s: Rate | None = None
    latency_ms: Milliseconds = 0
    profile: tuple[tuple[Seconds, RateOrZero], ...] | None = Field(default=None, min_length=1)
    loss: Annotated[float, Field(ge=0, lt=1)] = 0
    nics: Annotated[int, Field(ge=1, le=64)] = 1

    @field_validator("profile")
    @classmethod
    def _rises(cls, profile: Any) -> Any:
        if profile is None:
            return None
        times = [t for t, _ in profile]
        if times[0] != 0:
            raise ValueError(f"the first time must be 0, not {times[0]:g}")
        if any(later <= sooner for sooner, later in itertools.pairwise(times)):
            raise ValueError("times must rise from step to step")
        if any(0 < rate < 0.001 for _, rate in profile):
            raise ValueError("a rate is 0 or at least 0.001 Mbit/s")
        return profile

    @model_validator(mode="after")
    def _exactly_one(self) -> Link:
        if (self.mbit_s is None) == (self.profile is None):
            raise ValueError("write either mbit_s or profile")
        return self


class Throttle(Model):
    """Slowing the guest down so that the copy catches up.

    ``cpu_bound`` is the share of its time that the guest needs a CPU. Under
    ``dirty-limit`` the percentages say how far the dirty rate is held below
    what is sent; ``quota_mib_s`` is a fixed dirty rate instead, of all vCPUs.
    Under ``stun`` only the first and the last percentage count.
    """

    kind: Literal["auto-converge", "dirty-limit", "stun"]
    initial_percent: Percent = 20
    step_percent: Percent = 10
    max_percent: Percent = 99
    cpu_bound: Annotated[float, Field(ge=0, le=1)] = 1.0
    quota_mib_s: Annotated[float, Field(gt=0, le=1e9)] | None = None


class Compression(Model):
    """Raw bytes to one on the wire, and what one channel compresses."""

    ratio: Annotated[float, Field(ge=1, le=1e6)]
    bytes_per_s_per_channel: ChannelRate


class Xbzrle(Model):
    """Delta compression: a page that is still in the cache is sent as what changed of it."""

    cache_mib: Mib = 64
    delta_bytes: Annotated[float, Field(ge=0, le=2**30)]


class Encryption(Model):
    """What one channel encrypts in a second."""

    bytes_per_s_per_channel: ChannelRate


class Postcopy(Model):
    """How missing pages are fetched after the switch.

    With ``preempt`` a request has a channel of its own and does not wait
    behind pages under way; ``prefetch`` is the share of the pages touched
    that arrive, asked for by nobody, before the guest needs them.
    ``queue_bytes`` is what the push keeps in the connection's buffers; None is
    the most that Linux takes by itself. ``register_us_per_page`` is paid in
    the pause for each page that had arrived and is stale.
    """

    preempt: bool = False
    prefetch: Annotated[float, Field(ge=0, le=1)] = 0.0
    queue_bytes: Annotated[float, Field(ge=0, le=1e15)] | None = None
    vcpus: Annotated[int, Field(ge=1, le=10_000)] = 1
    register_us_per_page: Annotated[float, Field(ge=0, le=1e6)] = 0.0


class DowntimeRamp(Model):
    """A downtime limit that grows in steps."""

    from_ms: Milliseconds
    to_ms: Milliseconds
    steps: Annotated[int, Field(ge=1, le=10_000)]
    every_s: Seconds


class Policy(Model):
    """How the hypervisor copies and when it stops.

    What is None is the hypervisor's own: a downtime limit of 300 ms (esx: 500
    ms; xen has none and judges the rate), a set-up of 0 ms, and where xen begins 100 Mbit/s
    (`min_bandwidth_mbit_s`, which the others ignore). `timeout_s` counts from
    the command and is judged until the guest is paused.
    """

    hypervisor: Literal["ideal", "esx", "qemu", "xen"] = "ideal"
    downtime_limit_ms: Milliseconds | None = None
    max_bandwidth_mbit_s: Rate | None = None
    max_rounds: Annotated[int, Field(ge=1, le=10_000)] | None = None
    timeout_s: Seconds | None = None
    on_timeout: Literal["abort", "stop", "post-copy"] = "abort"
    downtime_ramp: DowntimeRamp | None = None
    postcopy_after_s: Seconds | None = None
    throttle: Throttle | None = None
    compression: Compression | None = None
    channels: Annotated[int, Field(ge=1, le=1024)] = 1
    parallel: Annotated[int, Field(ge=1, le=100_000)] = 1
    setup_ms: Milliseconds | None = None
    resume_ms: Milliseconds = 0
    xbzrle: Xbzrle | None = None
    encryption: Encryption | None = None
    postcopy: Postcopy = Postcopy()
    min_bandwidth_mbit_s: Rate | None = None

    @property
    def downtime_limit_s(self) -> float:
        """The limit in force, s."""
        own_ms = 500.0 if self.hypervisor == "esx" else 300.0
        return units.ms_to_s(own_ms if self.downtime_limit_ms is None else self.downtime_limit_ms)

    @property
    def setup_s(self) -> float:
        """The set-up in force, s."""
        return units.ms_to_s(self.setup_ms or 0.0)
