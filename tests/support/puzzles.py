"""Finishing a lab of puzzles as a learner would."""

from __future__ import annotations

from vmlab.labs.puzzle import PuzzleLab


def finish(lab: PuzzleLab) -> None:
    """Take up and mend every puzzle; the progress counts each only once it is mended."""
    for number, puzzle in enumerate(lab.puzzles, 1):
        reached = f"{number - 1} of {len(lab.puzzles)}"
        assert lab.progress.title.startswith(reached), puzzle.name
        report = lab.take(number)
        assert puzzle.rule in {finding.rule.id for finding in report.findings}, puzzle.name
        assert lab.progress.title.startswith(reached), puzzle.name
        assert len(lab.hints(number).rows) == 3
        while any(finding.rule.id == puzzle.rule for finding in lab.report.findings):
            before = len(lab.report.findings)
            lab.fix(puzzle.rule)
            assert len(lab.report.findings) < before, puzzle.name
    assert lab.progress.title.startswith(f"{len(lab.puzzles)} of")
    lab.take(1)
    assert lab.progress.title.startswith(f"{len(lab.puzzles)} of"), "what is mended stays mended"
