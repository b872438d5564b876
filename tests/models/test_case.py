"""A case from a stranger's file: every mistake with its line and what to do."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from vmlab.documents import InputError
from vmlab.models.case import Case, case_names, load_case

GOOD = """\
memory_mib: 1024
workload:
  uniform: {working_set_mib: 64, dirty_pages_per_s: 5000}
link: {mbit_s: 1000}
"""


def write(folder: Path, text: str) -> Path:
    path = folder / "case.yaml"
    path.write_text(text, "utf-8")
    return path


def test_defaults_are_the_contracts(tmp_path: Path) -> None:
    case = load_case(write(tmp_path, GOOD))
    assert (case.nonzero_mib, case.page_kib, case.algorithm, case.seed) == (1024, 4, "pre-copy", 1)
    policy = case.policy
    assert (policy.hypervisor, policy.on_timeout, policy.channels) == ("ideal", "abort", 1)
    assert (policy.parallel, policy.resume_ms, policy.setup_ms) == (1, 0, None)
    assert (policy.downtime_limit_s, policy.setup_s) == (0.3, 0)
    assert case.workload.uniform
    assert case.workload.uniform.order == "random"
    assert case.link
    assert case.link.latency_ms == 0


def test_every_key_of_the_contract_is_known() -> None:
    """design.md section 6, case.yaml."""
    schema = Case.model_json_schema()
    assert list(schema["properties"]) == [
        *("memory_mib", "nonzero_mib", "page_kib", "workload", "link", "algorithm", "policy"),
        *("guest", "storage", "seed"),
    ]
    assert list(schema["$defs"]["Policy"]["properties"]) == [
        *("hypervisor", "downtime_limit_ms", "max_bandwidth_mbit_s", "max_rounds", "timeout_s"),
        *("on_timeout", "downtime_ramp", "postcopy_after_s", "throttle", "compression"),
        *("channels", "parallel", "setup_ms", "resume_ms", "xbzrle", "encryption", "postcopy"),
        "min_bandwidth_mbit_s",
    ]
    json.dumps(schema, allow_nan=False)


def test_the_cases_that_come_with_vmlab() -> None:
    assert "web-server" in case_names()
    assert len(case_names()) >= 7
    for name in case_names():
        assert load_case(name).memory_mib > 0


@pytest.mark.parametrize(
    ("old", "new", "place", "line", "words"),
    [
        ("memory_mib", "memry_mib", "memory_mib", None, "missing"),
        ("memory_mib: 1024", "memory_mib: 1024\nmemroy: 3", "memroy", 2, "unknown"),
        ("memory_mib: 1024", "memory_mib: 0", "memory_mib", 1, "greater than 0"),
        ("memory_mib: 1024", "memory_mib: -3", "memory_mib", 1, "greater than 0"),
        ("memory_mib: 1024", "memory_mib: much", "memory_mib", 1, "valid number"),
        ("memory_mib: 1024", "memory_mib: .nan", "memory_mib", 1, "number"),
        ("memory_mib: 1024", "memory_mib: nan", "memory_mib", 1, "finite number"),
        ("memory_mib: 1024", "memory_mib: inf", "memory_mib", 1, "finite number"),
        ("memory_mib: 1024", "memory_mib: [1]", "memory_mib", 1, "number"),
        ("memory_mib: 1024", "memory_mib: 1024\nnonzero_mib: 2048", "nonzero_mib", 2, "only 1024"),
        ("working_set_mib: 64", "working_set_mib: 2048", "workload", 2, "includes the working set"),
        ("  uniform:", "  curve: {seconds: [1], distinct_mib: [2]}\n  uniform:", "workload", 2,
         "exactly one"),
        ("uniform: {working_set_mib: 64, dirty_pages_per_s: 5000}", "{}", "workload", 2,
         "not none of them"),
        ("uniform: {working_set_mib: 64, dirty_pages_per_s: 5000}",
         "curve: {seconds: [1, 2], distinct_mib: [3]}", "workload.curve", 3, "has 2 points"),
        ("uniform: {working_set_mib: 64, dirty_pages_per_s: 5000}",
         "curve: {seconds: [1, 1], distinct_mib: [3, 4]}", "workload.curve.seconds", 3, "rise"),
        ("uniform: {working_set_mib: 64, dirty_pages_per_s: 5000}",
         "curve: {seconds: [1, 2], distinct_mib: [3, 2]}", "workload.curve", 3, "not fall"),
        ("uniform: {working_set_mib: 64, dirty_pages_per_s: 5000}",
         "curve: {seconds: [0, 2], distinct_mib: [3, 4]}", "workload.curve", 3, "start at 0"),
        ("uniform: {working_set_mib: 64, dirty_pages_per_s: 5000}",
         "classes: [{pages: 1, writes_per_page_per_s: 1}, {pages: 262144,"
         " writes_per_page_per_s: 1}]", "workload", 2, "262,145 pages"),
        ("uniform: {working_set_mib: 64, dirty_pages_per_s: 5000}",
         "classes: [{pages: -1, writes_per_page_per_s: 1}]", "workload.classes.0.pages", 3,
         "greater than or equal to 0"),
        ("dirty_pages_per_s: 5000", "dirty_pages_per_s: -1", "workload.uniform.dirty_pages_per_s",
         3, "greater than or equal to 0"),
        ("link: {mbit_s: 1000}", "link: {mbit_s: 0}", "link.mbit_s", 4, "0.001"),
        ("link: {mbit_s: 1000}", "link: {mbit_s: 1, profile: [[0, 1]]}", "link", 4, "either"),
        ("link: {mbit_s: 1000}", "link: {latency_ms: 1}", "link", 4, "either"),
        ("link: {mbit_s: 1000}", "link: {profile: []}", "link.profile", 4, "at least 1"),
        ("link: {mbit_s: 1000}", "link: {profile: [[1, 5]]}", "link.profile", 4, "must be 0"),
        ("link: {mbit_s: 1000}", "link: {profile: [[0, 5], [0, 6]]}", "link.profile", 4, "rise"),
        ("link: {mbit_s: 1000}", "link: {mbit_s: 1}\npolicy: {max_rounds: 0}", "policy.max_rounds",
         5, "greater than or equal to 1"),
        ("link: {mbit_s: 1000}", "link: {mbit_s: 1}\npolicy: {hypervisor: kvm}",
         "policy.hypervisor", 5, "'ideal'"),
        ("link: {mbit_s: 1000}", "link: {mbit_s: 1}\npolicy: {downtime_ramp: {from_ms: 1, to_ms: 2,"
         " steps: 1000000000000, every_s: 1}}", "policy.downtime_ramp.steps", 5, "10000"),
        ("link: {mbit_s: 1000}", "link: {mbit_s: 1}\npolicy: {encryption:"
         " {bytes_per_s_per_channel: 1e-300}}", "policy.encryption.bytes_per_s_per_channel", 5,
         "greater than or equal to 1"),
        ("link: {mbit_s: 1000}", "link: {mbit_s: 1}\nalgorithm: teleport", "algorithm", 5,
         "'pre-copy'"),
    ],
)  # fmt: skip
def test_a_mistake_has_a_place_and_a_line(
    tmp_path: Path, old: str, new: str, place: str, line: int | None, words: str
) -> None:
    path = write(tmp_path, GOOD.replace(old, new))
    with pytest.raises(InputError) as caught:
        load_case(path)
    assert caught.value.source == str(path)
    found = [p for p in caught.value.problems if ".".join(p.place) == place]
    assert [words in str(p) for p in found] == [True], str(caught.value)
    assert found[0].line == line
    assert found[0].remedy


def test_all_mistakes_come_at_once(tmp_path: Path) -> None:
    text = GOOD.replace("1024", "0").replace("5000", "many").replace("1000", "nan")
    with pytest.raises(InputError) as caught:
        load_case(write(tmp_path, text))
    assert [p.line for p in caught.value.problems] == [1, 3, 4]


def test_what_makes_no_sense_together_has_a_line(tmp_path: Path) -> None:
    text = GOOD.replace("link: {mbit_s: 1000}\n", "")
    text += "policy:\n  hypervisor: qemu\n  throttle:\n    kind: stun\n"
    with pytest.raises(InputError) as caught:
        load_case(write(tmp_path, text))
    assert [(p.line, p.place, p.remedy) for p in caught.value.problems] == [
        (4, ("policy", "max_bandwidth_mbit_s"), "Write max_bandwidth_mbit_s, or a link"),
        (
            7,
            ("policy", "throttle", "kind"),
            "Write auto-converge or dirty-limit, or another hypervisor",
        ),
    ]


def test_an_unknown_name(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such file"):
        load_case("no-such-case")
    with pytest.raises(InputError, match="folder"):
        load_case(tmp_path)


def test_a_case_is_frozen_and_hashable() -> None:
    case = load_case("web-server")
    assert hash(case) == hash(load_case("web-server"))
    with pytest.raises(ValueError, match="frozen"):
        case.memory_mib = 1  # type: ignore[misc]


def test_null_is_left_out(tmp_path: Path) -> None:
    """What is not zero follows the memory, however it is said that it is all of it."""
    plain = load_case(write(tmp_path, GOOD))
    null = load_case(write(tmp_path, GOOD + "nonzero_mib: null\n"))
    assert null == plain
    assert null.nonzero_mib == null.memory_mib
    assert null.model_fields_set == plain.model_fields_set
