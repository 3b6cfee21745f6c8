"""Ray Serve."""

from __future__ import annotations

from pydantic import BaseModel

from services.process.fields import integer


class ClusterSettings(BaseModel):
    """Ray Serve."""

    serve_grpc_port: int = integer("gRPC port of Ray Serve, behind the edge; never published.", 9000, 1, 65535)
    serve_http_port: int = integer("HTTP port of Ray Serve; nothing of ours is there.", 8000, 1, 65535)
    light_replicas: int = integer(
        "Processes of each application that draws nothing itself, so that one may die unnoticed; 150 MiB each.",
        0,
        0,
        16,
        "(0: 2 where there is a Redis and 4 GiB of free memory, else 1)",
    )
