"""Public keys that an issuer publishes (JWKS, RFC 7517), and what is signed by one of them (JWS, RFC 7515).

Only the issuer's own address is ever asked for keys: what a token's header says of one (`jwk`, `jku`, `x5u`, `x5c`)
is not looked at. Keys change: an unknown name of one has them fetched again, but not more often than every
`again_seconds`, whatever strangers send. A provider that is away does not matter for as long as `kept_seconds`.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from joserfc import jwk, jws
from joserfc.errors import JoseError

from mammoganesis.errors import Unauthenticated, Unavailable, shown
from mammoganesis.json_text import NotJson, read_json
from services.access.token_headers import header_of

ALGORITHMS = (
    *("RS256", "RS384", "RS512", "PS256", "PS384", "PS512"),
    *("ES256", "ES384", "ES512", "EdDSA", "Ed25519"),
)
"""Those with a public and a private key; HS256 would let a public key be taken for a secret (RFC 8725, section 2.1)."""
MAX_TOKEN = 16 * 2**10
"""Characters of a token."""
MAX_KEYS = 50
MIN_RSA_BITS = 2048
MAX_KEY_NAME = 256
RENEWING_SECONDS = 2.0
"""That a call whose key is known waits for newer ones."""
_KINDS = {"RS": "RSA", "PS": "RSA", "ES": "EC", "Ed": "OKP"}

Fetch = Callable[[], Awaitable[Any]]
"""The JSON of a key set; raises Unavailable where it cannot be had."""


class PublishedKeys:
    """The keys of one issuer.

    Args:
        fetch: asks the issuer for them.
        fresh_seconds: after which they are fetched again.
        kept_seconds: for which they are used at most where they cannot be fetched again.
        again_seconds: between two fetches for the sake of unknown names, or after one that failed.
        clock: seconds, growing.
    """

    def __init__(
        self,
        fetch: Fetch,
        *,
        fresh_seconds: float = 3_600,
        kept_seconds: float = 86_400,
        again_seconds: float = 30,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._fetch = fetch
        self._fresh, self._kept, self._again = fresh_seconds, kept_seconds, again_seconds
        self._clock = clock
        self._keys: dict[str, list[Mapping[str, Any]]] = {}
        self._fetched: float | None = None  # when they came
        self._tried: float | None = None  # when they were asked for
        self._is_away = False
        self._fetching = asyncio.Lock()
        self._renewing: asyncio.Task[None] | None = None

    async def claims(self, token: str, algorithms: tuple[str, ...] = ALGORITHMS) -> dict[str, Any]:
        """What a signed token says (JWT, RFC 7519). Its signature is right; whether its claims are is not judged here.

        Args:
            algorithms: that are taken, of `ALGORITHMS`.

        Raises:
            Unauthenticated: it is no such token, or signed by none of the keys.
            Unavailable: the keys are not known and cannot be fetched.
        """
        algorithm, name = _header(token, algorithms)
        candidates = await self._named(name)
        kind = _KINDS[algorithm[:2]]
        fitting = [key for key in candidates if key.get("kty") == kind and key.get("alg", algorithm) == algorithm]
        for key in fitting:
            if (found := _verified(token, key, algorithm)) is not None:
                return found
        raise Unauthenticated("token: signed by none of the issuer's keys")

    async def _named(self, name: str | None) -> list[Mapping[str, Any]]:
        if not (self._holds() and (name is None or name in self._keys)):
            await self._look()
        elif self._fetched is not None and self._clock() >= self._fetched + self._fresh:
            await self._renew()
        if not self._holds():
            raise Unavailable("the issuer's keys are not known, and it does not answer; try again")
        if name is None:
            return [key for keys in self._keys.values() for key in keys]
        found = [*self._keys.get(name, []), *self._keys.get("", [])]
        if not found and self._is_away:
            raise Unavailable("the key of the token is not known, and its issuer does not answer; try again")
        return found

    def _holds(self) -> bool:
        return self._fetched is not None and self._clock() < self._fetched + self._kept

    async def _renew(self) -> None:
        """For a call whose key is known: one of them waits, and not for long, for a provider that may be away."""
        if self._renewing is None or self._renewing.done():
            self._renewing = asyncio.create_task(self._look())
            await asyncio.wait({self._renewing}, timeout=RENEWING_SECONDS)

    async def _look(self) -> None:
        """Fetches the keys, unless somebody has just tried."""
        async with self._fetching:
            now = self._clock()
            if self._tried is not None and now < self._tried + self._again:
                return
            self._tried = now
            try:
                self._keys = _read(await self._fetch())
            except Unavailable:
                self._is_away = True
                return
            self._is_away = False
            self._fetched = self._clock()


def _header(token: str, algorithms: tuple[str, ...]) -> tuple[str, str | None]:
    """Algorithm and name of the key."""
    if len(token) > MAX_TOKEN:
        raise Unauthenticated(f"token: more than {MAX_TOKEN} characters")
    try:
        header = header_of(token)
    except ValueError:
        raise Unauthenticated("token: no signed token (JWS in its compact form)") from None
    algorithm, name = header.get("alg"), header.get("kid")
    if algorithm not in algorithms:
        raise Unauthenticated(f"token: algorithm {shown(algorithm)} is not allowed; allowed: {', '.join(algorithms)}")
    if name is not None and not (isinstance(name, str) and len(name) <= MAX_KEY_NAME):
        raise Unauthenticated(f"token: the key's name (kid) is no text of at most {MAX_KEY_NAME} characters")
    return str(algorithm), name


def _verified(token: str, key: Mapping[str, Any], algorithm: str) -> dict[str, Any] | None:
    registry = jws.JWSRegistry(algorithms=[algorithm], strict_check_header=False)
    try:
        found = jws.deserialize_compact(token, jwk.import_key(dict(key)), [algorithm], registry)
        claims = read_json(found.payload.decode())
    except (JoseError, ValueError, NotJson):
        return None
    return claims if isinstance(claims, dict) else None


def _read(content: Any) -> dict[str, list[Mapping[str, Any]]]:
    """The usable keys by their names; those without one are under ""."""
    listed = content.get("keys") if isinstance(content, dict) else None
    if not isinstance(listed, list) or len(listed) > MAX_KEYS:
        raise Unavailable(f"the issuer's keys are no key set of at most {MAX_KEYS} keys")
    found: dict[str, list[Mapping[str, Any]]] = {}
    for key in listed:
        if isinstance(key, dict) and _usable(key):
            found.setdefault(str(key.get("kid", "")), []).append(key)
    return found


def _usable(key: Mapping[str, Any]) -> bool:
    """Whether it is a public key to verify with, strong enough."""
    if key.get("kty") not in _KINDS.values() or key.get("use", "sig") != "sig":
        return False
    try:
        read = jwk.import_key(dict(key))
    except (JoseError, ValueError, TypeError):
        return False
    return key["kty"] != "RSA" or read.public_key.key_size >= MIN_RSA_BITS  # type: ignore[union-attr]
