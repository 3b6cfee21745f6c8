"""What the commands share that remove the oldest entries of what records keeps."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from services.process.config import Config
    from services.records.sql.database import Database

MOMENT = click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S"])
"""An option's time, UTC."""


@contextmanager
def removing(before: datetime, yes: bool) -> Iterator[tuple[Config, Database, int]]:
    """The configuration, its database in the newest schema, and `before` (UTC) in microseconds since 1970.

    Raises:
        click.Abort: asked whether it is meant, unless `yes`, somebody said no.
    """
    from services.process.config import Config
    from services.records.sql.database import Database

    config = Config.from_environment(os.environ)
    if not yes:
        click.confirm(f"remove the entries from before {before:%Y-%m-%d %H:%M:%S} UTC?", abort=True, err=True)
    database = Database.of(config.records_url, config.records_folder)
    try:
        database.migrate()
        yield config, database, int(before.replace(tzinfo=UTC).timestamp()) * 10**6
    finally:
        database.close()
