"""mammoganesis send: a server of others, none at all, and what is never sent."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from pydicom import dcmread

from services.process.ports import free_block
from tests.support.commands import Run
from tests.support.dicom_tools import image_of
from tests.support.orthanc import Orthanc, needs_orthanc


@needs_orthanc
def test_the_command_sends_and_counts(orthanc: Orthanc, run: Run, tmp_path: Path) -> None:
    paths = [tmp_path / f"{seed}.dcm" for seed in (11, 12)]
    for path in paths:
        path.write_bytes(image_of(int(path.stem)))
    for option, address in (("--stow", orthanc.stow), ("--dimse", orthanc.dimse)):
        done = run("send", *paths, option, address)
        assert (done.code, done.err) == (0, "")
        assert done.out == f"2 of 2 files found at {address} afterwards, in 2 studies\n"
    assert {dcmread(path).SOPInstanceUID for path in paths} <= set(orthanc.instances())


@pytest.mark.parametrize("server", ["stow", "dimse"])
def test_nobody_there_is_one_line(run: Run, tmp_path: Path, server: str) -> None:
    port = free_block(1)
    address = f"http://127.0.0.1:{port}/dicom-web" if server == "stow" else f"127.0.0.1:{port}:NOBODY"
    path = tmp_path / "a.dcm"
    path.write_bytes(image_of(1))
    done = run("send", path, f"--{server}", address)
    assert (done.code, done.out) == (1, "")
    assert done.err.splitlines()[-1].startswith(f"error: {address}: no DICOM")
    assert "Traceback" not in done.err


def test_nothing_but_synthetic_images_is_sent(run: Run, tmp_path: Path) -> None:
    real = dcmread(io.BytesIO(image_of(1)))
    for name in ("SyntheticData", "ContributingEquipmentSequence", "ImageComments", "DerivationDescription"):
        del real[name]
    real.remove_private_tags()
    real.PatientName = "DOE^JANE"
    real.save_as(tmp_path / "real.dcm")
    (tmp_path / "ours.dcm").write_bytes(image_of(1))
    (tmp_path / "words.dcm").write_text("words")
    for other, said in (("real", "nothing else is sent"), ("words", "no DICOM and no other picture")):
        done = run("send", tmp_path / "ours.dcm", tmp_path / f"{other}.dcm", "--stow", "http://127.0.0.1:9/dicom-web")
        assert (done.code, done.out) == (1, "")
        assert said in done.err


def test_exactly_one_server(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "a.dcm"
    path.write_bytes(image_of(1))
    assert run("send", path).code == 2
    assert run("send", path, "--stow", "http://a/b", "--dimse", "a:1:B").code == 2
