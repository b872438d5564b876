"""How a host is managed: ESX through a service console, ESXi through the VMkernel."""

from __future__ import annotations

from collections.abc import Iterator

from vmlab.inventory.datacenter import Datacenter
from vmlab.inventory.move import Move
from vmlab.inventory.path import remove, set_to
from vmlab.rules.misconfiguration import Misconfiguration
from vmlab.rules.rule import Breach, everywhere, hosts_judged, rule


@rule(
    "host-console-kind",
    title="ESX is managed by its service console, ESXi by a VMkernel adapter",
    short="management kind",
    why="ESXi has no service console, and only there can a VMkernel adapter do management.",
    fix="Use a service-console adapter on ESX, a VMkernel adapter on ESXi",
    source="vSphere Web Services API 8.0 U3, HostNetCapabilities.usesServiceConsoleNic",
    severity=everywhere("error"),
    scope="host",
    fault=None,
    test_group="hostTests",
)
def console_kind(datacenter: Datacenter, move: Move | None) -> Iterator[Breach]:
    """An ESXi host declares a vswif, or an ESX host a VMkernel adapter for management."""
    for name in hosts_judged(datacenter, move):
        host = datacenter.hosts[name]
        if host.kind == "ESXi":
            for console in host.service_console_adapters:
                path = ("hosts", name, "service_console_adapters", console)
                yield Breach(
                    path,
                    f"{name} is ESXi and cannot have the service-console adapter {console}",
                    f"Remove {console} from {name}",
                    (remove(path),),
                )
        else:
            for adapter in host.vmkernel_adapters.values():
                if adapter.management:
                    flag = ("hosts", name, "vmkernel_adapters", adapter.name, "management")
                    yield Breach(
                        flag,
                        f"{name} is ESX and cannot be managed through {adapter.name}",
                        f"Take management off {adapter.name}",
                        (set_to(flag, False),),
                    )


RULES = (console_kind,)

MISCONFIGURATIONS = (
    Misconfiguration(
        name="console-on-esxi",
        story="A service-console adapter was copied from an ESX host to an ESXi host.",
        rule="host-console-kind",
        path=("hosts", "esx02", "service_console_adapters", "vswif0"),
        edits=(
            set_to(
                ("hosts", "esx02", "service_console_adapters", "vswif0"),
                {"port_group": "Management Network", "ip": "192.168.10.99"},
            ),
        ),
        scenario="two-hosts-esxi",
    ),
    Misconfiguration(
        name="management-on-an-esx-vmkernel",
        story="Management was ticked on vmk0 of an ESX host.",
        rule="host-console-kind",
        path=("hosts", "esx02", "vmkernel_adapters", "vmk0", "management"),
        edits=(set_to(("hosts", "esx02", "vmkernel_adapters", "vmk0", "management"), True),),
    ),
)
