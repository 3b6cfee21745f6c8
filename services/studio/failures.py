"""What went wrong as an answer: {"error": {"status", "message"}} in words of ours, whatever raised it; and a page where
a person has asked for what there is not."""

import math
from collections.abc import Callable
from http import HTTPStatus
from pathlib import Path
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from mammoganesis.errors import DiskFull, MammoganesisError
from services.studio.bodies import HTTP_STATUS, Refused, error_response
from services.studio.calls import RPCS, CallFailed
from services.studio.surroundings import POLICY, path_of, policy
from services.wire.statuses import status_of


def refusal(scope: Scope, error: MammoganesisError) -> Response:
    """The answer to a request that is refused before anything looks at it, in the form of what it asks for."""
    code, message = status_of(error)
    status = HTTP_STATUS.get(code, 502)
    if path_of(scope) in RPCS:  # as the Connect protocol has it
        return JSONResponse({"code": code.name.lower(), "message": message}, status)
    return error_response(status, code.name, message)


def for_a_person(request: Request) -> bool:
    """Whether a person is to look at the answer."""
    return request.method in ("GET", "HEAD") and "text/html" in request.headers.get("accept", "")


def _of_ours(request: Request, error: Exception) -> Response:
    code, message = status_of(error)
    status = HTTPStatus.INSUFFICIENT_STORAGE if isinstance(error, DiskFull) else HTTP_STATUS.get(code, 502)
    return error_response(status, code.name, message)


def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, Refused)
    return error_response(error.status, error.name, error.message)


def _of_the_edge(request: Request, error: Exception) -> Response:
    assert isinstance(error, CallFailed)
    answer = error_response(HTTP_STATUS.get(error.code, 502), error.code.name, error.message)
    if error.retry_seconds is not None:
        answer.headers["retry-after"] = str(math.ceil(error.retry_seconds))
    return answer


def _of_routes(request: Request, error: Exception) -> Response:
    """No such address, or not with such a method."""
    assert isinstance(error, HTTPException)
    status = HTTPStatus(error.status_code)
    name = "NOT_FOUND" if status == HTTPStatus.NOT_FOUND else "INVALID_ARGUMENT"
    answer = error_response(status, name, f"{status.phrase.lower()}: the studio has nothing of that kind here")
    answer.headers.update(error.headers or {})
    return answer


def _gone(request: Request, error: Exception) -> Response:
    return Response(status_code=499)  # nobody reads it


def handlers(missing: Path) -> dict[Any, Callable[[Request, Exception], Response]]:
    """What answers for each kind of error.

    Args:
        missing: the page for a person who has asked for an address that there is not.
    """

    def of_routes(request: Request, error: Exception) -> Response:
        answer = _of_routes(request, error)
        return _page(missing, request, answer.status_code) if for_a_person(request) else answer

    return {
        Refused: _refused,
        CallFailed: _of_the_edge,
        MammoganesisError: _of_ours,
        HTTPException: of_routes,
        ClientDisconnect: _gone,
    }


def _page(file: Path, request: Request, status: int) -> Response:
    """A page of ours below an address of any depth: what is relative in it is beside the studio's first page."""
    home = "../" * (path_of(request.scope).count("/") - 1) or "./"
    text = file.read_text(encoding="utf-8").replace("<head>", f'<head>\n    <base href="{home}">', 1)
    return HTMLResponse(text, status, {POLICY: policy((), base_uri="'self'")})


class Failures:
    """Answers for every error that `handlers` have none for, a bug of ours: an error id for the caller, the rest
    into the log."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        begun = False

        async def sending(message: Message) -> None:
            nonlocal begun
            begun = True
            await send(message)

        try:
            await self._app(scope, receive, sending)
        except Exception as error:
            if begun or scope["type"] != "http":
                raise
            code, message = status_of(error)
            await error_response(HTTPStatus.INTERNAL_SERVER_ERROR, code.name, message)(scope, receive, send)
