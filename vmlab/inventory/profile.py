"""Era and strictness: which release's eyes look at the datacenter."""

from __future__ import annotations

from enum import StrEnum


class Profile(StrEnum):
    """Decides which rules apply and how severe they are.

    `GUIDE_40` takes the vSphere 4.0 guide, page 185, at its word; the others
    judge as vCenter of that release does.
    """

    GUIDE_40 = "guide-4.0"
    VSPHERE_55 = "vsphere-5.5"
    VSPHERE_67 = "vsphere-6.7"
    VSPHERE_80 = "vsphere-8.0"
