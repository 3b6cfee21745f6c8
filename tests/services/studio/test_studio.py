"""The studio's backend over real HTTP, before a real edge: calls in JSON, limits, headers, errors."""

from __future__ import annotations

import base64
import http.client
import json
import os
import re
import signal
import socket
import struct
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mammoganesis.pictures.png import read_png
from services.client import Client, Sampling
from services.studio.app import Limits, Place
from services.studio.bodies import MAX_BODY_BYTES
from services.studio.calls import RPCS
from tests.support.http_servers import ReverseProxy
from tests.support.patience import WAIT_SECONDS
from tests.support.served import served_edge
from tests.support.serving import TINY
from tests.support.studio_server import JSON, Answer, envelopes, running_studio, send


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    with served_edge() as edge, running_studio(edge) as port:
        yield port


PATHS = {rpc.name: path for path, rpc in RPCS.items()}
SAMPLE = PATHS["Sample"]


def post(port: int, rpc: str, request: Any) -> Answer:
    return send(port, "POST", PATHS.get(rpc, f"/mammoganesis.v1.SamplingService/{rpc}"), json.dumps(request))


def post_stream(port: int, rpc: str, request: Any) -> tuple[list[Any], dict[str, Any]]:
    """The messages of a stream, and what stands in its end."""
    body = json.dumps(request).encode()
    headers = {"content-type": "application/connect+json"}
    answer = send(port, "POST", PATHS[rpc], struct.pack(">BI", 0, len(body)) + body, headers)
    assert (answer.status, answer.headers["content-type"]) == (200, "application/connect+json")
    *messages, (flags, end) = envelopes(answer.body)
    assert (flags, {flags for flags, _ in messages} <= {0}) == (2, True)
    return [json.loads(message) for _, message in messages], json.loads(end)


def test_an_image_is_the_services_image(port: int) -> None:
    recipe = {"seed": "4294967295", "truncation": {"psi": 0.5}, "component_edits": [{"index": 1, "sigmas": 2}]}
    (image,) = post(port, "Sample", {"latents": [{"recipe": recipe}]}).json["images"]
    with Client.local(TINY) as client:
        expected = client.edit(client.sample([2**32 - 1], sampling=Sampling(psi=0.5))[0], [(1, 2.0)])
    assert base64.b64decode(image["data"]) == expected.data
    assert image["latent_id"] == expected.latent_id
    again = post(port, "Sample", {"latents": [{"recipe": image["recipe"]}]})
    assert again.json["images"][0]["data"] == image["data"]


def test_a_strip_is_a_message_an_image(port: int) -> None:
    request = {"latent": {"recipe": {"seed": 3}}, "edit": {"index": 0}, "steps": 3}
    steps, end = post_stream(port, "SweepComponent", request)
    assert end == {}
    assert [(step["index"], step["sigmas"]) for step in steps] == [(0, -3), (1, 0), (2, 3)]
    assert read_png(base64.b64decode(steps[2]["image"]["data"])).recipe is not None


def test_transfer_segments_and_lists(port: int) -> None:
    request = {"target": {"recipe": {"seed": 1}}, "reference": {"recipe": {"seed": 2}}, "regions": [{"index": 3}]}
    transferred = post(port, "TransferStyle", request).json
    assert transferred["channels_moved"] > 0
    segmented = post(port, "SegmentRegions", {"latent": {"recipe": transferred["image"]["recipe"]}}).json
    labels = np.frombuffer(base64.b64decode(segmented["labels"]), np.uint8)
    assert (labels.size, labels.max() < 4) == (segmented["grid_size"] ** 2, True)
    assert len(post(port, "ListRegions", {}).json["regions"]) == 4
    assert len(post(port, "ListComponents", {}).json["components"]) == 8
    assert post(port, "GetModel", {}).json["dimensions"]["resolution"] == 32
    described = post(port, "DescribeRecipe", {"latent": {"recipe": transferred["image"]["recipe"]}}).json
    assert (described["latent_id"], len(described["sentences"]) > 1) == (transferred["image"]["latent_id"], True)


@pytest.mark.parametrize(
    ("rpc", "request_body", "status", "code", "text"),
    [
        ("Sample", {"seeds": [-1]}, 400, "INVALID_ARGUMENT", "seeds[0]: -1"),
        ("Sample", {"seeds": [1], "truncation": {"psi": 3}}, 400, "INVALID_ARGUMENT", "truncation.psi"),
        ("Sample", {"seeds": [1], "truncation": {"psi": "NaN"}}, 400, "INVALID_ARGUMENT", "truncation.psi"),
        ("Sample", {"latents": [{"latent_id": "lat_" + "0" * 32}]}, 404, "NOT_FOUND", "send the recipe"),
        ("Sample", {"sedes": [1]}, 400, "INVALID_ARGUMENT", "sedes"),
        ("Sample", [1], 400, "INVALID_ARGUMENT", "request: [1] is not allowed; allowed: a JSON object"),
        (
            "Sample",
            {"seeds": ["x"]},
            400,
            "INVALID_ARGUMENT",
            "request.seeds[0]: 'x' is not allowed; allowed: an integer",
        ),
        ("StreamSamples", {}, 415, "INVALID_ARGUMENT", "content-type: 'application/json' is not allowed"),
        ("__init__", {}, 404, "UNIMPLEMENTED", "no such call"),
    ],
)
def test_errors_say_what_is_wrong(port: int, rpc: str, request_body: Any, status: int, code: str, text: str) -> None:
    answer = post(port, rpc, request_body)
    assert answer.error[:2] == (status, code)
    assert text in answer.error[2]


def test_an_error_in_a_stream_is_its_end(port: int) -> None:
    request = {"latent": {"recipe": {"seed": 3}}, "edit": {"index": 99}}
    steps, end = post_stream(port, "SweepComponent", request)
    assert (steps, end["error"]["code"]) == ([], "invalid_argument")
    assert "edit.index: 99" in end["error"]["message"]


STRANGE = [
    r'{"\ud800": 1}',
    r'{"latents": [{"latent_id": "\ud800"}]}',
    '{"truncation": {"psi": 1e400}}',
    '{"truncation": {"psi": NaN}}',
    '{"truncation": {"psi": -Infinity}}',
    '{"seeds": [1e400]}',
    '{"seeds": [' + "1" * 5000 + "]}",
    '{"seeds": [1], "seeds": [2]}',
    "[" * 100_000,
    '{"a":' * 30_000,
    "null",
    "NaN",
    "",
    '"\\ud800"',
]


@pytest.mark.parametrize("path", [SAMPLE, "/curation"])
@pytest.mark.parametrize("body", STRANGE, ids=lambda body: body[:20])
def test_strange_json_is_refused_in_our_words(tmp_path: Path, caplog: Any, path: str, body: str) -> None:
    with running_studio("127.0.0.1:1", bundle=TINY, curated_bundles=tmp_path) as port:
        answer = send(port, "POST", path, body)
    assert answer.error[:2] == (400, "INVALID_ARGUMENT")
    assert re.match(
        r"(request[\w.\[\]]*: .* is not allowed; allowed: |body: .*; allowed: JSON|body: not |catalogue: nothing )",
        answer.error[2],
    )
    for words in ("parse", "invalid literal", "codec", "recursion", "Traceback", "int_max_str_digits"):
        assert words not in answer.error[2]
    assert not caplog.records
    assert not list(tmp_path.iterdir())


def test_addresses_without_anything_are_said_in_our_words(port: int) -> None:
    assert send(port, "GET", "/nothing").error == (
        404,
        "NOT_FOUND",
        "not found: the studio has nothing of that kind here",
    )
    assert send(port, "GET", "/assets/nothing.js").error[:2] == (404, "NOT_FOUND")
    assert send(port, "POST", "/nothing", "{}", {"accept": "text/html"}).error[:2] == (404, "NOT_FOUND")
    not_allowed = send(port, "DELETE", "/curation")
    assert (not_allowed.error[:2], "GET" in not_allowed.headers["allow"]) == ((405, "INVALID_ARGUMENT"), True)


def test_a_person_at_an_address_without_anything_gets_a_page(port: int) -> None:
    browser = {"accept": "text/html,application/xhtml+xml"}
    for path, home in (("/nothing", "./"), ("/not/here/either", "../../")):
        answer = send(port, "GET", path, headers=browser)
        assert (answer.status, answer.headers["content-type"]) == (404, "text/html; charset=utf-8")
        assert f'<base href="{home}">' in answer.body.decode()
        assert "base-uri 'self'" in answer.headers["content-security-policy"]
    assert send(port, "GET", "/logout/", headers=browser).status == 404
    assert "base-uri 'none'" in send(port, "GET", "/verify", headers=browser).headers["content-security-policy"]


def test_a_fault_of_ours_gives_an_error_id_and_no_more(monkeypatch: pytest.MonkeyPatch, caplog: Any) -> None:
    def broken(*_: Any) -> Any:
        raise RuntimeError("the secret inside")

    monkeypatch.setattr("services.studio.curation.Curation._write", broken)
    with running_studio("127.0.0.1:1") as port:
        answer = send(port, "POST", "/curation", "{}")
    status, name, message = answer.error
    assert (status, name) == (500, "INTERNAL")
    assert "secret" not in message
    assert message.split()[2].rstrip(";") in caplog.text
    assert "default-src" in answer.headers["content-security-policy"]


def test_bodies_are_bounded_and_of_json(port: int) -> None:
    large = json.dumps({"seeds": [1], "x": "y" * MAX_BODY_BYTES})
    assert send(port, "POST", "/curation", large).error[0] == 413
    large = json.dumps({"seeds": [1], "x": "y" * Limits().max_request_bytes})
    assert send(port, "POST", SAMPLE, large).error[:2] == (429, "RESOURCE_EXHAUSTED")
    deep = '{"latents":[{"recipe":' + '{"interpolation":{"start":' * 2000 + "1" + "}}" * 2000 + "}]}"
    for path in (SAMPLE, "/curation"):
        assert send(port, "POST", path, deep).error[0] == 400
        assert send(port, "POST", path, b"\xff\xfe{").error[0] == 400
        assert send(port, "POST", path, "{", headers={"content-type": "text/plain"}).error[0] == 415
    assert send(port, "GET", SAMPLE).status == 405


@pytest.mark.parametrize(("path", "status"), [(SAMPLE, 429), ("/curation", 413)])
def test_a_chunked_body_without_end_is_bounded(port: int, path: str, status: int) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    chunks = (b" " * 2**16 for _ in range(100))
    try:
        connection.request("POST", path, chunks, JSON, encode_chunked=True)
    except (BrokenPipeError, ConnectionResetError):
        pass  # refused while it was being sent
    else:
        assert connection.getresponse().status == status
    connection.close()
    assert post(port, "GetModel", {}).status == 200


@pytest.mark.parametrize(
    "path", ["/", "/curate", "/curation", "/cases", "/study", "/assets/nothing", SAMPLE, "/healthz"]
)
def test_every_answer_has_the_security_headers(port: int, path: str) -> None:
    headers = send(port, "GET", path).headers
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"


def test_the_page_loads_nothing_from_elsewhere_and_has_no_inline_code(port: int) -> None:
    for name in ("", "curate", "cases", "quiz", "reading", "share", "study", "verify"):
        page = send(port, "GET", f"/{name}").body.decode()
        for forbidden in ("http:", "https:", "//", "<style", " style=", " onclick=", " onload=", "javascript:"):
            assert forbidden not in page, (name, forbidden)
        scripts = re.findall(r"<script[^>]*>", page)
        assert len(scripts) == 1
        assert re.search(r'src="\./assets/[\w-]+\.js"', scripts[0])


@pytest.mark.parametrize("path", ["/assets/../app.py", "/assets/%2e%2e/app.py", "/assets/..%2f__main__.py", "/app.py"])
def test_nothing_else_is_served(port: int, path: str) -> None:
    assert send(port, "GET", path).status == 404


@pytest.mark.parametrize(
    ("names", "host", "allowed"),
    [
        (("127.0.0.1",), "attacker.example", False),
        (("127.0.0.1",), "127.0.0.1:8080", True),
        (("::1", "[::1]"), "[::1]:8080", True),
        (("studio.example.org",), "STUDIO.example.org:443", True),
        (("studio.example.org",), "studio.example.org.attacker.example", False),
        (("*.example.org",), "a.example.org", True),
        (("*.example.org",), "example.org", False),
        (("*.example.org",), "attackerexample.org", False),
        (("*",), "anything", True),
    ],
)
def test_it_answers_to_its_names_alone(names: tuple[str, ...], host: str, allowed: bool) -> None:
    with running_studio("127.0.0.1:1", place=Place(allowed_hosts=names)) as port:
        answer = send(port, "GET", "/", headers={"host": host})
        assert send(port, "GET", "/healthz", headers={"host": host}).body == b"ok", "probes ask by address"
    assert answer.status == (200 if allowed else 400)
    if not allowed:
        assert answer.error[2].startswith(f"host: '{host}' is not allowed; allowed: {', '.join(names)}")
        assert "default-src" in answer.headers["content-security-policy"]


@pytest.mark.parametrize(("strips", "base"), [(True, ""), (True, "/some/path"), (False, "/some/path")])
def test_nothing_is_missing_under_a_path(strips: bool, base: str) -> None:
    with running_studio("127.0.0.1:1", place=Place(base)) as behind:
        proxy = ReverseProxy(behind, "/some/path", strips)
        with proxy.running() as port:
            (script,) = re.findall(r'src="\./(assets/[\w-]+\.js)"', send(port, "GET", "/some/path/").body.decode())
            for name in ("", "curate", "cases", "quiz", "reading", "share", "study", "verify", script, "curation"):
                address = f"/some/path/{name}"
                assert send(port, "GET", address).status == 200, address
            called = send(port, "POST", f"/some/path{PATHS['GetModel']}", "{}")
            assert (called.status, called.json["code"]) == (503, "unavailable")
            slash = send(port, "GET", "/some/path/curate/")
            assert (slash.status, slash.headers["location"]) == (307, "../curate")
            assert send(port, "GET", "/some/path/assets/../../app.py").status == 404
            if not strips:
                without = send(port, "GET", "/some/path")
                assert (without.status, without.headers["location"]) == (307, "/some/path/")
                assert send(behind, "GET", "/some/pathways").status == 404
    assert proxy.answers


def test_an_edge_that_is_not_there_yet_is_unavailable_and_found_later() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        edge_port = free.getsockname()[1]
    with running_studio(f"127.0.0.1:{edge_port}") as port:
        nobody = f"no answer from 127.0.0.1:{edge_port}: nothing serves there, or it has gone"
        assert post(port, "GetModel", {}).error == (503, "UNAVAILABLE", nobody)
        sweep = {"latent": {"recipe": {"seed": 3}}, "edit": {"index": 0}}
        assert post_stream(port, "SweepComponent", sweep)[1]["error"]["message"] == nobody
        assert send(port, "GET", "/healthz").status == 200
        with served_edge(edge_port=edge_port):
            while post(port, "GetModel", {}).status != 200:
                time.sleep(0.02)


def test_the_process_serves_and_ends_at_sigterm(tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    settings = {"STUDIO_PORT": str(port), "EDGE_PORT": "1", "BUNDLE": str(TINY), "CURATED_BUNDLES": str(tmp_path)}
    environment = {**os.environ, **{f"MAMMOGANESIS_{name}": value for name, value in settings.items()}}
    process = subprocess.Popen([sys.executable, "-m", "services.studio"], env=environment)
    try:
        while True:
            assert process.poll() is None
            try:
                assert send(port, "GET", "/").status == 200
                break
            except ConnectionRefusedError:
                time.sleep(0.05)
        assert post(port, "GetModel", {}).error[:2] == (503, "UNAVAILABLE")
        assert send(port, "GET", "/curation").json["writes"] is True
        assert send(port, "GET", "/", headers={"host": "attacker.example"}).status == 400
        process.send_signal(signal.SIGTERM)
        assert process.wait(WAIT_SECONDS) in (0, -signal.SIGTERM)
    finally:
        process.kill()
        process.wait()


def test_the_process_refuses_a_bad_setting() -> None:
    environment = {**os.environ, "MAMMOGANESIS_STUDIO_PORT": "many"}
    ran = subprocess.run([sys.executable, "-m", "services.studio"], env=environment, capture_output=True, text=True)
    assert ran.returncode == 78
    assert ran.stderr.startswith("studio: MAMMOGANESIS_STUDIO_PORT: 'many'")
    assert ran.stderr.count("\n") == 1
