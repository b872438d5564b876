"""What a check says: findings, and what passed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from vmlab.inventory.move import Move
from vmlab.inventory.path import Edit, Path
from vmlab.inventory.profile import Profile
from vmlab.rules.check_result import check_result
from vmlab.rules.rule import Fault, Phase, Rule, Severity
from vmlab.tables import Column, Table

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Finding:
    """A breach of a rule, as severe as the profile makes it."""

    rule: Rule
    severity: Severity
    path: Path
    message: str
    fix: str
    edits: tuple[Edit, ...] = ()
    fault: Fault | None = None

    @property
    def phase(self) -> Phase:
        """Where it shows: in the check, or only when the task runs."""
        return self.rule.phase

    @property
    def blocks(self) -> bool:
        """Whether the migration is refused because of it."""
        return self.severity == "error" and self.phase == "check"

    def to_json(self) -> dict[str, Any]:
        """The finding as plain data."""
        return {
            "rule": self.rule.id,
            "severity": self.severity,
            "phase": self.phase,
            "path": list(self.path),
            "message": self.message,
            "fault": self.fault.name if self.fault else None,
            "source": self.rule.source,
            "fix": self.fix,
            "edits": [edit.to_json() for edit in self.edits],
        }


@dataclass(frozen=True)
class Passed:
    """A rule that is met, and what it has to say."""

    rule: Rule
    note: str | None = None

    def to_json(self) -> dict[str, Any]:
        """The rule's name and note as plain data."""
        return {"rule": self.rule.id, "note": self.note}


@dataclass(frozen=True)
class Report:
    """Findings in the order of the catalogue, and the rules that are met.

    Parameters
    ----------
    profile : Profile
        Whose eyes looked.
    move : Move or None
        The move that was judged, None for the hosts as they stand.
    findings : tuple of Finding
        What is wrong.
    passed : tuple of Passed
        What is right.
    """

    profile: Profile
    move: Move | None
    findings: tuple[Finding, ...]
    passed: tuple[Passed, ...]

    @property
    def ok(self) -> bool:
        """Whether the check lets the migration start."""
        return not any(finding.blocks for finding in self.findings)

    @property
    def errors(self) -> tuple[Finding, ...]:
        """Findings that block."""
        return tuple(finding for finding in self.findings if finding.blocks)

    def at_phase(self, phase: Phase) -> tuple[Finding, ...]:
        """Errors that show at a phase of the running task."""
        return tuple(f for f in self.findings if f.phase == phase and f.severity == "error")

    def to_json(self) -> dict[str, Any]:
        """The report as plain data."""
        move = self.move
        return {
            "ok": self.ok,
            "profile": self.profile.value,
            "move": move
            and {
                "vm": move.vm,
                "source": move.source,
                "destination": move.destination,
                "kind": move.kind,
            },
            "findings": [finding.to_json() for finding in self.findings],
            "passed": [passed.to_json() for passed in self.passed],
        }

    def to_check_result(self) -> list[dict[str, Any]]:
        """The report in the shape of vSphere's CheckResult; see `check_result`."""
        return check_result(self.move, self.findings)

    def table(self) -> Table:
        """One row a finding, then one a rule that is met."""
        rows: list[list[str | None]] = [
            [f.severity, f.rule.id, f.message, f.fix] for f in self.findings
        ]
        rows += [["met", p.rule.id, p.note or p.rule.title, None] for p in self.passed]
        return Table([Column("severity"), Column("rule"), Column("what"), Column("fix")], rows)

    def to_frame(self) -> pd.DataFrame:
        """The report as a pandas frame."""
        return self.table().to_frame()

    def __repr__(self) -> str:
        count = {"error": 0, "warning": 0, "advice": 0, "queue": 0}
        for finding in self.findings:
            count[finding.severity] += 1
        plural = {"error": "errors", "warning": "warnings", "queue": "queues"}
        said = ", ".join(
            f"{n} {plural.get(word, word) if n > 1 else word}" for word, n in count.items() if n
        )
        verdict = "passes" if self.ok else "is refused"
        return f"Check {verdict}: {said or 'no findings'}, {len(self.passed)} rules met"

    def _repr_html_(self) -> str:
        return self.table().to_html()
