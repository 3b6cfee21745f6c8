"""LtiLaunchService: for the studio, which has judged the launch."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from mammoganesis.errors import FailedPrecondition, InvalidArgument, NotFound, PermissionDenied, Unauthenticated
from mammoganesis.recipe.fields import text, within
from mammoganesis.v1 import lti_pb2 as pb
from mammoganesis.v1.studies_pb2 import STUDY_STATE_OPEN
from services.access.assertions import heard
from services.access.shared_secrets import SharedSecret
from services.lti.launches import Grading
from services.lti.resources import Kind, Resource
from services.records.calls.lti_platforms import message, stored
from services.records.calls.lti_telling import Telling
from services.records.calls.messages import stamp
from services.records.calls.quizzes import QuizServicer
from services.records.rules import quizzes as rules
from services.records.sql.attempts import Quizzes
from services.records.sql.database import Database
from services.records.sql.documents import Documents
from services.records.sql.links import Links
from services.records.sql.lti import Column, Launches, Link, Platforms, TakingRow
from services.records.sql.lti_deliveries import MAX_TROUBLE, SCORE, STATEMENT, Deliveries, Reported, Taken
from services.records.sql.readers import Readers
from services.records.sql.studies import Studies
from services.rendering.calls import CallContext

STUDIO = "studio"
"""Issuer of the principal that the studio's word speaks of when it speaks for itself."""
MAX_RESOURCES = 200
_LISTED = (Kind.CASE, Kind.COLLECTION)


class LtiLaunchServicer:
    """Launches, and what comes of them.

    Args:
        quizzes: whose content is kept in memory.
        secret: by which the studio's word is signed.
    """

    def __init__(
        self,
        database: Database,
        quizzes: QuizServicer,
        deliveries: Deliveries,
        telling: Telling,
        secret: SharedSecret,
    ) -> None:
        self._platforms, self._launches, self._deliveries = Platforms(database), Launches(database), deliveries
        self._quizzes, self._content, self._telling = Quizzes(database), quizzes.content, telling
        self._links, self._readers, self._studies = Links(database), Readers(database), Studies(database)
        self._documents = {kind: Documents(database, kind) for kind in _LISTED}
        self._secret = secret

    async def FindPlatform(self, request: pb.FindPlatformRequest, call: CallContext) -> pb.FindPlatformResponse:  # noqa: N802
        """By what a platform says of itself."""
        self._check_word(request.word)
        if request.platform_id:
            row = await asyncio.to_thread(self._platforms.by_id, request.platform_id)
        else:
            row = await asyncio.to_thread(self._platforms.of_issuer, request.issuer, request.client_id)
        return pb.FindPlatformResponse(platform=message(row))

    async def CheckEnrolment(self, request: pb.CheckEnrolmentRequest, call: CallContext) -> pb.CheckEnrolmentResponse:  # noqa: N802
        """Before the platform is asked anything."""
        self._check_word(request.word)
        name, issuer = await asyncio.to_thread(self._platforms.invitation, request.token)
        return pb.CheckEnrolmentResponse(name=name, issuer=issuer)

    async def Enrol(self, request: pb.EnrolRequest, call: CallContext) -> pb.EnrolResponse:  # noqa: N802
        """Once."""
        self._check_word(request.word)
        _, issuer = await asyncio.to_thread(self._platforms.invitation, request.token)
        if issuer not in ("", request.platform.issuer):
            raise InvalidArgument("platform.issuer", request.platform.issuer, issuer)
        row = await asyncio.to_thread(self._platforms.enrol, request.token, *stored(request.platform))
        return pb.EnrolResponse(platform=message(row))

    async def RecordLaunch(self, request: pb.RecordLaunchRequest, call: CallContext) -> pb.RecordLaunchResponse:  # noqa: N802
        """A learner's attempt is the same one each time, whatever browser they come with."""
        self._check_word(request.word)
        launch = request.launch
        text("nonce", request.nonce, 256, least=1)
        text("launch.subject", launch.subject, 255, least=1)
        await asyncio.to_thread(self._platforms.by_id, launch.platform_id)
        return await asyncio.to_thread(self._recorded, request.nonce, launch)

    def _recorded(self, nonce: str, launch: pb.LtiLaunch) -> pb.RecordLaunchResponse:
        secret = self._launches.record(nonce, launch.SerializeToString(deterministic=True))
        answer = pb.RecordLaunchResponse(launch=secret)
        if not launch.resource_id:
            return answer
        kind = Resource.of(launch.resource_id).kind
        if kind in _LISTED:
            answer.link_token = self._shared(launch)
        elif kind is Kind.QUIZ and not launch.educator:
            quiz = self._quizzes.by_id(launch.resource_id)
            answer.quiz_token = quiz.token
            answer.attempt_id = self._taking(launch, lambda: self._attempt(quiz.quiz_id)).secret
        elif kind is Kind.STUDY and not launch.educator:
            answer.reading_token = self._taking(launch, lambda: self._reading(launch.resource_id)).secret
        return answer

    def _taking(self, launch: pb.LtiLaunch, begin: Callable[[], str]) -> TakingRow:
        column = Column(launch.line_item, launch.line_items, " ".join(launch.scopes))
        return self._launches.taking(_link(launch), launch.subject, column, begin)

    def _attempt(self, quiz_id: str) -> str:
        quiz = self._quizzes.by_id(quiz_id)
        if quiz.ended:
            raise FailedPrecondition("the quiz has ended: it takes no answers any more")
        return self._quizzes.start(quiz)

    def _reading(self, study_id: str) -> str:
        if self._studies.by_id(study_id).state != STUDY_STATE_OPEN:
            raise FailedPrecondition("the study takes no readers: it is not open")
        return self._readers.invite(study_id, "", None)[1]

    def _shared(self, launch: pb.LtiLaunch) -> str:
        self._documents[Resource.of(launch.resource_id).kind].get(launch.resource_id, 0)  # it is there
        link = _link(launch)
        return self._launches.shared(link, self._lives, lambda: self._links.create(launch.resource_id, None).token)

    def _lives(self, token: str) -> bool:
        try:
            self._links.target(token)
        except NotFound:
            return False
        return True

    async def GetLaunch(self, request: pb.GetLaunchRequest, call: CallContext) -> pb.GetLaunchResponse:  # noqa: N802
        """For hours."""
        self._check_word(request.word)
        return await asyncio.to_thread(self._launch, request.launch)

    def _launch(self, secret: str) -> pb.GetLaunchResponse:
        launch = pb.LtiLaunch.FromString(self._launches.launch(secret))
        answer = pb.GetLaunchResponse(launch=launch, platform=message(self._platforms.by_id(launch.platform_id)))
        if launch.resource_id:
            answer.resource.CopyFrom(self._resource(Resource.of(launch.resource_id)))
            if launch.educator and launch.resource_id.startswith(Kind.QUIZ):
                answer.quiz_token = self._quizzes.by_id(launch.resource_id).token
        return answer

    async def ListResources(self, request: pb.ListResourcesRequest, call: CallContext) -> pb.ListResourcesResponse:  # noqa: N802
        """What may be linked to."""
        self._check_word(request.word)
        return await asyncio.to_thread(self._resources, request.launch)

    def _resources(self, secret: str) -> pb.ListResourcesResponse:
        self._educators(secret)
        answer = pb.ListResourcesResponse()
        for quiz in self._quizzes.listed("", MAX_RESOURCES, "")[0]:
            if not quiz.ended:
                answer.resources.append(self._resource(Resource.of(quiz.quiz_id)))
        for documents in self._documents.values():
            for saved in documents.listed([], False, MAX_RESOURCES, "")[0]:
                answer.resources.add(resource_id=saved.document_id, title=saved.title, at=stamp(saved.saved_at))
        for study in self._studies.listed(MAX_RESOURCES, "")[0]:
            if study.state == STUDY_STATE_OPEN:
                answer.resources.append(self._resource(Resource.of(study.study_id)))
        return answer

    def _resource(self, resource: Resource) -> pb.LtiResource:
        name = resource.resource_id
        if resource.kind is Kind.QUIZ:
            quiz, points = self._quizzes.by_id(name), rules.score(self._content(name), {}).points_possible
            return pb.LtiResource(resource_id=name, title=quiz.title, points=points, at=stamp(quiz.published_at))
        if resource.kind is Kind.STUDY:
            study = self._studies.by_id(name)
            at = stamp(study.opened_at or study.created_at)
            return pb.LtiResource(resource_id=name, title=study.title, at=at)
        saved = self._documents[resource.kind].get(name, 0)
        return pb.LtiResource(resource_id=name, title=saved.title, at=stamp(saved.saved_at))

    async def ListStandings(self, request: pb.ListStandingsRequest, call: CallContext) -> pb.ListStandingsResponse:  # noqa: N802
        """Of all learners of the link. A reader study says nothing of single readers."""
        self._check_word(request.word)
        return await asyncio.to_thread(self._standings, request.launch)

    def _standings(self, secret: str) -> pb.ListStandingsResponse:
        launch = self._educators(secret)
        if not launch.resource_id.startswith(Kind.QUIZ):
            return pb.ListStandingsResponse()
        content = self._content(launch.resource_id)
        takings = self._launches.takings(_link(launch))
        sent = self._deliveries.of_takings(takings)
        nothing = rules.score(content, {})
        answer = pb.ListStandingsResponse(questions=nothing.questions, points=nothing.points_possible)
        for taking in takings:
            rows = self._quizzes.answers(taking.secret)
            score = rules.score(content, {name: row.score for name, row in rows.items()})
            grade, trouble = _grade(taking, sent.get(taking.taking_id))
            answer.standings.add(
                subject=taking.subject,
                started_at=stamp(taking.created_at),
                answered=score.answered,
                points=score.points,
                grade=grade,
                trouble=trouble,
            )
        return answer

    async def TakeDeliveries(self, request: pb.TakeDeliveriesRequest, call: CallContext) -> pb.TakeDeliveriesResponse:  # noqa: N802
        """What has come up since is written down first."""
        self._check_word(request.word)
        text("sender", request.sender, 48, least=1)
        return await asyncio.to_thread(self._taken, request.sender)

    def _taken(self, sender: str) -> pb.TakeDeliveriesResponse:
        self._telling.look()
        answer = pb.TakeDeliveriesResponse()
        for one in self._deliveries.take(sender, (SCORE, STATEMENT)):
            delivery = answer.deliveries.add(delivery_id=one.delivery_id, tries=one.tries)
            if one.kind == STATEMENT:
                delivery.statement = one.body
            else:
                delivery.score.CopyFrom(self._score(one))
        return answer

    def _score(self, one: Taken) -> pb.LtiScore:
        taking = one.taking
        resource = self._resource(Resource.of(taking.resource_id))
        return pb.LtiScore(
            platform=message(self._platforms.by_id(taking.platform_id)),
            line_item=taking.line_item,
            line_items=taking.line_items,
            resource_link_id=taking.resource_link_id,
            quiz_id=taking.resource_id,
            title=resource.title,
            points=resource.points,
            body=one.body,
        )

    async def ReportDelivery(self, request: pb.ReportDeliveryRequest, call: CallContext) -> pb.ReportDeliveryResponse:  # noqa: N802
        """Done, to be tried again, or given up."""
        self._check_word(request.word)
        within("pause_seconds", request.pause_seconds, 0, 86_400, "seconds")
        told = Reported(
            arrived=request.arrived,
            refused=request.refused,
            pause_seconds=request.pause_seconds,
            trouble=request.trouble[:MAX_TROUBLE],
            line_item=request.line_item,
        )
        await asyncio.to_thread(self._deliveries.report, request.delivery_id, request.sender, told)
        return pb.ReportDeliveryResponse()

    def _educators(self, secret: str) -> pb.LtiLaunch:
        launch = pb.LtiLaunch.FromString(self._launches.launch(secret))
        if not launch.educator:
            raise PermissionDenied("this launch is no educator's")
        return launch

    def _check_word(self, word: str) -> None:
        try:
            is_the_studio = heard(word, self._secret.valid).principal.issuer == STUDIO
        except Unauthenticated:
            is_the_studio = False
        if not is_the_studio:  # not UNAUTHENTICATED, which is between the edge and records
            raise PermissionDenied("word: not the studio's own")


def _link(launch: pb.LtiLaunch) -> Link:
    return Link(launch.platform_id, launch.resource_link_id, launch.resource_id)


def _grade(taking: TakingRow, sent: tuple[int | None, int | None, str] | None) -> tuple[pb.LtiGrade, str]:
    if sent is not None:
        arrived_at, given_up_at, trouble = sent
        if arrived_at is not None:
            return pb.LTI_GRADE_SENT, ""
        return (pb.LTI_GRADE_WAITING if given_up_at is None else pb.LTI_GRADE_GIVEN_UP), trouble
    if not Grading(taking.line_item, taking.line_items, tuple(taking.scopes.split())).takes_scores:
        return pb.LTI_GRADE_NOT_TAKEN, ""
    return pb.LTI_GRADE_OPEN, ""
