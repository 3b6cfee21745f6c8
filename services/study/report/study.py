"""The report of a study: its sections in their order."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.metadata import version

from services.study.closed import ClosedStudy
from services.study.pool import Origin
from services.study.report import tables
from services.study.report.checklist import checklist_section
from services.study.report.design import design_section
from services.study.report.document import Block, Document, Paragraph, Section, Table
from services.study.report.findings import findings
from services.study.report.flow import Flow, flow_section
from services.study.report.gallery import images_section
from services.study.report.limits import limits_section
from services.study.report.localisation import localisation_blocks
from services.study.report.methods import methods_section, published_section
from services.study.report.summary import summary
from services.study.report.texts import Texts
from services.study.results import CategoryCount, Places, StudyResults, TaskResults


def study_report(closed: ClosedStudy, results: StudyResults, language: str = "") -> Document:
    """The whole report; `language` a BCP 47 tag, English for "".

    Raises:
        InvalidArgument: there is no such language here.
    """
    texts = Texts(language)
    fixed = closed.design.analysis.fixed_readers
    sections = [summary(results, fixed, texts), design_section(closed, texts), flow_section(closed, texts)]
    sections += [_task(i, task, closed, texts) for i, task in enumerate(results.tasks)]
    sections += [section for section in _further(closed, results, texts) if section.blocks]
    sections.append(images_section(closed, results.images, texts))
    sections += [published_section(texts), limits_section(closed, texts), methods_section(texts)]
    titles = {section.anchor: section.title for section in sections}
    sections.append(checklist_section(closed, results, titles, texts))
    flow = Flow.of(closed)
    facts = [
        (texts("fact.study"), closed.study_id),
        (texts("fact.opened"), texts.moment(closed.opened_at)),
        (texts("fact.closed"), texts.moment(closed.closed_at)),
        (texts("fact.readers"), str(flow.answered_by)),
        (texts("fact.pictures"), str(flow.read)),
        (texts("fact.protocol"), closed.protocol_hash),
    ]
    foot = texts("report.foot", version=version("mammoganesis"), study_id=closed.study_id)
    subtitle, contents = texts("report.subtitle"), texts("report.contents")
    return Document(texts.language, closed.design.title, subtitle, facts, contents, sections, foot)


def _task(number: int, task: TaskResults, closed: ClosedStudy, texts: Texts) -> Section:
    blocks: list[Block] = []
    fixed = closed.design.analysis.fixed_readers
    found = task.results
    if found is not None and found.mrmc:
        positive = texts.named("positive", found.positive)
        counts = found.counts
        said = texts(
            "task.facts",
            phase=task.phase,
            awareness=texts(f"awareness.{task.awareness}"),
            readers=counts.readers,
            cases=counts.cases,
            positives=counts.positives,
            negatives=counts.negatives,
            readings=counts.readings,
            positive=positive,
        )
        blocks.append(Paragraph(said))
    else:
        blocks.append(Paragraph(texts("task.phase", phase=task.phase, awareness=texts(f"awareness.{task.awareness}"))))
    if found is not None:
        bands = dict.fromkeys(found.mrmc, task.band) if task.band is not None else {}
        blocks += findings(found, bands, fixed, texts)
    if task.categories:
        blocks += _categories(task.categories, texts)
    if task.places:
        blocks.append(_places(task.places, texts))
    if task.localisation is not None:
        blocks += localisation_blocks(closed, task.localisation, fixed, texts)
    title = texts("section.task", task=task.task, kind=texts(f"kind.{task.kind}"))
    return Section(f"task-{number}", title, blocks)


def _further(closed: ClosedStudy, results: StudyResults, texts: Texts) -> list[Section]:
    """Phases compared, suspicion and time."""
    compared: list[Block] = []
    if results.comparison is not None and results.comparison.comparison is not None:
        comparison = results.comparison.comparison
        compared.append(Paragraph(texts("comparison.text", phases=", ".join(comparison.treatments))))
        compared += tables.comparison_tables(comparison, results.comparison.level, texts)
        compared.append(tables.auc_table(results.comparison, texts))
        compared.append(Paragraph(texts("comparison.note"), "remark"))
    suspicion: list[Block] = []
    if results.suspicions:
        head = [texts("tasks.phase"), texts("auc.reader"), texts("suspicion.suspected"), texts("suspicion.words")]
        rows = [
            [each.phase, each.reader, texts("word.yes" if each.suspected else "word.no"), each.text]
            for each in results.suspicions
        ]
        suspicion.append(Table(texts("section.suspicion"), head, rows, 4))
    times = {task.task: task.results.time for task in results.tasks if task.results and task.results.time}
    time: list[Block] = []
    if times:
        seconds = closed.design.display.longest_seconds
        time = [Paragraph(texts("design.time_text", seconds=seconds)), tables.time_table(times, texts)]
    return [
        Section("comparison", texts("section.comparison"), compared),
        Section("suspicion", texts("section.suspicion"), suspicion),
        Section("time", texts("section.time"), time),
    ]


def _categories(counts: Sequence[CategoryCount], texts: Texts) -> list[Block]:
    """A table for each scale: how often images of each origin were given each category."""
    blocks: list[Block] = []
    for scale in dict.fromkeys(each.scale for each in counts):
        own = {(each.origin, each.category): each.readings for each in counts if each.scale == scale}
        totals = {origin: sum(n for (name, _), n in own.items() if name == origin) for origin in Origin}
        head = [texts("categories.category"), *(texts(f"origin.{origin}") for origin in Origin)]
        rows = []
        for category in sorted({category for _, category in own}):
            cells = [_share(own.get((origin, category), 0), totals[origin], texts) for origin in Origin]
            rows.append([category, *cells])
        blocks.append(Table(texts("categories.table", scale=texts(f"categories.{scale}")), head, rows))
    return blocks


def _share(count: int, total: int, texts: Texts) -> str:
    return f"{count} ({texts.percent(count / total)})" if total else str(count)


def _places(places: Sequence[Places], texts: Texts) -> Table:
    head = [texts("breakdown.group"), texts("breakdown.readings"), texts("places.mean"), texts("places.none")]
    rows = [
        [
            texts(f"origin.{each.origin}"),
            str(each.readings),
            texts.number(each.places / each.readings, 1),
            _share(each.none, each.readings, texts),
        ]
        for each in places
    ]
    return Table(texts("places.table"), head, rows)
