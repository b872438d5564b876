"""Finishing a lab of puzzles as a learner would."""

from __future__ import annotations

from vmlab.labs.puzzle import PuzzleLab


def finish(lab: PuzzleLab) -> None:
    """Take up and mend every puzzle; the progress counts each only once it is mended."""
    for number, puzzle in enumerate(lab.puzzles, 1):
        reached = f"{number - 1} of {len(lab.puzzles)}"
        assert lab.progress.title.startswith(reached), puzzle.name
        told = lab.take(number).to_text()
        assert told.splitlines()[1].startswith(f"{number} of {len(lab.puzzles)}")
        assert not any(finding.message in told for finding in lab.report.findings), puzzle.name
        assert puzzle.rule in {finding.rule.id for finding in lab.report.findings}, puzzle.name
        assert puzzle.story not in lab.progress.to_text() + lab.hints(number).to_text()
        assert lab.progress.title.startswith(reached), puzzle.name
        assert len(lab.hints(number).rows) == 3
        while any(finding.rule.id == puzzle.rule for finding in lab.report.findings):
            before = len(lab.report.findings)
            lab.fix(puzzle.rule)
            assert len(lab.report.findings) < before, puzzle.name
        assert puzzle.story in lab.progress.to_text()
    assert lab.progress.title.startswith(f"{len(lab.puzzles)} of")
    lab.take(1)
    assert lab.progress.title.startswith(f"{len(lab.puzzles)} of"), "what is mended stays mended"
