"""Slots: the cost table and the test vectors (reference, section 5)."""

from __future__ import annotations

import pytest

from support.relocations import TWO_HOSTS, VSPHERE_8, by_profile, findings
from vmlab.inventory import Datacenter, Edit, Profile, apply, set_to
from vmlab.rules.capacity.slots import HOST_COSTS, HOST_COSTS_70
from vmlab.rules.capacity.traffic import peers, under_way

HOST, HOST_70, HOST_4X = "cap-host-slots", "cap-host-slots-70", "cap-host-slots-4x"
NIC, STORE = "cap-nic-slots", "cap-datastore-slots"
OF_67 = (HOST, NIC, STORE)


def adapters(speed: int, start: Datacenter = VSPHERE_8) -> Datacenter:
    edits = [
        set_to(("hosts", host, "physical_nics", nic, "speed_mbit_s"), speed)
        for host in ("esx01", "esx02")
        for nic in ("vmnic0", "vmnic1")
    ]
    return apply(start, edits)


def vmotions(count: int) -> tuple[Edit, ...]:
    return under_way(count, "esx01", "esx02")


def storage(count: int, prefix: str = "s") -> tuple[Edit, ...]:
    return under_way(count, "esx01", "esx01", kind="storage", prefix=prefix)


def queues(*edits: Edit, **asks: object) -> list[str]:
    return [rule for rule in OF_67 if findings(rule, *edits, **asks)]


def test_a_four_of_eight_vmotions_run_on_1_gbe() -> None:
    gigabit = adapters(1000)
    assert [bool(queues(*vmotions(n), start=gigabit)) for n in range(8)] == [False] * 4 + [True] * 4
    assert queues(*vmotions(4), start=gigabit) == [NIC]


def test_b_eight_vmotions_run_on_10_gbe() -> None:
    assert [bool(queues(*vmotions(n))) for n in range(9)] == [False] * 8 + [True]
    assert queues(*vmotions(8)) == [HOST, NIC]


def test_c_two_storage_vmotions_run_on_a_host() -> None:
    asks = {"kind": "storage", "datastore": "nfs-01"}
    assert queues(*storage(1), **asks) == []
    assert queues(*storage(2), **asks) == [HOST]


def test_d_one_storage_vmotion_and_four_vmotions() -> None:
    edits = storage(1)
    assert queues(*edits, *vmotions(3)) == []
    assert queues(*edits, *vmotions(4)) == [HOST]


def test_e_eight_storage_vmotions_off_one_datastore() -> None:
    busy: list[Edit] = [*peers(range(3, 10))]
    for number in range(3, 10):
        host = f"esx{number:02}"
        busy += under_way(1, host, host, kind="storage", prefix=f"{host}-")
    asks = {"kind": "storage", "datastore": "nfs-01"}
    # Seven and web01's are eight; one more makes it the ninth.
    assert queues(*busy, **asks) == []
    ninth = under_way(1, "esx03", "esx03", kind="storage", prefix="more")
    assert queues(*busy, *ninth, **asks) == [STORE]


def test_f_two_40_gbe_adapters_give_16_slots_but_the_host_stops_at_8() -> None:
    fast = adapters(40_000)
    second = [
        edit
        for host, ip in (("esx01", "10.0.50.21"), ("esx02", "10.0.50.22"))
        for edit in (
            set_to(("hosts", host, "port_groups", "VMotion", "active"), ["vmnic0"]),
            set_to(
                ("hosts", host, "port_groups", "VMotion 2"),
                {
                    "virtual_switch": "vSwitch0",
                    "vlan": 50,
                    "kind": "vmkernel",
                    "active": ["vmnic1"],
                },
            ),
            set_to(
                ("hosts", host, "vmkernel_adapters", "vmk2"),
                {"port_group": "VMotion 2", "ip": ip, "vmotion": True},
            ),
        )
    ]
    fast = apply(fast, second)
    assert queues(*vmotions(7), start=fast) == []
    assert queues(*vmotions(8), start=fast) == [HOST]
    assert queues(*vmotions(15), start=fast) == [HOST]
    assert queues(*vmotions(16), start=fast) == [HOST, NIC]


def test_the_whole_table_of_costs() -> None:
    assert HOST_COSTS == {"vmotion": 1, "storage": 4, "both": 4, "cold": 1, "suspended": 1}
    assert HOST_COSTS_70["vmotion"] == 2
    assert HOST_COSTS_70["storage"] == 8


def test_both_hosts_are_charged() -> None:
    others = (*peers(range(3, 4)), *under_way(8, "esx02", "esx03"))
    assert queues(*others) == [HOST, NIC]
    assert queues(*others, kind="storage", datastore="nfs-01") == []


def test_host_and_files_together_count_against_both() -> None:
    asks = {"kind": "both", "datastore": "nfs-01"}
    assert queues(*vmotions(4), **asks) == []
    assert queues(*vmotions(5), **asks) == [HOST]
    assert queues(*vmotions(4), start=adapters(1000), **asks) == [NIC]


def test_files_do_not_load_the_vmotion_network() -> None:
    gigabit = adapters(1000)
    asks = {"kind": "storage", "datastore": "nfs-01"}
    assert queues(*vmotions(4), start=gigabit, **asks) == []
    assert queues(*storage(1), *vmotions(3), start=gigabit) == []
    cold = under_way(4, "esx01", "esx02", kind="cold")
    assert queues(*cold, start=gigabit) == []


def test_costs_of_7_0_come_out_the_same_unless_mixed() -> None:
    v80 = {"profile": Profile.VSPHERE_80}
    assert findings(HOST_70, *vmotions(7), **v80) == []
    assert findings(HOST_70, *vmotions(8), **v80) != []
    assert findings(HOST_70, *storage(1), *vmotions(3), **v80) == []
    assert findings(HOST_70, *storage(1), *vmotions(4), **v80) != []


def test_which_profile_has_which_rule_and_none_blocks() -> None:
    ten_gbe = adapters(10_000, TWO_HOSTS)
    for rule, severities in (
        (HOST, ["-", "queue", "queue", "-"]),
        (HOST_70, ["-", "-", "-", "queue"]),
        (HOST_4X, ["queue", "-", "-", "-"]),
        (NIC, ["-", "queue", "queue", "queue"]),
    ):
        assert by_profile(rule, *vmotions(8), start=ten_gbe) == severities
    (finding,) = findings(HOST, *vmotions(8))
    assert not finding.blocks


@pytest.mark.parametrize(
    ("version", "speed", "slots"),
    [("4.0", 1000, 2), ("4.0", 10_000, 2), ("4.1", 1000, 4), ("4.1", 10_000, 8)],
)
def test_slots_of_vsphere_4(version: str, speed: int, slots: int) -> None:
    hosts = [set_to(("hosts", host, "version"), version) for host in ("esx01", "esx02")]
    start = apply(adapters(speed, TWO_HOSTS), hosts)
    asks = {"start": start, "profile": Profile.GUIDE_40}
    assert findings(HOST_4X, *vmotions(slots - 1), **asks) == []
    assert findings(HOST_4X, *vmotions(slots), **asks) != []


def test_first_come_first_served() -> None:
    (finding,) = findings(HOST, *vmotions(9))
    assert finding.path == ("moves",)
    assert finding.fix == "Wait until app01, app02 are done"
    assert "9 of 8 slots of esx01" in finding.message
    assert [e.path for e in finding.edits if e.op == "remove"] == [
        ("moves", "app01"),
        ("moves", "app02"),
    ]
    (finding,) = findings(HOST, *vmotions(8))
    assert finding.fix == "Wait until app01 is done"
    # A move that is under way itself does not wait for itself.
    own = set_to(("moves", "web01"), {"vm": "web01", "source": "esx01", "destination": "esx02"})
    assert findings(HOST, *vmotions(7), own) == []
