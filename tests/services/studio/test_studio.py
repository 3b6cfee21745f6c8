"""The studio's backend over real HTTP, before a real edge: JSON in and out, limits, headers, errors."""

from __future__ import annotations

import base64
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import uvicorn

from mammoganesis.pictures.png import read_png
from services.client import Client
from services.studio.app import create_app
from services.studio.bridge import MAX_BODY_BYTES
from tests.support.served import served_edge
from tests.support.serving import TINY

JSON = {"content-type": "application/json"}


@contextmanager
def running_studio(edge_address: str, **settings: Any) -> Iterator[int]:
    """The port of a studio in a thread of its own."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()  # connections wait until the server takes them
        config = uvicorn.Config(create_app(edge_address, **settings), log_level="warning", timeout_graceful_shutdown=1)
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
        thread.start()
        try:
            yield listening.getsockname()[1]
        finally:
            server.should_exit = True
            thread.join()


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    with served_edge() as edge, running_studio(edge) as port:
        yield port


class Answer:
    def __init__(self, response: http.client.HTTPResponse) -> None:
        self.status = response.status
        self.headers = {name.lower(): value for name, value in response.getheaders()}
        self.body = response.read()

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def error(self) -> tuple[int, str, str]:
        return self.status, self.json["error"]["status"], self.json["error"]["message"]


def send(port: int, method: str, path: str, body: Any = None, headers: dict[str, str] = JSON) -> Answer:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        connection.request(method, path, body, headers)
        return Answer(connection.getresponse())
    finally:
        connection.close()


def post(port: int, rpc: str, request: Any) -> Answer:
    return send(port, "POST", f"/api/{rpc}", json.dumps(request))


def test_an_image_is_the_services_image(port: int) -> None:
    recipe = {"seed": "4294967295", "truncation": {"psi": 0.5}, "component_edits": [{"index": 1, "sigmas": 2}]}
    (image,) = post(port, "Sample", {"latents": [{"recipe": recipe}]}).json["images"]
    with Client.local(TINY) as client:
        expected = client.edit(client.sample([2**32 - 1], psi=0.5)[0], [(1, 2.0)])
    assert base64.b64decode(image["data"]) == expected.data
    assert image["latent_id"] == expected.latent_id
    again = post(port, "Sample", {"latents": [{"recipe": image["recipe"]}]})
    assert again.json["images"][0]["data"] == image["data"]


def test_a_strip_is_a_line_an_image(port: int) -> None:
    request = {"latent": {"recipe": {"seed": 3}}, "edit": {"index": 0}, "steps": 3}
    answer = post(port, "SweepComponent", request)
    assert answer.headers["content-type"] == "application/x-ndjson"
    steps = [json.loads(line) for line in answer.body.splitlines()]
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
        ("Sample", [1], 400, "INVALID_ARGUMENT", "SampleRequest"),
        ("Sample", {"seeds": ["x"]}, 400, "INVALID_ARGUMENT", "SampleRequest"),
        ("StreamSamples", {}, 404, "NOT_FOUND", "no such call"),
        ("__init__", {}, 404, "NOT_FOUND", "no such call"),
    ],
)
def test_errors_say_what_is_wrong(port: int, rpc: str, request_body: Any, status: int, code: str, text: str) -> None:
    answer = post(port, rpc, request_body)
    assert answer.error[:2] == (status, code)
    assert text in answer.error[2]


def test_an_error_in_a_stream_is_its_last_line(port: int) -> None:
    request = {"latent": {"recipe": {"seed": 3}}, "edit": {"index": 99}}
    (line,) = post(port, "SweepComponent", request).body.splitlines()
    assert json.loads(line)["error"]["status"] == "INVALID_ARGUMENT"
    assert "edit.index: 99" in json.loads(line)["error"]["message"]


def test_bodies_are_bounded_and_of_json(port: int) -> None:
    large = json.dumps({"seeds": [1], "x": "y" * MAX_BODY_BYTES})
    assert send(port, "POST", "/api/Sample", large).error[0] == 413
    deep = '{"latents":[{"recipe":' + '{"interpolation":{"start":' * 2000 + "1" + "}}" * 2000 + "}]}"
    assert send(port, "POST", "/api/Sample", deep).error[0] == 400
    assert send(port, "POST", "/api/Sample", b"\xff\xfe{").error[0] == 400
    assert send(port, "POST", "/api/Sample", "{", headers={"content-type": "text/plain"}).error[0] == 415
    assert send(port, "GET", "/api/Sample").status == 405


def test_a_chunked_body_without_end_is_bounded(port: int) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    chunks = (b" " * 2**16 for _ in range(100))
    try:
        connection.request("POST", "/api/Sample", chunks, JSON, encode_chunked=True)
    except (BrokenPipeError, ConnectionResetError):
        pass  # refused while it was being sent
    else:
        assert connection.getresponse().status == 413
    connection.close()
    assert post(port, "GetModel", {}).status == 200


@pytest.mark.parametrize(
    "path", ["/", "/curate", "/curation", "/static/main.js", "/static/nothing", "/api/Sample", "/healthz"]
)
def test_every_answer_has_the_security_headers(port: int, path: str) -> None:
    headers = send(port, "GET", path).headers
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"


def test_the_page_loads_nothing_from_elsewhere_and_has_no_inline_code(port: int) -> None:
    page = send(port, "GET", "/").body.decode()
    for forbidden in ("http:", "https:", "//", "<style", " style=", " onclick=", " onload=", "javascript:"):
        assert forbidden not in page, forbidden
    assert page.count("<script") == page.count('<script type="module" src="/static/') == 1
    assert "Synthetic &ndash; not for diagnosis" in page


@pytest.mark.parametrize("path", ["/static/../app.py", "/static/%2e%2e/app.py", "/static/..%2f__main__.py", "/app.py"])
def test_nothing_else_is_served(port: int, path: str) -> None:
    assert send(port, "GET", path).status == 404


def test_other_host_names_are_refused_where_they_are_limited() -> None:
    with served_edge() as edge, running_studio(edge, allowed_hosts=["127.0.0.1"]) as port:
        assert post(port, "GetModel", {}).status == 200
        rebound = send(port, "POST", "/api/GetModel", "{}", {**JSON, "host": "attacker.example"})
        assert rebound.status == 400


def test_an_edge_that_is_not_there_yet_is_unavailable_and_found_later() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        edge_port = free.getsockname()[1]
    with running_studio(f"127.0.0.1:{edge_port}") as port:
        assert post(port, "GetModel", {}).error[:2] == (503, "UNAVAILABLE")
        assert send(port, "GET", "/healthz").status == 200
        with served_edge(edge_port=edge_port):
            while post(port, "GetModel", {}).status != 200:
                pass


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
        assert send(port, "GET", "/curation").json == {"writes": True}
        assert send(port, "GET", "/", headers={"host": "attacker.example"}).status == 400
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) in (0, -signal.SIGTERM)
    finally:
        process.kill()
        process.wait()


def test_the_process_refuses_a_bad_setting() -> None:
    environment = {**os.environ, "MAMMOGANESIS_STUDIO_PORT": "many"}
    ran = subprocess.run([sys.executable, "-m", "services.studio"], env=environment, capture_output=True, text=True)
    assert ran.returncode == 1
    assert ran.stderr.startswith("error: MAMMOGANESIS_STUDIO_PORT: 'many'")
    assert ran.stderr.count("\n") == 1
