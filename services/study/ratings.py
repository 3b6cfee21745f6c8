"""Answers of a closed study as what they say: ratings, decisions, choices, and whether they were right."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from mammoganesis.v1.studies_pb2 import ReadingAnswer
from mammoganesis.v1.study_design_pb2 import StudyPhase, StudyTask
from services.study.closed import ClosedStudy, GivenAnswer, StudyPicture, StudyReading, StudyTrial, awareness_of
from services.study.reading import POINTS, SURE_FROM, Rounds, called_generated

SUSPICION = "suspicion"
LOWEST, HIGHEST = 1, POINTS  # of the scale of confidence, "definitely real" to "definitely generated"
CUT = SURE_FROM - 0.5
"""Confidence above it says "generated", where the decision is not asked."""
SINGLE = ("rating", "location")
"""Kinds of task in which each image is called real or generated."""
CHOICES = ("odd_one_out", "forced_choice")
"""Kinds of task in which one image of several is called generated."""


@dataclass(frozen=True)
class Answered:
    """An answer with what was asked.

    Attributes:
        task: None of the question whether anything seemed unusual.
        corrected: a later answer to its trial stands in its place.
        counts: it was not corrected, and the trial is no practice and had not fallen away.
        seconds: time that counts.
    """

    reader: str
    phase: StudyPhase
    task: StudyTask | None
    trial: StudyTrial
    given: GivenAnswer
    pictures: tuple[StudyPicture, ...]
    corrected: bool
    counts: bool
    seconds: float

    @property
    def kind(self) -> str:
        """The task's kind, such as "rating", or "suspicion"."""
        return (self.task.WhichOneof("kind") if self.task is not None else None) or SUSPICION

    @property
    def answer(self) -> ReadingAnswer:
        """What was answered."""
        return self.given.answer

    @property
    def awareness(self) -> str:
        """What the reader knew: "UNAWARE", "INFORMED" or "AFTER_CUES"."""
        return awareness_of(self.phase)

    @property
    def confidence(self) -> int | None:
        """1 (definitely real) to 6 (definitely generated), where it was asked."""
        if self.kind not in SINGLE:
            return None
        return (self.answer.rating if self.kind == "rating" else self.answer.location).confidence

    @property
    def called(self) -> tuple[bool, ...]:
        """Which of the pictures were called generated; empty where that was not asked."""
        if self.kind in CHOICES:
            return tuple(i == self.answer.chosen for i in range(len(self.pictures)))
        call = called_generated(self.task, self.answer)
        return () if call is None else (call,)

    @property
    def right(self) -> bool | None:
        """Whether all of the pictures were called what they are; None where that was not asked."""
        if not self.called:
            return None
        return all(call == picture.origin.generated for call, picture in zip(self.called, self.pictures, strict=True))


def answered(closed: ClosedStudy) -> Iterator[Answered]:
    """Every answer that was given, practice and those that were corrected later included, reader after reader."""
    phases = {phase.name: phase for phase in closed.design.phases}
    tasks = {(phase.name, task.name): task for phase, task in closed.tasks}
    for reading in closed.readings:
        trials = {trial.trial_id: trial for trial in reading.trials}
        found = []
        for given in reading.answers:
            trial = trials[given.trial_id]
            corrected = reading.counting[given.trial_id] is not given
            each = Answered(
                reader=reading.pseudonym,
                phase=phases[trial.phase],
                task=tasks.get((trial.phase, trial.task)),
                trial=trial,
                given=given,
                pictures=tuple(closed.by_name[name] for name in trial.pictures),
                corrected=corrected,
                counts=not corrected and not trial.practice,
                seconds=closed.seconds(given),
            )
            found.append(each)
        fell = _fallen_away(reading, found)
        yield from (replace(each, counts=False) if each.trial.trial_id in fell else each for each in found)


def _fallen_away(reading: StudyReading, answers: Sequence[Answered]) -> set[str]:
    """Trials that came after the errors which ended their task, but were answered, such as by a browser that had lost
    its connection."""
    last = {each.trial.trial_id: each for each in answers if each.counts and each.kind == "odd_one_out"}
    rounds: dict[tuple[str, str], Rounds] = {}
    fell = set()
    for trial in reading.trials:
        each = last.get(trial.trial_id)
        if each is None or each.task is None:
            continue  # without an answer a round has no error
        run = rounds.setdefault((trial.phase, trial.task), Rounds(each.task.odd_one_out.wrong_answers))
        if not run.goes_on(each.right):
            fell.add(trial.trial_id)
    return fell


def counting(closed: ClosedStudy) -> list[Answered]:
    """Those answers that count, by reader, task in the design's order, and number of trial."""
    found = [each for each in answered(closed) if each.counts]
    readers = {reading.pseudonym: place for place, reading in enumerate(closed.readings)}
    tasks = {(phase.name, task.name): place for place, (phase, task) in enumerate(closed.tasks)}

    def place(each: Answered) -> tuple[int, int, int]:
        return readers[each.reader], tasks.get((each.phase.name, each.trial.task), len(tasks)), each.trial.number

    return sorted(found, key=place)
