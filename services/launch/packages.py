"""The packages that `mammoganesis serve` needs, looked for before anything imports them."""

from __future__ import annotations

import importlib.util

from mammoganesis.errors import FailedPrecondition
from mammoganesis.terminal.commands import not_installed

PACKAGES = (
    *("alembic", "cachetools", "grpc", "grpc_health", "grpc_reflection", "onnxruntime", "psutil"),
    *("psycopg", "pydantic_settings", "ray", "redis", "sqlalchemy", "starlette", "uvicorn"),
)


def check_packages() -> None:
    """Raises FailedPrecondition that names what is missing and the extra that brings it."""
    missing = [name for name in PACKAGES if importlib.util.find_spec(name) is None]
    if missing:
        raise FailedPrecondition(not_installed(missing, "serve"))
