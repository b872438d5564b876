"""The size of a virtual machine: processors and memory."""

from __future__ import annotations

from collections.abc import Iterator

from vmlab.inventory.datacenter import Datacenter
from vmlab.inventory.host import Host
from vmlab.inventory.machine import VirtualMachine
from vmlab.inventory.move import Move
from vmlab.inventory.path import set_to
from vmlab.rules.misconfiguration import Misconfiguration
from vmlab.rules.relocation import changes_host
from vmlab.rules.rule import API, Breach, Fault, everywhere, move_rule


@move_rule(
    "vm-vcpu-count",
    title="The target supports as many processors as the VM has",
    short="processors",
    why="A VM cannot have more processors than its host, or the host's software, can give it.",
    fix="Reduce the number of virtual processors",
    source=f"{API}.NumVirtualCpusNotSupported, NotEnoughLogicalCpus and "
    "NumVirtualCoresPerSocketNotSupported",
    severity=everywhere("error"),
    scope="vm",
    fault="NumVirtualCpusNotSupported",
    test_group="hostTests",
)
def vcpu_count(datacenter: Datacenter, move: Move) -> Iterator[Breach]:
    """More vCPUs than the software's limit or the host's processors, or too many cores."""
    vm, there = datacenter.vms[move.vm], datacenter.hosts[move.destination]
    if not changes_host(move):
        return
    yield from _too_many_vcpus(vm, there)
    most = there.capabilities.max_cores_per_socket
    if most is not None and vm.cores_per_socket > most:
        path = ("vms", vm.name, "cores_per_socket")
        yield Breach(
            path,
            f"{vm.name} has {vm.cores_per_socket} cores a socket; {there.name} supports {most}",
            f"Give {vm.name} {most} cores a socket",
            (set_to(path, most),),
            fault=Fault(
                "NumVirtualCoresPerSocketNotSupported",
                {
                    "maxSupportedCoresPerSocketDest": most,
                    "numCoresPerSocketVm": vm.cores_per_socket,
                },
            ),
        )


def _too_many_vcpus(vm: VirtualMachine, there: Host) -> Iterator[Breach]:
    """One breach, by the tighter of two limits: the host's processors and its software."""
    logical, supported = there.cpu.logical_cpus, there.capabilities.max_vcpus
    by_software = supported is not None and supported <= logical
    limit = supported if supported is not None and by_software else logical
    if vm.vcpus <= limit:
        return
    if by_software:
        what = f"{there.name} supports {limit} in a VM"
        fault = Fault(
            "NumVirtualCpusNotSupported", {"maxSupportedVcpusDest": limit, "numCpuVm": vm.vcpus}
        )
    else:
        what = f"{there.name} has {limit} logical processors"
        fields = {"numCpuDest": limit, "numCpuVm": vm.vcpus, "host": there.name}
        fault = Fault("NotEnoughLogicalCpus", fields)
    path = ("vms", vm.name, "vcpus")
    yield Breach(
        path,
        f"{vm.name} has {vm.vcpus} virtual processors; {what}",
        f"Reduce {vm.name} to {limit} virtual processors",
        (set_to(path, limit),),
        fault=fault,
    )


@move_rule(
    "vm-memory-size",
    title="The VM's memory is a size that target and guest support",
    short="memory size",
    why="A host refuses a size it does not support; a guest OS runs badly outside its own limits.",
    fix="Resize the VM's memory",
    source=f"{API}.MemorySizeNotSupported and MemorySizeNotRecommended",
    severity=everywhere("error"),
    milder=everywhere("warning"),
    scope="vm",
    fault="MemorySizeNotSupported",
    test_group="hostTests",
)
def memory_size(datacenter: Datacenter, move: Move) -> Iterator[Breach]:
    """Memory is outside what the host supports, or what the guest OS recommends."""
    vm, there = datacenter.vms[move.vm], datacenter.hosts[move.destination]
    if not changes_host(move):
        return
    low, high = there.capabilities.min_vm_memory_mib, there.capabilities.max_vm_memory_mib
    if vm.memory_mib < low or (high is not None and vm.memory_mib > high):
        sizes = f"{low} MiB {'and more' if high is None else f'to {high} MiB'}"
        yield _resize(vm, there, f"{there.name} supports {sizes}", (low, high), False)
    elif vm.guest_memory_mib is not None:
        least, most = vm.guest_memory_mib
        if not least <= vm.memory_mib <= most:
            sizes = f"its guest wants {least} to {most} MiB"
            yield _resize(vm, there, sizes, (least, most), True)


def _resize(
    vm: VirtualMachine, there: Host, why: str, limits: tuple[int, int | None], milder: bool
) -> Breach:
    """A breach, with a size that suits the host, and the guest too where there is one."""
    low, high = there.capabilities.min_vm_memory_mib, there.capabilities.max_vm_memory_mib
    least, most = vm.guest_memory_mib or (low, high)
    size = max(vm.memory_mib, least, low)
    size = min([size, *(limit for limit in (most, high) if limit is not None)])
    suits = size >= max(least, low)
    names = ("memorySizeMB", "minMemorySizeMB", "maxMemorySizeMB")
    sizes = zip(names, (vm.memory_mib, *limits), strict=True)
    path = ("vms", vm.name, "memory_mib")
    return Breach(
        path,
        f"{vm.name} has {vm.memory_mib} MiB; {why}",
        f"Set the memory of {vm.name} to {size} MiB" if suits else None,
        (set_to(path, size),) if suits else (),
        milder,
        Fault(
            "MemorySizeNotRecommended" if milder else "MemorySizeNotSupported",
            {name: value for name, value in sizes if value is not None},
        ),
    )


RULES = (vcpu_count, memory_size)

_ESX02, _WEB01 = ("hosts", "esx02"), ("vms", "web01")

MISCONFIGURATIONS = (
    Misconfiguration(
        name="more-processors-than-the-host",
        story="web01 was given 12 processors; esx02 has eight.",
        rule="vm-vcpu-count",
        path=(*_WEB01, "vcpus"),
        edits=(
            set_to((*_WEB01, "vcpus"), 12),
            set_to(("hosts", "esx01", "cpu"), {"cores_per_socket": 8}),
        ),
    ),
    Misconfiguration(
        name="more-processors-than-the-software",
        story="web01 has six processors; the software of esx02 supports four in a VM.",
        rule="vm-vcpu-count",
        path=(*_WEB01, "vcpus"),
        edits=(
            set_to((*_WEB01, "vcpus"), 6),
            set_to((*_ESX02, "capabilities", "max_vcpus"), 4),
        ),
    ),
    Misconfiguration(
        name="too-many-cores-a-socket",
        story="web01 shows its guest two cores a socket; esx02 knows only single cores.",
        rule="vm-vcpu-count",
        path=(*_WEB01, "cores_per_socket"),
        edits=(
            set_to((*_WEB01, "cores_per_socket"), 2),
            set_to((*_ESX02, "capabilities", "max_cores_per_socket"), 1),
        ),
    ),
    Misconfiguration(
        name="more-memory-than-supported",
        story="web01 has 8 GiB; esx02 supports 4 GiB in a VM.",
        rule="vm-memory-size",
        path=(*_WEB01, "memory_mib"),
        edits=(
            set_to((*_WEB01, "memory_mib"), 8192),
            set_to((*_ESX02, "capabilities", "max_vm_memory_mib"), 4096),
        ),
    ),
    Misconfiguration(
        name="less-memory-than-recommended",
        story="The guest of web01 was upgraded; it now wants 8 GiB, and has half.",
        rule="vm-memory-size",
        path=(*_WEB01, "memory_mib"),
        edits=(set_to((*_WEB01, "guest_memory_mib"), [8192, 65536]),),
    ),
)
