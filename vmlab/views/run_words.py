"""What the run says: names on the ribbon, sentences of the status strip, the verdict."""

from __future__ import annotations

from vmlab.migration.stages import GUIDE_STAGES
from vmlab.units import bytes_to_mib
from vmlab.views.run_facts import Facts
from vmlab.views.run_rounds import Pass

#: Fine stage -> guide stage, word on the ribbon, name in a sentence, weight on the ribbon.
RIBBON: dict[str, tuple[int, str, str, float]] = {
    "requested": (1, "Request", "request", 64),
    "validate": (1, "Validate", "validate", 66),
    "queued": (1, "Queue", "queue", 60),
    "ask-destination": (2, "Ask", "ask the target", 36),
    "compute-spec": (2, "Spec", "compute the spec", 38),
    "prepare-source": (2, "Prepare", "prepare the source", 54),
    "create-shell": (2, "Shell", "create the shell", 42),
    "connect": (2, "Connect", "connect", 54),
    "pre-copy": (2, "Pre-copy", "pre-copy", 176),
    "checkpoint": (2, "Stun", "stun and checkpoint", 54),
    "handshake": (3, "Handshake", "handshake", 70),
    "switched-over": (3, "Switched", "switched over", 62),
    "clean-up": (3, "Clean up", "clean up", 60),
}
STAGES = tuple(RIBBON)
COPY, NO_RETURN = STAGES.index("pre-copy"), STAGES.index("switched-over")


def mib(n: float) -> str:
    """Mebibytes as a learner reads them.

    >>> mib(4096), mib(3.42)
    ('4,096 MiB', '3.4 MiB')
    """
    return f"{n:.1f} MiB" if 0 < n < 9.95 else f"{n:,.0f} MiB"


def seconds(s: float, digits: int = 1) -> str:
    """Seconds as a learner reads them.

    >>> seconds(45.93), seconds(0.4301)
    ('45.9 s', '0.43 s')
    """
    return f"{s:.{max(2, digits) if 0 < s < 0.995 else digits}f} s"


def title(stage: str, round_label: str | None = None) -> str:
    """The status strip's heading for a stage.

    >>> title("pre-copy", "2")
    '2 Copy state: pre-copy, round 2'
    """
    guide, _, name, _ = RIBBON[stage]
    rounds = (
        "" if round_label is None else f", round{'s' if '–' in round_label else ''} {round_label}"
    )
    return f"{guide} {GUIDE_STAGES[guide]}: {name}{rounds}"


def round_sentence(vm: str, row: Pass, first: bool) -> str:
    """Who sends what in a round of pre-copy."""
    if first:
        return f"Round 1: sends all {mib(row.sent_mib)} while {vm} keeps running."
    if row.count > 1:
        return f"Rounds {row.label}: each sends what {vm} changed during the one before."
    before = row.number - 1
    return (
        f"Round {row.label}: sends the {mib(row.sent_mib)} that {vm} changed during round {before}."
    )


def where(vm_runs_on: str | None, down: bool = False) -> str:
    """The right end of the status strip, after the VM's name."""
    if vm_runs_on:
        return f"runs on {vm_runs_on}"
    return "is down" if down else "is paused"


def verdict(facts: Facts, round_label: str | None = None) -> tuple[str, str, str]:
    """The end of a run: its tone, where the VM runs now, and how that came about.

    Parameters
    ----------
    facts : Facts
        What happened.
    round_label : str, optional
        The round in which it ended.

    Returns
    -------
    tone, title, text : str
        The title is the outcome's own sentence.
    """
    outcome = facts.outcome
    reason = outcome.reason or ""
    if outcome.outcome == "migrated":
        return "success", outcome.verdict, _moved(facts)
    if outcome.outcome == "refused":
        return "error", outcome.verdict, f"The check refuses the move. {reason}"
    if outcome.outcome == "failed-after-switchover":
        text = f"Past the point of no return nothing is rolled back. {reason}"
        return "incomplete", outcome.verdict, text
    if outcome.outcome == "lost":
        return "error", outcome.verdict, reason
    guide, name, _, _ = RIBBON[facts.failed_in or STAGES[0]]
    place = f"stage {guide}, “{name}”" + (f", round {round_label}" if round_label else "")
    how = "Cancelled in" if facts.cancelled else "Rolled back from"
    why = "" if facts.cancelled else f" {reason}"
    return "back", outcome.verdict, f"{how} {place}.{why}"


def _moved(facts: Facts) -> str:
    outcome = facts.outcome
    text = f"Moved in {seconds(outcome.total_s)}."
    if outcome.downtime_s:
        text += f" Clients waited {seconds(outcome.downtime_s, 2)}."
    if outcome.estimate:
        sent = mib(bytes_to_mib(outcome.estimate.sent_bytes))
        text += f" {sent} were sent."
    return text
