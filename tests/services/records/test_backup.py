"""Backups of records on SQLite and PostgreSQL: what they hold, what they replace, and which are refused."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import text

from mammoganesis.errors import FailedPrecondition, NotFound, Unavailable
from services.records.sql import backup
from services.records.sql.database import FILE_NAME, Database
from services.records.sql.studies import Studies
from services.records.sql.tables import METADATA


def test_a_backup_is_its_owners_alone_and_replaces_nothing_where_it_is_damaged(tmp_path: Path) -> None:
    folder, file = tmp_path / "records", tmp_path / "file"
    database = Database.of(None, folder)
    database.migrate()
    kept = Studies(database).create("Kept", b"design" * 5000)
    database.close()
    backup.backup(None, folder, file)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    damaged, content = tmp_path / "damaged", bytearray(file.read_bytes())
    content[8192:40960] = bytes([255]) * 32768
    damaged.write_bytes(content)
    before = (folder / FILE_NAME).read_bytes()
    with pytest.raises(Unavailable):
        backup.restore(None, folder, damaged, replace=True)
    assert [path.name for path in folder.iterdir()] == [FILE_NAME]
    assert (folder / FILE_NAME).read_bytes() == before
    for name in (FILE_NAME, f"{FILE_NAME}-wal", f"{FILE_NAME}-shm"):
        (folder / name).write_bytes(b"what a disk has left")
    backup.restore(None, folder, file, replace=True)
    assert [path.name for path in folder.iterdir()] == [FILE_NAME]
    assert stat.S_IMODE((folder / FILE_NAME).stat().st_mode) == 0o600
    database = Database.of(None, folder)
    assert Studies(database).by_id(kept.study_id) == kept
    with database.writing() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = 'of tomorrow'"))
    database.close()
    later = tmp_path / "later"
    backup.backup(None, folder, later)
    backup.restore(None, folder, file, replace=True)
    with pytest.raises(Unavailable, match="later version"):
        backup.restore(None, folder, later, replace=True)
    database = Database.of(None, folder)
    database.migrate()
    assert Studies(database).by_id(kept.study_id) == kept
    database.close()


def test_a_backup_of_postgresql_brings_back_what_it_held(
    postgres_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = Database(postgres_url)
    database.migrate()
    kept = Studies(database).create("Kept", b"design")
    backup.backup(postgres_url, tmp_path, tmp_path / "file")
    lost = Studies(database).create("Lost", b"design")
    with pytest.raises(FailedPrecondition, match="--replace"):
        backup.restore(postgres_url, tmp_path, tmp_path / "file", replace=False)
    backup.restore(postgres_url, tmp_path, tmp_path / "file", replace=True)
    assert Studies(database).by_id(kept.study_id) == kept
    with pytest.raises(NotFound):
        Studies(database).by_id(lost.study_id)
    database.close()
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(FailedPrecondition, match="not installed"):
        backup.backup(postgres_url, tmp_path, tmp_path / "other")


_OF_TOMORROW = """
CREATE TABLE of_tomorrow (study_id text REFERENCES studies (study_id));
CREATE FUNCTION grows_tomorrow() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;
CREATE TRIGGER a BEFORE UPDATE ON of_tomorrow FOR EACH ROW EXECUTE FUNCTION registry_only_grows();
CREATE TRIGGER b BEFORE UPDATE ON studies FOR EACH ROW EXECUTE FUNCTION grows_tomorrow();
UPDATE alembic_version SET version_num = '9999';
"""
"""A table, a function and triggers that a later version might add: each holds on to something of ours, or the other way
round."""


def test_a_backup_of_postgresql_takes_the_place_of_what_a_later_version_has_made(
    postgres_url: str, tmp_path: Path
) -> None:
    """That is how one goes back to the program before: it knows nothing of those tables."""
    database = Database(postgres_url)
    with database.writing() as connection:
        connection.execute(text("DROP SCHEMA public CASCADE"))
        connection.execute(text("CREATE SCHEMA public"))
    database.migrate()
    kept = Studies(database).create("Kept", b"design")
    backup.backup(postgres_url, tmp_path, tmp_path / "before")
    lost = Studies(database).create("Lost", b"design")
    with database.writing() as connection:
        connection.execute(text(_OF_TOMORROW))
    backup.backup(postgres_url, tmp_path, tmp_path / "later")
    whole = (tmp_path / "before").read_bytes()
    (tmp_path / "cut").write_bytes(whole[: len(whole) // 2])
    for name, told in (("later", "of a later version of this program"), ("cut", "pg_restore has failed: ")):
        with pytest.raises(Unavailable, match=told):
            backup.restore(postgres_url, tmp_path, tmp_path / name, replace=True)
        assert Studies(database).by_id(lost.study_id) == lost, "nothing has changed"
    backup.restore(postgres_url, tmp_path, tmp_path / "before", replace=True)
    with database.reading() as connection:
        assert not connection.execute(text("SELECT to_regclass('of_tomorrow')")).scalar()
        assert not connection.execute(text("SELECT 1 FROM pg_proc WHERE proname = 'grows_tomorrow'")).scalar()
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, METADATA) == []
    assert Studies(database).by_id(kept.study_id) == kept
    with pytest.raises(NotFound):
        Studies(database).by_id(lost.study_id)
    with database.writing() as connection:
        connection.execute(text("ALTER TABLE studies ADD COLUMN of_tomorrow text"))
    database.close()
    backup.restore(postgres_url, tmp_path, tmp_path / "before", replace=True)
    assert Studies(database).by_id(kept.study_id) == kept
    database.close()
    with pytest.raises(Unavailable, match="psql has failed: "):
        backup.restore(f"{postgres_url}_not", tmp_path, tmp_path / "before", replace=True)
    (tmp_path / "empty").write_bytes(b"PGDMP")
    with pytest.raises(Unavailable, match="pg_restore has failed: "):
        backup.restore(postgres_url, tmp_path, tmp_path / "empty", replace=True)


def test_a_dump_of_another_database_is_no_backup_of_records(postgres_url: str, tmp_path: Path) -> None:
    database = Database(postgres_url)
    with database.writing() as connection:
        connection.execute(text("DROP SCHEMA public CASCADE"))
        connection.execute(text("CREATE SCHEMA public"))
    backup.backup(postgres_url, tmp_path, tmp_path / "other")
    database.migrate()
    with pytest.raises(Unavailable, match="there are no records in it"):
        backup.restore(postgres_url, tmp_path, tmp_path / "other", replace=True)
    database.close()
