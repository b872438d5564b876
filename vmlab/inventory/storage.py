"""Datastores, and how each host sees them."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from vmlab.inventory.entity import Entity, FrozenMapping

DatastoreKind = Literal["FC SAN", "iSCSI", "NAS", "local", "vVol"]


class Mount(Entity):
    """A datastore as one host sees it.

    `backing` tells which storage the host really has under the name: a LUN's
    UUID, an export, a disk. Left out, it is the datastore's own.
    """

    backing: str | None = None
    read_only: bool = False
    accessible: bool = Field(default=True, description="False: all paths are down")
    nfs_server: str = Field(default="", description="As this host spells it")
    nfs_folder: str = ""
    nfs_version: Literal["", "3", "4.1"] = ""


class FileCopy(Entity):
    """A folder of files that no virtual machine uses: not yet, or no more.

    It is part of a move under way, or what one could not delete.
    """

    vm: str = Field(default="", description="Whose files they are, or were")
    size_gib: Annotated[float, Field(ge=0)] = 0
    state: Literal["partial", "old"] = Field(
        default="partial", description="Still being written, or not yet deleted"
    )


class Datastore(Entity):
    """Storage for the files of virtual machines.

    What it reads and writes in a second is, by default, this lab's figure.
    """

    kind: DatastoreKind = "FC SAN"
    capacity_gib: Annotated[int, Field(gt=0)] = 500
    backing: str = Field(default="", description="Identity: LUN UUID, export or disk")
    free_gib: Annotated[float, Field(ge=0)] | None = Field(default=None, description="Null: enough")
    file_system: Literal["", "VMFS2", "VMFS3", "VMFS5", "VMFS6"] = ""
    maintenance_mode: bool = False
    persistent_memory: bool = False
    mounts: FrozenMapping[Mount] = Field(default_factory=FrozenMapping)
    read_mib_s: Annotated[float, Field(ge=0.001, le=1e9)] = Field(
        default=200, description="What a copy reads from it in a second, MiB"
    )
    write_mib_s: Annotated[float, Field(ge=0.001, le=1e9)] = Field(
        default=100, description="What a copy writes to it in a second, MiB"
    )
    copies: FrozenMapping[FileCopy] = Field(
        default_factory=FrozenMapping, description="Folders of files that no VM uses"
    )

    def is_mounted_on(self, host: str) -> bool:
        """Whether a host has something under this name."""
        return host in self.mounts

    def backing_on(self, host: str) -> str | None:
        """Identity of what a host has under this name, None where it has nothing."""
        mount = self.mounts.get(host)
        if mount is None:
            return None
        return self.backing if mount.backing is None else mount.backing
