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
_AT_REST: dict[str, tuple[int, str, str, float]] = {
    "create-shell": (2, "Folder", "make a folder", 46),
    "pre-copy": (2, "Copy files", "copy the files", 176),
    "handshake": (3, "Register", "register the VM", 70),
    "switched-over": (3, "Moved", "hand the VM over", 62),
}
#: What other kinds call the same stages.
OTHERWISE: dict[str, dict[str, tuple[int, str, str, float]]] = {
    "storage": {
        "create-shell": (2, "Files", "make the new files", 42),
        "pre-copy": (2, "Disk copy", "copy the disks", 176),
        "handshake": (3, "Go over", "go over to the new files", 70),
    },
    "both": {
        "create-shell": (2, "Shell", "create the shell and the files", 42),
        "pre-copy": (2, "Disks, memory", "copy disks, then memory", 176),
    },
    "suspended": _AT_REST,
    "cold": _AT_REST,
}
GUIDE_AT_REST = {**GUIDE_STAGES, 2: "Copy files", 3: "Register"}
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


def ribbon_row(stage: str, kind: str = "vmotion") -> tuple[int, str, str, float]:
    """A stage as a kind of move calls it.

    >>> ribbon_row("pre-copy", "cold")[1], ribbon_row("clean-up", "cold")[1]
    ('Copy files', 'Clean up')
    """
    return OTHERWISE.get(kind, {}).get(stage, RIBBON[stage])


def guide_name(number: int, kind: str = "vmotion") -> str:
    """The guide's stage; that other kinds go through it too is this lab's reading."""
    return (GUIDE_AT_REST if kind in ("cold", "suspended") else GUIDE_STAGES)[number]


def round_words(label: str | None, word: str = "round") -> str:
    """A row of the rounds in a sentence.

    >>> round_words("2"), round_words("9–12", "pass"), round_words("disks")
    ('round 2', 'passes 9–12', 'disks')
    """
    if label is None or not label[0].isdigit():
        return label or ""
    if "–" not in label:
        return f"{word} {label}"
    return f"{'passes' if word == 'pass' else 'rounds'} {label}"


def title(stage: str, row: Pass | None = None, kind: str = "vmotion") -> str:
    """The status strip's heading for a stage.

    >>> title("pre-copy", kind="cold")
    '2 Copy files: copy the files'
    """
    guide, _, name, _ = ribbon_row(stage, kind)
    told = ""
    if row is not None and (row.label[0].isdigit() or kind == "both"):
        told = f", {round_words(row.label, 'pass' if row.of_disks else 'round')}"
    return f"{guide} {guide_name(guide, kind)}: {name}{told}"


def round_sentence(vm: str, row: Pass) -> str:
    """Who sends what in a round of pre-copy."""
    if row.of_disks:
        return _disk_sentence(vm, row)
    if row.number == 1:
        return f"Round 1: sends all {mib(row.sent_mib)} while {vm} keeps running."
    if row.count > 1:
        return f"Rounds {row.label}: each sends what {vm} changed during the one before."
    before = row.number - 1
    return (
        f"Round {row.label}: sends the {mib(row.sent_mib)} that {vm} changed during round {before}."
    )


def _disk_sentence(vm: str, row: Pass) -> str:
    if row.label == "files":
        return f"{mib(row.sent_mib)} of files are copied; nobody writes to them meanwhile."
    if row.label == "disks":
        extra = f"; {mib(row.dirtied_mib)} written behind it go to both sides" * bool(
            row.dirtied_mib
        )
        return f"One pass over {mib(row.sent_mib)} while {vm} keeps running{extra}."
    if row.number == 1:
        return f"Pass 1: copies all {mib(row.sent_mib)} while {vm} keeps running."
    return f"Pass {row.label}: copies the {mib(row.sent_mib)} that {vm} wrote to meanwhile."


def where(vm_runs_on: str | None, down: bool = False, rest: str = "") -> str:
    """The right end of the status strip, after the VM's name; rest is how it does not run."""
    if rest:
        return f"is {rest}"
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
    guide, name, _, _ = ribbon_row(facts.failed_in or STAGES[0], facts.kind)
    told = round_words(round_label, "pass" if facts.kind == "storage" else "round")
    place = f"stage {guide}, “{name}”" + (f", {told}" if told else "")
    how = "Cancelled in" if facts.cancelled else "Rolled back from"
    why = "" if facts.cancelled else f" {reason}"
    return "back", outcome.verdict, f"{how} {place}.{why}"


def _moved(facts: Facts) -> str:
    outcome = facts.outcome
    text = f"Moved in {seconds(outcome.total_s)}."
    if outcome.downtime_s:
        text += f" Clients waited {seconds(outcome.downtime_s, 2)}."
    if outcome.estimate and (outcome.estimate.sent_bytes or not outcome.estimate.storage):
        sent = mib(bytes_to_mib(outcome.estimate.sent_bytes))
        text += f" {sent} {'of memory ' if outcome.estimate.storage else ''}were sent."
    if outcome.estimate and outcome.estimate.storage:
        text += f" {mib(bytes_to_mib(outcome.estimate.storage.written_bytes))} were written"
        text += f" on {facts.target}."
    if facts.rest and not outcome.estimate:
        text += " No file moved: only the registration."
    return text
