"""`mammoganesis study` from a document to a closed study, and `mammoganesis records` before and after."""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from mammoganesis.v1 import studies_pb2 as pb
from services.study.protocol import design_json
from tests.places import DEMO_BUNDLE
from tests.support.commands import Run
from tests.support.recorded import Recorded, recorded
from tests.support.studied import Reader, design, real_png


@pytest.fixture(scope="module")
def records(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Recorded]:
    with recorded(tmp_path_factory.mktemp("records"), bundle=DEMO_BUNDLE) as running:
        yield running


def _documents(folder: Path) -> Path:
    (folder / "reals").mkdir()
    lines = ["file;patient_id;view;side;density"]
    for i in range(10):
        (folder / "reals" / f"{i}.png").write_bytes(real_png(i))
        lines.append(f"{i}.png;p{i};MLO;R;B")
    (folder / "reals" / "manifest.csv").write_bytes(b"\xef\xbb\xbf" + "\r\n".join(lines).encode())
    made = design()
    made.pool.reals = "reals/manifest.csv"
    (folder / "study.json").write_text(design_json(made))
    return folder / "study.json"


def test_a_study_from_its_document_to_its_end(run: Run, records: Recorded, tmp_path: Path) -> None:
    server = ("--address", records.address)
    created = run("study", "create", _documents(tmp_path), *server)
    study_id = created.out.split()[0]
    assert "DRAFT, 10 real image(s)" in created.out, created.err
    reals = records.studies.GetStudy(pb.GetStudyRequest(study_id=study_id)).reals
    assert (reals[0].patient_id, reals[0].view, reals[0].side, reals[0].density) == ("p0", 2, 2, 2)
    prepared = run("study", "prepare", study_id, *server)
    assert "READY" in prepared.out, prepared.err
    protocol = prepared.out.split()[-1]
    assert run("study", "open", study_id, "--protocol", "0" * 64, *server).code == 1
    assert "OPEN" in run("study", "open", study_id, "--protocol", protocol, *server).out
    invited = run("study", "invite", study_id, "--reader", "Dr A", "--studio", "https://studio.example/", *server).out
    name, link = invited.split()
    assert (name, link.partition("#")[0]) == ("R1", "https://studio.example/reading")
    reader = Reader(records, link.partition("#")[2])
    reader.begin()
    reader.read_all()
    shown = run("study", "show", study_id, *server).out
    assert "R1  12 of 12  finished  Dr A" in shown
    assert "8 real, 3 synthesised, 1 edited images" in shown
    assert study_id in run("study", "list", *server).out
    early = run("study", "report", study_id, "--out", tmp_path / "early", *server)
    assert early.code == 1
    assert not (tmp_path / "early").exists()
    assert "CLOSED" in run("study", "close", study_id, "--yes", *server).out
    _taken_away(run, study_id, server, tmp_path)


def _taken_away(run: Run, study_id: str, server: tuple[str, ...], folder: Path) -> None:
    """The report in French, and every file, whose pictures are those that the list names."""
    told = run("study", "report", study_id, "--language", "fr", "--out", folder / "report", *server)
    assert told.code == 0, told.err
    assert 'lang="fr"' in (folder / "report" / "report.html").read_text()
    assert (folder / "report" / "report.pdf").read_bytes().startswith(b"%PDF-")
    told = run("study", "export", study_id, "--out", folder / "files", *server)
    assert told.code == 0, told.err
    with (folder / "files" / "pictures.csv").open(encoding="utf-8-sig", newline="") as file:
        pictures = list(csv.DictReader(file))
    assert pictures
    for picture in pictures:
        data = (folder / "files" / picture["file"]).read_bytes()
        assert hashlib.sha256(data).hexdigest() == picture["sha256"]
    with (folder / "files" / "answers.csv").open(encoding="utf-8-sig", newline="") as file:
        assert sum(row["counts"] == "1" for row in csv.DictReader(file)) == 12
    assert "Dr A" not in "".join(path.read_text() for path in (folder / "files").glob("*.*s*") if path.suffix != ".pdf")


def test_what_is_wrong_is_one_line_and_makes_nothing(run: Run, records: Recorded, tmp_path: Path) -> None:
    server, document = ("--address", records.address), _documents(tmp_path)
    before = run("study", "list", *server).out
    manifest = tmp_path / "reals" / "manifest.csv"
    manifest.write_text("file,patient_id,density\n0.png,p0,E\n")
    for words in ("manifest.csv, line 2, column density", "'E'", "A, B, C, D"):
        refused = run("study", "create", document, *server)
        assert words in refused.err
    assert refused.code == 1
    document.write_text(document.read_text().replace('"samples": 60', '"samples": 60000'))
    refused = run("study", "create", document, *server)
    assert "study.json.generation.samples: 60000 is not allowed; allowed: 1 to 20000 images" in refused.err
    document.write_text('{"format": "mammoganesis-study", "titel": "x"}')
    assert "titel" in run("study", "create", document, *server).err
    assert run("study", "list", *server).out == before


def test_what_was_remembered_comes_back(
    run: Run, records: Recorded, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = records.studies.CreateStudy(pb.CreateStudyRequest(design=design(title="Kept"))).study
    monkeypatch.setenv("MAMMOGANESIS_RECORDS_FOLDER", records.environment["MAMMOGANESIS_RECORDS_FOLDER"])
    copy = tmp_path / "records.backup"
    assert run("records", "backup", copy).code == 0
    assert "is there already" in run("records", "backup", copy).err
    monkeypatch.setenv("MAMMOGANESIS_RECORDS_FOLDER", str(tmp_path / "other"))
    assert run("records", "restore", copy).code == 0
    assert "--replace" in run("records", "restore", copy).err
    assert run("records", "restore", copy, "--replace").code == 0
    with recorded(tmp_path / "other") as restored:
        found = restored.studies.GetStudy(pb.GetStudyRequest(study_id=made.study_id)).study
    assert found == made
    (tmp_path / "nothing").write_bytes(b"no backup")
    assert "a backup of SQLite" in run("records", "restore", tmp_path / "nothing", "--replace").err
