"""The lower rows of a rack: the other virtual machines, and the host's own disks."""

from __future__ import annotations

from vmlab.inventory import Datacenter, Path
from vmlab.views import words
from vmlab.views.parts import Drawing, Side, beside, line, part

CONSUMER_X = 10
GAP = 8
LOCAL_W = 246
COMPACT_H, MOST_COMPACT = 26, 8


def draw_neighbours(
    datacenter: Datacenter, host: str, vm: str | None, side: Side, y: float, to: Drawing
) -> float:
    """The host's other virtual machines, two a row."""
    others = [v for v in datacenter.vms.values() if v.host == host and v.name != vm]
    shown = others if len(others) <= MOST_COMPACT else others[: MOST_COMPACT - 1]
    w = (LOCAL_W - GAP) / 2
    cells = [(CONSUMER_X + (i % 2) * (w + GAP), y + (i // 2) * (COMPACT_H + 6)) for i in range(99)]
    for machine, (cx, top) in zip(shown, cells, strict=False):
        x = side.x(cx, w)
        note = {"on": "", "off": "off", "suspended": "suspended"}[machine.power_state]
        room = w - 20
        lines = [line(x + 12, top + 17, machine.name, "b", room=beside(room, note, "s"))]
        if note:
            lines.append(line(x + w - 8, top + 17, note, "s", anchor="end"))
        what = f"Virtual machine on {host}, power {machine.power_state}"
        path: Path = ("vms", machine.name)
        to.parts.append(part(path, "group", (x, top, w, COMPACT_H), lines, what, tone="vm"))
    if len(others) > len(shown):
        cx, top = cells[len(shown)]
        more = f"and {len(others) - len(shown)} more"
        to.notes.append(line(side.x(cx, w) + 12, top + 17, more, "s"))
    rows = -(-min(len(others), MOST_COMPACT) // 2)
    return y + rows * (COMPACT_H + 6)


def draw_local_disks(
    datacenter: Datacenter, host: str, vm: str | None, side: Side, y: float, to: Drawing
) -> float:
    """Datastores that only this host has; return where the rack ends."""
    for name, datastore in datacenter.datastores.items():
        if datastore.kind != "local" or tuple(datastore.mounts) != (host,):
            continue
        x = side.x(CONSUMER_X, LOCAL_W)
        files = words.files_on(datacenter, vm, name)
        said = f"{vm} {words.brief(files)}" if files else "local disk"
        style = "sb" if files else "s"
        right = line(x + LOCAL_W - 8, y + 17, said, style, room=LOCAL_W * 0.55, anchor="end")
        room = beside(LOCAL_W - 36, right["text"], style)
        to.parts.append(
            part(
                ("datastores", name),
                "datastore",
                (x, y, LOCAL_W, COMPACT_H),
                [line(x + 28, y + 17, name, "b", room=room), right],
                f"Datastore on a local disk of {host}, {datastore.capacity_gib:,} GB",
                icon=[x + 8, y + 6],
            )
        )
        y += COMPACT_H + 6
    return y + 4
