"""Clients of Connect and gRPC-Web that are not ours: connect-web's, which the pages use, and connectrpc's in Python."""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from connectrpc.client import ConnectClientSync
from connectrpc.code import Code
from connectrpc.errors import ConnectError
from connectrpc.method import IdempotencyLevel, MethodInfo, StreamType
from connectrpc.protocol import ProtocolType
from google.protobuf.message import Message

from mammoganesis.v1 import pca_editing_pb2, sampling_pb2
from services.client import Client
from services.studio.app import Place
from services.studio.calls import RPCS
from tests.places import ROOT
from tests.support.served import served_edge
from tests.support.serving import TINY
from tests.support.studio_server import running_studio

PROTOS = ROOT / "protos"
WEB = ROOT / "services" / "studio" / "web"
SCRIPT = Path(__file__).with_name("connect_web.mjs")
SAMPLE = RPCS["/mammoganesis.v1.SamplingService/Sample"]
SWEEP = RPCS["/mammoganesis.v1.PcaEditingService/SweepComponent"]


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with served_edge() as edge, running_studio(edge, place=Place("/lab")) as port:
        yield f"http://127.0.0.1:{port}/lab"


@pytest.fixture(scope="module")
def image() -> bytes:
    """Of seed 7."""
    with Client.local(TINY) as client:
        return client.sample([7])[0].data


@pytest.fixture(scope="module")
def descriptors(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A FileDescriptorSet of the public contract, what a file imports before it."""
    out = tmp_path_factory.mktemp("descriptors") / "set.binpb"
    files = sorted(str(path) for path in (PROTOS / "mammoganesis" / "v1").glob("*.proto"))
    protoc = [sys.executable, "-m", "grpc_tools.protoc", "-I", str(PROTOS), "--include_imports"]
    subprocess.run([*protoc, f"--descriptor_set_out={out}", *files], check=True)
    return out.read_bytes()


@pytest.mark.parametrize("binary", [True, False])
@pytest.mark.parametrize("protocol", ["connect", "grpc-web"])
def test_connect_web_gets_images_streams_and_refusals(
    address: str, image: bytes, descriptors: bytes, protocol: str, binary: bool
) -> None:
    asked = {
        "address": address,
        "descriptors": base64.b64encode(descriptors).decode(),
        "protocol": protocol,
        "binary": binary,
    }
    environment = {**os.environ, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
    done = subprocess.run(
        ["node", "--input-type=module", "-e", SCRIPT.read_text()],  # modules are looked for from where it runs
        cwd=WEB,
        env=environment,
        input=json.dumps(asked),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert base64.b64decode(found["image"]) == image
    assert found["sigmas"] == [-3, 0, 3]
    assert (found["refused"][0], "seeds[0]: -1" in found["refused"][1]) == (3, True)
    assert (found["refusedStream"][0], "edit.index: 99" in found["refusedStream"][1]) == (3, True)
    assert found["late"][0] == 4


class Binary:
    """Protobuf's own messages on connectrpc's wire, which has another library's by default."""

    def name(self) -> str:
        return "proto"

    def encode(self, message: Message) -> bytes:
        return message.SerializeToString()

    def decode(self, data: bytes | bytearray, message_class: type[Message]) -> Message:
        return message_class.FromString(bytes(data))


def method(rpc: Any) -> MethodInfo[Any, Any]:
    kind = StreamType.SERVER_STREAM if rpc.streams else StreamType.UNARY
    return MethodInfo(
        name=rpc.name,
        service_name=rpc.service,
        input=rpc.request,
        output=rpc.response,
        idempotency_level=IdempotencyLevel.UNKNOWN,
        stream_type=kind,
    )


@pytest.mark.parametrize("protocol", [ProtocolType.CONNECT, ProtocolType.GRPC_WEB])
def test_connectrpc_in_python_gets_the_same(address: str, image: bytes, protocol: ProtocolType) -> None:
    with ConnectClientSync(address, codec=Binary(), protocol=protocol) as client:
        request = sampling_pb2.SampleRequest(seeds=[7])
        assert client.execute_unary(request=request, method=method(SAMPLE)).images[0].data == image
        with pytest.raises(ConnectError, match=r"seeds\[0\]: -1") as refused:
            client.execute_unary(request=sampling_pb2.SampleRequest(seeds=[-1]), method=method(SAMPLE))
        assert refused.value.code == Code.INVALID_ARGUMENT
        sweep = pca_editing_pb2.SweepComponentRequest(steps=3)
        sweep.latent.recipe.seed = 3
        sweep.edit.index = 0
        steps = client.execute_server_stream(request=sweep, method=method(SWEEP))
        assert [step.sigmas for step in steps] == [-3, 0, 3]
