"""A host: ESX or ESXi, its licence, processor and network."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, WithJsonSchema, field_validator

from vmlab.inventory.capability import Ability, Capabilities, Release, release
from vmlab.inventory.cpu import Cpu
from vmlab.inventory.entity import Entity, Facts, FrozenMapping
from vmlab.inventory.network import (
    Names,
    PhysicalNic,
    PortGroup,
    ServiceConsoleAdapter,
    VirtualSwitch,
    VMkernelAdapter,
    split_names,
)

Feature = Literal[
    "vmotion",
    "storage-vmotion",
    "long-distance-vmotion",
    "cross-vcenter-vmotion",
    "persistent-memory",
]


class Licence(Facts):
    """A licence edition and the features it brings."""

    edition: str
    features: tuple[Feature, ...] = ()
    expires: date | None = None

    @field_validator("features", mode="before")
    @classmethod
    def _empty(cls, value: object) -> object:
        return () if value is None else value


def _kind(value: object) -> object:
    """Spell the product's name as it is written."""
    return {"esx": "ESX", "esxi": "ESXi"}.get(str(value).lower(), value)


class Host(Entity):
    """A host on which virtual machines run."""

    kind: Annotated[Literal["ESX", "ESXi"], BeforeValidator(_kind)] = "ESXi"
    # An editor reads 4.0 as a number; `Facts` keeps it as it is written.
    version: Annotated[str, WithJsonSchema({"type": ["string", "number"]})] = "4.0"
    licence: Licence | None = None
    connection_state: Literal["connected", "disconnected", "not-responding"] = "connected"
    maintenance_mode: bool = False
    cpu: Cpu = Cpu()
    memory_mib: Annotated[int, Field(gt=0)] = 32768
    physical_nics: FrozenMapping[PhysicalNic] = Field(default_factory=FrozenMapping)
    virtual_switches: FrozenMapping[VirtualSwitch] = Field(default_factory=FrozenMapping)
    port_groups: FrozenMapping[PortGroup] = Field(default_factory=FrozenMapping)
    vmkernel_adapters: FrozenMapping[VMkernelAdapter] = Field(default_factory=FrozenMapping)
    service_console_adapters: FrozenMapping[ServiceConsoleAdapter] = Field(
        default_factory=FrozenMapping
    )

    capabilities: Capabilities = Capabilities()
    build: str = ""
    datacenter: str = Field(default="Datacenter", description="In vCenter's inventory")
    vcenter: str = "vcenter01"
    management_ip_family: Literal["IPv4", "IPv6"] = "IPv4"
    rtt_ms: Annotated[float, Field(ge=0)] = Field(
        default=0, description="Round trip to the middle; a pair's is the sum of both"
    )
    vmotion_protocol: int = 1
    vmotion_protocol_oldest: int = Field(default=1, description="Oldest that it lets in")
    closed_ports: Annotated[tuple[int, ...], BeforeValidator(split_names)] = ()
    luns: FrozenMapping[int] = Field(
        default_factory=FrozenMapping, description="LUNs it sees, and their IDs"
    )
    swap_datastore: str | None = None
    hardware: Names = Field(default=(), description="Devices that VMs may be backed by")
    gpu_profiles: Names = ()
    has_gpu: bool = False
    vm_fex: bool = Field(default=False, description="Cisco UCS with VM-FEX")
    persistent_memory_gib: Annotated[float, Field(ge=0)] = 0
    flash_cache_gib: Annotated[float, Field(ge=0)] = 0
    flash_module: str = "vfc"

    @property
    def release(self) -> Release:
        """Its version as numbers."""
        return release(self.version)

    def can(self, ability: Ability) -> bool:
        """Whether its software has an ability."""
        return self.capabilities.has(ability, self.version)

    def is_licensed_for(self, feature: Feature) -> bool:
        """Whether the host's licence brings a feature."""
        return self.licence is not None and feature in self.licence.features

    def uplinks(self, label: str) -> tuple[PhysicalNic, ...]:
        """Adapters that a port group may use: active ones first, then standby.

        Parameters
        ----------
        label : str
            The port group.

        Returns
        -------
        tuple of PhysicalNic
            Empty where the port group does not exist.
        """
        return self._nics(label, ("active", "standby"))

    def active_uplinks(self, label: str) -> tuple[PhysicalNic, ...]:
        """Adapters that a port group uses while nothing has failed."""
        return self._nics(label, ("active",))

    def _nics(
        self, label: str, roles: tuple[Literal["active", "standby"], ...]
    ) -> tuple[PhysicalNic, ...]:
        group = self.port_groups.get(label)
        switch = self.virtual_switches.get(group.virtual_switch) if group else None
        if group is None or switch is None:
            return ()
        names: list[str] = []
        for role in roles:
            override: Names | None = getattr(group, role)
            names += getattr(switch, role) if override is None else override
        return tuple(self.physical_nics[n] for n in dict.fromkeys(names) if n in self.physical_nics)

    def uplinks_in_use(self, label: str) -> tuple[PhysicalNic, ...]:
        """Uplinks that a port group uses now: active ones that are up, else standby ones.

        A standby uplink takes over from links that are down, not from a slow
        one or one whose cable drops the VLAN: of that the host sees nothing.
        """
        up = [nic for nic in self.uplinks(label) if nic.is_up]
        active = {nic.name for nic in self.active_uplinks(label)}
        return tuple(nic for nic in up if nic.name in active) or tuple(up)

    def path_of_frames(self, label: str) -> tuple[PhysicalNic, ...]:
        """Uplinks that really carry a port group's frames: in use, and trunked for its VLAN."""
        group = self.port_groups.get(label)
        vlan = group.vlan if group else 0
        return tuple(nic for nic in self.uplinks_in_use(label) if nic.carries(vlan))

    @property
    def vmotion_adapters(self) -> tuple[VMkernelAdapter, ...]:
        """VMkernel adapters that VMotion uses: those on its own stack, else those enabled."""
        own = tuple(a for a in self.vmkernel_adapters.values() if a.netstack == "vmotion")
        return own or tuple(a for a in self.vmkernel_adapters.values() if a.vmotion)

    @property
    def vmotion_adapter(self) -> VMkernelAdapter | None:
        """The adapter that VMotion uses: the first one enabled."""
        return next(iter(self.vmotion_adapters), None)

    @property
    def vmotion_uplink(self) -> PhysicalNic | None:
        """The uplink that VMotion takes: the fastest in use that carries its frames.

        One that is not trunked, or down, counts where there is no better: that
        hosts cannot connect is the rules' affair.
        """
        adapter = self.vmotion_adapter
        label = adapter.port_group if adapter else ""
        nics = self.path_of_frames(label) or self.uplinks_in_use(label) or self.uplinks(label)
        return max(nics, key=lambda nic: nic.speed_mbit_s, default=None)
