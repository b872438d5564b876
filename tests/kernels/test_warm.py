"""The kernels' warm-up does what it says, compiled or not."""

from __future__ import annotations

from vmlab.kernels import guest_pages
from vmlab.kernels.pages import WORTH_COMPILING
from vmlab.kernels.warm import warm, warm_bitmaps, warm_fleet, warm_lanes


def test_half_of_the_pages_are_written_and_sent_again() -> None:
    assert warm() == (WORTH_COMPILING // 2, WORTH_COMPILING // 2)


def test_every_page_of_a_bitmap_is_written() -> None:
    assert warm_bitmaps() == 64 * guest_pages.WORTH_COMPILING


def test_a_migration_in_a_lane_takes_its_time() -> None:
    assert warm_lanes() == 100.0


def test_the_second_move_of_a_fleet_waits_for_the_first() -> None:
    assert warm_fleet() == 20.0
