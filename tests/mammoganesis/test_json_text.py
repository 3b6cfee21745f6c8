"""JSON from outside, and that there is one door for it."""

from __future__ import annotations

import gc
import json
import math
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from mammoganesis.json_text import NotJson, read_json
from tests.places import ROOT, sources

# What our own process has written and takes straight back.
ROUND_TRIPS = {
    "services/bulk/shards.py",
    "services/bulk/found.py",
    "training/configs/options.py",
    "training/importers/child.py",
}

values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**64) + 1, 2**64 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inside: st.lists(inside, max_size=4) | st.dictionaries(st.text("ab\n\u2028é"), inside, max_size=4),
    max_leaves=20,
)


@given(values)
def test_json_is_what_it_says(value: Any) -> None:
    assert read_json(json.dumps(value)) == read_json(json.dumps(value, ensure_ascii=False).encode()) == value


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (b'{"a": "\xff"}', "not UTF-8 at byte 7"),
        ('{"a":\n 1,}', "not JSON at line 2, column 4"),
        ("", "not JSON at line 1, column 1"),
        ('{"index": NaN}', "NaN, which is no JSON"),
        ('{"index": -Infinity}', "-Infinity, which is no JSON"),
        ('{"index": 1e400}', "a number beyond the range of float64"),
        ('{"index": 18446744073709551616}', "an integer of more than 64 bits"),
        (f'{{"index": {"9" * 100_000}}}', "an integer of 100000 digits; allowed: 4000"),
        (r'{"\ud800": 1}', "half of a surrogate pair, which is no character"),
        (r'["\udfff"]', "half of a surrogate pair, which is no character"),
        ("[" * 41 + "]" * 41, "more than 40 levels deep"),
        ("[" * 1_000_000, "more than 40 levels deep"),
        ('{"a":' * 1_000_000, "more than 40 levels deep"),
    ],
)
def test_what_is_no_json_is_refused_in_one_line(text: str | bytes, reason: str) -> None:
    with pytest.raises(NotJson) as caught:
        read_json(text)
    assert str(caught.value) == reason


def test_brackets_in_strings_are_no_depth() -> None:
    brackets = "[{" * 100
    value = {brackets: ["\\", '"', brackets + '\\"' + brackets, {"]": "]" * 100}]}
    assert read_json(json.dumps(value)) == value
    assert read_json("[" * 40 + "]" * 40)[0]
    with pytest.raises(NotJson, match="more than 40 levels deep"):
        read_json(json.dumps(["]" * 100, "\\"])[:-1] + "," + "[" * 40 + "]" * 41)


def test_the_stack_is_not_used_up_by_a_deep_text() -> None:
    left = []

    class Unclosed:
        """What the collector ends, whatever is at work just then."""

        def __init__(self) -> None:
            self.itself = self

        def __del__(self) -> None:
            left.append(_calls_left())

    thresholds = gc.get_threshold()
    try:
        for objects in range(50, 1000, 50):  # the collector comes after so many, at another depth each time
            gc.collect()
            Unclosed()
            gc.set_threshold(objects)
            with pytest.raises(NotJson, match="more than 40 levels deep"):
                read_json('{"a":' * 40_000)
            gc.set_threshold(*thresholds)
    finally:
        gc.set_threshold(*thresholds)
    gc.collect()
    assert len(left) == 19
    assert min(left) > max(left) - 100


def _calls_left() -> int:
    try:
        return 1 + _calls_left()
    except RecursionError:
        return 1


def test_numbers_that_are_not_finite_are_left_to_who_asks_for_them() -> None:
    found = read_json("[NaN, 1e400, 123456789012345678901234567890]", finite=False)
    assert math.isnan(found[0])
    assert found[1:] == [math.inf, 123456789012345678901234567890]


@given(st.binary(max_size=60) | st.text(max_size=60))
@example('"\\ud83d\\ude00"')
def test_nothing_else_comes_out(text: str | bytes) -> None:
    try:
        found = read_json(text)
    except NotJson:
        return
    assert json.loads(json.dumps(found, allow_nan=False)) == found


def test_there_is_one_door() -> None:
    doors = {
        path.relative_to(ROOT).as_posix()
        for package in ("mammoganesis", "services", "training")
        for path in sources(package, "*.py")
        if "json.load" in path.read_text()
    }
    assert doors == {"mammoganesis/json_text.py", *ROUND_TRIPS}
