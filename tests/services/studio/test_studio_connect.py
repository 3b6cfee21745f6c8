"""The Connect protocol and gRPC-Web at the studio, over real HTTP before a real edge.

Bodies are made by hand, as the protocols' texts say: https://connectrpc.com/docs/protocol and
https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-WEB.md.
"""

from __future__ import annotations

import base64
import gzip
import http.client
import json
import struct
import threading
from collections.abc import Callable, Iterator
from concurrent import futures
from contextlib import contextmanager
from typing import Any

import grpc
import pytest
from google.protobuf import json_format
from google.rpc import error_details_pb2

from mammoganesis.v1 import latents_pb2, model_pb2, model_pb2_grpc, pca_editing_pb2, pca_editing_pb2_grpc, sampling_pb2
from services.client import Client
from services.edge.routes import APPLICATIONS, RECORDS
from services.studio.app import Limits
from services.wire.metadata import REQUEST_ID
from services.wire.retry import retry_info
from tests.support.patience import WAIT_SECONDS
from tests.support.served import served_edge
from tests.support.serving import TINY
from tests.support.studio_server import JSON, Answer, envelopes, running_studio, send

PROTO = {"content-type": "application/proto"}
SAMPLING, PCA, MODEL = (f"/mammoganesis.v1.{name}Service" for name in ("Sampling", "PcaEditing", "Model"))
SWEEP = {"latent": {"recipe": {"seed": 3}}, "edit": {"index": 0}, "steps": 3}


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    with served_edge() as edge, running_studio(edge) as port:
        yield port


def ask(port: int, path: str, request: Any, **headers: str) -> Answer:
    return send(port, "POST", path, json.dumps(request), {**JSON, **headers})


def error_of(answer: Answer) -> tuple[int, str, str]:
    assert answer.headers["content-type"] == "application/json"
    return answer.status, answer.json["code"], answer.json["message"]


def enveloped(*messages: bytes, flags: int = 0) -> bytes:
    return b"".join(struct.pack(">BI", flags, len(message)) + message for message in messages)


@contextmanager
def edge_that(answers: Callable[[Any, grpc.ServicerContext], Any]) -> Iterator[str]:
    """The address of a server whose GetModel is `answers`."""

    class Model(model_pb2_grpc.ModelServiceServicer):
        def GetModel(self, request: model_pb2.GetModelRequest, context: grpc.ServicerContext) -> Any:  # noqa: N802
            return answers(request, context)

    server = grpc.server(futures.ThreadPoolExecutor(4))
    model_pb2_grpc.add_ModelServiceServicer_to_server(Model(), server)
    address = f"127.0.0.1:{server.add_insecure_port('127.0.0.1:0')}"
    server.start()
    try:
        yield address
    finally:
        server.stop(None)


def test_one_answer_in_json_and_in_binary(port: int) -> None:
    with Client.local(TINY) as client:
        expected = client.sample([7])[0]
    in_json = ask(port, f"{SAMPLING}/Sample", {"seeds": ["7"]}, **{"connect-protocol-version": "1"})
    assert (in_json.status, in_json.headers["content-type"]) == (200, "application/json")
    assert base64.b64decode(in_json.json["images"][0]["data"]) == expected.data
    request = sampling_pb2.SampleRequest(seeds=[7]).SerializeToString()
    in_binary = send(port, "POST", f"{SAMPLING}/Sample", request, PROTO)
    assert (in_binary.status, in_binary.headers["content-type"]) == (200, "application/proto")
    (image,) = sampling_pb2.SampleResponse.FromString(in_binary.body).images
    assert (image.data, image.latent_id) == (expected.data, expected.latent_id)


@pytest.mark.parametrize("codec", ["json", "proto"])
def test_a_stream_is_an_envelope_a_message_and_one_for_the_end(port: int, codec: str) -> None:
    request = json_format.ParseDict(SWEEP, pca_editing_pb2.SweepComponentRequest())
    body = json.dumps(SWEEP).encode() if codec == "json" else request.SerializeToString()
    headers = {"content-type": f"application/connect+{codec}"}
    answer = send(port, "POST", f"{PCA}/SweepComponent", enveloped(body), headers)
    assert (answer.status, answer.headers["content-type"]) == (200, headers["content-type"])
    assert answer.headers["x-accel-buffering"] == "no", "nginx passes messages on as they come"
    *steps, (flags, end) = envelopes(answer.body)
    assert (flags, json.loads(end)) == (2, {})
    assert {flags for flags, _ in steps} == {0}
    read = pca_editing_pb2.SweepComponentResponse.FromString
    if codec == "json":
        read = lambda text: json_format.Parse(text, pca_editing_pb2.SweepComponentResponse())  # noqa: E731
    assert [read(step).sigmas for _, step in steps] == [-3, 0, 3]


def test_an_error_in_a_stream_stands_in_its_end(port: int) -> None:
    body = json.dumps({**SWEEP, "edit": {"index": 99}}).encode()
    answer = send(port, "POST", f"{PCA}/SweepComponent", enveloped(body), {"content-type": "application/connect+json"})
    ((flags, end),) = envelopes(answer.body)
    assert (answer.status, flags) == (200, 2)
    assert json.loads(end)["error"]["code"] == "invalid_argument"
    assert "edit.index: 99" in json.loads(end)["error"]["message"]


def test_grpc_web_gets_the_same(port: int) -> None:
    headers = {"content-type": "application/grpc-web+proto", "x-grpc-web": "1"}
    request = sampling_pb2.SampleRequest(seeds=[7]).SerializeToString()
    (_, message), (flags, trailers) = envelopes(
        send(port, "POST", f"{SAMPLING}/Sample", enveloped(request), headers).body
    )
    with Client.local(TINY) as client:
        assert sampling_pb2.SampleResponse.FromString(message).images[0].data == client.sample([7])[0].data
    assert (flags, trailers.strip()) == (128, b"grpc-status: 0")
    wrong = sampling_pb2.SampleRequest(seeds=[-1]).SerializeToString()
    ((_, trailers),) = envelopes(send(port, "POST", f"{SAMPLING}/Sample", enveloped(wrong), headers).body)
    assert b"grpc-status: 3" in trailers
    assert b"seeds" in trailers


def test_every_public_rpc_is_there(port: int) -> None:
    for service, application in APPLICATIONS.items():
        reached = (503,) if application == RECORDS else (200, 400)  # nothing is remembered here
        for method in service.methods:
            path = f"/{service.full_name}/{method.name}"
            if method.server_streaming:
                headers = {"content-type": "application/connect+proto"}
                (*_, (flags, _)) = envelopes(send(port, "POST", path, enveloped(b""), headers).body)
                assert flags == 2, path
            else:
                assert send(port, "POST", path, b"", PROTO).status in reached, path


@pytest.mark.parametrize(
    ("rpc", "request_body", "status", "code", "text"),
    [
        ("Sample", {"seeds": [-1]}, 400, "invalid_argument", "seeds[0]: -1"),
        ("Sample", {"latents": [{"latent_id": "lat_" + "0" * 32}]}, 404, "not_found", "send the recipe"),
        ("Sample", {"sedes": [1]}, 400, "invalid_argument", "request: 'sedes' is not allowed; allowed: the keys"),
        ("Sample", [1], 400, "invalid_argument", "request: [1] is not allowed; allowed: a JSON object"),
        ("Nothing", {}, 404, "unimplemented", "no such call: '/mammoganesis.v1.SamplingService/Nothing'"),
    ],
)
def test_errors_say_what_is_wrong(port: int, rpc: str, request_body: Any, status: int, code: str, text: str) -> None:
    found = error_of(ask(port, f"{SAMPLING}/{rpc}", request_body))
    assert found[:2] == (status, code)
    assert text in found[2]


@pytest.mark.parametrize(
    ("rpc", "content_type", "body", "status", "code"),
    [
        ("Sample", "application/proto", b"\xff\xff\xff", 400, "invalid_argument"),
        ("Sample", "application/json", b"\xff{", 400, "invalid_argument"),
        ("Sample", "Application/JSON; charset=utf-8", b'{"seeds": [1]}', 200, ""),
        ("Sample", "text/plain", b"{}", 415, "invalid_argument"),
        ("Sample", "application/grpc", b"", 415, "invalid_argument"),
        ("Sample", "application/grpc+proto", b"", 415, "invalid_argument"),
        ("Sample", "application/grpc-web-text", b"", 415, "invalid_argument"),
        ("Sample", "application/connect+json", b"{}", 415, "invalid_argument"),
        ("Sample", "é", b"{}", 415, "invalid_argument"),
        ("StreamSamples", "application/json", b"{}", 415, "invalid_argument"),
    ],
)
def test_bodies_are_what_they_say(
    port: int, caplog: Any, rpc: str, content_type: str, body: bytes, status: int, code: str
) -> None:
    answer = send(port, "POST", f"{SAMPLING}/{rpc}", body, {"content-type": content_type})
    assert answer.status == status
    if code:
        assert error_of(answer)[1] == code
        assert "is not allowed; allowed: " in answer.json["message"] or "not JSON in UTF-8" in answer.json["message"]
    assert not caplog.records


@pytest.mark.parametrize(
    "headers",
    [
        {"connect-timeout-ms": "é"},
        {"connect-timeout-ms": "-1"},
        {"connect-timeout-ms": "1" * 11},
        {"connect-protocol-version": "2"},
        {"content-encoding": "br"},
        {"content-encoding": "gzip"},
    ],
)
def test_headers_that_say_nothing_are_refused(port: int, caplog: Any, headers: dict[str, str]) -> None:
    answer = ask(port, f"{SAMPLING}/Sample", {"seeds": [1]}, **headers)
    assert (answer.status, answer.json["code"]) in {(400, "invalid_argument"), (501, "unimplemented")}
    assert not caplog.records


def test_it_is_asked_by_post(port: int) -> None:
    answer = send(port, "GET", f"{SAMPLING}/Sample")
    assert (answer.status, answer.headers["allow"], answer.json["code"]) == (405, "POST", "unimplemented")


def test_requests_may_be_compressed_and_are_bounded_then_too(port: int) -> None:
    packed = gzip.compress(b'{"seeds": [1]}')
    assert send(port, "POST", f"{SAMPLING}/Sample", packed, {**JSON, "content-encoding": "gzip"}).status == 200
    bomb = gzip.compress(b" " * 2**26)
    answer = send(port, "POST", f"{SAMPLING}/Sample", bomb, {**JSON, "content-encoding": "gzip"})
    assert error_of(answer)[:2] == (429, "resource_exhausted")


def test_eight_masked_transfers_with_the_largest_masks_are_taken_and_more_is_not(port: int) -> None:
    mask = latents_pb2.Mask(size=256, deflated=bytes(2**16))
    reference = latents_pb2.Recipe(code=latents_pb2.Code(values=[0.123456789] * 14 * 512))
    transfer = latents_pb2.StyleTransfer(reference=reference, locality=latents_pb2.LOCALITY_MASKED, mask=mask)
    request = sampling_pb2.DescribeRecipeRequest(
        latent=latents_pb2.Latent(recipe=latents_pb2.Recipe(seed=1, style_transfers=[transfer] * 8))
    )
    text = json_format.MessageToJson(request, indent=None)
    assert len(text) < Limits().max_request_bytes
    code, message = error_of(send(port, "POST", f"{SAMPLING}/DescribeRecipe", text))[1:]
    assert (code, "deflated" in message or "code" in message) == ("invalid_argument", True), "the edge has read it"
    too_large = send(port, "POST", f"{SAMPLING}/DescribeRecipe", text + " " * Limits().max_request_bytes)
    assert error_of(too_large) == (429, "resource_exhausted", too_large.json["message"])
    assert too_large.json["message"].startswith("request: too large; allowed: ")


def test_what_is_held_of_all_requests_is_bounded() -> None:
    begun, released = threading.Event(), threading.Event()

    def waits(request: Any, context: grpc.ServicerContext) -> Any:
        begun.set()
        released.wait(WAIT_SECONDS)
        return model_pb2.GetModelResponse()

    limits = Limits(max_request_bytes=1000, max_held_request_bytes=1500)
    body = b"{" + b" " * 900 + b"}"
    with (
        edge_that(waits) as edge,
        running_studio(edge, limits=limits) as port,
        futures.ThreadPoolExecutor() as pool,
    ):
        first = pool.submit(send, port, "POST", f"{MODEL}/GetModel", body, JSON)
        assert begun.wait(WAIT_SECONDS)
        refused = error_of(send(port, "POST", f"{MODEL}/GetModel", body))
        assert refused[:2] == (429, "resource_exhausted")
        assert "the studio holds 1500 bytes" in refused[2]
        released.set()
        assert first.result().status == 200
        assert send(port, "POST", f"{MODEL}/GetModel", body).status == 200


def test_overload_says_when_to_come_back() -> None:
    code = grpc.StatusCode.RESOURCE_EXHAUSTED

    def full(request: Any, context: grpc.ServicerContext) -> None:
        context.set_trailing_metadata(((REQUEST_ID, "1"), *retry_info(code, "full", 2.5)))
        context.abort(code, "full")

    with edge_that(full) as edge, running_studio(edge) as port:
        answer = ask(port, f"{MODEL}/GetModel", {})
    assert error_of(answer) == (429, "resource_exhausted", "full")
    assert answer.headers["retry-after"] == "3"
    (detail,) = answer.json["details"]
    info = error_details_pb2.RetryInfo.FromString(base64.b64decode(detail["value"] + "=="))
    assert (detail["type"], info.retry_delay.ToMilliseconds()) == ("google.rpc.RetryInfo", 2500)


def test_grpcs_own_refusals_are_in_our_words() -> None:
    with running_studio("127.0.0.1:1") as port:
        nobody = "no answer from 127.0.0.1:1: nothing serves there, or it has gone"
        assert error_of(ask(port, f"{MODEL}/GetModel", {})) == (503, "unavailable", nobody)


def test_a_call_takes_no_longer_than_its_client_leaves_it() -> None:
    left: list[float] = []

    def remembered(request: Any, context: grpc.ServicerContext) -> Any:
        left.append(context.time_remaining())
        return model_pb2.GetModelResponse()

    with edge_that(remembered) as edge, running_studio(edge) as port:
        assert ask(port, f"{MODEL}/GetModel", {}, **{"connect-timeout-ms": "9000"}).status == 200
        assert ask(port, f"{MODEL}/GetModel", {}).status == 200
    assert 0 < left[0] < 9.5, "gRPC rounds deadlines up"
    assert 9.5 < left[1] < 122, "gRPC rounds to seconds"
    with edge_that(lambda request, context: threading.Event().wait(1)) as edge, running_studio(edge) as port:
        late = ask(port, f"{MODEL}/GetModel", {}, **{"connect-timeout-ms": "50"})
    assert error_of(late)[:2] == (504, "deadline_exceeded")


def test_a_call_is_cancelled_when_the_browser_leaves() -> None:
    begun, ended = threading.Event(), threading.Event()

    def waits(request: Any, context: grpc.ServicerContext) -> Any:
        context.add_callback(ended.set)
        begun.set()
        ended.wait(WAIT_SECONDS)
        return model_pb2.GetModelResponse()

    with edge_that(waits) as edge, running_studio(edge) as port:
        connection = http.client.HTTPConnection("127.0.0.1", port)
        connection.request("POST", f"{MODEL}/GetModel", b"{}", JSON)
        assert begun.wait(WAIT_SECONDS)
        assert not ended.is_set()
        connection.close()
        assert ended.wait(WAIT_SECONDS)


def test_a_stream_is_cancelled_when_the_browser_leaves() -> None:
    ended = threading.Event()

    class Endless(pca_editing_pb2_grpc.PcaEditingServiceServicer):
        def SweepComponent(self, request: Any, context: grpc.ServicerContext) -> Any:  # noqa: N802
            context.add_callback(ended.set)
            while not ended.wait(0.05):
                yield pca_editing_pb2.SweepComponentResponse(sigmas=1)

    server = grpc.server(futures.ThreadPoolExecutor(1))
    pca_editing_pb2_grpc.add_PcaEditingServiceServicer_to_server(Endless(), server)
    address = f"127.0.0.1:{server.add_insecure_port('127.0.0.1:0')}"
    server.start()
    try:
        with running_studio(address) as port:
            connection = http.client.HTTPConnection("127.0.0.1", port)
            headers = {"content-type": "application/connect+proto"}
            connection.request("POST", f"{PCA}/SweepComponent", enveloped(b""), headers)
            response = connection.getresponse()
            assert response.read(5)[0] == 0, "a message has come before the stream's end"
            assert not ended.is_set()
            response.close()
            connection.close()
            assert ended.wait(WAIT_SECONDS)
    finally:
        server.stop(None)
