"""OpenID Connect Core 1.0: the authorization code flow with PKCE (RFC 7636), judged; nothing is asked for here.

A login has three steps: the browser is sent to the provider (`authorization_address`), comes back with a code
(`code_of`), for which the provider gives an ID token (`check_id_token`). What ties them to one browser is a `Flow`,
which that browser keeps for us, sealed. Errors say what is wrong for the log; a person reads the words of the page.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any
from urllib.parse import urlencode, urlsplit

from mammoganesis.errors import NotFound, PermissionDenied, Unauthenticated, Unavailable, shown
from services.access.fetching import is_safe

FLOW_SECONDS = 600
"""From the beginning of a login to its end."""
LEEWAY_SECONDS = 60
LOGOUT_SECONDS = 300
"""From the moment that a logout token was issued: as long as a provider may go on trying to bring it."""
MAX_LOGOUT_NAME = 256
MAX_CODE = 4096


@dataclass(frozen=True)
class Discovered:
    """What a provider says of itself (OpenID Connect Discovery 1.0): addresses, "" for none.

    Attributes:
        names_itself: whether each of its answers says who it is from (RFC 9207).
        takes_secret_in_body: whether it wants a client's secret in the body alone, not as HTTP Basic.
    """

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    end_session_endpoint: str = ""
    userinfo_endpoint: str = ""
    names_itself: bool = False
    takes_secret_in_body: bool = False


@dataclass(frozen=True)
class Flow:
    """What a login that has begun is known by.

    Attributes:
        state: that the answer must bring back.
        nonce: that the ID token must hold.
        verifier: that redeems the code; the provider has seen only its digest.
        begun: seconds since 1970, UTC.
    """

    state: str
    nonce: str
    verifier: str
    begun: int

    @classmethod
    def new(cls, now: int) -> Flow:
        """All drawn at random: 256 bits each."""
        return cls(secrets.token_urlsafe(32), secrets.token_urlsafe(32), secrets.token_urlsafe(32), now)

    @property
    def challenge(self) -> str:
        """S256 of the verifier."""
        return base64.urlsafe_b64encode(hashlib.sha256(self.verifier.encode()).digest()).rstrip(b"=").decode()

    def to_json(self) -> dict[str, Any]:
        """What `from_json` reads."""
        return asdict(self)

    @classmethod
    def from_json(cls, value: Mapping[str, Any] | None) -> Flow | None:
        """None for what is none."""
        if value is None or set(value) != set(cls.__dataclass_fields__) or type(value["begun"]) is not int:
            return None
        return cls(**value) if all(isinstance(value[key], str) for key in ("state", "nonce", "verifier")) else None


def discovery_address(issuer: str) -> str:
    """Where a provider describes itself."""
    return f"{issuer.rstrip('/')}/.well-known/openid-configuration"


def read_discovery(content: Any, issuer: str) -> Discovered:
    """The description of a provider.

    Raises:
        Unavailable: it is none, or another provider's.
    """
    if not isinstance(content, dict) or content.get("issuer") != issuer:
        found = content.get("issuer") if isinstance(content, dict) else content
        raise Unavailable(f"{discovery_address(issuer)} describes {shown(found)}, not {issuer}")
    addresses = {name: content.get(name, "") for name in _ADDRESSES}
    for name, address in addresses.items():
        wanted = name in _NEEDED or address != ""
        if wanted and not (isinstance(address, str) and is_safe(address) and not urlsplit(address).fragment):
            raise Unavailable(f"{discovery_address(issuer)}: {name}: {shown(address)} is no address over https")
    methods = content.get("token_endpoint_auth_methods_supported", ["client_secret_basic"])
    return Discovered(
        issuer,
        **addresses,
        names_itself=content.get("authorization_response_iss_parameter_supported") is True,
        takes_secret_in_body=isinstance(methods, list)
        and "client_secret_basic" not in methods
        and "client_secret_post" in methods,
    )


_NEEDED = ("authorization_endpoint", "token_endpoint", "jwks_uri")
_ADDRESSES = (*_NEEDED, "end_session_endpoint", "userinfo_endpoint")


def authorization_address(
    provider: Discovered, client_id: str, redirect_uri: str, scopes: str, flow: Flow, language: str = ""
) -> str:
    """Where a browser is sent to log in.

    Args:
        language: of the provider's pages, such as "fr"; "" for its own choice.
    """
    query = {
        "response_type": "code",
        "client_id": client_id,
        "redirect_uri": redirect_uri,
        "scope": scopes,
        "state": flow.state,
        "nonce": flow.nonce,
        "code_challenge": flow.challenge,
        "code_challenge_method": "S256",
        **({"ui_locales": language} if language else {}),
    }
    return _with_query(provider.authorization_endpoint, query)


def logout_address(provider: Discovered, client_id: str, back: str, id_token: str) -> str:
    """Where a browser is sent to end the session at the provider too (RP-Initiated Logout 1.0); "" for nowhere.

    Args:
        back: where the provider sends it then.
        id_token: of the login, so that the provider need not ask whether it is meant; "" for none.
    """
    if not provider.end_session_endpoint:
        return ""
    query = {"client_id": client_id, "post_logout_redirect_uri": back}
    return _with_query(provider.end_session_endpoint, {**query, **({"id_token_hint": id_token} if id_token else {})})


def code_of(provider: Discovered, query: Mapping[str, str], flow: Flow | None, now: int) -> str:
    """The code with which a browser comes back.

    Args:
        query: of the address, each name once.
        flow: that this browser keeps under the answer's state; None for none.

    Raises:
        NotFound: this browser has not begun this login, it has been used, or is too old.
        PermissionDenied: the provider says that it was broken off or refused.
        Unavailable: the provider says that it cannot now.
        Unauthenticated: the answer is another provider's, or none.
    """
    state = query.get("state", "")
    if flow is None or not hmac.compare_digest(state.encode(), flow.state.encode()) or now >= flow.begun + FLOW_SECONDS:
        raise NotFound("state: no login of this browser, or one that is used or older than 10 minutes")
    said = query.get("iss")
    if said != provider.issuer and (said is not None or provider.names_itself):
        raise Unauthenticated(f"iss: {shown(said)} has answered, not {provider.issuer}")  # RFC 9207: a mix-up
    if "error" in query:
        text = f"the provider: {shown(query['error'])}, {shown(query.get('error_description'))}"
        if query["error"] in ("temporarily_unavailable", "server_error"):
            raise Unavailable(text)
        raise PermissionDenied(text)
    code = query.get("code", "")
    if not 0 < len(code) <= MAX_CODE:
        raise Unauthenticated("code: the answer has none")
    return code


def check_id_token(claims: Mapping[str, Any], issuer: str, client_id: str, nonce: str | None, now: int) -> None:
    """Judges the claims of an ID token whose signature is right (OpenID Connect Core 1.0, section 3.1.3.7).

    Args:
        nonce: of the flow; None: of a token that came with refreshed ones, which need none.

    Raises:
        Unauthenticated: it is another issuer's, for another client, of another login, or too old or too new.
    """
    audience = claims.get("aud")
    audiences = audience if isinstance(audience, list) else [audience]
    if claims.get("iss") != issuer:
        raise Unauthenticated(f"ID token: issuer {shown(claims.get('iss'))}, not {issuer}")
    if client_id not in audiences or claims.get("azp", client_id) != client_id:
        raise Unauthenticated(f"ID token: for {shown(audience)} (azp {shown(claims.get('azp'))}), not for {client_id}")
    if len(audiences) > 1 and "azp" not in claims:
        raise Unauthenticated("ID token: for several, and does not say who has asked for it (azp)")
    ends, issued = _seconds(claims, "exp"), _seconds(claims, "iat")
    if now >= ends + LEEWAY_SECONDS:
        raise Unauthenticated("ID token: its time (exp) is over")
    if issued > now + LEEWAY_SECONDS or _seconds(claims, "nbf", 0) > now + LEEWAY_SECONDS:
        raise Unauthenticated("ID token: its time (iat, nbf) has not begun")
    said = claims.get("nonce")
    if nonce is not None and not (isinstance(said, str) and hmac.compare_digest(said.encode(), nonce.encode())):
        raise Unauthenticated("ID token: of another login (nonce)")


def check_logout_token(claims: Mapping[str, Any], issuer: str, client_id: str, now: int) -> None:
    """Judges the claims of a logout token whose signature is right (Back-Channel Logout 1.0, sections 2.4 and 2.6).
    Whether it was here before is for whoever remembers `jti` for `LOGOUT_SECONDS` and twice the leeway.

    Raises:
        Unauthenticated: it is another issuer's, for another client, too old, an ID token, has no name, or names no
            session.
    """
    check_id_token(claims, issuer, client_id, None, now)
    if now >= _seconds(claims, "iat") + LOGOUT_SECONDS + LEEWAY_SECONDS:
        raise Unauthenticated(f"logout token: issued (iat) more than {LOGOUT_SECONDS} seconds ago")
    name = claims.get("jti")
    if not isinstance(name, str) or not 0 < len(name) <= MAX_LOGOUT_NAME:
        raise Unauthenticated(f"logout token: its name (jti) is no text of 1 to {MAX_LOGOUT_NAME} characters")
    events = claims.get("events")
    if not isinstance(events, dict) or LOGOUT_EVENT not in events or "nonce" in claims:
        raise Unauthenticated("logout token: it is none (events, nonce)")
    if not isinstance(claims.get("sid"), str) and not isinstance(claims.get("sub"), str):
        raise Unauthenticated("logout token: it names neither a session (sid) nor a subject (sub)")


LOGOUT_EVENT = "http://schemas.openid.net/event/backchannel-logout"


def _seconds(claims: Mapping[str, Any], name: str, otherwise: int | None = None) -> float:
    value = claims.get(name, otherwise)
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise Unauthenticated(f"ID token: {name}: {shown(value)} is no time")
    return value


def _with_query(address: str, query: Mapping[str, str]) -> str:
    return f"{address}{'&' if urlsplit(address).query else '?'}{urlencode(query)}"
