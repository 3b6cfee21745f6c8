"""Dynamic registration: the address that the operator makes with `mammoganesis lti platform invite`."""

from __future__ import annotations

import logging

from starlette.requests import Request
from starlette.responses import Response

from mammoganesis.errors import InvalidArgument, Unavailable
from mammoganesis.v1 import lti_pb2 as pb
from services.access.fetching import fetched
from services.lti.addresses import web_address
from services.lti.enrolment import enrolled, registration_endpoint, tool_registration
from services.lti.platforms import object_claim
from services.observability.logs import event
from services.studio.lti.page import LtiPage
from services.studio.lti.platforms import PlatformClient
from services.studio.lti.tool import Tool

logger = logging.getLogger(__name__)

MAX_TOKEN = 8192


class Enrolment:
    """Of one studio."""

    def __init__(self, tool: Tool, client: PlatformClient, page: LtiPage) -> None:
        self._tool, self._client, self._page = tool, client, page

    async def register(self, request: Request) -> Response:
        """GET /lti/register?token=...&openid_configuration=...&registration_token=..."""
        given = request.query_params
        token, bearer = given.get("token", ""), given.get("registration_token", "")
        allowed = await self._tool.ask(pb.CheckEnrolmentRequest(token=token))
        address = web_address("openid_configuration", given.get("openid_configuration"))
        if len(bearer) > MAX_TOKEN or not bearer.isascii() or not bearer.isprintable():
            raise InvalidArgument("registration_token", bearer, f"up to {MAX_TOKEN} printable characters")
        configuration = object_claim(
            {"configuration": await fetched(self._client.http, address)}, "configuration", True
        )
        endpoint = registration_endpoint(configuration, address, allowed.issuer)
        headers = {"authorization": f"Bearer {bearer}"} if bearer else {}
        asked = tool_registration(self._tool.base, configuration)
        answer = await self._client.post(endpoint, asked, "application/json", headers)
        if answer.status not in (200, 201):
            raise Unavailable(f"the platform has not taken the registration: HTTP {answer.status}")
        told = object_claim({"answer": answer.content}, "answer", True)
        platform = enrolled(configuration, told, allowed.name or configuration["issuer"])
        message = pb.LtiPlatform(
            name=platform.name,
            issuer=platform.issuer,
            client_id=platform.client_id,
            deployment_ids=platform.deployments,
            authorization_url=platform.authorization_url,
            token_url=platform.token_url,
            jwks_url=platform.jwks_url,
            token_audience=platform.token_audience,
        )
        saved = await self._tool.ask(pb.EnrolRequest(token=token, platform=message))
        event(logger, logging.INFO, "lti: a platform has registered", {"platform": saved.platform.platform_id})
        return self._page.showing("registered", platform=platform.name)
