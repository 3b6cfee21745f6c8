"""What is written down, measured and traced of what happens."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pydantic import BaseModel, field_validator

from services.process.fields import host, integer, one_of, setting

SERVED = ("edge", "records", "studio", "bulk", "cluster")
"""To whom `serve` gives a port for metrics, in this order; that of the cluster is Ray's exporter."""


class ObservabilitySettings(BaseModel):
    """What is written down, measured and traced of what happens."""

    metrics_host: str = host("Interface of the port that shows a process's metrics to Prometheus.", "127.0.0.1")
    metrics_port: int = integer(
        "That port; `serve` gives it to the edge, and the four after it to records, studio, bulk jobs and Ray.",
        0,
        0,
        65_535,
        "(0: none)",
    )
    ray_metrics_address: str | None = setting(
        "host:port where the edge reads what Ray's replicas have measured, for `mammoganesis status`.",
        None,
        "host:port",
        option=False,
        pattern=r"^(?:[A-Za-z0-9._-]{1,253}|\[[0-9A-Fa-f:.]+\]):[0-9]{1,5}$",
    )
    traces_endpoint: str | None = setting(
        "Where traces go, by OTLP over HTTP. None: there are none.",
        None,
        "a URL such as http://collector:4318/v1/traces",
        pattern=r"^https?://[^\s@]{1,1000}$",
    )
    traces_ratio: float = setting(
        "Share of the calls that are traced, of those whose client has not decided.",
        1.0,
        "a number, 0 to 1",
        ge=0,
        le=1,
        allow_inf_nan=False,
    )
    log_level: str = one_of("Lowest level that is logged.", "debug", "info", "warning", "error", default="info")
    log_level_file: Path | None = setting(
        "File with a level that counts instead, read again as it changes. None: `serve` makes one beside the logs.",
        None,
        "a file",
    )
    log_folder: Path | None = setting(
        "Folder of its own where `serve` writes the logs, and keeps Ray's latest when it ends. None: a private one, "
        "which goes with it.",
        None,
        "a folder",
    )
    log_files_kept: int = integer("Older log files of each process, of 16 MiB, that `serve` keeps.", 3, 1, 100, "files")

    @field_validator("log_level", mode="before")
    @classmethod
    def _level_in_any_capitals(cls, value: Any) -> Any:
        return value.lower() if isinstance(value, str) else value
