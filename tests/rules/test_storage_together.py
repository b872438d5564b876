"""Host and files in one move, and moves between datacenters."""

from __future__ import annotations

import pytest

from support.relocations import TWO_HOSTS, by_profile, findings
from vmlab.inventory import remove, set_to

ERROR = ["error"] * 4
SILENT = ["-"] * 4
BOTH = {"kind": "both", "datastore": "nfs-01"}
NFS = ("datastores", "nfs-01", "mounts")


@pytest.mark.parametrize(("version", "able"), [("5.0", False), ("5.1", True), ("6.0", True)])
@pytest.mark.parametrize("host", ["esx01", "esx02"])
def test_both_at_once_from_5_1_on(host: str, version: str, able: bool) -> None:
    edit = set_to(("hosts", host, "version"), version)
    assert by_profile("xvm-capability", edit, **BOTH) == (SILENT if able else ERROR)
    for finding in findings("xvm-capability", edit, **BOTH):
        assert finding.fault is not None
        assert finding.fault.fields["atSourceHost"] is (host == "esx01")
        assert finding.path == edit.path
        assert finding.edits == ()


def test_one_after_the_other_was_always_possible() -> None:
    for asked in ({"kind": "storage", "datastore": "nfs-01"}, {"kind": "vmotion"}):
        assert by_profile("xvm-capability", start=TWO_HOSTS, **asked) == SILENT
    # Off, both may change at once (guide, p. 184).
    cold = {**BOTH, "kind": "cold"}
    assert by_profile("xvm-capability", start=TWO_HOSTS, **cold) == SILENT
    (here, there) = findings("xvm-capability", start=TWO_HOSTS, **BOTH)
    assert (here.path[1], there.path[1]) == ("esx01", "esx02")


def test_the_target_sees_where_files_go() -> None:
    gone = remove((*NFS, "esx02"))
    expected = ["-", *ERROR[1:]]
    for kind in ("both", "cold", "suspended"):
        assert by_profile("xvm-dest-storage", gone, **{**BOTH, "kind": kind}) == expected
    for kind in ("storage", "vmotion"):
        assert by_profile("xvm-dest-storage", gone, **{**BOTH, "kind": kind}) == SILENT
    # The source needs not see it: from 5.1 on nothing need be shared.
    assert findings("xvm-dest-storage", remove((*NFS, "esx01")), **BOTH) == []
    assert findings("xvm-dest-storage", kind="both", datastore="esx02-local") == []
    (finding,) = findings("xvm-dest-storage", kind="both", datastore="esx01-local")
    assert finding.edits == ()


def test_a_running_vm_stayed_in_its_datacenter() -> None:
    edit = set_to(("hosts", "esx02", "datacenter"), "Annexe")
    expected = ["error", "error", "-", "-"]
    assert by_profile("dc-same-datacenter", edit) == expected
    assert by_profile("dc-same-datacenter", edit, **BOTH) == expected
    for kind in ("cold", "suspended", "storage"):
        assert by_profile("dc-same-datacenter", edit, kind=kind) == SILENT
    assert by_profile("dc-same-datacenter") == SILENT
