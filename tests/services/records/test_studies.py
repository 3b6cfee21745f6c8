"""ReaderStudyService through a real edge: from a design to answers, none of which is lost and none of which leaks."""

from __future__ import annotations

import asyncio
import io
import json
import threading
import time
import zipfile
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
import pytest
from google.protobuf import json_format
from grpc import StatusCode
from sklearn.metrics import roc_auc_score

from mammoganesis.pictures.png import read_png
from mammoganesis.recipe.drawing import Chance
from mammoganesis.statistics.sizing import Design, expect
from mammoganesis.v1 import studies_pb2 as pb
from mammoganesis.v1 import study_design_pb2 as design_pb
from mammoganesis.v1.latents_pb2 import LOCALITY_MASKED
from services.records.calls import study_closing
from services.records.calls.studies import StudyServicer
from services.records.sql.database import Database
from services.records.sql.readers import Readers
from services.records.sql.studies import Studies
from services.study.allocation import trials_of
from services.study.closed import ClosedStudy
from services.study.exports.files import export
from services.study.pool import Origin, PoolPicture
from services.study.report import pdf
from services.study.results import StudyResults, results_of
from tests.places import DEMO_SIZE
from tests.support.mammograms import mammogram, write_dicom
from tests.support.recorded import Recorded
from tests.support.studied import (
    Reader,
    created,
    design,
    names,
    odd_one_out,
    opened,
    prepared,
    rating,
    real_png,
    refused,
)


def test_from_a_design_to_the_last_answer(study_records: Recorded) -> None:
    made = design(rating(practice=2, repeated_trials=2), odd_one_out(images=3))
    study = created(study_records, made, reals=12)
    assert study.state == pb.STUDY_STATE_DRAFT
    told = list(study_records.studies.PrepareStudy(pb.PrepareStudyRequest(study_id=study.study_id)))
    ready = told[-1].study
    assert ready.state == pb.STUDY_STATE_READY
    assert {each.doing for each in told} == {1, 2, 3, 4}
    assert prepared(study_records, study.study_id) == ready
    shown = study_records.studies.GetStudy(pb.GetStudyRequest(study_id=study.study_id))
    assert shown.composition == design_pb.StudyComposition(real=8, synthesised=3, edited=1)
    assert [task.trials for task in shown.design.phases[0].tasks] == [12, 4]
    reader = Reader.invited(study_records, study.study_id)
    assert reader.open().stage == pb.READING_STAGE_WAITING
    opening = pb.OpenStudyRequest(study_id=study.study_id, protocol_hash="0" * 64)
    assert refused(study_records.studies.OpenStudy, opening)[0] is StatusCode.ABORTED
    opening.protocol_hash = ready.protocol_hash
    assert study_records.studies.OpenStudy(opening).study.state == pb.STUDY_STATE_OPEN
    consent = reader.open()
    assert (consent.stage, consent.consent != "", len(consent.trials)) == (pb.READING_STAGE_CONSENT, True, 0)
    reading = reader.begin()
    assert reading == reader.begin()
    assert (reading.stage, len(reading.trials), reading.total) == (pb.READING_STAGE_TRIALS, 8, 2 + 14 + 4)
    first = reading.trials[0]
    assert (first.practice, first.introduction != "", first.instructions != "") == (True, True, True)
    pixels = [read_png(reader.picture(each.picture_id)).pixels for each in first.pictures]
    assert {each.shape for each in pixels} == {(DEMO_SIZE, DEMO_SIZE)}
    told_after = reader.answer(first.trial_id, pb.ReadingAnswer(rating=pb.RatingAnswer(confidence=6)))
    assert told_after.right == told_after.generated[0]
    read = reader.read_all()
    assert reader.open().stage == pb.READING_STAGE_FINISHED
    assert len({trial.trial_id for trial in read}) == len(read)
    follow = study_records.studies.GetStudy(pb.GetStudyRequest(study_id=study.study_id))
    assert follow.readers[0].answered == reading.total
    assert follow.readers[0].HasField("finished_at")
    assert follow.study.finished == 1
    closed = study_records.studies.CloseStudy(pb.CloseStudyRequest(study_id=study.study_id)).study
    assert closed.state == pb.STUDY_STATE_CLOSED
    follow = study_records.studies.GetStudy(pb.GetStudyRequest(study_id=study.study_id))
    assert follow.readers[0].answered == len(read) + 1
    debrief = study_records.studies.GetDebrief(pb.GetDebriefRequest(token=reader.token))
    assert {line.measure for line in debrief.lines} >= {"auc", "rounds"}
    assert names([each.trial for each in debrief.trials]) == [first.trial_id, *names(read)]
    assert all(bool(each.sentences[0]) == each.generated[0] for each in debrief.trials if len(each.generated) == 1)


def test_a_draft_that_is_changed_while_it_is_prepared_stays_a_draft(study_records: Recorded) -> None:
    made = design(title="First")
    study_id = created(study_records, made, reals=10).study_id
    made.title = "Second"
    real, data = design_pb.StudyReal(name="real003.png", patient_id="other"), real_png(3)
    studies, preparing = study_records.studies, pb.PrepareStudyRequest(study_id=study_id)
    for change in (
        partial(studies.SaveStudy, pb.SaveStudyRequest(study_id=study_id, design=made)),
        partial(studies.AddReal, pb.AddRealRequest(study_id=study_id, real=real, data=data)),
        partial(studies.RemoveReal, pb.RemoveRealRequest(study_id=study_id, name="real009.png")),
    ):
        told = studies.PrepareStudy(preparing)
        assert next(told).doing == pb.STUDY_PREPARATION_GENERATING
        change()
        code, words = refused(list, told)
        assert code is StatusCode.ABORTED
        assert "prepare it again" in words
        assert studies.GetStudy(pb.GetStudyRequest(study_id=study_id)).study.state == pb.STUDY_STATE_DRAFT
    ready = prepared(study_records, study_id)
    assert (ready.state, ready.title, ready.reals) == (pb.STUDY_STATE_READY, "Second", 9)


@pytest.mark.parametrize(
    ("fields", "place"),
    [
        ({"title": " "}, "design.title"),
        ({"title": "a" * 201}, "design.title"),
        ({"pool": design_pb.StudyPool(drawn=3000)}, "design.pool.drawn"),
        ({"generation": design_pb.StudyGeneration(edit_probability=1.5)}, "design.generation.edit_probability"),
        ({"analysis": design_pb.StudyAnalysis(margin=0.6)}, "design.analysis.margin"),
        ({"allocation": design_pb.StudyAllocation(crossing=2)}, "design.allocation.blocks"),
        ({"display": design_pb.StudyDisplay(smallest_width=100)}, "design.display.smallest_width"),
        ({"phases": [design_pb.StudyPhase(name="other")]}, "design.phases[1].tasks"),
    ],
)
def test_a_bad_design_is_refused_by_name(study_records: Recorded, fields: dict[str, Any], place: str) -> None:
    request = pb.CreateStudyRequest(design=design(**fields))
    code, details = refused(study_records.studies.CreateStudy, request)
    assert code is StatusCode.INVALID_ARGUMENT
    assert place in details


def test_a_pool_that_is_too_small_is_told_before_the_start(study_records: Recorded) -> None:
    """The paper's: 14 rounds of six images need 70 real ones, and its set had 52."""
    made = design(odd_one_out(trials=14), real=52, synthesised=31, edited=17)
    study = study_records.studies.CreateStudy(pb.CreateStudyRequest(design=made)).study
    for i in range(2):
        real = design_pb.StudyReal(name=f"{i}.png", patient_id=str(i))
        study_records.studies.AddReal(pb.AddRealRequest(study_id=study.study_id, real=real, data=real_png(i)))
    remarks = study_records.studies.GetStudy(pb.GetStudyRequest(study_id=study.study_id)).remarks
    about = {remark.field: remark for remark in remarks}
    assert "70 different real images" in about["phases[0].tasks[0].trials"].text
    assert about["phases[0].tasks[0].trials"].blocking
    request = pb.PrepareStudyRequest(study_id=study.study_id)
    code, details = refused(lambda: list(study_records.studies.PrepareStudy(request)))
    assert code is StatusCode.FAILED_PRECONDITION
    assert "real images are needed" in details


def test_links_end_and_readers_are_forgotten(study_records: Recorded, tmp_path: Path) -> None:
    study_id = opened(study_records).study_id
    reader = Reader.invited(study_records, study_id, "Dr Forgettable")
    reader.begin()
    reader.read_all()
    listed = study_records.studies.GetStudy(pb.GetStudyRequest(study_id=study_id)).readers[0]
    assert (listed.name, listed.years, listed.specialty) == ("Dr Forgettable", 8.5, "Radiology")
    request = pb.ForgetReaderRequest(study_id=study_id, reader_id=listed.reader_id)
    forgotten = study_records.studies.ForgetReader(request).reader
    assert (forgotten.name, forgotten.HasField("years"), forgotten.specialty) == ("", False, "")
    assert forgotten.answered == 12
    study_records.studies.RevokeReader(pb.RevokeReaderRequest(study_id=study_id, reader_id=listed.reader_id))
    assert refused(reader.open)[0] is StatusCode.NOT_FOUND
    folder = Path(study_records.environment["MAMMOGANESIS_RECORDS_FOLDER"])
    kept = b"".join(path.read_bytes() for path in folder.iterdir() if not path.name.endswith("-shm"))
    assert reader.token.encode() not in kept


def test_sizes_are_those_of_the_statistics(study_records: Recorded) -> None:
    asked = pb.SizeStudyRequest(question="STUDY_QUESTION_DIFFERENCE", auc=0.65, readers=4)
    (needed,) = study_records.studies.SizeStudy(asked).sizes
    assert needed.power >= 0.8
    asked.real_cases, asked.generated_cases = needed.real_cases - 1, needed.generated_cases - 1
    assert study_records.studies.SizeStudy(asked).sizes[0].power < 0.8
    expected = expect(Design(0.65, 4, needed.generated_cases, needed.real_cases, correlation=0.3))
    assert (needed.power, needed.width) == (expected.power_difference, 2 * expected.half_width)
    many = study_records.studies.SizeStudy(pb.SizeStudyRequest(question="STUDY_QUESTION_EQUIVALENCE")).sizes
    assert [size.readers for size in many] == sorted(size.readers for size in many)
    enough = [size.real_cases for size in many if size.real_cases]
    assert enough == sorted(enough, reverse=True)
    bad = pb.SizeStudyRequest(margin=0.6)
    code, details = refused(study_records.studies.SizeStudy, bad)
    assert code is StatusCode.INVALID_ARGUMENT
    assert details.startswith("margin")


def test_who_runs_a_study_sees_real_images_of_a_draft_and_none_while_it_is_read(study_records: Recorded) -> None:
    study = created(study_records, design(), reals=10)
    picture = study_records.studies.GetStudyPicture
    real = pb.GetStudyPictureRequest(study_id=study.study_id, real="real003.png")
    named = pb.GetStudyPictureRequest(study_id=study.study_id, real="other.png")
    shown = read_png(picture(real).data).pixels
    assert (shown.shape, shown.std() > 10) == ((128, 128), True)
    assert refused(picture, named)[0] is StatusCode.NOT_FOUND
    ready = prepared(study_records, study.study_id)
    for state in (pb.STUDY_STATE_READY, pb.STUDY_STATE_OPEN):
        assert study_records.studies.GetStudy(pb.GetStudyRequest(study_id=study.study_id)).study.state == state
        for each in (real, named):
            assert refused(picture, each)[0] is StatusCode.FAILED_PRECONDITION
        opening = pb.OpenStudyRequest(study_id=study.study_id, protocol_hash=ready.protocol_hash)
        study_records.studies.OpenStudy(opening)
    assert refused(picture, pb.GetStudyPictureRequest(study_id=study.study_id))[0] is StatusCode.INVALID_ARGUMENT
    unknown = pb.GetStudyPictureRequest(study_id=study.study_id, picture="0" * 32)
    assert refused(picture, unknown)[0] is StatusCode.FAILED_PRECONDITION
    study_records.studies.CloseStudy(pb.CloseStudyRequest(study_id=study.study_id))
    assert refused(picture, unknown)[0] is StatusCode.NOT_FOUND
    assert (read_png(picture(real).data).pixels == shown).all()


def _recomputed(whole: dict[str, Any], chance: Chance) -> list[list[list[str]]]:
    """Trials of all readers of a closed study, out of its export alone."""
    made = json_format.ParseDict(whole["design"], design_pb.StudyDesign())
    drawn = [PoolPicture(i, Origin(each["origin"]), 0) for i, each in enumerate(whole["pictures"])]
    names_of = [each["name"] for each in whole["pictures"]]
    orders = [trials_of(made, drawn, reader, chance) for reader in range(len(whole["readers"]))]
    return [[[names_of[number] for number in trial.pictures] for trial in order] for order in orders]


def test_results_and_exports_say_what_was_answered(study_records: Recorded, monkeypatch: pytest.MonkeyPatch) -> None:
    """Three readers who see the truth, guess, and are wrong: their AUC, their peers, and every answer in each file."""
    own = {"language": "fr", "readers": design_pb.StudyReaders(specialties=["Radiology"])}
    made = design(real=6, synthesised=4, edited=2, debrief=design_pb.StudyDebrief(peers=True), **own)
    study = opened(study_records, made)
    readers = [Reader.invited(study_records, study.study_id) for _ in range(3)]
    confidences = (lambda number: 1 + number % 6, lambda number: 3, lambda number: 6 - number % 6)
    for reader, confidence in zip(readers, confidences, strict=True):
        reader.begin()
        reader.read_all(
            lambda trial, confidence=confidence: pb.ReadingAnswer(
                rating=pb.RatingAnswer(confidence=confidence(trial.number))
            )
        )
    study_records.studies.CloseStudy(pb.CloseStudyRequest(study_id=study.study_id))
    asked = pb.GetStudyResultsRequest(study_id=study.study_id)
    results = json.loads(study_records.studies.GetStudyResults(asked, timeout=120).results_json)
    told = {each["reader"]: each["auc"] for each in results["tasks"][0]["results"]["readers"]}
    shown = pb.GetStudyPictureRequest(study_id=study.study_id, picture=results["images"][0]["name"])
    assert read_png(study_records.studies.GetStudyPicture(shown).data).pixels.shape == (DEMO_SIZE, DEMO_SIZE)
    for name, reader in zip(("R1", "R2", "R3"), readers, strict=True):
        debrief = study_records.studies.GetDebrief(pb.GetDebriefRequest(token=reader.token), timeout=120)
        assert all(("graine" in each.sentences[0].lower()) == each.generated[0] for each in debrief.trials)
        truth = [each.generated[0] for each in debrief.trials]
        scores = [each.answer.rating.confidence for each in debrief.trials]
        assert told[name] == pytest.approx(roc_auc_score(truth, scores))
        (line,) = [line for line in debrief.lines if line.measure == "auc"]
        others = sorted(value for other, value in told.items() if other != name)
        assert (line.value, line.peers_median) == pytest.approx((told[name], sum(others) / 2))
    files = {}
    for wanted in ("HTML", "CSV", "JSON", "IMRMC", "XAPI", "ZIP"):
        request = pb.ExportStudyRequest(study_id=study.study_id, format=f"STUDY_FILE_FORMAT_{wanted}")
        pieces = list(study_records.studies.ExportStudy(request, timeout=120))
        assert pieces[0].file_name.startswith("told_apart_")
        files[wanted] = b"".join(piece.data for piece in pieces)
    assert len(files["CSV"].splitlines()) == 1 + 36
    assert study.protocol_hash.encode() in files["HTML"]
    whole = json.loads(files["JSON"])
    assert study.protocol_hash == whole["protocol_hash"]
    chance = Chance(whole["design"]["seed"], bytes.fromhex(whole["secret"]))
    assert _recomputed(whole, chance) == [[each["pictures"] for each in told["trials"]] for told in whole["readers"]]
    assert _recomputed(whole, Chance(chance.seed, bytes(32))) != _recomputed(whole, chance)
    with zipfile.ZipFile(io.BytesIO(files["ZIP"])) as kept:
        assert sum(name.endswith(".png") for name in kept.namelist()) >= 12
    _many_ask_at_once(study_records, study.study_id, monkeypatch)


def _many_ask_at_once(records: Recorded, study_id: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Results are computed once, and files made one after the other."""
    at_work, computed = 0, 0

    def results(closed: ClosedStudy) -> StudyResults:
        nonlocal computed
        computed += 1
        return results_of(closed)

    def made(*arguments: Any) -> str:
        nonlocal at_work
        at_work += 1
        assert at_work == 1
        time.sleep(0.05)  # long enough for the others to begin, if they may
        at_work -= 1
        return export(*arguments)

    monkeypatch.setattr(study_closing, "results_of", results)
    monkeypatch.setattr(study_closing, "export", made)
    folder = Path(records.environment["MAMMOGANESIS_RECORDS_FOLDER"])
    servicer: Any = StudyServicer(Database.of(None, folder), pictures=None)  # type: ignore[arg-type]

    async def exported() -> bytes:
        request = pb.ExportStudyRequest(study_id=study_id, format=pb.STUDY_FILE_FORMAT_CSV)
        return b"".join([piece.data async for piece in servicer.ExportStudy(request, None)])

    async def all_of_them() -> list[Any]:
        asked = (servicer.GetStudyResults(pb.GetStudyResultsRequest(study_id=study_id), None) for _ in range(3))
        return await asyncio.gather(*asked, *(exported() for _ in range(4)))

    answers = asyncio.run(all_of_them())
    assert computed == 1
    assert len({each.results_json for each in answers[:3]}) == len(set(answers[3:])) == 1


def test_a_report_that_is_laid_out_while_a_reader_is_forgotten_is_not_kept(tmp_path: Path) -> None:
    """It was read with the reader in it."""
    database = Database.of(None, tmp_path)
    database.migrate()
    study = Studies(database).create("Told apart", design().SerializeToString())
    reader, _ = Readers(database).invite(study.study_id, "Dr Example", None)
    servicer: Any = StudyServicer(database, pictures=None)  # type: ignore[arg-type]
    read, forgotten = threading.Event(), threading.Event()

    def exported() -> None:
        read.set()
        assert forgotten.wait(60)
        pdf._laid_out("<p>R1: 8.5 years, radiology")

    async def forget() -> None:
        exporting = asyncio.create_task(servicer._in_turn(exported))
        await asyncio.to_thread(read.wait)
        asked = pb.ForgetReaderRequest(study_id=study.study_id, reader_id=reader.reader_id)
        assert not (await servicer.ForgetReader(asked, None)).reader.name
        forgotten.set()
        await exporting
        await servicer._in_turn(lambda: None)

    asyncio.run(forget())
    assert pdf._laid_out.cache_info().currsize == 0
    database.close()


def test_what_is_told_of_a_design_is_in_the_language_of_who_asks(study_records: Recorded) -> None:
    """What readers are told is in that of the design."""
    made = design(language="fr-CA")
    create = study_records.studies.CreateStudy
    created_there = create(pb.CreateStudyRequest(design=made, language="fr"))
    asked = {"study_id": created_there.study.study_id}
    saved = study_records.studies.SaveStudy(pb.SaveStudyRequest(design=made, language="fr", **asked))
    french = study_records.studies.GetStudy(pb.GetStudyRequest(language="fr", **asked))
    english = study_records.studies.GetStudy(pb.GetStudyRequest(**asked))
    for told in (created_there, saved, french):
        assert any(remark.text.startswith("Aucune image réelle") for remark in told.remarks)
    assert "No real image has been given yet." in [remark.text for remark in english.remarks]
    assert french.design == english.design
    assert french.design.readers.consent.startswith("Il vous est demandé")
    status, words = refused(create, pb.CreateStudyRequest(design=made, language="de"))
    assert (status, words.split(":")[0]) == (StatusCode.INVALID_ARGUMENT, "language")
    made.language = "de"
    status, words = refused(create, pb.CreateStudyRequest(design=made))
    assert (status, words.split(":")[0]) == (StatusCode.INVALID_ARGUMENT, "design.language")


def test_a_patient_is_that_of_the_dicom_file_under_a_pseudonym(study_records: Recorded, tmp_path: Path) -> None:
    """Two files of one PatientID are of one patient, in another study under another name; other images stand alone."""
    stored = np.rint(mammogram(3, height=240, width=180) * 16).astype(np.uint16)

    def dicom(name: str, patient: str) -> bytes:
        data = pydicom.dcmread(write_dicom(tmp_path / name, stored))
        data.PatientID = patient
        data.save_as(tmp_path / name)
        return (tmp_path / name).read_bytes()

    files = {"a": dicom("a", "Doe-1970"), "b": dicom("b", "Doe-1970"), "c": dicom("c", ""), "d.png": real_png(1)}
    found = []
    for _ in range(2):
        study_id = study_records.studies.CreateStudy(pb.CreateStudyRequest(design=design())).study.study_id
        for name, data in files.items():
            request = pb.AddRealRequest(study_id=study_id, real=design_pb.StudyReal(name=name), data=data)
            study_records.studies.AddReal(request)
        whole = study_records.studies.GetStudy(pb.GetStudyRequest(study_id=study_id))
        found.append({real.name: real.patient_id for real in whole.reals})
    first, second = found
    assert first["a"] == first["b"] != second["a"] == second["b"]
    assert (first["c"], first["d.png"]) == ("c", "d.png")
    assert not any("Doe" in patient for patient in [*first.values(), *second.values()])


def test_what_marks_and_patients_need_is_said_before_the_start(study_records: Recorded) -> None:
    made = design(design_pb.StudyTask(name="Marks", location={"places": 3}))
    study = created(study_records, made, reals=10)
    asked = pb.GetStudyRequest(study_id=study.study_id)
    said = {remark.field: remark for remark in study_records.studies.GetStudy(asked).remarks}
    assert "no image has a true place" in said["generation.locality"].text
    assert "counts as a patient of its own" in said["pool.reals"].text
    assert not any(remark.blocking for remark in said.values())
    made.generation.locality = LOCALITY_MASKED
    saving = pb.SaveStudyRequest(study_id=study.study_id, design=made)
    said = {remark.field: remark.text for remark in study_records.studies.SaveStudy(saving).remarks}
    assert "one that meets the place is enough" in said["phases[0].tasks[0].location.places"]
    assert "generation.locality" not in said
    shared = created(study_records, design(), reals=4, patients=2)
    remarks = study_records.studies.GetStudy(pb.GetStudyRequest(study_id=shared.study_id)).remarks
    assert not any("patient of its own" in remark.text for remark in remarks)
