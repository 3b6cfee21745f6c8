"""One records process for the tests that do not end it, and databases for those that need no process."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from services.records.sql.database import Database
from tests.places import DEMO_BUNDLE
from tests.support.recorded import Recorded, postgres, recorded


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


@pytest.fixture(scope="package")
def postgres_url() -> Iterator[str]:
    with postgres() as url:
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """Empty, and migrated."""
    if request.param == "sqlite":
        database = Database.of(None, tmp_path / "records")
    else:
        database = Database.of(request.getfixturevalue("postgres_url"), tmp_path)
        with database.writing() as connection:
            connection.execute(text("DROP SCHEMA public CASCADE"))
            connection.execute(text("CREATE SCHEMA public"))
    database.migrate()
    yield database
    database.close()
