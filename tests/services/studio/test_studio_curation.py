"""New versions of the bundle that the studio's server writes, over plain HTTP: what it takes, refuses and leaves."""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from mammoganesis.bundle.catalogue_file import read_catalogue
from mammoganesis.errors import InvalidArgument
from services.client import Client
from services.studio import curation
from tests.support.served import served_edge
from tests.support.serving import TINY
from tests.support.small_disk import small_disk
from tests.support.studio_server import JSON, running_studio, send

DIGEST = hashlib.sha256((TINY / "manifest.json").read_bytes()).hexdigest()


@pytest.fixture(scope="module")
def curated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of the bundles that the server writes."""
    return tmp_path_factory.mktemp("curated")


@pytest.fixture(scope="module")
def edge() -> Iterator[str]:
    with served_edge() as edge:
        yield edge


@pytest.fixture(scope="module")
def port(edge: str, curated: Path) -> Iterator[int]:
    with running_studio(edge, bundle=TINY, curated_bundles=curated) as port:
        yield port


def post(port: int, body: Any, headers: dict[str, str] = JSON) -> tuple[int, str]:
    answer = send(port, "POST", "/curation", body if isinstance(body, str) else json.dumps(body), headers)
    return answer.status, answer.json["error"]["message"] if answer.status != 200 else answer.json["folder"]


@pytest.mark.parametrize(
    ("body", "status", "text"),
    [
        ("{", 400, "not JSON"),
        ("[1]", 400, "not a JSON object"),
        ({"version": "1.0.0"}, 400, "catalogue: nothing is not allowed; allowed: a JSON object"),
        ({"catalogue": [], "version": "1.0.0"}, 400, "catalogue: [] is not allowed"),
        ({"catalogue": {}}, 400, "version: nothing is not allowed"),
        ({"catalogue": {}, "version": "../../1.0.0"}, 400, "version: '../../1.0.0' is not allowed"),
        ({"catalogue": {}, "version": "1.0.0+" + "x" * 60}, 400, "version"),
        ({"catalogue": {}, "version": "1.0.0"}, 400, "bundle_digest"),
        ({"catalogue": {"bundle_digest": "0" * 64}, "version": "1.0.0"}, 400, "bundle_digest"),
        ({"catalogue": {"bundle_digest": DIGEST, "colour": 1}, "version": "1.0.0"}, 400, "colour"),
        ({"catalogue": {"bundle_digest": DIGEST}, "version": "0.1.0"}, 400, "version"),
        ({"catalogue": {"bundle_digest": DIGEST, "rejected_components": [99]}, "version": "1.0.0"}, 400, "0 to 7"),
    ],
)
def test_bad_bodies_are_named_and_leave_nothing(port: int, curated: Path, body: Any, status: int, text: str) -> None:
    before = sorted(curated.rglob("*"))
    found, message = post(port, body)
    assert (found, text in message) == (status, True), message
    assert [path for path in sorted(curated.rglob("*")) if path.name != "tiny"] == [
        p for p in before if p.name != "tiny"
    ]


def test_other_pages_cannot_write_and_bodies_are_bounded(port: int) -> None:
    body = json.dumps({"catalogue": {"bundle_digest": DIGEST}, "version": "5.0.0"})
    assert post(port, body, {"content-type": "text/plain"})[0] == 415
    for site in ("cross-site", "same-site", "none"):
        found, message = post(port, body, {**JSON, "sec-fetch-site": site})
        assert (found, "only the studio's own page" in message) == (403, True), site
    assert post(port, {"catalogue": {"x": "y" * 2**19}, "version": "5.0.0"})[0] == 413
    assert send(port, "GET", "/curation").json["writes"] is True


def test_a_folder_takes_so_many_versions_and_no_more(
    edge: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(curation, "MAX_VERSIONS", 2)
    body = {"catalogue": {"bundle_digest": DIGEST}}
    with running_studio(edge, bundle=TINY, curated_bundles=tmp_path) as port:
        folders = [post(port, {**body, "version": version})[1] for version in ("1.0.0", "2.0.0")]
        assert folders == [str(tmp_path / "tiny" / version) for version in ("1.0.0", "2.0.0")]
        found, message = post(port, {**body, "version": "3.0.0"})
    assert (found, "holds 2 already" in message) == (403, True)
    assert sorted(path.name for path in (tmp_path / "tiny").iterdir()) == ["1.0.0", "2.0.0"]


def test_a_full_disk_is_said_in_a_line_and_leaves_nothing(edge: str, tmp_path: Path) -> None:
    body = {"catalogue": {"bundle_digest": DIGEST}, "version": "1.0.0"}
    with (
        small_disk(tmp_path / "disk", 256 * 2**10) as disk,
        running_studio(edge, bundle=TINY, curated_bundles=disk) as port,
    ):
        answer = send(port, "POST", "/curation", json.dumps(body))
        assert answer.error[:2] == (507, "RESOURCE_EXHAUSTED")
        assert re.match(rf"{disk}/\S+: the disk is full; \d+ bytes were to be written, \d+ ", answer.error[2])
        assert "Errno" not in answer.error[2]
        assert [path for path in disk.rglob("*") if path.name != "tiny"] == []
        subprocess.run(["mount", "-o", "remount,size=16m", disk], check=True)
        assert post(port, body) == (200, str(disk / "tiny" / "1.0.0"))


def test_the_page_has_no_inline_code_and_loads_nothing_from_elsewhere(port: int) -> None:
    answer = send(port, "GET", "/curate")
    page = answer.body.decode()
    for forbidden in ("http:", "https:", "//", "<style", " style=", " onclick=", "javascript:"):
        assert forbidden not in page, forbidden
    assert "unsafe" not in answer.headers["content-security-policy"]
    paths = re.findall(r'(?:src|href)="[.]/(assets/[^"]+)"', page)
    assert {path.rpartition(".")[2] for path in paths} == {"js", "css", "svg"}
    for path in paths:
        assert send(port, "GET", f"/{path}").status == 200, path


def test_names_are_judged_on_the_page_as_in_the_bundle() -> None:
    """The page takes its pattern from the server; that one is the catalogue's."""
    with Client.local(TINY) as client:
        pattern = client.model().editing.name_pattern
    for name in ("a", "size", "breast-size", "a--b", "-a", "a-", "A", "ä", "a b", "7"):
        direction = {"name": name, "index": 0, "layer_start": 0, "layer_end": 1}
        try:
            read_catalogue({"directions": [direction]})
            allowed = True
        except InvalidArgument:
            allowed = False
        assert (re.fullmatch(pattern, name) is not None) == allowed, name
