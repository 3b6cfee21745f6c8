"""Bulk images of an operator who signs: what verify says of them, and that the same shard has the same bytes."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from typing import Any

import pytest
from upath import UPath

from mammoganesis.pictures.signature import SignatureState
from mammoganesis.v1.bulk_pb2 import BulkJob
from services.bulk import driver
from services.bulk.document import read_job
from services.bulk.driver import Crew
from services.client import Client
from services.client.provenance import Verdict, verify
from tests.support.certificates import new_chain
from tests.support.keys import new_key
from tests.support.serving import TINY

HERE = Crew(0, 1)
DICOM = {"encoding": "IMAGE_ENCODING_DICOM", "side": "SIDE_LEFT", "view": "VIEW_CC"}
STUDIES = {"picture": DICOM, "layout": "BULK_LAYOUT_DICOM_STUDIES"}


def job_of(**fields: Any) -> BulkJob:
    least = {"format": "mammoganesis-bulk", "format_version": 1, "seeds": {"values": [3, 4]}}
    return read_job(json.dumps(least | {"made": "2026-11-29T12:00:00+00:00"} | fields))


@pytest.fixture(autouse=True)
def _signing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAMMOGANESIS_SIGNING_KEY_FILE", str(new_key(tmp_path, "operator")[0]))


@pytest.mark.parametrize("fields", [{}, STUDIES], ids=["png", "dicom"])
def test_every_image_is_signed_by_the_operator_and_made_again_the_same(tmp_path: Path, fields: dict[str, Any]) -> None:
    for name in ("one", "two"):
        driver.run(job_of(**fields), TINY, tmp_path / name, HERE)
    images = sorted(path for path in (tmp_path / "one").rglob("*") if path.suffix in (".png", ".dcm"))
    assert len(images) == 2
    with Client.local(TINY) as client:  # of the same operator
        for image in images:
            data = image.read_bytes()
            found = verify(client, data)
            assert (found.verdict, found.signature.state) == (Verdict.UNCHANGED, SignatureState.RIGHT)
            assert (tmp_path / "two" / image.relative_to(tmp_path / "one")).read_bytes() == data


@pytest.mark.skipif(importlib.util.find_spec("c2pa") is None, reason="c2pa-python is not installed")
def test_files_of_a_folder_have_c2pa_manifests_and_those_at_an_address_have_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    chain = new_chain(tmp_path)
    monkeypatch.setenv("MAMMOGANESIS_C2PA_CERTIFICATES_FILE", str(chain.certificates))
    monkeypatch.setenv("MAMMOGANESIS_C2PA_KEY_FILE", str(chain.key))
    there = UPath("memory://signed/job")
    for out in (tmp_path / "here", there):
        driver.run(job_of(), TINY, out, HERE)
    with Client.local(TINY) as client:
        here = verify(client, (tmp_path / "here" / "images" / "00000000.png").read_bytes())
        assert here.verdict is Verdict.UNCHANGED
        assert "C2PA manifest: valid" in here.detail
        elsewhere = verify(client, (there / "images" / "00000000.png").read_bytes())
        assert (elsewhere.verdict, elsewhere.detail) == (Verdict.UNCHANGED, "")
        assert elsewhere.signature.state is SignatureState.RIGHT


def test_a_key_that_everybody_can_read_is_warned_of(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    from mammoganesis.pictures.signature import Signer

    private, _ = new_key(tmp_path, "another")
    private.chmod(0o600)
    Signer(private)
    assert caplog.text == ""
    private.chmod(0o644)
    Signer(private)
    assert "everybody on this machine can read the private key" in caplog.text
