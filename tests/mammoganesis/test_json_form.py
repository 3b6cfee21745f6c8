"""Values are held against a form, and the first wrong one is named."""

import math
from typing import Any

import pytest

from mammoganesis.json_form import (
    ByName,
    Form,
    Needed,
    OrNull,
    among,
    count,
    fault_of,
    number,
    text,
    truth,
    whole,
)

FORM: Form = {
    "name": Needed(text),
    "size": whole(1, 9),
    "share": number,
    "images": [{"split": Needed(among("train", "test")), "view": OrNull(text), "seen": truth}],
    "counts": ByName(count),
    "inner": Needed({"kind": among(8, 16)}),
}
RIGHT: dict[str, Any] = {
    "name": "a",
    "size": 9,
    "share": 1e308,
    "images": [{"split": "test", "view": None, "seen": False, "another": object()}],
    "counts": {"CC": 0},
    "inner": {},
}


def test_what_is_right_has_no_fault() -> None:
    assert fault_of(RIGHT, FORM) is None
    assert fault_of({"name": "", "inner": {"kind": 16}, "size": 1, "share": -3}, FORM) is None


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"name": 5}, "name is 5; expected a text"),
        ({"size": 0}, "size is 0; expected a whole number, 1 to 9"),
        ({"size": True}, "size is True; expected a whole number, 1 to 9"),
        ({"size": 2.0}, "size is 2.0; expected a whole number, 1 to 9"),
        ({"share": math.nan}, "share is nan; expected a number"),
        ({"share": -math.inf}, "share is -inf; expected a number"),
        ({"share": 10**400}, f"share is 1{'0' * 79}; expected a number"),
        ({"share": False}, "share is False; expected a number"),
        ({"images": {}}, "images is {}; expected a list"),
        ({"images": [{"split": "test"}, None]}, "images[1] is None; expected an object"),
        ({"images": [{}]}, "images[0].split is missing; expected train or test"),
        ({"images": [{"split": ["test"]}]}, "images[0].split is ['test']; expected train or test"),
        ({"images": [{"split": "test", "view": 1}]}, "images[0].view is 1; expected a text"),
        ({"images": [{"split": "test", "seen": 1}]}, "images[0].seen is 1; expected true or false"),
        ({"counts": {"CC": -1}}, "counts.CC is -1; expected a whole number, 0 to 9007199254740992"),
        ({"counts": [1]}, "counts is [1]; expected an object"),
        ({"inner": {"kind": True}}, "inner.kind is True; expected 8 or 16"),
        ({"inner": "\u202e"}, "inner is '\\u202e'; expected an object"),
    ],
)
def test_the_first_wrong_value_is_named(change: dict[str, Any], fault: str) -> None:
    assert fault_of(RIGHT | change, FORM) == fault


def test_what_is_needed_and_missing_is_named() -> None:
    assert fault_of({"inner": {}}, FORM) == "name is missing; expected a text"
    assert fault_of({"name": "a"}, FORM) == "inner is missing; expected an object"
    assert fault_of([], FORM) == "it is []; expected an object"
    assert fault_of(["x"], [count], "seeds") == "seeds[0] is 'x'; expected a whole number, 0 to 9007199254740992"
