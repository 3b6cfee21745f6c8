"""Files to a server of others: stored, asked for, brought back, compared; and every way in which that fails."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence

import numpy as np
import pytest
from pydicom import dcmread
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from mammoganesis.errors import FailedPrecondition, InvalidArgument, Unavailable
from mammoganesis.pictures.encoding import decode
from services.process.ports import free_block
from services.sending.delivery import deliver
from services.sending.instances import Instance, instance_of
from services.sending.servers import dimse_server, stow_server
from tests.support.dicom_tools import KINDS, image_of
from tests.support.http_servers import running_app
from tests.support.orthanc import Orthanc, needs_orthanc

MINE = Instance("mine.dcm", "1.2.3", "1.2.3.4", "1.2.3.4.5", load=lambda: pytest.fail("it is not sent"))


def instances(*files: bytes) -> list[Instance]:
    return [instance_of(f"{number}.dcm", lambda data=data: data) for number, data in enumerate(files)]


@needs_orthanc
@pytest.mark.parametrize("way", ["stow", "dimse"])
@pytest.mark.parametrize("encoding", KINDS)
def test_what_was_sent_is_there_and_comes_back_the_same(orthanc: Orthanc, way: str, encoding: str) -> None:
    files = [image_of(seed, encoding, side) for seed, side in ((1, "SIDE_LEFT"), (2, "SIDE_RIGHT"))]
    server = stow_server(orthanc.stow) if way == "stow" else dimse_server(orthanc.dimse)
    delivery = deliver(server, instances(*files))
    assert (len(delivery.found), delivery.missing) == (2, {})
    assert delivery.told == f"2 of 2 files found at {server.place} afterwards, in 2 studies"
    for data in files:
        sent = dcmread(io.BytesIO(data))
        back = orthanc.file(sent.SOPInstanceUID)
        np.testing.assert_array_equal(dcmread(io.BytesIO(back)).pixel_array, sent.pixel_array)
        assert decode(back).recipe == decode(data).recipe
        assert dcmread(io.BytesIO(back)).SyntheticData == "YES"


@needs_orthanc
def test_retrieved_by_wado_it_is_the_same(orthanc: Orthanc) -> None:
    from dicomweb_client import DICOMwebClient

    data = image_of(7)
    deliver(stow_server(orthanc.stow), instances(data))
    sent = dcmread(io.BytesIO(data))
    client = DICOMwebClient(orthanc.stow)
    back = client.retrieve_instance(sent.StudyInstanceUID, sent.SeriesInstanceUID, sent.SOPInstanceUID)
    np.testing.assert_array_equal(back.pixel_array, sent.pixel_array)
    (listed,) = client.search_for_series(sent.StudyInstanceUID)
    assert listed["00080060"]["Value"] == ["MG"]


@needs_orthanc
def test_a_wrong_title_is_told(orthanc: Orthanc) -> None:
    with pytest.raises(FailedPrecondition, match="it takes no association of MAMMOGANESIS with OTHER"):
        deliver(dimse_server(f"127.0.0.1:{orthanc.dicom_port}:OTHER"), instances(image_of(1)))


@needs_orthanc
def test_a_server_that_is_none_of_dicomweb_is_told(orthanc: Orthanc) -> None:
    """Its own interface takes the file's bytes for something else."""
    delivery = deliver(stow_server(f"http://127.0.0.1:{orthanc.http_port}/nowhere"), instances(image_of(1)))
    assert (delivery.found, list(delivery.missing)) == ([], ["0.dcm"])
    assert delivery.missing["0.dcm"].startswith("HTTP 4")


@pytest.mark.parametrize(
    ("make", "address"),
    [
        *((stow_server, address) for address in ("", "127.0.0.1:8042", "ftp://a/b", "http://", "http://a:99999/b")),
        *(
            (dimse_server, address)
            for address in ("", "a:1", "a:0:B", "a:65536:B", "a:1:", "a:1:" + "B" * 17, "a b:1:C")
        ),
    ],
)
def test_addresses_are_judged(make, address: str) -> None:
    with pytest.raises(InvalidArgument, match="allowed"):
        make(address)


def test_a_password_stands_in_no_message() -> None:
    with pytest.raises(Unavailable) as refused:
        deliver(stow_server(f"http://me:secret@127.0.0.1:{free_block(1)}/web"), instances(image_of(1)))
    assert "secret" not in refused.value.message
    assert "secret" not in repr(stow_server("http://me:secret@a/web"))


def listing(pages: Callable[[int, int], Sequence[str] | None]) -> tuple[Starlette, list[int]]:
    """A server that lists instances as `pages` says for how often it was asked and the offset, None for 404; and the
    offsets that it was asked for."""
    asked: list[int] = []

    async def answer(request: Request) -> Response:
        asked.append(int(request.query_params.get("offset", 0)))
        page = pages(len(asked), asked[-1])
        if page is None:
            return Response(status_code=404)
        items = [{"00080018": {"vr": "UI", "Value": [uid]}} for uid in page]
        return JSONResponse(items, media_type="application/dicom+json")

    return Starlette(routes=[Route("/{path:path}", answer)]), asked


@pytest.mark.parametrize(
    ("pages", "found", "times"),
    [
        (lambda times, offset: ["other"], 0, 2),
        (lambda times, offset: [f"other {times}"], 0, 100),
        (lambda times, offset: [["other", "other"], ["again"], [], ["late"]][times - 1], 0, 3),
        (lambda times, offset: ["other"] if offset == 0 else None, 0, 2),
        (lambda times, offset: [MINE.instance_uid if offset == 2 else "other", f"other {offset}"], 1, 2),
        (lambda times, offset: [MINE.instance_uid], 1, 1),
    ],
    ids=["no offset", "no end", "an empty page", "no such page", "the second page", "the first page"],
)
def test_a_list_is_asked_for_page_by_page_and_ends(pages, found: int, times: int) -> None:
    app, asked = listing(pages)
    with running_app(app) as port, stow_server(f"http://127.0.0.1:{port}/web").connected() as connection:
        there = connection.found([MINE])
    assert (len(there & {MINE.instance_uid}), len(asked)) == (found, times)


def test_a_list_that_is_none_of_dicomweb_is_told() -> None:
    async def answer(request: Request) -> Response:
        return JSONResponse(["words"], media_type="application/dicom+json")

    app = Starlette(routes=[Route("/{path:path}", answer)])
    with (
        running_app(app) as port,
        stow_server(f"http://127.0.0.1:{port}/web").connected() as connection,
        pytest.raises(FailedPrecondition, match="no DICOMweb server"),
    ):
        connection.found([MINE])
