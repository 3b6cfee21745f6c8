"""Closed studies for tests: the published one's decisions, and one with every kind of task."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from mammoganesis.pictures.png import label_map_png, plain_png
from mammoganesis.v1.cases_pb2 import (
    BI_RADS_1,
    BI_RADS_2,
    BI_RADS_3,
    DENSITY_A,
    DENSITY_B,
    DENSITY_C,
    DENSITY_D,
)
from mammoganesis.v1.studies_pb2 import (
    READING_EVENT_KIND_SHOWN,
    READING_EVENT_KIND_WINDOW,
    ReadingAnswer,
    ReadingEvent,
    ReadingScreen,
)
from mammoganesis.v1.study_design_pb2 import (
    STUDY_AWARENESS_AFTER_CUES,
    STUDY_AWARENESS_INFORMED,
    STUDY_AWARENESS_UNAWARE,
    STUDY_CROSSING_FULL,
    STUDY_POSITIVE_GENERATED,
    StudyComposition,
    StudyDesign,
    StudyPhase,
    StudyTask,
)
from services.study.closed import ClosedStudy, GivenAnswer, StudyPicture, StudyReading, StudyTrial
from services.study.pool import Origin
from services.study.report.published import DECISIONS, ROUNDS

START = 1_790_000_000_000_000  # microseconds since 1970
MINUTE = 60_000_000
BI_RADS = (BI_RADS_1, BI_RADS_2, BI_RADS_3)
DENSITIES = (DENSITY_A, DENSITY_B, DENSITY_C, DENSITY_D)


def picture_file(number: int, size: int = 48) -> bytes:
    """A PNG file that no other number has."""
    generator = np.random.default_rng(number)
    rows, columns = np.mgrid[0:size, 0:size] / size
    shape = np.clip(1.2 - np.hypot(rows - 0.5, columns) * (1.4 + generator.uniform(0, 0.5)), 0, 1)
    return plain_png((255 * np.clip(shape + generator.normal(0, 0.02, shape.shape), 0, 1)).astype(np.uint8), "")


def pictures(real: int, synthesised: int, edited: int) -> tuple[StudyPicture, ...]:
    """A set; its names tell nothing."""
    origins = [Origin.REAL] * real + [Origin.SYNTHESISED] * synthesised + [Origin.EDITED] * edited
    return tuple(_picture(i, origin) for i, origin in enumerate(origins))


def _picture(number: int, origin: Origin) -> StudyPicture:
    name = hashlib.sha256(f"picture {number}".encode()).hexdigest()[:32]
    view = "CC" if number % 2 else "MLO"
    found = StudyPicture(name, origin, hashlib.sha256(picture_file(number)).hexdigest(), view=view)
    if origin is Origin.REAL:
        return replace(found, patient_id=f"P{number // 2}", density="ABCD"[number % 4], side="LEFT")
    edits = (("density",), ("transfer",), ("size", "transfer"))[number % 3] if origin is Origin.EDITED else ()
    sentence = " ".join((f"Seed {number}, truncation 0.65.", *(f"Edited: {edit}." for edit in edits)))
    alike = "R17.png" if number == 60 else ""
    return replace(found, edit_types=edits, recipe=f'{{"seed":{number}}}', sentence=sentence, look_alike=alike)


def design(title: str, phases: Sequence[StudyPhase]) -> StudyDesign:
    """A complete document."""
    found = StudyDesign(format="mammoganesis-study", format_version=1, title=title, seed=7, phases=phases)
    found.pool.drawn, found.pool.look_alike_threshold = 100, 0.95
    found.generation.samples, found.generation.truncation_psi, found.generation.edit_probability = 1000, 0.65, 0.35
    found.generation.bundle_digest = "ab" * 32
    found.allocation.crossing = STUDY_CROSSING_FULL
    found.display.dark_milliseconds, found.display.longest_seconds = 500, 300
    found.display.smallest_width, found.display.smallest_height = 700, 600
    found.readers.planned = 4
    found.analysis.positive = STUDY_POSITIVE_GENERATED
    found.analysis.margin, found.analysis.confidence = 0.1, 0.95
    return found


def closed_study(document: StudyDesign, shown: Sequence[StudyPicture], readings: Sequence[StudyReading]) -> ClosedStudy:
    """Everything around it."""
    counts = {origin: sum(picture.origin is origin for picture in shown) for origin in Origin}
    return ClosedStudy(
        study_id="study_" + "5" * 32,
        design=document,
        protocol_hash=hashlib.sha256(document.SerializeToString(deterministic=True)).hexdigest(),
        secret="5e" * 32,
        created_at=START,
        opened_at=START + MINUTE,
        closed_at=START + 5000 * MINUTE,
        reals=74,
        samples=1000,
        composition=StudyComposition(
            real=counts[Origin.REAL], synthesised=counts[Origin.SYNTHESISED], edited=counts[Origin.EDITED]
        ),
        pictures=tuple(shown),
        readings=tuple(readings),
        files={picture.name: picture_file(number) for number, picture in enumerate(shown)},
        bundle="mammoganesis-demo 0.5.0",
    )


def reading(pseudonym: str, trials: Sequence[StudyTrial], answers: Sequence[ReadingAnswer | None]) -> StudyReading:
    """A reader who has answered each trial in turn; None: not answered."""
    given = []
    for number, (trial, answer) in enumerate(zip(trials, answers, strict=True)):
        if answer is None:
            continue
        seconds = 4.0 + (number * 7 + len(pseudonym)) % 23
        events = (
            ReadingEvent(kind=READING_EVENT_KIND_SHOWN),
            ReadingEvent(kind=READING_EVENT_KIND_WINDOW, milliseconds=900.0, values=[0.5, 0.8]),
        )
        identity = "answer_" + hashlib.sha256(f"{pseudonym} {trial.trial_id}".encode()).hexdigest()[:32]
        at = START + (10 + number) * MINUTE
        given.append(GivenAnswer(identity, trial.trial_id, at, answer, 1000.0 * seconds, events))
    number = int(pseudonym.removeprefix("R"))
    return StudyReading(
        pseudonym=pseudonym,
        years=4.0 * number,
        specialty="Breast radiology",
        screen=ReadingScreen(width=1600, height=1000, pixel_ratio=2.0, pixels_of_a_millimetre=3.8),
        trials=tuple(trials),
        answers=tuple(given),
        invited_at=START,
        begun_at=START + 5 * MINUTE,
        finished_at=0 if None in answers else START + 400 * MINUTE,
    )


def published_study() -> ClosedStudy:
    """The published experiment: 52 real, 31 synthesised and 17 edited images, four readers, decisions; then rounds of
    six images until three errors."""
    rating, odd = StudyTask(name="Single images", trials=100), StudyTask(name="Six at once")
    rating.rating.binary_asked = True
    odd.odd_one_out.images, odd.odd_one_out.wrong_answers = 6, 3
    phase = StudyPhase(name="informed", awareness=STUDY_AWARENESS_INFORMED, tasks=[rating, odd])
    shown = pictures(52, 31, 17)
    reals, generated = [p for p in shown if not p.origin.generated], [p for p in shown if p.origin.generated]
    readings = []
    for pseudonym, (hits, false_alarms) in DECISIONS.items():
        called = {p.name for p in (*generated[:hits], *reals[:false_alarms])}
        trials = [StudyTrial(f"1.1.{n}", "informed", rating.name, n, (p.name,)) for n, p in enumerate(shown, 1)]
        answers = [_rated(6 if p.name in called else 1, p.name in called) for p in shown]
        count, errors = ROUNDS[pseudonym]
        for n in range(count):
            hung = (generated[n], *(reals[(5 * n + i) % 52] for i in range(5)))
            trials.append(StudyTrial(f"1.2.{n + 1}", "informed", odd.name, n + 1, tuple(p.name for p in hung)))
            answers.append(ReadingAnswer(chosen=0 if n < count - errors else 1))
        readings.append(reading(pseudonym, trials, answers))
    return closed_study(design("A visual Turing test of generated mammograms", [phase]), shown, readings)


def late_study() -> ClosedStudy:
    """The published one, where two rounds were answered, right and wrong, after the errors that ended the task."""
    closed = published_study()
    first = closed.readings[0]
    trials = [
        replace(first.trials[-1], trial_id=f"1.2.{number}", number=number, pictures=first.trials[-1].pictures)
        for number in (4, 5)
    ]
    answers = [
        replace(first.answers[-1], answer_id=f"answer_{number:032d}", trial_id=f"1.2.{number}", answer=answer)
        for number, answer in ((4, ReadingAnswer(chosen=0)), (5, ReadingAnswer(chosen=1)))
    ]
    late = replace(first, trials=(*first.trials, *trials), answers=(*first.answers, *answers))
    return replace(closed, readings=(late, *closed.readings[1:]))


def whole_study() -> ClosedStudy:
    """Every kind of task in three phases, read by four; the last has not finished, and one answer was corrected."""
    generator = np.random.default_rng(3)
    shown = pictures(30, 20, 10)
    phases = _all_kinds()
    readings = [_reads_all(f"R{number}", phases, shown, generator) for number in range(1, 5)]
    last = readings[-1]
    readings[-1] = replace(last, answers=last.answers[:-5], finished_at=0)
    first = readings[0]
    again = replace(first.answers[50], answer_id="answer_" + "c" * 32, recorded_at=START + 900 * MINUTE)
    changed = ReadingAnswer()
    changed.CopyFrom(again.answer)
    changed.rating.confidence = 7 - changed.rating.confidence
    readings[0] = replace(first, answers=(*first.answers, replace(again, answer=changed)))
    document = design("Reading, recognising, and after cues", phases)
    document.description = "Are generated mammograms told from real ones, and does knowing the signs help?"
    document.display.corrections_allowed = True
    places = {each.name: place_file(i) for i, each in enumerate(shown) if each.origin is Origin.EDITED}
    return replace(closed_study(document, shown, readings), places=places)


def place_file(number: int, size: int = 48) -> bytes:
    """A quarter of a picture, which one depends on the number: rows 12 to 35, columns from 0 or 24 on."""
    place = np.zeros((size, size), np.uint8)
    left = 24 * (number % 2)
    place[12:36, left : left + 24] = 255
    return label_map_png(place)


def _all_kinds() -> list[StudyPhase]:
    ordinary = StudyTask(name="Ordinary reading", trials=20)
    ordinary.reading.bi_rads = ordinary.reading.density = True
    rated = StudyTask(name="Single images", trials=60, practice=2, repeated_trials=6)
    rated.rating.binary_asked = False
    odd, pairs, marks = (
        StudyTask(name="Six at once"),
        StudyTask(name="Pairs", trials=10),
        StudyTask(name="Marks", trials=20),
    )
    odd.odd_one_out.images, odd.odd_one_out.wrong_answers = 6, 3
    pairs.forced_choice.images, marks.location.places, marks.location.tolerance = 2, 3, 0.0
    quality = StudyTask(name="Quality", trials=30)
    quality.quality.anchors.extend(["not usable", "poor", "fair", "good", "excellent"])
    again = StudyTask(name="Single images again", trials=60)
    again.rating.binary_asked = False
    return [
        StudyPhase(name="unaware", awareness=STUDY_AWARENESS_UNAWARE, tasks=[ordinary]),
        StudyPhase(name="informed", awareness=STUDY_AWARENESS_INFORMED, tasks=[rated, odd, pairs, marks, quality]),
        StudyPhase(name="after cues", awareness=STUDY_AWARENESS_AFTER_CUES, cues=["Wavy skin"], tasks=[again]),
    ]


def _reads_all(
    pseudonym: str, phases: Sequence[StudyPhase], shown: Sequence[StudyPicture], generator: np.random.Generator
) -> StudyReading:
    trials: list[StudyTrial] = []
    answers: list[ReadingAnswer | None] = []
    for p, phase in enumerate(phases, 1):
        for t, task in enumerate(phase.tasks, 1):
            for trial, answer in _reads(task, f"{p}.{t}", phase.name, shown, generator):
                trials.append(trial)
                answers.append(answer)
        if phase.awareness == STUDY_AWARENESS_UNAWARE:
            trials.append(StudyTrial(f"{p}.0.1", phase.name, "", 1, ()))
            answer = ReadingAnswer()
            answer.suspicion.suspected, answer.suspicion.text = (
                pseudonym == "R2",
                "Odd <skin> & edges" * (pseudonym == "R2"),
            )
            answers.append(answer)
    return reading(pseudonym, trials, answers)


def _reads(
    task: StudyTask, place: str, phase: str, shown: Sequence[StudyPicture], generator: np.random.Generator
) -> list[tuple[StudyTrial, ReadingAnswer]]:
    kind = task.WhichOneof("kind")
    if kind in ("odd_one_out", "forced_choice"):
        return _chooses(task, place, phase, shown, generator)
    order = list(generator.permutation(len(shown))[: task.trials])
    found = []
    for n, i in enumerate([*order[: task.practice], *order, *order[: task.repeated_trials]], 1):
        practice, late = n <= task.practice, n > task.practice + len(order)
        repeats = f"{place}.{n - len(order)}" if late else ""
        trial = StudyTrial(f"{place}.{n}", phase, task.name, n, (shown[i].name,), practice, repeats)
        found.append((trial, _answers(task, shown[i], generator)))
    return found


def _answers(task: StudyTask, picture: StudyPicture, generator: np.random.Generator) -> ReadingAnswer:
    kind, generated = task.WhichOneof("kind"), picture.origin.generated
    confidence = int(np.clip(np.round(generator.normal(3.8 if generated else 3.2, 1.4)), 1, 6))
    if kind == "rating":
        return _rated(confidence)
    answer = ReadingAnswer()
    if kind == "location":
        answer.location.confidence = confidence
        for _ in range(int(generator.integers(0, 3))):
            answer.location.places.add(x=float(generator.uniform()), y=float(generator.uniform()))
    elif kind == "quality":
        answer.quality = int(generator.integers(2, 6))
    else:
        answer.reading.bi_rads = BI_RADS[generator.integers(0, 3)]
        answer.reading.density = DENSITIES[generator.integers(0, 4)]
    return answer


def _chooses(
    task: StudyTask, place: str, phase: str, shown: Sequence[StudyPicture], generator: np.random.Generator
) -> list[tuple[StudyTrial, ReadingAnswer]]:
    many = task.odd_one_out.images if task.HasField("odd_one_out") else task.forced_choice.images
    reals, generated = [p for p in shown if not p.origin.generated], [p for p in shown if p.origin.generated]
    found, wrong = [], 0
    for n in range(task.trials or 6):
        hung = [*(reals[(n * (many - 1) + i) % len(reals)] for i in range(many - 1)), generated[n]]
        chosen = many - 1 if generator.uniform() < 0.4 else 0
        trial = StudyTrial(f"{place}.{n + 1}", phase, task.name, n + 1, tuple(p.name for p in hung))
        found.append((trial, ReadingAnswer(chosen=chosen)))
        wrong += chosen == 0
        if task.HasField("odd_one_out") and wrong == task.odd_one_out.wrong_answers:
            break
    return found


def _rated(confidence: int, generated: bool | None = None) -> ReadingAnswer:
    answer = ReadingAnswer()
    answer.rating.confidence = confidence
    if generated is not None:
        answer.rating.generated = generated
    return answer
