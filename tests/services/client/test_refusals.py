"""What the client makes of refusals: it comes back when told to, and has words of its own for gRPC's core."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from concurrent import futures
from contextlib import contextmanager

import grpc
import pytest

from mammoganesis import errors
from mammoganesis.v1 import model_pb2, model_pb2_grpc, sampling_pb2, sampling_pb2_grpc
from services.client import Client
from services.wire.metadata import REQUEST_ID
from services.wire.retry import retry_info, retry_seconds
from tests.support.patience import WAIT_SECONDS

FULL = "more is asked for than can be drawn in time"


class Busy(model_pb2_grpc.ModelServiceServicer, sampling_pb2_grpc.SamplingServiceServicer):
    """Refuses a few times, and says when to come back; or does not say."""

    def __init__(self, refusals: int, seconds: float | None = 0.2) -> None:
        self.refusals, self.seconds = refusals, seconds
        self.times: list[float] = []
        self.called = threading.Event()

    def _refuse(self, context: grpc.ServicerContext) -> None:
        self.times.append(time.monotonic())
        self.called.set()
        if len(self.times) <= self.refusals:
            code = grpc.StatusCode.RESOURCE_EXHAUSTED
            told = () if self.seconds is None else retry_info(code, FULL, self.seconds)
            context.set_trailing_metadata(((REQUEST_ID, "1"), *told))
            context.abort(code, FULL)

    def GetModel(self, request: model_pb2.GetModelRequest, context: grpc.ServicerContext):  # noqa: N802
        self._refuse(context)
        return model_pb2.GetModelResponse(name="busy", limits={"max_images_per_stream": 100})

    def StreamSamples(self, request: sampling_pb2.StreamSamplesRequest, context: grpc.ServicerContext):  # noqa: N802
        self._refuse(context)
        for index in range(len(request.seed_list.seeds)):
            yield sampling_pb2.StreamSamplesResponse(index=index)


@contextmanager
def served(servicer: Busy, *options: tuple[str, int]) -> Iterator[str]:
    server = grpc.server(futures.ThreadPoolExecutor(4), options=options)
    model_pb2_grpc.add_ModelServiceServicer_to_server(servicer, server)
    sampling_pb2_grpc.add_SamplingServiceServicer_to_server(servicer, server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    try:
        yield f"127.0.0.1:{port}"
    finally:
        server.stop(None)


def test_a_refused_call_is_made_again_after_the_time_that_it_is_told() -> None:
    servicer = Busy(refusals=2)
    with served(servicer) as address, Client.connect(address) as client:
        assert client.model().name == "busy"
    assert len(servicer.times) == 3
    assert all(later - earlier >= 0.2 for earlier, later in zip(servicer.times, servicer.times[1:], strict=False))


def test_a_refused_stream_is_opened_again() -> None:
    servicer = Busy(refusals=0)
    with served(servicer) as address, Client.connect(address) as client:
        client.model()
        servicer.refusals = len(servicer.times) + 2
        client._max_images_per_stream = 100
        assert len(list(client.stream(range(5)))) == 5
    assert len(servicer.times) == 4


@pytest.mark.parametrize(("seconds", "deadline"), [(None, 60.0), (3600.0, 60.0), (3600.0, 1e5), (0.3, 0.2)])
def test_no_call_waits_that_is_not_told_when_or_would_be_late(seconds: float | None, deadline: float) -> None:
    servicer = Busy(refusals=9, seconds=seconds)
    with served(servicer) as address, Client.connect(address, deadline_seconds=deadline) as client:
        with pytest.raises(errors.ResourceExhausted) as caught:
            client.model()
        assert str(caught.value) == FULL
        assert caught.value.retry_seconds == seconds
    assert len(servicer.times) == 1


def test_closing_the_client_ends_the_wait() -> None:
    servicer = Busy(refusals=9, seconds=30.0)
    caught: list[Exception] = []
    with served(servicer) as address, Client.connect(address) as client:

        def ask() -> None:
            try:
                client.model()
            except errors.MammoganesisError as error:
                caught.append(error)

        asking = threading.Thread(target=ask)
        asking.start()
        servicer.called.wait()
        client.close()
        asking.join(timeout=WAIT_SECONDS)
        assert not asking.is_alive()
    assert len(caught) == 1


def test_what_grpcs_core_finds_too_large_is_said_in_our_words() -> None:
    with (
        served(Busy(0), ("grpc.max_receive_message_length", 1000)) as address,
        Client.connect(address) as client,
        pytest.raises(errors.ResourceExhausted) as caught,
    ):
        client.sample(range(2000))
    words = str(caught.value)
    assert words.startswith("the request has ")
    assert "more than the server takes: 1000; send fewer latents in a call" in words
    assert "SERVER" not in words
    assert "vs." not in words


def test_retry_info_is_read_as_it_is_written() -> None:
    class Error(grpc.RpcError):
        def __init__(self, *trailing: tuple[str, str | bytes]) -> None:
            self._trailing = trailing

        def trailing_metadata(self) -> tuple[tuple[str, str | bytes], ...]:
            return self._trailing

    told = retry_info(grpc.StatusCode.RESOURCE_EXHAUSTED, "full", 1.25)
    assert retry_seconds(Error(("x", "y"), *told)) == 1.25
    assert retry_seconds(Error(("x", "y"))) is None
    assert retry_seconds(Error(("grpc-status-details-bin", b"\xff\xff"))) is None
    assert retry_seconds(Error(("grpc-status-details-bin", b""))) is None
