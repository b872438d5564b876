"""The ladder of EVC modes: which processor features each level promises.

Keys and AMD's two sequences are from the list of modes that PowerCLI accepts
and from VMware's EVC FAQ (KB 1005764); that Penryn adds SSE4.1 is in the
vSphere 6.7 manual. All other features, and the releases, are recalled.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import AfterValidator

Vendor = Literal["Intel", "AMD"]


@dataclass(frozen=True)
class EvcMode:
    """A baseline of processor features.

    Parameters
    ----------
    key : str
        As the API names it.
    vendor : str
        Whose processors.
    level : str
        Its place in the sequences: L for Intel, A and B for AMD.
    features : frozenset of str
        All that it promises.
    track : frozenset of str
        Groups of features that are in it, at least in part.
    vendor_tier : int
        Its order among the vendor's modes.
    since : str
        Release of the host's software that first knows it; recalled.
    recalled : bool
        Its features were found on no page.
    """

    key: str
    vendor: Vendor
    level: str
    features: frozenset[str]
    track: frozenset[str]
    vendor_tier: int
    since: str
    recalled: bool = True


@dataclass(frozen=True)
class _Step:
    """One row of the ladder; a feature with a minus is dropped, a track is inherited."""

    key: str
    level: str
    adds: str
    since: str
    after: str = ""
    track: str = ""
    recalled: bool = True


_INTEL = (
    _Step("intel-merom", "L0", "SSE2 SSE3 SSSE3 CMPXCHG16B LM NX", "3.5 U2"),
    _Step("intel-penryn", "L1", "SSE4.1", "3.5 U2", recalled=False),
    _Step("intel-nehalem", "L2", "SSE4.2 POPCNT", "4.0"),
    _Step("intel-westmere", "L3", "AES-NI PCLMULQDQ", "4.0 U1"),
    _Step("intel-sandybridge", "L4", "AVX XSAVE", "5.0"),
    _Step("intel-ivybridge", "L5", "RDRAND F16C FSGSBASE SMEP ENFSTRG", "5.1"),
    _Step("intel-haswell", "L6", "AVX2 BMI1 BMI2 FMA MOVBE INVPCID LZCNT", "5.5"),
    _Step("intel-broadwell", "L7", "ADX RDSEED SMAP PREFETCHW", "6.5"),
    _Step(
        "intel-skylake",
        "L8",
        "AVX512F AVX512CD AVX512DQ AVX512BW AVX512VL CLWB PKU XSAVEC XSAVES",
        "6.7",
    ),
    _Step("intel-cascadelake", "L9", "AVX512VNNI", "7.0"),
    _Step(
        "intel-icelake",
        "L10",
        "VAES VPCLMULQDQ GFNI SHA AVX512IFMA AVX512VBMI AVX512BITALG AVX512VPOPCNTDQ UMIP RDPID",
        "7.0",
    ),
    _Step(
        "intel-sapphirerapids",
        "L11",
        "AMX AVX-VNNI AVX512FP16 AVX512BF16 CET MOVDIRI SERIALIZE",
        "8.0",
    ),
)
# The fork: plain Gen. 3 has 3DNow! and ends sequence A; sequence B starts at Gen. 3
# without it. Zen drops what Bulldozer brought, so it is on no track of theirs.
_AMD = (
    _Step("amd-rev-e", "A0", "SSE2 SSE3 LM NX FFXSR", "3.5 U2"),
    _Step("amd-rev-f", "A1", "CMPXCHG16B RDTSCP", "3.5 U2"),
    _Step("amd-greyhound-no3dnow", "A2", "SSE4A MisAlignSSE POPCNT ABM", "4.1"),
    _Step("amd-greyhound", "A3", "3DNow!", "4.0", track="3dnow"),
    _Step(
        "amd-bulldozer",
        "B1",
        "SSSE3 SSE4.1 SSE4.2 AES-NI AVX XSAVE XOP FMA4",
        "5.0",
        after="amd-greyhound-no3dnow",
        track="xop",
    ),
    _Step("amd-piledriver", "B2", "FMA TBM BMI1 F16C", "5.1"),
    _Step("amd-steamroller", "B3", "XSAVEOPT FSGSBASE", "5.5"),
    _Step(
        "amd-zen",
        "B4",
        "-XOP -FMA4 -TBM AVX2 BMI2 MOVBE RDRAND RDSEED ADX SMEP SMAP SHA CLFLUSHOPT",
        "6.7",
        track="-xop",
    ),
    _Step("amd-zen2", "B5", "CLWB UMIP RDPID WBNOINVD", "7.0"),
    _Step("amd-zen3", "B6", "VAES VPCLMULQDQ PKU INVPCID", "7.0"),
    _Step("amd-zen4", "B7", "AVX512F AVX512CD AVX512DQ AVX512BW AVX512VL", "8.0"),
)

#: What a guest's kernel uses and programs do not; NX is the manual's, the rest are recalled.
KERNEL_FEATURES = frozenset(
    ("NX", "FFXSR", "SMEP", "SMAP", "INVPCID", "XSAVES", "UMIP", "WBNOINVD", "PKU")
)


def _after(before: frozenset[str], words: str) -> frozenset[str]:
    dropped = {word[1:] for word in words.split() if word.startswith("-")}
    return (before - dropped) | {word for word in words.split() if not word.startswith("-")}


def _ladder(vendor: Vendor, steps: tuple[_Step, ...]) -> dict[str, EvcMode]:
    modes: dict[str, EvcMode] = {}
    last = EvcMode("", vendor, "", frozenset(), frozenset({vendor}), 0, "0")
    for tier, step in enumerate(steps, 1):
        base = modes[step.after] if step.after else last
        last = modes[step.key] = EvcMode(
            step.key,
            vendor,
            step.level,
            _after(base.features, step.adds),
            _after(base.track, step.track),
            tier,
            step.since,
            step.recalled,
        )
    return modes


MODES: dict[str, EvcMode] = {**_ladder("Intel", _INTEL), **_ladder("AMD", _AMD)}

#: Levels in order; "level n implies all lower ones" is said of one sequence only.
SEQUENCES: dict[str, tuple[str, ...]] = {
    "L": tuple(step.key for step in _INTEL),
    "A": tuple(step.key for step in _AMD[:4]),
    "B": tuple(step.key for step in (_AMD[2], *_AMD[4:])),
}

#: What hardware is taken for where nothing is said of it: of the years of vSphere 4.0.
USUAL_MODE: dict[Vendor, str] = {"Intel": "intel-nehalem", "AMD": "amd-greyhound"}


def covers(mode: str, other: str) -> bool:
    """Whether a mode's features include another's, by track and vendor tier.

    Parameters
    ----------
    mode, other : str
        Keys of modes.

    Returns
    -------
    bool
        The API's test, which looks at no feature bit.

    Examples
    --------
    >>> covers("amd-bulldozer", "amd-greyhound-no3dnow")
    True
    >>> covers("amd-bulldozer", "amd-greyhound")
    False
    """
    this, that = MODES[mode], MODES[other]
    return this.track >= that.track and this.vendor_tier >= that.vendor_tier


def _known(key: str) -> str:
    plain = key.strip().lower()
    if plain and plain not in MODES:
        raise ValueError(f"there is no such EVC mode; known: {', '.join(MODES)}")
    return plain


#: The key of a mode, or nothing.
EvcKey = Annotated[str, AfterValidator(_known)]
