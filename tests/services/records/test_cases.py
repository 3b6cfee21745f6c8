"""CaseService through a real edge: versions, lists, collections, links, files."""

from __future__ import annotations

import io
import time
import zipfile
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import grpc
import pytest
from grpc import StatusCode
from grpc_health.v1 import health_pb2, health_pb2_grpc

from mammoganesis.pictures.png import read_png
from mammoganesis.v1 import cases_pb2 as pb
from mammoganesis.v1.cases_pb2_grpc import CaseServiceStub
from mammoganesis.v1.latents_pb2 import Latent, Recipe
from services.records import archive
from tests.support.recorded import Recorded, case


def _create(records: Recorded, made: pb.Case) -> pb.Case:
    return records.cases.CreateCase(pb.CreateCaseRequest(case=made)).case


def _save(records: Recorded, changed: pb.Case) -> pb.Case:
    return records.cases.SaveCase(pb.SaveCaseRequest(case=changed)).case


def _refused(call, request, code: StatusCode) -> str:
    with pytest.raises(grpc.RpcError) as caught:
        call(request)
    error = caught.value
    assert (error.code(), "Traceback" in error.details()) == (code, False), error.details()
    return error.details()


def _export(records: Recorded, **request) -> tuple[bytes, str]:
    pieces = list(records.cases.ExportCases(pb.ExportCasesRequest(**request)))
    return b"".join(piece.data for piece in pieces), pieces[0].file_name


def _content(made: pb.Case) -> pb.Case:
    bare = pb.Case()
    bare.CopyFrom(made)
    for name in ("case_id", "version", "saved_at"):
        bare.ClearField(name)
    return bare


def test_the_port_behind_the_edge_answers_probes_and_nobody_else(records: Recorded) -> None:
    with grpc.insecure_channel(f"127.0.0.1:{records.environment['MAMMOGANESIS_RECORDS_PORT']}") as channel:
        health: Any = health_pb2_grpc.HealthStub(channel)
        assert health.Check(health_pb2.HealthCheckRequest()).status == health_pb2.HealthCheckResponse.SERVING
        _refused(CaseServiceStub(channel).ListCases, pb.ListCasesRequest(), StatusCode.UNAUTHENTICATED)


def test_every_save_is_a_version_and_earlier_ones_stay(records: Recorded) -> None:
    first = _create(records, case("Versions of a case"))
    assert first.version == 1
    assert all(image.latent.recipe.bundle_digest and image.latent.recipe.noise.seed for image in first.images)
    changed = pb.Case()
    changed.CopyFrom(first)
    changed.title, changed.images[0].mirrored = "Another title", True
    second = _save(records, changed)
    assert (second.version, second.title) == (2, "Another title")
    assert records.cases.GetCase(pb.GetCaseRequest(case_id=first.case_id)).case == second
    assert records.cases.GetCase(pb.GetCaseRequest(case_id=first.case_id, version=1)).case == first
    versions = records.cases.ListCaseVersions(pb.ListCaseVersionsRequest(case_id=first.case_id)).versions
    assert [(each.version, each.title) for each in versions] == [(2, "Another title"), (1, "Versions of a case")]
    missing = pb.GetCaseRequest(case_id=first.case_id, version=2**32 - 1)
    _refused(records.cases.GetCase, missing, StatusCode.NOT_FOUND)


def test_a_lost_race_is_told_and_loses_nothing(records: Recorded) -> None:
    first = _create(records, case("A race"))
    rivals = []
    for title in ("One", "The other"):
        rivals.append(pb.Case())
        rivals[-1].CopyFrom(first)
        rivals[-1].title = title

    def save(rival: pb.Case) -> StatusCode:
        try:
            return StatusCode.OK if _save(records, rival).version == 2 else StatusCode.UNKNOWN
        except grpc.RpcError as error:
            return error.code()  # type: ignore[attr-defined]

    with ThreadPoolExecutor() as threads:
        codes = list(threads.map(save, rivals))
    assert sorted(code.name for code in codes) == ["ABORTED", "OK"]
    kept = records.cases.GetCase(pb.GetCaseRequest(case_id=first.case_id)).case
    assert (kept.version, kept.title) == (2, rivals[codes.index(StatusCode.OK)].title)
    assert save(rivals[codes.index(StatusCode.OK)]) is StatusCode.OK  # the winner, who has not heard the answer


def test_a_case_of_the_callers_own_id_is_created_once(records: Recorded) -> None:
    made = case("Created once", case_id="case_" + "a" * 32)
    assert _create(records, made) == _create(records, made)
    made.title = "Something else"
    assert "another case" in _refused(records.cases.CreateCase, pb.CreateCaseRequest(case=made), StatusCode.ABORTED)


def test_bad_cases_are_refused_with_their_field(records: Recorded) -> None:
    call = records.cases.CreateCase
    for made, words in (
        (case(""), "case.title"),
        (case(case_id="../x"), "case.case_id"),
        (
            case(images=[pb.CaseImage(image_id="x", latent=Latent(recipe=Recipe(seed=-1)))]),
            "images[2].latent.recipe.seed",
        ),
    ):
        assert words in _refused(call, pb.CreateCaseRequest(case=made), StatusCode.INVALID_ARGUMENT)
    foreign = case(images=[pb.CaseImage(image_id="x", latent=Latent(recipe=Recipe(seed=1, bundle_digest="0" * 64)))])
    details = _refused(call, pb.CreateCaseRequest(case=foreign), StatusCode.FAILED_PRECONDITION)
    assert details.startswith("case.images[2].latent.recipe.bundle_digest")
    gone = case(images=[pb.CaseImage(image_id="x", latent=Latent(latent_id="lat_" + "0" * 32))])
    _refused(call, pb.CreateCaseRequest(case=gone), StatusCode.NOT_FOUND)
    token = pb.ListCasesRequest(page_token="' OR 1=1")
    _refused(records.cases.ListCases, token, StatusCode.INVALID_ARGUMENT)


def test_cases_are_found_by_words_of_their_titles_page_by_page(records: Recorded) -> None:
    made = [_create(records, case(f"Kyste bénin 100% {number}")) for number in range(5)]
    _create(records, case("Kyste malin"))
    found, token = [], ""
    while True:
        request = pb.ListCasesRequest(query="BENIN kyste", page_size=2, page_token=token)
        page = records.cases.ListCases(request)
        found += [each.case_id for each in page.cases]
        token = page.next_page_token
        if not token:
            break
    assert found == [each.case_id for each in reversed(made)]
    summary = records.cases.ListCases(pb.ListCasesRequest(query="100% 3")).cases[0]
    assert (summary.first_image, summary.images, summary.questions) == (made[3].images[0], 2, 6)
    assert not records.cases.ListCases(pb.ListCasesRequest(query="100_ 3")).cases  # "_" is no wildcard


def test_a_deleted_case_can_be_restored(records: Recorded) -> None:
    made = _create(records, case("To be deleted"))
    for _ in range(2):
        records.cases.DeleteCase(pb.DeleteCaseRequest(case_id=made.case_id))
    _refused(records.cases.GetCase, pb.GetCaseRequest(case_id=made.case_id), StatusCode.NOT_FOUND)
    _refused(records.cases.SaveCase, pb.SaveCaseRequest(case=made), StatusCode.FAILED_PRECONDITION)
    assert not records.cases.ListCases(pb.ListCasesRequest(query="deleted")).cases
    deleted = records.cases.ListCases(pb.ListCasesRequest(query="deleted", deleted=True)).cases
    assert [each.case_id for each in deleted] == [made.case_id]
    assert records.cases.RestoreCase(pb.RestoreCaseRequest(case_id=made.case_id)).case == made


def test_a_collection_keeps_its_order_through_versions(records: Recorded) -> None:
    ids = [_create(records, case(f"Ordered {number}")).case_id for number in range(3)]
    request = pb.CreateCollectionRequest(collection=pb.Collection(title="A course", case_ids=ids))
    first = records.cases.CreateCollection(request).collection
    changed = pb.Collection()
    changed.CopyFrom(first)
    changed.case_ids[:] = [ids[2], ids[0]]
    second = records.cases.SaveCollection(pb.SaveCollectionRequest(collection=changed)).collection
    answer = records.cases.GetCollection(pb.GetCollectionRequest(collection_id=first.collection_id))
    assert answer.collection == second
    assert [each.case_id for each in answer.cases] == [ids[2], ids[0]]
    before = records.cases.GetCollection(pb.GetCollectionRequest(collection_id=first.collection_id, version=1))
    assert before.collection == first
    changed.title = "Too late"
    _refused(records.cases.SaveCollection, pb.SaveCollectionRequest(collection=changed), StatusCode.ABORTED)
    copy = records.cases.DuplicateCollection(
        pb.DuplicateCollectionRequest(collection_id=first.collection_id, title="A copy")
    ).collection
    assert (list(copy.case_ids), copy.title, copy.version) == ([ids[2], ids[0]], "A copy", 1)
    records.cases.DeleteCase(pb.DeleteCaseRequest(case_id=ids[0]))
    answer = records.cases.GetCollection(pb.GetCollectionRequest(collection_id=copy.collection_id))
    assert [each.case_id for each in answer.cases] == [ids[2]]
    missing = pb.Collection(title="x", case_ids=["case_" + "9" * 32])
    _refused(records.cases.CreateCollection, pb.CreateCollectionRequest(collection=missing), StatusCode.NOT_FOUND)


def test_a_link_opens_what_it_leads_to_until_it_is_revoked_or_ends(records: Recorded) -> None:
    made = _create(records, case("Shared"))
    request = pb.CreateLinkRequest(case_id=made.case_id)
    link = records.cases.CreateLink(request).link
    assert len(link.token) == 32
    assert records.cases.OpenLink(pb.OpenLinkRequest(token=link.token)).case == made
    other = pb.OpenLinkRequest(token=link.token, case_id="case_" + "a" * 32)
    _refused(records.cases.OpenLink, other, StatusCode.NOT_FOUND)
    records.cases.RevokeLink(pb.RevokeLinkRequest(token=link.token))
    _refused(records.cases.OpenLink, pb.OpenLinkRequest(token=link.token), StatusCode.NOT_FOUND)
    request.ends_at.FromSeconds(int(time.time()) + 1)
    ending = records.cases.CreateLink(request).link
    while records.cases.ListLinks(pb.ListLinksRequest(case_id=made.case_id)).links[0].ends_at.seconds > time.time():
        time.sleep(0.05)
    _refused(records.cases.OpenLink, pb.OpenLinkRequest(token=ending.token), StatusCode.NOT_FOUND)
    _refused(records.cases.CreateLink, request, StatusCode.INVALID_ARGUMENT)  # in the past by now
    tokens = [each.token for each in records.cases.ListLinks(pb.ListLinksRequest(case_id=made.case_id)).links]
    assert tokens == [ending.token, link.token]


def test_an_exported_zip_is_imported_as_the_same_cases(records: Recorded) -> None:
    made = [_create(records, case(title)) for title in ("Exported, one", "Exported, two")]
    collection = pb.Collection(title="Éxported!", case_ids=[each.case_id for each in reversed(made)])
    collection = records.cases.CreateCollection(pb.CreateCollectionRequest(collection=collection)).collection
    data, name = _export(records, collection_id=collection.collection_id)
    assert name == "exported.zip"
    with zipfile.ZipFile(io.BytesIO(data)) as file:
        assert file.namelist() == ["cases.json", *(f"images/{n}-{i}.png" for n in (1, 2) for i in ("rcc", "rmlo"))]
        picture = read_png(file.read("images/1-rcc.png"))
    assert picture.recipe is not None
    assert picture.recipe.seed == 11
    upload_id, half = "", len(data) // 2
    for offset, piece in ((0, data[:half]), (half, data[half:]), (half, data[half:])):
        part = pb.UploadPartRequest(upload_id=upload_id, offset=offset, data=piece)
        upload_id = records.cases.UploadPart(part).upload_id
    answer = records.cases.ImportCases(pb.ImportCasesRequest(upload_id=upload_id))
    assert answer.collection.title == "Éxported!"
    assert list(answer.collection.case_ids) == [each.case_id for each in answer.cases]
    for source, summary in zip(reversed(made), answer.cases, strict=True):
        found = records.cases.GetCase(pb.GetCaseRequest(case_id=summary.case_id)).case
        assert found.case_id != source.case_id
        assert _content(found) == _content(source)
    _refused(records.cases.ImportCases, pb.ImportCasesRequest(upload_id=upload_id), StatusCode.NOT_FOUND)


def test_a_case_of_another_bundle_is_imported_but_not_drawn(records: Recorded) -> None:
    made = _create(records, case("From elsewhere"))
    data, name = _export(records, case_ids=[made.case_id], format=pb.CASE_FILE_FORMAT_JSON)
    assert name == "from_elsewhere.json"
    digest = made.images[0].latent.recipe.bundle_digest.encode()
    answer = records.cases.ImportCases(pb.ImportCasesRequest(data=data.replace(digest, b"0" * 64)))
    found = records.cases.GetCase(pb.GetCaseRequest(case_id=answer.cases[0].case_id)).case
    found.history = "Changed here"
    assert _save(records, found).version == 2
    details = _refused(
        lambda request: list(records.cases.ExportCases(request)),
        pb.ExportCasesRequest(case_ids=[found.case_id]),
        StatusCode.FAILED_PRECONDITION,
    )
    assert "bundle" in details


def _zip(**entries: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in entries.items():
            file.writestr(name, content)
    return buffer.getvalue()


def test_files_from_strangers_are_refused_in_words(records: Recorded) -> None:
    made = _create(records, case("Hostile"))
    listing, _ = _export(records, case_ids=[made.case_id], format=pb.CASE_FILE_FORMAT_JSON)
    whole, _ = _export(records, case_ids=[made.case_id])
    with zipfile.ZipFile(io.BytesIO(whole)) as file:
        picture = file.read("images/1-rcc.png")
    for data, words in (
        (b"nonsense", "data"),
        (b"{}", "data.format"),
        (listing.replace(b'"format_version": 1', b'"format_version": 2'), "data.format"),
        (listing.replace(b'"title"', b'"titel"', 1), "titel"),
        (listing.replace(b'"psi"', b'"sigma"'), "sigma"),
        (whole[: len(whole) // 2], "read to its end"),
        (_zip(other=b"x"), "cases.json"),
        (_zip(**{"cases.json": listing, "../../etc/passwd": b"x"}), "etc/passwd"),
        (_zip(**{"cases.json": listing, "images/1-rmlo.png": picture}), "another recipe"),
        (_zip(**{"cases.json": listing, "images/1-rcc.png": b"GIF89a"}), "GIF"),
        (b"PK\x01\x02" * 1000, "1000 files"),
    ):
        request = pb.ImportCasesRequest(data=data)
        assert words in _refused(records.cases.ImportCases, request, StatusCode.INVALID_ARGUMENT)
    bomb = _zip(**{"cases.json": bytes(archive.MAX_LISTING_BYTES + 1)})
    assert len(bomb) < 2**20
    details = _refused(records.cases.ImportCases, pb.ImportCasesRequest(data=bomb), StatusCode.INVALID_ARGUMENT)
    assert "unpacked" in details
    gap = pb.UploadPartRequest(offset=5, data=b"x")
    _refused(records.cases.UploadPart, gap, StatusCode.INVALID_ARGUMENT)
