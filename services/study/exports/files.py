"""The file of each format, and all of them in one ZIP."""

from __future__ import annotations

import io
import zipfile

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
from services.study.results import StudyResults, results_of

SUFFIXES = {
    STUDY_FILE_FORMAT_HTML: "report.html",
    STUDY_FILE_FORMAT_PDF: "report.pdf",
    STUDY_FILE_FORMAT_CSV: "answers.csv",
    STUDY_FILE_FORMAT_JSON: "study.json",
    STUDY_FILE_FORMAT_IMRMC: "ratings.imrmc",
    STUDY_FILE_FORMAT_XAPI: "statements.jsonl",
    STUDY_FILE_FORMAT_ZIP: "study.zip",
}


def export(closed: ClosedStudy, wanted: StudyFileFormat, language: str = "") -> tuple[str, bytes]:
    """The name and the content of a file, such as "turing_test_report.html".

    Raises:
        FailedPrecondition: a PDF file without Pango, or an iMRMC file of a study without confidences.
        InvalidArgument: the format or the language is not known.
    """
    wanted = wanted or STUDY_FILE_FORMAT_HTML
    if wanted not in SUFFIXES:
        raise InvalidArgument("format", int(wanted), ", ".join(map(str, sorted(SUFFIXES))))
    results = results_of(closed)
    content = (
        _zipped(closed, results, language)
        if wanted == STUDY_FILE_FORMAT_ZIP
        else _made(closed, results, wanted, language)
    )
    return f"{plain_name(closed.design.title) or 'study'}_{SUFFIXES[wanted]}", content


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


def _zipped(closed: ClosedStudy, results: StudyResults, language: str) -> bytes:
    """Everything, with the pictures as readers saw them; left_out.txt says what could not be had."""
    contents, missing = {}, []
    for wanted, name in SUFFIXES.items():
        if wanted == STUDY_FILE_FORMAT_ZIP:
            continue
        try:
            contents[name] = _made(closed, results, wanted, language)
        except FailedPrecondition as error:
            missing.append(f"{name}: {error.message}\n")
    contents |= {
        "design.json": design_json(closed.design).encode(),
        "events.csv": events_csv(closed),
        "pictures.csv": pictures_csv(closed),
        "results.json": results.json().encode(),
    }
    if missing:
        contents["left_out.txt"] = "".join(missing).encode()
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as file:
        for name, content in contents.items():
            entry = zipfile.ZipInfo(name)
            entry.compress_type = zipfile.ZIP_DEFLATED
            file.writestr(entry, content)
        for picture in closed.pictures:
            file.writestr(zipfile.ZipInfo(f"pictures/{picture.name}.png"), closed.files[picture.name])
    return target.getvalue()
