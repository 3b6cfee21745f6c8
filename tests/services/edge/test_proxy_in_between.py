"""No shared hop waits: one HAProxy between an edge and two applications, of which one is slow, hangs or is not read."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import grpc

from mammoganesis.v1 import model_pb2, model_pb2_grpc, sampling_pb2, sampling_pb2_grpc, style_transfer_pb2_grpc
from mammoganesis.v1.images_pb2 import GeneratedImage
from mammoganesis.v1.latents_pb2 import Code, Latent, Recipe
from mammoganesis.v1.style_transfer_pb2 import TransferStyleRequest
from tests.support.edge_backend import Backend, Running, running_edge
from tests.support.haproxy import haproxy

GET_MODEL = "/mammoganesis.v1.ModelService/GetModel"
STREAM_SAMPLES = "/mammoganesis.v1.SamplingService/StreamSamples"


class Sampling(Backend):
    """Answers GetModel, and StreamSamples without end."""

    def __init__(self) -> None:
        super().__init__()
        self.images = 0
        self.unary(GET_MODEL, self._model)
        self.handlers[STREAM_SAMPLES] = grpc.unary_stream_rpc_method_handler(self._stream)

    async def _model(self, _: bytes, context: grpc.aio.ServicerContext) -> bytes:
        return model_pb2.GetModelResponse(name="demo").SerializeToString()

    async def _stream(self, _: bytes, context: grpc.aio.ServicerContext) -> AsyncIterator[bytes]:
        while True:
            image = GeneratedImage(data=bytes(2**14))
            yield sampling_pb2.StreamSamplesResponse(index=self.images, image=image).SerializeToString()
            self.images += 1

    async def stands_still(self) -> None:
        """Until what is between it and its clients is full."""
        before = -1
        while self.images != before or not self.images:
            before = self.images
            await asyncio.sleep(0.5)


@asynccontextmanager
async def behind_a_proxy(backend: Backend, hangs: int, folder: Path) -> AsyncIterator[Running]:
    """An edge before a proxy; "style_transfer" is at the port `hangs`."""
    server = grpc.aio.server()
    server.add_generic_rpc_handlers((backend,))
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    with haproxy({"sampling": port, "style_transfer": hangs}, folder) as (address, _):
        async with running_edge(serve_address=address) as running:
            yield running
    await server.stop(None)


async def models(running: Running) -> None:
    """Asks for the model, again and again, as others would."""
    async with grpc.aio.insecure_channel(
        f"127.0.0.1:{running.port}", [("grpc.use_local_subchannel_pool", 1)]
    ) as channel:
        for _ in range(20):
            answer = await model_pb2_grpc.ModelServiceStub(channel).GetModel(model_pb2.GetModelRequest(), timeout=30)
            assert answer.name == "demo"


async def test_streams_that_are_not_read_hold_up_nobody(tmp_path: Path) -> None:
    backend = Sampling()
    async with behind_a_proxy(backend, 1, tmp_path) as running:
        stub = sampling_pb2_grpc.SamplingServiceStub(running.channel)
        streams = [stub.StreamSamples(sampling_pb2.StreamSamplesRequest()) for _ in range(4)]
        for stream in streams:
            await stream.read()
        await backend.stands_still()
        await models(running)


async def test_an_application_that_hangs_with_large_requests_holds_up_no_other(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as hanging:  # takes connections, and never reads
        async with behind_a_proxy(Sampling(), hanging.getsockname()[1], tmp_path) as running:
            code = Latent(recipe=Recipe(code=Code(values=[0.5] * 100_000)))
            stub = style_transfer_pb2_grpc.StyleTransferServiceStub(running.channel)
            large = [stub.TransferStyle(TransferStyleRequest(target=code, reference=code)) for _ in range(4)]
            await asyncio.sleep(0.5)
            await models(running)
            for call in large:
                call.cancel()


async def test_a_proxy_that_is_replaced_takes_no_call_to_a_port_that_it_knew(tmp_path: Path) -> None:
    """It lives as long as its longest stream, and a port may belong to another application by then
    (ray-project/ray#64021): it ends its connections for further calls, which go to the new one."""
    old, new = Sampling(), Sampling()
    servers, ports = [], []
    for backend in (old, new):
        server = grpc.aio.server()
        server.add_generic_rpc_handlers((backend,))
        ports.append(server.add_insecure_port("127.0.0.1:0"))
        await server.start()
        servers.append(server)
    new.unary(GET_MODEL, _new_model)
    with haproxy({"sampling": ports[0]}, tmp_path) as before:
        async with running_edge(serve_address=before[0]) as running:
            stub = sampling_pb2_grpc.SamplingServiceStub(running.channel)
            stream = stub.StreamSamples(sampling_pb2.StreamSamplesRequest())
            assert await stream.read()
            await models(running)
            with haproxy({"sampling": ports[1]}, tmp_path, in_place_of=before):
                names = []
                while "new" not in names[-1:]:  # the old one listens for a moment longer
                    names.append(await _name(running))
                names += [await _name(running) for _ in range(20)]
                assert set(names[names.index("new") :]) == {"new"}
                for _ in range(20):
                    assert await stream.read()  # the stream goes on through the old one
                stream.cancel()
    for server in servers:
        await server.stop(None)


async def _new_model(_: bytes, context: grpc.aio.ServicerContext) -> bytes:
    return model_pb2.GetModelResponse(name="new").SerializeToString()


async def _name(running: Running) -> str:
    stub = model_pb2_grpc.ModelServiceStub(running.channel)
    return (await stub.GetModel(model_pb2.GetModelRequest(), timeout=30)).name
