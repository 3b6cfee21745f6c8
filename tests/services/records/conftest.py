"""One records process for the tests that do not end it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.places import DEMO_BUNDLE
from tests.support.recorded import Recorded, recorded


@pytest.fixture(scope="package")
def records(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Recorded]:
    """With a SQLite database of its own."""
    with recorded(tmp_path_factory.mktemp("records")) as running:
        yield running


@pytest.fixture(scope="package")
def study_records(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Recorded]:
    """Likewise, before the demo bundle, which draws breasts."""
    with recorded(tmp_path_factory.mktemp("study_records"), bundle=DEMO_BUNDLE) as running:
        yield running
