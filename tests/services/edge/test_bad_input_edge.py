"""The wrong requests of tests/e2e/test_bad_input.py through the real edge, without Ray behind it; and those that only a
conditional bundle can refuse."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import grpc
import pytest

from mammoganesis.v1.latents_pb2 import Latent, Recipe
from mammoganesis.v1.sampling_pb2 import SampleRequest, SeedRange, StreamSamplesRequest
from tests.e2e.test_bad_input import INVALID, NOT_FOUND, call, refused
from tests.support.served import served_edge
from tests.support.serving import Copy


@pytest.fixture(scope="module")
def channel() -> Iterator[grpc.Channel]:
    with served_edge() as address, grpc.insecure_channel(address) as opened:
        yield opened


@pytest.mark.parametrize("rpc", sorted({rpc for rpc, _, _ in INVALID}))
def test_field_value_and_range_are_named(channel: grpc.Channel, rpc: str) -> None:
    for _, request, words in [case for case in INVALID if case[0] == rpc]:
        code, details = refused(channel, rpc, request)
        assert code is grpc.StatusCode.INVALID_ARGUMENT, (request, details)
        assert not [word for word in words if word not in details], (request, details)


def test_latents_that_have_left_the_cache(channel: grpc.Channel) -> None:
    for rpc, request, field in NOT_FOUND:
        code, details = refused(channel, rpc, request)
        assert code is grpc.StatusCode.NOT_FOUND, (rpc, details)
        assert f"{field}" in details


def test_labels_of_a_conditional_bundle(tmp_path: Path) -> None:
    copy = Copy(tmp_path / "bundle")
    copy.to_conditional()
    recipe = Latent(recipe=Recipe(seed=1, labels={"density": "c"}))
    stream = StreamSamplesRequest(seed_range=SeedRange(first=0, count=1), labels={"view": "LAT"})
    with served_edge(copy.folder) as address, grpc.insecure_channel(address) as channel:
        for rpc, request, words in (
            ("Sample", SampleRequest(seeds=[1], labels={"side": "L"}), ("labels", "'side'", "allowed: view, density")),
            ("Sample", SampleRequest(latents=[recipe]), ("latents[0].recipe.labels.density", "'c'", "A, B, C")),
            ("StreamSamples", stream, ("labels.view", "'LAT'", "CC, MLO")),
        ):
            code, details = refused(channel, rpc, request)
            assert code is grpc.StatusCode.INVALID_ARGUMENT
            assert not [word for word in words if word not in details], details
        assert len(call(channel, "Sample", SampleRequest(seeds=[1], labels={"view": "CC"})).images) == 1
