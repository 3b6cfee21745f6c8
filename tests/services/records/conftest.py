"""One records process for the tests that do not end it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.recorded import Recorded, recorded


@pytest.fixture(scope="package")
def records(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Recorded]:
    """With a SQLite database of its own."""
    with recorded(tmp_path_factory.mktemp("records")) as running:
        yield running
