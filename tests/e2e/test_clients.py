"""Clients that know nothing of us but the protos, or not even those, through the whole system."""

from __future__ import annotations

import subprocess
import sys
import urllib.request
from pathlib import Path
from typing import Any

import grpc
import pytest
from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.message_factory import GetMessageClass
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import ProtoReflectionDescriptorDatabase

from mammoganesis.pictures.png import read_png
from tests.e2e.system import ROOT, System

pytestmark = pytest.mark.cluster

PLAIN_CLIENT = """
import sys
import grpc
from mammoganesis.v1 import latents_pb2 as l, pca_editing_pb2 as p, pca_editing_pb2_grpc as pg
from mammoganesis.v1 import sampling_pb2 as s, sampling_pb2_grpc as sg
from mammoganesis.v1 import style_transfer_pb2 as t, style_transfer_pb2_grpc as tg
assert s.__file__.startswith(sys.argv[2]), s.__file__
PNG = b"\\x89PNG\\r\\n"
with grpc.insecure_channel(sys.argv[1]) as channel:
    sampling, editing = sg.SamplingServiceStub(channel), pg.PcaEditingServiceStub(channel)
    images = sampling.Sample(s.SampleRequest(seeds=[1, 2, 3])).images
    assert len(images) == 3 and all(image.data.startswith(PNG) for image in images)
    by_id, by_seed = l.Latent(latent_id=images[0].latent_id), l.Latent(recipe=l.Recipe(seed=2))
    edit = l.ComponentEdit(index=0, sigmas=2)
    for latent in (by_id, by_seed, l.Latent(recipe=images[2].recipe)):
        edited = editing.EditComponents(p.EditComponentsRequest(latent=latent, edits=[edit])).image
        assert edited.data.startswith(PNG) and edited.latent_id not in [image.latent_id for image in images]
    sweep = list(editing.SweepComponent(p.SweepComponentRequest(latent=by_seed, edit=l.ComponentEdit(index=1))))
    assert [step.sigmas for step in sweep] == [-3, -2, -1, 0, 1, 2, 3]
    room = editing.CheckReach(p.CheckReachRequest(latent=by_id, edits=[edit]))
    assert room.reach > 0 and room.components[0].sigmas == 2 and len(room.directions) > 0
    found = list(sampling.FindSeeds(s.FindSeedsRequest(seed_range=s.SeedRange(first=5, count=9), count=2)))
    assert [answer.seed for answer in found] == [5, 6] and len(found[0].measures) == 6
    transfer = tg.StyleTransferServiceStub(channel).TransferStyle(
        t.TransferStyleRequest(target=by_id, reference=by_seed, regions=[l.Region(index=0)]))
    assert transfer.image.data.startswith(PNG) and transfer.channels_moved > 0
    corners = [t.Point(x=0.2, y=0.2), t.Point(x=0.8, y=0.2), t.Point(x=0.5, y=0.8)]
    within = tg.StyleTransferServiceStub(channel).TransferStyle(t.TransferStyleRequest(
        target=by_id, reference=by_seed, locality=l.LOCALITY_MASKED, polygon=t.Polygon(points=corners))).image
    assert within.recipe.style_transfers[0].mask.size == within.width and within.latent_cached
    again = sampling.Sample(s.SampleRequest(latents=[l.Latent(latent_id=within.latent_id)])).images[0]
    assert again.data == within.data not in (images[0].data, transfer.image.data)
    found = tg.StyleTransferServiceStub(channel).SegmentRegions(
        t.SegmentRegionsRequest(latent=l.Latent(recipe=within.recipe)))
    assert found.latent_id == within.latent_id and found.label_map_png.startswith(PNG)
    stream = sampling.StreamSamples(s.StreamSamplesRequest(seed_range=s.SeedRange(first=0, count=20)))
    assert [message.index for message in stream] == list(range(20))
    steps = sampling.Interpolate(s.InterpolateRequest(start=by_id, end=by_seed, steps=3))
    assert [step.fraction for step in steps] == [0, 0.5, 1]
print("all well")
"""


def test_plain_client_from_freshly_compiled_protos(system: System, tmp_path: Path) -> None:
    protos = ROOT / "protos"
    files = [str(path.relative_to(protos)) for path in (protos / "mammoganesis" / "v1").glob("*.proto")]
    compiler = [
        sys.executable,
        "-m",
        "grpc_tools.protoc",
        "-I.",
        f"--python_out={tmp_path}",
        f"--grpc_python_out={tmp_path}",
    ]
    subprocess.run([*compiler, *files], cwd=protos, check=True)
    for package in (tmp_path / "mammoganesis", tmp_path / "mammoganesis" / "v1"):
        (package / "__init__.py").touch()
    script = tmp_path / "client.py"  # its folder comes first on the path, before our own generated code
    script.write_text(PLAIN_CLIENT)
    command = [sys.executable, str(script), system.address, str(tmp_path)]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert done.stdout == "all well\n", done.stderr


def test_client_by_reflection_alone(channel: grpc.Channel) -> None:
    database = ProtoReflectionDescriptorDatabase(channel)
    pool = DescriptorPool(database)
    services = [name for name in database.get_services() if name.startswith("mammoganesis.")]
    assert len(services) == 14

    def call(rpc: str, **fields: Any) -> Any:
        for service in map(pool.FindServiceByName, services):
            for method in service.methods:
                if method.name == rpc:
                    request, answer = GetMessageClass(method.input_type), GetMessageClass(method.output_type)
                    kind = channel.unary_stream if method.server_streaming else channel.unary_unary
                    path = f"/{service.full_name}/{rpc}"
                    return kind(path, request.SerializeToString, answer.FromString)(request(**fields))
        raise LookupError(rpc)

    assert call("GetModel").name == "tiny"
    (image,) = call("Sample", seeds=[7]).images
    assert read_png(image.data).pixels.shape == (32, 32)
    latent = {"recipe": {"seed": 7}}
    assert len(call("ListComponents").components) == 8
    assert call("EditComponents", latent=latent, edits=[{"index": 0, "sigmas": 2}]).image.data != image.data
    assert len(list(call("SweepComponent", latent=latent, edit={"index": 0}, steps=3))) == 3
    assert len(call("ListRegions").regions) == 4
    moved = call("TransferStyle", target=latent, reference={"recipe": {"seed": 8}}, regions=[{"index": 1}])
    assert moved.channels_moved > 0
    assert len(call("SegmentRegions", latent=latent).labels) == 64


def test_health_reflects_the_running_system(channel: grpc.Channel) -> None:
    health = health_pb2_grpc.HealthStub(channel)
    for service in ("", "mammoganesis.v1.SamplingService", "mammoganesis.v1.StyleTransferService"):
        status = health.Check(health_pb2.HealthCheckRequest(service=service)).status  # type: ignore[attr-defined]
        assert status == health_pb2.HealthCheckResponse.SERVING


def test_quickstart_left_its_pictures_and_the_studio_answers(system: System) -> None:
    assert system.sheet.read_bytes().startswith(b"\x89PNG")
    names = {path.name for path in system.sheet.parent.glob("*.png")}
    assert {"sample7.png", "sweep6.png", "transfer.png", "contact_sheet.png"} <= names
    with urllib.request.urlopen(system.studio_url) as page:
        assert page.status == 200
