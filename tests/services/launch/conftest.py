"""A supervision that loses no time."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from services.launch import supervision
from tests.support.supervised import Watch


@pytest.fixture
def watch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Watch]:
    for name in ("POLL_SECONDS", "START_HEALTH_SECONDS", "HEALTH_SECONDS", "FIRST_PAUSE_SECONDS"):
        monkeypatch.setattr(supervision, name, 0.01)
    monkeypatch.setattr(supervision, "LONGEST_PAUSE_SECONDS", 0.04)
    watch = Watch(tmp_path)
    yield watch
    watch.supervision.stop(lambda part: 1)
