"""Whatever a learner does to a datacenter, the view draws it."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from vmlab.documents import InputError
from vmlab.inventory import Datacenter, Edit, Move, Profile, apply, load, removal, rename
from vmlab.rules import check
from vmlab.views.build import build, build_html, build_text

GOOD = load("two-hosts").datacenter
NAMES = st.text(min_size=1, max_size=40)


@st.composite
def edited(draw: st.DrawFn) -> Datacenter:
    """The good datacenter after what the inspectors offer: set, rename, remove."""
    datacenter = GOOD
    for _ in range(draw(st.integers(0, 8))):
        forms = build(datacenter, None, check(datacenter))["inspectors"]
        form = draw(st.sampled_from(list(forms.values())))
        path = tuple(form["path"])
        try:
            edits = list(
                draw(st.sampled_from([_renamed, _removed, _set]))(draw, datacenter, form, path)
            )
            datacenter = apply(datacenter, edits)
        except InputError:
            continue
    return datacenter


def _renamed(draw: Any, datacenter: Datacenter, form: Any, path: Any) -> Any:
    return rename(datacenter, path, draw(NAMES)) if path else ()


def _removed(draw: Any, datacenter: Datacenter, form: Any, path: Any) -> Any:
    return removal(datacenter, path) if path else ()


def _set(draw: Any, datacenter: Datacenter, form: Any, path: Any) -> Any:
    field = draw(st.sampled_from(form["fields"]))
    if field.get("rename") or field["path"][-1].startswith("@"):
        return ()
    offered = [option[0] for option in field.get("options", [])] + field.get("values", [])
    value = draw(st.sampled_from(offered) if offered else st.one_of(NAMES, st.integers(0, 5000)))
    where = tuple(field["path"])
    return [Edit("remove", where) if value is None else Edit("set", where, value)]


@settings(max_examples=60, deadline=None)
@given(edited(), st.sampled_from(list(Profile)))
def test_any_datacenter_is_drawn(datacenter: Datacenter, profile: Profile) -> None:
    move = None
    for vm in datacenter.vms.values():
        others = [name for name in datacenter.hosts if name != vm.host]
        if others:
            move = Move(vm=vm.name, source=vm.host, destination=others[0])
    view = build(datacenter, move, check(datacenter, move, profile))
    assert build_html(view)
    assert build_text(view)
    assert {part["key"] for part in view["topology"]["parts"]} <= set(view["inspectors"])
