"""A session: edits, the wish, undo and redo, files."""

from __future__ import annotations

import pytest

from vmlab.documents import InputError
from vmlab.inventory.path import remove, set_to
from vmlab.inventory.profile import Profile
from vmlab.inventory.scenario import Scenario, load, scenario_names
from vmlab.labs.fault_choice import choice
from vmlab.labs.session import Session

MEMORY = ("vms", "web01", "memory_mib")


def three_hosts_two_vms() -> Session:
    """A session in which a VM and a host are not the only choice."""
    session = Session(load("two-hosts"))
    session.edit(
        [
            set_to(("hosts", "esx03"), {"kind": "ESX", "version": "4.0"}),
            set_to(("vms", "db01"), {"host": "esx01", "home": "san-01"}),
        ]
    )
    session.choose(vm="db01", to="esx03")
    return session


@pytest.fixture
def session() -> Session:
    return Session(load("two-hosts"))


def test_it_begins_with_the_scenarios_move_and_profile(session: Session) -> None:
    assert session.move is not None
    assert (session.move.vm, session.move.source, session.move.destination) == (
        "web01",
        "esx01",
        "esx02",
    )
    assert session.wish.profile is Profile.GUIDE_40
    assert not session.can_undo
    assert not session.can_redo


def test_an_edit_discards_the_run(session: Session) -> None:
    outcome = session.migrate()
    assert session.outcome is outcome
    session.set(MEMORY, 2048)
    assert session.outcome is None
    assert session.runs == [outcome]


def test_a_refused_edit_changes_nothing(session: Session) -> None:
    session.migrate()
    kept = session.datacenter, session.wish, session.outcome, session.can_redo
    with pytest.raises(InputError, match="memory_mib"):
        session.edit([set_to(("vms", "web01", "vcpus"), 4), set_to(MEMORY, "much")])
    assert (session.datacenter, session.wish, session.outcome, session.can_redo) == kept


def test_undo_and_redo_walk_through_every_change(session: Session) -> None:
    seen = [session.datacenter]
    for mebibytes in (1024, 2048, 3072):
        session.set(MEMORY, mebibytes)
        seen.append(session.datacenter)
    for earlier in reversed(seen[:-1]):
        session.undo()
        assert session.datacenter == earlier
    assert not session.can_undo
    session.undo()
    assert session.datacenter == seen[0]
    for later in seen[1:]:
        session.redo()
        assert session.datacenter == later
    assert not session.can_redo


def test_a_new_change_forgets_what_was_taken_back(session: Session) -> None:
    session.set(MEMORY, 1024)
    session.undo()
    session.set(MEMORY, 2048)
    assert not session.can_redo


def test_migrate_then_undo_puts_the_vm_back(session: Session) -> None:
    before = session.datacenter
    session.migrate()
    assert session.datacenter.vms["web01"].host == "esx02"
    assert session.move is not None
    assert session.move.destination == "esx01"
    session.undo()
    assert session.datacenter == before
    assert session.outcome is None
    assert session.move.destination == "esx02"
    session.redo()
    assert session.datacenter.vms["web01"].host == "esx02"


def test_a_run_that_comes_home_is_no_change(session: Session) -> None:
    session.choose(fault=choice("link-down"))
    assert session.migrate().outcome == "rolled-back"
    assert not session.can_undo


@pytest.mark.parametrize(
    ("path", "name", "wish"),
    [
        (("vms", "db01"), "zz", ("zz", "esx03")),
        (("hosts", "esx03"), "zz", ("db01", "zz")),
        (("vms", "web01"), "zz", ("db01", "esx03")),
        (("hosts", "esx01"), "zz", ("db01", "esx03")),
    ],
)
def test_a_rename_keeps_the_wish(path: tuple[str, ...], name: str, wish: tuple[str, str]) -> None:
    session = three_hosts_two_vms()
    before = session.datacenter, session.wish
    assert session.rename(path, name) == (*path[:-1], name)
    assert (session.wish.vm, session.wish.to) == wish
    after = session.datacenter, session.wish
    session.undo()
    assert (session.datacenter, session.wish) == before
    session.redo()
    assert (session.datacenter, session.wish) == after


def test_a_rename_to_the_same_name_is_no_change(session: Session) -> None:
    assert session.rename(("vms", "web01"), "web01") == ("vms", "web01")
    assert not session.can_undo


def test_when_the_chosen_vm_or_host_goes_another_is_chosen() -> None:
    session = three_hosts_two_vms()
    session.remove(("vms", "db01"))
    assert (session.wish.vm, session.wish.to) == ("web01", "esx03")
    session.remove(("hosts", "esx03"))
    assert (session.wish.vm, session.wish.to) == ("web01", "esx02")
    session.remove(("vms", "web01"))
    assert session.wish.vm is None
    assert session.move is None
    with pytest.raises(InputError, match="nothing to move"):
        session.migrate()
    for _ in range(3):
        session.undo()
    assert (session.wish.vm, session.wish.to) == ("db01", "esx03")


def test_undo_takes_back_the_change_not_a_later_choice(session: Session) -> None:
    session.set(MEMORY, 1024)
    session.choose(fault=choice("cancelled"), profile="vsphere-8.0", seed=7)
    session.undo()
    assert session.wish.fault.fault == "cancelled"
    assert session.wish.profile is Profile.VSPHERE_80
    assert session.wish.seed == 7


def test_a_vm_that_is_on_the_chosen_host_aims_elsewhere() -> None:
    session = three_hosts_two_vms()
    session.edit([set_to(("vms", "web01", "host"), "esx03")])
    session.choose(vm="web01")
    assert session.move is not None
    assert session.move.destination == "esx01"


@pytest.mark.parametrize(
    ("wish", "said"),
    [
        ({"vm": "nope"}, "web01"),
        ({"to": "nope"}, "esx01, esx02"),
        ({"to": "esx01"}, "another host"),
        ({"kind": "storage"}, "vmotion"),
        ({"kind": "nope"}, "vmotion"),
        ({"profile": "nope"}, "guide-4.0"),
        ({"seed": -1}, "from 0"),
        ({"seed": 2**63}, "from 0"),
        ({"seed": "1.5"}, "digits"),
    ],
)
def test_a_wish_for_what_is_not_there_is_refused(
    session: Session, wish: dict[str, object], said: str
) -> None:
    kept = session.wish
    with pytest.raises(InputError, match=said):
        session.choose(**wish)
    assert session.wish == kept


def test_the_seed_of_the_wish_draws_the_pages(session: Session) -> None:
    session.choose(seed="12")
    case = session.migrate().case
    assert case is not None
    assert case.seed == 12


@pytest.mark.parametrize("fault", ["", "cancelled"])
def test_the_profile_of_the_wish_judges_the_run(session: Session, fault: str) -> None:
    session.choose(profile="vsphere-8.0", fault=choice(fault))
    assert session.migrate().report.profile is Profile.VSPHERE_80
    assert session.report.profile is Profile.VSPHERE_80


def test_reset_returns_to_the_start_and_can_be_undone(session: Session) -> None:
    start = session.datacenter, session.wish
    session.set(MEMORY, 1024)
    session.choose(profile="vsphere-8.0", fault=choice("cancelled"))
    changed = session.datacenter, session.wish
    session.reset()
    assert (session.datacenter, session.wish) == start
    session.undo()
    assert (session.datacenter, session.wish) == changed
    session.redo()
    assert (session.datacenter, session.wish) == start


@pytest.mark.parametrize("name", scenario_names())
def test_what_is_saved_can_be_loaded(name: str) -> None:
    session = Session(load(name))
    session.rename(("vms", "web01"), "on # off: ~")
    session.set(("vms", "on # off: ~", "memory_mib"), 1024)
    session.choose(profile="vsphere-8.0")
    text = session.save()
    other = Session(load("two-hosts"))
    started = other.datacenter
    other.load("lab.yaml", text)
    assert other.datacenter == session.datacenter
    assert other.wish == session.wish
    assert other.save() != ""
    other.undo()
    assert other.datacenter == started


def test_what_is_saved_without_a_move_can_be_loaded(session: Session) -> None:
    session.remove(("vms", "web01"))
    other = Session(load("two-hosts"))
    other.load("lab.yaml", session.save())
    assert other.datacenter == session.datacenter
    assert other.move is None


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "empty"),
        ("- a", "a list"),
        ("a: [", "YAML"),
        ("nope: 1", "nope"),
        ("vmlab: 9", "version 9"),
        ("#" * 20_000_001, "20 MB"),
    ],
)
def test_a_bad_file_changes_nothing(session: Session, text: str, said: str) -> None:
    session.migrate()
    kept = session.datacenter, session.wish, session.outcome
    with pytest.raises(InputError, match=said):
        session.load("bad.yaml", text)
    assert (session.datacenter, session.wish, session.outcome) == kept


def test_a_scenario_whose_vm_is_already_there_aims_elsewhere() -> None:
    document = load("two-hosts").model_dump(mode="json")
    document["move"] = {"vm": "web01", "to": "esx01"}
    session = Session(Scenario.model_validate(document))
    assert session.move is not None
    assert session.move.destination == "esx02"


class TestUplinks:
    NIC = ("hosts", "esx01", "physical_nics", "vmnic0", "@uplink_of")

    def uplinks(self, session: Session) -> dict[str, tuple[tuple[str, ...], tuple[str, ...]]]:
        switches = session.datacenter.hosts["esx01"].virtual_switches
        return {name: (s.active, s.standby) for name, s in switches.items()}

    def test_an_adapter_is_the_uplink_of_one_switch(self, session: Session) -> None:
        session.set(self.NIC, "vSwitch1:standby")
        assert self.uplinks(session) == {
            "vSwitch0": ((), ()),
            "vSwitch1": (("vmnic1",), ("vmnic0",)),
        }
        session.undo()
        assert self.uplinks(session)["vSwitch0"] == (("vmnic0",), ())

    @pytest.mark.parametrize("none", ["", None])
    def test_or_of_none(self, session: Session, none: str | None) -> None:
        session.set(self.NIC, none)
        assert self.uplinks(session)["vSwitch0"] == ((), ())

    def test_where_it_is_already_nothing_changes(self, session: Session) -> None:
        session.set(self.NIC, "vSwitch0:active")
        assert not session.can_undo

    @pytest.mark.parametrize("wanted", ["vSwitch9:active", "vSwitch0:sideways", "vSwitch0", ":"])
    def test_no_other_place_is_known(self, session: Session, wanted: str) -> None:
        with pytest.raises(InputError, match="vSwitch1:standby"):
            session.set(self.NIC, wanted)
        assert not session.can_undo

    @pytest.mark.parametrize(
        "path", [(), ("hosts",), ("hosts", "esx01", "virtual_switches", "vSwitch0"), ("a", "b")]
    )
    def test_only_an_adapter_can_be_one(self, session: Session, path: tuple[str, ...]) -> None:
        with pytest.raises(InputError, match="physical adapter"):
            session.set((*path, "@uplink_of"), "vSwitch0:active")


def test_a_fix_mends_its_finding_only(session: Session) -> None:
    session.edit([remove(("hosts", host, "licence")) for host in ("esx01", "esx02")])
    assert [finding.path[1] for finding in session.report.errors] == ["esx01", "esx02"]
    session.fix("lic-vmotion-both-hosts", 1)
    assert [finding.path[1] for finding in session.report.errors] == ["esx01"]
    session.fix("lic-vmotion-both-hosts")
    assert session.report.ok
    for index in (0, -1, 99):
        with pytest.raises(InputError, match="by hand"):
            session.fix("lic-vmotion-both-hosts", index)
    session.undo()
    assert [finding.path[1] for finding in session.report.errors] == ["esx01"]


def test_what_fails_halfway_is_put_back(session: Session) -> None:
    session.set(MEMORY, 1024)
    session.set(MEMORY, 2048)
    session.undo()
    kept = session.datacenter, session.wish

    def failing() -> None:
        with session.all_or_nothing():
            session.migrate()
            session.reset()
            raise RuntimeError

    with pytest.raises(RuntimeError):
        failing()
    assert (session.datacenter, session.wish, session.outcome) == (*kept, None)
    assert session.runs == []
    session.redo()
    assert session.datacenter.vms["web01"].memory_mib == 2048
    session.undo()
    session.undo()
    assert not session.can_undo
