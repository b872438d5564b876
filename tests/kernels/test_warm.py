"""The kernels' warm-up does what it says, compiled or not."""

from __future__ import annotations

from vmlab.kernels.pages import WORTH_COMPILING
from vmlab.kernels.warm import warm


def test_half_of_the_pages_are_written_and_sent_again() -> None:
    assert warm() == (WORTH_COMPILING // 2, WORTH_COMPILING // 2)
