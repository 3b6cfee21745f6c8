"""Who is next at the engine, and how much is before whom, against turns that are really given."""

from __future__ import annotations

import random

import pytest

from services.edge.drawings import Drawing
from services.edge.line import Line


def calls(*clients: str, background: bool = False) -> list[Drawing]:
    return [Drawing(client, 1, 1, background, since=number) for number, client in enumerate(clients)]


def given(line: Line, at_once: int = 32) -> list[Drawing]:
    """All that wait, in the order of their turns, at an engine that takes some at a time and ends the oldest first."""
    order, in_engine = [], []
    while len(line):
        call = line.next(in_engine)
        line.give_turn(call)
        order.append(call)
        in_engine = [*in_engine, call][-at_once:]
    return order


async def test_hosts_and_their_connections_take_turns() -> None:
    line = Line()
    for call in calls("a:1", "a:1", "a:1", "a:2", "b:1"):
        line.enter(call)
    assert [call.client for call in given(line)] == ["a:1", "b:1", "a:2", "a:1", "a:1"]


@pytest.mark.parametrize("seed", range(5))
async def test_what_is_said_to_be_before_a_call_is_about_what_comes_before_it(seed: int) -> None:
    rng = random.Random(seed)
    line, said = Line(), dict[Drawing, int]()
    for call in calls(*rng.choices(["a:1", "a:2", "a:3", "b:1", "c:1", "c:2"], [9, 1, 2, 1, 3, 1], k=80)):
        line.enter(call)
    line.refuse_late(lambda call, before: said.update({call: before}))
    assert len(line) == 80
    for place, call in enumerate(given(line)):
        assert said[call] == pytest.approx(place, abs=9), "a turn of each of three connections of three hosts"


async def test_who_is_late_ends_and_is_before_nobody_any_more() -> None:
    line = Line()
    ours = calls(*["a:1"] * 10)
    turns = [line.enter(call) for call in ours]
    last = calls("a:1", background=True)[0]
    line.enter(last)
    seen = []

    def late(call: Drawing, before: int) -> Exception | None:
        seen.append(before)
        return ValueError("late") if call in ours[2:9] else None

    line.refuse_late(late)
    assert seen == [0, 1, *[2] * 8, 3]
    assert [turn.done() for turn in turns] == [False] * 2 + [True] * 7 + [False]
    assert isinstance(turns[2].exception(), ValueError)
    assert [turn.exception() for turn in turns[2:9]]
    assert list(line) == [*ours[:2], ours[9], last]
