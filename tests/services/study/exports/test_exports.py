"""Files of a closed study, read back by other means than those that wrote them."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import re
import uuid
import zipfile
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from google.protobuf import json_format

from mammoganesis.errors import FailedPrecondition, InvalidArgument
from mammoganesis.statistics import mrmc, ustatistic
from mammoganesis.v1.studies_pb2 import (
    STUDY_FILE_FORMAT_HTML,
    STUDY_FILE_FORMAT_IMRMC,
    STUDY_FILE_FORMAT_UNSPECIFIED,
    STUDY_FILE_FORMAT_ZIP,
    ReadingEvent,
    StudyFileFormat,
)
from mammoganesis.v1.study_design_pb2 import StudyDesign
from services.study.closed import ClosedStudy
from services.study.exports.answers import answers_csv, events_csv, pictures_csv
from services.study.exports.files import export
from services.study.exports.imrmc import imrmc
from services.study.exports.whole import study_json
from services.study.exports.xapi import HOME, xapi
from services.study.results import StudyResults, results_of
from tests.support.closed_studies import late_study, published_study, whole_study


@pytest.fixture(scope="module")
def closed() -> ClosedStudy:
    return whole_study()


@pytest.fixture(scope="module")
def published() -> ClosedStudy:
    return published_study()


@pytest.fixture(scope="module")
def results(published: ClosedStudy) -> StudyResults:
    return results_of(published)


def rows(data: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline="")))


def test_every_answer_is_a_row_and_one_of_two_counts(closed: ClosedStudy) -> None:
    found = rows(answers_csv(closed))
    assert len(found) == sum(len(reading.answers) for reading in closed.readings)
    assert {row["protocol_hash"] for row in found} == {closed.protocol_hash}
    first, later = sorted(
        (row for row in found if row["reader"] == "R1" and row["trial_id"] == closed.readings[0].answers[50].trial_id),
        key=lambda row: row["recorded_at"],
    )
    assert (first["counts"], later["counts"]) == ("0", "1")
    assert int(first["confidence"]) + int(later["confidence"]) == 7
    assert all(row["counts"] == "0" for row in found if row["practice"] == "1")


def test_rows_say_what_was_answered_and_whether_it_is_right(closed: ClosedStudy) -> None:
    found = rows(answers_csv(closed))
    for row in found:
        if row["kind"] in ("rating", "location"):
            called = int(row["confidence"]) >= 4
            assert row["called_generated"] == str(int(called))
            assert row["right"] == str(int(called == (row["origins"] != "real")))
        elif row["kind"] in ("odd_one_out", "forced_choice"):
            origins = row["origins"].split()
            assert len(origins) in (2, 6)
            assert row["right"] == str(int(origins[int(row["chosen"])] != "real"))
        elif row["kind"] == "reading":
            assert row["bi_rads"] in "123"
            assert row["density"] in "ABCD"
            assert row["right"] == ""
        elif row["kind"] == "quality":
            assert row["quality"] in "12345"
    assert {row["kind"] for row in found} >= {"rating", "location", "odd_one_out", "forced_choice", "suspicion"}
    places = [row["places"] for row in found if row["kind"] == "location" and row["places"]]
    assert all(re.fullmatch(r"(\d\.\d{4},\d\.\d{4} ?)+", text) for text in places)


def test_time_is_cut_where_the_design_says(closed: ClosedStudy) -> None:
    first = closed.readings[0]
    long = replace(first.answers[0], visible_milliseconds=1e6)
    slow = replace(closed, readings=(replace(first, answers=(long, *first.answers[1:])),))
    row = rows(answers_csv(slow))[0]
    assert (row["milliseconds_in_sight"], row["seconds_counted"]) == ("1e+06", "300")


def test_no_cell_is_a_formula(closed: ClosedStudy) -> None:
    first = closed.readings[0]
    place = next(i for i, given in enumerate(first.answers) if given.answer.WhichOneof("kind") == "suspicion")
    answer = type(first.answers[place].answer)()
    answer.suspicion.suspected, answer.suspicion.text = True, '=HYPERLINK("http://x")'
    answers = [*first.answers]
    answers[place] = replace(answers[place], answer=answer)
    found = rows(answers_csv(replace(closed, readings=(replace(first, answers=tuple(answers)),))))
    assert [row["text"] for row in found if row["text"]] == ['\'=HYPERLINK("http://x")']


def test_events_and_pictures_have_rows_of_their_own(closed: ClosedStudy) -> None:
    events = rows(events_csv(closed))
    assert len(events) == sum(len(given.events) for reading in closed.readings for given in reading.answers)
    assert (events[1]["kind"], events[1]["milliseconds"], events[1]["values"]) == ("WINDOW", "900", "0.5 0.8")
    truth = {row["picture"]: row["origin"] for row in rows(pictures_csv(closed))}
    assert truth == {picture.name: str(picture.origin) for picture in closed.pictures}


def test_an_event_of_no_picture_names_none(closed: ClosedStudy) -> None:
    first = closed.readings[0]
    kinds = (ReadingEvent(milliseconds=1.0), ReadingEvent(milliseconds=2.0, picture=0))
    answers = (replace(first.answers[0], events=kinds), *first.answers[1:])
    events = rows(events_csv(replace(closed, readings=(replace(first, answers=answers), *closed.readings[1:]))))
    assert [row["picture"] for row in events[:2]] == ["", "0"]


@pytest.mark.parametrize("make", [whole_study, late_study])
def test_what_counts_is_the_same_in_all_files(make: Callable[[], ClosedStudy]) -> None:
    """Practice, corrected answers and those after the end of a task do not."""
    study = make()
    readers = json.loads(study_json(study, results_of(study)))["readers"]
    in_json = {answer["answer_id"]: answer["counts"] for reader in readers for answer in reader["answers"]}
    in_csv = {row["answer_id"]: row["counts"] == "1" for row in rows(answers_csv(study))}
    extension = f"{HOME}/extensions/counts"
    statements = [json.loads(line) for line in xapi(study).splitlines()]
    in_xapi = [each["context"]["extensions"][extension] for each in statements if "context" in each]
    assert in_json == in_csv
    assert sorted(in_csv.values()) == sorted(in_xapi)
    assert not all(in_csv.values())


def test_the_json_has_the_whole_study(published: ClosedStudy, results: StudyResults) -> None:
    read = json.loads(study_json(published, results), parse_constant=lambda text: pytest.fail(f"{text} is no JSON"))
    assert json_format.ParseDict(read["design"], StudyDesign()) == published.design
    assert read["protocol_hash"] == published.protocol_hash
    assert read["pool"]["composition"] == {"real": 52, "synthesised": 31, "edited": 17}
    assert [picture["generated"] for picture in read["pictures"]].count(True) == 48
    assert sum(len(reader["answers"]) for reader in read["readers"]) == 423
    assert read["results"]["tasks"][0]["conclusion"] == "neither"
    assert [round(reader["auc"], 2) for reader in read["results"]["tasks"][0]["results"]["readers"]] == [
        0.56, 0.74, 0.45, 0.39,
    ]  # fmt: skip
    assert "SECRET" not in str(read)


def read_imrmc(data: bytes) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Ratings [R, C] and truth [C] of each modality, as iMRMC reads its files: everything after BEGIN DATA."""
    lines = data.decode("ascii").split("BEGIN DATA:\n")[1].splitlines()
    cells = [line.split(",") for line in lines]
    truth = {case: int(score) for reader, case, modality, score in cells if (reader, modality) == ("truth", "truth")}
    scores = {(m, r, c): float(score) for r, c, m, score in cells if r != "truth"}
    assert len(scores) + len(truth) == len(cells), "a reader has two scores of a case"
    cases = list(truth)
    found = {}
    for modality in dict.fromkeys(m for m, _, _ in scores):
        readers = list(dict.fromkeys(r for m, r, _ in scores if m == modality))
        ratings = np.array([[scores.get((modality, r, c), np.nan) for c in cases] for r in readers])
        found[modality] = (ratings, np.array([truth[c] == 1 for c in cases]))
    return found


def test_what_imrmc_reads_gives_the_same_auc_and_variance(closed: ClosedStudy) -> None:
    found = read_imrmc(imrmc(closed))
    assert list(found) == ["Single_images", "Marks", "Single_images_again"]
    by_task = {task.task.replace(" ", "_"): task.results for task in results_of(closed).tasks}
    for modality, (ratings, truth) in found.items():
        results = by_task[modality]
        assert results is not None
        (expected,) = results.mrmc.values()
        assert expected.one_shot is not None
        used = ~np.isnan(ratings).all(axis=0)
        again = mrmc.analyse(ratings, truth, 0.95, None).one_shot
        assert again is not None
        assert again.random_readers.auc == pytest.approx(expected.one_shot.random_readers.auc, abs=1e-12)
        assert again.random_readers.se == pytest.approx(expected.one_shot.random_readers.se, abs=1e-12)
        direct = ustatistic.one_shot(ustatistic.sums(ratings[:, used], truth[used]))
        assert direct is not None
        assert direct.covariance == pytest.approx(expected.one_shot.random_readers.se**2)


def test_an_imrmc_file_of_choices_alone_is_refused(published: ClosedStudy) -> None:
    only = replace(
        published,
        readings=tuple(
            replace(each, answers=tuple(given for given in each.answers if given.trial_id.startswith("1.2.")))
            for each in published.readings
        ),
    )
    with pytest.raises(FailedPrecondition, match="no answers with a confidence"):
        imrmc(only)


def test_statements_are_xapi(closed: ClosedStudy) -> None:
    found = [json.loads(line) for line in xapi(closed).splitlines()]
    answers = sum(len(reading.answers) for reading in closed.readings)
    assert len(found) == answers + 4 + 3  # four have begun, three have finished
    assert len({statement["id"] for statement in found}) == len(found)
    assert xapi(closed) == xapi(whole_study())
    for statement in found:
        assert uuid.UUID(statement["id"]).version == 5
        assert statement["verb"]["id"].startswith("http://adlnet.gov/expapi/verbs/")
        assert statement["actor"]["account"]["name"] in ("R1", "R2", "R3", "R4")
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", statement["timestamp"])
        assert re.fullmatch(r"https?://\S+", statement["object"]["id"])
        if "result" in statement:
            assert re.fullmatch(r"PT\d+(\.\d+)?S", statement["result"]["duration"])
            assert statement["result"].get("score", {"scaled": 0})["scaled"] in (0, 1)
    times = [statement["timestamp"] for statement in found]
    assert times == sorted(times)


def exported(closed: ClosedStudy, results: StudyResults, wanted: StudyFileFormat) -> tuple[str, bytes]:
    file = io.BytesIO()
    return export(closed, results, file, wanted), file.getvalue()


def test_the_zip_has_everything_with_the_pictures_as_they_were(published: ClosedStudy, results: StudyResults) -> None:
    name, data = exported(published, results, STUDY_FILE_FORMAT_ZIP)
    assert name == "a_visual_turing_test_of_generated_mammograms_study.zip"
    with zipfile.ZipFile(io.BytesIO(data)) as file:
        names = set(file.namelist())
        assert file.testzip() is None
        files = {"report.html", "report.pdf", "answers.csv", "events.csv", "pictures.csv", "study.json"}
        assert names >= files | {"results.json", "design.json", "ratings.imrmc", "statements.jsonl"}
        assert "left_out.txt" not in names
        assert file.read("report.pdf").startswith(b"%PDF-")
        for picture in published.pictures:
            assert hashlib.sha256(file.read(f"pictures/{picture.name}.png")).hexdigest() == picture.sha256


def test_the_zip_holds_one_picture_at_a_time(published: ClosedStudy, results: StudyResults) -> None:
    """Each is written before the next is asked for."""
    file, written = io.BytesIO(), []

    class Files(dict[str, bytes]):
        def __getitem__(self, name: str) -> bytes:
            written.append(file.tell())
            return super().__getitem__(name)

    export(replace(published, files=Files(published.files)), results, file, STUDY_FILE_FORMAT_ZIP)
    last = written[-len(published.pictures) :]
    assert last[0] > 0
    assert all(before < after for before, after in pairwise(last))


def test_a_format_is_named_or_the_page(published: ClosedStudy, results: StudyResults) -> None:
    unspecified, page = (
        exported(published, results, each) for each in (STUDY_FILE_FORMAT_UNSPECIFIED, STUDY_FILE_FORMAT_HTML)
    )
    assert unspecified == page
    name, data = exported(published, results, STUDY_FILE_FORMAT_IMRMC)
    assert name.endswith("_ratings.imrmc")
    assert b"BEGIN DATA:\n" in data
    with pytest.raises(InvalidArgument, match="format: 99 is not allowed"):
        exported(published, results, 99)  # type: ignore[arg-type]
