"""Disks that move: what they hold, what carries them, what the guest writes to them."""

from __future__ import annotations

import math
from typing import Annotated, Literal

from pydantic import Field, model_validator

from vmlab import units
from vmlab.models.quantities import Mib, Model, PerSecond, Rate

Gib = Annotated[float, Field(ge=0, le=1e8)]
MibPerSecond = Annotated[float, Field(ge=0.001, le=1e9)]
Format = Literal["thin", "lazy", "eager"]


class Disk(Model):
    """A virtual disk and the form that it takes at the target.

    ``size_gib`` is what the guest sees, ``used_gib`` what was ever written to
    it (left out: all). A thin disk holds no more than that; a lazily zeroed
    thick one reserves the rest, an eagerly zeroed one holds it as zeros.
    ``snapshots_gib`` are its delta disks, sparse on either side.
    """

    size_gib: Gib
    used_gib: Gib | None = None
    source: Format = "lazy"
    target: Format | Literal["same"] = "same"
    snapshots_gib: tuple[Gib, ...] = ()

    @model_validator(mode="after")
    def _fits(self) -> Disk:
        if self.used_gib is not None and self.used_gib > self.size_gib:
            raise ValueError(f"{self.used_gib:g} GiB are used, but the disk has {self.size_gib:g}")
        return self


class DiskWrites(Model):
    """What the guest writes to its disks: so many writes of a size, at random.

    They fall on ``footprint_gib`` (left out: all that the disks hold), in
    blocks spread evenly over the disks.
    """

    writes_per_s: PerSecond = 0
    write_kib: Annotated[float, Field(gt=0, le=2**20)] = 4
    footprint_gib: Gib | None = None


class DiskCopy(Model):
    """How disks and files reach another datastore.

    Parameters
    ----------
    disks : tuple of Disk
        Those that move, one after another.
    files_mib : float
        Configuration, NVRAM and logs.
    home_moves : bool
        Whether the folder of the VM moves: those files, and a suspended
        guest's file of its memory.
    method : {"mirror", "changed-block"}
        For a running guest. One pass with mirrored writes, or passes over
        changed blocks until the rest fits into the downtime limit.
    block_kib : float
        What is copied and tracked at once; sizes are rounded up to it.
    max_passes : int, optional
        Passes over changed blocks after which the guest is paused anyhow.
    read_mib_s, write_mib_s : float
        What the source and the target have to spare, MiB/s.
    same_array : bool
        Whether both are one array, whose time they share.
    network : {"link"} or float, optional
        What lies between: the case's link, another network of so many Mbit/s,
        or nothing where one host reaches both datastores.
    writes : DiskWrites
        The running guest's.
    host : {"changes", "stays"}
        Whether a running guest changes host too, so that its memory follows.
    """

    disks: tuple[Disk, ...] = Field(default=(), max_length=1000)
    files_mib: Mib = 0
    home_moves: bool = True
    method: Literal["mirror", "changed-block"] = "mirror"
    block_kib: Annotated[float, Field(ge=0.5, le=2**20)] = 1024
    max_passes: Annotated[int, Field(ge=1, le=10_000)] | None = None
    read_mib_s: MibPerSecond
    write_mib_s: MibPerSecond
    same_array: bool = False
    network: Literal["link"] | Rate | None = None
    writes: DiskWrites = DiskWrites()
    host: Literal["changes", "stays"] = "changes"

    @model_validator(mode="after")
    def _within_the_disks(self) -> DiskCopy:
        footprint_gib = self.writes.footprint_gib
        if footprint_gib is not None and self.blocks_of(footprint_gib) > self.data_blocks:
            raise ValueError(
                f"writes fall on {footprint_gib:g} GiB, but the disks hold less:"
                " used_gib and snapshots_gib include the footprint"
            )
        if footprint_gib is None and self.writes.writes_per_s > 0 and not self.data_blocks:
            raise ValueError("the guest writes, but its disks hold nothing")
        if self.writes.writes_per_s > 0 and footprint_gib == 0:
            raise ValueError("the guest writes, but on a footprint of 0 GiB")
        if self.max_passes is not None and self.method == "mirror":
            raise ValueError("a mirrored copy is one pass: max_passes is of changed-block copies")
        return self

    @property
    def block_bytes(self) -> int:
        """Size of a block, bytes."""
        return math.ceil(units.kib_to_bytes(self.block_kib))

    def blocks_of(self, gib: float) -> int:
        """A size rounded up to whole blocks."""
        return math.ceil(units.gib_to_bytes(gib) / self.block_bytes)

    @property
    def data_blocks(self) -> int:
        """Blocks of the disks and their snapshots that hold something."""
        return sum(
            self.blocks_of(disk.size_gib if disk.used_gib is None else disk.used_gib)
            + sum(map(self.blocks_of, disk.snapshots_gib))
            for disk in self.disks
        )

    @property
    def source_zero_blocks(self) -> int:
        """Blocks of zeros that the source holds and that have to be read."""
        return sum(self._empty_blocks(disk) for disk in self.disks if disk.source == "eager")

    @property
    def target_zero_blocks(self) -> int:
        """Blocks of zeros that the target wants written."""
        return sum(
            self._empty_blocks(disk)
            for disk in self.disks
            if (disk.source if disk.target == "same" else disk.target) == "eager"
        )

    def _empty_blocks(self, disk: Disk) -> int:
        used_gib = disk.size_gib if disk.used_gib is None else disk.used_gib
        return self.blocks_of(disk.size_gib) - self.blocks_of(used_gib)
