"""The report's section on readers and images: how many there were at each step, who they were, what was drawn."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from services.study.closed import ClosedStudy, StudyPicture, StudyReading
from services.study.pool import Origin
from services.study.ratings import answered
from services.study.report.document import Block, Plot, Section, Table
from services.study.report.drawing import INK, QUIET, Canvas
from services.study.report.plots import composition_plot
from services.study.report.texts import NOTHING, Texts

_BOX, _GAP, _WIDTH = 62.0, 34.0, 330.0


@dataclass(frozen=True)
class Flow:
    """Counts of a study, from invitation and pool to what is analysed."""

    invited: int
    answered_by: int
    begun: int
    revoked: int
    finished: int
    reals: int
    samples: int
    drawn: int
    practice: int
    read: int
    answers: int
    unanswered: int
    corrected: int

    @classmethod
    def of(cls, closed: ClosedStudy) -> Flow:
        """Counted from the study."""
        answers = list(answered(closed))
        read = {picture.name for each in answers if each.counts for picture in each.pictures}
        asked = [(reading, trial) for reading in closed.readings if reading.begun_at for trial in reading.trials]
        practised = {name for _, trial in asked if trial.practice for name in trial.pictures}
        shown = {name for _, trial in asked if not trial.practice for name in trial.pictures}
        composition = closed.composition
        return cls(
            invited=len(closed.readings),
            answered_by=len({each.reader for each in answers if each.counts}),
            begun=sum(1 for reading in closed.readings if reading.begun_at),
            revoked=sum(1 for reading in closed.readings if reading.revoked_at),
            finished=sum(1 for reading in closed.readings if reading.finished_at),
            reals=closed.reals,
            samples=closed.samples,
            drawn=composition.real + composition.synthesised + composition.edited,
            practice=len(practised - shown),
            read=len(read),
            answers=sum(each.counts for each in answers),
            unanswered=_unanswered(closed),
            corrected=sum(each.corrected and not each.trial.practice for each in answers),
        )


def flow_section(closed: ClosedStudy, texts: Texts) -> Section:
    """The drawing, the readers and the composition."""
    flow = Flow.of(closed)
    said = texts(
        "flow.alternative",
        invited=flow.invited,
        begun=flow.begun,
        finished=flow.finished,
        reals=flow.reals,
        samples=flow.samples,
        drawn=flow.drawn,
        read=flow.read,
    )
    composition = closed.composition
    parts = [("real", composition.real), ("synthesised", composition.synthesised), ("edited", composition.edited)]
    named = [(texts(f"origin.{name}"), count) for name, count in parts]
    words = ", ".join(f"{name}: {count}" for name, count in named)
    blocks: list[Block] = [
        Plot(_drawn(closed, flow, texts), texts("flow.caption"), said, wide=True),
        _readers(closed, texts),
        Plot(composition_plot(named), texts("composition.plot"), words, wide=True),
        _composition(closed, texts),
    ]
    return Section("flow", texts("section.flow"), blocks)


def _unanswered(closed: ClosedStudy) -> int:
    """Trials of readers who began; of a task that errors end only where they did not end it."""
    kinds = {(phase.name, task.name): task.WhichOneof("kind") for phase, task in closed.tasks}
    return sum(
        1
        for reading in closed.readings
        if reading.begun_at and not reading.finished_at
        for trial in reading.trials
        if not trial.practice
        and kinds.get((trial.phase, trial.task)) != "odd_one_out"
        and trial.trial_id not in reading.counting
    )


def _drawn(closed: ClosedStudy, flow: Flow, texts: Texts) -> str:
    composition = closed.composition
    parts = texts("flow.parts", real=composition.real, synthesised=composition.synthesised, edited=composition.edited)
    columns = [
        [
            [texts("flow.invited", count=flow.invited)],
            [texts("flow.begun", count=flow.begun)],
            [texts("flow.finished", count=flow.finished)],
        ],
        [
            [texts("flow.pool", reals=flow.reals, samples=flow.samples)],
            [texts("flow.drawn", count=flow.drawn), parts],
            [texts("flow.read", count=flow.read)],
        ],
    ]
    aside = [
        [
            [texts("flow.not_begun", count=flow.invited - flow.begun), texts("flow.revoked", count=flow.revoked)],
            [texts("flow.not_finished", count=flow.begun - flow.finished), texts("flow.answers_kept")],
        ],
        [
            [texts("flow.not_drawn", count=max(flow.reals + flow.samples - flow.drawn, 0))],
            [texts("flow.never", count=max(flow.drawn - flow.read, 0)), texts("flow.practice", count=flow.practice)],
        ],
    ]
    canvas = Canvas(740.0, 4 * _BOX + 3 * _GAP + 4.0)
    for column, (steps, besides) in enumerate(zip(columns, aside, strict=True)):
        left = 2.0 + column * (740.0 - _WIDTH - 4.0)
        for row, lines in enumerate(steps):
            top = 2.0 + row * (_BOX + _GAP)
            _box(canvas, (left, top), lines)
            middle = left + 60.0
            canvas.line([(middle, top + _BOX), (middle, top + _BOX + _GAP)], INK, 1.2)
            canvas.area(_head(middle, top + _BOX + _GAP), INK)
            if row < len(besides):
                for i, line in enumerate(besides[row]):
                    canvas.words((middle + 16.0, top + _BOX + 15.0 + 15.0 * i), line, size=11.5, colour=QUIET)
    top = 2.0 + 3 * (_BOX + _GAP)
    last = [texts("flow.answers", count=flow.answers)]
    rest = [texts("flow.unanswered", count=flow.unanswered), texts("flow.corrected", count=flow.corrected)]
    canvas.box((2.0, top), (736.0, _BOX - 4.0), "#eef2f6", INK)
    canvas.words((370.0, top + 24.0), last[0], "middle", 14.0)
    canvas.words((370.0, top + 44.0), "; ".join(rest), "middle", 11.5, QUIET)
    return canvas.svg()


def _box(canvas: Canvas, corner: tuple[float, float], lines: list[str]) -> None:
    canvas.box(corner, (_WIDTH, _BOX), "#ffffff", INK)
    first = corner[1] + _BOX / 2 + 5.0 - 10.0 * (len(lines) - 1)
    for i, line in enumerate(lines):
        canvas.words((corner[0] + 12.0, first + 20.0 * i), line, size=13.0 if i == 0 else 11.5)


def _head(x: float, y: float) -> list[tuple[float, float]]:
    return [(x, y), (x - 4.5, y - 8.0), (x + 4.5, y - 8.0)]


def _readers(closed: ClosedStudy, texts: Texts) -> Table:
    names = ("reader", "years", "specialty", "screen", "millimetre", "distance", "answered", "finished")
    rows = [_reader(reading, texts) for reading in closed.readings]
    return Table(texts("readers.table"), [texts(f"readers.{name}") for name in names], rows, 6)


def _reader(reading: StudyReading, texts: Texts) -> list[str]:
    screen = reading.screen
    return [
        reading.pseudonym,
        texts.number(reading.years, 1 if (reading.years or 0) % 1 else 0),
        reading.specialty or NOTHING,
        f"{screen.width} x {screen.height}" if screen.width else NOTHING,
        texts.number(screen.pixels_of_a_millimetre or None, 1),
        texts.number(screen.distance_centimetres or None, 0),
        str(len(reading.counting)),
        texts.moment(reading.finished_at),
    ]


def _composition(closed: ClosedStudy, texts: Texts) -> Table:
    shown = {
        name for reading in closed.readings for trial in reading.trials if not trial.practice for name in trial.pictures
    }
    pictures = [picture for picture in closed.pictures if picture.name in shown]
    groups: list[tuple[str, list[StudyPicture]]] = [(texts("composition.all"), pictures)]
    for field in ("view", "density"):
        for value in sorted({getattr(picture, field) for picture in pictures} - {""}):
            chosen = [picture for picture in pictures if getattr(picture, field) == value]
            groups.append((texts(f"composition.{field}", value=value), chosen))
    for value in sorted({edit for picture in pictures for edit in picture.edit_types}):
        chosen = [picture for picture in pictures if value in picture.edit_types]
        groups.append((texts("composition.edit", value=texts.edit_type(value)), chosen))
    head = [texts("composition.group"), *(texts(f"origin.{origin}") for origin in Origin)]
    head += [texts("composition.patients"), texts("composition.look_alikes")]
    return Table(texts("composition.table"), head, [[name, *_counts(chosen)] for name, chosen in groups])


def _counts(pictures: Iterable[StudyPicture]) -> list[str]:
    kept = list(pictures)
    counts = [sum(picture.origin is origin for picture in kept) for origin in Origin]
    patients = {picture.patient_id for picture in kept if picture.patient_id}
    flagged = sum(bool(picture.look_alike) for picture in kept)
    return [str(count) for count in (*counts, len(patients), flagged)]
