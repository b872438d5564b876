"""Register masks bit by bit, and the coarser comparison of VI 3."""

from __future__ import annotations

from collections.abc import Iterator

from vmlab.inventory.datacenter import Datacenter
from vmlab.inventory.move import Move
from vmlab.inventory.path import Edit, Path, set_to
from vmlab.rules.cpu.exposure import (
    VI3_FEATURES,
    compares_features,
    exposed,
    is_vi3,
    listed,
    pair,
)
from vmlab.rules.cpu.registers import (
    UNUSED,
    grouped,
    host_register,
    of_features,
    wrong_bits,
)
from vmlab.rules.misconfiguration import Misconfiguration
from vmlab.rules.rule import API, Breach, Fault, everywhere, move_rule


@move_rule(
    "cpu-mask-bits",
    title="Every register bit that the VM's CPU mask asks for suits",
    short="CPU mask",
    why="A mask may ask for a bit to be 1 or 0, or to be the same on both hosts.",
    fix="Relax the mask, or use EVC",
    source=f"{API}.CpuIncompatible, and HostCpuIdInfo for the symbols",
    severity=everywhere("error"),
    scope="cpu",
    fault="CpuIncompatible",
    test_group="hostTests",
)
def mask_bits(datacenter: Datacenter, move: Move) -> Iterator[Breach]:
    """T needs 1, F needs 0, H and R need the source's bit on the destination."""
    if not compares_features(datacenter, move):
        return
    requirement = datacenter.vms[move.vm].cpu
    for register in dict.fromkeys((*requirement.mask, *requirement.descriptor)):
        here, there = (host_register(datacenter, h.name, register) for h in pair(datacenter, move))
        wrong = wrong_bits(requirement, register, here, there)
        if not wrong.bits:
            continue
        mask = requirement.mask.get(register, "-" * len(here))
        relaxed = "".join(
            symbol if wanted == UNUSED else UNUSED
            for symbol, wanted in zip(mask, wrong.wants, strict=True)
        )
        path = ("vms", move.vm, "cpu", "mask", register)
        leaf, _, name = register.partition(".")
        bits = ", ".join(map(str, wrong.bits))
        yield Breach(
            path,
            f"CPUID {leaf} {name} of {move.destination} is {grouped(there)}; {move.vm} wants "
            f"{grouped(wrong.wants)} (bits {bits})",
            f"Relax bits {bits} of {register} in the mask of {move.vm}, or use EVC",
            (set_to(path, relaxed),),
            fault=wrong.fault(move.destination),
        )


@move_rule(
    "cpu-family-vi3",
    title="VI 3 hosts have one CPU family, and agree on SSE3, SSSE3 and NX",
    short="CPU family",
    why="ESX 3.5 and older know no EVC mode that would level the differences of a generation.",
    fix="Mask the features per VM, or use matched hosts",
    source="Virtual Infrastructure 3.5 Basic System Administration, p. 235",
    severity=everywhere("error"),
    scope="cpu",
    fault="CpuIncompatible1ECX",
    test_group="hostTests",
    tier="ext",
    era="≤3.5 profile",
)
def family_vi3(datacenter: Datacenter, move: Move) -> Iterator[Breach]:
    """A host is older than 4.0, and families or one of three features differ."""
    here, there = pair(datacenter, move)
    if not compares_features(datacenter, move) or not is_vi3(here, there):
        return
    if here.cpu.family and there.cpu.family and here.cpu.family != there.cpu.family:
        yield Breach(
            ("hosts", there.name, "cpu", "family"),
            f"{here.name} has CPU family {here.cpu.family}, {there.name} {there.cpu.family}",
            "Use a host of the same CPU family",
            fault=Fault("CpuIncompatible", {"level": 1, "registerName": "eax", "host": there.name}),
        )
    seen, offered = exposed(datacenter, here.name), exposed(datacenter, there.name)
    for group in (VI3_FEATURES - {"NX"}, frozenset({"NX"})):
        differing = (seen ^ offered) & group
        if not differing:
            continue
        lacks, has = (there, here) if differing & seen else (here, there)
        path: Path = ("hosts", there.name, "cpu")
        fix: str | None = None
        edits: tuple[Edit, ...] = ()
        if group == {"NX"} and "NX" in lacks.cpu.hardware_features:
            path = ("hosts", lacks.name, "cpu", "nx_enabled")
            fix, edits = f"Enable NX (XD) in the BIOS of {lacks.name}", (set_to(path, True),)
        wanted = "1" if lacks is there else "0"
        bits = next(of_features(datacenter, there.name, differing, wanted))
        message = f"{has.name} exposes {listed(differing)}, {lacks.name} does not"
        yield Breach(path, message, fix, edits, fault=bits.fault(there.name))


RULES = (mask_bits, family_vi3)

_MASK = ("vms", "web01", "cpu", "mask", "1.ecx")
_OLD = (
    set_to(("hosts", "esx01", "version"), "3.5"),
    set_to(("hosts", "esx02", "version"), "3.5"),
    set_to(("vms", "web01", "hardware_version"), 4),
)
MISCONFIGURATIONS = (
    Misconfiguration(
        name="mask-wants-aes",
        story="Somebody set T for AES in the CPU mask of web01; the processors have none.",
        rule="cpu-mask-bits",
        path=_MASK,
        edits=(set_to(_MASK, "------T- -------- -------- --------"),),
    ),
    Misconfiguration(
        name="mask-wants-equal-bits",
        story="The mask of web01 wants bit 3 of leaf 1 ECX alike; the hosts' vectors differ there.",
        rule="cpu-mask-bits",
        path=_MASK,
        edits=(
            set_to(_MASK, "-------- -------- -------- ----H---"),
            set_to(
                ("hosts", "esx01", "cpu", "registers", "1.ecx"),
                "-------- -------- -------- ----1---",
            ),
            set_to(
                ("hosts", "esx02", "cpu", "registers", "1.ecx"),
                "-------- -------- -------- ----0---",
            ),
        ),
    ),
    Misconfiguration(
        name="cpu-families-of-vi3",
        story="Two ESX 3.5 hosts have processors of different families.",
        rule="cpu-family-vi3",
        path=("hosts", "esx02", "cpu", "family"),
        edits=(
            *_OLD,
            set_to(("hosts", "esx01", "cpu", "family"), "6"),
            set_to(("hosts", "esx02", "cpu", "family"), "15"),
        ),
    ),
    Misconfiguration(
        name="nx-differs-in-vi3",
        story="NX is off in the BIOS of one of two ESX 3.5 hosts.",
        rule="cpu-family-vi3",
        path=("hosts", "esx01", "cpu", "nx_enabled"),
        edits=(*_OLD, set_to(("hosts", "esx01", "cpu", "nx_enabled"), False)),
    ),
)
