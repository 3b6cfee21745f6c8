"""What is served, and where its latents are kept."""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, field_validator

from services.process.fields import refused, setting
from services.process.redis_urls import ALLOWED, problem


class ServingSettings(BaseModel):
    """What is served, and where its latents are kept."""

    bundle: Path = setting("Folder of the bundle that is served.", Path("deploy/bundles/demo"), "a folder")
    redis_url: str | None = setting(
        "Redis of the latent cache. None: `serve` brings an embedded server, elsewhere every process keeps its own.",
        None,
        ALLOWED,
        repr=False,
    )
    redis_url_file: Path | None = setting(
        "File that holds `redis_url`, for one with a password: everybody on the machine can read command lines.",
        None,
        "a file",
    )

    @field_validator("redis_url")
    @classmethod
    def _a_redis_url(cls, value: str | None) -> str | None:
        if value is not None and (found := problem(value)):
            raise refused(cls, "redis_url", found)
        return value
