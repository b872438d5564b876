"""CPUID registers bit by bit, and the faults that name a register.

A register is 32 symbols, bit 31 first. The symbols and their meaning are
those of the API's HostCpuIdInfo.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from vmlab.inventory.cpu import REGISTER_BITS, CpuRequirement
from vmlab.inventory.datacenter import Datacenter
from vmlab.inventory.evc import MODES
from vmlab.rules.cpu.exposure import evc_mode, exposed
from vmlab.rules.rule import Fault

UNKNOWN, UNUSED = "-", "x"
FEATURES_ECX, EXTENDED_EDX = "1.ecx", "80000001.edx"

# The API's two convenience faults and the bits that they have fields for.
NAMED_BITS: dict[str, tuple[str, dict[str, int]]] = {
    FEATURES_ECX: (
        "CpuIncompatible1ECX",
        {"sse3": 0, "pclmulqdq": 1, "ssse3": 9, "sse41": 19, "sse42": 20, "aes": 25},
    ),
    EXTENDED_EDX: ("CpuIncompatible81EDX", {"nx": 20, "ffxsr": 25, "rdtscp": 27, "lm": 29}),
}

# Bits of features, from the processors' own manuals; those in no fault's fields are recalled.
BITS: dict[str, dict[int, str]] = {
    FEATURES_ECX: {
        0: "SSE3",
        1: "PCLMULQDQ",
        9: "SSSE3",
        12: "FMA",
        13: "CMPXCHG16B",
        19: "SSE4.1",
        20: "SSE4.2",
        22: "MOVBE",
        23: "POPCNT",
        25: "AES-NI",
        26: "XSAVE",
        28: "AVX",
        29: "F16C",
        30: "RDRAND",
    },
    EXTENDED_EDX: {20: "NX", 25: "FFXSR", 27: "RDTSCP", 29: "LM", 31: "3DNow!"},
}


@dataclass(frozen=True)
class WrongBits:
    """Bits of one register that do not suit: the host's vector and the one wanted."""

    register: str
    has: str
    wants: str

    @property
    def bits(self) -> tuple[int, ...]:
        """Their numbers, highest first."""
        return tuple(bit for bit in reversed(range(REGISTER_BITS)) if at(self.wants, bit) != UNUSED)

    def fault(self, host: str) -> Fault:
        """The fault of the register, its named bits included."""
        leaf, _, name = self.register.partition(".")
        level = int(leaf, 16)
        fields: dict[str, object] = {
            # The API's level is a signed 32-bit number.
            "level": level - (1 << 32) if level >> 31 else level,
            "registerName": name,
            "registerBits": grouped(self.has),
            "desiredBits": grouped(self.wants),
            "host": host,
        }
        if all(UNKNOWN in {at(self.has, bit), at(self.wants, bit)} for bit in self.bits):
            return Fault("CpuCompatibilityUnknown", fields)
        if self.register not in NAMED_BITS:
            return Fault("CpuIncompatible", fields)
        fault, named = NAMED_BITS[self.register]
        flags = {field: bit in self.bits for field, bit in named.items()}
        other = any(bit not in named.values() for bit in self.bits)
        flags |= {"other": other, "otherOnly": other and not any(flags.values())}
        return Fault(fault, fields | flags)


def at(symbols: str, bit: int) -> str:
    """The symbol of a bit."""
    return symbols[REGISTER_BITS - 1 - bit]


def grouped(symbols: str) -> str:
    """A register in groups of four, as the API writes it."""
    return ":".join(symbols[i : i + 4] for i in range(0, REGISTER_BITS, 4))


def vector(symbols: dict[int, str], otherwise: str) -> str:
    """A register from the symbols of some bits."""
    return "".join(symbols.get(bit, otherwise) for bit in reversed(range(REGISTER_BITS)))


def host_register(datacenter: Datacenter, host: str, register: str) -> str:
    """A host's vector of 0, 1 and - (unknown) as VMs see it.

    What is not said follows from the features; EVC hides the bits of those
    that its mode lacks.
    """
    known = BITS.get(register, {})
    said = datacenter.hosts[host].cpu.registers.get(register)
    if said is None:
        features = exposed(datacenter, host)
        return vector({bit: "01"[name in features] for bit, name in known.items()}, UNKNOWN)
    mode = evc_mode(datacenter, host)
    hidden = {bit for bit, name in known.items() if mode and name not in MODES[mode].features}
    bits = {bit: "0" if bit in hidden else at(said, bit) for bit in range(REGISTER_BITS)}
    return vector(bits, UNKNOWN)


def wrong_bits(requirement: CpuRequirement, register: str, here: str, there: str) -> WrongBits:
    """The bits of a requirement that a destination does not meet.

    Parameters
    ----------
    requirement : CpuRequirement
        The VM's; a minus in its mask stands for the guest-OS descriptor's symbol.
    register : str
        Such as ``"1.ecx"``.
    here, there : str
        The source's vector and the destination's.

    Returns
    -------
    WrongBits
        Whose wanted vector is x wherever all is well.

    Notes
    -----
    T wants 1 and F wants 0; H and R want what the source has; 0, 1, x want nothing.
    """
    mask = requirement.mask.get(register, UNKNOWN * REGISTER_BITS)
    descriptor = requirement.descriptor.get(register, UNKNOWN * REGISTER_BITS)
    wants = ""
    for symbol, fallback, source, target in zip(mask, descriptor, here, there, strict=True):
        effective = fallback if symbol == UNKNOWN else symbol
        wanted = {"T": "1", "F": "0", "H": source, "R": source}.get(effective, target)
        wants += UNUSED if wanted == target else wanted
    return WrongBits(register, there, wants)


def of_features(
    datacenter: Datacenter, host: str, names: Iterable[str], wanted: str
) -> Iterator[WrongBits]:
    """The registers in which features stand that a host has too many or too few of."""
    left = set(names)
    for register, bits in BITS.items():
        wants = {bit: wanted for bit, name in bits.items() if name in left}
        if wants:
            has = host_register(datacenter, host, register)
            yield WrongBits(register, has, vector(wants, UNUSED))
