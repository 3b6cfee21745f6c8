"""What a closed study found: the statistics of each task of each phase, the phases compared, and its images."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from statistics import mean

import numpy as np

from mammoganesis.statistics import forced_choice, reading_time, rounds
from mammoganesis.statistics.analysis import Options, analyse
from mammoganesis.statistics.as_json import to_json
from mammoganesis.statistics.bands import RocBand, roc_bands
from mammoganesis.statistics.binormal import NOTHING_RATED
from mammoganesis.statistics.equivalence import Margin
from mammoganesis.statistics.forced_choice import Choice
from mammoganesis.statistics.notes import independence
from mammoganesis.statistics.readings import ONE_TREATMENT, Reading, gather
from mammoganesis.statistics.results import Binormal, Counts, Mrmc, Pooled, Results, Time
from mammoganesis.statistics.rounds import Run
from mammoganesis.texts.languages import ENGLISH, Language
from mammoganesis.texts.statements import sentence
from mammoganesis.v1.cases_pb2 import BiRads, Density
from mammoganesis.v1.study_design_pb2 import StudyPhase, StudyTask
from services.study.closed import ClosedStudy, StudyPicture, awareness_of, positive_of
from services.study.conclusions import concluded, equivalence_of, primary_of
from services.study.images import Judged, judged
from services.study.localisation import Localisation, localisation_of
from services.study.pool import Origin
from services.study.ratings import CHOICES, CUT, HIGHEST, LOWEST, SINGLE, SUSPICION, Answered, counting

GENERATED, REAL = "generated", "real"
SEVERAL = "several"  # kinds of edit in one image


@dataclass(frozen=True)
class CategoryCount:
    """Readings of images of an origin that were given a category, such as "4" of quality or "B" of density."""

    scale: str
    origin: str
    category: str
    readings: int


@dataclass(frozen=True)
class Places:
    """Places marked in images of an origin; `none`: readings without one."""

    origin: str
    readings: int
    places: int
    none: int


@dataclass(frozen=True)
class TaskResults:
    """A task of a phase.

    Attributes:
        results: None where its kind has no right answer to be tested: ordinary reading.
        conclusion: what its mean AUC bears: "different", "equivalent", "both" or "neither"; "" for nothing.
        band: of the mean ROC curve.
        localisation: of a task with marks.
    """

    phase: str
    awareness: str
    task: str
    kind: str
    results: Results | None
    conclusion: str = ""
    band: RocBand | None = None
    categories: tuple[CategoryCount, ...] = ()
    places: tuple[Places, ...] = ()
    localisation: Localisation | None = None


@dataclass(frozen=True)
class Suspicion:
    """What a reader who had not been told said after a phase."""

    phase: str
    reader: str
    suspected: bool
    text: str


@dataclass(frozen=True)
class StudyResults:
    """All of it. `comparison` has the phases with ratings as treatments; None with fewer than two."""

    tasks: tuple[TaskResults, ...]
    comparison: Results | None
    suspicions: tuple[Suspicion, ...]
    images: tuple[Judged, ...]

    def json(self, language: Language = ENGLISH) -> str:
        """As GetStudyResults tells it."""
        return json.dumps(to_json(self, partial(sentence, language=language)), ensure_ascii=False)


def results_of(closed: ClosedStudy) -> StudyResults:
    """Everything that the answers which count bear; repeated trials tell only how readers agree with themselves."""
    answers = counting(closed)
    tasks = tuple(_task(closed, phase, task, answers) for phase, task in closed.tasks)
    suspicions = tuple(
        Suspicion(each.phase.name, each.reader, each.answer.suspicion.suspected, each.answer.suspicion.text)
        for each in answers
        if each.kind == SUSPICION
    )
    return StudyResults(tasks, _compared(closed, answers), suspicions, judged(_first(answers)))


def _task(closed: ClosedStudy, phase: StudyPhase, task: StudyTask, answers: Sequence[Answered]) -> TaskResults:
    own = [each for each in answers if (each.phase.name, each.trial.task) == (phase.name, task.name)]
    kind = task.WhichOneof("kind") or ""
    found = partial(TaskResults, phase.name, awareness_of(phase), task.name, kind)
    if kind in CHOICES:
        return found(_of_choices(closed, task, own))
    categories = _categories(_first(own))
    if kind == "reading" or not own:
        return found(None, categories=categories)
    readings = gather([reading_of(closed, each, ONE_TREATMENT) for each in own])
    results = analyse(readings, _options(closed, task))
    if kind == "quality":
        results = replace(results, calibration=None)  # how good an image looks is no confidence
    band = roc_bands(readings, closed.design.analysis.confidence, closed.design.analysis.fixed_readers)
    shown = _concluded(results.mrmc[ONE_TREATMENT], closed) if kind in SINGLE else ""
    marked = localisation_of(closed, task, _first(own)) if kind == "location" else None
    return found(results, shown, band.get(ONE_TREATMENT), categories, _places(_first(own)), marked)


def _first(answers: Sequence[Answered]) -> list[Answered]:
    """Those that are no repeated reading."""
    return [each for each in answers if not each.trial.repeats]


def _concluded(mrmc: Mrmc, closed: ClosedStudy) -> str:
    primary = primary_of(mrmc, closed.design.analysis.fixed_readers)
    return "" if primary is None else concluded(primary, equivalence_of(primary, mrmc)).value


def _options(closed: ClosedStudy, task: StudyTask) -> Options:
    """Of quality nothing is decided, and no margin was set for it."""
    analysis = closed.design.analysis
    if task.HasField("quality"):
        return Options(REAL, analysis.confidence)
    scale, margin = (float(LOWEST), float(HIGHEST)), Margin(analysis.margin, alpha=1.0 - analysis.confidence)
    return Options(positive_of(closed), analysis.confidence, scale, CUT, margin)


def reading_of(closed: ClosedStudy, each: Answered, treatment: str) -> Reading:
    """The higher the rating, the surer that the image is of the positive class; of quality, the better the image."""
    picture = each.pictures[0]
    real_is_positive = each.kind == "quality" or positive_of(closed) == REAL
    if each.confidence is None:
        rating = float(each.answer.quality)
    else:
        rating = float(LOWEST + HIGHEST - each.confidence if real_is_positive else each.confidence)
    return Reading(
        reader=each.reader,
        case=picture.name,
        truth=picture.origin.generated is not real_is_positive,
        rating=rating,
        treatment=treatment,
        repeat=int(bool(each.trial.repeats)),
        decision=_decided(each, real_is_positive),
        seconds=each.seconds,
        groups=_groups(picture),
    )


def _decided(each: Answered, real_is_positive: bool) -> bool | None:
    """Where it was asked; otherwise the rating says it."""
    if not (each.kind == "rating" and each.answer.rating.HasField("generated")):
        return None
    return each.answer.rating.generated is not real_is_positive


def _groups(picture: StudyPicture) -> dict[str, str]:
    types = picture.edit_types
    edit = "" if not types else types[0] if len(types) == 1 else SEVERAL
    return {"origin": str(picture.origin), "view": picture.view, "density": picture.density, "edit_type": edit}


def _of_choices(closed: ClosedStudy, task: StudyTask, own: Sequence[Answered]) -> Results:
    """Nothing is rated here: readings are none, and first rounds or choices are all there is."""
    level = closed.design.analysis.confidence
    first = _first(own)
    right = [(each.reader, bool(each.right), each.seconds) for each in first]
    found_rounds, found_choices = None, ()
    if task.HasField("odd_one_out"):
        runs = [
            Run(
                reader,
                sum(name == reader for name, _, _ in right),
                sum(name == reader and not fine for name, fine, _ in right),
                mean(seconds for name, _, seconds in right if name == reader),
            )
            for reader in dict.fromkeys(name for name, _, _ in right)
        ]
        found_rounds = rounds.analyse(runs, task.odd_one_out.images, task.odd_one_out.wrong_answers)
    else:
        choices = [Choice(reader, task.forced_choice.images, fine) for reader, fine, _ in right]
        found_choices = forced_choice.analyse(choices, level) if choices else ()
    found = Results(
        positive=GENERATED,
        level=level,
        counts=Counts(
            len({name for name, _, _ in right}), 1, len(first), len(first), 0, len(first), len(own) - len(first), False
        ),
        readers=(),
        pooled=Pooled(0, None, None, None, None, Binormal(None, None, None, None, NOTHING_RATED), None),
        mrmc={},
        rounds=found_rounds,
        forced_choice=found_choices,
        time=_time(first, level),
    )
    return replace(found, notes=tuple(independence(found)))


def _time(own: Sequence[Answered], level: float) -> Time | None:
    if not own:
        return None
    seconds = np.array([each.seconds for each in own])
    right = np.array([bool(each.right) for each in own])
    return reading_time.analyse(seconds, right, np.array([each.reader for each in own]), level)


def _compared(closed: ClosedStudy, answers: Sequence[Answered]) -> Results | None:
    """Phases as treatments: of each phase its first task with confidence, where two phases have one of one kind."""
    for kind in SINGLE:
        first = {
            phase.name: next((task.name for task in phase.tasks if task.WhichOneof("kind") == kind), None)
            for phase in closed.design.phases
        }
        wanted = {(phase, task) for phase, task in first.items() if task is not None}
        own = [each for each in _first(answers) if (each.phase.name, each.trial.task) in wanted]
        if len({each.phase.name for each in own}) < 2:
            continue
        order = {phase.name: place for place, phase in enumerate(closed.design.phases)}
        own.sort(key=lambda each: order[each.phase.name])
        analysis = closed.design.analysis
        options = Options(positive_of(closed), analysis.confidence, (float(LOWEST), float(HIGHEST)), CUT)
        return analyse(gather([reading_of(closed, each, each.phase.name) for each in own]), options)
    return None


def _categories(own: Sequence[Answered]) -> tuple[CategoryCount, ...]:
    counts = Counter(
        (scale, str(each.pictures[0].origin), category)
        for each in own
        if each.pictures
        for scale, category in said(each)
    )
    return tuple(CategoryCount(*key, readings) for key, readings in sorted(counts.items()))


def said(each: Answered) -> list[tuple[str, str]]:
    """The categories of an answer, by scale: "quality", "bi_rads" and "density"."""
    if each.kind == "quality":
        return [("quality", str(each.answer.quality))]
    if each.kind != "reading":
        return []
    found = each.answer.reading
    both = [
        ("bi_rads", BiRads.Name(found.bi_rads).removeprefix("BI_RADS_") if found.bi_rads else ""),
        ("density", Density.Name(found.density).removeprefix("DENSITY_") if found.density else ""),
    ]
    return [(scale, category) for scale, category in both if category]


def _places(own: Sequence[Answered]) -> tuple[Places, ...]:
    marked = [
        (str(each.pictures[0].origin), len(each.answer.location.places)) for each in own if each.kind == "location"
    ]
    found = []
    for origin in Origin:
        counts = [count for name, count in marked if name == origin]
        if counts:
            found.append(Places(str(origin), len(counts), sum(counts), counts.count(0)))
    return tuple(found)
