"""The run without a kernel or JavaScript: one HTML fragment, or a few lines of text."""

from __future__ import annotations

from html import escape
from typing import Any

from vmlab.models.film import Film
from vmlab.tables import Column, Table
from vmlab.views.run_maps import maps_html
from vmlab.views.run_words import seconds

_STATES = {"failed_x": "failed", "undone_x": "undone", "done_x": "done", "start_x": "begun"}


def rounds_table(view: dict[str, Any]) -> Table:
    """The rounds that began; of one that was cut, the share that crossed."""
    return Table(
        [
            Column(view["words"]["round"].lower()),
            Column("sent_mib", 1),
            Column("duration_s", 2),
            Column(f"{view['words']['dirtied']}_mib", 1),
        ],
        [
            [
                one["label"],
                one["sent_mib"] * one["share"],
                one["lasted_s"],
                None if one["dirtied_mib"] is None else one["dirtied_mib"] * one["share"],
            ]
            for one in view["rounds"]
            if one["share"]
        ],
        "Rounds of the copy",
    )


def stage_lines(view: dict[str, Any]) -> list[str]:
    """The guide's three stages, each with its state and seconds."""
    lines = []
    for guide in view["ribbon"]:
        state = next((word for key, word in _STATES.items() if guide[key] is not None), "")
        own = [
            span
            for span in view["spans"]
            if span["kind"] == "stage" and span["guide_stage"] == guide["number"]
        ]
        name = guide["name"]
        if not own:
            lines.append(f"{name}: not reached")
            continue
        lasted_s = own[-1]["end_s"] - own[0]["start_s"]
        lines.append(f"{name}: {state}, {seconds(lasted_s, 2)}")
    return lines


def run_html(view: dict[str, Any], film: Film | None = None) -> str:
    """The run as an HTML fragment.

    Parameters
    ----------
    view : dict
        From `run_view`.
    film : Film, optional
        Its film, for four small memory maps.

    Returns
    -------
    str
        The same bytes for the same run.
    """
    verdict = view["verdict"]
    parts = [
        f"<p><strong>{escape(verdict['title'])}</strong><br>{escape(verdict['text'])}</p>",
        "<ol>" + "".join(f"<li>{escape(line)}</li>" for line in stage_lines(view)) + "</ol>",
    ]
    if view["rounds"]:
        parts.append(rounds_table(view).to_html())
    if film is not None and view["film"]:
        parts.append(maps_html(film, view))
    lists = (
        ("What was undone", [step["text"] for step in view["undone"]]),
        ("What is left behind", view["left_behind"]),
    )
    for heading, items in lists:
        if items:
            listed = "".join(f"<li>{escape(item)}</li>" for item in items)
            parts.append(f"<p><strong>{heading}</strong></p><ul>{listed}</ul>")
    parts.append(f"<p><small>{escape(view['note'])}</small></p>")
    return f'<div class="vmlab-run">{"".join(parts)}</div>'


def run_text(view: dict[str, Any]) -> str:
    """The run in a few lines.

    Parameters
    ----------
    view : dict
        From `run_view`.

    Returns
    -------
    str
        The verdict, the stages, and what was undone or is left behind.
    """
    verdict = view["verdict"]
    lines = [verdict["title"], verdict["text"]]
    lines += [f"{number}. {line}" for number, line in enumerate(stage_lines(view), 1)]
    if view["undone"]:
        lines.append("Undone: " + "; ".join(step["text"] for step in view["undone"]))
    if view["left_behind"]:
        lines.append("Left behind: " + "; ".join(view["left_behind"]))
    return "\n".join(line for line in lines if line)
