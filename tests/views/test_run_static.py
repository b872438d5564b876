"""The run as HTML, text and pictures: the same bytes each time."""

from __future__ import annotations

import re
import struct
import zlib
from base64 import b64decode

import numpy as np

from vmlab.inventory.move import Move
from vmlab.inventory.scenario import load
from vmlab.migration import Outcome, migrate, parse
from vmlab.models.case import Case
from vmlab.models.film import record
from vmlab.views.png import PAGE_COLOURS, png
from vmlab.views.run import film_of, run_view
from vmlab.views.run_maps import maps_html, moments, picture
from vmlab.views.run_static import run_html, run_text

MOVE = Move(vm="web01", source="esx01", destination="esx02")


def outcome(*faults: str) -> Outcome:
    return migrate(load("two-hosts").datacenter, MOVE, disturbances=[parse(one) for one in faults])


def unpacked(data: bytes) -> np.ndarray:
    """The pixels of a picture written by `png`."""
    width, height = struct.unpack(">II", data[16:24])
    start = data.index(b"IDAT") + 4
    (length,) = struct.unpack(">I", data[start - 8 : start - 4])
    rows = np.frombuffer(zlib.decompress(data[start : start + length]), dtype=np.uint8)
    packed = rows.reshape(height, -1)[:, 1:]
    pixels = np.stack([packed >> shift & 3 for shift in (6, 4, 2, 0)], axis=2)
    return pixels.reshape(height, -1)[:, :width]


def test_png_holds_its_pixels() -> None:
    indices = np.arange(35, dtype=np.uint8).reshape(5, 7) % 3
    data = png(indices, PAGE_COLOURS)
    assert data.startswith(b"\x89PNG\r\n\x1a\n")
    assert (unpacked(data) == indices).all()


def test_small_picture_keeps_the_worst_of_its_dots() -> None:
    frame = np.ones(65_536, dtype=np.uint8)
    frame[257] = 2  # second row, second dot: in the first pixel
    frame[2] = 0
    pixels = unpacked(picture(frame))
    assert pixels.shape == (128, 128)
    assert (pixels[0, 0], pixels[0, 1], pixels[0, 2]) == (2, 0, 1)


def test_small_picture_shows_what_was_asked_for() -> None:
    """Above what is missing, below what is dirty; only then has it a colour."""
    frame = np.ones(65_536, dtype=np.uint8)
    frame[[0, 256]] = 3, 3
    frame[[2, 3]] = 3, 0
    frame[[4, 5]] = 3, 2
    data = picture(frame)
    assert unpacked(data)[0, :4].tolist() == [3, 3, 2, 1]
    assert b"PLTE" + bytes(v for colour in PAGE_COLOURS for v in colour) in data
    assert len(picture(np.ones(65_536, dtype=np.uint8))) == len(data) - 3


def test_maps_of_a_post_copy_name_what_was_asked_for() -> None:
    case = Case.model_validate(
        {
            "memory_mib": 64,
            "link": {"mbit_s": 1000},
            "workload": {"uniform": {"working_set_mib": 32, "dirty_pages_per_s": 20_000}},
            "algorithm": "post-copy",
        }
    )
    film = record(case, frames=40, dots=4096)
    assert film.asks
    page = maps_html(film, {"film": {"dot": "1 dot = 16 KiB"}})
    assert [name for name, _ in moments(film)] == [
        "Start of round 1",
        "Halfway through the push",
        "End of the copy",
    ]
    assert re.search(r"[\d,]+ dirty, [\d,]+ asked for", page)
    assert "black: asked for by the guest" in page
    assert "0 not sent, 4,096 sent, 0 dirty" in page
    plain = record(case.model_copy(update={"algorithm": "pre-copy"}), frames=40, dots=4096)
    assert not plain.asks
    assert "asked" not in maps_html(plain, {"film": {"dot": "1 dot = 16 KiB"}})


def test_html_is_stable_and_says_all_in_words() -> None:
    went = outcome()
    pages = {run_html(run_view(went, film), film) for film in (film_of(went), film_of(went))}
    (page,) = pages
    assert page.count("<img ") == 4
    alts = re.findall(r'alt="([^"]*)"', page)
    assert alts[0].startswith("Memory map, start of round 1: 65,536 not sent, 0 sent")
    assert alts[-1].endswith("0 not sent, 65,536 sent, 0 dirty")
    for uri in re.findall(r"base64,([^\"]*)", page):
        assert b64decode(uri).startswith(b"\x89PNG")
    assert "<li>Verify stable state: done, 1.00 s</li>" in page
    assert len(page) < 40_000


def test_html_of_a_roll_back_lists_what_was_undone() -> None:
    went = outcome("link-down@pre-copy")
    page = run_html(run_view(went))
    assert "<strong>What was undone</strong>" in page
    assert all(f"<li>{sentence}</li>" in page for sentence in went.undone)
    assert "Resume: not reached" in page


def test_text_begins_with_the_verdict() -> None:
    went = outcome("source-lost@clean-up")
    lines = run_text(run_view(went)).splitlines()
    assert lines[0] == "web01 runs on esx02, clean-up is incomplete"
    assert lines[-1].startswith("Left behind: ")
    assert run_text(run_view(outcome())).splitlines()[2:] == [
        "1. Verify stable state: done, 1.00 s",
        "2. Copy state: done, 46.46 s",
        "3. Resume: done, 1.28 s",
    ]
