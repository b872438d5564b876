"""Quantities and states in the words that the panel uses."""

from __future__ import annotations

from vmlab.inventory import Datacenter, Host, Path, PhysicalNic, VirtualMachine

SEVERITIES = ("error", "warning", "advice", "queue")
SEVERITY_WORDS = {"error": "Error", "warning": "Warning", "advice": "Advice", "queue": "Queues"}
KIND_WORDS = {
    "hosts": "Host",
    "physical_nics": "Ethernet adapter",
    "virtual_switches": "Virtual switch",
    "port_groups": "Port group",
    "vmkernel_adapters": "VMkernel adapter",
    "service_console_adapters": "Service console",
    "physical_switches": "Physical switch",
    "subnets": "Subnet",
    "datastores": "Datastore",
    "vms": "Virtual machine",
    "vnics": "Network adapter",
    "disks": "Virtual disk",
    "devices": "Device",
}
PLURALS = {
    "hosts": "Hosts",
    "physical_switches": "Switches",
    "subnets": "Subnets",
    "datastores": "Datastores",
    "vms": "Machines",
}


def key(path: Path) -> str:
    """A path as one stable word, spelled like a JSON pointer; the datacenter itself is a dot.

    >>> key(("hosts", "esx01", "port_groups", "a/b"))
    'hosts/esx01/port_groups/a~1b'
    """
    return "/".join(name.replace("~", "~0").replace("/", "~1") for name in path) or "."


def memory(mib: float) -> str:
    """An amount of memory, in GiB where that is a whole number.

    >>> memory(4096), memory(1536)
    ('4 GiB', '1,536 MiB')
    """
    return f"{mib / 1024:,.0f} GiB" if mib % 1024 == 0 else f"{mib:,.0f} MiB"


def speed(mbit_s: int) -> str:
    """Speed of an Ethernet adapter.

    >>> speed(1000), speed(100), speed(2500)
    ('1 GbE', '100 Mb/s', '2.5 GbE')
    """
    return f"{mbit_s / 1000:g} GbE" if mbit_s >= 1000 else f"{mbit_s} Mb/s"


def vlan(number: int) -> str:
    """A port group's VLAN."""
    return {0: "no VLAN", 4095: "all VLANs"}.get(number, f"VLAN {number}")


def vlans(nic: PhysicalNic) -> str:
    """The VLANs on a cable."""
    if not nic.vlans:
        return "no VLAN"
    if nic.vlans == (0,):
        return "untagged"
    return "VLAN " + ",".join("0" if n == 0 else str(n) for n in nic.vlans)


def power(vm: VirtualMachine) -> str:
    """What a virtual machine is doing."""
    if vm.operation is not None:
        return vm.operation.replace("-", " ")
    return {"on": "▶ running", "off": "powered off", "suspended": "suspended"}[vm.power_state]


def licence(host: Host) -> str:
    """What a host's licence is worth here."""
    if host.is_licensed_for("vmotion"):
        return "VMotion licence"
    return "no VMotion licence"


def state(host: Host) -> str:
    """A host's state, empty while all is well."""
    said = [] if host.connection_state == "connected" else [host.connection_state.replace("-", " ")]
    if host.maintenance_mode:
        said.append("maintenance")
    return ", ".join(said)


def files_on(datacenter: Datacenter, vm: str | None, datastore: str) -> list[str]:
    """What of a virtual machine lies on a datastore: home, then disks by name."""
    machine = datacenter.vms.get(vm) if vm else None
    if machine is None:
        return []
    home = ["home"] if machine.home == datastore else []
    return home + [n for n, disk in machine.disks.items() if disk.datastore == datastore]


def brief(files: list[str]) -> str:
    """Files of a virtual machine in few words.

    >>> brief(["home", "disk 1", "disk 2"]), brief(["disk 2"])
    ('home, 2 disks', 'disk 2')
    """
    if len(files) <= 2:
        return ", ".join(files)
    disks = [name for name in files if name != "home"]
    return ", ".join((["home"] if "home" in files else []) + [f"{len(disks)} disks"])
