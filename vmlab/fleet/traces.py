"""What a move of many leaves beside its VM: room taken and given, old files, old registrations."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from vmlab.inventory.datacenter import Datacenter
from vmlab.inventory.path import Edit, Path, plain, set_to
from vmlab.inventory.storage import FileCopy
from vmlab.migration.outcome import Outcome


@dataclass(frozen=True)
class Traces:
    """What one move changed beside the place of its VM.

    Parameters
    ----------
    more_gib : mapping of str to float, optional
        Room that became free, by datastore, GiB; below 0 where it was taken.
    copies : mapping of path to FileCopy, optional
        Files that nobody has deleted.
    listed : (str, str) or None, optional
        A VM, and the host that lists it still.
    """

    more_gib: Mapping[str, float] = field(default_factory=dict)
    copies: Mapping[Path, FileCopy] = field(default_factory=dict)
    listed: tuple[str, str] | None = None


#: A move that changes nothing else.
NO_TRACES = Traces()


def traces_of(outcome: Outcome) -> Traces:
    """What a move changed beside the place of its VM.

    Parameters
    ----------
    outcome : Outcome
        Of a move that arrived.

    Returns
    -------
    Traces
        Room as a difference, so that those of many moves add up.
    """
    before, after = outcome.before, outcome.datacenter
    more_gib: dict[str, float] = {}
    copies: dict[Path, FileCopy] = {}
    for name, store in after.datastores.items():
        was = before.datastores[name]
        if store is was:
            continue
        if store.free_gib is not None and was.free_gib is not None:
            more_gib[name] = store.free_gib - was.free_gib
        for folder, files in store.copies.items():
            if folder not in was.copies:
                copies["datastores", name, "copies", folder] = files
    vm = outcome.move.vm
    host = after.vms[vm].old_registration
    listed = None if host is None or host == before.vms[vm].old_registration else (vm, host)
    return Traces(more_gib, copies, listed)


def traced(datacenter: Datacenter, moves: Iterable[Traces]) -> Iterator[Edit]:
    """Edits for what moves left, one after another.

    Parameters
    ----------
    datacenter : Datacenter
        Before the first of them.
    moves : iterable of Traces
        Of those that arrived.

    Yields
    ------
    Edit
        Room is added up; it does not fall below 0.
    """
    more_gib: dict[str, float] = {}
    for one in moves:
        for store, gib in one.more_gib.items():
            more_gib[store] = more_gib.get(store, 0.0) + gib
        for path, files in one.copies.items():
            yield set_to(path, plain(files))
        if one.listed:
            vm, host = one.listed
            yield set_to(("vms", vm, "old_registration"), host)
    for store, gib in more_gib.items():
        free_gib = datacenter.datastores[store].free_gib
        if gib and free_gib is not None:
            yield set_to(("datastores", store, "free_gib"), max(0.0, free_gib + gib))
