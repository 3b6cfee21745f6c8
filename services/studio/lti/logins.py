"""Login and launch. A launch is believed from the browser that asked for the login alone.

The browser keeps its secret in a cookie of the frame (SameSite=None, Partitioned). Where it takes none, the secret lies
with the platform, if that offers to keep it (lti_storage_target); and where it does not, the page offers a window of
its own, in which cookies are no third party's.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import Any
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from mammoganesis.errors import InvalidArgument, Unauthenticated
from mammoganesis.v1 import lti_pb2 as pb
from services.access.fetching import fetched
from services.access.keys import PublishedKeys
from services.lti.addresses import origin_of
from services.lti.initiation import Initiation, authorization_url, initiation_of
from services.lti.launches import Launch, Message, launch_of
from services.lti.platforms import Platform
from services.lti.resources import resource_at
from services.lti.states import SECONDS, State, begin, state_of
from services.lti.tokens import ALGORITHM
from services.studio.bodies import read_bytes, read_object, read_text
from services.studio.lti.page import LtiPage
from services.studio.lti.platforms import PlatformClient, platform_of
from services.studio.lti.tool import Tool
from services.studio.sessions import cookie_of, sessions_of, set_cookie, start_session

MAX_FORM_BYTES = 128 * 2**10
MAX_ISSUERS = 200
COOKIE = "__Host-"


class Logins:
    """Of one studio."""

    def __init__(self, tool: Tool, client: PlatformClient, page: LtiPage) -> None:
        self._tool, self._client, self._page = tool, client, page
        self._keys: OrderedDict[str, PublishedKeys] = OrderedDict()

    async def login(self, request: Request) -> Response:
        """GET or POST /lti/login"""
        given = await form_of(request) if request.method == "POST" else dict(request.query_params)
        asked = initiation_of(given)
        resource_at(asked.target_link_uri, self._tool.base)
        found = await self._tool.ask(pb.FindPlatformRequest(issuer=asked.issuer, client_id=asked.client_id))
        platform = platform_of(found.platform)
        if asked.deployment_id and asked.deployment_id not in platform.deployments:
            raise Unauthenticated("lti_deployment_id: not a deployment that the operator has registered")
        begun = begin(asked, platform.platform_id, self._tool.secret)
        address = authorization_url(platform, asked, f"{self._tool.base}/lti/launch", begun.state, begun.nonce)
        answer: Response = RedirectResponse(address, 303)
        if asked.storage_target:
            answer = self._page.showing(
                "keep", go=address, secret=begun.browser, **_storage(platform, asked, begun.name)
            )
        set_cookie(answer.headers, COOKIE + begun.name, begun.browser, SECONDS, framed=True)
        return answer

    async def launch(self, request: Request) -> Response:
        """POST /lti/launch: a form from the platform, or JSON from our own page with the secret that the platform
        kept, which is answered by {"go"}, "" for nowhere, and the course's {"language"}."""
        again = request.headers.get("content-type", "").partition(";")[0].strip() == "application/json"
        given = read_object(await read_text(request)) if again else await form_of(request)
        if "error" in given:
            told = str(given.get("error_description") or given["error"])[:300]
            raise Unauthenticated(f"the platform has refused: {told}")
        state = state_of(str(given.get("state", "")), self._tool.settings.secret.valid)
        token = str(given.get("id_token", ""))
        platform = platform_of((await self._tool.ask(pb.FindPlatformRequest(platform_id=state.platform_id))).platform)
        secret = str(given.get("browser", "")) if again else cookie_of(request, COOKIE + state.name)
        if not secret and not again:
            return self._without_cookie(platform, state, token, str(given["state"]))
        if not state.is_of(secret):
            raise Unauthenticated("state: of another browser; launch again from the course")
        claims = await self._keys_of(platform).claims(token, (ALGORITHM,))
        launch = launch_of(claims, platform, state.nonce, self._tool.base)
        request.state.language = _language(launch)
        answer = await self._arrived(launch, state.nonce)
        address = _address(launch, answer)
        if not address and not again:
            return self._page.showing("nothing", language=_language(launch))
        leading: Response
        leading = (
            JSONResponse({"go": address, "language": _language(launch)}) if again else RedirectResponse(address, 303)
        )
        if sessions_of(request) is not None:
            start_session(request, leading, launch.principal, framed=True)
        set_cookie(leading.headers, COOKIE + state.name, "", 0, framed=True)
        return leading

    async def _arrived(self, launch: Launch, nonce: str) -> pb.RecordLaunchResponse:
        grading, linking = launch.grading, launch.linking
        told = pb.LtiLaunch(
            platform_id=launch.platform.platform_id,
            deployment_id=launch.deployment_id,
            subject=launch.subject,
            educator=launch.educates,
            resource_id=launch.resource.resource_id if launch.resource else "",
            resource_link_id=launch.resource_link_id,
            line_item=grading.line_item,
            line_items=grading.line_items,
            scopes=grading.scopes,
            members_url=launch.members_url,
            return_url=linking.return_url if linking else "",
            data=linking.data if linking else "",
            several=bool(linking and linking.several),
        )
        return await self._tool.ask(pb.RecordLaunchRequest(launch=told, nonce=nonce))

    def _without_cookie(self, platform: Platform, state: State, token: str, text: str) -> Response:
        asked = state.asked
        if asked.storage_target:
            again = f"{self._tool.base}/lti/login?{asked.query}"
            return self._page.showing(
                "fetch", id_token=token, state=text, again=again, **_storage(platform, asked, state.name)
            )
        return self._page.showing("window", again=f"{self._tool.base}/lti/login?{asked.query}")

    def _keys_of(self, platform: Platform) -> PublishedKeys:
        """As they were fetched last; of the platforms that were here last."""
        address = platform.jwks_url
        if address not in self._keys:
            self._keys[address] = PublishedKeys(lambda: fetched(self._client.http, address))
            while len(self._keys) > MAX_ISSUERS:
                self._keys.popitem(last=False)
        self._keys.move_to_end(address)
        return self._keys[address]


def _storage(platform: Platform, asked: Initiation, name: str) -> dict[str, Any]:
    """Which frame keeps what, and to whom messages may go."""
    return {"target": asked.storage_target, "origin": origin_of(platform.authorization_url), "name": name}


def _language(launch: Launch) -> str:
    """The course's, as pages name it; "" where the platform tells none."""
    return launch.language[:2]


def _address(launch: Launch, answer: pb.RecordLaunchResponse) -> str:
    """Where a launch leads, from /lti/launch on; "" for nowhere."""
    query = f"?lang={_language(launch)}" if launch.language else ""
    if launch.message is Message.LINKING:
        return f"../lti{query}#choose/{answer.launch}" if launch.educates else ""
    if answer.attempt_id:
        return f"../quiz{query}{'&' if query else '?'}frame=1#{answer.quiz_token}/{answer.attempt_id}"
    if answer.reading_token:
        return f"../reading{query}#{answer.reading_token}"
    if answer.link_token:
        return f"../share{query}#{answer.link_token}"
    return f"../lti{query}#standing/{answer.launch}" if launch.resource else ""


async def form_of(request: Request) -> dict[str, str]:
    """The fields of a form. Raises InvalidArgument where one is there twice, or it is none."""
    if request.headers.get("content-type", "").partition(";")[0].strip() != "application/x-www-form-urlencoded":
        raise InvalidArgument("content-type", request.headers.get("content-type"), "application/x-www-form-urlencoded")
    try:
        body = (await read_bytes(request, MAX_FORM_BYTES)).decode()
        pairs = parse_qsl(body, keep_blank_values=True, max_num_fields=50)
    except ValueError:
        raise InvalidArgument("body", "a body that cannot be read", "a form in UTF-8 of up to 50 fields") from None
    found = dict(pairs)
    if len(found) != len(pairs):
        raise InvalidArgument("body", "a field twice", "each field once")
    return found
