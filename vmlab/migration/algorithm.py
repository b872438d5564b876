"""Pre-copy, post-copy, hybrid: when the VM goes over, and what that does to the stages.

vSphere's own VMotion is pre-copy. Post-copy (Hines, Deshpande and Gopalan, ACM
SIGOPS Operating Systems Review 43(3), 2009) and the hybrid of both are what
other hypervisors do, QEMU among them. That they go through VMotion's stages,
and raise its events, is this lab's reading, made to compare them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from typing import Literal

from vmlab.inventory.move import Kind
from vmlab.migration.stages import TABLES, Row, Stage

Algorithm = Literal["pre-copy", "post-copy", "hybrid"]

#: Kinds that send memory from host to host: for the others there is nothing to choose.
SENDS_MEMORY: tuple[Kind, ...] = ("vmotion", "both")
#: Said of each move by another algorithm than vSphere's own.
NOT_VSPHERE = (
    "vSphere's own VMotion is pre-copy; {} is what other hypervisors do, such as QEMU:"
    " its stages and events here are this lab's reading."
)

_FIRST: Mapping[Algorithm, str] = {
    "post-copy": "No memory is sent before the VM goes over.",
    "hybrid": "Memory is sent once, while the VM runs.",
}
_PAUSED = "The VM is paused; the state of its devices is sent."
_FOLLOWS = "The VM runs on the target host, and what it lacks of its memory follows it."


@cache
def table_for(kind: Kind, algorithm: Algorithm = "pre-copy") -> Mapping[Stage, Row]:
    """The stages of a kind under an algorithm, a row each.

    Parameters
    ----------
    kind : str
        Whose table.
    algorithm : str, optional
        Under post-copy and hybrid the VM has switched over before its memory
        has: that stage lasts until the last page has come.

    Returns
    -------
    mapping of Stage to Row
        In order; `TABLES` for pre-copy.

    Examples
    --------
    >>> table_for("vmotion", "post-copy")[Stage.SWITCHED_OVER].what
    'The VM runs on the target host, and what it lacks of its memory follows it.'
    """
    table = TABLES[kind]
    if algorithm == "pre-copy" or kind not in SENDS_MEMORY:
        return table
    disks = "Disks are copied, and writes to them mirrored. " if kind == "both" else ""
    told = {
        Stage.PRE_COPY: disks + _FIRST[algorithm],
        Stage.CHECKPOINT: _PAUSED,
        Stage.SWITCHED_OVER: _FOLLOWS,
    }
    found = {stage: replace(row, what=told.get(stage, row.what)) for stage, row in table.items()}
    found[Stage.SWITCHED_OVER] = replace(found[Stage.SWITCHED_OVER], nominal_s=None)
    return found
