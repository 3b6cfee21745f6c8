"""Requests and what they must give: the digests of their images, computed by servicers that no fault reaches.

An image follows from its recipe alone, so the same request gives the same bytes from whatever process, or an error.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from google.protobuf.message import Message

from mammoganesis.v1 import model_pb2, pca_editing_pb2, sampling_pb2, style_transfer_pb2
from mammoganesis.v1.images_pb2 import IMAGE_ENCODING_RAW_FLOAT32, GeneratedImage, ImageFormat
from mammoganesis.v1.latents_pb2 import ComponentEdit, Latent, Recipe, Region
from services.servicers.assembly import Servicers
from tests.support.served import SERVICES
from tests.support.serving import CALL, serving

RAW = ImageFormat(encoding=IMAGE_ENCODING_RAW_FLOAT32)
EXACT = {"execution_provider": "onnxruntime", "synthesis_precision": "float32"}
"""Settings under which every process computes the same bits."""
ATTRIBUTES = {service: attribute for _, service, attribute in SERVICES}


@dataclass(frozen=True)
class Call:
    """A request and what it must give.

    Attributes:
        service, method: "SamplingService", "Sample".
        request: serialised, base64.
        digests: SHA-256 of the bytes of all its images in order, "" where it has none; several where any will do.
    """

    service: str
    method: str
    request: str
    digests: Sequence[str] = ("",)

    @classmethod
    def of(cls, service: str, method: str, request: Message) -> Call:
        """Without its digest."""
        return cls(service, method, base64.b64encode(request.SerializeToString()).decode())

    @property
    def path(self) -> str:
        return f"/mammoganesis.v1.{self.service}/{self.method}"

    @property
    def body(self) -> bytes:
        return base64.b64decode(self.request)


def method_of(service: str, method: str) -> Any:
    """The descriptor of an RPC."""
    module = next(module for module, name, _ in SERVICES if name == service)
    return module.DESCRIPTOR.services_by_name[service].methods_by_name[method]


def type_of(descriptor: Any) -> Any:
    """The generated class of a message."""
    module = next(module for module, _, _ in SERVICES if hasattr(module, descriptor.name))
    return getattr(module, descriptor.name)


def images_of(message: Message) -> Iterator[GeneratedImage]:
    """The images of an answer, in order."""
    for field, value in message.ListFields():
        if field.message_type is GeneratedImage.DESCRIPTOR:
            yield from [value] if isinstance(value, GeneratedImage) else value


def digest_of(answers: Iterable[Message]) -> str:
    """Of all images of a call's answers; "" where there is none."""
    images = [image.data for answer in answers for image in images_of(answer)]
    return hashlib.sha256(b"".join(images)).hexdigest() if images else ""


def mixture(count: int, first_seed: int = 0) -> list[Call]:
    """`count` different calls of every kind that draws or tells, without their digests."""
    found = []
    for number in range(count):
        seed = first_seed + number
        latent, other = Latent(recipe=Recipe(seed=seed)), Latent(recipe=Recipe(seed=seed + 1))
        edit = ComponentEdit(index=0, sigmas=1 + number % 3 / 2)
        kinds = (
            Call.of("SamplingService", "Sample", sampling_pb2.SampleRequest(seeds=[seed], format=RAW)),
            Call.of(
                "PcaEditingService",
                "EditComponents",
                pca_editing_pb2.EditComponentsRequest(latent=latent, edits=[edit], format=RAW),
            ),
            Call.of(
                "StyleTransferService",
                "TransferStyle",
                style_transfer_pb2.TransferStyleRequest(
                    target=latent, reference=other, regions=[Region(index=0)], format=RAW
                ),
            ),
            Call.of(
                "SamplingService",
                "StreamSamples",
                sampling_pb2.StreamSamplesRequest(seed_range=sampling_pb2.SeedRange(first=seed, count=3), format=RAW),
            ),
            Call.of(
                "SamplingService", "MixStyles", sampling_pb2.MixStylesRequest(base=latent, style=other, format=RAW)
            ),
            Call.of("ModelService", "GetModel", model_pb2.GetModelRequest()),
            Call.of("PcaEditingService", "ListComponents", pca_editing_pb2.ListComponentsRequest()),
            Call.of("StyleTransferService", "ListRegions", style_transfer_pb2.ListRegionsRequest()),
            Call.of(
                "PcaEditingService",
                "EditComponents",
                pca_editing_pb2.EditComponentsRequest(latent=other, edits=[edit], format=RAW),
            ),
            Call.of("SamplingService", "DescribeRecipe", sampling_pb2.DescribeRecipeRequest(latent=latent)),
        )
        found.append(kinds[number % len(kinds)])
    return found


async def judged(calls: Sequence[Call], *bundles: Path) -> list[Call]:
    """The same with the digests that servicers in this process give, of each bundle."""
    found: list[list[str]] = [[] for _ in calls]
    for bundle in bundles:
        async with serving(bundle, **EXACT) as servicers:
            for call, digests in zip(calls, found, strict=True):
                digests.append(digest_of(await _answers(servicers, call)))
    return [replace(call, digests=digests) for call, digests in zip(calls, found, strict=True)]


async def _answers(servicers: Servicers, call: Call) -> list[Message]:
    method = method_of(call.service, call.method)
    request = type_of(method.input_type).FromString(call.body)
    answer = getattr(getattr(servicers, ATTRIBUTES[call.service]), call.method)(request, CALL)
    return [each async for each in answer] if method.server_streaming else [await answer]


def write(calls: Sequence[Call], path: Path) -> None:
    path.write_text(json.dumps([asdict(call) for call in calls]))


def read(path: Path) -> list[Call]:
    return [Call(**each) for each in json.loads(path.read_text())]
