"""Bulk jobs of the service."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, field_validator
from pydantic_settings import NoDecode

from services.process.fields import DATA_FOLDER, DESTINATIONS, Destination, integer, setting, split_at_commas


class BulkSettings(BaseModel):
    """Bulk jobs of the service."""

    bulk_destinations: Annotated[tuple[Destination, ...], NoDecode] = setting(
        "Folders and addresses below which bulk jobs of the service may write; those that name none go below the "
        "first.",
        (str(DATA_FOLDER / "bulk"),),
        DESTINATIONS,
    )
    bulk_max_images: int = integer("Images of one bulk job of the service.", 100_000, 1, 10_000_000, "images")
    bulk_max_queued: int = integer("Bulk jobs of the service that may wait.", 100, 1, 1_000, "jobs")
    bulk_jobs_kept: int = integer(
        "Bulk jobs of the service that have ended and are still listed, the last ones; their images stay in any case.",
        10_000,
        10,
        1_000_000,
        "jobs",
    )
    bulk_max_running: int = integer("Bulk jobs of the service that are worked on at a time.", 1, 1, 100, "jobs")
    bulk_calls_at_once: int = integer(
        "Shards of a bulk job that are made at a time, each with one call in flight.", 2, 1, 64, "shards"
    )

    @field_validator("bulk_destinations", mode="before")
    @classmethod
    def _list_of_destinations(cls, value: Any) -> Any:
        return split_at_commas(value)
