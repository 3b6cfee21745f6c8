"""Ray Serve."""

from __future__ import annotations

from pydantic import BaseModel

from services.process.fields import integer


class ClusterSettings(BaseModel):
    """Ray Serve."""

    serve_grpc_port: int = integer("gRPC port of Ray Serve, behind the edge; never published.", 9000, 1, 65535)
    serve_http_port: int = integer("HTTP port of Ray Serve; nothing of ours is there.", 8000, 1, 65535)
