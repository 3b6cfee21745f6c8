"""Deadlines of calls."""

from __future__ import annotations

import dataclasses
import time

import pytest

from mammoganesis.errors import DeadlineExceeded
from services.rendering.calls import CallContext


def test_call_without_deadline_goes_on_for_ever():
    call = CallContext("r1")
    assert call.remaining() is None
    call.check()
    assert CallContext.with_timeout("r1", None) == call


def test_call_before_its_deadline():
    call = CallContext.with_timeout("r1", 1000.0)
    remaining = call.remaining()
    assert remaining is not None
    assert 0 < remaining <= 1000
    call.check()


@pytest.mark.parametrize("seconds", [0.0, -5.0])
def test_call_after_its_deadline(seconds):
    call = CallContext("r1", time.monotonic() + seconds)
    assert call.remaining() == 0.0
    with pytest.raises(DeadlineExceeded, match="deadline"):
        call.check()


def test_calls_are_frozen():
    with pytest.raises(dataclasses.FrozenInstanceError):
        CallContext("r1").deadline = 1.0  # type: ignore[misc]
