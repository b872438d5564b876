"""`vmlab trials`: counts, seeds, replays, and what it refuses."""

from __future__ import annotations

import pytest

from support.command import Command


def test_counts_come_last(vmlab: Command) -> None:
    answer = vmlab("trials", "two-hosts", "-n", 40, "--seed", 7)
    assert answer.code == 0
    assert answer.out.splitlines()[-1] == "40 trials, seed 7: 0 violations"
    assert "vmotion" in answer.out
    assert "trials a second" in answer.err


def test_one_document(vmlab: Command) -> None:
    command = ("trials", "two-hosts", "-n", 40, "--seed", 7, "--json")
    answer = vmlab(*command)
    document = answer.document
    assert answer.code == 0
    assert list(document) == ["n", "seed", "violations", "counts"]
    assert (document["n"], document["seed"], document["violations"]) == (40, 7, [])
    assert {tuple(one) for one in document["counts"]} == {("kind", "stage", "outcome", "n")}
    assert sum(one["n"] for one in document["counts"]) == 40
    assert vmlab(*command, "--workers", 1).document == document


def test_a_seed_of_the_clock_is_told(vmlab: Command) -> None:
    answer = vmlab("trials", "two-hosts", "-n", 2, "--json")
    assert f"Seed {answer.document['seed']}" in answer.err


def test_one_trial_in_full(vmlab: Command) -> None:
    command = ("trials", "two-hosts", "--replay", 3, "--seed", 7)
    answer = vmlab(*command)
    assert answer.code == 0
    assert answer.out.startswith("Trial 3 of seed 7, situation ")
    assert answer.out.splitlines()[-1] == "0 violations"
    document = vmlab(*command, "--json").document
    assert (document["trial"], document["seed"]) == (3, 7)
    assert document["outcome"]["outcome"] in answer.out


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ((), "Add -n N"),
        (("--replay", 3), "Add --seed S"),
        (("--replay", 3, "--seed", 1, "-n", 4), "Leave out one of them"),
        (("-n", 0), "0 is not in the range"),
        (("-n", "many"), "not a valid integer"),
        (("-n", 5, "--seed", -1), "-1 is not in the range"),
        (("-n", 5, "--workers", 0), "0 is not in the range"),
    ],
)
def test_what_is_refused(vmlab: Command, more: tuple[object, ...], told: str) -> None:
    answer = vmlab("trials", "two-hosts", *more)
    assert answer.code == 2
    assert told in answer.err
    assert answer.out == ""
