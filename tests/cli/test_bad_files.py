"""Bad input ends with 2, says where and what to do, and prints nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

from support.command import Command

SCENARIO = Path(__file__).parents[2] / "data" / "scenarios" / "two-hosts.yaml"
CASE = """\
memory_mib: 1024
workload: {uniform: {working_set_mib: 8, dirty_pages_per_s: 9}}
link: {mbit_s: 1000}
"""
BOMB = "\n".join(
    ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    + [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 10)]
)
# What the file holds, where the message must point, and what it must say.
ANY_FILE: dict[str, tuple[bytes, str, str]] = {
    "not-yaml": (b"a: 1\nb: [1, 2\n", "line ", "not valid YAML"),
    "tab": (b"a:\n\t- 1\n", "line 2", "not valid YAML"),
    "binary": (bytes(range(256)) * 10, "", "UTF-8"),
    "control": (b"a: 1\nb: \x00\n", "line 2", "not text"),
    "empty": (b"", "", "empty"),
    "comment": (b"# nothing\n", "", "empty"),
    "scalar": (b"hello\n", "", "single value"),
    "list": (b"- a\n- b\n", "", "a list"),
    "two-documents": (b"a: 1\n---\na: 2\n", "line 2", "second document"),
    "doubled": (b"a: 1\nb: 2\na: 3\n", "line 3", "twice"),
    "tag": (b"a: 1\nb: !!python/object/apply:os.system [ls]\n", "line 2", "tag"),
    "own-tag": (b"a: !secret 1\n", "line 1", "tag"),
    "bomb": (BOMB.encode(), "line ", "expand without end"),
    "itself": (b"a: &a [*a]\n", "line 1", "itself"),
    "deep": (b"a: " + b"[" * 5000, "line 1", "deeper"),
    "large": (b"a: 1\n" + b"#" * 50_000_000, "", "20 MB"),
}
SCENARIOS = {
    "type": ("memory_mib: 4096", "memory_mib: much", "vms.web01.memory_mib", "valid integer"),
    "range": ("memory_mib: 4096", "memory_mib: -1", "vms.web01.memory_mib", "greater than 0"),
    "nan": ("size_gib: 20", "size_gib: .nan", "vms.web01.disks.disk 1.size_gib", "number"),
    "zero": (
        "activity: {",
        "activity: {nonzero_mib: 0, ",
        "activity.nonzero_mib",
        "greater than 0",
    ),
    "key": ("memory_mib: 4096", "memory_mb: 4096", "memory_mb", "Did you mean `memory_mib`"),
    "host": ("    host: esx01", "    host: esx09", "vms.web01.host", "Known: esx01, esx02"),
    "move": ("{vm: web01,", "{vm: web09,", "move.vm", "Known: web01"),
    "version": ("vmlab: 1", "vmlab: 9", "vmlab", "Use `vmlab: 1`"),
    "profile": ("profile: guide-4.0", "profile: guide-9", "profile", "guide-4.0"),
    "name": ("    esx02:", "    esx01:", "esx01", "twice"),
}
CASES = {
    "type": ("memory_mib: 1024", "memory_mib: much", "memory_mib", "valid number"),
    "range": ("memory_mib: 1024", "memory_mib: 0", "memory_mib", "greater than 0"),
    "nan": ("memory_mib: 1024", "memory_mib: .nan", "memory_mib", "number"),
    "key": ("memory_mib: 1024", "memory_mb: 1024", "memory_mb", "Did you mean `memory_mib`"),
    "missing": ("memory_mib: 1024\n", "", "memory_mib", "Add `memory_mib:`"),
    "workload": ("uniform", "uniforn", "uniforn", "Did you mean `uniform`"),
    "larger": ("working_set_mib: 8", "working_set_mib: 2000", "workload", "nonzero_mib"),
    "link": ("{mbit_s: 1000}", "{}", "link", "either mbit_s or profile"),
}
COMMANDS = {
    "check": ("check", ()),
    "migrate": ("migrate", ("--vm", "web01", "--to", "esx02")),
    "estimate": ("estimate", ()),
}


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("kind", ANY_FILE)
def test_a_bad_file(vmlab: Command, tmp_path: Path, command: str, kind: str) -> None:
    content, where, said = ANY_FILE[kind]
    (tmp_path / "bad.yaml").write_bytes(content)
    verb, rest = COMMANDS[command]
    answer = vmlab(verb, "bad.yaml", *rest, "--json")
    assert answer.code == 2
    assert answer.out == ""
    assert answer.err.startswith(f"bad.yaml: {where}")
    assert said in answer.err
    assert len(answer.err) < 1000


@pytest.mark.parametrize("command", COMMANDS)
def test_a_folder_a_missing_file_a_pipe_and_a_name_too_long(
    vmlab: Command, tmp_path: Path, command: str
) -> None:
    (tmp_path / "folder.yaml").mkdir()
    (tmp_path / "dangling.yaml").symlink_to("nowhere")
    verb, rest = COMMANDS[command]
    for name, said in (
        ("folder.yaml", "a folder"),
        ("missing.yaml", "no such file"),
        ("dangling.yaml", "no such file"),
        ("x" * 5000, "x: "),
        ("", "file"),
        ("nul\u2028.yaml", "no such file"),
    ):
        answer = vmlab(verb, name, *rest)
        assert (answer.code, answer.out) == (2, "")
        assert said in answer.err


@pytest.mark.parametrize("kind", SCENARIOS)
def test_a_mistake_in_a_scenario(vmlab: Command, tmp_path: Path, kind: str) -> None:
    old, new, place, remedy = SCENARIOS[kind]
    text = SCENARIO.read_text()
    line = text[: text.rindex(old) if kind == "name" else text.index(old)].count("\n") + 1
    bad = tmp_path / "bad.yaml"
    bad.write_text(new.join(text.rsplit(old, 1) if kind == "name" else text.split(old, 1)))
    for verb, rest in (COMMANDS["check"], COMMANDS["migrate"]):
        answer = vmlab(verb, "bad.yaml", *rest)
        assert (answer.code, answer.out) == (2, "")
        assert answer.err.startswith("bad.yaml: line ")
        assert f"line {line}: " in answer.err
        assert place in answer.err
        assert remedy in answer.err


@pytest.mark.parametrize("kind", CASES)
def test_a_mistake_in_a_case(vmlab: Command, tmp_path: Path, kind: str) -> None:
    old, new, place, remedy = CASES[kind]
    assert old in CASE
    (tmp_path / "bad.yaml").write_text(CASE.replace(old, new))
    answer = vmlab("estimate", "bad.yaml")
    assert (answer.code, answer.out) == (2, "")
    assert answer.err.startswith("bad.yaml: ")
    assert place in answer.err
    assert remedy in answer.err


def test_every_mistake_is_told_at_once(vmlab: Command, tmp_path: Path) -> None:
    text = SCENARIO.read_text()
    for kind in ("type", "nan", "host", "move"):
        old, new, _, _ = SCENARIOS[kind]
        text = text.replace(old, new, 1)
    (tmp_path / "bad.yaml").write_text(text)
    answer = vmlab("check", "bad.yaml")
    assert answer.code == 2
    for kind in ("type", "nan", "host", "move"):
        assert SCENARIOS[kind][2] in answer.err
    lines = answer.err.splitlines()
    assert all(line.startswith("bad.yaml: line ") for line in lines)
