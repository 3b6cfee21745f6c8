"""Where a reader stands, and what an answer may be: pure, on planned trials and answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from mammoganesis.errors import InvalidArgument
from mammoganesis.recipe.fields import known, one_of, text, within
from mammoganesis.v1.cases_pb2 import BI_RADS_UNSPECIFIED, DENSITY_UNSPECIFIED, BiRads, Density
from mammoganesis.v1.studies_pb2 import ReadingAnswer, ReadingEvent, ReadingEventKind
from mammoganesis.v1.study_design_pb2 import STUDY_AWARENESS_UNAWARE, StudyDesign, StudyTask
from services.study.allocation import PlannedTrial

AHEAD = 8
"""Trials that a reader gets at a time."""
SURE_FROM = 4
"""Of the six points, from which an image is called generated where the binary answer is not asked."""
POINTS = 6
MAX_EVENTS = 2000
MAX_MILLISECONDS = 86_400_000.0  # a day
_MOST_VALUE = 1e6
_KINDS = {
    "rating": "rating",
    "odd_one_out": "chosen",
    "forced_choice": "chosen",
    "location": "location",
    "quality": "quality",
    "reading": "reading",
}


@dataclass(frozen=True)
class Standing:
    """Of a reader."""

    ahead: Sequence[PlannedTrial]
    """Not answered yet, in order, without those that fell away."""
    counted: int
    """Trials answered, without those that had fallen away."""

    def visible(self, design: StudyDesign) -> Sequence[PlannedTrial]:
        """What the reader may see: the next AHEAD, but nothing beyond a phase whose readers are unaware."""
        first = self.ahead[0] if self.ahead else None
        if first is None or design.phases[first.phase].awareness != STUDY_AWARENESS_UNAWARE:
            return self.ahead[:AHEAD]
        alike = [each for each in self.ahead if (each.phase, each.task is None) == (first.phase, first.task is None)]
        return alike[:AHEAD]

    def told_total(self, design: StudyDesign, trials: Sequence[PlannedTrial]) -> int:
        """Trials in all, as the reader is told. Who is in a phase of readers who are unaware is told of it alone: that
        more comes would say that this is not all that is asked."""
        first = self.ahead[0] if self.ahead else None
        if first is None or design.phases[first.phase].awareness != STUDY_AWARENESS_UNAWARE:
            return len(trials)
        return sum(
            trial.phase < first.phase or (trial.phase == first.phase and (trial.task is not None or first.task is None))
            for trial in trials
        )

    @property
    def finished(self) -> bool:
        """Whether everything has been answered."""
        return not self.ahead


@dataclass
class Rounds:
    """Of one odd-one-out task, which so many wrong answers end: what comes after them has fallen away."""

    wrong_answers: int
    _wrong: int = 0

    def goes_on(self, right: bool | None) -> bool:
        """Whether the next round, told in order, belongs to the task; `right` None where it is not answered."""
        if self._wrong >= self.wrong_answers:
            return False
        self._wrong += right is not None and not right
        return True


def standing(
    design: StudyDesign,
    trials: Sequence[PlannedTrial],
    answers: Mapping[str, ReadingAnswer],
    generated: Mapping[int, bool],
) -> Standing:
    """Where a reader stands.

    Args:
        design: complete.
        trials: all of the reader's, in order.
        answers: the ones that count, by trial.
        generated: truth of each picture.
    """
    rounds: dict[str, Rounds] = {}
    ahead, counted = [], 0
    for trial in trials:
        task, answer = task_of(design, trial), answers.get(trial.trial_id)
        if task is not None and _ends_early(design, trial):
            run = rounds.setdefault(trial.key, Rounds(task.odd_one_out.wrong_answers))
            if not run.goes_on(None if answer is None else is_right(task, trial, answer, generated)):
                continue
        if answer is None:
            ahead.append(trial)
        else:
            counted += 1
    return Standing(ahead, counted)


def told_done(design: StudyDesign, trials: Sequence[PlannedTrial], now: Standing) -> set[str]:
    """The trials that who runs an open study is told are done. Of a task that ends with errors all or none: how far a
    reader came in it is its result."""
    ahead = {trial.trial_id for trial in now.ahead}
    going_on = {trial.key for trial in now.ahead if _ends_early(design, trial)}
    done = [trial for trial in trials if trial.trial_id not in ahead]
    return {trial.trial_id for trial in done if not (_ends_early(design, trial) and trial.key in going_on)}


def _ends_early(design: StudyDesign, trial: PlannedTrial) -> bool:
    """Whether it falls away after too many errors."""
    task = task_of(design, trial)
    return task is not None and task.WhichOneof("kind") == "odd_one_out" and not trial.practice


def task_of(design: StudyDesign, trial: PlannedTrial) -> StudyTask | None:
    """None: the question after a phase of readers who were unaware."""
    return None if trial.task is None else design.phases[trial.phase].tasks[trial.task]


def called_generated(task: StudyTask | None, answer: ReadingAnswer) -> bool | None:
    """The binary answer about a single image, asked or derived; None where there is none."""
    kind = None if task is None else task.WhichOneof("kind")
    if kind == "rating":
        asked = answer.rating.HasField("generated")
        return answer.rating.generated if asked else answer.rating.confidence >= SURE_FROM
    return answer.location.confidence >= SURE_FROM if kind == "location" else None


def is_right(
    task: StudyTask | None, trial: PlannedTrial, answer: ReadingAnswer, generated: Mapping[int, bool]
) -> bool | None:
    """Whether an answer is right; None where there is no right."""
    if task is not None and task.WhichOneof("kind") in ("odd_one_out", "forced_choice"):
        return generated[trial.pictures[answer.chosen]]
    called = called_generated(task, answer)
    return None if called is None else called == generated[trial.pictures[0]]


def check_answer(task: StudyTask | None, trial: PlannedTrial, answer: ReadingAnswer, field: str = "answer") -> None:
    """Raises InvalidArgument where it is no answer to what is asked."""
    wanted = "suspicion" if task is None else _KINDS[str(task.WhichOneof("kind"))]
    kind = one_of(answer, "kind", field)
    if kind != wanted:
        raise InvalidArgument(field, kind, f"{wanted}: what trial {trial.trial_id} asks for")
    if task is None:
        text(f"{field}.suspicion.text", answer.suspicion.text, 2000)
    elif kind == "chosen":
        within(f"{field}.chosen", answer.chosen, 0, len(trial.pictures) - 1)
    elif kind == "quality":
        within(f"{field}.quality", answer.quality, 1, len(task.quality.anchors))
    elif kind == "rating":
        within(f"{field}.rating.confidence", answer.rating.confidence, 1, POINTS)
        if answer.rating.HasField("generated") != task.rating.binary_asked:
            found = answer.rating.generated if answer.rating.HasField("generated") else None
            raise InvalidArgument(
                f"{field}.rating.generated", found, "true or false" if task.rating.binary_asked else "none: not asked"
            )
    elif kind == "location":
        within(f"{field}.location.confidence", answer.location.confidence, 1, POINTS)
        within(f"{field}.location.places", len(answer.location.places), 0, task.location.places, "places")
        for i, place in enumerate(answer.location.places):
            within(f"{field}.location.places[{i}].x", place.x, 0, 1)
            within(f"{field}.location.places[{i}].y", place.y, 0, 1)
    else:
        _check_category(task, answer, f"{field}.reading")


def check_events(milliseconds: float, events: Sequence[ReadingEvent]) -> None:
    """Raises InvalidArgument for what no browser could have seen."""
    within("visible_milliseconds", milliseconds, 0, MAX_MILLISECONDS, "milliseconds")
    within("events", len(events), 0, MAX_EVENTS, "events")
    for i, event in enumerate(events):
        known(f"events[{i}].kind", event.kind, ReadingEventKind)
        within(f"events[{i}].milliseconds", event.milliseconds, 0, MAX_MILLISECONDS, "milliseconds")
        within(f"events[{i}].picture", event.picture, 0, 11)
        within(f"events[{i}].values", len(event.values), 0, 3, "values")
        for k, value in enumerate(event.values):
            within(f"events[{i}].values[{k}]", value, -_MOST_VALUE, _MOST_VALUE)


def _check_category(task: StudyTask, answer: ReadingAnswer, field: str) -> None:
    asked = (
        ("bi_rads", task.reading.bi_rads, answer.reading.bi_rads, BiRads, BI_RADS_UNSPECIFIED),
        ("density", task.reading.density, answer.reading.density, Density, DENSITY_UNSPECIFIED),
    )
    for name, is_asked, value, enum, unspecified in asked:
        known(f"{field}.{name}", value, enum)
        if is_asked == (value == unspecified):
            allowed = "a category" if is_asked else "none: not asked"
            raise InvalidArgument(f"{field}.{name}", enum.Name(value), allowed)
