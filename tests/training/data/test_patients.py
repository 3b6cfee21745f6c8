"""Whose an image is: identifiers, placeholders, groups, and test fractions that cannot be honoured."""

from __future__ import annotations

import itertools

import pytest

from mammoganesis.errors import DataError
from training.data import patients


@pytest.mark.parametrize("text", ["P4", " P4", "P4 ", "P4\0", "\tP4\r\n", "\xa0P4\0\0"])
def test_blanks_and_nul_around_an_identifier_mean_nothing(text: str) -> None:
    assert patients.identifier(text) == "P4"


@pytest.mark.parametrize(
    "text",
    [
        *("removed", "REMOVED", "(removed)", "unknown", "Anonymous", "ANONYMOUS^^", "anonymized", "Anonymised", "n/a"),
        *("N.A.", "none", "None", "null", "NaN", "empty", "-", "?", "", "0", "000", "XXX", "De-Identified"),
        *("Anonymous Patient", "no id", "not available"),
    ],
)
def test_a_placeholder_is_nobody(text: str) -> None:
    assert patients.is_placeholder(text)


@pytest.mark.parametrize("text", ["P0", "1", "10", "Nan-17", "anon_0042", "unknown7", "X1", "Noneman", "A"])
def test_an_identifier_is_somebody(text: str) -> None:
    assert not patients.is_placeholder(text)


def test_patients_who_are_one_are_on_one_side_and_never_newly_held_out() -> None:
    names = [f"P{i}" for i in range(200)]
    sides = {name: patients.split_of([name], 0.5) for name in names}
    for one, other in itertools.pairwise(names):
        both = patients.split_of([one, other], 0.5)
        assert both == ("test" if sides[one] == sides[other] == "test" else "train")
    assert patients.split_of([], 1.0) == "train"


def test_groups_join_through_others() -> None:
    groups = patients.Groups()
    groups.join(0, "A")
    groups.join(1, "B")
    groups.join(2, 1)
    groups.join(3, 0)
    groups.join(2, 3)
    groups.join(4, "C")
    known = groups.patients()
    assert [known.get(groups.root(image), []) for image in range(6)] == [["A", "B"]] * 4 + [["C"], []]


def _owners(*names: str) -> list[tuple[str, ...]]:
    return [(name,) if name else () for name in names]


def test_a_fraction_that_cannot_be_honoured_is_refused_with_a_way_out() -> None:
    with pytest.raises(DataError, match="the patient is known of none of the 3 images; give a CSV with a patient col"):
        patients.check_split(_owners("", "", ""), 0.2, wanted=True)
    low, high = sorted(("P1", "P2"), key=lambda name: patients.split_of([name], 0.5) == "train")
    with pytest.raises(
        DataError, match=r"2 patients known, and none falls below --test-fraction 0.001; --test-fr"
    ) as e:
        patients.check_split(_owners(low, high), 0.001, wanted=True)
    suggested = float(str(e.value).split("--test-fraction ")[2].split(" ")[0])
    assert [patients.split_of([name], suggested) for name in (low, high)].count("test") == 1
    with pytest.raises(DataError, match=r"leaves no image for training: all are of 2 patients; below 0\.\d+ one") as e:
        patients.check_split(_owners(low, high), 0.999, wanted=True)
    suggested = float(str(e.value).split("below ")[1].split(" ")[0])
    assert patients.check_split(_owners(low, high), suggested, wanted=True) == ""


def test_nobody_held_out_is_only_said_where_no_fraction_was_asked_for() -> None:
    said = patients.check_split(_owners("", ""), 0.1, wanted=False)
    assert said.startswith("nothing is held out: the patient is known of none of the 2 images")
    assert patients.check_split(_owners("", ""), 0, wanted=True) == ""
    with pytest.raises(DataError, match=r"0\.999 \(the default\) leaves no image for training: all are of one patient"):
        patients.check_split(_owners("P1", "P1"), 0.999, wanted=False)


def test_what_a_refusal_suggests_is_not_refused() -> None:
    """One patient cannot be split: a fraction that holds them out leaves nothing for training."""
    with pytest.raises(DataError, match=r"nothing can be held out: .*; --test-fraction 0 holds nobody out$"):
        patients.check_split(_owners("P1", "P1"), 0.0001, wanted=True)
    with pytest.raises(DataError, match=r"; --test-fraction 0\.\d+ holds one out") as e:
        patients.check_split(_owners("P1", ""), 0.0001, wanted=True)
    suggested = float(str(e.value).split("--test-fraction ")[2].split(" ")[0])
    assert patients.check_split(_owners("P1", ""), suggested, wanted=True) == ""


def test_a_patient_with_too_many_images_is_named() -> None:
    assert patients.crowded(["a"] * 16 + [""] * 40) == []
    (line,) = patients.crowded(["a"] * 17 + ["b"] * 3)
    assert line.startswith("patient a has 17 of the 20 images")
    assert patients.crowded(["a"] * 20 + ["b"] * 180) == [
        "patient b has 180 of the 200 images; is the identifier one person's?"
    ]
