"""One studio that is a tool of a learning platform, and the platform, for the tests of this folder."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from services.lti import sending
from services.studio.lti import sender
from tests.support.lti_browser import (
    PAUSE_SECONDS,
    published_quiz,
)
from tests.support.lti_platform import LearningPlatform
from tests.support.lti_studio import Launched, running_tool


@pytest.fixture(scope="package")
def tool(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Launched]:
    patch = pytest.MonkeyPatch()
    patch.setattr(sender, "LOOK_SECONDS", PAUSE_SECONDS)
    patch.setattr(sending, "FIRST_PAUSE_SECONDS", PAUSE_SECONDS)
    with running_tool(tmp_path_factory.mktemp("lti"), states=True) as running:
        yield running
    patch.undo()


@pytest.fixture
def platform(tool: Launched) -> Iterator[LearningPlatform]:
    """As it is by itself."""
    platform = tool.platform
    platform.down.clear()
    platform.scores.clear()
    platform.asked.clear()
    platform.change = lambda claims: claims
    platform.storage = False
    tool.register()
    yield platform
    platform.change = lambda claims: claims


@pytest.fixture(scope="package")
def quiz(tool: Launched) -> str:
    return published_quiz(tool)[0]
