"""Readers of a study through a real edge: no answer is lost, and nothing is told before its time."""

from __future__ import annotations

import random
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from functools import partial
from pathlib import Path

import grpc
import pytest
from google.protobuf.message import Message
from grpc import StatusCode

from mammoganesis.pictures.chunks import split
from mammoganesis.v1 import studies_pb2 as pb
from mammoganesis.v1 import study_design_pb2 as design_pb
from mammoganesis.v1.latents_pb2 import LOCALITY_MASKED
from services.records.sql import readers
from services.records.sql.database import Database
from services.records.sql.readers import MAX_CORRECTIONS, Readers
from tests.places import DEMO_BUNDLE
from tests.support.recorded import Recorded, postgres, recorded
from tests.support.studied import (
    CONSENT,
    Reader,
    any_answer,
    design,
    insisting,
    new_answer_id,
    odd_one_out,
    opened,
    rating,
    real_png,
    refused,
)


def test_an_answer_is_written_once_and_stays(study_records: Recorded) -> None:
    reader = Reader.invited(study_records, opened(study_records).study_id)
    trial = reader.begin().trials[0]
    answer, answer_id = pb.ReadingAnswer(rating=pb.RatingAnswer(confidence=2)), new_answer_id()
    first = reader.answer(trial.trial_id, answer, answer_id)
    assert reader.answer(trial.trial_id, answer, answer_id) == first
    other = pb.ReadingAnswer(rating=pb.RatingAnswer(confidence=3))
    assert refused(reader.answer, trial.trial_id, other, answer_id)[0] is StatusCode.FAILED_PRECONDITION
    assert refused(reader.answer, trial.trial_id, other)[0] is StatusCode.FAILED_PRECONDITION
    assert reader.open().answered == 1


def test_what_is_agreed_to_comes_in_the_language_that_is_asked_for(study_records: Recorded) -> None:
    reader = Reader.invited(study_records, opened(study_records).study_id)
    studies = study_records.studies
    for language, said in (("", "en"), ("en", "en"), ("fr-CA", "fr")):
        reading = studies.OpenReading(pb.OpenReadingRequest(token=reader.token, language=language))
        assert (reading.consent_language, reading.language) == (said, "en")
        assert ("Il vous est demandé" in reading.consent) == (said == "fr")
    code, _ = refused(studies.OpenReading, pb.OpenReadingRequest(token=reader.token, language="tlh"))
    assert code is StatusCode.INVALID_ARGUMENT


def test_what_is_told_before_a_task_comes_in_the_language_that_is_asked_for_unless_the_author_wrote_it(
    study_records: Recorded,
) -> None:
    made = design(rating("Usual"), rating("Own", instructions="Say how sure you are."))
    made.pool.drawn, made.pool.composition.real, made.pool.composition.synthesised = 2, 1, 1
    made.pool.composition.edited = 0
    reader = Reader.invited(study_records, opened(study_records, made).study_id)
    studies = study_records.studies
    begun = studies.BeginReading(pb.BeginReadingRequest(token=reader.token, language="fr", **CONSENT)).reading
    first = begun.trials[0]
    assert (first.introduction_language, first.instructions_language) == ("fr", "fr")
    assert first.introduction.startswith("Parmi les mammographies suivantes")
    english = reader.open().trials[0]
    assert (english.introduction_language, english.instructions_language) == ("en", "en")
    assert english.instructions != first.instructions
    answer, reading = any_answer(first), begun
    while not (reading.trials[0].instructions and reading.trials[0].trial_id != first.trial_id):
        request = pb.RecordAnswerRequest(
            token=reader.token,
            trial_id=reading.trials[0].trial_id,
            answer_id=new_answer_id(),
            answer=answer,
            language="fr",
        )
        reading = studies.RecordAnswer(request).reading
    own = reading.trials[0]
    assert (own.instructions, own.instructions_language, own.introduction_language) == (
        "Say how sure you are.",
        "en",
        "",
    )


def test_who_may_correct_sees_what_was_answered_and_the_last_answer_counts(study_records: Recorded) -> None:
    made = design(display=design_pb.StudyDisplay(corrections_allowed=True))
    reader = Reader.invited(study_records, opened(study_records, made).study_id)
    trial = reader.begin().trials[0]
    reader.answer(trial.trial_id, pb.ReadingAnswer(rating=pb.RatingAnswer(confidence=2)))
    corrected = pb.ReadingAnswer(rating=pb.RatingAnswer(confidence=5))
    reading = reader.answer(trial.trial_id, corrected).reading
    assert [(each.trial.trial_id, each.answer) for each in reading.answered_trials] == [(trial.trial_id, corrected)]
    assert reading.answered == 1
    for i in range(MAX_CORRECTIONS - 1):
        reader.answer(trial.trial_id, pb.ReadingAnswer(rating=pb.RatingAnswer(confidence=1 + i % 5)))
    last = [each.answer for each in reader.open().answered_trials]
    code, words = refused(reader.answer, trial.trial_id, corrected)
    assert (code, "its last answer counts" in words) == (StatusCode.FAILED_PRECONDITION, True)
    assert [each.answer for each in reader.open().answered_trials] == last


def test_what_no_field_says_is_not_kept_with_an_answer(study_records: Recorded, tmp_path: Path) -> None:
    study = opened(study_records)
    reader = Reader.invited(study_records, study.study_id)
    trial, folder = reader.begin().trials[0], Path(study_records.environment["MAMMOGANESIS_RECORDS_FOLDER"])
    event = pb.ReadingEvent.FromString(b"\xfa\x7f\x07unknown")
    assert event.SerializeToString() == b"\xfa\x7f\x07unknown"
    event.kind = pb.READING_EVENT_KIND_ZOOM
    reader.answer(trial.trial_id, pb.ReadingAnswer(rating=pb.RatingAnswer(confidence=2)), events=[event])
    database = Database.of(None, folder)
    kept = [row.body for row in Readers(database).answers(Readers(database).by_token(reader.token)[1].reader_id)]
    kept.extend(Readers(database).events(Readers(database).by_token(reader.token)[1].reader_id).values())
    database.close()
    assert len(kept) == 2
    assert not any(b"unknown" in body for body in kept)


def test_what_is_read_on_and_consent_are_asked_for(study_records: Recorded) -> None:
    reader = Reader.invited(study_records, opened(study_records).study_id)
    trial = pb.ReadingAnswer(rating=pb.RatingAnswer(confidence=1))
    assert refused(reader.answer, "1.1.1", trial)[0] is StatusCode.FAILED_PRECONDITION
    small, phone = pb.ReadingScreen(width=390, height=800), pb.ReadingScreen(width=390, height=800, phone=True)
    for fields, code in (
        ({"consent": False}, StatusCode.INVALID_ARGUMENT),
        ({"years": 81}, StatusCode.INVALID_ARGUMENT),
        ({"specialty": "Astrology"}, StatusCode.INVALID_ARGUMENT),
        ({"screen": small}, StatusCode.FAILED_PRECONDITION),
        ({"screen": phone}, StatusCode.FAILED_PRECONDITION),
    ):
        request = pb.BeginReadingRequest(token=reader.token, **CONSENT | fields)
        assert refused(study_records.studies.BeginReading, request)[0] is code
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
        assert refused(other.picture, picture_id)[0] is StatusCode.NOT_FOUND


def test_nobody_is_told_truth_or_answers_before_the_end(study_records: Recorded) -> None:
    """Every RPC is asked, while the study is open, and what it says is looked through."""
    made = design(rating(practice=2), odd_one_out(images=3), design_pb.StudyTask(name="L", location={}))
    made.generation.locality = LOCALITY_MASKED
    study = opened(study_records, made, reals=12)
    reader = Reader.invited(study_records, study.study_id)
    reading = reader.begin()
    while reading.answered < reading.total // 2:
        reading = reader.answer(reading.trials[0].trial_id, any_answer(reading.trials[0])).reading
    left = reading.trials[0]
    listed = study_records.studies.GetStudy(pb.GetStudyRequest(study_id=study.study_id)).readers[0]
    own, theirs = {"study_id": study.study_id}, {"token": reader.token}
    requests = {
        "CreateStudy": pb.CreateStudyRequest(design=made),
        "SaveStudy": pb.SaveStudyRequest(**own, design=made),
        "AddReal": pb.AddRealRequest(**own, real={"name": "a.png", "patient_id": "a"}, data=real_png(0)),
        "RemoveReal": pb.RemoveRealRequest(**own, name="real000.png"),
        "PrepareStudy": pb.PrepareStudyRequest(**own),
        "OpenStudy": pb.OpenStudyRequest(**own, protocol_hash=study.protocol_hash),
        "GetStudy": pb.GetStudyRequest(**own),
        "ListStudies": pb.ListStudiesRequest(page_size=200),
        "GetStudyPicture": pb.GetStudyPictureRequest(**own, picture="0" * 32),
        "InviteReader": pb.InviteReaderRequest(**own, name="Another"),
        "RevokeReader": pb.RevokeReaderRequest(**own, reader_id="reader_" + "0" * 32),
        "ForgetReader": pb.ForgetReaderRequest(**own, reader_id=listed.reader_id),
        "GetStudyResults": pb.GetStudyResultsRequest(**own),
        "ExportStudy": pb.ExportStudyRequest(**own),
        "SizeStudy": pb.SizeStudyRequest(readers=4, real_cases=50),
        "OpenReading": pb.OpenReadingRequest(**theirs),
        "BeginReading": pb.BeginReadingRequest(**theirs, **CONSENT),
        "GetReadingPicture": pb.GetReadingPictureRequest(**theirs, picture_id=left.pictures[0].picture_id),
        "RecordAnswer": pb.RecordAnswerRequest(
            **theirs, trial_id=left.trial_id, answer_id=new_answer_id(), answer=any_answer(left)
        ),
        "GetDebrief": pb.GetDebriefRequest(**theirs),
        "CloseStudy": pb.CloseStudyRequest(study_id="study_" + "0" * 32),
    }
    service = pb.DESCRIPTOR.services_by_name["ReaderStudyService"]
    assert [method.name for method in service.methods if method.name not in requests] == []
    refused = {}
    for method in service.methods:
        call = getattr(study_records.studies, method.name)
        try:
            answers = list(call(requests[method.name])) if method.server_streaming else [call(requests[method.name])]
        except grpc.RpcError as error:
            answers, refused[method.name] = [], error.code()  # type: ignore[attr-defined]
        for answer in answers:
            said = str(answer)
            told = {"generated", "right", "chosen", "answer", "sentences", "origin", "recipe", "component_edits"}
            told |= {"true_places", "met"}
            assert not told & _names(answer), method.name
            reals = "real000.png" in said
            assert not reals or method.name == "GetStudy", method.name
    no_more, unknown = StatusCode.FAILED_PRECONDITION, StatusCode.NOT_FOUND
    drafts = dict.fromkeys(("SaveStudy", "AddReal", "RemoveReal"), no_more)
    closed = dict.fromkeys(("GetStudyResults", "ExportStudy", "GetDebrief", "GetStudyPicture"), no_more)
    assert refused == drafts | closed | {"RevokeReader": unknown, "CloseStudy": unknown}
    assert reader.open().answered == reading.answered + 1


def test_progress_does_not_tell_how_many_rounds_a_reader_lasts(study_records: Recorded) -> None:
    """Whoever asks after each answer of readers who last differently long is told the same."""
    made = design(odd_one_out(images=3), rating(), real=12, synthesised=4, edited=2)
    made.phases[0].tasks[0].odd_one_out.wrong_answers = 1
    made.allocation.fixed_task_order = True
    study = opened(study_records, made, reals=14)
    asked = pb.GetStudyRequest(study_id=study.study_id)
    lasted, ends = set(), set()
    number, guess = 0, random.Random(1)
    while len(lasted) < 2:  # nobody knows the truth: the first answer is wrong for two readers of three
        reader = Reader.invited(study_records, study.study_id)
        reading, rounds, told = reader.begin(), 0, {(0, 0)}
        while reading.trials[0].WhichOneof("asked") == "odd_one_out":
            found = study_records.studies.GetStudy(asked).readers[number]
            told.add((found.answered, found.last_answer_at.ToMicroseconds()))
            reading = reader.answer(reading.trials[0].trial_id, pb.ReadingAnswer(chosen=guess.randrange(3))).reading
            rounds += 1
        assert told == {(0, 0)}
        found = study_records.studies.GetStudy(asked).readers[number]
        ends.add((found.answered, found.HasField("last_answer_at")))
        reader.answer(reading.trials[0].trial_id, any_answer(reading.trials[0]))
        assert study_records.studies.GetStudy(asked).readers[number].answered == found.answered + 1
        lasted.add(rounds)
        number += 1
    assert len(ends) == 1


def _names(message: Message) -> set[str]:
    """Of all fields that are set, inside too."""
    found = set()
    for field, value in message.ListFields():
        found.add(field.name)
        for item in value if field.is_repeated else [value]:
            if isinstance(item, Message):
                found |= _names(item)
    return found


def test_of_thirty_readers_at_once_no_answer_is_lost(study_records: Recorded) -> None:
    study = opened(study_records)
    readers = [Reader.invited(study_records, study.study_id, f"Reader {i}") for i in range(30)]

    def read(reader: Reader) -> int:
        reader.begin()
        return len(reader.read_all())

    with ThreadPoolExecutor(30) as threads:
        assert list(threads.map(read, readers)) == [12] * 30
    study_records.studies.CloseStudy(pb.CloseStudyRequest(study_id=study.study_id))
    for reader in readers:
        assert reader.kept() == reader.acknowledged


@pytest.mark.parametrize("where", ["sqlite", "postgresql"])
@pytest.mark.parametrize("kills", [2, pytest.param(50, marks=[pytest.mark.slow, pytest.mark.timeout(1200)])])
def test_no_acknowledged_answer_is_lost_when_records_is_killed(tmp_path: Path, where: str, kills: int) -> None:
    """Readers answer on, with the same answer_id until it is acknowledged, while the server dies again and again."""
    with ExitStack() as stack:
        url = stack.enter_context(postgres()) if where == "postgresql" else None
        records = stack.enter_context(recorded(tmp_path, url, DEMO_BUNDLE))
        study = opened(records)
        enough, readers = threading.Event(), list[Reader]()

        def read_on() -> None:
            while not enough.is_set():
                reader = insisting(lambda: Reader.invited(records, study.study_id), enough)
                readers.append(reader)
                insisting(reader.begin, enough)
                while not enough.is_set() and (ahead := insisting(reader.open, enough).trials):
                    given = (ahead[0].trial_id, any_answer(ahead[0]), new_answer_id())
                    insisting(partial(reader.answer, *given), enough)

        with ThreadPoolExecutor(4) as threads:
            for _ in range(4):
                threads.submit(read_on)
            for _ in range(kills):
                before = sum(len(reader.acknowledged) for reader in readers)
                while sum(len(reader.acknowledged) for reader in readers) < before + 8:
                    enough.wait(0.005)
                records.kill()
                records.start_again()
            enough.set()
        records.studies.CloseStudy(pb.CloseStudyRequest(study_id=study.study_id))
        kept = [reader.kept() for reader in readers if reader.acknowledged]
        acknowledged = [reader.acknowledged for reader in readers if reader.acknowledged]
        assert sum(map(len, acknowledged)) >= 8 * kills
        for own, told in zip(kept, acknowledged, strict=True):
            assert {trial: own[trial] for trial in told} == told
            assert len(own) <= len(told) + 1  # the one whose acknowledgement was on its way


def test_who_is_unaware_is_not_told_that_more_comes(study_records: Recorded) -> None:
    """The total of a first phase of unaware readers is its own; its question and the next phase come as surprises."""
    reading = design_pb.StudyTask(name="Ordinary", reading={})
    made = design()
    made.phases[0].CopyFrom(
        design_pb.StudyPhase(name="unaware", awareness=design_pb.STUDY_AWARENESS_UNAWARE, tasks=[reading])
    )
    made.phases.append(design_pb.StudyPhase(name="informed", tasks=[rating()]))
    reader = Reader.invited(study_records, opened(study_records, made).study_id)
    assert reader.open().total == 12
    now = reader.begin()
    totals = []
    while now.stage == pb.READING_STAGE_TRIALS:
        totals.append(now.total)
        now = reader.answer(now.trials[0].trial_id, any_answer(now.trials[0])).reading
    assert totals == [12] * 12 + [13] + [25] * 12


def test_events_beyond_a_bound_are_not_kept_and_their_answer_is(
    study_records: Recorded, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = Path(study_records.environment["MAMMOGANESIS_RECORDS_FOLDER"])
    reader = Reader.invited(study_records, opened(study_records).study_id)
    trials = reader.begin().trials
    database = Database.of(None, folder)
    own = Readers(database).by_token(reader.token)[1]
    monkeypatch.setattr(readers, "MAX_EVENT_BYTES", 1000)
    for number, trial in enumerate(trials[:3]):
        body = any_answer(trial).SerializeToString()
        given = readers.Given(new_answer_id(), trial.trial_id, 1500.0, body, bytes([number]) * 600)
        Readers(database).record(own, given, lambda _: False)
    kept = Readers(database)
    assert len(kept.answers(own.reader_id)) == 3
    assert sorted(kept.events(own.reader_id).values()) == [bytes([0]) * 600]
    database.close()
