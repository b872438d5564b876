"""The matrix says of every pair what a check of it says."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import vmlab
from support.datacenters import changed, datacenters
from support.fleets import broken, fleet
from vmlab.documents import InputError
from vmlab.fleet.matrix import Matrix, matrix
from vmlab.inventory import Datacenter, Profile, load, scenario_names
from vmlab.rules import MISCONFIGURATIONS, Misconfiguration, check, request

PROFILES = st.sampled_from(list(Profile))


def agrees(datacenter: Datacenter, profile: Profile) -> Matrix:
    """Compare verdict, first reason and counts with a check of each pair."""
    found = matrix(datacenter, profile)
    running = [vm.name for vm in datacenter.vms.values() if vm.power_state == "on"]
    assert list(found.vms) == running
    assert list(found.hosts) == list(datacenter.hosts)
    blocks: Counter[str] = Counter()
    only: Counter[str] = Counter()
    for vm in found.vms:
        for host in found.hosts:
            if datacenter.vms[vm].host == host:
                assert not found.allowed(vm, host)
                assert found.first_reason(vm, host) is None
                continue
            report = check(datacenter, request(datacenter, vm, host), profile)
            refusing = list(dict.fromkeys(finding.rule.id for finding in report.errors))
            first = refusing[0] if refusing else None
            assert (vm, host, found.first_reason(vm, host)) == (vm, host, first)
            assert found.allowed(vm, host) is report.ok
            blocks.update(refusing)
            if len(refusing) == 1:
                only.update(refusing)
    counted = {row[0]: (row[2], row[3]) for row in found.counts().rows}
    assert counted == {rule: (n, only[rule]) for rule, n in blocks.items()}
    return found


@pytest.mark.parametrize("misconfiguration", MISCONFIGURATIONS, ids=lambda m: m.name)
def test_every_misconfiguration(misconfiguration: Misconfiguration) -> None:
    agrees(misconfiguration.datacenter(), misconfiguration.profile)


@settings(max_examples=40, deadline=None)
@given(st.data(), PROFILES)
def test_several_misconfigurations_on_more_hosts(data: st.DataObject, profile: Profile) -> None:
    agrees(data.draw(broken()), profile)


@settings(max_examples=25, deadline=None)
@given(st.data(), PROFILES)
def test_whatever_a_learner_makes_of_a_scenario(data: st.DataObject, profile: Profile) -> None:
    start = load(data.draw(st.sampled_from(scenario_names()))).datacenter
    agrees(data.draw(changed(start)), profile)


@settings(max_examples=25, deadline=None)
@given(datacenters(), PROFILES)
def test_any_datacenter(datacenter: Datacenter, profile: Profile) -> None:
    agrees(datacenter, profile)


@pytest.mark.parametrize("profile", Profile)
def test_a_fleet_of_clusters(profile: Profile) -> None:
    found = agrees(fleet(12, 35, seed=5), profile)
    assert 0 < found.free < found.pairs


def test_its_forms() -> None:
    datacenter = fleet(30, 20, seed=2)
    found = vmlab.matrix(datacenter, "vsphere-8.0")
    assert repr(found) == repr(matrix(datacenter, Profile.VSPHERE_80))
    document = found.to_json()
    assert document["profile"] == "vsphere-8.0"
    frame = found.to_frame()
    for r, vm in enumerate(found.vms):
        allowed = [host for host in found.hosts if found.allowed(vm, host)]
        assert document["allowed"][r] == allowed
        reasons = [found.first_reason(vm, host) for host in found.hosts]
        assert document["first_reason"][r] == reasons
        assert frame.loc[vm].astype(object).where(frame.loc[vm].notna(), None).tolist() == reasons
    assert found.free == int(np.count_nonzero(found.flags))
    assert found.pairs == len(found.vms) * 19
    table = found.table(vms=3, hosts=4)
    assert len(table.rows) == 3
    assert "16 more hosts" in table.title
    assert "<table>" in found._repr_html_()


def test_a_datacenter_without_hosts_or_vms() -> None:
    found = matrix(Datacenter())
    assert repr(found) == "Matrix of 0 VMs and 0 hosts: 0 of 0 moves may go"
    assert found.to_json()["helps_most"] is None
    assert found.counts().rows == []
    assert found.to_frame().empty


def test_an_unknown_name_is_bad_input() -> None:
    found = matrix(load("two-hosts"))
    with pytest.raises(InputError, match="no host named"):
        found.allowed("web01", "esx99")
    with pytest.raises(InputError, match="running virtual machine"):
        found.first_reason("web99", "esx02")
