"""Reporting items after STARD 2015 and CLAIM: where each is answered in the report, or that it is not."""

from __future__ import annotations

from services.study.closed import ClosedStudy
from services.study.report.document import Cell, Paragraph, Section, Table
from services.study.report.texts import Texts
from services.study.results import StudyResults

AUTHORS, NOT_DESIGNED = "checklist.authors", "checklist.not_designed"


def checklist_section(closed: ClosedStudy, results: StudyResults, titles: dict[str, str], texts: Texts) -> Section:
    """The items; `titles` are those of the sections by their anchors."""
    rows = []
    for item, where in _items(closed, results).items():
        if where in titles:
            rows.append([texts(f"checklist.{item}"), Cell(titles[where], anchor=where)])
        else:
            rows.append([texts(f"checklist.{item}"), texts("checklist.no", why=texts(where))])
    head = [texts("checklist.item"), texts("checklist.where")]
    table = Table(texts("checklist.table"), head, rows, 2)
    return Section("checklist", texts("section.checklist"), [Paragraph(texts("checklist.lead")), table])


def _items(closed: ClosedStudy, results: StudyResults) -> dict[str, str]:
    """Each item with the anchor of the section that answers it, or the key of why it is not answered."""
    rated = next((i for i, task in enumerate(results.tasks) if task.results and task.results.mrmc), None)
    first = next((i for i, task in enumerate(results.tasks) if task.results), None)
    rated_at = f"task-{rated}" if rated is not None else NOT_DESIGNED
    found_at = f"task-{first}" if first is not None else NOT_DESIGNED
    agreed = any(task.results and task.results.agreement for task in results.tasks)
    parted = any(task.results and task.results.breakdowns for task in results.tasks)
    return {
        "title": "summary",
        "summary": "summary",
        "question": "design" if closed.design.description else AUTHORS,
        "ethics": AUTHORS,
        "registration": "design",
        "source": "design" if closed.design.pool.source else AUTHORS,
        "sampling": "design",
        "patients": "flow",
        "generation": "design",
        "processing": "design",
        "truth": "design",
        "readers": "flow",
        "conditions": "design",
        "blinding": "design",
        "scale": rated_at,
        "size": "design" if closed.design.analysis.size_reason else AUTHORS,
        "methods": "methods",
        "missing": "flow",
        "flow": "flow",
        "composition": "flow",
        "crosstable": rated_at,
        "estimates": found_at,
        "equivalence": "design" if rated is not None else NOT_DESIGNED,
        "reliability": rated_at if agreed else NOT_DESIGNED,
        "subgroups": rated_at if parted else NOT_DESIGNED,
        "failures": "images" if results.images else NOT_DESIGNED,
        "time": "time",
        "limits": "limits",
        "generalisability": "summary" if rated is not None else AUTHORS,
        "data": "methods",
        "funding": AUTHORS,
    }
