"""Processors: what a host exposes, and what a virtual machine requires."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from vmlab.inventory.entity import Facts, FrozenMapping
from vmlab.inventory.evc import MODES, USUAL_MODE, EvcKey, covers
from vmlab.inventory.network import Names

REGISTER_BITS = 32


def _register(symbols: str) -> str:
    """Thirty-two symbols, bit 31 first; colons, spaces and case are for the eye."""
    plain = re.sub(r"[:\s_]", "", symbols)
    if len(plain) != REGISTER_BITS or re.search(r"[^01TFHRx-]", plain):
        raise ValueError("a register is 32 symbols of 0 1 - T F H R x, bit 31 first")
    return plain


def _named(registers: FrozenMapping[str]) -> FrozenMapping[str]:
    """Registers as they are, each under a leaf in hexadecimal and a register's name."""
    for name in registers:
        if not re.fullmatch(r"[0-9a-f]{1,8}\.e[abcd]x", name):
            raise ValueError(f"{name} names no register; a name is like 1.ecx or 80000001.edx")
    return registers


#: A CPUID register, keyed by leaf and name such as ``"1.ecx"`` or ``"80000001.edx"``.
Register = Annotated[str, AfterValidator(_register)]
Registers = Annotated[FrozenMapping[Register], AfterValidator(_named)]


class Cpu(Facts):
    """The processors of a host.

    `features` are what the host exposes, by their names in the EVC ladder;
    left out they are those of its EVC mode. `registers` are CPUID vectors of
    0, 1 and - (unknown).
    """

    vendor: Literal["Intel", "AMD"] = "Intel"
    model: str = "Xeon X5570"
    sockets: Annotated[int, Field(gt=0, le=64)] = 2
    cores_per_socket: Annotated[int, Field(gt=0, le=256)] = 4
    threads_per_core: Annotated[int, Field(gt=0, le=8)] = 1
    mhz: Annotated[int, Field(gt=0)] = 2900
    family: str = ""
    max_evc_mode: EvcKey = Field(
        default="", description="Highest EVC mode of the hardware; empty: by vendor"
    )
    features: Names | None = None
    registers: Registers = Field(default_factory=FrozenMapping)
    virtualization_enabled: bool = Field(default=True, description="VT or AMD-V in the BIOS")
    nx_enabled: bool = Field(default=True, description="NX or XD in the BIOS")
    long_mode: bool = True
    performance_counters: str = ""

    @property
    def logical_cpus(self) -> int:
        """Processors that the scheduler sees."""
        return self.sockets * self.cores_per_socket * self.threads_per_core

    @property
    def total_mhz(self) -> int:
        """Capacity of all cores, MHz."""
        return self.sockets * self.cores_per_socket * self.mhz

    @property
    def hardware_features(self) -> frozenset[str]:
        """What the hardware has, whatever the BIOS says."""
        if self.features is not None:
            return frozenset(self.features)
        return MODES[self.max_evc_mode or USUAL_MODE[self.vendor]].features

    @property
    def exposed_features(self) -> frozenset[str]:
        """What the BIOS lets through."""
        hidden = {"NX": not self.nx_enabled, "LM": not self.long_mode}
        return self.hardware_features - {name for name, hides in hidden.items() if hides}

    def supports(self, mode: str) -> bool:
        """Whether the hardware has all that an EVC mode promises."""
        if MODES[mode].vendor != self.vendor:
            return False
        if self.features is not None and not self.max_evc_mode:
            return MODES[mode].features <= self.hardware_features
        return covers(self.max_evc_mode or USUAL_MODE[self.vendor], mode)


class CpuRequirement(Facts):
    """What a virtual machine's processor must stay like; fixed when it was powered on.

    `features` left out are those that its host exposes now; `mask` are
    register symbols of the API (T F H R x 0 1 -).
    """

    features: Names | None = None
    mask: Registers = Field(default_factory=FrozenMapping)
    descriptor: Registers = Field(
        default_factory=FrozenMapping,
        description="Symbols of its guest-OS descriptor, where the mask says -",
    )
    evc_mode: EvcKey = Field(default="", description="EVC mode it was powered on at")
    affinity: Names = Field(default=(), description="Processors it is pinned to")
    memory_affinity: Names = Field(default=(), description="NUMA nodes it is pinned to")
    performance_counters: bool = False
    guest_is_64bit: bool = True
    descriptor_changes: bool = Field(
        default=False, description="The target's guest-OS descriptor would change it"
    )
