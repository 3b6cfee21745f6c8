"""The identity provider, asked over HTTP: its description, its keys, and tokens for codes.

What it says is judged by `openid`, `keys` and `claims`. Its description is kept through an outage, as its keys are.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from mammoganesis.errors import Unauthenticated, Unavailable, shown
from services.access import openid
from services.access.claims import Reading
from services.access.fetching import Http, fetched, posted
from services.access.keys import PublishedKeys
from services.access.openid import Discovered, Flow
from services.access.principals import MAX_CHARACTERS, Principal

FRESH_SECONDS = 3_600
"""After which the description is asked for again."""


@dataclass(frozen=True)
class Client:
    """What we are at the provider.

    Attributes:
        secret: reads the client's secret, at each use; None: a public client, which has none.
        scopes: that are asked for, with spaces between.
        reading: how roles and groups are read from claims.
    """

    issuer: str
    id: str
    secret: Callable[[], str] | None = None
    scopes: str = "openid profile"
    reading: Reading = field(default_factory=Reading)


@dataclass(frozen=True)
class Login:
    """What came of a login. `id_token`, `refresh_token`, `session` (the provider's name of it): "" for none."""

    principal: Principal
    id_token: str = ""
    refresh_token: str = ""
    session: str = ""


class Provider:
    """One identity provider.

    Args:
        http: by which it is asked.
        clock: seconds, growing.
    """

    def __init__(self, client: Client, http: Http, clock: Callable[[], float] = time.monotonic) -> None:
        self.client = client
        self._http, self._clock = http, clock
        self._discovered: Discovered | None = None
        self._since = 0.0
        self._heard: dict[str, int] = {}  # names of logout tokens -> until when they are remembered
        self._keys = PublishedKeys(self._fetch_keys, clock=clock)

    async def close(self) -> None:
        """Closes the connections."""
        await self._http.aclose()

    async def discovered(self) -> Discovered:
        """Its description.

        Raises:
            Unavailable: it does not answer, and never has.
        """
        if self._discovered is None or self._clock() >= self._since + FRESH_SECONDS:
            issuer = self.client.issuer
            try:
                found = await fetched(self._http, openid.discovery_address(issuer))
                self._discovered, self._since = openid.read_discovery(found, issuer), self._clock()
            except Unavailable:
                if self._discovered is None:
                    raise
        return self._discovered

    async def redeemed(self, code: str, flow: Flow, redirect_uri: str) -> Login:
        """Who has logged in, for the code of `openid.code_of`.

        Raises:
            Unauthenticated: the provider does not take the code, or its ID token is not right.
            Unavailable: it does not answer.
        """
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": redirect_uri}
        tokens = await self._tokens({**form, "code_verifier": flow.verifier})
        claims = await self._id_claims(tokens, flow.nonce)
        return await self._login(tokens, claims)

    async def refreshed(self, refresh_token: str, before: Principal) -> Login:
        """The same person's roles as they are now; their login before gave `refresh_token`.

        Raises:
            Unauthenticated: the provider does not know the login any more, or it is another's.
            Unavailable: it does not answer.
        """
        tokens = await self._tokens({"grant_type": "refresh_token", "refresh_token": refresh_token})
        claims: Mapping[str, Any] = {"sub": before.subject}
        if "id_token" in tokens:
            claims = await self._id_claims(tokens, None)
        elif not (await self.discovered()).userinfo_endpoint:
            return Login(before, "", _text(tokens, "refresh_token") or refresh_token)
        found = await self._login(tokens, claims)
        if found.principal.key != before.key:
            raise Unauthenticated("ID token: of another subject than the login's")
        return Login(found.principal, found.id_token, found.refresh_token or refresh_token, found.session)

    async def logged_out(self, logout_token: str) -> tuple[str, str]:
        """The provider's session and the subject that a logout token (Back-Channel Logout 1.0) ends, "" for either.

        Raises:
            Unauthenticated: it is no such token, or was here before: what began since is not ended by it again.
            Unavailable: the provider's keys cannot be had.
        """
        claims, now = await self._keys.claims(logout_token), int(time.time())
        openid.check_logout_token(claims, self.client.issuer, self.client.id, now)
        self._heard = {name: until for name, until in self._heard.items() if now < until}
        if claims["jti"] in self._heard:
            raise Unauthenticated("logout token: it was here before (jti)")
        self._heard[claims["jti"]] = now + openid.LOGOUT_SECONDS + 2 * openid.LEEWAY_SECONDS
        return _text(claims, "sid"), "" if _text(claims, "sid") else _text(claims, "sub")

    async def _login(self, tokens: Mapping[str, Any], claims: Mapping[str, Any]) -> Login:
        everything = {**await self._user(tokens, claims), **claims}
        principal = self.client.reading.principal(everything, self.client.issuer)
        session = _text(claims, "sid")
        return Login(principal, _text(tokens, "id_token"), _text(tokens, "refresh_token"), session[:MAX_CHARACTERS])

    async def _id_claims(self, tokens: Mapping[str, Any], nonce: str | None) -> Mapping[str, Any]:
        token = _text(tokens, "id_token")
        if not token:
            raise Unauthenticated("the provider gives no ID token; the scope openid is needed")
        claims = await self._keys.claims(token)
        openid.check_id_token(claims, self.client.issuer, self.client.id, nonce, int(time.time()))
        return claims

    async def _user(self, tokens: Mapping[str, Any], claims: Mapping[str, Any]) -> Mapping[str, Any]:
        """What the provider says of the subject where the ID token is short (userinfo); never of another one."""
        access, address = _text(tokens, "access_token"), (await self.discovered()).userinfo_endpoint
        if not access or not address or self.client.reading.is_in(claims):
            return {}
        found = await fetched(self._http, address, {"authorization": f"Bearer {access}"})
        if not isinstance(found, dict) or found.get("sub") != claims.get("sub"):
            raise Unauthenticated("userinfo: of another subject than the ID token's")
        return found

    async def _tokens(self, form: Mapping[str, str]) -> Mapping[str, Any]:
        """The token endpoint's answer (RFC 6749, section 5)."""
        discovered, client = await self.discovered(), self.client
        data = {**form, "client_id": client.id}
        secret = client.secret() if client.secret else None
        basic = None
        if secret is not None and discovered.takes_secret_in_body:
            data["client_secret"] = secret
        elif secret is not None:
            basic = client.id, secret
        status, content = await posted(self._http, discovered.token_endpoint, data, basic)
        if status >= 500:
            raise Unavailable(f"{discovered.token_endpoint} answers with HTTP {status}")
        if status != 200 or not isinstance(content, dict):
            said = content.get("error") if isinstance(content, dict) else None
            raise Unauthenticated(f"the provider gives no tokens: HTTP {status}, {shown(said)}")
        return content

    async def _fetch_keys(self) -> Any:
        return await fetched(self._http, (await self.discovered()).jwks_uri)


def _text(content: Mapping[str, Any], name: str) -> str:
    found = content.get(name, "")
    return found if isinstance(found, str) else ""
