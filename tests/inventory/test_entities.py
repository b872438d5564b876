"""Facts are frozen, go by name, and come back from YAML as they were."""

from __future__ import annotations

import json
import os
import pickle
import subprocess
import sys
from ipaddress import IPv4Address
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from hypothesis import given, settings
from pydantic import BaseModel, ValidationError

from support.datacenters import datacenters
from vmlab.documents import InputError, parse_document
from vmlab.inventory import (
    Datacenter,
    Host,
    PhysicalNic,
    PhysicalSwitch,
    Scenario,
    ServiceConsoleAdapter,
    VMkernelAdapter,
    load,
    look_up,
    scenario_names,
)
from vmlab.inventory.scenario import from_document, scenario_path

TWO_HOSTS = load("two-hosts").datacenter


def entities(node: Any) -> list[BaseModel]:
    found: list[BaseModel] = []
    if isinstance(node, BaseModel):
        found.append(node)
        for field in type(node).model_fields:
            found += entities(getattr(node, field))
    elif hasattr(node, "values"):
        for child in node.values():
            found += entities(child)
    return found


@pytest.mark.parametrize("entity", entities(load("two-hosts")), ids=lambda e: type(e).__name__)
def test_nothing_can_be_changed(entity: BaseModel) -> None:
    for field in type(entity).model_fields:
        with pytest.raises(ValidationError):
            setattr(entity, field, getattr(entity, field))


def test_collections_cannot_be_changed() -> None:
    with pytest.raises(TypeError):
        TWO_HOSTS.hosts["esx03"] = TWO_HOSTS.hosts["esx01"]  # type: ignore[index]
    with pytest.raises(TypeError):
        del TWO_HOSTS.hosts["esx01"]  # type: ignore[attr-defined]
    assert not hasattr(TWO_HOSTS.hosts, "update")
    assert isinstance(TWO_HOSTS.hosts["esx01"].physical_nics["vmnic0"].vlans, tuple)


@given(datacenters())
def test_equal_datacenters_hash_alike(datacenter: Datacenter) -> None:
    again = Datacenter.model_validate(datacenter.model_dump(mode="json", exclude_defaults=True))
    assert again == datacenter
    assert hash(again) == hash(datacenter)
    assert {datacenter: 1}[again] == 1


def test_a_difference_deep_down_is_a_difference() -> None:
    data = TWO_HOSTS.model_dump(mode="json", exclude_defaults=True)
    data["hosts"]["esx02"]["vmkernel_adapters"]["vmk0"]["mtu"] = 9000
    assert Datacenter.model_validate(data) != TWO_HOSTS


def test_everything_goes_by_the_name_it_stands_under() -> None:
    for mapping in ("hosts", "datastores", "vms", "subnets", "clusters", "physical_switches"):
        for name, entity in getattr(TWO_HOSTS, mapping).items():
            assert entity.name == name
    assert TWO_HOSTS.vms["web01"].disks["disk 2"].name == "disk 2"


def test_an_entity_put_under_another_name_takes_it() -> None:
    switch = PhysicalSwitch(name="old")
    datacenter = Datacenter(physical_switches={"new": switch})  # type: ignore[arg-type]
    assert datacenter.physical_switches["new"].name == "new"
    assert switch.name == "old"


def test_a_hash_does_not_travel_to_another_process() -> None:
    # Text hashes differently in each process; a fleet's workers send entities.
    hash(TWO_HOSTS)
    program = (
        "import pickle, sys\n"
        "from vmlab.inventory import load\n"
        "sent = pickle.load(sys.stdin.buffer)\n"
        "own = load('two-hosts').datacenter\n"
        "assert sent == own and hash(sent) == hash(own)\n"
    )
    env = {**os.environ, "PYTHONHASHSEED": "4711"}
    subprocess.run(
        [sys.executable, "-c", program], input=pickle.dumps(TWO_HOSTS), env=env, check=True
    )


def walk(found: Any, path: tuple[str, ...], datacenter: Datacenter) -> int:
    assert look_up(datacenter, path) == found
    if isinstance(found, BaseModel):
        fields = set(type(found).model_fields)
        return 1 + sum(walk(getattr(found, f), (*path, f), datacenter) for f in fields)
    if hasattr(found, "items"):
        return 1 + sum(walk(child, (*path, name), datacenter) for name, child in found.items())
    return 1


def test_every_field_has_a_path() -> None:
    assert walk(TWO_HOSTS, (), TWO_HOSTS) > 200


@pytest.mark.parametrize(
    "path",
    [
        ("nobody",),
        ("hosts", "esx09"),
        ("hosts", "esx01", "colour"),
        ("name", "first"),
        ("hosts", "esx01", "model_fields"),
        ("hosts", "esx01", "physical_nics", "vmnic0", "is_up"),
    ],
)
def test_other_paths_lead_nowhere(path: tuple[str, ...]) -> None:
    with pytest.raises(KeyError):
        look_up(TWO_HOSTS, path)


@pytest.mark.parametrize("name", scenario_names())
def test_a_bundled_scenario_comes_back_as_it_was(name: str) -> None:
    scenario = load(name)
    again = from_document(parse_document(scenario.to_yaml(), "again.yaml"))
    assert again == scenario
    assert again.to_yaml() == scenario.to_yaml()
    assert list(again.datacenter.hosts) == list(scenario.datacenter.hosts)


@settings(deadline=None)
@given(datacenters())
def test_any_datacenter_comes_back_as_it_was(datacenter: Datacenter) -> None:
    scenario = Scenario(datacenter=datacenter, title="made by chance")
    again = from_document(parse_document(scenario.to_yaml(), "again.yaml"))
    assert again.datacenter == datacenter
    assert again.to_yaml() == scenario.to_yaml()


SCHEMA = Scenario.model_json_schema()


def test_the_schema_is_a_schema() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    json.dumps(SCHEMA, allow_nan=False)


@pytest.mark.parametrize("name", scenario_names())
def test_the_schema_describes_the_bundled_scenarios(name: str) -> None:
    # As an editor does: YAML's own types, then the schema.
    said = yaml.safe_load(scenario_path(name).read_text("utf-8"))
    jsonschema.validate(said, SCHEMA)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("hosts", "esx01", "kind"), "KVM"),
        (("hosts", "esx01", "memory_mb"), 1),
        (("hosts", "esx01", "physical_nics", "vmnic0", "vlans"), [5000]),
        (("vms", "web01"), {"memory_mib": 4096}),
        (("vms", "web01", "name"), "web01"),
    ],
)
def test_the_schema_refuses_what_vmlab_refuses(path: tuple[str, ...], value: object) -> None:
    said = yaml.safe_load(scenario_path("two-hosts").read_text("utf-8"))
    node = said["datacenter"]
    for name in path[:-1]:
        node = node[name]
    node[path[-1]] = value
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(said, SCHEMA)
    with pytest.raises(InputError):
        from_document(parse_document(yaml.safe_dump(said), "broken.yaml"))


def problems(text: str) -> list[tuple[int | None, str, str, str]]:
    with pytest.raises(InputError) as caught:
        from_document(parse_document(text, "lab.yaml"))
    return [(p.line, ".".join(p.place), p.message, p.remedy) for p in caught.value.problems]


def test_every_mistake_in_a_scenario_at_once() -> None:
    found = problems(
        "vmlab: 1\n"
        "profile: vsphere-3.5\n"  # 2: no such profile
        "move: {vm: db01, to: esx09}\n"  # 3: neither exists
        "datacenter:\n"
        "  hosts:\n"
        "    esx01:\n"
        "      kind: KVM\n"  # 7: no such product
        "      physical_nic: {}\n"  # 8: near miss
        "      physical_nics: {vmnic0: {cable: lan}}\n"  # 9: no such switch
        "      virtual_switches: {vSwitch0: {active: vmnic0, standby: vmnic7}}\n"  # 10: no such NIC
        "  vms:\n"
        "    web01: {host: esx02, home: san-01}\n"  # 12: no such host, no such datastore
    )
    assert [(line, place) for line, place, *_ in found] == [
        (2, "profile"),
        (3, "move.vm"),
        (3, "move.to"),
        (7, "datacenter.hosts.esx01.kind"),
        (8, "datacenter.hosts.esx01.physical_nic"),
        (9, "datacenter.hosts.esx01.physical_nics.vmnic0.cable"),
        (10, "datacenter.hosts.esx01.virtual_switches.vSwitch0.standby.0"),
        (12, "datacenter.vms.web01.host"),
        (12, "datacenter.vms.web01.home"),
    ]
    assert found[4][3] == "Did you mean `physical_nics`"
    assert found[7][2:] == ("there is no host named 'esx02'", "Known: esx01")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", "''"),
        ("name", "'  '"),
        ("name", "x" * 81),
        ("name", '"a\\tb"'),
        ("name", '"a\\u2028b"'),
    ],
)
def test_names_that_nobody_can_read_are_refused(field: str, value: str) -> None:
    (found,) = problems(f"datacenter:\n  physical_switches:\n    ? {value}\n    : {{}}\n")
    assert found[0] == 3
    assert "name" in found[2]


@pytest.mark.parametrize("version", ["2", "1.0", "one", "", "[1]"])
def test_another_format_is_refused(version: str) -> None:
    (found,) = problems(f"vmlab: {version}\ndatacenter: {{}}\n")
    assert found[:2] == (1, "vmlab")
    assert "Use `vmlab: 1`" in found[3]


def test_a_scenario_without_its_version_is_of_this_version() -> None:
    assert from_document(parse_document("datacenter: {}\n", "lab.yaml")).vmlab == 1


def test_a_name_leads_to_a_bundled_scenario(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert load("two-hosts").title == "Two hosts"
    (tmp_path / "two-hosts").write_text("title: Mine\ndatacenter: {}\n")
    assert load("two-hosts").title == "Mine"
    assert load(tmp_path / "two-hosts").title == "Mine"


def test_a_folder_of_that_name_does_not_hide_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "two-hosts").mkdir()
    assert load("two-hosts").title == "Two hosts"


@pytest.mark.parametrize("name", ["three-hosts", "lab.yaml", "a" * 300, "a" * 5000, "x\0y", "a/b"])
def test_an_unknown_name_lists_the_known_ones(name: str) -> None:
    with pytest.raises(InputError) as caught:
        load(name)
    (problem,) = caught.value.problems
    for known in scenario_names():
        assert known in problem.remedy


@pytest.mark.parametrize("mask", ["255.255.255.0", "255.255.240.0", "255.255.255.255", "0.0.0.0"])
def test_netmasks(mask: str) -> None:
    assert VMkernelAdapter.model_validate({"port_group": "x", "netmask": mask})


@pytest.mark.parametrize("mask", ["0.0.0.255", "255.0.255.0", "255.255.255.1", "24"])
def test_what_is_no_netmask(mask: str) -> None:
    # Python takes 0.0.0.255 for a host mask, which no host's form accepts.
    with pytest.raises(ValidationError):
        VMkernelAdapter.model_validate({"port_group": "x", "netmask": mask})


@pytest.mark.parametrize(
    ("ip", "mask", "usable"),
    [
        ("10.0.50.11", "255.255.255.0", True),
        ("10.0.50.0", "255.255.255.0", False),
        ("10.0.50.255", "255.255.255.0", False),
        ("10.0.50.255", "255.255.0.0", True),
        ("0.0.0.0", "0.0.0.0", False),
        ("10.0.50.0", "255.255.255.254", True),  # RFC 3021: both addresses of a /31 are hosts
        (None, "255.255.255.0", False),
    ],
)
def test_usable_addresses(ip: str | None, mask: str, usable: bool) -> None:
    adapter = ServiceConsoleAdapter(
        port_group="x", ip=ip and IPv4Address(ip), netmask=IPv4Address(mask)
    )
    assert adapter.has_usable_ip is usable


def test_a_cable_carries_its_vlans_and_every_trunk() -> None:
    nic = PhysicalNic(vlans=(10, 20), cable="lan")
    assert nic.carries(10)
    assert not nic.carries(0)
    assert nic.carries(4095)  # VLAN 4095 hands every frame through (rules.md, section 2)
    assert not PhysicalNic(link="up").is_up  # nothing is in it


def test_uplinks_follow_the_port_group_then_the_switch() -> None:
    host = Datacenter.model_validate(
        {
            "hosts": {
                "h": {
                    "physical_nics": {"a": {}, "b": {}, "c": {}},
                    "virtual_switches": {"s": {"active": "a, b", "standby": ["c"]}},
                    "port_groups": {
                        "as switch": {"virtual_switch": "s"},
                        "own": {"virtual_switch": "s", "active": ["c"], "standby": ["a"]},
                        "none": {"virtual_switch": "s", "active": [], "standby": []},
                    },
                }
            }
        }
    ).hosts["h"]
    named = {g: "".join(nic.name for nic in host.uplinks(g)) for g in host.port_groups}
    assert named == {"as switch": "abc", "own": "ca", "none": ""}
    assert "".join(nic.name for nic in host.active_uplinks("own")) == "c"
    assert host.uplinks("nobody") == ()


def test_a_standby_uplink_is_used_only_where_no_active_one_is_up() -> None:
    def host(**links: str) -> Host:
        nics = {name: {"link": link, "cable": "x"} for name, link in links.items()}
        switch = {"active": ["a", "b"], "standby": ["c"]}
        groups = {"g": {"virtual_switch": "s"}}
        facts = {"physical_nics": nics, "virtual_switches": {"s": switch}, "port_groups": groups}
        return Host.model_validate(facts)

    def used(host: Host) -> str:
        return "".join(nic.name for nic in host.uplinks_in_use("g"))

    assert used(host(a="up", b="up", c="up")) == "ab"
    assert used(host(a="down", b="up", c="up")) == "b"
    assert used(host(a="down", b="down", c="up")) == "c"
    assert used(host(a="down", b="down", c="down")) == ""
