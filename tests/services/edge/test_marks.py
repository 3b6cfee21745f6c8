"""Images of those who may not take them unmarked have the mark, whatever they ask for: a real edge, every request."""

from __future__ import annotations

from typing import Any

import grpc
import pytest
from google.protobuf.message_factory import GetMessageClass

from mammoganesis.v1 import images_pb2, sampling_pb2
from mammoganesis.v1.images_pb2 import ImageFormat
from services.access import assertions
from services.access.permissions import RPCS
from services.access.principals import Principal, Role
from services.edge.routes import routes
from tests.support.edge_backend import Backend, Running, running_edge

SAMPLE = "/mammoganesis.v1.SamplingService/Sample"
STUDIO = "a-secret-of-the-studio-and-the-edge-0123"
ASKS: dict[str, Any] = {"identity": "on", "studio_secret": STUDIO}
WITH_FORMAT = {
    path: route
    for path, route in routes().items()
    if any(field.message_type is ImageFormat.DESCRIPTOR for field in route.request_type.DESCRIPTOR.fields)
}
DRAWING = [Role.LEARNER, Role.EDUCATOR]


def _heard() -> tuple[Backend, list[bytes]]:
    backend, heard = Backend(), []

    async def answer(request: bytes, context: grpc.aio.ServicerContext) -> bytes:
        heard.append(request)
        return b""

    async def answers(request: bytes, context: grpc.aio.ServicerContext) -> Any:
        heard.append(request)
        yield b""

    for path, route in WITH_FORMAT.items():
        kind = grpc.unary_stream_rpc_method_handler if route.server_streaming else grpc.unary_unary_rpc_method_handler
        backend.handlers[path] = kind(answers if route.server_streaming else answer)
    return backend, heard


async def _asked(edge: Running, path: str, request: bytes, *roles: Role) -> None:
    word = assertions.said(Principal("https://issuer.example", "somebody", frozenset(roles)), STUDIO)
    kind = edge.channel.unary_stream if WITH_FORMAT[path].server_streaming else edge.channel.unary_unary
    call: Any = kind(path)(request, metadata=((assertions.METADATA, word),))
    if WITH_FORMAT[path].server_streaming:
        async for _ in call:
            pass
    else:
        await call


async def test_every_rpc_that_hands_out_images_marks_them_for_some_and_leaves_the_wish_of_others() -> None:
    backend, heard = _heard()
    assert len(WITH_FORMAT) >= 9
    assert all(RPCS[path] for path in WITH_FORMAT)
    async with running_edge(backend, **ASKS) as edge:
        for path, route in WITH_FORMAT.items():
            plain = route.request_type()
            for role in DRAWING:
                await _asked(edge, path, plain.SerializeToString(), role)
                request = GetMessageClass(route.request_type.DESCRIPTOR).FromString(heard[-1])
                assert request.format.burn_in_mark, (path, role)
            for roles in ([Role.RESEARCHER], [Role.LEARNER, Role.OPERATOR]):
                await _asked(edge, path, plain.SerializeToString(), *roles)
                assert heard[-1] == b""


async def test_all_else_of_a_request_stays_as_it_is() -> None:
    backend, heard = _heard()
    request = sampling_pb2.SampleRequest(seeds=[7, 8], format=ImageFormat(resolution=64))
    async with running_edge(backend, **ASKS) as edge:
        await _asked(edge, SAMPLE, request.SerializeToString(), Role.LEARNER)
    request.format.burn_in_mark = True
    assert sampling_pb2.SampleRequest.FromString(heard[-1]) == request


@pytest.mark.parametrize(
    "wanted",
    [
        ImageFormat(encoding=images_pb2.IMAGE_ENCODING_RAW_FLOAT32),
        ImageFormat(encoding=images_pb2.IMAGE_ENCODING_DICOM, unmarked=True),
    ],
    ids=["raw", "DICOM"],
)
async def test_what_cannot_have_the_mark_is_refused(wanted: ImageFormat) -> None:
    backend, heard = _heard()
    request = sampling_pb2.SampleRequest(seeds=[7], format=wanted).SerializeToString()
    async with running_edge(backend, **ASKS) as edge:
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await _asked(edge, SAMPLE, request, Role.LEARNER)
        assert caught.value.code() is grpc.StatusCode.PERMISSION_DENIED
        assert "without the visible mark" in (caught.value.details() or "")
        assert heard == []
        await _asked(edge, SAMPLE, request, Role.RESEARCHER)
    async with running_edge(backend) as edge:
        await _asked(edge, SAMPLE, request)
    assert heard == [request, request]
