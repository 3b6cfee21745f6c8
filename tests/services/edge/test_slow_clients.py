"""Clients that take their streams slowly or not at all: what they are told, and that others have room."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

import grpc
import pytest
from grpc import StatusCode

from mammoganesis.errors import Overloaded, ResourceExhausted
from mammoganesis.v1 import sampling_pb2, sampling_pb2_grpc
from mammoganesis.v1.images_pb2 import GeneratedImage
from services.edge import server, streams
from services.edge.streams import Streams
from services.process.config import Config
from tests.support.edge_backend import Backend, Running, running_edge

STREAM_SAMPLES = "/mammoganesis.v1.SamplingService/StreamSamples"
TWO_IMAGES = [("grpc.http2.bdp_probe", 0), ("grpc.http2.lookahead_bytes", 2**14)]


class Images:
    """Answers every stream with images of 8 KiB until it is cancelled."""

    def __init__(self) -> None:
        self.backend = Backend()
        self.backend.handlers[STREAM_SAMPLES] = grpc.unary_stream_rpc_method_handler(self._stream)
        self.sent = 0
        self.ended = asyncio.Queue[int]()

    async def _stream(self, _: bytes, context: grpc.aio.ServicerContext) -> AsyncIterator[bytes]:
        index = 0
        try:
            while True:
                image = GeneratedImage(data=bytes(2**13))
                yield sampling_pb2.StreamSamplesResponse(index=index, image=image).SerializeToString()
                index += 1
                self.sent += 1
        finally:
            self.ended.put_nowait(index)

    async def stands_still(self) -> None:
        """Until nothing more goes out."""
        before = -1
        while self.sent != before or not self.sent:
            before = self.sent
            await asyncio.sleep(0.3)


@asynccontextmanager
async def client(running: Running) -> AsyncIterator[sampling_pb2_grpc.SamplingServiceStub]:
    """With a connection of its own and a window of two images."""
    options = [*TWO_IMAGES, ("grpc.use_local_subchannel_pool", 1)]
    async with grpc.aio.insecure_channel(f"127.0.0.1:{running.port}", options) as channel:
        yield sampling_pb2_grpc.SamplingServiceStub(channel)


async def rest_of(stream: grpc.aio.UnaryStreamCall) -> tuple[list[int], grpc.aio.AioRpcError]:
    """Indices of what still comes, and how it ends."""
    found: list[int] = []
    try:
        while isinstance(answer := await stream.read(), sampling_pb2.StreamSamplesResponse):
            found.append(answer.index)
    except grpc.aio.AioRpcError as error:
        return found, error
    raise AssertionError("the stream has ended well")


async def test_a_stream_whose_client_takes_nothing_ends_and_the_client_is_told_when_it_reads_on() -> None:
    images = Images()
    async with running_edge(images.backend, stream_stall_seconds=0.5) as running, client(running) as stub:
        stream = stub.StreamSamples(sampling_pb2.StreamSamplesRequest())
        assert (await stream.read()).index == 0
        await images.ended.get()  # the services are rid of it, though the client is still there
        indices, error = await rest_of(stream)
        assert indices == list(range(1, len(indices) + 1))  # nothing of what was on its way is lost
        assert error.code() is StatusCode.DEADLINE_EXCEEDED
        assert "(MAMMOGANESIS_STREAM_STALL_SECONDS is 0.5)" in (error.details() or "")
        assert f"after {len(indices)} messages the client has taken none" in (error.details() or "")
        assert "x-request-id" in dict(error.trailing_metadata() or ())


async def test_a_message_larger_than_the_clients_window_is_given_up_too() -> None:
    ended = asyncio.Event()

    async def one_large(_: bytes, context: grpc.aio.ServicerContext) -> AsyncIterator[bytes]:
        yield sampling_pb2.StreamSamplesResponse(image=GeneratedImage(data=bytes(2**21))).SerializeToString()
        try:
            await asyncio.sleep(3600)
        finally:
            ended.set()

    backend = Backend({STREAM_SAMPLES: grpc.unary_stream_rpc_method_handler(one_large)})
    async with running_edge(backend, stream_stall_seconds=0.5) as running, client(running) as stub:
        stream = stub.StreamSamples(sampling_pb2.StreamSamplesRequest())
        await stream.initial_metadata()
        await ended.wait()
        indices, error = await rest_of(stream)
        assert indices == [0]
        assert error.code() is StatusCode.DEADLINE_EXCEEDED
        assert "after 0 messages" in (error.details() or "")


async def test_a_client_that_reads_slowly_keeps_its_stream() -> None:
    images = Images()
    async with running_edge(images.backend, stream_stall_seconds=1.0) as running, client(running) as stub:
        stream = stub.StreamSamples(sampling_pb2.StreamSamplesRequest())
        for index in range(20):  # longer than the limit, all in all
            assert (await stream.read()).index == index
            await asyncio.sleep(0.08)
        assert images.ended.empty()


async def test_when_all_places_are_taken_the_stream_that_stands_still_gives_way(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(streams, "PATIENCE_SECONDS", 0.2)
    images = Images()
    async with running_edge(images.backend, max_streams=2) as running, client(running) as one, client(running) as two:
        slow = [one.StreamSamples(sampling_pb2.StreamSamplesRequest()) for _ in range(2)]
        for stream in slow:
            await stream.read()
        await images.stands_still()
        live = two.StreamSamples(sampling_pb2.StreamSamplesRequest())
        assert [(await live.read()).index for _ in range(50)] == list(range(50))
        ended, others = await asyncio.wait(
            {asyncio.create_task(rest_of(stream)) for stream in slow}, return_when=asyncio.FIRST_COMPLETED
        )
        assert (len(ended), len(others)) == (1, 1)
        _, error = ended.pop().result()
        assert error.code() is StatusCode.RESOURCE_EXHAUSTED
        assert "others need the place of the stream" in (error.details() or "")
        others.pop().cancel()


class Context:
    """A client's side of a stream, which takes what it is given at once."""

    async def send_initial_metadata(self, _: object) -> None:
        pass

    async def write(self, _: bytes) -> None:
        await asyncio.sleep(0)


async def test_of_streams_that_flow_one_of_the_host_with_the_most_gives_way_to_another_host() -> None:
    places = Streams(Config(max_streams=4))
    async with AsyncExitStack() as stack:

        async def open_from(host: str) -> streams.Stream:
            opened = await stack.enter_async_context(places.place(Context(), f"ipv4:{host}"))  # type: ignore[arg-type]
            await opened.write(b"")
            return opened

        greedy = [await open_from("10.0.0.1") for _ in range(4)]
        with pytest.raises(Overloaded, match="4 streams are open"):
            await open_from("10.0.0.1")
        modest = [await open_from("10.0.0.2") for _ in range(2)]
        with pytest.raises(Overloaded):  # each has two
            await open_from("10.0.0.2")
        ended = []
        for stream in greedy:
            try:
                await stream.write(b"")
            except ResourceExhausted as error:
                ended.append(error.message)
        assert len(ended) == 2
        assert all("after 1 messages others need the place of the stream" in text for text in ended)
        for stream in modest:
            await stream.write(b"")


async def test_streams_that_flow_keep_their_places(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streams, "PATIENCE_SECONDS", 3600.0)
    images = Images()
    async with running_edge(images.backend, max_streams=2) as running, client(running) as stub:
        live = [stub.StreamSamples(sampling_pb2.StreamSamplesRequest()) for _ in range(2)]
        for stream in live:
            await stream.read()
        _, error = await rest_of(stub.StreamSamples(sampling_pb2.StreamSamplesRequest()))
        assert error.code() is StatusCode.RESOURCE_EXHAUSTED
        assert error.details() == "2 streams are open (MAMMOGANESIS_MAX_STREAMS); try again in a moment"
        live[0].cancel()
        await images.ended.get()
        again = stub.StreamSamples(sampling_pb2.StreamSamplesRequest())
        assert (await again.read()).index == 0


async def test_what_ended_streams_leave_unread_is_bounded_too() -> None:
    images = Images()
    settings = {"max_streams": 2, "stream_stall_seconds": 0.3}
    async with running_edge(images.backend, **settings) as running, client(running) as one, client(running) as two:
        unread = [one.StreamSamples(sampling_pb2.StreamSamplesRequest()) for _ in range(2)]
        for stream in unread:
            await stream.read()
        for _ in unread:
            await images.ended.get()
        _, error = await rest_of(two.StreamSamples(sampling_pb2.StreamSamplesRequest()))
        assert error.code() is StatusCode.RESOURCE_EXHAUSTED
        await rest_of(unread[0])
        assert (await two.StreamSamples(sampling_pb2.StreamSamplesRequest()).read()).index == 0


async def test_what_is_unread_goes_with_its_connection_which_does_not_last_for_ever(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(server, "CONNECTION_AGE_SECONDS", 0.3)
    images = Images()
    settings = {"max_streams": 1, "stream_stall_seconds": 0.3, "max_stream_seconds": 1.0}
    settings |= {"max_deadline_seconds": 1.0, "default_deadline_seconds": 1.0}
    async with running_edge(images.backend, **settings) as running, client(running) as one, client(running) as two:
        deaf = one.StreamSamples(sampling_pb2.StreamSamplesRequest(), timeout=3_600)
        await deaf.read()
        await images.ended.get()
        codes = [StatusCode.CANCELLED]
        while codes[-1] is not StatusCode.OK:
            try:
                await two.StreamSamples(sampling_pb2.StreamSamplesRequest()).read()
                codes.append(StatusCode.OK)
            except grpc.aio.AioRpcError as error:
                codes.append(error.code())
        assert set(codes[1:-1]) == {StatusCode.RESOURCE_EXHAUSTED}
        _, error = await rest_of(deaf)
        assert error.code() is StatusCode.UNAVAILABLE


async def test_calls_go_on_when_their_connection_has_become_old(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "CONNECTION_AGE_SECONDS", 0.1)
    backend = Backend()

    async def answer(_: bytes, context: grpc.aio.ServicerContext) -> bytes:
        await asyncio.sleep(0.05)
        return b""

    backend.unary("/mammoganesis.v1.ModelService/GetModel", answer)
    async with running_edge(backend) as running:
        get_model = running.channel.unary_unary("/mammoganesis.v1.ModelService/GetModel")
        for _ in range(20):
            assert await asyncio.gather(*(get_model(b"") for _ in range(10))) == [b""] * 10


async def test_a_client_that_takes_nothing_does_not_hold_up_the_end_of_the_edge() -> None:
    images = Images()
    settings = {"stream_stall_seconds": 0.3, "drain_seconds": 3600}
    async with running_edge(images.backend, **settings) as running, client(running) as stub:
        await stub.StreamSamples(sampling_pb2.StreamSamplesRequest()).read()
        await images.ended.get()
        await running.edge.stop()


async def test_a_stalled_stream_takes_little_of_the_services() -> None:
    images = Images()
    async with running_edge(images.backend) as running, client(running) as stub:
        stream = stub.StreamSamples(sampling_pb2.StreamSamplesRequest())
        await stream.read()
        await images.stands_still()
        # Windows of the client and of the edge, and the buffers of two connections; gRPC's own window alone is 4 MiB.
        assert images.sent * 2**13 < 2**21
