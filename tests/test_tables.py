"""Tables: what a reader sees, and what stays a number."""

from __future__ import annotations

import html.parser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vmlab.tables import Column, Table

CELLS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=9)


@pytest.mark.parametrize(
    ("value", "digits", "text"),
    [
        (None, None, "–"),
        (True, None, "yes"),
        (False, None, "no"),
        (1234567, None, "1,234,567"),
        (1234.5, 1, "1,234.5"),
        (0.1 + 0.2, None, "0.3"),
        (1 / 3, None, "0.333333"),
        (0.0, 2, "0.00"),
        ("esx01", 2, "esx01"),
    ],
)
def test_a_cell_as_text(value: object, digits: int | None, text: str) -> None:
    assert Column("x", digits).text(value) == text  # type: ignore[arg-type]


def test_numbers_stand_right_and_words_left() -> None:
    table = Table([Column("host"), Column("sent_mib", 1)], [["a", 2.0], ["esx02", None]], "Sent")
    assert str(table).splitlines() == [
        "Sent",
        "host   sent_mib",
        "a           2.0",
        "esx02         –",
    ]


def test_booleans_are_words_and_unknown_columns_too() -> None:
    table = Table([Column("converged"), Column("x")], [[True, None], [False, None]])
    assert "text-align:right" not in table.to_html()
    # Without a word JupyterLab sets every cell to the right.
    assert table.to_html().count("text-align:left") == 6


def test_html_shows_names_as_they_are() -> None:
    table = Table([Column("<b>")], [["<script>alert(1)</script>"]], title="a & b")
    text: list[str] = []
    parser = html.parser.HTMLParser()
    parser.handle_data = text.append  # type: ignore[method-assign]
    parser.feed(table.to_html())
    assert "<script>" not in table.to_html()
    assert "".join(text) == "a & b<b><script>alert(1)</script>"


def test_a_row_of_the_wrong_length_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="shorter"):
        str(Table([Column("a"), Column("b")], [[1]]))


def test_a_table_without_rows_shows_its_headings() -> None:
    table = Table([Column("a"), Column("b")], [])
    assert str(table) == "a  b"
    assert list(table.to_frame().columns) == ["a", "b"]


def test_a_frame_keeps_numbers() -> None:
    frame = Table([Column("round"), Column("s", 1)], [[1, 0.25], [2, None]]).to_frame()
    assert frame["round"].tolist() == [1, 2]
    assert frame["s"][0] == 0.25
    assert frame["s"].isna().tolist() == [False, True]


@given(st.lists(st.tuples(CELLS, CELLS), max_size=6))
def test_text_and_html_agree_on_every_cell(rows: list[tuple[object, object]]) -> None:
    table = Table([Column("a"), Column("b")], rows)  # type: ignore[arg-type]
    page = table.to_html()
    assert page.count("<td") == 2 * len(rows)
    assert repr(table) == str(table)
    for row in rows:
        for value in row:
            shown = Column("a").text(value)  # type: ignore[arg-type]
            assert html.escape(shown) in page
