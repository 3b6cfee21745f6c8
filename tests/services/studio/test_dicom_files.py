"""DICOM files of the studio's server: what one of ours holds, and the way to servers that the operator has set."""

from __future__ import annotations

import io
import json
import socket
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from pydicom import dcmread

from mammoganesis.errors import InvalidArgument
from services.client import Client, Picture
from services.process.config import Config
from services.process.ports import free_block
from services.studio.app import create_app
from tests.support.dicom_tools import image_of
from tests.support.orthanc import Orthanc, needs_orthanc
from tests.support.served import served_edge
from tests.support.studio_server import JSON, Answer, running_studio, send

DICOM = {"content-type": "application/dicom"}
RECIPE = {"seed": 5}


@pytest.fixture(scope="module")
def edge() -> Iterator[str]:
    with served_edge() as address:
        yield address


@pytest.fixture(scope="module")
def port(edge: str) -> Iterator[int]:
    nobody = f"Nobody=stow:http://127.0.0.1:{free_block(1)}/dicom-web"
    with running_studio(edge, dicom_servers=[nobody]) as port:
        yield port


def sent(port: int, server: str, **more: Any) -> Answer:
    body = {"server": server, "recipes": [RECIPE], "kind": "mammogram", "side": "L", "view": "CC", **more}
    return send(port, "POST", "/dicom/send", json.dumps(body))


def test_a_file_of_ours_gives_its_recipe(edge: str, port: int) -> None:
    with Client.connect(edge) as client:
        (image,) = client.sample([5], picture=Picture("dicom-sc"))
    answer = send(port, "POST", "/dicom/recipe", image.data, DICOM)
    assert answer.status == 200
    recipe = answer.json["recipe"]
    assert (recipe["seed"], recipe["bundle_digest"]) == (5, image.bundle_digest)


def _of_somebody_else() -> bytes:
    found = dcmread(io.BytesIO(image_of(1)))
    found.remove_private_tags()
    del found.ImageComments
    buffer = io.BytesIO()
    found.save_as(buffer)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("content", "headers", "status", "words"),
    [
        (_of_somebody_else(), DICOM, 400, "a DICOM file without a recipe"),
        (image_of(1)[:900], DICOM, 400, "damaged or cut off"),
        (b"words", DICOM, 400, "no DICOM"),
        (b"", DICOM, 400, "an empty file"),
        (image_of(1), JSON, 415, "only application/dicom is taken"),
        (bytes(16 * 2**20 + 1), DICOM, 413, "too large"),
    ],
    ids=["foreign", "cut", "words", "empty", "type", "large"],
)
def test_another_file_is_refused_in_one_line(port: int, content, headers, status: int, words: str) -> None:
    answer = send(port, "POST", "/dicom/recipe", content, headers)
    assert answer.status == status
    assert words in answer.error[2]
    assert "\n" not in answer.error[2]


@needs_orthanc
@pytest.mark.parametrize("way", ["stow", "dimse"])
def test_what_is_sent_is_what_the_server_lists(edge: str, orthanc: Orthanc, way: str) -> None:
    setting = f"Teaching archive={way}:{getattr(orthanc, way)}"
    with running_studio(edge, dicom_servers=Config(studio_dicom_servers=setting).studio_dicom_servers) as port:
        assert send(port, "GET", "/dicom").json == {"servers": ["Teaching archive"]}
        before = set(orthanc.instances())
        answer = sent(port, "Teaching archive", recipes=[RECIPE, {"seed": 6}])
        assert (answer.status, answer.json["found"], answer.json["of"]) == (200, 2, 2)
        new = [dcmread(io.BytesIO(orthanc.file(uid))) for uid in set(orthanc.instances()) - before]
    assert [(found.Modality, found.ImageLaterality) for found in new] == [("MG", "L")] * 2
    with Client.connect(edge) as client:
        (plain,) = client.sample([5], picture=Picture("dicom", side="L", view="CC"))
    expected = dcmread(io.BytesIO(plain.data)).pixel_array
    assert any((found.pixel_array == expected).all() for found in new)


@pytest.mark.parametrize(
    ("more", "status", "words"),
    [
        ({}, 503, "no DICOMweb server answers there"),
        ({"server": "http://127.0.0.1:1"}, 400, "server: 'http://127.0.0.1:1' is not allowed; allowed: Nobody"),
        ({"host": "x"}, 400, "body: 'host'"),
        ({"kind": "film"}, 400, "kind: 'film'"),
        ({"side": "X"}, 400, "format.side: 'X'"),
        ({"side": None}, 400, "format.side: nothing"),
        ({"recipes": []}, 400, "recipes: 0"),
        ({"recipes": [{"seed": -1}]}, 400, "seed"),
        ({"mark": "no"}, 400, "mark: 'no'"),
    ],
)
def test_what_cannot_be_sent_is_told_in_one_line(port: int, more: dict, status: int, words: str) -> None:
    answer = sent(port, **{"server": "Nobody", **more})
    assert answer.status == status, answer.body
    assert words in answer.error[2]


def test_by_default_there_is_no_server(edge: str) -> None:
    with running_studio(edge) as port:
        assert send(port, "GET", "/dicom").json == {"servers": []}
        assert "no server is set" in sent(port, "Archive").error[2]


@pytest.mark.parametrize(
    "setting",
    [
        "Archive",
        "Archive=http://a/b",
        "Archive=stow:ftp://a",
        "=stow:http://a/b",
        "A=dimse:a:1",
        "A=stow:http://u:p@a/b",
    ],
)
def test_a_setting_that_names_no_server_is_refused(setting: str) -> None:
    with pytest.raises(InvalidArgument, match="STUDIO_DICOM_SERVERS"):
        Config(studio_dicom_servers=setting)


def test_each_server_has_a_name_of_its_own() -> None:
    with pytest.raises(InvalidArgument, match="each name once"):
        create_app("127.0.0.1:1", dicom_servers=["A=dimse:a:1:B", "A=dimse:b:1:B"])


def test_files_that_trickle_in_hold_up_nobody(port: int) -> None:
    head = b"POST /dicom/recipe HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/dicom\r\n"
    with ExitStack() as stack:
        for _ in range(4):  # more than are read at a time
            slow = stack.enter_context(socket.create_connection(("127.0.0.1", port), timeout=60))
            slow.sendall(head + b"Content-Length: 1000000\r\nExpect: 100-continue\r\n\r\n")
            assert slow.recv(100).startswith(b"HTTP/1.1 100")  # what it has sent is being read
            slow.sendall(b"half")
        assert send(port, "POST", "/dicom/recipe", b"words", DICOM).status == 400
