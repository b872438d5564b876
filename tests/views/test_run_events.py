"""The task's events: where their stages begin, and in words."""

from __future__ import annotations

from vmlab.inventory import apply, load, set_to
from vmlab.migration import migrate, parse
from vmlab.rules.check import request
from vmlab.views.run_events import events_json
from vmlab.views.run_facts import facts


def test_events_of_a_vm_at_rest_stand_where_their_stages_begin() -> None:
    off = apply(load("two-hosts").datacenter, [set_to(("vms", "web01", "power_state"), "off")])
    move = request(off, "web01", None, "cold", datastore="nfs-01")
    begins, ends = events_json(facts(migrate(off, move)), lambda at_s: at_s)
    assert (begins["name"], ends["name"]) == ("VmBeingRelocatedEvent", "VmRelocatedEvent")
    assert begins["s"] < 2 < ends["s"]
    assert begins["message"] == "Relocating web01 to nfs-01"


def test_an_expired_licence_and_a_vm_switched_off_are_told_in_words() -> None:
    start = load("two-hosts").datacenter
    move = request(start, "web01", "esx02")
    for fault in ("licence-expired", "vm-powered-off"):
        found = events_json(facts(migrate(start, move, disturbances=[parse(fault)])), lambda s: s)
        assert all(one["message"] for one in found)
