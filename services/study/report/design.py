"""The report's section on design and protocol."""

from __future__ import annotations

from mammoganesis.v1.latents_pb2 import LOCALITY_MASKED
from mammoganesis.v1.study_design_pb2 import STUDY_CROSSING_SPLIT, StudyDisplay, StudyTask
from services.study.closed import ClosedStudy, awareness_of, positive_of
from services.study.report.document import Block, Cell, Paragraph, Section, Table
from services.study.report.texts import Texts


def design_section(closed: ClosedStudy, texts: Texts) -> Section:
    """What was laid down before the first answer."""
    design = closed.design
    rows: list[tuple[str, str | Cell]] = [("fact.protocol", Cell(closed.protocol_hash, code=True))]
    if design.description:
        rows.append(("design.question", design.description))
    rows += [
        ("design.phases", "; ".join(_phases(closed, texts))),
        ("design.pool", texts("design.pool_text", drawn=design.pool.drawn, reals=closed.reals, samples=closed.samples)),
        *([("design.source", design.pool.source)] if design.pool.source else []),
        ("design.generation", _generation(closed, texts)),
        ("design.pipeline", texts("design.pipeline_text")),
        ("design.truth", texts("design.truth_text")),
        ("design.blinding", texts("design.blinding_text")),
        ("design.order", _order(closed, texts)),
        ("design.display", _display(design.display, texts)),
        ("design.time", texts("design.time_text", seconds=design.display.longest_seconds)),
        ("design.corrections", _corrections(design.display, texts)),
        ("design.analysis", _analysis(closed, texts)),
        *([("design.size", design.analysis.size_reason)] if design.analysis.size_reason else []),
    ]
    table = Table(texts("design.table"), (), [[texts(key), value] for key, value in rows], 2)
    blocks: list[Block] = [table, Paragraph(texts("design.hash_note")), _tasks(closed, texts)]
    return Section("design", texts("section.design"), blocks)


def _phases(closed: ClosedStudy, texts: Texts) -> list[str]:
    return [
        texts("design.phase", name=phase.name, awareness=texts(f"awareness.{awareness_of(phase)}"))
        for phase in closed.design.phases
    ]


def _generation(closed: ClosedStudy, texts: Texts) -> str:
    generation = closed.design.generation
    said = texts(
        "design.generation_text",
        samples=closed.samples,
        psi=texts.number(generation.truncation_psi),
        edited=texts.number(generation.edit_probability),
        bundle=" ".join(filter(None, (closed.bundle, generation.bundle_digest[:12]))) or texts("word.unknown"),
    )
    return f"{said}. {texts('design.masked')}" if generation.locality == LOCALITY_MASKED else said


def _order(closed: ClosedStudy, texts: Texts) -> str:
    allocation, seed = closed.design.allocation, closed.design.seed
    if allocation.crossing == STUDY_CROSSING_SPLIT:
        return texts("design.order_split", blocks=allocation.blocks, anchors=allocation.anchors, seed=seed)
    return texts("design.order_full", seed=seed)


def _display(display: StudyDisplay, texts: Texts) -> str:
    words = [
        texts("design.window", allowed=texts("design.fixed" if display.window_fixed else "design.allowed")),
        texts("design.zoom", allowed=texts("design.fixed" if display.zoom_fixed else "design.allowed")),
        texts("design.dark", milliseconds=display.dark_milliseconds),
        texts("design.screen", width=display.smallest_width, height=display.smallest_height),
        texts("design.phones" if display.phones_allowed else "design.no_phones"),
    ]
    if display.image_millimetres:
        words.append(texts("design.millimetres", millimetres=texts.number(display.image_millimetres, 0)))
    if display.distance_asked:
        words.append(texts("design.distance"))
    return "; ".join(words)


def _corrections(display: StudyDisplay, texts: Texts) -> str:
    return texts("design.corrections_allowed" if display.corrections_allowed else "design.corrections_none")


def _analysis(closed: ClosedStudy, texts: Texts) -> str:
    analysis = closed.design.analysis
    return texts(
        "design.analysis_text",
        positive=texts.named("positive", positive_of(closed)),
        margin=texts.number(analysis.margin),
        confidence=texts.percent(analysis.confidence),
        readers=texts("design.readers_fixed" if analysis.fixed_readers else "design.readers_random"),
    )


def _tasks(closed: ClosedStudy, texts: Texts) -> Table:
    names = ("phase", "task", "kind", "trials", "practice", "repeated")
    rows = []
    for phase, task in closed.tasks:
        kind = texts(f"kind.{task.WhichOneof('kind')}")
        rows.append([phase.name, task.name, kind, _trials(task, texts), str(task.practice), str(task.repeated_trials)])
    return Table(texts("tasks.table"), [texts(f"tasks.{name}") for name in names], rows, 3)


def _trials(task: StudyTask, texts: Texts) -> str:
    if task.WhichOneof("kind") == "odd_one_out":
        return texts("tasks.most", errors=task.odd_one_out.wrong_answers)
    return str(task.trials)
