"""Lines once in a while."""

from __future__ import annotations

from services.observability.occasionally import Occasionally


def test_one_line_of_a_kind_in_its_time_and_the_number_of_the_others():
    now = [0.0]
    occasionally = Occasionally(60, lambda: now[0])
    assert occasionally.due("full") == ""
    assert [occasionally.due("full") for _ in range(3)] == [None] * 3
    assert occasionally.due("forged") == ""  # kinds do not hide each other
    now[0] = 59.9
    assert occasionally.due("full") is None
    now[0] = 60.0
    assert occasionally.due("full") == " (4 more since the last such line)"
    now[0] = 1000.0
    assert occasionally.due("full") == ""
