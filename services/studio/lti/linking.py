"""What the page shows of a launch, and deep linking's way back to the platform."""

from __future__ import annotations

import logging
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from mammoganesis.errors import FailedPrecondition, InvalidArgument, MammoganesisError, PermissionDenied
from mammoganesis.v1 import lti_pb2 as pb
from services.lti.addresses import origin_of
from services.lti.launches import Linking
from services.lti.linking import Chosen, response_claims
from services.lti.resources import Resource
from services.observability.logs import event
from services.studio.bodies import read_object, read_text
from services.studio.lti.logins import form_of
from services.studio.lti.page import LtiPage
from services.studio.lti.platforms import PlatformClient, platform_of
from services.studio.lti.tool import Tool

logger = logging.getLogger(__name__)

MAX_CHOSEN = 50
_GRADES = {value: name.removeprefix("LTI_GRADE_").lower() for name, value in pb.LtiGrade.items()}


class LaunchPages:
    """Of one studio."""

    def __init__(self, tool: Tool, client: PlatformClient, page: LtiPage) -> None:
        self._tool, self._client, self._page = tool, client, page

    async def resources(self, request: Request) -> Response:
        """POST /lti/resources {"launch"}: what can be linked to."""
        secret = _launch(read_object(await read_text(request)))
        found = await self._tool.ask(pb.GetLaunchRequest(launch=secret))
        listed = await self._tool.ask(pb.ListResourcesRequest(launch=secret))
        resources = [
            {"id": one.resource_id, "title": one.title, "points": one.points, "at": one.at.ToMilliseconds()}
            for one in listed.resources
        ]
        several = found.launch.several
        return JSONResponse({"resources": resources, "several": several, "platform": found.platform.name})

    async def back(self, request: Request) -> Response:
        """POST /lti/return: a form with the launch, and the chosen ids with spaces between. The page that answers posts
        the signed choice to the platform."""
        given = await form_of(request)
        secret, names = _launch(given), given.get("chosen", "").split()
        found = await self._tool.ask(pb.GetLaunchRequest(launch=secret))
        launch, platform = found.launch, platform_of(found.platform)
        if not launch.return_url:
            raise FailedPrecondition("this launch asks for no choice")
        if not launch.educator:
            raise PermissionDenied("only who teaches chooses")
        most = MAX_CHOSEN if launch.several else 1
        if not 0 < len(names) <= most or len(set(names)) < len(names):
            raise InvalidArgument("chosen", f"{len(names)} of them", f"1 to {most}, each once")
        listed = await self._tool.ask(pb.ListResourcesRequest(launch=secret))
        there = {one.resource_id: one for one in listed.resources}
        for name in names:
            if name not in there:
                raise InvalidArgument("chosen", name, "what /lti/resources lists")
        chosen = [Chosen(Resource.of(name), there[name].title, there[name].points) for name in names]
        wanted = Linking(launch.return_url, launch.data, launch.several)
        claims = response_claims(platform, launch.deployment_id, wanted, chosen, self._tool.base)
        # A platform may send the browser on to another address of its own, and browsers ask the policy there too.
        origins = f"https: {origin_of(launch.return_url)}"
        token = self._tool.keys.signed(claims)
        return self._page.showing("return", form_action=origins, go=launch.return_url, token=token)

    async def standings(self, request: Request) -> Response:
        """POST /lti/standings {"launch"}: who has taken the quiz. Names come from the platform, and go to the page
        alone."""
        secret = _launch(read_object(await read_text(request)))
        found = await self._tool.ask(pb.GetLaunchRequest(launch=secret))
        listed = await self._tool.ask(pb.ListStandingsRequest(launch=secret))
        names, trouble = await self._names(found)
        by_subject = {one.subject: one for one in listed.standings}
        people = [_person(names.get(subject, ""), one) for subject, one in by_subject.items()]
        people += [_person(name, None) for subject, name in names.items() if subject not in by_subject]
        return JSONResponse(
            {
                "title": found.resource.title,
                "id": found.resource.resource_id,
                "quiz": found.quiz_token,
                "questions": listed.questions,
                "points": listed.points,
                "people": people,
                "names": "" if found.launch.members_url and not trouble else trouble or "none",
            }
        )

    async def _names(self, found: Any) -> tuple[dict[str, str], str]:
        """Of learners, by subject; and why there are none."""
        launch = found.launch
        if not launch.members_url or not found.quiz_token:
            return {}, ""
        try:
            platform = platform_of(found.platform)
            members = await self._client.members(platform, launch.members_url, launch.resource_link_id)
        except MammoganesisError as error:
            event(logger, logging.WARNING, "lti: no members", {"platform": launch.platform_id, "reason": error.message})
            return {}, error.message
        return {one.subject: one.name for one in members if one.learns}, ""


def _person(name: str, one: pb.LtiStanding | None) -> dict[str, Any]:
    if one is None:
        return {"name": name, "grade": "none"}
    return {
        "name": name,
        "started": one.started_at.ToMilliseconds(),
        "answered": one.answered,
        "points": one.points,
        "grade": _GRADES[one.grade],
        "trouble": one.trouble,
    }


def _launch(given: Any) -> str:
    found = given.get("launch")
    if not isinstance(found, str) or not 16 <= len(found) <= 64:
        raise InvalidArgument("launch", found, "the secret of a launch, 16 to 64 characters")
    return found
