"""Lab 01: two bare hosts, made ready for VMotion clause by clause."""

from __future__ import annotations

from vmlab.inventory.path import Edit, set_to
from vmlab.labs.lab import Lab
from vmlab.labs.objective import Objective, met, migrated, rolled_back

OBJECTIVES = (
    Objective(
        "License both hosts for VMotion",
        met("lic-vmotion-both-hosts"),
        ("Look at the right end of each host's header.", "Select a host; its form has Licence."),
    ),
    Objective(
        "Put all files of web01 on storage that both hosts access",
        met("sto-disks-visible", "sto-config-visible", "sto-identity-not-name"),
        (
            "A missing line in the picture is a missing mount.",
            "Mount san-01 on esx02, then move disk 2 of web01 there.",
        ),
    ),
    Objective(
        "Give each host two Ethernet adapters, one of them Gigabit",
        met("host-min-two-nics", "host-one-gige"),
        ("A host's form has “+ Ethernet adapter”.",),
    ),
    Objective(
        "Build a VMotion network between them on Gigabit Ethernet",
        met(
            "host-vmotion-vmk-present",
            "host-vmotion-vmk-ip",
            "host-vmotion-link-up",
            "host-vmotion-link-gige",
            "net-vmotion-same-subnet",
            "net-vmotion-vlan-match",
            "net-vmotion-duplicate-ip",
        ),
        (
            "A VMkernel adapter needs a port group, which needs a switch with an uplink.",
            "Cable vmnic1 to gig and let it carry VLAN 50; make it the uplink of vSwitch1.",
            "Add a port group with VLAN 50, and on it a VMkernel adapter with an address "
            "such as 10.0.50.11 and VMotion enabled.",
        ),
    ),
    Objective(
        "Let the network of web01 have the same label and VLAN on both hosts",
        met("net-pg-label", "net-vm-subnet-reach"),
        ("The label on esx01 is Production, its VLAN is 20.",),
    ),
    Objective("Migrate web01", migrated, ("When no error is left, press Migrate.",)),
    Objective(
        "Let a fault strike, and watch the VM come home",
        rolled_back,
        ("Choose a fault beside the Migrate button, and where it strikes.",),
    ),
)


def open_lab() -> Lab:
    """Open the lab on two hosts as they leave the rack."""
    return Lab("Two hosts", "lab 01", "two-hosts-bare", OBJECTIVES)


def _vmotion_network(host: str, address: str) -> tuple[Edit, ...]:
    """A licence, a Gigabit adapter, and a VMotion network on it."""
    return (
        set_to(("hosts", host, "licence"), {"edition": "Advanced", "features": ["vmotion"]}),
        set_to(("hosts", host, "physical_nics", "vmnic1"), {"cable": "gig", "vlans": [50]}),
        set_to(("hosts", host, "virtual_switches", "vSwitch1"), {"active": ["vmnic1"]}),
        set_to(
            ("hosts", host, "port_groups", "VMotion"),
            {"virtual_switch": "vSwitch1", "vlan": 50, "kind": "vmkernel"},
        ),
        set_to(
            ("hosts", host, "vmkernel_adapters", "vmk0"),
            {"port_group": "VMotion", "ip": address, "vmotion": True},
        ),
    )


SOLUTION = (
    *_vmotion_network("esx01", "10.0.50.11"),
    *_vmotion_network("esx02", "10.0.50.12"),
    set_to(
        ("hosts", "esx02", "port_groups", "Production"), {"virtual_switch": "vSwitch0", "vlan": 20}
    ),
    set_to(("datastores", "san-01", "mounts", "esx02"), {}),
    set_to(("vms", "web01", "disks", "disk 2", "datastore"), "san-01"),
)


def solved_lab() -> Lab:
    """Open the lab with every clause satisfied: one way of many."""
    lab = open_lab()
    lab.session.edit(SOLUTION)
    return lab
