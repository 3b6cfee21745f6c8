"""Tells the audit log what a command of the operator has done, where the server's records are at hand."""

from collections.abc import Sequence

import click


def operator() -> str:
    """Who is at the machine, as the log has it."""
    import getpass

    return f"command|{getpass.getuser()}"


def noted(action: str, targets: Sequence[str]) -> None:
    """One entry in the database of the settings; none where there is no such database. What was done stays done where
    it cannot be written, and that is said on the error stream.

    Args:
        action: words such as "token create".
        targets: "kind:name" each.
    """
    import os
    import time
    import uuid

    from mammoganesis.errors import MammoganesisError
    from mammoganesis.pictures.signature import signer_of
    from services.access.audit_entries import Entry
    from services.process.config import Config
    from services.records.sql.audit import AuditLog
    from services.records.sql.database import FILE_NAME, Database

    config = Config.from_environment(os.environ)
    if config.audit == "off" or (config.records_url is None and not (config.records_folder / FILE_NAME).exists()):
        return
    entry = Entry(uuid.uuid4().hex, time.time_ns() // 1000, operator(), action, targets=tuple(targets))
    try:
        database = Database.of(config.records_url, config.records_folder)
        try:
            AuditLog(database, signer_of(config.signing_key_file)).add([entry])
        finally:
            database.close()
    except MammoganesisError as error:
        click.echo(f"not in the audit log: {error.message}", err=True)
