"""CPU for the migration by priority, and guests that write faster than the link sends."""

from __future__ import annotations

import pytest

from support.relocations import TWO_HOSTS, by_profile, findings
from vmlab.inventory import Edit, apply, remove, set_to

HIGH, LOW, PACE = "cap-priority-high", "cap-priority-low", "cap-precopy-convergence"
ACTIVITY = ("vms", "web01", "activity")
# 1 GbE is 125,000,000 bytes a second: 30,517.6 pages of 4 KiB.
GIGABIT_PAGES = 30_517


def busy(mhz: float, host: str = "esx02") -> Edit:
    return set_to(("vms", "db01"), {"host": host, "home": "san-01", "cpu_reservation_mhz": mhz})


@pytest.mark.parametrize("host", ["esx01", "esx02"])
def test_cpu_for_the_migration_on_both_hosts(host: str) -> None:
    # 23,200 MHz, of which a move over 10 GbE wants a core of 2900, over 1 GbE 30 percent.
    assert findings(HIGH, busy(20_300, host)) == []
    (finding,) = findings(HIGH, busy(20_301, host))
    assert finding.fault is not None
    assert finding.fault.fields == {"host": host, "unreserved": 2899, "requested": 2900}
    assert findings(HIGH, busy(22_330, host), start=TWO_HOSTS) == []
    assert findings(HIGH, busy(22_331, host), start=TWO_HOSTS) != []


def test_the_priority_decides_what_it_means() -> None:
    short = busy(23_000)
    assert by_profile(HIGH, short) == ["error"] * 4
    assert by_profile(HIGH, short, priority="low") == ["-"] * 4
    assert by_profile(LOW, short, priority="low") == ["advice"] * 4
    assert by_profile(LOW, short) == ["-"] * 4
    assert findings(HIGH, short, kind="suspended") == []
    assert findings(HIGH, short, kind="storage", datastore="nfs-01") == []


def pages(per_s: float, working_set_mib: float = 1024) -> tuple[Edit, ...]:
    return (
        set_to((*ACTIVITY, "dirty_pages_per_s"), per_s),
        set_to((*ACTIVITY, "working_set_mib"), working_set_mib),
    )


def test_pre_copy_shrinks_while_the_link_is_faster() -> None:
    assert findings(PACE, *pages(GIGABIT_PAGES), start=TWO_HOSTS) == []
    (finding,) = findings(PACE, *pages(GIGABIT_PAGES + 1), start=TWO_HOSTS)
    assert finding.path == (*ACTIVITY, "dirty_pages_per_s")
    assert by_profile(PACE, *pages(GIGABIT_PAGES + 1), start=TWO_HOSTS) == ["warning"] * 4
    assert findings(PACE, *pages(GIGABIT_PAGES + 1)) == []  # 10 GbE
    assert findings(PACE, *pages(10 * GIGABIT_PAGES + 10)) != []


def test_equal_rates_do_not_shrink() -> None:
    exact = 125_000_000 / 4096
    assert findings(PACE, *pages(exact), start=TWO_HOSTS) != []


def test_the_slower_of_two_uplinks_counts() -> None:
    slow = apply(
        TWO_HOSTS, [set_to(("hosts", "esx02", "physical_nics", "vmnic1", "speed_mbit_s"), 100)]
    )
    assert findings(PACE, start=slow) != []
    gone = remove(("hosts", "esx02", "vmkernel_adapters", "vmk0"))
    assert findings(PACE, gone, *pages(1e9), start=TWO_HOSTS) == []


def test_a_working_set_that_is_sent_within_the_goal_always_fits() -> None:
    # Half a second of 1 GbE: 62.5 MB, 59.6 MiB.
    assert findings(PACE, *pages(1e6, 59.6), start=TWO_HOSTS) == []
    assert findings(PACE, *pages(1e6, 59.7), start=TWO_HOSTS) != []


def test_only_running_vms_write() -> None:
    assert findings(PACE, *pages(1e9), start=TWO_HOSTS, kind="suspended") == []
    assert findings(PACE, *pages(1e9), start=TWO_HOSTS, kind="cold") == []
