"""Memory and CPU that a VM must be promised where it goes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from vmlab.inventory.datacenter import Datacenter
from vmlab.inventory.machine import VirtualMachine
from vmlab.inventory.move import Move
from vmlab.inventory.path import Path, set_to
from vmlab.rules.misconfiguration import Misconfiguration
from vmlab.rules.relocation import changes_host
from vmlab.rules.rule import API, Breach, Fault, everywhere, move_rule
from vmlab.units import mib_to_bytes

What = Literal["memory", "cpu"]
ADMISSION = "vSphere 6.7 Resource Management, admission control"
FIELD: dict[What, str] = {"memory": "memory_reservation_mib", "cpu": "cpu_reservation_mhz"}
UNIT: dict[What, str] = {"memory": "MiB", "cpu": "MHz"}


@move_rule(
    "cap-dest-memory",
    title="The destination can reserve the VM's memory",
    short="memory reserved",
    why="A VM starts or arrives only where its reservation and its overhead can be promised.",
    fix="Free memory, or lower the reservation",
    source=f"{ADMISSION}; {API}.InsufficientHostMemoryCapacityFault",
    severity=everywhere("error"),
    scope="capacity",
    fault="InsufficientHostMemoryCapacityFault",
    test_group="resourcePoolTests",
)
def dest_memory(datacenter: Datacenter, move: Move) -> Iterator[Breach]:
    """Reservation and overhead exceed the destination's unreserved memory."""
    yield from _host_too_small(datacenter, move, "memory")


@move_rule(
    "cap-dest-cpu",
    title="The destination can reserve the VM's CPU",
    short="CPU reserved",
    why="A VM starts or arrives only where its CPU reservation can be promised.",
    fix="Free CPU, or lower the reservation",
    source=f"{ADMISSION}; {API}.InsufficientHostCpuCapacityFault",
    severity=everywhere("error"),
    scope="capacity",
    fault="InsufficientHostCpuCapacityFault",
    test_group="resourcePoolTests",
)
def dest_cpu(datacenter: Datacenter, move: Move) -> Iterator[Breach]:
    """The CPU reservation exceeds the destination's unreserved MHz."""
    yield from _host_too_small(datacenter, move, "cpu")


def demand(vm: VirtualMachine, what: What) -> float:
    """What a host must promise a VM: MHz, or MiB with the overhead."""
    if what == "cpu":
        return vm.cpu_reservation_mhz
    return vm.memory_reservation_mib + vm.memory_overhead_mib


def unreserved(datacenter: Datacenter, host: str, what: What, besides: str) -> float:
    """What a host has promised to nobody, one VM left out.

    Running VMs count, and the empty ones that moves under way have made.
    """
    capacity = datacenter.hosts[host]
    total = capacity.cpu.total_mhz if what == "cpu" else capacity.memory_mib
    arriving = {m.vm for m in datacenter.moves.values() if m.shell and m.destination == host}
    held = (
        demand(vm, what)
        for vm in datacenter.vms.values()
        if vm.name != besides
        and ((vm.host == host and vm.power_state == "on") or vm.name in arriving)
    )
    return total - sum(held)


def needs_room(datacenter: Datacenter, move: Move) -> bool:
    """Whether a VM that is not off goes to another host."""
    return changes_host(move) and datacenter.vms[move.vm].power_state != "off"


def reservation(vm: str, what: What) -> Path:
    """Where a VM's reservation stands."""
    return ("vms", vm, FIELD[what])


def _host_too_small(datacenter: Datacenter, move: Move, what: What) -> Iterator[Breach]:
    if not needs_room(datacenter, move):
        return
    vm = datacenter.vms[move.vm]
    wanted, free = demand(vm, what), unreserved(datacenter, move.destination, what, vm.name)
    if wanted <= free:
        return
    path = reservation(vm.name, what)
    # Overhead cannot be lowered.
    possible = free - (vm.memory_overhead_mib if what == "memory" else 0)
    words = "with its overhead" if what == "memory" else "of CPU"
    yield Breach(
        path,
        f"{vm.name} needs {wanted:.12g} {UNIT[what]} {words}; {move.destination} has "
        f"{max(free, 0):.12g} {UNIT[what]} unreserved",
        f"Lower the reservation of {vm.name} to {possible:.12g} {UNIT[what]}"
        if possible >= 0
        else f"Free {'memory' if what == 'memory' else 'CPU'} on {move.destination}",
        (set_to(path, possible),) if possible >= 0 else (),
        fault=_fault(what, move.destination, free, wanted),
    )


def _fault(what: What, host: str, free: float, wanted: float) -> Fault:
    # The API counts memory in bytes, CPU in MHz.
    scale = mib_to_bytes if what == "memory" else float
    fields = {"host": host, "unreserved": int(scale(max(free, 0))), "requested": int(scale(wanted))}
    return Fault(f"InsufficientHost{what.capitalize()}CapacityFault", fields)


RULES = (dest_memory, dest_cpu)

MISCONFIGURATIONS = (
    Misconfiguration(
        name="reservation-too-big",
        story="web01 reserves all of its 8 GiB, and esx02 has only 4 GiB.",
        rule="cap-dest-memory",
        path=("vms", "web01", "memory_reservation_mib"),
        edits=(
            set_to(("vms", "web01", "memory_mib"), 8192),
            set_to(("vms", "web01", "memory_reservation_mib"), 8192),
            set_to(("hosts", "esx02", "memory_mib"), 4096),
        ),
    ),
    Misconfiguration(
        name="room-already-promised",
        story="db01, which moves to esx02 right now, has been promised most of its memory.",
        rule="cap-dest-memory",
        path=("vms", "web01", "memory_reservation_mib"),
        edits=(
            set_to(("vms", "web01", "memory_reservation_mib"), 4096),
            set_to(
                ("vms", "db01"),
                {"host": "esx01", "home": "san-01", "memory_reservation_mib": 30000},
            ),
            set_to(
                ("moves", "db01"),
                {"vm": "db01", "source": "esx01", "destination": "esx02", "shell": True},
            ),
        ),
    ),
    Misconfiguration(
        name="cpu-reservation-too-big",
        story="web01 reserves 6 GHz, and the two cores of esx02 have less than that.",
        rule="cap-dest-cpu",
        path=("vms", "web01", "cpu_reservation_mhz"),
        edits=(
            set_to(("vms", "web01", "cpu_reservation_mhz"), 6000),
            set_to(("hosts", "esx02", "cpu", "sockets"), 1),
            set_to(("hosts", "esx02", "cpu", "cores_per_socket"), 2),
        ),
    ),
)
