"""A learning platform by PyJWT, as much of one as LTI 1.3 asks for: login, keys, tokens, grades, members, deep linking,
dynamic registration, and a course's page with a frame. Nothing of it is made by what it tests."""

from __future__ import annotations

import html
import json
import secrets
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlencode

import jwt
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from mammoganesis.v1.lti_pb2 import LtiPlatform
from tests.support.http_servers import running_app
from tests.support.lti_tokens import AGS, DEEP, LTI, MEMBERSHIP, NRPS, Signer

CONFIGURATION = "https://purl.imsglobal.org/spec/lti-tool-configuration"
SCORE, LINE_ITEM = "application/vnd.ims.lis.v1.score+json", "application/vnd.ims.lis.v2.lineitem+json"
STORAGE = """const held = new Map(); addEventListener("message", ({ data, source, origin }) => {
  if (origin !== TOOL || !data || !data.message_id) return;
  if (data.subject === "lti.put_data") held.set(data.key, data.value);
  const { subject, message_id, key } = data;
  const answer = { subject: subject + ".response", message_id, key, value: held.get(key) };
  setTimeout(() => source.postMessage(answer, origin), data.subject === "lti.get_data" ? LATE : 0);
});"""


@dataclass
class LearningPlatform:
    """One platform with one course.

    Attributes:
        tool: address of the studio.
        people: roles and names by login hint.
        links: what a link of the course leads to (target_link_uri), and its column's address.
        change: what is done to the claims of the next launches.
        down: of how many requests to a path the next answers are 503.
        scores: (address of the column, score) as they have arrived.
        storage: whether it offers to keep things for frames.
        late_ms: how long it takes to give them back.
        open: whether a login, and a choice that has come, goes on; a test may do something before.
    """

    tool: str = ""
    signer: Signer = field(default_factory=lambda: Signer("key-1"))
    client_id: str = "tool-7"
    deployment: str = "1"
    url: str = ""
    people: dict[str, tuple[str, str]] = field(
        default_factory=lambda: {
            "anna": ("Instructor", "Anna Alt"),
            "ben": ("Learner", "Ben Bär"),
            "cem": ("Learner", ""),
        }
    )
    links: dict[str, tuple[str, str]] = field(default_factory=dict)
    change: Callable[[dict[str, Any]], dict[str, Any]] = lambda claims: claims
    down: dict[str, int] = field(default_factory=dict)
    scores: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    columns: dict[str, dict[str, Any]] = field(default_factory=dict)
    chosen: list[dict[str, Any]] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    tokens: dict[str, str] = field(default_factory=dict)
    assertions: set[str] = field(default_factory=set)
    registrations: dict[str, dict[str, Any]] = field(default_factory=dict)
    statements: list[dict[str, Any]] = field(default_factory=list)
    redirect_uris: list[str] = field(default_factory=list)
    storage: bool = False
    late_ms: int = 0
    open: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self.open.set()

    @property
    def message(self) -> LtiPlatform:
        """As its administrator would tell ours."""
        return LtiPlatform(
            name="Course platform",
            issuer=self.url,
            client_id=self.client_id,
            deployment_ids=[self.deployment],
            authorization_url=f"{self.url}/auth",
            token_url=f"{self.url}/token",
            jwks_url=f"{self.url}/jwks",
        )

    def login(self, person: str, link: str, **changed: str) -> str:
        """The address by which a launch begins; `link`: "" for deep linking."""
        target = self.links[link][0] if link else f"{self.tool}/lti/launch"
        parameters = {
            "iss": self.url,
            "login_hint": person,
            "target_link_uri": target,
            "client_id": self.client_id,
            "lti_deployment_id": self.deployment,
            "lti_message_hint": link or "choose",
            **({"lti_storage_target": "_parent"} if self.storage else {}),
            **changed,
        }
        return f"{self.tool}/lti/login?{urlencode({k: v for k, v in parameters.items() if v})}"

    def claims(self, person: str, hint: str, nonce: str) -> dict[str, Any]:
        """Of the message by which somebody is launched."""
        role, name = self.people[person]
        now = int(time.time())
        claims = {
            "iss": self.url,
            "aud": self.client_id,
            "sub": f"user-{person}",
            "iat": now,
            "exp": now + 300,
            "nonce": nonce,
            "name": name,
            "email": f"{person}@example.org",
            f"{LTI}version": "1.3.0",
            f"{LTI}deployment_id": self.deployment,
            f"{LTI}roles": [f"{MEMBERSHIP}{role}"],
            f"{LTI}context": {"id": "course-1"},
            f"{NRPS}claim/namesroleservice": {"context_memberships_url": f"{self.url}/members?p=1"},
        }
        if hint == "choose":
            claims[f"{LTI}message_type"] = "LtiDeepLinkingRequest"
            claims[f"{DEEP}deep_linking_settings"] = {
                "deep_link_return_url": f"{self.url}/return",
                "accept_types": ["ltiResourceLink"],
                "accept_multiple": True,
                "data": "course-1-data",
            }
        else:
            target, column = self.links[hint]
            claims[f"{LTI}message_type"] = "LtiResourceLinkRequest"
            claims[f"{LTI}target_link_uri"] = target
            claims[f"{LTI}resource_link"] = {"id": hint}
            scope = [f"{AGS}scope/lineitem", f"{AGS}scope/score"]
            items = {"scope": scope, "lineitems": f"{self.url}/items?type=1"}
            claims[f"{AGS}claim/endpoint"] = items | ({"lineitem": column} if column else {})
        return self.change(claims)

    async def course(self, request: Request) -> Response:
        """GET /course?person=...&link=...: a page with the tool in a frame."""
        person, link = request.query_params["person"], request.query_params.get("link", "")
        address = html.escape(self.login(person, link))
        known = f"const TOOL = {json.dumps(self.tool)}, LATE = {self.late_ms};"
        script = f"<script>{known} {STORAGE}</script>" if self.storage else ""
        frame = f'<iframe name=tool title=Tool width=1000 height=900 src="{address}"></iframe>'
        head = '<link rel=icon href="data:,"><meta name=viewport content="width=device-width">'
        head += "<style>iframe { max-width: 100%; border: 0 }</style>"
        return HTMLResponse(f"<!doctype html><html lang=en><title>Course</title>{head}<h1>Course</h1>{script}{frame}")

    async def auth(self, request: Request) -> Response:
        """GET /auth: OpenID Connect's authentication request."""
        self.asked.append("auth")
        await run_in_threadpool(self.open.wait)
        given = request.query_params
        wanted = {"scope": "openid", "response_type": "id_token", "response_mode": "form_post", "prompt": "none"}
        assert {name: given[name] for name in wanted} == wanted
        assert given["client_id"] == self.client_id
        assert given["redirect_uri"] in self.redirect_uris
        claims = self.claims(given["login_hint"], given["lti_message_hint"], given["nonce"])
        fields = {"id_token": self.signer.signed(claims), "state": given["state"]}
        return HTMLResponse(_posting(given["redirect_uri"], fields))

    async def jwks(self, request: Request) -> Response:
        """GET /jwks"""
        return self._counted("jwks") or JSONResponse(self.signer.jwks)

    async def token(self, request: Request) -> Response:
        """POST /token: client credentials by an assertion (RFC 7523)."""
        if refused := self._counted("token"):
            return refused
        form = {name: values[0] for name, values in parse_qs((await request.body()).decode()).items()}
        assert form["grant_type"] == "client_credentials"
        assert form["client_assertion_type"] == "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
        claims = await run_in_threadpool(self.read, form["client_assertion"], f"{self.url}/token")
        assert (claims["iss"], claims["sub"]) == (self.client_id, self.client_id)
        assert claims["jti"] not in self.assertions
        self.assertions.add(claims["jti"])
        token = secrets.token_hex(16)
        self.tokens[token] = form["scope"]
        return JSONResponse({"access_token": token, "token_type": "Bearer", "expires_in": 3600, "scope": form["scope"]})

    def read(self, token: str, audience: str) -> dict[str, Any]:
        """What the tool has signed, by the keys that it publishes."""
        with urllib.request.urlopen(f"{self.tool}/lti/jwks") as answer:
            keys = jwt.PyJWKSet.from_dict(json.load(answer))
        key = keys[jwt.get_unverified_header(token)["kid"]]
        return jwt.decode(token, key.key, ["RS256"], audience=audience, options={"require": ["exp", "iat"]})

    async def items(self, request: Request) -> Response:
        """GET and POST /items: columns."""
        if refused := self._counted("items") or self._unauthorized(request, "lineitem"):
            return refused
        if request.method == "GET":
            wanted = request.query_params.get("resource_id")
            return JSONResponse([one for one in self.columns.values() if one.get("resourceId") == wanted])
        assert request.headers["content-type"] == LINE_ITEM
        return JSONResponse(self.new_column(await request.json()), 201)

    def new_column(self, wanted: dict[str, Any]) -> dict[str, Any]:
        """A column of the gradebook."""
        assert wanted["scoreMaximum"] > 0
        address = f"{self.url}/items/{len(self.columns) + 1}/lineitem?type=1"
        self.columns[address] = {"id": address, **wanted}
        return self.columns[address]

    async def score(self, request: Request) -> Response:
        """POST /items/{n}/lineitem/scores"""
        if refused := self._counted("scores") or self._unauthorized(request, "score"):
            return refused
        assert request.headers["content-type"] == SCORE
        column = str(request.url).replace("/scores?", "?")
        assert column in self.columns
        self.scores.append((column, await request.json()))
        return Response(status_code=204)

    async def members(self, request: Request) -> Response:
        """GET /members: one person a page."""
        if refused := self._counted("members") or self._unauthorized(request, "contextmembership.readonly"):
            return refused
        page = int(request.query_params["p"])
        person = list(self.people)[page - 1]
        role, name = self.people[person]
        one = {"user_id": f"user-{person}", "name": name, "roles": [role], "status": "Active"}
        following = f'<{self.url}/members?p={page + 1}>; rel="next"' if page < len(self.people) else ""
        return JSONResponse(
            {"id": self.url, "context": {"id": "course-1"}, "members": [one]}, headers={"link": following}
        )

    async def returned(self, request: Request) -> Response:
        """POST /return: a deep linking response."""
        token = parse_qs((await request.body()).decode())["JWT"][0]
        await run_in_threadpool(self.open.wait)
        claims = await run_in_threadpool(self.read, token, self.url)
        assert claims["iss"] == self.client_id
        assert claims[f"{LTI}message_type"] == "LtiDeepLinkingResponse"
        assert claims[f"{LTI}version"] == "1.3.0"
        assert claims[f"{LTI}deployment_id"] == self.deployment
        assert claims[f"{DEEP}data"] == "course-1-data"
        self.chosen = claims[f"{DEEP}content_items"]
        for number, item in enumerate(self.chosen, len(self.links) + 1):
            column = self.new_column(item["lineItem"])["id"] if "lineItem" in item else ""
            self.links[f"link-{number}"] = item["url"], column
        return HTMLResponse('<!doctype html><html lang=en><title>Course</title><link rel=icon href="data:,"><p>Linked')

    async def configuration(self, request: Request) -> Response:
        """GET /openid-configuration"""
        self.asked.append("openid-configuration")
        found = {
            "issuer": self.url,
            "authorization_endpoint": f"{self.url}/auth",
            "token_endpoint": f"{self.url}/token",
            "jwks_uri": f"{self.url}/jwks",
            "registration_endpoint": f"{self.url}/registration",
            "scopes_supported": ["openid", f"{AGS}scope/lineitem", f"{AGS}scope/score"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "https://purl.imsglobal.org/spec/lti-platform-configuration": {"product_family_code": "tests"},
        }
        return JSONResponse(found)

    async def registration(self, request: Request) -> Response:
        """POST /registration"""
        self.asked.append("registration")
        assert request.headers["authorization"] == "Bearer platforms-own"
        wanted = await request.json()
        self.redirect_uris = wanted["redirect_uris"]
        self.client_id = secrets.token_hex(4)
        self.registrations[self.client_id] = wanted
        told = wanted[CONFIGURATION] | {"deployment_id": self.deployment}
        return JSONResponse(wanted | {"client_id": self.client_id, CONFIGURATION: told}, 201)

    async def statement(self, request: Request) -> Response:
        """POST /xapi/statements: a learning record store."""
        if refused := self._counted("statements"):
            return refused
        assert request.headers["authorization"] == "Basic a2V5OnNlY3JldA=="  # key:secret
        assert request.headers["x-experience-api-version"] == "1.0.3"
        said = await request.json()
        if said["id"] in [one["id"] for one in self.statements]:
            return Response(status_code=409)
        self.statements.append(said)
        return JSONResponse([said["id"]])

    def _counted(self, name: str) -> Response | None:
        """503 while it is down."""
        self.asked.append(name)
        if self.down.get(name, 0) > 0:
            self.down[name] -= 1
            return Response("maintenance", 503)
        return None

    def _unauthorized(self, request: Request, scope: str) -> Response | None:
        token = request.headers.get("authorization", "").removeprefix("Bearer ")
        granted = self.tokens.get(token, "")
        return None if any(one.endswith(scope) for one in granted.split()) else Response(status_code=401)

    @contextmanager
    def running(self) -> Iterator[LearningPlatform]:
        """At localhost, which is another site than the studio's 127.0.0.1."""
        routes = [
            Route("/course", self.course),
            Route("/auth", self.auth),
            Route("/jwks", self.jwks),
            Route("/token", self.token, methods=["POST"]),
            Route("/items", self.items, methods=["GET", "POST"]),
            Route("/items/{number}/lineitem/scores", self.score, methods=["POST"]),
            Route("/members", self.members),
            Route("/return", self.returned, methods=["POST"]),
            Route("/openid-configuration", self.configuration),
            Route("/registration", self.registration, methods=["POST"]),
            Route("/xapi/statements", self.statement, methods=["POST"]),
        ]
        with running_app(Starlette(routes=routes)) as port:
            self.url = f"http://localhost:{port}"
            yield self


def _posting(address: str, fields: dict[str, str]) -> str:
    inputs = "".join(f'<input type=hidden name={name} value="{html.escape(value)}">' for name, value in fields.items())
    icon = '<link rel=icon href="data:,">'
    form = f'<form method=post action="{html.escape(address)}">{inputs}</form>'
    return f"<!doctype html><title>Login</title>{icon}{form}<script>document.forms[0].submit()</script>"
