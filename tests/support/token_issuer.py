"""An identity provider's public side: discovery and keys over HTTP, which counts what it is asked for."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tests.support.http_servers import running_app
from tests.support.signed_tokens import Signer

AUDIENCE = "mammoganesis-edge"


@dataclass
class Provider:
    """One provider.

    Attributes:
        signers: whose keys it publishes.
        asked: paths, in their order.
        is_away: it answers with 503.
    """

    signers: list[Signer]
    address: str = ""
    asked: list[str] = field(default_factory=list)
    is_away: bool = False

    def claims(self, **changed: Any) -> dict[str, Any]:
        """Of an access token that is right; `changed`: other claims, None: left away."""
        now = int(time.time())
        whole = {"iss": self.address, "aud": AUDIENCE, "sub": "ada", "iat": now, "exp": now + 300, "jti": "one"}
        whole |= {"roles": ["researcher"], **changed}
        return {name: value for name, value in whole.items() if value is not None}

    async def answer(self, request: Request) -> Response:
        path = request.url.path
        self.asked.append(path)
        if self.is_away:
            return Response(status_code=503)
        if path == "/.well-known/openid-configuration":
            return JSONResponse({"issuer": self.address, "jwks_uri": f"{self.address}/keys"})
        return JSONResponse({"keys": [signer.published for signer in self.signers]})


@contextmanager
def provider(*signers: Signer) -> Iterator[Provider]:
    """One on a free port of 127.0.0.1."""
    found = Provider(list(signers))
    with running_app(Starlette(routes=[Route("/{path:path}", found.answer)])) as port:
        found.address = f"http://127.0.0.1:{port}"
        yield found
