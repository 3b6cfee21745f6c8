"""Pages of other sites, as the server says it: which may make calls of it (CORS), and which may show it in a frame."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from services.studio.app import Place
from services.studio.surroundings import HEADERS
from tests.support.studio_server import JSON, running_studio, send

GET_MODEL = "/mammoganesis.v1.ModelService/GetModel"
LMS = "https://lms.example.org"
# What connect-web's clients ask for before their first call.
PREFLIGHT = {
    "access-control-request-method": "POST",
    "access-control-request-headers": "connect-protocol-version,connect-timeout-ms,content-type",
}


def permissions(headers: dict[str, str]) -> dict[str, str]:
    return {name: value for name, value in headers.items() if name.startswith("access-control-")}


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    origins = (LMS, "https://*.example.com:8443")
    with running_studio("127.0.0.1:1", place=Place(allowed_origins=origins)) as port:
        yield port


@pytest.mark.parametrize("origin", [LMS, "https://a.example.com:8443", "https://a.b.example.com:8443"])
def test_an_allowed_origin_may_ask_and_read_answers_and_refusals(port: int, origin: str) -> None:
    asked = send(port, "OPTIONS", GET_MODEL, headers={"origin": origin, **PREFLIGHT})
    assert (asked.status, asked.headers["access-control-allow-origin"]) == (200, origin)
    assert asked.headers["access-control-allow-methods"] == "POST"
    assert set(PREFLIGHT["access-control-request-headers"].split(",")) <= set(
        asked.headers["access-control-allow-headers"].lower().split(", ")
    )
    assert "origin" in asked.headers["vary"].lower()
    for headers in (JSON, {"content-type": "text/plain"}):  # 503 and 415
        answer = send(port, "POST", GET_MODEL, "{}", {**headers, "origin": origin})
        assert (answer.status >= 400, answer.headers["access-control-allow-origin"]) == (True, origin)
        assert "retry-after" in answer.headers["access-control-expose-headers"].lower()
    assert "access-control-allow-credentials" not in {**asked.headers, **answer.headers}


@pytest.mark.parametrize(
    "origin",
    [
        "null",
        "http://lms.example.org",
        "https://lms.example.org:444",
        "https://lms.example.org.attacker.example",
        "https://lmsxexample.org",
        "https://example.com:8443",
        "https://a.example.com",
        "https://a.example.com:84430",
        "https://attacker.example/.example.com:8443",
    ],
)
def test_any_other_origin_may_not(port: int, origin: str) -> None:
    asked = send(port, "OPTIONS", GET_MODEL, headers={"origin": origin, **PREFLIGHT})
    answer = send(port, "POST", GET_MODEL, "{}", {**JSON, "origin": origin})
    for headers in (asked.headers, answer.headers):
        assert "access-control-allow-origin" not in headers


def test_other_headers_and_methods_and_addresses_are_nobodys(port: int) -> None:
    for name, value in (("headers", "authorization"), ("method", "DELETE")):
        preflight = {**PREFLIGHT, f"access-control-request-{name}": value}
        assert send(port, "OPTIONS", GET_MODEL, headers={"origin": LMS, **preflight}).status == 400
    for path in ("/", "/curation", "/healthz"):
        assert not permissions(send(port, "GET", path, headers={"origin": LMS}).headers), path
        assert not permissions(send(port, "OPTIONS", path, headers={"origin": LMS, **PREFLIGHT}).headers), path


def test_without_the_setting_no_origin_may_and_with_a_star_any() -> None:
    with running_studio("127.0.0.1:1") as port:
        assert not permissions(send(port, "OPTIONS", GET_MODEL, headers={"origin": LMS, **PREFLIGHT}).headers)
        assert not permissions(send(port, "POST", GET_MODEL, "{}", {**JSON, "origin": LMS}).headers)
    with running_studio("127.0.0.1:1", place=Place(allowed_origins=("*",))) as port:
        answer = send(port, "POST", GET_MODEL, "{}", {**JSON, "origin": LMS})
    assert answer.headers["access-control-allow-origin"] == "*"
    assert "access-control-allow-credentials" not in answer.headers


@pytest.mark.parametrize("ancestors", [(), (LMS, "http://*.example.com")])
def test_who_may_frame_it_is_all_that_the_setting_changes(ancestors: tuple[str, ...]) -> None:
    with running_studio("127.0.0.1:1", place=Place(frame_ancestors=ancestors)) as port:
        headers = send(port, "GET", "/").headers
    framing = "frame-ancestors " + (" ".join(ancestors) or "'none'")
    wanted = {**HEADERS, "content-security-policy": f"{HEADERS['content-security-policy']}; {framing}"}
    assert {name: headers[name] for name in wanted} == wanted
    assert "x-frame-options" not in headers
