"""Raw answers that their client does not take are refused before anything is computed, by the real servicers."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import grpc
import pytest
from google.protobuf.message import Message

from mammoganesis.v1 import pca_editing_pb2, sampling_pb2, style_transfer_pb2
from mammoganesis.v1.images_pb2 import IMAGE_ENCODING_PNG_8, ImageFormat
from mammoganesis.v1.latents_pb2 import ComponentEdit
from services.servicers.assembly import Servicers
from tests.support.edge_backend import Running, running_edge
from tests.support.served import backend_of
from tests.support.serving import RAW, seed_latent, serving

ONE = seed_latent(1)
PIXELS = 32 * 32 * 4  # bytes of one raw image of the tiny bundle
SERVICE = {"EditComponents": "PcaEditing", "SweepComponent": "PcaEditing", "TransferStyle": "StyleTransfer"}
OF_ONE_IMAGE: dict[str, Message] = {
    "Sample": sampling_pb2.SampleRequest(seeds=[1], format=RAW),
    "StreamSamples": sampling_pb2.StreamSamplesRequest(seed_range={"count": 3}, format=RAW),
    "Interpolate": sampling_pb2.InterpolateRequest(start=ONE, end=ONE, format=RAW),
    "MixStyles": sampling_pb2.MixStylesRequest(base=ONE, style=ONE, format=RAW),
    "RedrawNoise": sampling_pb2.RedrawNoiseRequest(latent=ONE, noise_seeds=[1], format=RAW),
    "EditComponents": pca_editing_pb2.EditComponentsRequest(
        latent=ONE, edits=[ComponentEdit(index=0, sigmas=1)], format=RAW
    ),
    "SweepComponent": pca_editing_pb2.SweepComponentRequest(latent=ONE, edit=ComponentEdit(index=0), format=RAW),
    "TransferStyle": style_transfer_pb2.TransferStyleRequest(
        target=ONE, reference=ONE, regions=[{"index": 0}], format=RAW
    ),
}


@asynccontextmanager
async def served() -> AsyncIterator[tuple[Running, Servicers]]:
    async with serving() as servicers, running_edge(backend_of(servicers)) as running:
        yield running, servicers


async def answers(running: Running, rpc: str, request: Message, taken: int | None = None) -> list[bytes]:
    """Of a client that takes so many bytes, as it says; None for one of default settings, which says nothing."""
    path = f"/mammoganesis.v1.{SERVICE.get(rpc, 'Sampling')}Service/{rpc}"
    metadata = () if taken is None else (("x-max-message-bytes", str(taken)),)
    call = running.channel.unary_stream(path)(request.SerializeToString(), metadata=metadata, timeout=60)
    return [answer async for answer in call]


async def refusal(running: Running, rpc: str, request: Message, taken: int | None = None) -> str:
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await answers(running, rpc, request, taken)
    assert caught.value.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
    return caught.value.details() or ""


async def test_no_rpc_computes_a_raw_image_that_its_client_does_not_take() -> None:
    async with served() as (running, servicers):
        engine = servicers.engine
        for rpc, request in OF_ONE_IMAGE.items():
            words = await refusal(running, rpc, request, PIXELS)
            assert words.startswith("the answer has at least "), rpc
            assert f"and this client takes {PIXELS}; " in words, rpc
            assert ("take StreamSamples" in words) == (rpc == "Sample"), rpc
        assert engine.statistics.images == 0  # type: ignore[attr-defined]
        for rpc, request in OF_ONE_IMAGE.items():
            assert await answers(running, rpc, request, 2 * PIXELS), rpc  # a recipe and the like fit as well
        assert engine.statistics.images > 0  # type: ignore[attr-defined]


async def test_images_of_one_answer_count_together_and_those_of_a_stream_alone() -> None:
    async with served() as (running, servicers):
        many = sampling_pb2.SampleRequest(seeds=range(40), format=RAW)
        words = await refusal(running, "Sample", many, 40 * PIXELS)
        assert f"the answer has at least {40 * (PIXELS + 200)} bytes" in words
        assert servicers.engine.statistics.images == 0  # type: ignore[attr-defined]
        assert len(await answers(running, "Sample", many)) == 1  # 164 KB, of a client of default settings
        stream = sampling_pb2.StreamSamplesRequest(seed_range={"count": 40}, format=RAW)
        assert len(await answers(running, "StreamSamples", stream, 2 * PIXELS)) == 40


async def test_how_small_a_png_becomes_is_not_guessed() -> None:
    async with served() as (running, _):
        png = sampling_pb2.SampleRequest(seeds=[1, 2], format=ImageFormat(encoding=IMAGE_ENCODING_PNG_8))
        (answer,) = await answers(running, "Sample", png)
        assert await answers(running, "Sample", png, len(answer) + 100)
        words = await refusal(running, "Sample", png, 1000)
        assert "at least" not in words
