"""A case: what is migrated, over what, how. The schema of ``case.yaml``."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, ValidationInfo, field_validator, model_validator

from vmlab import units
from vmlab.documents import InputError, Problem, read_document, validated
from vmlab.models.disks import Disk, DiskCopy, DiskWrites
from vmlab.models.policy import Link, Policy
from vmlab.models.quantities import Mib, Model
from vmlab.models.workload import Curve, PageClass, Uniform, Workload, whole_pages, written_pages
from vmlab.resources import resource

__all__ = [
    "MAX_SEED",
    "Case",
    "Curve",
    "Disk",
    "DiskCopy",
    "DiskWrites",
    "Link",
    "PageClass",
    "Policy",
    "Uniform",
    "Workload",
    "case_names",
    "impossible",
    "load_case",
    "refuse_impossible",
]

MAX_SEED = 2**63 - 1


class Case(Model):
    """One migration to estimate. Keys, units and defaults are those of ``case.yaml``."""

    memory_mib: Annotated[float, Field(gt=0, le=1e9)]
    nonzero_mib: Mib = Field(default=None, validate_default=True)
    page_kib: Annotated[float, Field(ge=1, le=2**20)] = 4
    workload: Workload
    link: Link | None = None
    algorithm: Literal["stop-and-copy", "pre-copy", "post-copy", "hybrid"] = "pre-copy"
    policy: Policy = Policy()
    guest: Literal["running", "suspended", "off"] = "running"
    storage: DiskCopy | None = None
    seed: Annotated[int, Field(ge=0, le=MAX_SEED)] = 1

    @model_validator(mode="before")
    @classmethod
    def _null_is_left_out(cls, data: Any) -> Any:
        # Written as null it must follow the memory as if it were not there,
        # also where a sweep varies the memory.
        if isinstance(data, Mapping) and data.get("nonzero_mib", 0) is None:
            return {name: value for name, value in data.items() if name != "nonzero_mib"}
        return data

    @field_validator("nonzero_mib", mode="before")
    @classmethod
    def _all_of_it(cls, nonzero_mib: Any, info: ValidationInfo) -> Any:
        return info.data.get("memory_mib", 0.0) if nonzero_mib is None else nonzero_mib

    @field_validator("nonzero_mib")
    @classmethod
    def _within_memory(cls, nonzero_mib: float, info: ValidationInfo) -> float:
        memory_mib = info.data.get("memory_mib", math.inf)
        if nonzero_mib > memory_mib:
            raise ValueError(
                f"{nonzero_mib:g} MiB are not zero, but memory_mib is only {memory_mib:g}"
            )
        return nonzero_mib

    @field_validator("workload")
    @classmethod
    def _within_nonzero(cls, workload: Workload, info: ValidationInfo) -> Workload:
        if not {"memory_mib", "nonzero_mib", "page_kib"} <= info.data.keys():
            return workload
        page_bytes = math.ceil(units.kib_to_bytes(info.data["page_kib"]))
        written = written_pages(workload, page_bytes)
        nonzero = whole_pages(info.data["nonzero_mib"], page_bytes)
        if written > nonzero:
            raise ValueError(
                f"it writes {written:,} pages, but only {nonzero:,} are not zero:"
                " nonzero_mib includes the working set"
            )
        return workload

    @field_validator("storage")
    @classmethod
    def _within_reach(cls, storage: DiskCopy | None, info: ValidationInfo) -> DiskCopy | None:
        if storage is None:
            return None
        if storage.network == "link" and info.data.get("link", True) is None:
            raise ValueError("its network is the link, but there is no link")
        running = info.data.get("guest") == "running"
        if running and storage.host == "changes" and storage.method == "changed-block":
            raise ValueError(
                "only a mirror keeps the disks in step while memory is copied:"
                " write `method: mirror`, or `host: stays`"
            )
        return storage

    @property
    def memory_moves(self) -> bool:
        """Whether memory is copied from host to host; a suspended guest's is a file."""
        return self.guest == "running" and (self.storage is None or self.storage.host == "changes")

    @property
    def page_bytes(self) -> int:
        """Size of a page, bytes."""
        return math.ceil(units.kib_to_bytes(self.page_kib))

    @property
    def memory_pages(self) -> int:
        """Whole pages of memory."""
        return whole_pages(self.memory_mib, self.page_bytes)

    @property
    def nonzero_pages(self) -> int:
        """Whole pages that are not zero."""
        return whole_pages(self.nonzero_mib, self.page_bytes)


def load_case(name_or_path: str | Path) -> Case:
    """Read a case.

    Parameters
    ----------
    name_or_path : str or Path
        A file, or the name of a case that comes with vmlab.

    Returns
    -------
    Case
        Checked, also for what makes no sense together.

    Raises
    ------
    InputError
        Every mistake, with its line and what to do about it.
    """
    path = Path(name_or_path)
    if str(name_or_path) in case_names() and not path.is_file():
        path = resource("data", "cases") / f"{name_or_path}.yaml"
    document = read_document(path)
    case = validated(document, Case)
    problems = impossible(case)
    if problems:
        raise document.error(problems)
    return case


def case_names() -> list[str]:
    """Names of the cases that come with vmlab, in order."""
    return sorted(path.stem for path in resource("data", "cases").glob("*.yaml"))


def impossible(case: Case) -> Sequence[Problem]:
    """What is said in one place of a case and makes no sense with another.

    Parameters
    ----------
    case : Case
        Checked key by key.

    Returns
    -------
    sequence of Problem
        Each with its place and what to do about it.
    """
    policy, found = case.policy, []
    if case.link is None and case.memory_moves and policy.max_bandwidth_mbit_s is None:
        message = "without a link there is nothing else that bounds the rate"
        remedy = "Write max_bandwidth_mbit_s, or a link"
        found.append(Problem(message, remedy, ("policy", "max_bandwidth_mbit_s")))
    if policy.hypervisor == "qemu" and policy.throttle and policy.throttle.kind == "stun":
        message = "stun is vSphere's, the hypervisor is qemu"
        remedy = "Write auto-converge or dirty-limit, or another hypervisor"
        found.append(Problem(message, remedy, ("policy", "throttle", "kind")))
    return found


def refuse_impossible(case: Case) -> None:
    """Raise InputError where `impossible` finds something."""
    problems = impossible(case)
    if problems:
        raise InputError("case", problems)
