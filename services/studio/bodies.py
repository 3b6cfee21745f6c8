"""JSON bodies: what comes in, bounded and refused in words of ours, and the errors that go out.

Errors are {"error": {"status", "message"}}, with the HTTP status that `HTTP_STATUS` has for the gRPC status.
"""

from collections.abc import Mapping
from typing import Any

import grpc
from starlette.requests import Request
from starlette.responses import JSONResponse

from mammoganesis.json_text import NotJson, read_json

MAX_BODY_BYTES = 256 * 2**10

HTTP_STATUS: Mapping[grpc.StatusCode, int] = {
    grpc.StatusCode.INVALID_ARGUMENT: 400,
    grpc.StatusCode.UNAUTHENTICATED: 401,
    grpc.StatusCode.PERMISSION_DENIED: 403,
    grpc.StatusCode.NOT_FOUND: 404,
    grpc.StatusCode.FAILED_PRECONDITION: 409,
    grpc.StatusCode.ABORTED: 409,
    grpc.StatusCode.RESOURCE_EXHAUSTED: 429,
    grpc.StatusCode.INTERNAL: 500,
    grpc.StatusCode.UNAVAILABLE: 503,
    grpc.StatusCode.DEADLINE_EXCEEDED: 504,
}


class Refused(Exception):  # noqa: N818  (an answer, not a fault)
    """The body is refused before any work."""

    def __init__(self, status: int, message: str, name: str = "INVALID_ARGUMENT") -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.name = name


async def read_text(request: Request) -> str:
    """The body of a request in JSON, bounded in bytes; not yet parsed.

    Raises:
        Refused: of another type, too large, or no text.
    """
    # Another site's page can post text without asking, but not application/json.
    if request.headers.get("content-type", "").partition(";")[0].strip() != "application/json":
        raise Refused(415, "content-type: only application/json is taken")
    try:
        return (await read_bytes(request, MAX_BODY_BYTES)).decode()
    except UnicodeDecodeError:
        raise Refused(400, "body: not JSON in UTF-8") from None


async def read_bytes(request: Request, most: int) -> bytes:
    """The body of a request, of up to so many bytes. No turn is held meanwhile: a client sends as slowly as it likes.

    Raises:
        Refused: too large.
    """
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > most:
            raise Refused(413, f"body: too large; allowed: {most} bytes")
    return bytes(body)


def read_object(text: str) -> dict[str, Any]:
    """The JSON object of a body: what `read_json` takes.

    Raises:
        Refused: it is none.
    """
    try:
        content = read_json(text)
    except NotJson as error:
        raise Refused(400, f"body: not taken as JSON: {error}") from None
    if not isinstance(content, dict):
        raise Refused(400, "body: not a JSON object")
    return content


def error_response(status: int, name: str, message: str) -> JSONResponse:
    """What the page shows in place."""
    return JSONResponse({"error": {"status": name, "message": message}}, status_code=status)
