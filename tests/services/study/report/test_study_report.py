"""The report of a study: a page that needs nothing else, whose numbers are those of the results; and as PDF."""

from __future__ import annotations

import base64
import io
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from typing import NamedTuple

import html5lib
import pytest
from pypdf import PdfReader

from mammoganesis.errors import FailedPrecondition, InvalidArgument
from mammoganesis.pictures.png import carries_mark
from services.study.closed import ClosedStudy
from services.study.localisation import MarkedImage
from services.study.report.document import Document
from services.study.report.page import html
from services.study.report.pdf import forget_reports, pdf
from services.study.report.study import study_report
from services.study.report.texts import Texts
from services.study.results import StudyResults, results_of
from tests.places import ROOT
from tests.support.closed_studies import published_study, whole_study

HTML = "{http://www.w3.org/1999/xhtml}"


@pytest.fixture(scope="module")
def whole() -> tuple[ClosedStudy, StudyResults]:
    closed = whole_study()
    closed.design.title = 'Who can tell? <script>alert("x")</script> & more'
    return closed, results_of(closed)


@pytest.fixture(scope="module")
def document(whole: tuple[ClosedStudy, StudyResults]) -> Document:
    return study_report(*whole)


@pytest.fixture(scope="module")
def page(document: Document) -> str:
    return html(document)


@pytest.fixture(scope="module")
def published() -> tuple[ClosedStudy, StudyResults]:
    closed = published_study()
    return closed, results_of(closed)


def tree(page: str):
    return html5lib.HTMLParser(strict=True, namespaceHTMLElements=True).parse(page)


def words(page: str) -> str:
    return re.sub(r"\s+", " ", "".join(tree(page).itertext())).replace("\u00a0", " ")


def test_it_is_html_and_needs_nothing_else(page: str) -> None:
    """A strict parser takes it; every address in it is a place in it or the data themselves."""
    found = tree(page)
    addresses = [
        value
        for element in found.iter()
        for name, value in element.attrib.items()
        if str(name).rpartition("}")[2] in ("src", "href", "srcset", "data", "poster", "action")
    ]
    assert addresses
    assert all(address.startswith(("#", "data:image/png;base64,")) for address in addresses)
    assert not [element for element in found.iter() if element.tag in (f"{HTML}script", f"{HTML}link", f"{HTML}iframe")]
    assert "url(" not in page
    assert "@import" not in page


def test_what_people_wrote_is_text(page: str) -> None:
    assert "<script" not in page
    assert 'Who can tell? <script>alert("x")</script> & more' in words(page)
    assert "Odd <skin> & edges" in words(page)


def test_every_place_that_is_linked_is_there(page: str) -> None:
    found = tree(page)
    ids = [element.attrib["id"] for element in found.iter() if "id" in element.attrib]
    assert len(ids) == len(set(ids))
    links = [element.attrib["href"] for element in found.iter(f"{HTML}a")]
    assert {link.removeprefix("#") for link in links} <= set(ids)


def test_everything_that_belongs_into_it_is_there(whole: tuple[ClosedStudy, StudyResults], page: str) -> None:
    closed, _ = whole
    ids = {element.attrib.get("id") for element in tree(page).iter(f"{HTML}section")}
    assert {"summary", "design", "flow", "comparison", "suspicion", "time", "images", "published"} <= ids
    assert {"limits", "methods", "checklist", *(f"task-{i}" for i in range(7))} <= ids
    said = words(page)
    assert closed.protocol_hash in said
    assert closed.design.description in said
    assert "30 real, 20 synthesised, 10 edited" in said
    assert "Answers corrected: 1" in said
    assert "Did not finish: 1" in said
    assert "Flagged as like a training image or another image of the set" not in said  # none was


def test_its_numbers_are_those_of_the_results(whole: tuple[ClosedStudy, StudyResults], page: str) -> None:
    _, results = whole
    texts, found = Texts("en"), tree(page)
    for number, task in enumerate(results.tasks):
        if task.results is None:
            continue
        (section,) = [part for part in found.iter(f"{HTML}section") if part.attrib["id"] == f"task-{number}"]
        cells = [" ".join(cell.itertext()).strip() for cell in section.iter(f"{HTML}td")]
        for reader in task.results.readers:
            assert texts.number(reader.auc) in cells
            assert texts.interval(reader.interval) in cells
        for mrmc in task.results.mrmc.values():
            primary = getattr(mrmc, mrmc.primary).random_readers
            assert texts.interval(primary.interval, 3) in cells
        if task.results.rounds is not None:
            assert [str(each.rounds) for each in task.results.rounds.readers] == [
                row[1].text for row in section.iter(f"{HTML}tr") if row[0].text in ("R1", "R2", "R3", "R4")
            ]


def test_pictures_stand_in_it_and_synthetic_ones_say_so(whole: tuple[ClosedStudy, StudyResults], page: str) -> None:
    found = next(task.localisation for task in whole[1].tasks if task.localisation is not None)
    marked = [image for image in found.images if image.place or image.marks][:16]
    shown = [
        (element.attrib["alt"], base64.b64decode(element.attrib["src"].partition(",")[2]))
        for element in tree(page).iter(f"{HTML}img")
    ]
    assert len(shown) == 24 + len(marked)
    for title, png in shown:
        assert png.startswith(b"\x89PNG")
        assert carries_mark(png) is not title.startswith("real")


def test_the_published_numbers_show_neither(published: tuple[ClosedStudy, StudyResults]) -> None:
    """AUC 0.54 with four readers bears neither a difference nor equivalence, and the report says so."""
    said = words(html(study_report(*published)))
    assert "Single images: neither a difference from chance nor equivalence with it is shown. AUC 0.54" in said
    assert "This result does not show that the images are indistinguishable" in said
    assert "R2 told the images apart (interval above 0.5), while R4 called them the wrong way round" in said
    assert "printed AUCs of 0.56, 0.74, 0.45, 0.39, mean 0.54" in said
    assert "95% interval of the mean over readers is 0.29 to 0.78" in said
    assert "11 of 23 rounds were right" in said
    assert "Readers lasted 5.75 rounds on average; by guessing it would be 3.6" in said
    assert "With 4 readers an interval over readers is wide" in said


def test_items_of_the_checklist_say_where_or_why_not(page: str, whole: tuple[ClosedStudy, StudyResults]) -> None:
    (section,) = [part for part in tree(page).iter(f"{HTML}section") if part.attrib["id"] == "checklist"]
    rows = [row for row in section.iter(f"{HTML}tr") if row[0].tag == f"{HTML}th" and row[0].attrib["scope"] == "row"]
    assert len(rows) > 25
    for row in rows:
        links = list(row[1].iter(f"{HTML}a"))
        assert links or "Not answered here: " in "".join(row[1].itertext())
    closed, results = whole
    silent = replace(closed, design=type(closed.design)())
    silent.design.CopyFrom(closed.design)
    silent.design.description = ""
    assert "Question and hypothesis" in words(html(study_report(silent, results)))
    assert html(study_report(silent, results)).count("to be stated by the authors") > page.count(
        "to be stated by the authors"
    )


def test_it_speaks_french(whole: tuple[ClosedStudy, StudyResults]) -> None:
    closed, results = whole
    page = html(study_report(closed, results, "fr"))
    assert tree(page).attrib["lang"] == "fr"
    said = words(page)
    assert "Résultats en bref" in said
    first = results.tasks[1].results
    assert first is not None
    assert f"{first.readers[0].auc:.2f}".replace(".", ",") in said
    for english in ("What was found", "Readers and images", " of the ", "shown"):
        assert english not in said


def test_another_language_is_refused_by_name(whole: tuple[ClosedStudy, StudyResults]) -> None:
    with pytest.raises(InvalidArgument, match="language: 'de' is not allowed; allowed: en, fr"):
        study_report(*whole, "de")


def test_the_pdf_has_its_text_pictures_and_bookmarks(published: tuple[ClosedStudy, StudyResults]) -> None:
    closed, results = published
    document = study_report(closed, results)
    read = PdfReader(io.BytesIO(pdf(document)))
    assert 8 <= len(read.pages) <= 20
    said = re.sub(r"\s+", " ", " ".join(page.extract_text() for page in read.pages))
    assert closed.design.title in said
    assert closed.protocol_hash[:40] in said.replace(" ", "")
    assert "neither a difference from chance nor equivalence" in said
    assert "R2" in said
    assert sum(len(page.images) for page in read.pages) >= 24
    titles = [entry.title for entry in read.outline if not isinstance(entry, list)]
    flat = [entry.title for entry in _entries(read.outline)]
    assert titles
    assert {section.title for section in document.sections} <= set(flat)


def test_the_same_pages_are_laid_out_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Until what was personal in them is to be forgotten."""
    laid_out = []

    class Pages(NamedTuple):
        string: str
        url_fetcher: object

        def write_pdf(self, pdf_tags: bool) -> bytes:
            laid_out.append(self.string)
            return f"{len(laid_out)}".encode()

    monkeypatch.setattr("weasyprint.HTML", Pages)
    forget_reports()
    one, other = (Document("en", title, "", [], "", [], "") for title in ("One", "Other"))
    assert [pdf(each) for each in (one, one, other, one)] == [b"1", b"1", b"2", b"1"]
    forget_reports()
    assert pdf(one) == b"3"
    assert laid_out == [html(one), html(other), html(one)]
    forget_reports()


def test_a_pdf_leaves_damaged_pictures_refused() -> None:
    """WeasyPrint tells Pillow to take them, which is of the whole process."""
    script = "from services.study.report.pdf import _weasyprint; from PIL import ImageFile; _weasyprint(); "
    script += "assert ImageFile.LOAD_TRUNCATED_IMAGES is False"
    subprocess.run([sys.executable, "-c", script], check=True, cwd=ROOT)


def test_without_pango_only_the_pdf_is_refused(document: Document, monkeypatch: pytest.MonkeyPatch) -> None:
    class NoPango:
        def find_spec(self, name: str, *_: object) -> None:
            if name == "weasyprint":
                raise OSError("cannot load library 'libpango-1.0-0'")

    for name in [name for name in sys.modules if name.split(".")[0] == "weasyprint"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setattr(sys, "meta_path", [NoPango(), *sys.meta_path])
    forget_reports()
    with pytest.raises(FailedPrecondition, match="a PDF file takes Pango, which is not installed"):
        pdf(document)
    assert html(document)


def _entries(outline: list) -> Iterator:
    for entry in outline:
        if isinstance(entry, list):
            yield from _entries(entry)
        else:
            yield entry


def test_marks_and_true_places_are_drawn_on_the_pictures(whole: tuple[ClosedStudy, StudyResults], page: str) -> None:
    """Each mark that meets a place is a ring, each other one a cross, and each place has its outline."""
    found = next(task.localisation for task in whole[1].tasks if task.localisation is not None)
    number = next(i for i, task in enumerate(whole[1].tasks) if task.localisation is not None)
    (section,) = [part for part in tree(page).iter(f"{HTML}section") if part.attrib["id"] == f"task-{number}"]
    over = [div for div in section.iter(f"{HTML}div") if div.attrib.get("class") == "over"]
    placed = [image for image in found.images if image.place][:8]
    others = sorted((image for image in found.images if image.marks and not image.place), key=_most_marked)[:8]
    svg = "{http://www.w3.org/2000/svg}"
    assert len(over) == len(placed) + len(others)
    rings = sum(len(list(each.iter(f"{svg}circle"))) for each in over) // 2
    lines = sum(len(list(each.iter(f"{svg}polyline"))) for each in over) // 2
    marks = [mark for image in [*placed, *others] for mark in image.marks]
    assert rings == sum(mark.met is True for mark in marks)
    assert lines == len(placed) + 2 * (len(marks) - rings)
    assert found.lroc is not None
    cells = [" ".join(cell.itertext()).strip() for cell in section.iter(f"{HTML}td")]
    for reader in found.lroc.readers:
        assert Texts("en").proportion(reader.located) in cells
    assert "one mark put anywhere in the breast meets" in words(page)


def _most_marked(image: MarkedImage) -> tuple[int, str]:
    return -len(image.marks), image.name


def test_what_the_design_says_of_size_and_source_stands_in_it(whole: tuple[ClosedStudy, StudyResults]) -> None:
    closed, results = whole
    told = replace(closed, design=type(closed.design)())
    told.design.CopyFrom(closed.design)
    told.design.pool.source, told.design.analysis.size_reason = "Screening, one hospital, 2019", "80 % power for 0.1"
    said = words(html(study_report(told, results)))
    for text in ("Screening, one hospital, 2019", "80 % power for 0.1"):
        assert text in said
    before = words(html(study_report(closed, results)))
    assert said.count("to be stated by the authors") == before.count("to be stated by the authors") - 2


def test_rounds_that_no_error_ended_are_said_to_be_a_lower_limit(published: tuple[ClosedStudy, StudyResults]) -> None:
    closed, results = published
    assert "they would have lasted longer" not in words(html(study_report(closed, results)))
    first = closed.readings[0]
    stopped = replace(first, answers=first.answers[:-1], finished_at=0)
    other = replace(closed, readings=(stopped, *closed.readings[1:]))
    assert "1 of 4 readers had made fewer than 3 errors" in words(html(study_report(other, results_of(other))))
