"""What a fault is called, where it begins, how long it lasts."""

from __future__ import annotations

import pytest

from vmlab.documents import InputError
from vmlab.migration import FAULTS, Disturbance, Stage, parse
from vmlab.migration.setting import VMOTION


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("link-down", Disturbance("link-down")),
        ("link-down@pre-copy", Disturbance("link-down", Stage.PRE_COPY)),
        ("link-down@12.5", Disturbance("link-down", 12.5)),
        ("link-down@pre-copy+5", Disturbance("link-down", Stage.PRE_COPY, 5.0)),
        ("link-down+5", Disturbance("link-down", None, 5.0)),
        ("link-down@0+0", Disturbance("link-down", 0.0, 0.0)),
    ],
)
def test_parse(text: str, expected: Disturbance) -> None:
    assert parse(text) == expected
    assert parse(str(expected)) == expected


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("link-dwn", ["link-dwn", "Did you mean link-down", *FAULTS]),
        ("", list(FAULTS)),
        ("link-down@precopy", ["Did you mean pre-copy", "or seconds", *map(str, Stage)]),
        ("link-down@", ["requested", "clean-up"]),
        ("link-down@-3", ["-3.0 is no time"]),
        ("link-down@nan", ["nan is no time"]),
        ("link-down@inf", ["inf is no time"]),
        ("link-down@pre-copy+soon", ["'soon' is no time"]),
        ("link-down@1e9", ["from 0 to 100,000,000"]),
        ("link-down+", ["no time"]),
        ("link-down+-1", ["-1.0 is no time"]),
    ],
)
def test_what_is_unknown_is_answered_with_what_is_known(text: str, told: list[str]) -> None:
    with pytest.raises(InputError) as caught:
        parse(text)
    for part in told:
        assert part in str(caught.value)


def test_a_stage_is_no_plain_text() -> None:
    with pytest.raises(InputError, match="is no stage"):
        Disturbance("link-down", "somewhere")  # type: ignore[arg-type]


def test_every_fault_is_told() -> None:
    for name, fault in FAULTS.items():
        assert fault.name == name
        assert fault.title
        assert fault.harmless
        assert fault.assumption
        assert fault.begins_at(VMOTION) in (fault.stages_in(VMOTION) or Stage)
        for symptom in fault.symptoms.values():
            assert symptom.reason.endswith(".")
            assert symptom.code
            assert symptom.fault or symptom.code == "F-VCENTER"
