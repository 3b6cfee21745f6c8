"""A client over a channel and one in this process, for the tests of this folder."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from services.client import Client
from tests.support.served import served_edge
from tests.support.serving import TINY


@pytest.fixture(scope="module")
def edge() -> Iterator[str]:
    with served_edge() as address:
        yield address


@pytest.fixture(params=["edge", "local"], scope="module")
def client(request: pytest.FixtureRequest) -> Iterator[Client]:
    with Client.local(TINY) if request.param == "local" else Client.connect(request.getfixturevalue("edge")) as opened:
        yield opened
