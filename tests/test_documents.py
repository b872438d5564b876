"""Bad files: each refused with its file, its line, its place and a remedy."""

from __future__ import annotations

import os
import stat
from contextlib import suppress
from ipaddress import IPv4Address
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict, Field

from vmlab.documents import (
    MAX_FILE_BYTES,
    InputError,
    parse_document,
    read_document,
    refuse_to_lose,
    to_yaml,
    validated,
    write_document,
)


class Part(BaseModel):
    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)

    label: str = ""
    connected: bool = False
    speed_mbit_s: float = Field(default=1, gt=0)
    ip: IPv4Address | None = None


class Whole(BaseModel):
    model_config = ConfigDict(extra="forbid")

    title: str
    parts: dict[str, Part] = {}
    many: tuple[Part, ...] = ()


def refused(path: Path) -> InputError:
    with pytest.raises(InputError) as caught:
        read_document(path)
    error = caught.value
    assert error.source == str(path)
    assert all(str(path) in line for line in str(error).splitlines())
    assert all(problem.message and problem.remedy for problem in error.problems)
    return error


BAD_TEXTS: dict[str, tuple[str, int | None, str]] = {
    # name: text, line, a word of the message
    "not YAML": ("a: 1\nb: [1, 2\nc: 3\n", 3, "not valid YAML"),
    "a tab": ("a: 1\n\tb: 2\n", 2, "not valid YAML"),
    "a colon in a value": ("a: b: c\n", 1, "not valid YAML"),
    "an open quote": ('a: "b\n', 2, "not valid YAML"),
    "empty": ("", None, "empty"),
    "only a comment": ("# nothing\n", None, "empty"),
    "null": ("~\n", None, "single value"),
    "a single value": ("42\n", None, "single value"),
    "a list": ("- a\n- b\n", None, "a list"),
    "a list in flow": ("[a, b]", None, "a list"),
    "doubled keys": ("a: 1\nb: 2\na: 3\n", 3, "twice"),
    "two documents": ("a: 1\n---\nb: 2\n", 2, "second document"),
    "a merge key": ("a: &a {b: 1}\nc:\n  <<: *a\n", 3, "merges"),
    "a list as a key": ("? [a]\n: b\n", 1, "key"),
    "a null byte": ("a: 1\nb: x\0y\n", 2, "U+0000"),
    "a bell": ("a: 1\nb: \a\n", 2, "U+0007"),
    "an alias to nothing": ("a: 1\nb: *nobody\n", 2, "nothing above"),
    "an alias to itself": ("a: &a\n  b: *a\n", 2, "itself"),
    "a list inside itself": ("a: &a [1, *a]\n", 1, "itself"),
    "a tag of Python": ("a: 1\nb: !!python/object/apply:os.system [ls]\n", 2, "tag"),
    "a tag of its own": ("a: !secret x\n", 1, "tag"),
    "a binary": ("a: !!binary aGk=\n", 1, "tag"),
    "a set": ("a: !!set {b, c}\n", 1, "tag"),
    "an unknown directive": ("%FOO bar\n---\na: 1\n", 1, "not valid YAML"),
    "half a character": ("a: 1\nb: \ud800\n", 2, "half a character"),
}


@pytest.mark.parametrize("name", BAD_TEXTS)
def test_bad_text(name: str) -> None:
    text, line, word = BAD_TEXTS[name]
    with pytest.raises(InputError) as caught:
        parse_document(text, "lab.yaml")
    (problem,) = caught.value.problems
    assert problem.line == line
    assert word in problem.message
    assert problem.remedy
    assert str(caught.value).startswith("lab.yaml: ")


def test_a_missing_file(tmp_path: Path) -> None:
    assert "no such file" in str(refused(tmp_path / "nobody.yaml"))


def test_a_folder(tmp_path: Path) -> None:
    assert "folder" in str(refused(tmp_path))


def test_a_name_that_is_none() -> None:
    assert "cannot be read" in str(refused(Path("a\0b")))


def test_a_file_below_a_file(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("a: 1")
    assert "cannot be read" in str(refused(tmp_path / "a" / "b.yaml"))


def test_bytes_that_are_not_text(tmp_path: Path) -> None:
    path = tmp_path / "picture.yaml"
    path.write_bytes(b"\x89PNG\r\n\x1a\n")
    assert "byte 0" in str(refused(path))


def test_fifty_megabytes(tmp_path: Path) -> None:
    path = tmp_path / "large.yaml"
    with path.open("wb") as stream:
        stream.truncate(50_000_000)
    assert "20 MB" in str(refused(path))


def test_the_largest_file_is_read(tmp_path: Path) -> None:
    path = tmp_path / "large.yaml"
    path.write_text("a: " + "x" * (MAX_FILE_BYTES - 3))
    assert len(read_document(path).data["a"]) == MAX_FILE_BYTES - 3
    with path.open("a") as stream:
        stream.write("x")
    assert "20 MB" in str(refused(path))


def test_a_file_that_never_ends() -> None:
    assert "20 MB" in str(refused(Path("/dev/zero")))


@pytest.mark.parametrize("kind", ["lists", "mappings"])
def test_aliases_that_explode(kind: str) -> None:
    # Ten aliases a level, nine levels: a thousand million values in 400 bytes.
    lines = ["a0: &a0 x"]
    for level in range(1, 10):
        items = [f"*a{level - 1}"] * 10
        if kind == "lists":
            lines.append(f"a{level}: &a{level} [{', '.join(items)}]")
        else:
            pairs = ", ".join(f"k{i}: {item}" for i, item in enumerate(items))
            lines.append(f"a{level}: &a{level} {{{pairs}}}")
    with pytest.raises(InputError, match="expand without end") as caught:
        parse_document("\n".join(lines), "bomb.yaml")
    assert caught.value.problems[0].line


@pytest.mark.parametrize("opening", ["[", "{a: ", "- "])
def test_deep_nesting(opening: str) -> None:
    with pytest.raises(InputError, match="nested deeper than 64"):
        parse_document("a:\n  " + opening * 100_000, "deep.yaml")


def test_ordinary_aliases_are_read() -> None:
    text = "a: &a {x: &k 1}\nb: *a\nc: [*k, *k]\n&name d: *name\n"
    data = parse_document(text, "lab.yaml").data
    assert data == {"a": {"x": "1"}, "b": {"x": "1"}, "c": ["1", "1"], "d": "d"}


SCALARS = "on yes no off True 1:20 00:50:56:00:00:01 4.0 010 0x10 1_000 1e3 2009-08-01 NaN .inf ="


@pytest.mark.parametrize("scalar", SCALARS.split())
def test_scalars_stay_what_is_written(scalar: str) -> None:
    assert parse_document(f"{scalar}: {scalar}", "lab.yaml").data == {scalar: scalar}


def test_only_a_plain_null_is_nothing() -> None:
    data = parse_document("a: ~\nb: 'null'\nc:\nd: ''\ne: Null\n", "lab.yaml").data
    assert data == {"a": None, "b": "null", "c": None, "d": "", "e": None}


def test_a_byte_order_mark_and_windows_line_ends(tmp_path: Path) -> None:
    path = tmp_path / "lab.yaml"
    path.write_bytes(b"\xef\xbb\xbfa: 1\r\nb: 2\r\n")
    assert read_document(path).data == {"a": "1", "b": "2"}


def test_the_schema_decides_the_type() -> None:
    text = "title: on\nparts:\n  '4.0': {label: 1:20, connected: yes, speed_mbit_s: 1e3}\n"
    whole = validated(parse_document(text, "lab.yaml"), Whole)
    assert whole.title == "on"
    assert whole.parts["4.0"] == Part(label="1:20", connected=True, speed_mbit_s=1000)


def mistakes_in(text: str) -> list[tuple[int | None, str, str, str]]:
    with pytest.raises(InputError) as caught:
        validated(parse_document(text, "lab.yaml"), Whole)
    return [(p.line, ".".join(p.place), p.message, p.remedy) for p in caught.value.problems]


def test_every_mistake_at_once_in_the_order_of_the_file() -> None:
    found = mistakes_in(
        "many:\n"
        "  - {conected: true}\n"  # 2
        "  - connected: perhaps\n"  # 3
        "parts:\n"
        "  a: {speed_mbit_s: -1}\n"  # 5
        "  b:\n"
        "    speed_mbit_s: .nan\n"  # 7
        "  c: 5\n"  # 8
        "  esx[01]:\n"
        "    ip: 10.0.0.256\n"  # 10
        "  d: {speed_mbit_s: NaN}\n"  # 11
        "unheard_of: 1\n"  # 12
    )
    # What is missing has no line: it comes first.
    assert [(line, place) for line, place, *_ in found] == [
        (None, "title"),
        (2, "many.0.conected"),
        (3, "many.1.connected"),
        (5, "parts.a.speed_mbit_s"),
        (7, "parts.b.speed_mbit_s"),
        (8, "parts.c"),
        (10, "parts.esx[01].ip"),
        (11, "parts.d.speed_mbit_s"),
        (12, "unheard_of"),
    ]
    assert all(message and remedy for *_, message, remedy in found)


def test_a_missing_key_stands_where_it_belongs() -> None:
    (found,) = mistakes_in("parts: {}\n")
    assert found[1:] == ("title", "it is missing", "Add `title:`")


def test_a_near_miss_is_offered() -> None:
    (found,) = mistakes_in("title: x\nparts:\n  a:\n    conected: true\n")
    assert found == (4, "parts.a.conected", "the key is unknown", "Did you mean `connected`")


def test_a_key_like_no_other_lists_the_known_ones() -> None:
    (found,) = mistakes_in("title: x\nmany: [{zzz: 1}]\n")
    assert found[3] == "Remove it (known: label, connected, speed_mbit_s, ip)"


@pytest.mark.parametrize("number", ["NaN", "nan", ".nan", "inf", "-inf", ".inf", "Infinity"])
def test_what_is_no_number_is_refused(number: str) -> None:
    (found,) = mistakes_in(f"title: x\nmany: [{{speed_mbit_s: {number}}}]\n")
    assert found[:2] == (2, "many.0.speed_mbit_s")


def test_a_long_value_is_shown_in_part() -> None:
    (found,) = mistakes_in("title: x\nmany: [{connected: " + "y" * 5000 + "}]\n")
    assert len(found[2]) < 200


KEYS = st.text(min_size=1, max_size=8)
VALUES: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=12,
)


@given(st.dictionaries(KEYS, VALUES, max_size=4))
def test_what_is_written_is_read(data: dict[str, Any]) -> None:
    assert parse_document(to_yaml(data), "made.yaml").data == data


@given(st.text(max_size=60))
def test_any_text_is_read_or_refused(text: str) -> None:
    # Whatever it is, no other error comes out.
    with suppress(InputError):
        assert isinstance(parse_document(text, "any.yaml").data, dict)


def test_a_file_is_written(tmp_path: Path) -> None:
    path = tmp_path / "lab.yaml"
    write_document(path, "a: 1\n")
    assert path.read_text() == "a: 1\n"
    umask = os.umask(0)
    os.umask(umask)
    assert stat.S_IMODE(path.stat().st_mode) == 0o666 & ~umask


def test_an_existing_file_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "lab.yaml"
    path.write_text("a: 1\n")
    with pytest.raises(InputError, match="--force"):
        write_document(path, "a: 2\n")
    assert path.read_text() == "a: 1\n"
    write_document(path, "a: 2\n", force=True)
    assert path.read_text() == "a: 2\n"


@pytest.mark.parametrize(
    "text",
    [
        "# why\na: 1\n",
        "a: 1 # why\n",
        "a: [1, # why\n  2]\n",
        "a: |  # why\n  text\n",
        "a: |\n  text\n# why\n",
        "a: [1\n# not even YAML\n",
        "a: 1\n...\n# the end\n",
    ],
)
@pytest.mark.parametrize("name", ["lab.yaml", "lab.YML", "lab"])
def test_comments_are_never_lost(tmp_path: Path, name: str, text: str) -> None:
    path = tmp_path / name
    path.write_text(text)
    with pytest.raises(InputError, match="comments"):
        write_document(path, "a: 2\n", force=True)
    assert path.read_text() == text


@pytest.mark.parametrize("text", ["a: '#1'\n", 'a: "# x"\n', "a: b#c\n", "a: |\n  # in the text\n"])
def test_a_number_sign_is_not_always_a_comment(tmp_path: Path, text: str) -> None:
    path = tmp_path / "lab.yaml"
    path.write_text(text)
    write_document(path, "a: 2\n", force=True)
    assert path.read_text() == "a: 2\n"


@pytest.mark.parametrize("step", ["write_text", "chmod", "replace"])
def test_a_failing_write_leaves_everything(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    path = tmp_path / "lab.yaml"
    path.write_text("a: 1\n")

    def fail(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, step, fail)
    with pytest.raises(InputError, match="No space left"):
        write_document(path, "a: 2\n", force=True)
    monkeypatch.undo()
    assert path.read_text() == "a: 1\n"
    assert list(tmp_path.iterdir()) == [path]


def test_text_that_cannot_be_encoded_leaves_everything(tmp_path: Path) -> None:
    path = tmp_path / "lab.yaml"
    path.write_text("a: 1\n")
    with pytest.raises(UnicodeEncodeError):
        write_document(path, "\ud800", force=True)
    assert list(tmp_path.iterdir()) == [path]
    assert path.read_text() == "a: 1\n"


@pytest.mark.parametrize("where", ["nobody/lab.yaml", "file/lab.yaml"])
def test_a_place_that_cannot_be_written(tmp_path: Path, where: str) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="cannot be written"):
        refuse_to_lose(tmp_path / where)  # so before what is to be written is computed
    with pytest.raises(InputError, match="cannot be written"):
        write_document(tmp_path / where, "a: 1\n")


def test_a_folder_is_not_replaced(tmp_path: Path) -> None:
    (tmp_path / "lab.yaml").mkdir()
    with pytest.raises(InputError):
        write_document(tmp_path / "lab.yaml", "a: 1\n", force=True)
    assert [path.name for path in tmp_path.iterdir()] == ["lab.yaml"]


def test_a_pipe_is_not_replaced(tmp_path: Path) -> None:
    # As root, a device would be: --force on /dev/null replaced it for everybody.
    pipe = tmp_path / "lab.yaml"
    os.mkfifo(pipe)
    with pytest.raises(InputError, match="it is no file"):
        write_document(pipe, "a: 1\n", force=True)
    assert stat.S_ISFIFO(pipe.stat().st_mode)


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    path, link = tmp_path / "lab.yaml", tmp_path / "link.yaml"
    path.write_text("a: 1\n")
    link.symlink_to(path)
    write_document(link, "a: 2\n", force=True)
    assert link.is_symlink()
    assert path.read_text() == "a: 2\n"


def test_a_name_that_no_file_can_have(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="too long"):
        write_document(tmp_path / ("a" * 5000), "a: 1\n")


def test_written_yaml_is_ordinary_yaml() -> None:
    data = {"on": "yes", "4.0": "1:20", "n": 3, "x": 0.5, "l": ["a"], "m": {}}
    assert yaml.safe_load(to_yaml(data)) == data
