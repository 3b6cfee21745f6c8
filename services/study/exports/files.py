"""The file of each format, and all of them in one ZIP."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from typing import IO

from mammoganesis.errors import FailedPrecondition, InvalidArgument
from mammoganesis.files import plain_name
from mammoganesis.v1.studies_pb2 import (
    STUDY_FILE_FORMAT_CSV,
    STUDY_FILE_FORMAT_HTML,
    STUDY_FILE_FORMAT_IMRMC,
    STUDY_FILE_FORMAT_JSON,
    STUDY_FILE_FORMAT_PDF,
    STUDY_FILE_FORMAT_XAPI,
    STUDY_FILE_FORMAT_ZIP,
    StudyFileFormat,
)
from services.study.closed import ClosedStudy
from services.study.exports.answers import answers_csv, events_csv, pictures_csv
from services.study.exports.imrmc import imrmc
from services.study.exports.whole import study_json
from services.study.exports.xapi import xapi
from services.study.protocol import design_json
from services.study.report.page import html
from services.study.report.pdf import pdf
from services.study.report.study import study_report
from services.study.results import StudyResults

SUFFIXES = {
    STUDY_FILE_FORMAT_HTML: "report.html",
    STUDY_FILE_FORMAT_PDF: "report.pdf",
    STUDY_FILE_FORMAT_CSV: "answers.csv",
    STUDY_FILE_FORMAT_JSON: "study.json",
    STUDY_FILE_FORMAT_IMRMC: "ratings.imrmc",
    STUDY_FILE_FORMAT_XAPI: "statements.jsonl",
    STUDY_FILE_FORMAT_ZIP: "study.zip",
}


def export(
    closed: ClosedStudy, results: StudyResults, file: IO[bytes], wanted: StudyFileFormat, language: str = ""
) -> str:
    """Writes a file, from where `file` stands on, and gives its name, such as "turing_test_report.html".

    Args:
        results: of the study.
        file: open for writing, in which one can go back.

    Raises:
        FailedPrecondition: a PDF file without Pango, or an iMRMC file of a study without confidences.
        InvalidArgument: the format or the language is not known.
    """
    wanted = wanted or STUDY_FILE_FORMAT_HTML
    if wanted not in SUFFIXES:
        raise InvalidArgument("format", int(wanted), ", ".join(map(str, sorted(SUFFIXES))))
    if wanted == STUDY_FILE_FORMAT_ZIP:
        _zip(closed, results, file, language)
    else:
        file.write(_made(closed, results, wanted, language))
    return f"{plain_name(closed.design.title) or 'study'}_{SUFFIXES[wanted]}"


def _made(closed: ClosedStudy, results: StudyResults, wanted: StudyFileFormat, language: str) -> bytes:
    if wanted == STUDY_FILE_FORMAT_CSV:
        return answers_csv(closed)
    if wanted == STUDY_FILE_FORMAT_JSON:
        return study_json(closed, results)
    if wanted == STUDY_FILE_FORMAT_IMRMC:
        return imrmc(closed)
    if wanted == STUDY_FILE_FORMAT_XAPI:
        return xapi(closed)
    document = study_report(closed, results, language)
    return pdf(document) if wanted == STUDY_FILE_FORMAT_PDF else html(document).encode()


def _zip(closed: ClosedStudy, results: StudyResults, file: IO[bytes], language: str) -> None:
    """Everything, one by one, with the pictures as readers saw them; left_out.txt says what could not be had."""
    documents: dict[str, Callable[[], bytes]] = {
        "design.json": lambda: design_json(closed.design).encode(),
        "events.csv": lambda: events_csv(closed),
        "pictures.csv": lambda: pictures_csv(closed),
        "results.json": lambda: results.json().encode(),
    }
    for wanted, name in SUFFIXES.items():
        if wanted != STUDY_FILE_FORMAT_ZIP:
            documents[name] = lambda wanted=wanted: _made(closed, results, wanted, language)
    missing = []
    with zipfile.ZipFile(file, "w") as target:
        for name, document in documents.items():
            try:
                _add(target, name, document())
            except FailedPrecondition as error:
                missing.append(f"{name}: {error.message}\n")
        if missing:
            _add(target, "left_out.txt", "".join(missing).encode())
        for picture in closed.pictures:
            target.writestr(zipfile.ZipInfo(f"pictures/{picture.name}.png"), closed.files[picture.name])
        for name, place in closed.places.items():
            target.writestr(zipfile.ZipInfo(f"places/{name}.png"), place)


def _add(target: zipfile.ZipFile, name: str, content: bytes) -> None:
    entry = zipfile.ZipInfo(name)  # of no time: the same study gives the same file
    entry.compress_type = zipfile.ZIP_DEFLATED
    target.writestr(entry, content)
