"""ReaderStudyService through a real edge: from a design to answers, none of which is lost and none of which leaks."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import grpc
import pytest
from grpc import StatusCode

from mammoganesis.pictures.chunks import split
from mammoganesis.pictures.png import read_png
from mammoganesis.v1 import studies_pb2 as pb
from mammoganesis.v1 import study_design_pb2 as design_pb
from tests.support.recorded import Recorded
from tests.support.studied import (
    CONSENT,
    Reader,
    created,
    design,
    names,
    new_answer_id,
    odd_one_out,
    opened,
    prepared,
    rating,
    real_png,
)


def _refused(call: Any, *arguments: Any, **fields: Any) -> tuple[StatusCode, str]:
    with pytest.raises(grpc.RpcError) as caught:
        call(*arguments, **fields)
    error: Any = caught.value
    return error.code(), error.details()


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
    assert _refused(study_records.studies.OpenStudy, opening)[0] is StatusCode.ABORTED
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
    assert {each.shape for each in pixels} == {(128, 128)}
    told_after = reader.answer(first.trial_id, pb.ReadingAnswer(rating=pb.RatingAnswer(confidence=6)))
    assert told_after.right == told_after.generated[0]
    read = reader.read_all()
    assert reader.open().stage == pb.READING_STAGE_FINISHED
    assert len({trial.trial_id for trial in read}) == len(read)
    follow = study_records.studies.GetStudy(pb.GetStudyRequest(study_id=study.study_id))
    assert follow.readers[0].answered == len(read) + 1
    assert follow.readers[0].HasField("finished_at")
    assert follow.study.finished == 1
    closed = study_records.studies.CloseStudy(pb.CloseStudyRequest(study_id=study.study_id)).study
    assert closed.state == pb.STUDY_STATE_CLOSED
    debrief = study_records.studies.GetDebrief(pb.GetDebriefRequest(token=reader.token))
    assert names([each.trial for each in debrief.trials]) == [first.trial_id, *names(read)]
    assert all(bool(each.sentences[0]) == each.generated[0] for each in debrief.trials if len(each.generated) == 1)


def test_an_answer_is_written_once_and_stays(study_records: Recorded) -> None:
    reader = Reader.invited(study_records, opened(study_records).study_id)
    trial = reader.begin().trials[0]
    answer, answer_id = pb.ReadingAnswer(rating=pb.RatingAnswer(confidence=2)), new_answer_id()
    first = reader.answer(trial.trial_id, answer, answer_id)
    assert reader.answer(trial.trial_id, answer, answer_id) == first
    other = pb.ReadingAnswer(rating=pb.RatingAnswer(confidence=3))
    assert _refused(reader.answer, trial.trial_id, other, answer_id)[0] is StatusCode.FAILED_PRECONDITION
    assert _refused(reader.answer, trial.trial_id, other)[0] is StatusCode.FAILED_PRECONDITION
    assert reader.open().answered == 1


def test_who_may_correct_sees_what_was_answered_and_the_last_answer_counts(study_records: Recorded) -> None:
    made = design(display=design_pb.StudyDisplay(corrections_allowed=True))
    reader = Reader.invited(study_records, opened(study_records, made).study_id)
    trial = reader.begin().trials[0]
    reader.answer(trial.trial_id, pb.ReadingAnswer(rating=pb.RatingAnswer(confidence=2)))
    corrected = pb.ReadingAnswer(rating=pb.RatingAnswer(confidence=5))
    reading = reader.answer(trial.trial_id, corrected).reading
    assert [(each.trial.trial_id, each.answer) for each in reading.answered_trials] == [(trial.trial_id, corrected)]
    assert reading.answered == 1


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
    code, details = _refused(study_records.studies.CreateStudy, request)
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
    code, details = _refused(lambda: list(study_records.studies.PrepareStudy(request)))
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
    assert _refused(reader.open)[0] is StatusCode.NOT_FOUND
    folder = Path(study_records.environment["MAMMOGANESIS_RECORDS_FOLDER"])
    kept = b"".join(path.read_bytes() for path in folder.iterdir() if not path.name.endswith("-shm"))
    assert reader.token.encode() not in kept


def test_what_is_read_on_and_consent_are_asked_for(study_records: Recorded) -> None:
    reader = Reader.invited(study_records, opened(study_records).study_id)
    trial = pb.ReadingAnswer(rating=pb.RatingAnswer(confidence=1))
    assert _refused(reader.answer, "1.1.1", trial)[0] is StatusCode.FAILED_PRECONDITION
    small, phone = pb.ReadingScreen(width=390, height=800), pb.ReadingScreen(width=390, height=800, phone=True)
    for fields, code in (
        ({"consent": False}, StatusCode.INVALID_ARGUMENT),
        ({"years": 81}, StatusCode.INVALID_ARGUMENT),
        ({"specialty": "Astrology"}, StatusCode.INVALID_ARGUMENT),
        ({"screen": small}, StatusCode.FAILED_PRECONDITION),
        ({"screen": phone}, StatusCode.FAILED_PRECONDITION),
    ):
        request = pb.BeginReadingRequest(token=reader.token, **CONSENT | fields)
        assert _refused(study_records.studies.BeginReading, request)[0] is code
    assert reader.begin().stage == pb.READING_STAGE_TRIALS


def test_pictures_say_nothing_of_themselves(study_records: Recorded) -> None:
    study = opened(study_records)
    one, other = (Reader.invited(study_records, study.study_id) for _ in range(2))
    seen = [{each.picture_id for trial in reader.begin().trials for each in trial.pictures} for reader in (one, other)]
    assert not seen[0] & seen[1]
    for picture_id in seen[0]:
        chunks, _ = split(one.picture(picture_id))
        assert [chunk.kind for chunk in chunks][:1] + [chunk.kind for chunk in chunks][-1:] == [b"IHDR", b"IEND"]
        assert {chunk.kind for chunk in chunks} == {b"IHDR", b"IDAT", b"IEND"}
        assert _refused(other.picture, picture_id)[0] is StatusCode.NOT_FOUND
