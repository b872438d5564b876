"""What a run is made of, as far as faults care."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Literal

from vmlab.inventory.move import Kind
from vmlab.migration.algorithm import SENDS_MEMORY, Algorithm
from vmlab.migration.kinds import KINDS
from vmlab.migration.stages import Stage, succession

#: What a move has, so that something of it can fail.
Need = Literal["memory", "post-copy", "files", "nfc", "running", "second host", "pmem"]

#: Why a fault means nothing to a move that lacks something.
LACKING: Mapping[Need, str] = {
    "memory": "this kind of move sends nothing over the VMotion network",
    "post-copy": "all memory has come before the VM runs over there",
    "files": "this move copies no files",
    "nfc": "no files cross a network between the hosts in this move",
    "running": "the VM does not run",
    "second host": "no second host takes part in this move",
    "pmem": "the VM has no persistent memory",
}
#: Why a fault means nothing to a move that has something.
SPARED: Mapping[Need, str] = {
    "post-copy": "memory that follows the VM need not catch up with it",
}


@dataclass(frozen=True)
class Setting:
    """What a run is made of, as far as faults care.

    Parameters
    ----------
    kind : str
        Of the move.
    has : frozenset of str
        Of `Need`.
    stages : tuple of Stage
        Those of its kind, in order.
    """

    kind: Kind
    has: frozenset[Need]
    stages: tuple[Stage, ...]


@cache
def setting(
    kind: Kind,
    *,
    runs: bool = True,
    files: bool = False,
    over_network: bool = False,
    second_host: bool = True,
    pmem: bool = False,
    algorithm: Algorithm = "pre-copy",
) -> Setting:
    """The setting of a run: one object for the same facts.

    Parameters
    ----------
    kind : str
        Of the move.
    runs : bool, optional
        Whether the VM does.
    files : bool, optional
        Whether files go to another datastore.
    over_network : bool, optional
        Whether they cross a network.
    second_host : bool, optional
        Whether the VM changes host.
    pmem : bool, optional
        Whether the VM has persistent memory.
    algorithm : str, optional
        How memory is sent.

    Returns
    -------
    Setting
        With the stages that it goes through.
    """
    runs = runs and KINDS[kind].runs
    facts: dict[Need, bool] = {
        "memory": kind in SENDS_MEMORY,
        "post-copy": kind in SENDS_MEMORY and algorithm != "pre-copy",
        "files": files,
        "nfc": files and over_network and not KINDS[kind].runs,
        "running": runs,
        "second host": second_host,
        "pmem": pmem,
    }
    stages = succession(kind, files_move=files, over_network=over_network)
    return Setting(kind, frozenset(need for need, there in facts.items() if there), stages)


#: A VMotion of a VM without persistent memory.
VMOTION = setting("vmotion")
