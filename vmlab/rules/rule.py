"""A rule, what it finds, and how its severity follows the profile."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Required, TypedDict, Unpack

from vmlab.inventory.datacenter import Datacenter
from vmlab.inventory.move import Move
from vmlab.inventory.path import Edit, Path
from vmlab.inventory.profile import Profile

Severity = Literal["error", "warning", "advice", "queue"]
Phase = Literal["check", "connect", "transfer", "switch-over"]
Tier = Literal["core", "ext"]
Scope = Literal["licence", "host", "network", "storage", "cpu", "vm", "capacity", "pair"]
TestGroup = Literal[
    "sourceTests",
    "hostTests",
    "resourcePoolTests",
    "datastoreTests",
    "networkTests",
    "runtime only",
]
Severities = Mapping[Profile, Severity]

GUIDE_PAGE = "vSphere 4.0 Basic System Administration, p. 185"
API = "vSphere Web Services API 8.0 U3, vim.fault"


@dataclass(frozen=True)
class Fault:
    """A vSphere fault as a check result carries it.

    Parameters
    ----------
    name : str
        Its class in the API, such as ``"CannotAccessNetwork"``.
    fields : mapping of str, optional
        The class's own fields and those it inherits, by their API names.
    inner : Fault, optional
        The fault that it wraps, for classes with a field ``fault``.
    """

    name: str
    fields: Mapping[str, Any] = field(default_factory=dict)
    inner: Fault | None = None


@dataclass(frozen=True)
class Breach:
    """What a rule saw: where, what, and what would mend it.

    Parameters
    ----------
    path : tuple of str
        The place that an edit mends.
    message : str
        The fact: names and values.
    fix : str, optional
        A sentence that starts with a verb; the rule's own where left out.
    edits : tuple of Edit, optional
        The mechanical fix, empty where none exists.
    milder : bool, optional
        The profile's milder severity applies (a device that is disconnected).
    fault : Fault, optional
        The fault with its fields; the rule's own, without any, where left out.
    """

    path: Path
    message: str
    fix: str | None = None
    edits: tuple[Edit, ...] = ()
    milder: bool = False
    fault: Fault | None = None


@dataclass(frozen=True)
class Note:
    """What a rule has to say although it is met, such as the pattern it matched."""

    text: str


Judgement = Callable[[Datacenter, Move | None], Iterable[Breach | Note]]
MoveJudgement = Callable[[Datacenter, Move], Iterable[Breach | Note]]


class Page(TypedDict, total=False):
    """What is told about a rule when it is written; see `Rule`."""

    title: Required[str]
    short: Required[str]
    why: Required[str]
    fix: Required[str]
    source: Required[str]
    severity: Required[Severities]
    scope: Required[Scope]
    fault: Required[str | None]
    test_group: Required[TestGroup]
    tier: Tier
    era: str
    phase: Phase
    recalled: bool
    milder: Severities


@dataclass(frozen=True, kw_only=True)
class Rule:
    """One thing that must be true, as a page of the catalogue.

    Parameters
    ----------
    id : str
        Its name in the catalogue.
    title : str
        The clause, as a sentence that is true or not.
    short : str
        The clause in one to three words.
    why : str
        What goes wrong otherwise.
    fix : str
        How to mend it, in general.
    source : str
        Document, edition and page.
    severity : mapping of Profile to str
        Profiles that are missing do not have the rule.
    scope : str
        What it is about.
    fault : str or None
        The vSphere fault, None where vCenter has none.
    test_group : str
        Which of vCenter's groups of tests it belongs to.
    judge : callable
        The rule itself: from a datacenter and a move to breaches and notes.
    needs_move : bool
        It judges a move; the others judge hosts as they stand.
    tier : {"core", "ext"}, optional
        Rank in the catalogue.
    era : str, optional
        Releases that have it, in words.
    phase : {"check", "connect", "transfer", "switch-over"}, optional
        Where a breach shows.
    recalled : bool, optional
        The rule, or a number in it, is recalled: it was found on no page.
    milder : mapping of Profile to str, optional
        Severity of a milder breach, such as a disconnected device's.
    """

    id: str
    title: str
    short: str
    why: str
    fix: str
    source: str
    severity: Severities
    scope: Scope
    fault: str | None
    test_group: TestGroup
    judge: Judgement
    needs_move: bool
    tier: Tier = "core"
    era: str = "all"
    phase: Phase = "check"
    recalled: bool = False
    milder: Severities = field(default_factory=dict)

    def applies_to(self, profile: Profile) -> bool:
        """Whether a profile has the rule."""
        return profile in self.severity

    def to_json(self, profile: Profile | None = None) -> dict[str, Any]:
        """Its page as plain data; severity by profile where none is given."""
        by_profile = {p.value: self.severity.get(p) for p in Profile}
        return {
            "rule": self.id,
            "tier": self.tier,
            "scope": self.scope,
            "era": self.era,
            "severity": self.severity.get(profile) if profile else by_profile,
            "phase": self.phase,
            "title": self.title,
            "why": self.why,
            "fix": self.fix,
            "source": self.source,
            "recalled": self.recalled,
            "fault": self.fault,
            "test_group": self.test_group,
        }


def rule(id: str, **page: Unpack[Page]) -> Callable[[Judgement], Rule]:
    """Make a rule of a function that judges hosts as they stand, or the pair of a move.

    Parameters
    ----------
    id : str
        Its name in the catalogue.
    **page
        As `Rule` explains.

    Returns
    -------
    callable
        A decorator that turns the function into a Rule.
    """

    def decorate(judge: Judgement) -> Rule:
        return Rule(id=id, judge=judge, needs_move=False, **page)

    return decorate


def move_rule(id: str, **page: Unpack[Page]) -> Callable[[MoveJudgement], Rule]:
    """Make a rule of a function that judges a move; see `rule`."""

    def decorate(judge: MoveJudgement) -> Rule:
        def judge_move(datacenter: Datacenter, move: Move | None) -> Iterable[Breach | Note]:
            return () if move is None else judge(datacenter, move)

        return Rule(id=id, judge=judge_move, needs_move=True, **page)

    return decorate


def everywhere(severity: Severity) -> Severities:
    """Report the same severity under every profile."""
    return dict.fromkeys(Profile, severity)


def only_guide(severity: Severity) -> Severities:
    """Report only under the guide: vCenter has no such check."""
    return {Profile.GUIDE_40: severity}


def guide_and_later(guide: Severity, later: Severity) -> Severities:
    """Report one severity under the guide taken at its word, vCenter's own under the others."""
    return {**everywhere(later), Profile.GUIDE_40: guide}


def until(last: Profile, severity: Severity) -> Severities:
    """Report the severity up to a release, and nothing after it."""
    profiles = list(Profile)
    return dict.fromkeys(profiles[: profiles.index(last) + 1], severity)


def since(first: Profile, severity: Severity) -> Severities:
    """Report the severity from a release on, and nothing before it."""
    profiles = list(Profile)
    return dict.fromkeys(profiles[profiles.index(first) :], severity)


def hosts_judged(datacenter: Datacenter, move: Move | None) -> Iterator[str]:
    """Names of the hosts that a rule looks at: the pair of a move, or all.

    Where only files move the VM stays, and its host is the only one.
    """
    if move is None:
        yield from datacenter.hosts
    elif move.kind == "storage":
        yield move.source
    else:
        yield from dict.fromkeys((move.source, move.destination))


def hosts_of_vmotion(datacenter: Datacenter, move: Move | None) -> Iterator[str]:
    """Hosts whose VMotion network is asked for: none where a move does without it."""
    if move is None or is_vmotion(move):
        yield from hosts_judged(datacenter, move)


def is_vmotion(move: Move) -> bool:
    """Whether memory goes over the VMotion network, from one host to another."""
    return move.kind in {"vmotion", "both"}


def moves_running(datacenter: Datacenter, move: Move) -> bool:
    """Whether a VM that is powered on moves by VMotion."""
    return is_vmotion(move) and datacenter.vms[move.vm].power_state == "on"
