"""Who makes a call of the edge, and whether it is forwarded: a real edge before a backend that remembers its calls."""

from __future__ import annotations

from typing import Any

import grpc
import pytest
from google.protobuf.message_factory import GetMessageClass
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection_pb2, reflection_pb2_grpc

from mammoganesis.v1 import model_pb2, quota_pb2, status_pb2
from services.access import assertions
from services.access.permissions import ANYONE, RPCS
from services.access.principals import ANONYMOUS, SERVICE, Principal, Role
from services.edge.routes import APPLICATIONS, OWN
from services.wire.metadata import EDGE_SECRET, PRINCIPAL
from tests.support.edge_backend import SECRET, Backend, Running, running_edge

GET_MODEL = "/mammoganesis.v1.ModelService/GetModel"
STUDIO = "a-secret-of-the-studio-and-the-edge-0123"
ASKS: dict[str, Any] = {"identity": "on", "studio_secret": STUDIO}
SERVICES = (
    *APPLICATIONS,
    status_pb2.DESCRIPTOR.services_by_name["StatusService"],
    quota_pb2.DESCRIPTOR.services_by_name["QuotaService"],
)
METHODS = {f"/{service.full_name}/{method.name}": method for service in SERVICES for method in service.methods}


def _who(*roles: Role) -> Principal:
    return Principal("https://issuer.example", "somebody", frozenset(roles))


def _word(principal: Principal, secret: str = STUDIO) -> tuple[str, str]:
    return assertions.METADATA, assertions.said(principal, secret)


async def _code(edge: Running, path: str, *metadata: tuple[str, str]) -> tuple[grpc.StatusCode, str]:
    """What an empty request is answered with; the backend has no such method."""
    method = METHODS[path]
    empty = GetMessageClass(method.input_type)().SerializeToString()
    kind = edge.channel.unary_stream if method.server_streaming else edge.channel.unary_unary
    call: Any = kind(path)(empty, metadata=metadata)
    try:
        if method.server_streaming:
            async for _ in call:
                pass
        else:
            await call
    except grpc.aio.AioRpcError as error:
        return error.code(), error.details() or ""
    return grpc.StatusCode.OK, ""


def _told(backend: Backend) -> Principal:
    return Principal.from_metadata(str(backend.seen[-1][PRINCIPAL]))


async def test_every_rpc_against_every_role_and_against_nobody() -> None:
    """What may not be called never reaches what is behind the edge."""
    async with running_edge(**ASKS) as edge:
        for path, allowed in RPCS.items():
            for role in Role:
                edge.backend.seen.clear()
                code, details = await _code(edge, path, _word(_who(role)))
                if path in OWN and (allowed is ANYONE or role in allowed):
                    assert code is grpc.StatusCode.OK  # the edge answers it
                elif allowed is ANYONE or role in allowed:
                    assert len(edge.backend.seen) == 1, (path, role)
                    assert _told(edge.backend) == _who(role)
                else:
                    assert code is grpc.StatusCode.PERMISSION_DENIED, (path, role)
                    assert details.endswith(f"your roles: {role}")
                    assert edge.backend.seen == []
            edge.backend.seen.clear()
            code, details = await _code(edge, path)
            if allowed is ANYONE and path in OWN:
                assert code is grpc.StatusCode.OK
            elif allowed is ANYONE:
                assert _told(edge.backend) == ANONYMOUS
            else:
                assert code is grpc.StatusCode.UNAUTHENTICATED, path
                assert "log in, or bring a token or a certificate" in details
                assert edge.backend.seen == []


async def test_where_identity_is_off_everybody_may_everything_and_nobody_is_named() -> None:
    async with running_edge() as edge:
        forwarded = RPCS.keys() - OWN
        for path in forwarded:
            await _code(edge, path)
        assert len(edge.backend.seen) == len(forwarded)
        assert not any(PRINCIPAL in metadata for metadata in edge.backend.seen)


async def test_our_own_services_call_for_others_and_for_themselves() -> None:
    async with running_edge(**ASKS) as edge:
        ours = (EDGE_SECRET, SECRET)
        await _code(edge, GET_MODEL, ours, (PRINCIPAL, ANONYMOUS.to_metadata()))
        assert _told(edge.backend) == ANONYMOUS
        await _code(edge, GET_MODEL, ours)
        assert _told(edge.backend) == SERVICE


async def test_who_a_call_is_made_for_is_not_the_clients_to_say() -> None:
    named = (PRINCIPAL, _who(*Role).to_metadata())
    async with running_edge(**ASKS) as edge:
        code, _ = await _code(edge, GET_MODEL, named)
        assert code is grpc.StatusCode.UNAUTHENTICATED
        await _code(edge, GET_MODEL, named, _word(_who(Role.LEARNER)))
        assert _told(edge.backend) == _who(Role.LEARNER)
    async with running_edge() as edge:
        await _code(edge, GET_MODEL, named)
        assert PRINCIPAL not in edge.backend.seen[-1]


@pytest.mark.parametrize(
    "metadata",
    [
        [(EDGE_SECRET, "guessed" * 6)],
        [(assertions.METADATA, "word")],
        [_word(_who(*Role), SECRET + "x" * 32)],
        [_word(_who(*Role)), _word(_who(*Role))],
        [(EDGE_SECRET, SECRET), (PRINCIPAL, "nobody")],
    ],
    ids=["another secret of the edge", "no word", "another secret of the studio", "two words", "no principal"],
)
async def test_what_is_not_valid_is_refused_and_not_taken_for_nothing(metadata: list[tuple[str, str]]) -> None:
    async with running_edge(**ASKS) as edge:
        code, details = await _code(edge, "/mammoganesis.v1.QuizService/OpenQuiz", *metadata)
        assert code in (grpc.StatusCode.UNAUTHENTICATED, grpc.StatusCode.INVALID_ARGUMENT)
        assert details.startswith(metadata[-1][0])
        assert edge.backend.seen == []


async def test_a_word_means_nothing_where_the_studio_has_no_secret() -> None:
    async with running_edge(identity="on") as edge:
        code, _ = await _code(edge, GET_MODEL, _word(_who(*Role)))
        assert code is grpc.StatusCode.UNAUTHENTICATED


async def test_health_and_reflection_are_open() -> None:
    async with running_edge(**ASKS) as edge:
        health: Any = health_pb2_grpc.HealthStub(edge.channel)
        answer = await health.Check(health_pb2.HealthCheckRequest(service="liveness"))
        assert answer.status == health_pb2.HealthCheckResponse.SERVING
        reflection: Any = reflection_pb2_grpc.ServerReflectionStub(edge.channel)
        question = reflection_pb2.ServerReflectionRequest(file_containing_symbol=model_pb2.DESCRIPTOR.package)
        answers = [each async for each in reflection.ServerReflectionInfo(iter([question]))]
        assert len(answers) == 1
