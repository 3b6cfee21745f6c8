"""Wrong input of every RPC through the edge: the right status, a message with field, value and range, no traceback."""

from __future__ import annotations

from typing import Any

import grpc
import pytest
from google.protobuf.message import Message
from grpc import StatusCode

from mammoganesis.v1 import (
    latents_pb2,
    pca_editing_pb2,
    pca_editing_pb2_grpc,
    sampling_pb2,
    sampling_pb2_grpc,
    style_transfer_pb2,
    style_transfer_pb2_grpc,
)
from mammoganesis.v1.images_pb2 import ImageFormat
from mammoganesis.v1.latents_pb2 import (
    Code,
    ComponentEdit,
    Interpolation,
    Latent,
    LayerEpsilon,
    Mixing,
    Noise,
    Recipe,
    Region,
    StyleTransfer,
    Truncation,
)
from mammoganesis.v1.pca_editing_pb2 import CheckReachRequest, EditComponentsRequest, SweepComponentRequest
from mammoganesis.v1.sampling_pb2 import (
    DescribeRecipeRequest,
    FindSeedsRequest,
    InterpolateRequest,
    MixStylesRequest,
    RedrawNoiseRequest,
    SampleRequest,
    SeedList,
    SeedRange,
    StreamSamplesRequest,
)
from mammoganesis.v1.style_transfer_pb2 import SegmentRegionsRequest, TransferStyleRequest
from services.edge.routes import routes
from services.process.config import Config
from tests.e2e.system import System

pytestmark = pytest.mark.cluster

LEAKS = ("Traceback", "ray", "actor", "pid=", "File ", "site-packages", "/tmp", "127.0.0.1", "<class")
RANDOM = latents_pb2.NOISE_MODE_RANDOM
NAN, INFINITE = float("nan"), float("inf")
SEED = Latent(recipe=Recipe(seed=1))
UNKNOWN_ID = Latent(latent_id="lat_" + "0" * 32)
EDIT = ComponentEdit(index=0, sigmas=1)
REGION = Region(index=0)


def sample(**fields: Any) -> Message:
    return SampleRequest(**{"seeds": [1], **fields})


def edit(**fields: Any) -> Message:
    return EditComponentsRequest(**{"latent": SEED, "edits": [EDIT], **fields})


def sweep(**fields: Any) -> Message:
    return SweepComponentRequest(**{"latent": SEED, "edit": ComponentEdit(index=0), **fields})


def transfer(**fields: Any) -> Message:
    return TransferStyleRequest(**{"target": SEED, "reference": SEED, "regions": [REGION], **fields})


def interpolate(**fields: Any) -> Message:
    return InterpolateRequest(**{"start": SEED, "end": SEED, **fields})


def mix(**fields: Any) -> Message:
    return MixStylesRequest(**{"base": SEED, "style": SEED, **fields})


def redraw(**fields: Any) -> Message:
    return RedrawNoiseRequest(**{"latent": SEED, "noise_seeds": [1], **fields})


def described(**fields: Any) -> Message:
    return DescribeRecipeRequest(latent=Latent(recipe=Recipe(**fields)))


ONE = Recipe(seed=1)
TRANSFERRED = Recipe(seed=1, style_transfers=[StyleTransfer(reference=ONE, regions=[REGION])])
IN_STYLES = Recipe(interpolation=Interpolation(start=ONE, end=ONE, space=2))

# RPC, request, what the message must name: field, value, range.
INVALID: list[tuple[str, Message, tuple[str, ...]]] = [
    ("Sample", SampleRequest(), ("seeds", "0", "1 to 64")),
    ("Sample", SampleRequest(seeds=range(65)), ("seeds", "65", "1 to 64")),
    ("Sample", sample(seeds=[1, -1]), ("seeds[1]", "-1", "0 to 4294967295")),
    ("Sample", sample(seeds=[2**32]), ("seeds[0]", "4294967296", "0 to 4294967295")),
    ("Sample", sample(truncation=Truncation(psi=NAN)), ("truncation.psi", "nan", "0 to 2")),
    ("Sample", sample(truncation=Truncation(psi=2.5)), ("truncation.psi", "2.5", "0 to 2")),
    ("Sample", sample(truncation=Truncation(cutoff=9)), ("truncation.cutoff", "9", "0 to 8")),
    (
        "Sample",
        sample(noise=Noise(mode=RANDOM, seed=-5)),
        ("noise.seed", "-5", "0 to 4294967295"),
    ),
    ("Sample", SampleRequest(latents=[Latent()]), ("latents[0]",)),
    ("Sample", SampleRequest(latents=[Latent(latent_id="lat_../../x")]), ("latents[0].latent_id", "lat_")),
    ("Sample", SampleRequest(latents=[Latent(w=Code(values=[0.0] * 5))]), ("latents[0].w", "5", "96")),
    ("Sample", SampleRequest(latents=[Latent(w=Code(values=[0.0] * 95 + [NAN]))]), ("latents[0].w.values[95]", "nan")),
    ("Sample", SampleRequest(latents=[Latent(w=Code(values=[INFINITE] * 96))]), ("latents[0].w.values[0]", "inf")),
    ("Sample", SampleRequest(latents=[Latent(recipe=Recipe())]), ("latents[0].recipe",)),
    ("StreamSamples", StreamSamplesRequest(), ("seed_range", "seed_list")),
    ("StreamSamples", StreamSamplesRequest(seed_range=SeedRange(first=0, count=0)), ("count", "0", "1 to 10000")),
    ("StreamSamples", StreamSamplesRequest(seed_range=SeedRange(first=0, count=10001)), ("count", "10001", "10000")),
    ("StreamSamples", StreamSamplesRequest(seed_range=SeedRange(first=-1, count=1)), ("first", "-1", "4294967295")),
    ("StreamSamples", StreamSamplesRequest(seed_list=SeedList(seeds=[5, -2])), ("seeds[1]", "-2", "4294967295")),
    ("Interpolate", InterpolateRequest(end=SEED), ("start",)),
    ("Interpolate", interpolate(steps=1), ("steps", "1", "2 to 256")),
    ("Interpolate", interpolate(steps=257), ("steps", "257", "2 to 256")),
    ("EditComponents", edit(edits=[]), ("edits", "0", "1 to 64")),
    ("EditComponents", edit(edits=[EDIT] * 65), ("edits", "65", "1 to 64")),
    ("EditComponents", edit(edits=[ComponentEdit(index=8)]), ("edits[0].index", "8", "0 to 7")),
    ("EditComponents", edit(edits=[EDIT, ComponentEdit(name="densité")]), ("edits[1].name",)),
    ("EditComponents", edit(edits=[ComponentEdit(index=0, sigmas=21)]), ("edits[0].sigmas", "21", "-20 to 20")),
    ("EditComponents", edit(edits=[ComponentEdit(index=0, sigmas=NAN)]), ("edits[0].sigmas", "nan")),
    (
        "EditComponents",
        edit(edits=[ComponentEdit(index=0, sigmas=1, layer_start=4, layer_end=4)]),
        ("edits[0].layer_end", "4", "5 to 8"),
    ),
    ("EditComponents", EditComponentsRequest(edits=[EDIT]), ("latent",)),
    ("CheckReach", CheckReachRequest(latent=SEED, edits=[EDIT] * 65), ("edits", "65", "0 to 64")),
    ("FindSeeds", FindSeedsRequest(seed_range=SeedRange(count=1), count=65), ("count", "65", "1 to 64")),
    ("SweepComponent", sweep(steps=65), ("steps", "65", "2 to 64")),
    ("SweepComponent", sweep(edit=ComponentEdit(index=9)), ("edit.index", "9", "0 to 7")),
    ("SweepComponent", sweep(edit=EDIT), ("edit.sigmas", "1")),
    ("SweepComponent", sweep(sigmas_end=INFINITE), ("sigmas_end", "inf", "-20 to 20")),
    ("TransferStyle", transfer(regions=[]), ("regions", "0", "1 to 64")),
    ("TransferStyle", transfer(regions=[Region(index=4)]), ("regions[0].index", "4", "0 to 3")),
    ("TransferStyle", transfer(rho=1.5), ("rho", "1.5", "0 to 1")),
    ("TransferStyle", transfer(epsilon=512.5), ("epsilon", "512.5", "0 to 512")),
    ("TransferStyle", transfer(epsilon=NAN), ("epsilon", "nan", "0 to 512")),
    ("TransferStyle", transfer(strength=-0.1), ("strength", "-0.1", "0 to 1")),
    ("TransferStyle", TransferStyleRequest(target=SEED, regions=[REGION]), ("reference",)),
    ("SegmentRegions", SegmentRegionsRequest(), ("latent",)),
    ("Sample", sample(labels={"view": "MLO"}), ("labels", "'view'", "none: this model has no labels")),
    ("StreamSamples", StreamSamplesRequest(seed_list=SeedList(seeds=[1]), labels={"a": ""}), ("labels", "'a'", "none")),
    ("Sample", sample(format=ImageFormat(resolution=17)), ("format.resolution", "17", "0 or 32", "16 for a preview")),
    ("RedrawNoise", redraw(format=ImageFormat(resolution=64)), ("format.resolution", "64", "0 or 32")),
    ("Interpolate", interpolate(space=3), ("space", "3", "INTERPOLATION_SPACE_W, INTERPOLATION_SPACE_STYLES")),
    (
        "Interpolate",
        interpolate(start=Latent(recipe=TRANSFERRED)),
        ("start.recipe.style_transfers", "'1 transfers'", "none at the end of an interpolation in W"),
    ),
    (
        "EditComponents",
        edit(edits=[ComponentEdit(index=0, mode=3)]),  # type: ignore[arg-type]
        ("edits[0].mode", "3", "EDIT_MODE_RELATIVE, EDIT_MODE_ABSOLUTE"),
    ),
    ("EditComponents", edit(latent=Latent(recipe=IN_STYLES)), ("edits", "not a point in W")),
    ("SweepComponent", sweep(edit=ComponentEdit(name="nope")), ("edit.name", "'nope'", "coarseness, contrast")),
    (
        "TransferStyle",
        transfer(layer_epsilons=[LayerEpsilon(layer=11)]),
        ("layer_epsilons[0].layer", "11", "0 to 10"),
    ),
    ("MixStyles", MixStylesRequest(style=SEED), ("base", "exactly one of recipe, latent_id, w")),
    ("MixStyles", MixStylesRequest(base=SEED), ("style", "exactly one of")),
    ("MixStyles", mix(layer_start=8), ("layer_start", "8", "0 to 7")),
    ("MixStyles", mix(layer_start=3, layer_end=3), ("layer_end", "3", "4 to 8")),
    ("MixStyles", mix(layer_end=9), ("layer_end", "9", "1 to 8")),
    ("MixStyles", mix(style=Latent(recipe=IN_STYLES)), ("style.recipe.interpolation.space", "in a mixture")),
    ("MixStyles", mix(noise=Noise(seed=1)), ("noise.seed", "1", "NOISE_MODE_RANDOM")),
    ("RedrawNoise", redraw(noise_seeds=[]), ("noise_seeds", "0", "1 to 64")),
    ("RedrawNoise", redraw(noise_seeds=range(65)), ("noise_seeds", "65", "1 to 64")),
    ("RedrawNoise", redraw(noise_seeds=[0, 2**32]), ("noise_seeds[1]", "4294967296", "0 to 4294967295")),
    ("DescribeRecipe", DescribeRecipeRequest(), ("latent", "exactly one of")),
    ("DescribeRecipe", described(mixing=Mixing(base=ONE)), ("latent.recipe.mixing.style", "nothing", "a recipe")),
    (
        "DescribeRecipe",
        described(mixing=Mixing(base=ONE, style=ONE), truncation=Truncation()),
        ("latent.recipe.truncation", "nothing beside a mixture"),
    ),
    (
        "DescribeRecipe",
        described(code=Code(values=[0.0] * 96), labels={"view": "CC"}),
        ("latent.recipe.labels", "none unless the origin is a seed"),
    ),
]
NOT_FOUND: list[tuple[str, Message, str]] = [
    ("Sample", SampleRequest(latents=[UNKNOWN_ID]), "latents[0]"),
    ("Interpolate", interpolate(end=UNKNOWN_ID), "end"),
    ("EditComponents", edit(latent=UNKNOWN_ID), "latent"),
    ("SweepComponent", sweep(latent=UNKNOWN_ID), "latent"),
    ("TransferStyle", transfer(reference=UNKNOWN_ID), "reference"),
    ("SegmentRegions", SegmentRegionsRequest(latent=UNKNOWN_ID), "latent"),
    ("MixStyles", mix(style=UNKNOWN_ID), "style"),
    ("RedrawNoise", redraw(latent=UNKNOWN_ID), "latent"),
    ("DescribeRecipe", DescribeRecipeRequest(latent=UNKNOWN_ID), "latent"),
]


def call(channel: grpc.Channel, rpc: str, request: Message) -> Any:
    """Calls any of our RPCs by name; a stream is read to its end."""
    stubs = (
        sampling_pb2_grpc.SamplingServiceStub(channel),
        pca_editing_pb2_grpc.PcaEditingServiceStub(channel),
        style_transfer_pb2_grpc.StyleTransferServiceStub(channel),
    )
    (method,) = [getattr(stub, rpc) for stub in stubs if hasattr(stub, rpc)]
    answer = method(request)
    return list(answer) if isinstance(answer, grpc.RpcError) else answer


def refused(channel: grpc.Channel, rpc: str, request: Message) -> tuple[StatusCode, str]:
    with pytest.raises(grpc.RpcError) as caught:
        call(channel, rpc, request)
    details = caught.value.details()  # type: ignore[attr-defined]
    assert not [leak for leak in LEAKS if leak in details], details
    assert "x-request-id" in dict(caught.value.trailing_metadata())  # type: ignore[attr-defined]
    return caught.value.code(), details  # type: ignore[attr-defined]


@pytest.mark.parametrize("rpc", sorted({rpc for rpc, _, _ in INVALID}))
def test_invalid_arguments(channel: grpc.Channel, rpc: str) -> None:
    for _, request, words in [case for case in INVALID if case[0] == rpc]:
        code, details = refused(channel, rpc, request)
        assert code is StatusCode.INVALID_ARGUMENT, (request, details)
        assert not [word for word in words if word not in details], (request, details)
    assert len(call(channel, "Sample", SampleRequest(seeds=[3])).images) == 1  # and it still works


def test_latents_that_have_left_the_cache(channel: grpc.Channel) -> None:
    for rpc, request, field in NOT_FOUND:
        code, details = refused(channel, rpc, request)
        assert code is StatusCode.NOT_FOUND, (rpc, details)
        assert field in details
        assert "recipe" in details  # the advice: a recipe always works


def test_malformed_bytes_of_every_rpc(channel: grpc.Channel) -> None:
    for path, route in routes().items():
        kind = channel.unary_stream if route.server_streaming else channel.unary_unary
        method = kind(path)
        with pytest.raises(grpc.RpcError) as caught:
            next(iter(method(b"\x0a\xff\xff\xff\xff\x0f")))
        assert caught.value.code() is StatusCode.INVALID_ARGUMENT  # type: ignore[attr-defined]
        assert "6 bytes are not allowed" in caught.value.details()  # type: ignore[attr-defined]


def test_oversize_request(channel: grpc.Channel) -> None:
    most = Config().max_request_bytes
    request = SampleRequest(latents=[Latent(w=Code(values=[0.5] * (most // 4 + 1)))])
    with pytest.raises(grpc.RpcError) as caught:
        call(channel, "Sample", request)
    assert caught.value.code() is StatusCode.RESOURCE_EXHAUSTED  # type: ignore[attr-defined]
    words = f"request: {request.ByteSize()} bytes are more than this server takes in one: {most}"
    assert words in caught.value.details()  # type: ignore[attr-defined]


def test_deadline(channel: grpc.Channel) -> None:
    stream = sampling_pb2_grpc.SamplingServiceStub(channel).StreamSamples(
        StreamSamplesRequest(seed_range=SeedRange(first=0, count=10_000)), timeout=1.0
    )
    with pytest.raises(grpc.RpcError) as caught:
        for _ in stream:
            pass
    assert caught.value.code() is StatusCode.DEADLINE_EXCEEDED  # type: ignore[attr-defined]


def test_spoofed_application_goes_where_the_path_says(channel: grpc.Channel, system: System) -> None:
    editing = pca_editing_pb2_grpc.PcaEditingServiceStub(channel)
    for application in ("engine", "sampling", "nope"):
        answer = editing.ListComponents(
            pca_editing_pb2.ListComponentsRequest(),
            metadata=(("application", application), ("x-mammoganesis-edge-secret", "guessed")),
        )
        assert len(answer.components) == 8


def test_every_rpc_that_takes_anything_has_a_case() -> None:
    named = {rpc for rpc, _, _ in INVALID}
    for module in (sampling_pb2, pca_editing_pb2, style_transfer_pb2):
        for service in module.DESCRIPTOR.services_by_name.values():
            for method in service.methods:
                assert method.name in named or not method.input_type.fields
