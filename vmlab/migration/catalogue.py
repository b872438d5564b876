"""The failure catalogue: each code, where the task's bar is said to stop, and who says so.

Codes are this project's own. How far the bar of a failed task had come is
mostly folklore: a few numbers stand on a page that can be read, the others are
retold without one. `Failure.bar_told` keeps the two apart.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Told = Literal["confirmed", "folklore", "not told"]


@dataclass(frozen=True)
class Failure:
    """One code.

    Parameters
    ----------
    code : str
        Its name.
    gist : str
        What the message says, in this project's words.
    source : str
        Who tells of it; "recalled" and "this lab's" are said.
    bar : str, optional
        Where the bar is said to stop, in per cent.
    bar_told : {"confirmed", "folklore", "not told"}, optional
        Whether a page says so.
    bar_source : str, optional
        Which one.
    """

    code: str
    gist: str
    source: str
    bar: str = ""
    bar_told: Told = "not told"
    bar_source: str = ""

    @property
    def note(self) -> str | None:
        """A sentence on the bar, None where nobody names a number."""
        if self.bar_told == "not told":
            return None
        if self.bar_told == "confirmed":
            return f"The task's bar is said to stop at {self.bar} % ({self.bar_source})."
        return f"That the task's bar stops at {self.bar} % is folklore: no page confirms it."


_ALL = (
    Failure("F-PRECHECK", "a list of faults, errors and warnings apart", "vSphere API; 4.0 U1"),
    Failure("F-NOTCONF", "the target host cannot receive a VM", "VMware KB 1003734; vSphere API"),
    Failure(
        "F-CONNECT-10", "the hosts could not connect over the VMotion network",
        "VMware KB 1003734", "10", "confirmed", "a symptom that VMware KB 1003734 lists",
    ),
    Failure(
        "F-CONNECT-14", "timed out while waiting for the request to start",
        "users' reports; the text is recalled", "10 or 14", "confirmed", "users' reports",
    ),
    Failure("F-DATA", "the target host received no data", "Broadcom KB 417889; text recalled"),
    Failure(
        "F-NFC-23", "the copy of files hangs, then times out",
        "Broadcom KB 316409", "23", "confirmed", "Broadcom KB 316409",
    ),
    Failure("F-CONVERGE", "no progress in pre-copy", "recalled"),
    Failure(
        "F-SWITCHOVER", "the longest switch-over was exceeded, the VM goes on at its source",
        "VMware KB 2141355",
    ),
    Failure(
        "F-RESUME-72", "the source host saw that the target host failed to resume the VM",
        "VMware KB 59665", "about 72", "confirmed", "a blog; with vGPUs 70: Broadcom KB 320352",
    ),
    Failure(
        "F-LATE-90", "a lock, or disks that do not open in time, fail the last stage",
        "VMware KB 1010045", "90", "folklore",
    ),
    Failure(
        "F-PMEM", "no licence for persistent memory, and the VM cannot be managed for 90 s",
        "vSphere 6.7 vCenter Server and Host Management, pp. 147 and 149",
    ),
    Failure(
        "F-HOST-LOST", "a host went down, and with it the VM that ran there", "this lab's code"
    ),
    Failure("F-DISK-COPY", "the copy of disks or files broke off", "this lab's code"),
    Failure("F-PROTECT", "the source's preparation outlived its 90 s", "this lab's code"),
    Failure("F-STALE", "the VM was changed after the check", "this lab's code"),
    Failure("F-POWER", "the VM was powered off meanwhile", "this lab's code"),
    Failure("F-VCENTER", "vCenter Server was gone, and with it the task", "this lab's code"),
    Failure(
        "F-POSTCOPY", "memory that a VM still lacked after a post-copy switch never came",
        "this lab's code; QEMU's documentation of post-copy tells of the loss",
    ),
    Failure("cancelled", "the user cancelled the task", "recalled"),
)  # fmt: skip

#: Failures by code.
FAILURES: Mapping[str, Failure] = {failure.code: failure for failure in _ALL}
