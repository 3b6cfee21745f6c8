"""Which images a study has: drawn without replacement from all reals and all samples."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from mammoganesis.errors import FailedPrecondition
from mammoganesis.recipe.drawing import Chance
from mammoganesis.v1.study_design_pb2 import StudyComposition, StudyDesign, StudyReal, StudyTask
from services.study.design import images_of

PRACTICE = -1


class Origin(StrEnum):
    """How an image came to be: the truth."""

    REAL = "real"
    SYNTHESISED = "synthesised"
    EDITED = "edited"

    @property
    def generated(self) -> bool:
        """Whether a network has drawn it."""
        return self is not Origin.REAL


@dataclass(frozen=True)
class PoolPicture:
    """An image of a study."""

    number: int
    """From 0."""
    origin: Origin
    image_set: int
    """0: of the first phase; one more for each phase with images of its own; PRACTICE."""
    practice: str = ""
    """The task whose practice it belongs to, such as "1.2"; "" for those that count."""
    real: str = ""
    """Name of the real image."""
    patient: str = ""
    """Whose real image."""
    sample: int = -1
    """Number of the sample."""

    @property
    def generated(self) -> bool:
        """The truth."""
        return self.origin.generated


def draw_pool(
    design: StudyDesign, reals: Sequence[StudyReal], edited: Sequence[bool], chance: Chance
) -> list[PoolPicture]:
    """The images of a study: those of practice first, then a set for the first phase and one for each with others.

    Args:
        design: complete.
        reals: that may be shown.
        edited: of each sample, whether it is edited.
        chance: of the study.

    Raises:
        FailedPrecondition: there are too few images of a kind.
    """
    random = chance.of("pool")
    left = _Left(reals, edited, random)
    drawn: list[PoolPicture] = []
    for key, task in tasks_of(design):
        for trial in range(task.practice):
            start = len(drawn)
            for origin in _practice_origins(task, trial):
                drawn.append(left.take(len(drawn), origin, key, drawn[start:]))
    for image_set in range(image_sets(design)):
        drawn += left.draw(len(drawn), image_set, design)
    return drawn


def tasks_of(design: StudyDesign) -> list[tuple[str, StudyTask]]:
    """All tasks by their names in trial ids, such as "1.2"."""
    return [(f"{i}.{k}", task) for i, phase in enumerate(design.phases, 1) for k, task in enumerate(phase.tasks, 1)]


def image_sets(design: StudyDesign) -> int:
    """How many sets of images there are besides practice."""
    return 1 + sum(phase.other_images for phase in design.phases)


def image_set_of(design: StudyDesign, phase: int) -> int:
    """The set of a phase, which counts from 0."""
    return sum(each.other_images for each in design.phases[: phase + 1]) if design.phases[phase].other_images else 0


def composition_of(pictures: Iterable[PoolPicture]) -> StudyComposition:
    """Of the images that count."""
    counts = Counter(picture.origin for picture in pictures if not picture.practice)
    return StudyComposition(
        real=counts[Origin.REAL], synthesised=counts[Origin.SYNTHESISED], edited=counts[Origin.EDITED]
    )


def practice_images(design: StudyDesign) -> Counter[str]:
    """Images that practice takes, by "real" and "generated"; of single images at most."""
    needed: Counter[str] = Counter()
    for _, task in tasks_of(design):
        images = images_of(task)
        if images > 1:
            needed.update(real=task.practice * (images - 1), generated=task.practice)
        else:
            needed.update(real=(task.practice + 1) // 2, generated=task.practice // 2)
    return needed


def capacity(task: StudyTask, patients: Mapping[str, int], generated: int) -> int:
    """Most trials of a task: nothing twice, and never two images of one patient in a trial.

    Args:
        task: complete.
        patients: real images of each.
        generated: images.
    """
    reals = images_of(task) - 1
    if not reals:
        return sum(patients.values()) + generated
    trials = generated
    while trials and sum(min(count, trials) for count in patients.values()) < trials * reals:
        trials -= 1
    return trials


def _practice_origins(task: StudyTask, trial: int) -> list[Origin | None]:
    """None: generated, of either kind."""
    if images_of(task) > 1:
        return [Origin.REAL] * (images_of(task) - 1) + [None]
    return [None if trial % 2 else Origin.REAL]


class _Left:
    """What has not been drawn yet, shuffled."""

    def __init__(self, reals: Sequence[StudyReal], edited: Sequence[bool], random: np.random.Generator) -> None:
        self._reals = [reals[i] for i in random.permutation(len(reals))]
        self._samples = [int(i) for i in random.permutation(len(edited))]
        self._edited, self._random = edited, random

    def take(
        self,
        number: int,
        origin: Origin | None,
        practice: str,
        beside: Sequence[PoolPicture] = (),
        image_set: int = PRACTICE,
    ) -> PoolPicture:
        """One image of a kind, real ones of a patient of whom none is beside it."""
        if origin is Origin.REAL:
            shown = {each.patient for each in beside if not each.generated}
            found = next((i for i, real in enumerate(self._reals) if real.patient_id not in shown), None)
            if found is None:
                raise FailedPrecondition("pool: there are too few real images, or of too few patients")
            real = self._reals.pop(found)
            return PoolPicture(number, origin, image_set, practice, real.name, real.patient_id)
        wanted = (Origin.EDITED,) if origin is Origin.EDITED else (Origin.SYNTHESISED,)
        wanted = (Origin.SYNTHESISED, Origin.EDITED) if origin is None else wanted
        found = next((i for i, sample in enumerate(self._samples) if self._origin(sample) in wanted), None)
        if found is None:
            kind = "generated" if origin is None else origin
            raise FailedPrecondition(f"generation.samples: there are too few {kind} images among the samples")
        sample = self._samples.pop(found)
        return PoolPicture(number, self._origin(sample), image_set, practice, sample=sample)

    def draw(self, first: int, image_set: int, design: StudyDesign) -> list[PoolPicture]:
        """A set, by chance or with the composition of the design."""
        pool = design.pool
        if pool.HasField("composition"):
            made = pool.composition
            counts = ((Origin.REAL, made.real), (Origin.SYNTHESISED, made.synthesised), (Origin.EDITED, made.edited))
            origins: list[Origin | None] = [origin for origin, count in counts for _ in range(count)]
        else:
            there = [Origin.REAL] * len(self._reals) + [None] * len(self._samples)
            if len(there) < pool.drawn:
                raise FailedPrecondition(f"pool.drawn: {pool.drawn} images are wanted, and {len(there)} are left")
            origins = [there[i] for i in self._random.choice(len(there), pool.drawn, replace=False)]
        shuffled = [origins[i] for i in self._random.permutation(len(origins))]
        return [self.take(first + i, origin, "", image_set=image_set) for i, origin in enumerate(shuffled)]

    def _origin(self, sample: int) -> Origin:
        return Origin.EDITED if self._edited[sample] else Origin.SYNTHESISED
