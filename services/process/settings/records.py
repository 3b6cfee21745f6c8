"""Records: where it listens, and where it writes."""

from __future__ import annotations

import re
from pathlib import Path

from pydantic import BaseModel, field_validator

from services.process.fields import (
    DATA_FOLDER,
    Address,
    address,
    host,
    integer,
    refused,
    setting,
)

DATABASE_ALLOWED = "postgresql://user:password@host:port/database, or sqlite:////folder/file"


class RecordsSettings(BaseModel):
    """Records: where it listens, and where it writes."""

    records_host: str = host("Interface of records, behind the edge; never published.", "127.0.0.1")
    records_port: int = integer("gRPC port of records, behind the edge.", 9052, 0, 65535, "(0: any free port)")
    records_address: Address = address(
        "host:port where the edge and who works on bulk jobs dial records.",
        "127.0.0.1:9052",
    )
    records_folder: Path = setting(
        "Folder of the database of records: cases, quizzes and answers, in one SQLite file.", DATA_FOLDER, "a folder"
    )
    records_url: str | None = setting(
        "Database of records instead of the file in `records_folder`; may hold a password.",
        None,
        DATABASE_ALLOWED,
        option=False,
        repr=False,
    )

    @field_validator("records_url")
    @classmethod
    def _a_database_url(cls, value: str | None) -> str | None:
        if value is not None and not re.fullmatch(r"(postgresql://[^\s/]+/[^\s/]+|sqlite:///\S+)", value):
            raise refused(cls, "records_url", f"a value of {len(value)} characters")  # it may hold a password
        return value
