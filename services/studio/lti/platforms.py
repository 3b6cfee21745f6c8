"""Requests to platforms: access tokens, scores and columns, members; and to a learning record store."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from mammoganesis.errors import Unavailable
from mammoganesis.v1 import lti_pb2 as pb
from services.access.fetching import Answered, answered, built, new_client
from services.lti import members, scores, xapi
from services.lti.addresses import service_address, with_query
from services.lti.launches import LINE_ITEM_SCOPE, SCORE_SCOPE
from services.lti.members import Member
from services.lti.platforms import Platform
from services.lti.sending import ASSERTION_TYPE, assertion_claims
from services.studio.lti.tool import Tool

GRADE_SCOPES = f"{LINE_ITEM_SCOPE} {SCORE_SCOPE}"
SHORTEST_TOKEN_SECONDS = 30
_TOKEN = re.compile(r"[!-~]{1,8192}")
MAX_PAGES = 20
_FIELDS = ("issuer", "client_id", "authorization_url", "token_url", "jwks_url", "token_audience", "name", "platform_id")


def platform_of(message: pb.LtiPlatform) -> Platform:
    """As it is judged."""
    return Platform(deployments=tuple(message.deployment_ids), **{name: getattr(message, name) for name in _FIELDS})


@dataclass
class PlatformClient:
    """Asks platforms, with tokens that are kept while they are valid."""

    tool: Tool
    http: Any = field(default_factory=new_client)
    _tokens: dict[tuple[str, str], tuple[str, float]] = field(default_factory=dict, init=False)

    async def close(self) -> None:
        """Ends all connections."""
        await self.http.aclose()

    async def post(
        self, address: str, body: Any, content_type: str, headers: Mapping[str, str] | None = None
    ) -> Answered:
        """The answer to JSON. Raises Unavailable where nobody answers."""
        content = body if isinstance(body, str) else json.dumps(body)
        told = {"content-type": content_type, **(headers or {})}
        return await answered(self.http, built(self.http, "POST", address, content=content, headers=told))

    async def authorized(self, platform: Platform, scope: str) -> dict[str, str]:
        """The header that a service of a platform asks for (RFC 6749, 4.4, with RFC 7523).

        Raises:
            Unavailable: the platform gives no token now.
        """
        key = platform.platform_id, scope
        token, until = self._tokens.get(key, ("", 0.0))
        if time.monotonic() < until:
            return {"authorization": f"Bearer {token}"}
        form = {
            "grant_type": "client_credentials",
            "client_assertion_type": ASSERTION_TYPE,
            "client_assertion": self.tool.keys.signed(assertion_claims(platform)),
            "scope": scope,
        }
        answer = await answered(self.http, built(self.http, "POST", platform.token_url, data=form))
        content = answer.content if isinstance(answer.content, dict) else {}
        token, seconds = content.get("access_token"), content.get("expires_in", 3600)
        if answer.status != 200 or not isinstance(token, str) or not _TOKEN.fullmatch(token):
            why = str(content.get("error", ""))[:100]
            raise Unavailable(f"the platform gives no access token: HTTP {answer.status} {why}".rstrip())
        seconds = seconds if isinstance(seconds, int | float) and not isinstance(seconds, bool) else 3600
        self._tokens[key] = token, time.monotonic() + min(float(seconds), 86_400.0) - SHORTEST_TOKEN_SECONDS
        return {"authorization": f"Bearer {token}"}

    def forget(self, platform: Platform, scope: str) -> None:
        """A token that the platform takes no more."""
        self._tokens.pop((platform.platform_id, scope), None)

    async def column(self, wanted: pb.LtiScore) -> str:
        """The address of a quiz's column, which is found or made. Raises Unavailable where there is none now."""
        platform = platform_of(wanted.platform)
        headers = await self.authorized(platform, GRADE_SCOPES)
        query = {"resource_link_id": wanted.resource_link_id, "resource_id": wanted.quiz_id}
        told = {**headers, "accept": scores.LINE_ITEMS_TYPE}
        request = built(self.http, "GET", with_query(wanted.line_items, **query), headers=told)
        listed = await answered(self.http, request)
        if listed.status != 200:
            self._refuse(platform, listed.status, "its columns")
        if found := scores.column_among(listed.content, wanted.quiz_id, wanted.resource_link_id, wanted.line_items):
            return found
        body = scores.column(wanted.title, wanted.quiz_id, wanted.resource_link_id, wanted.points)
        made = await self.post(wanted.line_items, body, scores.LINE_ITEM_TYPE, headers)
        if made.status not in (200, 201) or not isinstance(made.content, dict):
            self._refuse(platform, made.status, "a column")
        return service_address("lineitem.id", made.content.get("id"), wanted.line_items)

    async def score(self, line_item: str, wanted: pb.LtiScore) -> Answered:
        """The platform's answer to a grade. Raises Unavailable where it gives none."""
        platform = platform_of(wanted.platform)
        headers = await self.authorized(platform, GRADE_SCOPES)
        answer = await self.post(scores.scores_url(line_item), wanted.body, scores.SCORE_TYPE, headers)
        if answer.status == 401:
            self.forget(platform, GRADE_SCOPES)
        return answer

    async def statement(self, body: str, endpoint: str, authorization: str) -> Answered:
        """The store's answer to a statement. Raises Unavailable where it gives none."""
        headers = {"authorization": authorization, "x-experience-api-version": xapi.VERSION}
        return await self.post(f"{endpoint}/statements", body, "application/json", headers)

    async def members(self, platform: Platform, address: str, resource_link_id: str) -> list[Member]:
        """Who is in a course. Raises Unavailable or InvalidArgument where the platform does not say."""
        headers = {**await self.authorized(platform, members.SCOPE), "accept": members.TYPE}
        found: list[Member] = []
        following = with_query(address, rlid=resource_link_id)
        for _ in range(MAX_PAGES):
            answer = await answered(self.http, built(self.http, "GET", following, headers=headers))
            if answer.status != 200:
                self.forget(platform, members.SCOPE)
                raise Unavailable(f"the platform does not say who is in the course: HTTP {answer.status}")
            found += members.members_of(answer.content)
            following = members.next_page(answer.headers.get("link", ""), following)
            if not following or len(found) >= members.MAX_MEMBERS:
                break
        return found[: members.MAX_MEMBERS]

    def _refuse(self, platform: Platform, status: int, what: str) -> None:
        if status == 401:
            self.forget(platform, GRADE_SCOPES)
        raise Unavailable(f"the platform does not give {what}: HTTP {status}")
