"""A closed study, whole: what its results, its report and its exports are made of. Frozen values, no storage.

Times are microseconds since 1970 by the server's clock; 0: it did not happen. Readers are known by their pseudonyms
alone: nothing here holds a name.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from mammoganesis.v1.studies_pb2 import ReadingAnswer, ReadingEvent, ReadingScreen
from mammoganesis.v1.study_design_pb2 import (
    STUDY_AWARENESS_INFORMED,
    STUDY_POSITIVE_REAL,
    StudyAwareness,
    StudyComposition,
    StudyDesign,
    StudyPhase,
    StudyTask,
)
from services.study.pool import Origin


@dataclass(frozen=True)
class StudyPicture:
    """A picture of the study's set, with its truth.

    Attributes:
        name: drawn at random for the study, the same for all readers.
        sha256: of the file that readers saw, 64 hexadecimal digits.
        patient_id: of a real image; "" of a generated one.
        view, side, density: "CC" or "MLO"; "LEFT" or "RIGHT"; "A" to "D"; "" where it is not known.
        edit_types: of an edited one: named directions and "transfer", each once, in the recipe's order.
        recipe: of a generated one, canonical JSON; "" of a real one.
        sentence: how the recipe reads.
        look_alike: the training image or the picture of the study that it looks like; "" for none.
    """

    name: str
    origin: Origin
    sha256: str
    patient_id: str = ""
    view: str = ""
    side: str = ""
    density: str = ""
    edit_types: tuple[str, ...] = ()
    recipe: str = ""
    sentence: str = ""
    look_alike: str = ""


@dataclass(frozen=True)
class StudyTrial:
    """A trial that was planned for a reader.

    Attributes:
        trial_id: such as "1.2.17".
        phase, task: names in the design; `task` "" of the question whether anything seemed unusual.
        number: from 1, in the task.
        pictures: names, in the order in which they hung.
        practice: brought feedback and does not count.
        repeats: trial_id of the trial that it repeats; "" of a first reading.
    """

    trial_id: str
    phase: str
    task: str
    number: int
    pictures: tuple[str, ...]
    practice: bool = False
    repeats: str = ""


@dataclass(frozen=True)
class GivenAnswer:
    """An answer as it was written down; `visible_milliseconds` without those out of sight, not yet cut."""

    answer_id: str
    trial_id: str
    recorded_at: int
    answer: ReadingAnswer
    visible_milliseconds: float
    events: tuple[ReadingEvent, ...] = ()


@dataclass(frozen=True)
class StudyReading:
    """What one reader was asked and has answered; `answers` in the order of the server's time, with corrections."""

    pseudonym: str
    years: float | None
    specialty: str
    screen: ReadingScreen
    trials: tuple[StudyTrial, ...]
    answers: tuple[GivenAnswer, ...]
    invited_at: int = 0
    begun_at: int = 0
    finished_at: int = 0
    revoked_at: int = 0

    @cached_property
    def counting(self) -> Mapping[str, GivenAnswer]:
        """The last answer to each trial, which is the one that counts, by trial_id."""
        return {answer.trial_id: answer for answer in self.answers}


@dataclass(frozen=True)
class ClosedStudy:
    """A study that takes no more answers.

    Attributes:
        design: complete, with every default written out.
        protocol_hash: 64 hexadecimal digits.
        secret: with the design's seed the source of all that was drawn at random, 64 hexadecimal digits.
        reals, samples: real images that were given, and synthetic ones that were made, from which the set was drawn.
        composition: of the set that was drawn.
        pictures: all that were drawn or practised with.
        files: the PNG file of each picture by its name; may be read only when it is asked for.
        readings: one of each reader who was invited, in that order.
        bundle: name and version of the generator's bundle, such as "mammoganesis-demo 0.5.0".
        places: by the names of pictures that were changed at one place: PNG, 8 bits greyscale, of the picture's size,
            255 where it was changed.
    """

    study_id: str
    design: StudyDesign
    protocol_hash: str
    secret: str
    created_at: int
    opened_at: int
    closed_at: int
    reals: int
    samples: int
    composition: StudyComposition
    pictures: tuple[StudyPicture, ...]
    readings: tuple[StudyReading, ...]
    files: Mapping[str, bytes] = field(repr=False)
    bundle: str = ""
    places: Mapping[str, bytes] = field(default_factory=dict, repr=False)

    @cached_property
    def by_name(self) -> Mapping[str, StudyPicture]:
        """The pictures by their names."""
        return {picture.name: picture for picture in self.pictures}

    @property
    def tasks(self) -> tuple[tuple[StudyPhase, StudyTask], ...]:
        """Every task with its phase, in the design's order."""
        return tuple((phase, task) for phase in self.design.phases for task in phase.tasks)

    def seconds(self, answer: GivenAnswer) -> float:
        """The time of an answer that counts: in sight, and cut at the design's longest time of an item."""
        return min(answer.visible_milliseconds / 1000.0, float(self.design.display.longest_seconds))


def awareness_of(phase: StudyPhase) -> str:
    """What readers of a phase know: "UNAWARE", "INFORMED" or "AFTER_CUES"."""
    return StudyAwareness.Name(phase.awareness or STUDY_AWARENESS_INFORMED).removeprefix("STUDY_AWARENESS_")


def positive_of(closed: ClosedStudy) -> str:
    """The positive class: "generated" or "real"."""
    return "real" if closed.design.analysis.positive == STUDY_POSITIVE_REAL else "generated"
