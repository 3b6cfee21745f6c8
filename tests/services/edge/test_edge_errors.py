"""What an error may say to a client, and what the edge's log says."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import AsyncIterator, Iterator

import grpc
import pytest
from google.rpc import error_details_pb2
from grpc import StatusCode

from mammoganesis.errors import InvalidArgument, MammoganesisError, Overloaded, TooNear, Unavailable
from mammoganesis.v1 import model_pb2, model_pb2_grpc, sampling_pb2, sampling_pb2_grpc
from services.observability.logs import JsonFormatter
from services.wire.error_info import Coded, coded_of, with_details
from services.wire.refusals import marked, marked_error
from services.wire.retry import retry_seconds, status_details
from services.wire.statuses import error_of, status_of
from tests.support.edge_backend import SECRET, Backend, running_edge, until

GET_MODEL = "/mammoganesis.v1.ModelService/GetModel"
SAMPLE = "/mammoganesis.v1.SamplingService/Sample"
STREAM_SAMPLES = "/mammoganesis.v1.SamplingService/StreamSamples"

TRACEBACK = (
    'Traceback (most recent call last):\n  File "/opt/venv/lib/python3.11/site-packages/ray/serve/x.py", line 1\n'
    "ray.exceptions.ActorDiedError: actor_id: 0123 pid=4711, ip=10.1.2.3"
)
LEAKS = ("Traceback", "pid", "/opt", "10.1.2.3", "ray", "actor", "<class")
NEGATIVE_SEED = "seeds[0]: -1 is not allowed; allowed: 0 to 4294967295"
NO_APPLICATION = "Application 'sampling' not found. Ping /ray.serve.RayServeAPIService/ListApplications"


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """What the services' loggers write."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonFormatter("edge"))
    logger = logging.getLogger("services")
    level = logger.level
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    yield stream
    logger.removeHandler(handler)
    logger.setLevel(level)


def failing_backend(code: StatusCode, details: str, ours: bool) -> Backend:
    async def fail(_: bytes, context: grpc.aio.ServicerContext) -> bytes:
        await context.abort(code, marked(details) if ours else details)
        return b""

    async def fail_late(request: bytes, context: grpc.aio.ServicerContext) -> AsyncIterator[bytes]:
        yield b""
        await fail(request, context)

    backend = Backend()
    backend.unary(SAMPLE, fail)
    backend.handlers[STREAM_SAMPLES] = grpc.unary_stream_rpc_method_handler(fail_late)
    return backend


@pytest.mark.parametrize(
    ("code", "details", "ours", "expected", "words"),
    [
        (StatusCode.INVALID_ARGUMENT, NEGATIVE_SEED, True, StatusCode.INVALID_ARGUMENT, NEGATIVE_SEED),
        (StatusCode.NOT_FOUND, "latent_id: not here", True, StatusCode.NOT_FOUND, "latent_id: not here"),
        (StatusCode.UNAVAILABLE, "the engine starts", True, StatusCode.UNAVAILABLE, "the engine starts"),
        (StatusCode.INTERNAL, "internal error 0123abcd", True, StatusCode.INTERNAL, "internal error 0123abcd"),
        (StatusCode.INTERNAL, TRACEBACK, True, StatusCode.INTERNAL, "internal error"),
        (StatusCode.UNAUTHENTICATED, "wrong secret", True, StatusCode.INTERNAL, "internal error"),
        (StatusCode.INTERNAL, TRACEBACK, False, StatusCode.UNAVAILABLE, "not available"),
        (StatusCode.UNKNOWN, "Unexpected <class 'ValueError'>", False, StatusCode.UNAVAILABLE, "not available"),
        (StatusCode.NOT_FOUND, NO_APPLICATION, False, StatusCode.UNAVAILABLE, "not available"),
        (StatusCode.CANCELLED, "Client for request 1 disconnected.", False, StatusCode.UNAVAILABLE, "not available"),
        (StatusCode.RESOURCE_EXHAUSTED, "backpressure", False, StatusCode.RESOURCE_EXHAUSTED, "try again"),
        (StatusCode.UNIMPLEMENTED, "Method not found!", False, StatusCode.UNAVAILABLE, "not available"),
    ],
)
async def test_errors_of_the_services_pass_and_others_are_cleaned(
    code: StatusCode, details: str, ours: bool, expected: StatusCode, words: str, log: io.StringIO
) -> None:
    async with running_edge(failing_backend(code, details, ours)) as running:
        stub = sampling_pb2_grpc.SamplingServiceStub(running.channel)
        single = stub.Sample(sampling_pb2.SampleRequest(seeds=[1]))
        stream = stub.StreamSamples(sampling_pb2.StreamSamplesRequest())
        for call in (single, stream):
            with pytest.raises(grpc.aio.AioRpcError) as caught:
                _ = await single if call is single else [message async for message in stream]
            shown = caught.value.details() or ""
            assert caught.value.code() is expected
            assert words in shown
            assert not any(leak in shown for leak in LEAKS)
            assert "x-request-id" in dict(await call.trailing_metadata())
            if expected is StatusCode.INTERNAL and not ours:
                assert shown.split()[2].rstrip(";") in log.getvalue()  # the error id stands in the log


@pytest.mark.parametrize("code", [StatusCode.INVALID_ARGUMENT, StatusCode.NOT_FOUND])
async def test_what_a_client_sent_is_no_leak(code: StatusCode) -> None:
    details = "edits[0].name: 'pid=3 Traceback' is not allowed; allowed: the names of the bundle"
    for ours, expected in ((True, (code, details)), (False, (StatusCode.UNAVAILABLE, None))):
        async with running_edge(failing_backend(code, details, ours)) as running:
            with pytest.raises(grpc.aio.AioRpcError) as caught:
                await sampling_pb2_grpc.SamplingServiceStub(running.channel).Sample(sampling_pb2.SampleRequest())
        assert caught.value.code() is expected[0]
        assert (caught.value.details() == details) == ours


async def test_backend_gone_is_unavailable_and_comes_back() -> None:
    backend = Backend()

    async def answer(_: bytes, context: grpc.aio.ServicerContext) -> bytes:
        return model_pb2.GetModelResponse(name="demo").SerializeToString()

    backend.unary(GET_MODEL, answer)
    async with running_edge(backend) as running:
        stub = model_pb2_grpc.ModelServiceStub(running.channel)
        await stub.GetModel(model_pb2.GetModelRequest())
        await running.backend_server.stop(None)
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await stub.GetModel(model_pb2.GetModelRequest())
        assert caught.value.code() is StatusCode.UNAVAILABLE
        assert "127.0.0.1" not in (caught.value.details() or "")
        again = grpc.aio.server()
        again.add_generic_rpc_handlers((backend,))
        again.add_insecure_port(running.backend_address)
        await again.start()

        codes = set()

        async def answers() -> bool:
            try:
                return (await stub.GetModel(model_pb2.GetModelRequest())).name == "demo"
            except grpc.aio.AioRpcError as error:
                codes.add(error.code())
                return False

        await until(answers)
        assert codes <= {StatusCode.UNAVAILABLE}
        await again.stop(None)


async def test_log_has_one_line_a_call_without_bodies_or_secrets(log: io.StringIO) -> None:
    details = 'evil\r\n{"forged": true}\x1b[31m\u2028' + "x" * 100_000
    async with running_edge(failing_backend(StatusCode.INTERNAL, details[:3000], False)) as running:
        stub = sampling_pb2_grpc.SamplingServiceStub(running.channel)
        with pytest.raises(grpc.aio.AioRpcError):
            await stub.Sample(sampling_pb2.SampleRequest(seeds=[4242424242]), metadata=(("x-request-id", "mine"),))
    lines = [json.loads(line) for line in log.getvalue().split("\n") if line]
    calls = [line for line in lines if line["message"] == "call"]
    assert [(line["path"], line["code"], line["request_id"]) for line in calls] == [(SAMPLE, "UNAVAILABLE", "mine")]
    assert all("forged" not in line for line in lines)
    assert all(len(str(value)) <= 500 for line in lines for value in line.values())
    assert SECRET not in log.getvalue()
    assert "4242424242" not in log.getvalue()


@pytest.mark.parametrize(
    ("details", "seconds", "reason"),
    [
        ("backpressure", 1.0, "services"),  # of Serve's own
        (marked("the engine's queue holds 256 of at most 256 images", 2.5, "services"), 2.5, "services"),
        (marked_error(Overloaded("of yours: 9 of 9", 2.5, "quota"), "of yours: 9 of 9"), 2.5, "quota"),
        (marked("of a service of before", 2.5), 2.5, "limit"),
        (marked("the answer has at least 9 bytes"), None, "limit"),  # never fits
    ],
)
async def test_who_is_refused_for_want_of_room_is_told_when_to_come_back(
    details: str, seconds: float | None, reason: str
) -> None:
    async with running_edge(failing_backend(StatusCode.RESOURCE_EXHAUSTED, details, ours=False)) as running:
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await sampling_pb2_grpc.SamplingServiceStub(running.channel).Sample(sampling_pb2.SampleRequest())
    assert caught.value.code() is StatusCode.RESOURCE_EXHAUSTED
    assert [call.reason for call in running.edge.last_minute()] == [reason]
    assert retry_seconds(caught.value) == seconds
    assert "mammoganesis" not in (caught.value.details() or "")


@pytest.mark.parametrize(
    ("error", "code", "values", "reason"),
    [
        (
            InvalidArgument("image", "7 bytes", "a file").coded("file.frames", frames=3, samples="é: 1"),
            "file.frames",
            {"frames": "3", "samples": "é: 1"},
            "FILE_FRAMES",
        ),
        (TooNear(["lat_" + "0" * 32]), "too_near", {}, "TOO_NEAR"),
        (Unavailable("away", 2.5).coded("away", place="x"), "away", {"place": "x"}, "AWAY"),
        (Unavailable("away").coded("away", place="x" * 5000), "away", {}, "AWAY"),  # headers are limited
        (Unavailable("away").coded("away", place=TRACEBACK), "away", {}, "AWAY"),
        (Overloaded("of yours: 9 of 9", 2.5, "quota"), "", {}, "QUOTA"),
        (Unavailable("away"), "", {}, None),
    ],
)
async def test_the_code_of_an_error_and_its_values_come_through_the_edge(
    error: MammoganesisError, code: str, values: dict[str, str], reason: str | None
) -> None:
    status, message = status_of(error)
    async with running_edge(failing_backend(status, marked_error(error, message), ours=False)) as running:
        stub = sampling_pb2_grpc.SamplingServiceStub(running.channel)

        async def streamed() -> None:
            async for _ in stub.StreamSamples(sampling_pb2.SampleRequest()):
                pass

        for call in (stub.Sample(sampling_pb2.SampleRequest()), streamed()):
            with pytest.raises(grpc.aio.AioRpcError) as caught:
                await call
            assert (caught.value.code(), caught.value.details()) == (status, message)
            assert coded_of(caught.value) == Coded(code, values)
            assert retry_seconds(caught.value) == error.retry_seconds
            info = error_details_pb2.ErrorInfo()
            said = [info.reason for detail in status_details(caught.value) if detail.Unpack(info)]
            assert said == ([] if reason is None else [reason])
            found = with_details(error_of(status, message), caught.value)
            assert (found.code, found.values, found.retry_seconds) == (code, values, error.retry_seconds)


@pytest.mark.parametrize("text", ["YQ", "_", "a" * 41, "W10"])  # no base64, no JSON, no pair
async def test_a_code_that_cannot_be_read_is_none(text: str) -> None:
    async with running_edge(failing_backend(StatusCode.NOT_FOUND, marked("not here", code=text), False)) as running:
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await sampling_pb2_grpc.SamplingServiceStub(running.channel).Sample(sampling_pb2.SampleRequest())
    assert (caught.value.code(), caught.value.details()) == (StatusCode.NOT_FOUND, "not here")
    assert coded_of(caught.value) == Coded()
