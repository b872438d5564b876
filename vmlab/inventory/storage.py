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


class Datastore(Entity):
    """Storage for the files of virtual machines."""

    kind: DatastoreKind = "FC SAN"
    capacity_gib: Annotated[int, Field(gt=0)] = 500
    backing: str = Field(default="", description="Identity: LUN UUID, export or disk")
    free_gib: Annotated[float, Field(ge=0)] | None = Field(default=None, description="Null: enough")
    file_system: Literal["", "VMFS2", "VMFS3", "VMFS5", "VMFS6"] = ""
    maintenance_mode: bool = False
    persistent_memory: bool = False
    mounts: FrozenMapping[Mount] = Field(default_factory=FrozenMapping)

    def is_mounted_on(self, host: str) -> bool:
        """Whether a host has something under this name."""
        return host in self.mounts

    def backing_on(self, host: str) -> str | None:
        """Identity of what a host has under this name, None where it has nothing."""
        mount = self.mounts.get(host)
        if mount is None:
            return None
        return self.backing if mount.backing is None else mount.backing
