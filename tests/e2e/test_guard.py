"""An image that is too near to a training image, through the whole system: engine, service, edge, command."""

from __future__ import annotations

import subprocess
from pathlib import Path

import grpc
import pytest

from mammoganesis.errors import TooNear
from mammoganesis.v1 import latents_pb2, pca_editing_pb2, sampling_pb2
from mammoganesis.v1.pca_editing_pb2_grpc import PcaEditingServiceStub
from mammoganesis.v1.sampling_pb2_grpc import SamplingServiceStub
from services.client import Client
from tests.e2e.system import COMMAND, COPIED, System

pytestmark = pytest.mark.cluster


def test_it_is_refused_with_a_status_and_its_name(channel: grpc.Channel) -> None:
    sampling = SamplingServiceStub(channel)
    latent = latents_pb2.Latent(recipe=latents_pb2.Recipe(seed=COPIED))
    edit = latents_pb2.ComponentEdit(index=0, sigmas=0.01)
    calls = (
        lambda: sampling.Sample(sampling_pb2.SampleRequest(seeds=[1, COPIED, 2])),
        lambda: list(sampling.StreamSamples(sampling_pb2.StreamSamplesRequest(seed_list={"seeds": [COPIED]}))),
        lambda: PcaEditingServiceStub(channel).EditComponents(
            pca_editing_pb2.EditComponentsRequest(latent=latent, edits=[edit])
        ),
    )
    for call in calls:
        with pytest.raises(grpc.RpcError, match=r"lat_[0-9a-f]{32} is too near to a training image") as refused:
            call()
        assert refused.value.code() is grpc.StatusCode.FAILED_PRECONDITION


def test_a_client_knows_it_and_gets_the_others(system: System) -> None:
    with Client.connect(system.address) as client:
        with pytest.raises(TooNear, match="too near to a training image"):
            client.sample([COPIED])
        given = client.allowed([1, COPIED, 2])
        assert [image and image.recipe.seed for image in given] == [1, None, 2]
        files = [image.message.data for image in client.sample([1, 2])]
        assert [image.message.data for image in given if image] == files


def test_the_command_says_so_in_a_line(system: System, tmp_path: Path) -> None:
    command = [str(COMMAND), "sample", "--address", system.address, "--seeds", str(COPIED), "--out", str(tmp_path)]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ended.returncode == 1
    assert "is too near to a training image to be handed out" in ended.stderr
    assert "Traceback" not in ended.stderr
    assert not list(tmp_path.iterdir())
