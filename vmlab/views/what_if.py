"""A what-if panel as plain data, as HTML, and as a few lines of text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from vmlab import units
from vmlab.models.estimate import Estimate
from vmlab.tables import Column, Table
from vmlab.views.drawing import Json, drawing_img
from vmlab.views.estimate_charts import Point, mib_words, rate_chart, rounds_chart, time_words
from vmlab.views.knobs import Knob
from vmlab.views.setting import Setting

_ENDS = {
    "downtime-limit": ("pass", "Converges: what is left fits into the downtime limit"),
    "paused": ("pass", "Paused first, then copied: all of it is downtime"),
    "post-copy": ("pass", "The guest resumes at the destination and fetches what it lacks"),
    "max-rounds": ("warning", "Does not converge: the stop is forced after the last round"),
    "timeout": ("warning", "Does not converge in its time"),
    "max-rate": ("warning", "Does not converge: the guest writes faster than the rate may rise"),
    "never": ("error", "Never converges: the guest writes as fast as the rounds send"),
}


@dataclass(frozen=True)
class Answer:
    """What the models say of a setting.

    Parameters
    ----------
    setting : Setting
        What was asked.
    estimate : Estimate or None
        None where this version cannot estimate it.
    curve : tuple of Point
        Downtime over bandwidth, all else the same.
    refusal : str, optional
        Why there is no estimate.
    """

    setting: Setting
    estimate: Estimate | None
    curve: tuple[Point, ...] = ()
    refusal: str = ""

    @property
    def point(self) -> Point:
        """Where the setting stands on its curve."""
        found = self.estimate
        if found is None:
            return Point(self.setting.mbit_s, None, False)
        return Point(self.setting.mbit_s, found.downtime_s, found.converged)


def verdict(answer: Answer) -> Json:
    """How it ends: a tone, a sentence, and what else a reader should know.

    Parameters
    ----------
    answer : Answer
        Any.

    Returns
    -------
    dict
        tone: pass, warning or error; title; notes, a list of sentences.
    """
    found = answer.estimate
    if found is None:
        return {"tone": "advice", "title": "No estimate", "notes": [answer.refusal]}
    now = answer.setting
    notes = [note[:1].upper() + note[1:] for note in found.warnings]
    if now.written_mib < now.working_set_mib:
        size = mib_words(units.mib_to_bytes(now.written_mib))
        notes.append(f"The working set is cut to all that is not zero: {size}")
    tone, title = _ENDS[found.stopped_by]
    if found.total_s is None and tone == "warning":
        tone, title = "error", f"{title}: the guest stays at the source"
    return {"tone": tone, "title": title, "notes": notes}


def readouts(estimate: Estimate | None, pinned: Estimate | None = None) -> list[Json]:
    """The figures, each with its difference to the pinned ones.

    Parameters
    ----------
    estimate, pinned : Estimate or None
        None is shown as dashes.

    Returns
    -------
    list of dict
        key, label, text and change.
    """
    shown = (
        ("total_s", "In all", time_words),
        ("downtime_s", "Downtime", time_words),
        ("sent_bytes", "Sent", mib_words),
        ("rounds", "Rounds", lambda n: f"{n:,.0f}"),
        ("postcopy_faults", "Page faults", lambda n: f"{n:,.0f}"),
        ("postcopy_stall_s", "Waits for pages", time_words),
    )
    found = []
    for key, label, words in shown:
        now, then = _figure(estimate, key), _figure(pinned, key)
        text, other = ("–" if one is None else words(one) for one in (now, then))
        change = _change(now, then, other, counted=key in _COUNTED) if pinned else ""
        found.append({"key": key, "label": label, "text": text, "change": change})
    return found


_COUNTED = ("rounds", "postcopy_faults")


def _figure(estimate: Estimate | None, key: str) -> float | None:
    value = getattr(estimate, key, None)
    return float(len(value)) if isinstance(value, tuple) else value


def _change(now: float | None, then: float | None, other: str, *, counted: bool) -> str:
    """A ratio to the pinned figure; where there is none, or it counts few, that figure."""
    if now == then:
        return "as pinned" if now is not None else ""
    if counted or not now or not then:
        return f"pinned: {other}"
    return f"{now / then:.3g} × pinned"


def what_if(
    title: str, subtitle: str, knobs: Sequence[Knob], answer: Answer, pinned: Answer | None
) -> Json:
    """All that the panel shows.

    Parameters
    ----------
    title, subtitle : str
        Its head.
    knobs : sequence of Knob
        What can be turned, in order.
    answer : Answer
        The setting as it stands.
    pinned : Answer or None
        What it is compared with.

    Returns
    -------
    dict
        Plain data, for the widget and for `what_if_html`.
    """
    found, other = answer.estimate, pinned.estimate if pinned else None
    limit_s = answer.setting.case().policy.downtime_limit_s if found else 0.0
    point = pinned.point if pinned and other else None
    return {
        "title": title,
        "subtitle": subtitle,
        "knobs": [knob.view(answer.setting) for knob in knobs],
        "verdict": verdict(answer),
        "readouts": readouts(found, other),
        "rounds": rounds_chart(found) if found else None,
        "pinned_rounds": rounds_chart(other) if other else None,
        "curve": rate_chart(answer.curve, answer.point, limit_s, point) if found else None,
        "pinned": _differences(knobs, answer.setting, pinned.setting) if pinned else None,
    }


def _differences(knobs: Sequence[Knob], now: Setting, then: Setting) -> list[str]:
    """What the pinned setting has otherwise."""
    told = []
    for knob in knobs:
        value = getattr(then, knob.name)
        if value != getattr(now, knob.name):
            words = dict(knob.options).get(str(value)) or knob.words(value)
            told.append(f"{knob.label}: {words}")
    return told


def setting_table(view: Json) -> Table:
    """Where the knobs stand, and what each means."""
    rows = []
    for knob in view["knobs"]:
        words = knob["text"] if "text" in knob else dict(knob["options"])[knob["value"]]
        rows.append((knob["label"], words, knob["meaning"]))
    return Table([Column("setting"), Column("value"), Column("meaning")], rows)


def what_if_html(view: Json) -> str:
    """The panel without a kernel or JavaScript: the same bytes for the same data."""
    said = view["verdict"]
    figures = "".join(
        f"<li>{escape(one['label'])}: <strong>{escape(one['text'])}</strong>"
        + (f" ({escape(one['change'])})" if one["change"] else "")
        + "</li>"
        for one in view["readouts"]
    )
    notes = "".join(f"<p>{escape(note)}</p>" for note in said["notes"])
    parts = [
        f"<p><strong>{escape(said['title'])}</strong></p>{notes}<ul>{figures}</ul>",
        setting_table(view).to_html(),
    ]
    for key, caption in (
        ("rounds", "Rounds: above in blue what each sent, below in orange what was dirtied"),
        ("pinned_rounds", "Rounds of the pinned setting"),
        ("curve", "Downtime against bandwidth; the dot is this setting, a cross never ends"),
    ):
        if view[key]:
            parts.append(
                f"<figure>{drawing_img(view[key])}<figcaption>{caption}</figcaption></figure>"
            )
    return f'<div class="vmlab-what-if">{"".join(parts)}</div>'


def what_if_text(view: Json) -> str:
    """The panel in a few lines."""
    said = view["verdict"]
    figures = ", ".join(
        f"{one['label'].lower()} {one['text']}" for one in view["readouts"] if one["text"] != "–"
    )
    lines = [f"{view['title']}: {said['title']}", *said["notes"], figures]
    lines += (
        [f"pinned: {'; '.join(view['pinned']) or 'the same'}"] if view["pinned"] is not None else []
    )
    return "\n".join(line for line in lines if line)
