"""When the cluster has a pulse: while Ray's daemons answer, and Serve's controller answers or is being replaced."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest

from services.cluster import pulse


@dataclass
class Ray:
    """What the pulse asks, in Ray's place."""

    state: str = "ALIVE"
    answers: threading.Event = field(default_factory=threading.Event)
    questions: int = 0
    error: Exception | None = None

    def status(self) -> None:
        self.questions += 1
        self.answers.wait()
        if self.error:
            raise self.error

    def actors(self) -> dict[str, dict[str, str]]:
        return {"1": {"Name": "other", "State": "RESTARTING"}, "2": {"Name": pulse._CONTROLLER, "State": self.state}}


@pytest.fixture
def ray(monkeypatch: pytest.MonkeyPatch) -> Iterator[Ray]:
    found = Ray()
    monkeypatch.setattr(pulse, "PULSE_SECONDS", 0.05)
    monkeypatch.setattr(pulse, "_ask", lambda: None)
    monkeypatch.setattr("ray.serve.status", found.status)
    monkeypatch.setattr("ray._private.state.actors", found.actors)
    yield found
    found.answers.set()


def test_a_controller_that_is_being_replaced_is_no_silence_and_one_that_stands_still_is(
    ray: Ray, monkeypatch: pytest.MonkeyPatch
) -> None:
    controller = pulse.Controller()
    assert not pulse.beats(controller)
    ray.state = "RESTARTING"
    assert pulse.beats(controller)
    ray.state = "ALIVE"
    assert not pulse.beats(controller)
    assert ray.questions == 1  # it is not asked again and again
    ray.answers.set()
    monkeypatch.setattr(pulse, "PULSE_SECONDS", 60.0)
    assert pulse.beats(controller)
    assert pulse.beats(controller)
    assert ray.questions == 2
    ray.error = RuntimeError("Serve is not running")
    with pytest.raises(RuntimeError, match="not running"):
        pulse.beats(controller)
