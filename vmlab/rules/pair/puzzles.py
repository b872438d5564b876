"""Misconfigurations of moves from one vCenter Server to another."""

from __future__ import annotations

from typing import Any

from vmlab.inventory.path import Edit, Path, set_to
from vmlab.inventory.profile import Profile
from vmlab.rules.misconfiguration import Misconfiguration

_ESX02 = ("hosts", "esx02")


def two_vcenters(here: dict[str, Any], there: dict[str, Any]) -> tuple[Edit, ...]:
    """Give esx02 a vCenter Server, and a cluster, of its own.

    Parameters
    ----------
    here, there : dict
        What is said of vcenter01 and vcenter02 besides their version, 8.0.

    Returns
    -------
    tuple of Edit
        For a scenario whose hosts are in cluster-01.
    """
    return (
        set_to(("vcenters", "vcenter01"), {"version": "8.0", **here}),
        set_to(("vcenters", "vcenter02"), {"version": "8.0", **there}),
        set_to((*_ESX02, "vcenter"), "vcenter02"),
        set_to(("clusters", "cluster-01", "hosts"), ["esx01"]),
        set_to(("clusters", "cluster-02"), {"hosts": ["esx02"]}),
    )


def _puzzle(
    name: str,
    story: str,
    rule: str,
    path: Path,
    here: dict[str, Any] | None = None,
    there: dict[str, Any] | None = None,
    profile: Profile = Profile.VSPHERE_80,
    asks: dict[str, Any] | None = None,
) -> Misconfiguration:
    return Misconfiguration(
        name=name,
        story=story,
        rule=rule,
        path=path,
        edits=two_vcenters(here or {}, there or {}),
        scenario="two-hosts-vsphere-8",
        profile=profile,
        asks=asks or {},
    )


MISCONFIGURATIONS = (
    _puzzle(
        "vcenter-too-old",
        "The second vCenter Server was never upgraded from 5.5.",
        "xvc-version",
        ("vcenters", "vcenter02", "version"),
        there={"version": "5.5"},
    ),
    _puzzle(
        "vcenters-of-6.0-and-6.5",
        "One vCenter Server is of 6.0, the other one of 6.5: these two do not mix.",
        "xvc-version",
        ("vcenters", "vcenter01", "version"),
        here={"version": "6.0"},
        there={"version": "6.5"},
        profile=Profile.VSPHERE_67,
    ),
    _puzzle(
        "another-sso-domain",
        "vcenter02 was installed with a Single Sign-On domain of its own.",
        "xvc-sso",
        ("vcenters", "vcenter02", "sso_domain"),
        there={"sso_domain": "branch.local"},
    ),
    _puzzle(
        "vcenters-not-linked",
        "Both vCenter Servers are in one domain, but vcenter02 was never linked.",
        "xvc-sso",
        ("vcenters", "vcenter02", "linked"),
        there={"linked": False},
    ),
    _puzzle(
        "clocks-apart",
        "The clock of vcenter02 runs an hour ahead: it was set to the wrong time zone.",
        "xvc-time-sync",
        ("vcenters", "vcenter02", "clock_s"),
        there={"clock_s": 3600},
    ),
    _puzzle(
        "target-left-to-chance",
        "A script sends web01 to vcenter02 and leaves host, pool and datastore open.",
        "xvc-explicit-target",
        (*_ESX02, "vcenter"),
        asks={"via": "api", "explicit_target": False},
    ),
)
