"""The build side of the panel as one piece of plain data, and as static HTML and text."""

from __future__ import annotations

from html import escape

from vmlab.inventory import Datacenter, Move
from vmlab.rules.report import Report
from vmlab.views.bar import Choosing, Disturbing, bar
from vmlab.views.checklist import checklist
from vmlab.views.inspector import inspectors
from vmlab.views.parts import Json
from vmlab.views.svg import topology_svg
from vmlab.views.topology import topology


def build(
    datacenter: Datacenter,
    move: Move | None,
    report: Report,
    disturbing: Disturbing | None = None,
    choosing: Choosing | None = None,
) -> Json:
    """Everything that the build side shows of a datacenter.

    Parameters
    ----------
    datacenter : Datacenter
        As it stands.
    move : Move or None
        What is chosen.
    report : Report
        What the check said of it.
    disturbing : Disturbing, optional
        The fault that is chosen.
    choosing : Choosing, optional
        Kinds of move and datastores that can be chosen; VMotion alone where
        left out.

    Returns
    -------
    dict
        topology, checklist, inspectors and bar.
    """
    picture = topology(datacenter, move, report.findings)
    checked = checklist(report, [part["key"] for part in picture["parts"]])
    return {
        "topology": picture,
        "checklist": checked,
        "inspectors": inspectors(datacenter, report.findings),
        "bar": bar(datacenter, move, checked, disturbing, choosing),
    }


def build_html(state: Json) -> str:
    """The build side without a kernel: the picture, and every clause with its details.

    Parameters
    ----------
    state : dict
        From `build`, or what contains it.

    Returns
    -------
    str
        One HTML fragment; the same state gives the same bytes.
    """
    groups = "".join(
        f"<h4>{escape(g['title'])}: {g['met']} of {g['total']} met</h4><ul>"
        + "".join(_row(row) for row in g["rows"])
        + _met(g["chips"], len(g["folded"]))
        + "</ul>"
        for g in state["checklist"]["groups"]
    )
    verdict = escape(build_text(state).split("\n")[0])
    return (
        f'<div class="vmlab-static">{topology_svg(state["topology"])}'
        f"<details open><summary><b>Checklist</b>: {verdict}</summary>{groups}</details></div>"
    )


def _row(row: Json) -> str:
    facts = "".join(
        f"<br>{escape(fact['message'])}. <i>{escape(fact['fix'])}.</i>" for fact in row["facts"]
    )
    source = f"{escape(row['why'])} {escape(row['source'])}."
    fault = f" vSphere fault <code>{escape(row['fault'])}</code>." if row["fault"] else ""
    return (
        f"<li><b>{escape(row['severity_text'])}: {escape(row['title'])}</b>{facts}"
        f"<br>{source}{fault} Rule <code>{escape(row['rule'])}</code>.</li>"
    )


def _met(chips: list[Json], others: int) -> str:
    said = [escape(chip["text"]) for chip in chips]
    if others:
        said.append(f"{others} more" if said else f"all {others}")
    return f"<li>✓ {', '.join(said)}</li>" if said else ""


def build_text(state: Json) -> str:
    """The build side as text: one line of verdict, one for each clause that is not met.

    Parameters
    ----------
    state : dict
        From `build`, or what contains it.

    Returns
    -------
    str
        Lines.
    """
    checked = state["checklist"]
    chosen = {f["field"]: f["value"] for f in state["bar"]["fields"]}
    move = f"{chosen['vm']} to {chosen['to']}" if chosen["vm"] else "No move"
    met, total = (sum(g[k] for g in checked["groups"]) for k in ("met", "total"))
    lines = [f"{move}: {met} of {total} clauses met, {state['bar']['migrate']['reason']}"]
    lines += [
        f"{row['severity_text']}: {fact['message']}"
        for group in checked["groups"]
        for row in group["rows"]
        for fact in row["facts"]
    ]
    return "\n".join(lines)
