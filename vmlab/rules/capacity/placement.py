"""Placement rules of DRS: where a VM must be, and beside whom."""

from __future__ import annotations

from collections.abc import Iterator

from vmlab.inventory.datacenter import Cluster, Datacenter, DrsRule
from vmlab.inventory.move import Move
from vmlab.inventory.path import set_to
from vmlab.inventory.profile import Profile
from vmlab.rules.misconfiguration import Misconfiguration
from vmlab.rules.relocation import changes_host
from vmlab.rules.rule import API, Breach, Fault, everywhere, move_rule, since


@move_rule(
    "cap-drs-must-rule",
    title="No required VM-to-host rule forbids the destination",
    short="must rule",
    why="A required rule binds administrators too: vCenter refuses what would break it.",
    fix="Change the rule",
    source=f"{API}.VmHostAffinityRuleViolation",
    severity=since(Profile.VSPHERE_55, "error"),
    scope="capacity",
    fault="VmHostAffinityRuleViolation",
    test_group="hostTests",
    era="≥4.1",
)
def drs_must_rule(datacenter: Datacenter, move: Move) -> Iterator[Breach]:
    """A required rule keeps the VM off the destination, or on other hosts."""
    for cluster, drs in _rules(datacenter, move):
        if not drs.required or drs.keep not in {"on-hosts", "off-hosts"}:
            continue
        on = drs.keep == "on-hosts"
        if (move.destination in drs.hosts) is on:
            continue
        path = ("clusters", cluster.name, "rules", drs.name, "hosts")
        hosts = [host for host in drs.hosts if host != move.destination]
        yield Breach(
            path,
            f"{drs.name} of {cluster.name} keeps {move.vm} {'on' if on else 'off'} "
            f"{', '.join(drs.hosts) or 'no host'}; {move.destination} is forbidden",
            f"{'Add' if on else 'Take'} {move.destination} {'to' if on else 'out of'} {drs.name}",
            (set_to(path, [*hosts, move.destination] if on else hosts),),
            fault=Fault(
                "VmHostAffinityRuleViolation", {"vmName": move.vm, "hostName": move.destination}
            ),
        )


@move_rule(
    "cap-drs-vm-rule",
    title="The move keeps VMs together or apart as the rules say",
    short="VM rule",
    why="vCenter would not do it by itself; an administrator may, and DRS may undo it.",
    fix="Review the rule",
    source=f"{API}.RuleViolation",
    severity=everywhere("warning"),
    scope="capacity",
    fault="RuleViolation",
    test_group="hostTests",
    tier="ext",
)
def drs_vm_rule(datacenter: Datacenter, move: Move) -> Iterator[Breach]:
    """The move parts VMs that stay together, or joins VMs that stay apart."""
    for cluster, drs in _rules(datacenter, move):
        running = [
            vm
            for name in dict.fromkeys(drs.vms)
            if (vm := datacenter.vms[name]).power_state == "on" and name != move.vm
        ]
        if drs.keep == "together":
            broken = [vm.name for vm in running if vm.host != move.destination]
            how = "parts"
        elif drs.keep == "apart":
            broken = [vm.name for vm in running if vm.host == move.destination]
            how = "joins"
        else:
            continue
        if not broken:
            continue
        path = ("clusters", cluster.name, "rules", drs.name, "vms")
        yield Breach(
            path,
            f"{drs.name} of {cluster.name} keeps its VMs {drs.keep}; the move {how} {move.vm} and "
            f"{', '.join(broken)}",
            f"Take {move.vm} out of {drs.name}, or move {', '.join(broken)} too",
            (set_to(path, [name for name in drs.vms if name != move.vm]),),
            fault=Fault("RuleViolation", {"host": move.destination, "rule": drs.name}),
        )


def _rules(datacenter: Datacenter, move: Move) -> Iterator[tuple[Cluster, DrsRule]]:
    """Rules of the destination's cluster that name the VM."""
    cluster = datacenter.cluster_of(move.destination)
    if cluster is None or not changes_host(move):
        return
    for drs in cluster.rules.values():
        if move.vm in drs.vms:
            yield cluster, drs


RULES = (drs_must_rule, drs_vm_rule)

_RULES = ("clusters", "cluster-01", "rules")
_DB01 = set_to(("vms", "db01"), {"host": "esx02", "home": "san-01"})
MISCONFIGURATIONS = (
    Misconfiguration(
        name="licensed-host-only",
        story="A required rule keeps web01 on esx01, to which its licence is bound.",
        rule="cap-drs-must-rule",
        path=(*_RULES, "licensed", "hosts"),
        edits=(
            set_to(
                (*_RULES, "licensed"),
                {"keep": "on-hosts", "vms": ["web01"], "hosts": ["esx01"], "required": True},
            ),
        ),
        scenario="two-hosts-vsphere-8",
        profile=Profile.VSPHERE_80,
    ),
    Misconfiguration(
        name="kept-off-the-target",
        story="A required rule keeps web01 off esx02.",
        rule="cap-drs-must-rule",
        path=(*_RULES, "not there", "hosts"),
        edits=(
            set_to(
                (*_RULES, "not there"),
                {"keep": "off-hosts", "vms": ["web01"], "hosts": ["esx02"], "required": True},
            ),
        ),
        scenario="two-hosts-vsphere-8",
        profile=Profile.VSPHERE_55,
    ),
    Misconfiguration(
        name="twins-on-one-host",
        story="web01 and db01 shall stay apart, and db01 is on esx02.",
        rule="cap-drs-vm-rule",
        path=(*_RULES, "apart", "vms"),
        edits=(_DB01, set_to((*_RULES, "apart"), {"keep": "apart", "vms": ["web01", "db01"]})),
    ),
    Misconfiguration(
        name="friends-parted",
        story="web01 and app01 shall stay together on esx01, and only web01 moves.",
        rule="cap-drs-vm-rule",
        path=(*_RULES, "together", "vms"),
        edits=(
            set_to(("vms", "app01"), {"host": "esx01", "home": "san-01"}),
            set_to((*_RULES, "together"), {"keep": "together", "vms": ["web01", "app01"]}),
        ),
    ),
)
