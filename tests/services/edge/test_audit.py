"""What the edge writes into the audit log: a real edge before a backend that is told, in records' place."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator
from typing import Any

import grpc
import pytest

from mammoganesis.v1 import audit_intake_pb2 as intake_pb
from mammoganesis.v1 import audit_pb2, bulk_service_pb2, cases_pb2, model_pb2, quizzes_pb2, sampling_pb2, studies_pb2
from mammoganesis.v1.images_pb2 import GeneratedImage
from services.access import assertions
from services.access.audit_entries import BEGUN, MAX_IMAGES, MORE_REFUSED
from services.access.principals import ANONYMOUS, Principal, Role
from services.access.refusals import MOST_OF_NOBODY
from services.edge.audit import PATH
from services.edge.audited import is_audited, targets_of
from services.edge.routes import routes
from services.wire.metadata import EDGE_SECRET
from tests.support.edge_backend import SECRET, Backend, Running, running_edge, until

V1 = "/mammoganesis.v1."
STUDIO = "a-secret-of-the-studio-and-the-edge-0123"
SOMEBODY = Principal("https://issuer.example", "somebody", frozenset({Role.EDUCATOR, Role.LEARNER}), name="A. Name")
TOKEN = "A-token-that-nobody-guesses-012345"
HERE: dict[str, Any] = {"records_address": "127.0.0.1:0", "registry_held_bytes": 0}


class Told(Backend):
    """A backend for everything; it keeps what the audit log is told, and answers so as the test says."""

    def __init__(self, images: int = 1) -> None:
        super().__init__()
        self.entries: list[audit_pb2.AuditEntry] = []
        self.lost = 0
        self.down = False
        self.requests: list[str] = []
        picture = [GeneratedImage(latent_id=f"lat_{i:032x}", data=b"picture %d" % i) for i in range(images)]
        self.pictures = picture
        link = cases_pb2.CreateLinkResponse(link=cases_pb2.Link(token=TOKEN, case_id="case_1"))
        quiz = quizzes_pb2.GetQuizPictureResponse(data=b"a picture")
        self.answer("CaseService/SaveCase", cases_pb2.SaveCaseResponse(case=cases_pb2.Case(case_id="case_1")))
        self.answer("CaseService/GetCase", cases_pb2.GetCaseResponse())
        self.answer("CaseService/CreateLink", link)
        self.answer("CaseService/OpenLink", cases_pb2.OpenLinkResponse())
        self.answer("QuizService/GetQuizPicture", quiz)
        self.answer("SamplingService/Sample", sampling_pb2.SampleResponse(images=picture))
        self.answer("ModelService/GetModel", model_pb2.GetModelResponse())
        self.handlers[f"{V1}SamplingService/StreamSamples"] = grpc.unary_stream_rpc_method_handler(self._stream)
        self.unary(PATH, self._tell)

    def answer(self, rpc: str, message: Any) -> None:
        async def answer(_: bytes, context: grpc.aio.ServicerContext) -> bytes:
            self.requests.append(rpc)
            return message.SerializeToString()

        self.unary(V1 + rpc, answer)

    async def _stream(self, _: bytes, context: grpc.aio.ServicerContext) -> AsyncIterator[bytes]:
        for i, picture in enumerate(self.pictures):
            yield sampling_pb2.StreamSamplesResponse(index=i, image=picture).SerializeToString()

    async def _tell(self, body: bytes, context: grpc.aio.ServicerContext) -> bytes:
        assert dict(context.invocation_metadata() or ())[EDGE_SECRET] == SECRET
        if self.down:
            await context.abort(grpc.StatusCode.UNAVAILABLE, "away")
        request = intake_pb.RecordAuditRequest.FromString(body)
        known = {entry.entry_id for entry in self.entries}  # records adds what is told twice once
        self.entries += [entry for entry in request.entries if entry.entry_id not in known]
        self.lost += request.lost
        return intake_pb.RecordAuditResponse(added=len(request.entries)).SerializeToString()


def edge(told: Told, **settings: Any):
    settings = {"audit": "on", "identity": "on", "studio_secret": STUDIO, "registry_held_bytes": 0, **settings}
    return running_edge(told, **settings)


async def call(running: Running, rpc: str, request: Any, who: Principal | None = SOMEBODY, **more: str) -> Any:
    word = [] if who is None else [(assertions.METADATA, assertions.said(who, STUDIO))]
    route = routes()[V1 + rpc]
    metadata = [*word, *((key.replace("_", "-"), value) for key, value in more.items())]
    wire = {
        "request_serializer": type(request).SerializeToString,
        "response_deserializer": route.answer_type.FromString,
    }
    if route.server_streaming:
        return [each async for each in running.channel.unary_stream(V1 + rpc, **wire)(request, metadata=metadata)]
    return await running.channel.unary_unary(V1 + rpc, **wire)(request, metadata=metadata)


async def told_of(told: Told, count: int) -> list[audit_pb2.AuditEntry]:
    async def there() -> bool:
        return len(told.entries) >= count

    await until(there)
    assert len(told.entries) == count
    return told.entries


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


async def test_an_image_that_goes_out_leaves_who_what_recipe_and_digest() -> None:
    told = Told(images=2)
    async with edge(told) as running:
        await call(running, "SamplingService/Sample", sampling_pb2.SampleRequest(seeds=[1, 2]), x_request_id="r-1")
        (entry,) = await told_of(told, 1)
    assert (entry.who, list(entry.roles)) == ("https://issuer.example|somebody", ["educator", "learner"])
    assert (entry.action, entry.outcome, entry.request_id) == ("SamplingService/Sample", "OK", "r-1")
    assert entry.host.startswith("ipv4:127.0.0.1")
    assert [(each.latent_id, each.file_sha256) for each in entry.images] == [
        (picture.latent_id, sha256(picture.data)) for picture in told.pictures
    ]
    assert b"A. Name" not in entry.SerializeToString()


@pytest.mark.parametrize("audit", ["on", "required"])
async def test_every_image_of_a_long_stream_is_in_an_entry(audit: str) -> None:
    told = Told(images=2 * MAX_IMAGES + 3)
    async with edge(told, audit=audit) as running:
        request = sampling_pb2.StreamSamplesRequest()
        await call(running, "SamplingService/StreamSamples", request)
        entries = await told_of(told, 3 if audit == "on" else len(told.pictures))
    found = [image.latent_id for entry in entries for image in entry.images]
    assert found == [picture.latent_id for picture in told.pictures]
    assert {entry.outcome for entry in entries} == {"OK"}


async def test_a_change_leaves_its_target_and_nothing_of_its_text() -> None:
    told = Told()
    case = cases_pb2.Case(case_id="case_1", title="Frau Muster, 54", history="lump")
    async with edge(told) as running:
        await call(running, "CaseService/SaveCase", cases_pb2.SaveCaseRequest(case=case))
        await call(running, "CaseService/CreateLink", cases_pb2.CreateLinkRequest(case_id="case_1"))
        await call(running, "CaseService/OpenLink", cases_pb2.OpenLinkRequest(token=TOKEN), None)
        saved, link, opened = await told_of(told, 3)
    assert list(saved.targets) == ["case_id:case_1"]
    token = f"token:sha256:{sha256(TOKEN.encode())[:16]}"
    assert set(link.targets) == {"case_id:case_1", token}
    assert list(opened.targets) == [token]
    assert opened.who == "nobody|anonymous"
    for entry in (saved, link, opened):
        for secret in (b"Muster", b"lump", TOKEN.encode()):
            assert secret not in entry.SerializeToString()


async def test_what_is_no_call_is_noted_by_one() -> None:
    told = Told()
    told.answer("AuditService/NoteAction", audit_pb2.NoteActionResponse())
    async with edge(told) as running:
        await call(running, "AuditService/NoteAction", audit_pb2.NoteActionRequest(action="login"))
        with pytest.raises(grpc.aio.AioRpcError, match="log in, or bring a token"):
            await call(running, "AuditService/NoteAction", audit_pb2.NoteActionRequest(action="login"), None)
        entry, refusal = await told_of(told, 2)
    assert (entry.who, entry.outcome, list(entry.targets)) == (SOMEBODY.key, "OK", ["action:login"])
    assert refusal.outcome == "UNAUTHENTICATED"


async def test_the_studio_tells_of_those_who_have_not_logged_in_and_from_where() -> None:
    told = Told()
    told.answer("AuditService/NoteAction", audit_pb2.NoteActionResponse())
    refused = audit_pb2.NoteActionRequest(
        action="refused", outcome="UNAUTHENTICATED", about=["address:GET /a"], count=7
    )
    async with edge(told) as running:
        word = assertions.said(ANONYMOUS, STUDIO, host="ipv6:%5B2001:db8::1%5D")
        await call(running, "AuditService/NoteAction", refused, None, **{assertions.METADATA: word})
        with pytest.raises(grpc.aio.AioRpcError, match="log in"):  # it may do nothing else for them
            await call(
                running, "ModelService/GetModel", model_pb2.GetModelRequest(), None, **{assertions.METADATA: word}
            )
        noted, other = await told_of(told, 2)
    assert (noted.who, noted.host, noted.outcome) == (ANONYMOUS.key, "ipv6:%5B2001:db8::1%5D", "UNAUTHENTICATED")
    assert (list(noted.targets), noted.count) == (["action:refused", "address:GET /a"], 7)
    assert (other.action, other.host) == ("ModelService/GetModel", noted.host)


async def test_a_refused_token_leaves_the_reason_and_a_flood_of_them_one_entry_more() -> None:
    told = Told()
    flood = [f"Bearer mammoganesis_{i:043d}00000000" for i in range(300)]
    async with edge(told) as running:
        for i, authorization in enumerate(flood):
            request = model_pb2.GetModelRequest()
            with pytest.raises(grpc.aio.AioRpcError) as caught:
                await call(running, "ModelService/GetModel", request, None, authorization=authorization)
            assert caught.value.code() == grpc.StatusCode.UNAUTHENTICATED
            if not i:
                await told_of(told, 1)
    assert [entry.count for entry in told.entries] == [1, 299]
    for entry in told.entries:
        assert (entry.who, entry.host, entry.outcome) == (ANONYMOUS.key, "ipv4:127.0.0.1", "UNAUTHENTICATED")
        (reason,) = entry.targets
        assert reason.startswith("reason:token: ")
        assert b"mammoganesis_" not in entry.SerializeToString()


async def test_a_flood_from_everywhere_fills_no_disk_and_hides_nobody_who_is_known() -> None:
    told = Told()
    learner = Principal("https://issuer.example", "learner", frozenset({Role.LEARNER}))
    request = cases_pb2.GetCaseRequest()
    async with edge(told) as running:
        for i in range(3 * MOST_OF_NOBODY):
            word = assertions.said(ANONYMOUS, STUDIO, host=f"ipv4:10.0.{i // 256}.{i % 256}")
            for _ in range(2):
                with pytest.raises(grpc.aio.AioRpcError):
                    await call(running, "CaseService/GetCase", request, None, **{assertions.METADATA: word})
        with pytest.raises(grpc.aio.AioRpcError):
            await call(running, "CaseService/SaveCase", cases_pb2.SaveCaseRequest(), learner)
    assert len(told.entries) <= 2 * (MOST_OF_NOBODY + 1) + 1
    assert sum(entry.count for entry in told.entries) == 6 * MOST_OF_NOBODY + 1
    assert [entry.who for entry in told.entries if entry.outcome == "PERMISSION_DENIED"] == [learner.key]
    rest = [entry for entry in told.entries if entry.action == MORE_REFUSED]
    assert sum(entry.count for entry in rest) == 4 * MOST_OF_NOBODY
    assert {(entry.who, entry.host) for entry in rest} == {(ANONYMOUS.key, "")}


@pytest.mark.parametrize("audit", ["on", "required"])
async def test_a_refusal_that_is_noted_is_written_as_one_and_again_and_again_as_one_with_a_count(audit: str) -> None:
    told = Told()
    told.answer("AuditService/NoteAction", audit_pb2.NoteActionResponse())
    refused = {"action": "refused", "outcome": "PERMISSION_DENIED"}
    async with edge(told, audit=audit) as running:
        for about in ("address:GET /study", "address:GET /study", "address:GET /jobs\n"):
            await call(running, "AuditService/NoteAction", audit_pb2.NoteActionRequest(**refused, about=[about]))
    assert sorted(entry.count for entry in told.entries) == [1, 1, 1]
    assert {entry.outcome for entry in told.entries} == {"PERMISSION_DENIED"}
    assert {tuple(entry.targets) for entry in told.entries} == {
        ("action:refused", "address:GET /study"),
        ("action:refused", "address:GET /jobs?"),
    }


async def test_a_picture_without_a_recipe_leaves_its_digest() -> None:
    told = Told()
    async with edge(told) as running:
        await call(running, "QuizService/GetQuizPicture", quizzes_pb2.GetQuizPictureRequest(token=TOKEN), None)
        (entry,) = await told_of(told, 1)
    assert [(each.latent_id, each.file_sha256) for each in entry.images] == [("", sha256(b"a picture"))]


async def test_what_only_reads_and_what_our_services_ask_for_leaves_nothing() -> None:
    told = Told()
    async with edge(told) as running:
        await call(running, "ModelService/GetModel", model_pb2.GetModelRequest())
        await call(running, "CaseService/GetCase", cases_pb2.GetCaseRequest(case_id="case_1"))
        secret = {EDGE_SECRET: SECRET}
        await call(running, "SamplingService/Sample", sampling_pb2.SampleRequest(seeds=[1]), None, **secret)
        await call(running, "CaseService/OpenLink", cases_pb2.OpenLinkRequest(token=TOKEN), None)
        (entry,) = await told_of(told, 1)
    assert entry.action == "CaseService/OpenLink"


async def test_refusals_of_access_are_written_and_counted_together(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.access.refusals.SECONDS", 0.5)
    told = Told()
    told.down = True
    learner = Principal("https://issuer.example", "learner", frozenset({Role.LEARNER}))
    async with edge(told) as running:
        for _ in range(5):
            for who, code in ((None, "UNAUTHENTICATED"), (learner, "PERMISSION_DENIED")):
                with pytest.raises(grpc.aio.AioRpcError) as caught:
                    await call(running, "CaseService/SaveCase", cases_pb2.SaveCaseRequest(), who)
                assert caught.value.code().name == code
        told.down = False

        async def all_told() -> bool:
            return sum(entry.count for entry in told.entries) >= 10

        await until(all_told)
    counts = {"UNAUTHENTICATED": 0, "PERMISSION_DENIED": 0}
    for entry in told.entries:
        counts[entry.outcome] += entry.count
    assert counts == {"UNAUTHENTICATED": 5, "PERMISSION_DENIED": 5}
    assert len(told.entries) < 10
    assert {entry.who for entry in told.entries} == {"nobody|anonymous", learner.key}
    assert told.requests == []


async def test_what_finds_no_room_is_told_as_lost() -> None:
    told = Told()
    told.down = True
    async with edge(told, audit_held_bytes=2**16) as running:
        request = cases_pb2.OpenLinkRequest(token=TOKEN)
        for _ in range(200):
            await call(running, "CaseService/OpenLink", request, None)
        told.down = False

        async def all_told() -> bool:
            return len(told.entries) + told.lost >= 200

        await until(all_told)
    assert len(told.entries) + told.lost == 200
    assert told.lost > 0


async def test_where_entries_are_required_nothing_is_done_or_given_without(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.edge.audit.WAIT_SECONDS", 2.0)
    told = Told()
    async with edge(told, audit="required") as running:
        await call(running, "CaseService/SaveCase", cases_pb2.SaveCaseRequest(case=cases_pb2.Case(case_id="case_1")))
        assert [(entry.outcome, list(entry.targets)) for entry in told.entries] == [
            (BEGUN, ["case_id:case_1"]),
            ("OK", ["case_id:case_1"]),
        ]
        assert {entry.request_id for entry in told.entries} == {told.entries[0].request_id}
        told.requests.clear()
        told.down = True
        for rpc, request in (
            ("CaseService/SaveCase", cases_pb2.SaveCaseRequest()),
            ("SamplingService/Sample", sampling_pb2.SampleRequest(seeds=[1])),
            ("SamplingService/StreamSamples", sampling_pb2.StreamSamplesRequest()),
        ):
            with pytest.raises(grpc.aio.AioRpcError) as caught:
                await asyncio.wait_for(call(running, rpc, request), 60)
            assert caught.value.code() is grpc.StatusCode.UNAVAILABLE
            assert "the audit log, which this server asks for, cannot be written now" in (caught.value.details() or "")
        assert "CaseService/SaveCase" not in told.requests
        await call(running, "ModelService/GetModel", model_pb2.GetModelRequest())
        told.down = False
        told.entries.clear()
        await call(running, "SamplingService/Sample", sampling_pb2.SampleRequest(seeds=[1]))
        assert [(entry.action, entry.outcome) for entry in told.entries] == [
            ("CaseService/SaveCase", "UNAVAILABLE"),
            ("SamplingService/Sample", "OK"),
        ]


async def test_with_identity_off_the_host_is_what_is_known() -> None:
    told = Told()
    async with edge(told, identity="off") as running:
        await call(running, "SamplingService/Sample", sampling_pb2.SampleRequest(seeds=[1]), None)
        (entry,) = await told_of(told, 1)
    assert (entry.who, entry.host) == ("nobody|everybody", "ipv4:127.0.0.1")


def test_every_rpc_is_in_the_log_or_only_reads() -> None:
    """A new RPC that is in neither list has to be put where it belongs: services/edge/audited.py."""
    left_out = {path.rpartition(".")[2] for path, route in routes().items() if not is_audited(route)}
    assert left_out == {
        *("AuditService/VerifyAudit", "BulkService/GetJob", "BulkService/ListJobs", "BulkService/WatchJob"),
        *(f"CaseService/{name}" for name in ("GetCase", "GetCollection", "ListCaseVersions", "ListCases")),
        *(f"CaseService/{name}" for name in ("ListCollectionVersions", "ListCollections", "ListLinks", "UploadPart")),
        *(f"LtiLaunchService/{name}" for name in ("CheckEnrolment", "FindPlatform", "GetLaunch", "ListResources")),
        *("LtiLaunchService/ListStandings", "LtiLaunchService/TakeDeliveries", "LtiService/ListPlatforms"),
        "ModelService/GetModel",
        *("PcaEditingService/CheckReach", "PcaEditingService/ListComponents"),
        *("QuizService/GetAttempt", "QuizService/ListQuizzes", "QuizService/OpenQuiz"),
        *(f"ReaderStudyService/{name}" for name in ("GetStudy", "ListStudies", "OpenReading", "SizeStudy")),
        *("RegistryService/ListRegistry", "RegistryService/SearchRegistry", "RegistryService/VerifyImage"),
        "SamplingService/DescribeRecipe",
        *("StyleTransferService/ListRegions", "StyleTransferService/SegmentRegions"),
    }


def test_targets_are_names_of_things_and_never_secrets() -> None:
    request = studies_pb2.RemoveRealRequest(study_id="study_1", name="MUSTER_1970.dcm")
    assert targets_of(request) == ["study_id:study_1"]
    job = bulk_service_pb2.CreateJobRequest(token=TOKEN)
    job.job.destination = "/data/bulk/a\nb"
    assert targets_of(job)[1:] == ["destination:/data/bulk/a?b"]
    assert targets_of(cases_pb2.ExportCasesRequest(case_ids=["a", "b"])) == ["case_id:a", "case_id:b"]
    attempt = quizzes_pb2.AnswerQuestionRequest(attempt_id=TOKEN, question_id="q")
    assert targets_of(attempt) == [f"attempt_id:sha256:{sha256(TOKEN.encode())[:16]}"]
