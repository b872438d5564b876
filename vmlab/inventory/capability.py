"""What a release brings: versions in order, and the capabilities of a host's software."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import Field

from vmlab.inventory.entity import Facts
from vmlab.inventory.network import Names

Release = tuple[int, int, int]
_RELEASE = re.compile(r"(\d+)(?:\.(\d+))?(?:\s*[uU](\d+))?")

Ability = Literal[
    "vmotion",
    "storage_vmotion",
    "vmotion_with_storage",
    "vmotion_across_networks",
    "unshared_swap",
    "swap_override",
    "suspended_relocate",
    "snapshot_relayout",
    "encrypted_vmotion",
    "remote_device_vmotion",
    "distributed_switch",
    "rdm",
    "physical_rdm",
    "vmi",
    "guest_64bit",
]

#: Releases from which, and until which, an ability is there unless a host says otherwise.
SINCE: dict[Ability, str] = {
    "storage_vmotion": "3.5",
    "vmotion_with_storage": "5.1",
    "vmotion_across_networks": "6.0",
    "unshared_swap": "3.5",
    "swap_override": "3.5",
    "suspended_relocate": "3.0",
    "snapshot_relayout": "5.0",
    "encrypted_vmotion": "6.5",
    "distributed_switch": "4.0",
}
UNTIL: dict[Ability, str] = {"vmi": "4.1"}
NEVER: frozenset[Ability] = frozenset({"remote_device_vmotion"})


def release(version: str) -> Release:
    """A version as numbers that can be compared; update 2 of 6.7 is (6, 7, 2).

    >>> release("6.7 U2") > release("6.7")
    True
    """
    found = _RELEASE.search(version)
    if found is None:
        return (0, 0, 0)
    major, minor, update = found.groups()
    return int(major), int(minor or 0), int(update or 0)


class Capabilities(Facts):
    """What a host's software can do; what is left out follows from its release."""

    vmotion: bool | None = None
    storage_vmotion: bool | None = None
    vmotion_with_storage: bool | None = None
    vmotion_across_networks: bool | None = None
    unshared_swap: bool | None = None
    swap_override: bool | None = None
    suspended_relocate: bool | None = None
    snapshot_relayout: bool | None = None
    encrypted_vmotion: bool | None = None
    remote_device_vmotion: bool | None = None
    distributed_switch: bool | None = None
    rdm: bool | None = None
    physical_rdm: bool | None = None
    vmi: bool | None = None
    guest_64bit: bool | None = None
    cpu_requirements_storable: bool = Field(
        default=True, description="It can keep a changed CPU requirement in a VM's configuration"
    )
    vnic_types: Names = Field(
        default=("e1000", "e1000e", "vmxnet2", "vmxnet3", "flexible"),
        description="Adapters it offers",
    )
    default_video_ram_kib: Annotated[int, Field(gt=0)] | None = Field(
        default=None, description="The only video memory it can recreate; null is any"
    )
    max_vcpus: Annotated[int, Field(gt=0)] | None = None
    max_cores_per_socket: Annotated[int, Field(gt=0)] | None = None
    min_vm_memory_mib: Annotated[int, Field(gt=0)] = 4
    max_vm_memory_mib: Annotated[int, Field(gt=0)] | None = None
    max_disks_storage_vmotion: Annotated[int, Field(gt=0)] = 64

    def has(self, ability: Ability, version: str) -> bool:
        """Whether a host of a version has an ability."""
        said: bool | None = getattr(self, ability)
        if said is not None:
            return said
        now = release(version)
        return (
            ability not in NEVER
            and now >= release(SINCE.get(ability, "0"))
            and now[:2] <= release(UNTIL.get(ability, "9999"))[:2]
        )
