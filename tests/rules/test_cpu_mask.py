"""Register bits: the table of symbols (reference, 4.1), masks, and VI 3."""

from __future__ import annotations

import pytest

from support.relocations import TWO_HOSTS, by_profile, findings
from vmlab.documents import InputError
from vmlab.inventory import CpuRequirement, Edit, apply, set_to
from vmlab.rules.cpu.registers import FEATURES_ECX, WrongBits, at, wrong_bits

MASK = ("vms", "web01", "cpu", "mask", "1.ecx")
ECX = "1.ecx"


def bits(at_zero: str, otherwise: str = "-") -> str:
    return otherwise * 31 + at_zero


@pytest.mark.parametrize(
    ("symbol", "here", "there", "wants"),
    [
        # T: the destination's bit must be 1; F: it must be 0.
        ("T", "0", "1", "x"), ("T", "1", "0", "1"), ("T", "1", "-", "1"),
        ("F", "1", "0", "x"), ("F", "0", "1", "0"), ("F", "0", "-", "0"),
        # H and R: the source's bit must equal the destination's.
        ("H", "1", "1", "x"), ("H", "0", "0", "x"), ("H", "1", "0", "1"), ("H", "0", "1", "0"),
        ("R", "1", "1", "x"), ("R", "0", "0", "x"), ("R", "1", "0", "1"), ("R", "0", "1", "0"),
        # The guest is told 1 or 0, or does not look: nothing is asked of a host.
        ("1", "0", "0", "x"), ("0", "1", "1", "x"), ("x", "0", "1", "x"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("by_descriptor", [False, True])
def test_a_symbol(symbol: str, here: str, there: str, wants: str, by_descriptor: bool) -> None:
    registers = {ECX: bits(symbol)}
    # A minus takes the symbol of the guest-OS descriptor instead.
    field = "descriptor" if by_descriptor else "mask"
    requirement = CpuRequirement.model_validate({field: registers})
    found = wrong_bits(requirement, ECX, bits(here), bits(there))
    assert found.wants == "x" * 31 + wants
    assert found.bits == ((0,) if wants != "x" else ())


def test_the_mask_goes_before_the_descriptor() -> None:
    facts = {"mask": {ECX: bits("x")}, "descriptor": {ECX: bits("T")}}
    requirement = CpuRequirement.model_validate(facts)
    assert wrong_bits(requirement, ECX, bits("0"), bits("0")).bits == ()


def test_bit_31_stands_first() -> None:
    assert at("1" + "0" * 31, 31) == "1"
    assert at("0" * 31 + "1", 0) == "1"


@pytest.mark.parametrize(
    ("register", "fault", "named"),
    [
        (
            "1.ecx",
            "CpuIncompatible1ECX",
            {"sse3": 0, "pclmulqdq": 1, "ssse3": 9, "sse41": 19, "sse42": 20, "aes": 25},
        ),
        ("80000001.edx", "CpuIncompatible81EDX", {"nx": 20, "ffxsr": 25, "rdtscp": 27, "lm": 29}),
    ],
)
def test_named_bits(register: str, fault: str, named: dict[str, int]) -> None:
    for field, bit in named.items():
        wants = "".join("1" if 31 - i == bit else "x" for i in range(32))
        found = WrongBits(register, "0" * 32, wants).fault("esx02")
        assert found.name == fault
        flags = {f for f, value in found.fields.items() if value is True}
        assert flags == {field}
    other = WrongBits(register, "0" * 32, "x" * 28 + "1xxx").fault("esx02")
    assert (other.fields["other"], other.fields["otherOnly"]) == (True, True)


def test_other_registers_and_unknown_bits() -> None:
    found = WrongBits("7.ebx", "0" * 32, "x" * 31 + "1").fault("esx02")
    assert found.name == "CpuIncompatible"
    assert found.fields == {
        "level": 7,
        "registerName": "ebx",
        "registerBits": "0000:0000:0000:0000:0000:0000:0000:0000",
        "desiredBits": "xxxx:xxxx:xxxx:xxxx:xxxx:xxxx:xxxx:xxx1",
        "host": "esx02",
    }
    unknown = WrongBits(FEATURES_ECX, "-" * 32, "x" * 31 + "1").fault("esx02")
    assert unknown.name == "CpuCompatibilityUnknown"


def mask(symbols: str) -> Edit:
    return set_to(MASK, symbols)


def test_a_register_that_is_not_given_follows_from_the_features() -> None:
    # Bit 20 is SSE4.2, which Nehalem has; bit 25 AES, which it has not.
    sse42 = mask("-------- ---T---- -------- --------")
    aes = mask("------T- -------- -------- --------")
    assert findings("cpu-mask-bits", sse42) == []
    assert by_profile("cpu-mask-bits", aes) == ["error"] * 4
    (finding,) = findings("cpu-mask-bits", aes)
    assert finding.path == MASK
    assert finding.edits[0].value == "------x-------------------------"
    assert "bits 25" in finding.message
    # EVC hides the bit on both.
    penryn = set_to(("clusters", "cluster-01", "evc_mode"), "intel-penryn")
    (finding,) = findings("cpu-mask-bits", sse42, penryn)
    assert finding.fault is not None
    assert finding.fault.fields["sse42"] is True


def test_evc_hides_bits_of_a_vector_that_is_given() -> None:
    vectors = [set_to(("hosts", h, "cpu", "registers", ECX), "1" * 32) for h in ("esx01", "esx02")]
    wanted = mask("-------- ---F---- -------- --------")
    assert findings("cpu-mask-bits", *vectors, wanted) != []
    penryn = set_to(("clusters", "cluster-01", "evc_mode"), "intel-penryn")
    assert findings("cpu-mask-bits", *vectors, wanted, penryn) == []


def test_a_mask_is_nothing_to_a_cold_move() -> None:
    assert findings("cpu-mask-bits", mask("T" * 32), kind="cold") == []
    assert findings("cpu-mask-bits", mask("T" * 32), kind="suspended") != []


def vi3(version: str, *edits: Edit) -> tuple[Edit, ...]:
    return (set_to(("hosts", "esx01", "version"), version), *edits)


FAMILIES = (
    set_to(("hosts", "esx01", "cpu", "family"), "6"),
    set_to(("hosts", "esx02", "cpu", "family"), "15"),
)


@pytest.mark.parametrize(("version", "found"), [("3.5", True), ("3.5 U4", True), ("4.0", False)])
def test_families_count_up_to_vi3(version: str, found: bool) -> None:
    assert bool(findings("cpu-family-vi3", *vi3(version, *FAMILIES))) is found
    assert findings("cpu-family-vi3", *vi3(version, FAMILIES[0])) == []


def test_vi3_minds_three_features_both_ways_and_they_are_told_once() -> None:
    here = set_to(("hosts", "esx01", "cpu", "nx_enabled"), False)
    there = set_to(("hosts", "esx02", "cpu", "nx_enabled"), False)
    for edit in (here, there):
        (finding,) = findings("cpu-family-vi3", *vi3("3.5", edit))
        assert finding.path == edit.path
        assert finding.fault is not None
        assert finding.fault.name == "CpuIncompatible81EDX"
        others = ("cpu-feature-missing", "cpu-kernel-extra", "cpu-user-extra")
        assert [rule for rule in others if findings(rule, *vi3("3.5", edit))] == []
    few = set_to(("hosts", "esx02", "cpu", "features"), ["SSE2", "SSE3", "LM", "NX"])
    (finding,) = findings("cpu-family-vi3", *vi3("3.5", few))
    assert "SSSE3" in finding.message
    assert finding.fault is not None
    assert finding.fault.name == "CpuIncompatible1ECX"


@pytest.mark.parametrize("name", ["ecx", "1ecx", "x.ecx", "1.cx", "123456789.ecx"])
def test_a_register_has_a_name(name: str) -> None:
    with pytest.raises(InputError, match="names no register"):
        apply(TWO_HOSTS, [set_to(("vms", "web01", "cpu", "mask", name), "x" * 32)])


def test_a_bit_that_the_source_does_not_tell_cannot_be_compared() -> None:
    mask = set_to(("vms", "web01", "cpu", "mask", "1.ecx"), "x" * 28 + "Hxxx")
    known = set_to(("hosts", "esx02", "cpu", "registers", "1.ecx"), "-" * 28 + "1---")
    (finding,) = findings("cpu-mask-bits", mask, known)
    assert finding.fault is not None
    assert finding.fault.name == "CpuCompatibilityUnknown"
