"""Options of channels: the proxies of the environment are for the world outside."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent import futures

import grpc
import pytest

from mammoganesis.v1 import model_pb2, model_pb2_grpc
from services.wire.channels import channel_options, is_loopback

MEBIBYTE = 2**20


class Named(model_pb2_grpc.ModelServiceServicer):
    def GetModel(self, request: model_pb2.GetModelRequest, context: grpc.ServicerContext):  # noqa: N802
        return model_pb2.GetModelResponse(name="here")


@pytest.fixture
def port() -> Iterator[int]:
    server = grpc.server(futures.ThreadPoolExecutor(1))
    model_pb2_grpc.add_ModelServiceServicer_to_server(Named(), server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    yield port
    server.stop(None)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "dns:///127.0.0.1"])
def test_a_loopback_channel_uses_no_proxy(port: int, host: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "grpc_proxy", "https_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")  # nobody is there
    monkeypatch.delenv("no_proxy", raising=False)
    address = f"{host}:{port}"
    with grpc.insecure_channel(address, channel_options(address, MEBIBYTE)) as channel:
        stub = model_pb2_grpc.ModelServiceStub(channel)
        assert stub.GetModel(model_pb2.GetModelRequest(), timeout=20).name == "here"
    with grpc.insecure_channel(address, channel_options("example.org:1", MEBIBYTE)) as channel:
        stub = model_pb2_grpc.ModelServiceStub(channel)
        with pytest.raises(grpc.RpcError, match=r"127\.0\.0\.1:9"):
            stub.GetModel(model_pb2.GetModelRequest(), timeout=20)


@pytest.mark.parametrize(
    ("address", "loopback"),
    [
        ("127.0.0.1:50051", True),
        ("127.1.2.3:1", True),
        ("LOCALHOST:50051", True),
        ("[::1]:50051", True),
        ("0.0.0.0:50051", True),
        ("ipv4:127.0.0.1:5", True),
        ("ipv6:[::1]:5", True),
        ("dns:///localhost:5", True),
        ("dns:localhost:5", True),
        ("unix:/run/edge.socket", True),
        ("10.0.0.7:50051", False),
        ("edge.example.org:50051", False),
        ("localhost.example.org:50051", False),
        ("[2001:db8::1]:50051", False),
        ("dns:///edge:50051", False),
    ],
)
def test_which_addresses_are_this_machine(address: str, loopback: bool) -> None:
    assert is_loopback(address) is loopback


def test_messages_are_limited_both_ways() -> None:
    options = dict(channel_options("edge:1", 7))
    assert options == {"grpc.max_receive_message_length": 7, "grpc.max_send_message_length": 7}
