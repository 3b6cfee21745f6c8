"""The gRPC edge: where it listens, what it dials, and what a call may take."""

from __future__ import annotations

from pathlib import Path
from typing import Self

from pydantic import BaseModel, model_validator

from mammoganesis.errors import InvalidArgument
from services.process.fields import Address, address, host, integer, seconds, secret, setting, variable
from services.process.ports import dialled

MAX_STREAM_SECONDS = 86_400
"""The highest `max_stream_seconds`; nothing between edge and services may cut a stream earlier."""


class EdgeSettings(BaseModel):
    """The gRPC edge: where it listens, what it dials, and what a call may take."""

    edge_host: str = host("Interface of the gRPC edge.", "127.0.0.1")
    edge_port: int = integer("gRPC port of the edge.", 50051, 0, 65535, "(0: any free port)")
    registry_held_bytes: int = integer(
        "Bytes of answers that the edge holds until records has registered their images.",
        2**26,
        0,
        2**34,
        "bytes (0: nothing is registered)",
    )
    serve_address: Address = address(
        "host:port where the edge dials Ray Serve's gRPC port.",
        "127.0.0.1:9000",
    )
    edge_secret: str | None = secret(
        "Shared by edge and services; calls without it are refused. None: `serve` draws one."
    )
    edge_secret_file: Path | None = setting(
        "File of that secret instead, read again when it changes; while it is changed two lines, the first of which is "
        "sent.",
        None,
        "a file",
    )
    max_request_bytes: int = integer(
        "Bytes of one request; 64 codes of 18 x 512 numbers fit into the default.", 5 * 2**19, 2**12, 2**28, "bytes"
    )
    max_held_request_bytes: int = integer(
        "Bytes of requests that the edge holds at a time, half of it for those that are still on their way; the studio "
        "likewise.",
        2**27,
        2**16,
        2**34,
        "bytes",
    )
    default_deadline_seconds: float = seconds(
        "Deadline of a call with one answer that brings none.", 120.0, 0.1, 86_400
    )
    max_deadline_seconds: float = seconds("Longer deadlines of such calls are cut to this one.", 600.0, 0.1, 86_400)
    max_stream_seconds: float = seconds(
        "The same for calls with a stream of answers, as default and as maximum: 10,000 images take hours on a CPU.",
        21_600.0,
        0.1,
        MAX_STREAM_SECONDS,
    )
    max_repeats: int = integer(
        "How often a call is made again that was lost between edge and services.", 20, 0, 1_000, "times"
    )
    stream_stall_seconds: float = seconds(
        "A stream of which its client takes nothing for so long is ended.", 900.0, 0.1, MAX_STREAM_SECONDS
    )
    max_streams: int = integer("Streams of answers open at once in one edge.", 256, 1, 100_000, "streams")
    drain_seconds: float = seconds("For calls in flight to finish when stopping.", 30.0, 0, 3_600)

    @property
    def edge_address(self) -> str:
        """Where the edge is dialled: host:port."""
        return f"{dialled(self.edge_host)}:{self.edge_port}"

    @model_validator(mode="after")
    def _calls_fit(self) -> Self:
        if self.default_deadline_seconds > self.max_deadline_seconds:
            allowed = f"at most {variable('max_deadline_seconds')} ({self.max_deadline_seconds:g} seconds)"
            raise InvalidArgument(variable("default_deadline_seconds"), self.default_deadline_seconds, allowed)
        if self.max_held_request_bytes < 4 * self.max_request_bytes:
            allowed = f"at least 4 times {variable('max_request_bytes')} ({self.max_request_bytes} bytes)"
            raise InvalidArgument(variable("max_held_request_bytes"), self.max_held_request_bytes, allowed)
        return self
