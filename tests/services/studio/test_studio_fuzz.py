"""Whatever JSON is sent to the studio, the answer is in words of ours. Asked without a server, and without an edge."""

from __future__ import annotations

import asyncio
import json
import struct
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from services.studio.app import create_app
from services.studio.calls import RPCS

PATHS = ["/curation", "/curation/effects", *(path for path, rpc in sorted(RPCS.items()) if not rpc.streams)]
STREAMS = [path for path, rpc in sorted(RPCS.items()) if rpc.streams]
NAMES = sorted(
    {field.name for rpc in RPCS.values() for field in rpc.request.DESCRIPTOR.fields}
    | {"recipe", "seed", "psi", "component_edits", "index", "sigmas", "catalogue", "version", "directions", "name"}
)
# Nobody is there to answer what is well formed.
ANSWERS = {200, 400, 403, 413, 503}

texts = st.text("a\x00é\ud800\udfff\u2028", max_size=3)
leaves = st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats() | texts
values = st.recursive(
    leaves,
    lambda inside: st.lists(inside, max_size=3) | st.dictionaries(st.sampled_from(NAMES) | texts, inside, max_size=3),
    max_leaves=8,
)


class Studio:
    """The application, asked without a server."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self.app = create_app("127.0.0.1:1")  # nobody listens on it
        self._life = self.app.router.lifespan_context(self.app)
        self.loop.run_until_complete(self._life.__aenter__())

    def close(self) -> None:
        self.loop.run_until_complete(self._life.__aexit__(None, None, None))
        self.loop.close()

    def post(self, path: str, body: bytes, content_type: str = "application/json") -> tuple[int, bytes]:
        return self.loop.run_until_complete(self._post(path, body, content_type))

    async def _post(self, path: str, body: bytes, content_type: str) -> tuple[int, bytes]:
        given: list[dict[str, Any]] = [{"type": "http.request", "body": body, "more_body": False}]
        sent: list[Any] = []

        async def receive() -> dict[str, Any]:
            if not given:
                await asyncio.Event().wait()
            return given.pop()

        async def send(message: Any) -> None:
            sent.append(message)

        scope = {
            "type": "http",
            "http_version": "1.1",
            "method": "POST",
            "path": path,
            "raw_path": path.encode(),
            "query_string": b"",
            "root_path": "",
            "scheme": "http",
            "headers": [(b"content-type", content_type.encode()), (b"host", b"localhost")],
            "client": ("127.0.0.1", 1),
            "server": ("127.0.0.1", 80),
        }
        await asyncio.wait_for(self.app(scope, receive, send), 20)
        return sent[0]["status"], b"".join(message.get("body", b"") for message in sent[1:])


@pytest.fixture(scope="module")
def studio() -> Iterator[Studio]:
    started = Studio()
    yield started
    started.close()


def judged(path: str, answer: tuple[int, bytes]) -> None:
    if path in RPCS:
        assert answer[0] in {400, 429, 503}, answer
        judged_error(json.loads(answer[1]))
        return
    status, body = answer
    assert status in ANSWERS, answer
    if status != 200:
        error = json.loads(body)["error"]
        assert error["status"] in {"INVALID_ARGUMENT", "PERMISSION_DENIED", "UNAVAILABLE", "FAILED_PRECONDITION"}
        assert error["message"].isprintable()


def judged_stream(answer: tuple[int, bytes]) -> None:
    """Nothing comes before its end."""
    status, body = answer
    assert (status, body[0], struct.unpack(">I", body[1:5])[0]) == (200, 2, len(body) - 5)
    judged_error(json.loads(body[5:])["error"])


def judged_error(error: dict[str, str]) -> None:
    """In a protocol's code and words of ours; for broken envelopes the protocol says which code."""
    code, message = error["code"], error["message"]
    of_the_protocol = {("internal", "protocol error: "), ("unimplemented", "unary request has ")}
    assert code in {"invalid_argument", "unavailable", "resource_exhausted"} or any(
        code == known and message.startswith(words) for known, words in of_the_protocol
    ), error
    assert message.isprintable()


@given(path=st.sampled_from(STREAMS), value=values, flags=st.sampled_from([0, 0, 0, 1, 2, 255]), cut=st.booleans())
@settings(max_examples=100, deadline=None)
def test_any_json_in_any_envelope_is_answered(studio: Studio, path: str, value: Any, flags: int, cut: bool) -> None:
    body = json.dumps(value).encode()
    enveloped = (struct.pack(">BI", flags, len(body)) + body)[: -1 if cut else None]
    judged_stream(studio.post(path, enveloped, "application/connect+json"))


@given(path=st.sampled_from(sorted(RPCS)), body=st.binary(max_size=80))
@settings(max_examples=100, deadline=None)
def test_any_bytes_for_messages_are_answered(studio: Studio, path: str, body: bytes) -> None:
    if RPCS[path].streams:
        judged_stream(studio.post(path, body, "application/connect+proto"))
    else:
        judged(path, studio.post(path, body, "application/proto"))


@given(path=st.sampled_from(PATHS), value=values)
@example(path="/mammoganesis.v1.SamplingService/Sample", value={"\ud800": 1})
@example(path="/curation", value={"catalogue": {"\ud800": 1}, "version": "1.0.0"})
@settings(max_examples=150, deadline=None)
def test_any_json_is_answered_in_words_of_ours(studio: Studio, path: str, value: Any) -> None:
    judged(path, studio.post(path, json.dumps(value).encode()))


@given(path=st.sampled_from(PATHS), body=st.binary(max_size=80))
@settings(max_examples=100, deadline=None)
def test_any_bytes_are_answered_in_words_of_ours(studio: Studio, path: str, body: bytes) -> None:
    judged(path, studio.post(path, body))


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize(
    "body",
    [
        r'{"\ud800":1}',
        r'{"labels":{"view":"\ud800"}}',
        '{"a":' * 40_000,
        "[" * 200_000,
        f'{{"seeds":[{"9" * 5000}]}}',
        '{"seeds":[1e400]}',
        '{"truncation":{"psi":NaN}}',
    ],
    ids=["surrogate key", "surrogate", "deep objects", "deep lists", "digits", "infinity", "nan"],
)
def test_what_python_takes_for_json_is_a_bad_request(studio: Studio, path: str, body: str) -> None:
    status, answer = studio.post(path, body.encode())
    assert status == 400, answer
    judged(path, (status, answer))
