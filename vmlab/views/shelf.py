"""Under the racks: datastores, and which host has mounted which."""

from __future__ import annotations

from vmlab.inventory import Datacenter, Datastore
from vmlab.views import words
from vmlab.views.parts import CANVAS_WIDTH, Drawing, beside, line, part
from vmlab.views.rack import Rack
from vmlab.views.text import width

H, GAP, WIDEST = 44, 16, 196
MOST_A_ROW = 5
FIRST_BUS, SECOND_BUS, DROP = 10, 18, 32
RISER, EDGE = 70, 5


def draw_shelf(
    datacenter: Datacenter, racks: list[Rack], bottom: float, vm: str | None, to: Drawing
) -> float:
    """Draw the datastores that are not inside a rack.

    Parameters
    ----------
    datacenter : Datacenter
        Where they are.
    racks : list of Rack
        The hosts that are drawn.
    bottom : float
        Where the racks end.
    vm : str or None
        The virtual machine whose files are told.
    to : Drawing
        What the pieces are added to.

    Returns
    -------
    float
        Where the picture ends.
    """
    stores = [d for d in datacenter.datastores.values() if not _is_elsewhere(d)]
    y = bottom
    for i in range(0, len(stores), MOST_A_ROW):
        row = stores[i : i + MOST_A_ROW]
        gap = GAP if len(row) < MOST_A_ROW else GAP - 4
        w = min(WIDEST, (CANVAS_WIDTH - 2 * 16 - (len(row) - 1) * gap) / len(row))
        x = (CANVAS_WIDTH - len(row) * w - (len(row) - 1) * gap) / 2
        for store in row:
            _mounts(store, racks, (x, w), (bottom, y), vm, datacenter, to)
            _store(datacenter, store, (x, y + DROP), w, vm, to)
            x += w + gap
        y += DROP + H
    return y


def _is_elsewhere(store: Datastore) -> bool:
    """Whether it is one host's own disk: drawn inside its rack, or not at all."""
    return store.kind == "local" and len(store.mounts) == 1


def _mounts(
    store: Datastore,
    racks: list[Rack],
    span: tuple[float, float],
    heights: tuple[float, float],
    vm: str | None,
    datacenter: Datacenter,
    to: Drawing,
) -> None:
    """A line from each rack that has mounted it; rows below the first are reached by the edges."""
    (x, w), (bottom, row) = span, heights
    own = bool(words.files_on(datacenter, vm, store.name))
    for rack in racks:
        if not store.is_mounted_on(rack.name):
            continue
        right = rack.side.mirrored
        bus = row + (SECOND_BUS if right else FIRST_BUS)
        start = rack.side.x(RISER if row == bottom else EDGE)
        port = round(x + (w - 40 if right else 40), 1)
        turn = -4 if right else 4
        to.mounts.append(
            {
                "d": f"M{start} {bottom:g}V{bus - 4:g}q0 4 {turn} 4H{port - turn:g}"
                f"q{turn} 0 {turn} 4V{row + DROP:g}",
                "halo": f"M{port:g} {bus + 4:g}V{row + DROP:g}",
                "x": port,
                "y": row + DROP,
                "own": own,
                "host": rack.name,
                "datastore": store.name,
            }
        )


def _store(
    datacenter: Datacenter,
    store: Datastore,
    at: tuple[float, float],
    w: float,
    vm: str | None,
    to: Drawing,
) -> None:
    x, y = round(at[0], 1), at[1]
    files = words.files_on(datacenter, vm, store.name)
    said = f"{vm}: {words.brief(files)}" if files else "empty"
    others = sum(
        store.name in {v.home, *(d.datastore for d in v.disks.values())}
        for v in datacenter.vms.values()
        if v.name != vm
    )
    if others and not files:
        said = f"{others} other VM" + ("s" if others > 1 else "")
    facts = f"{store.kind}, {store.capacity_gib:,} GB"
    narrow = width(facts, "s") > w / 2 or width(store.name, "b") > beside(w - 39, facts, "s", 6)
    right = line(
        round(x + w - 9, 1), y + 18, store.kind if narrow else facts, "s", room=w / 2, anchor="end"
    )
    lines = [
        line(x + 30, y + 18, store.name, "b", room=beside(w - 39, right["text"], "s", 6)),
        right,
        line(x + 30, y + 35, said, "sb" if files else "s", room=w - 38),
    ]
    mounted = " and ".join(store.mounts) or "no host"
    what = f"Datastore, {facts}, mounted on {mounted}"
    path = ("datastores", store.name)
    box = (x, y, round(w, 1), H)
    to.parts.append(part(path, "datastore", box, lines, what, icon=[x + 9, y + 9]))
