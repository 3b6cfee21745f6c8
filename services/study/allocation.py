"""Who reads what, in which order: pure, by the study's chance, the same whenever it is asked for.

Images that belong together in a trial are the same for all readers; order, and places in a trial, are balanced over
them, and tell nothing of the truth to who knows the design.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from mammoganesis.recipe.drawing import Chance
from mammoganesis.v1.study_design_pb2 import (
    STUDY_AWARENESS_UNAWARE,
    STUDY_CROSSING_SPLIT,
    StudyAllocation,
    StudyDesign,
    StudyTask,
)
from services.study.design import images_of
from services.study.orders import Item, balanced, even_places, williams
from services.study.pool import PoolPicture, capacity, image_set_of, tasks_of

EARLY_SHARE = 1 / 3
"""Of a reader's trials, from which those are taken that come again, in the second half."""
APART = 6
"""A repeated trial comes at least a sixth of a reader's trials after the first one."""

Pictures = tuple[int, ...]


@dataclass(frozen=True)
class PlannedTrial:
    """One question to one reader."""

    trial_id: str
    phase: int
    """From 0."""
    task: int | None
    """Of the phase, from 0; None: the question after a phase of readers who were unaware."""
    number: int = 1
    of: int = 1
    practice: bool = False
    pictures: Pictures = ()
    repeats: str = ""
    """The trial whose pictures come again."""

    @property
    def key(self) -> str:
        """Of its task, such as "1.2"."""
        return f"{self.phase + 1}.{0 if self.task is None else self.task + 1}"


def trials_of(
    design: StudyDesign, pictures: Sequence[PoolPicture], reader: int, chance: Chance
) -> tuple[PlannedTrial, ...]:
    """All trials of a reader, in their order.

    Args:
        design: complete, with the number of trials of each task.
        pictures: of the whole study, in their order.
        reader: from 0.
        chance: of the study.
    """
    trials: list[PlannedTrial] = []
    for i, phase in enumerate(design.phases):
        rows = williams(len(phase.tasks))
        for k in rows[0 if design.allocation.fixed_task_order else (reader + i) % len(rows)]:
            trials += _practice(design, pictures, reader, chance, (i, k))
            trials += _counted(design, pictures, reader, chance, (i, k))
        if phase.awareness == STUDY_AWARENESS_UNAWARE:
            trials.append(PlannedTrial(f"{i + 1}.0.1", i, None))
    return tuple(trials)


def with_trials(design: StudyDesign, pictures: Sequence[PoolPicture]) -> StudyDesign:
    """The design with the number of trials where it was left to the pool, and no more repeated than there are."""
    whole = StudyDesign()
    whole.CopyFrom(design)
    for key, task in tasks_of(whole):
        task.trials = task.trials or room(design, pictures, key, task)
        task.repeated_trials = min(task.repeated_trials, task.trials)
    return whole


def room(design: StudyDesign, pictures: Sequence[PoolPicture], key: str, task: StudyTask) -> int:
    """Most trials of a task with these pictures."""
    mine = _of_phase(design, pictures, int(key.split(".")[0]) - 1)
    return capacity(task, _patients(mine), sum(picture.generated for picture in mine))


def items_of(
    design: StudyDesign, pictures: Sequence[PoolPicture], phase: int, task: int, chance: Chance
) -> list[Pictures]:
    """What is asked about in a task, by all readers: single pictures, or groups whose last one is generated."""
    asked = design.phases[phase].tasks[task]
    mine = _of_phase(design, pictures, phase)
    random = chance.of("items", image_set_of(design, phase), task, str(asked.WhichOneof("kind")))
    shuffled = [mine[i] for i in random.permutation(len(mine))]
    reals = [picture for picture in shuffled if not picture.generated]
    generated = [picture for picture in shuffled if picture.generated]
    if images_of(asked) == 1:
        return [(picture.number,) for picture in _even(reals, generated, asked.trials)]
    groups = _apart(reals, asked.trials, images_of(asked) - 1, random)
    return [(*group, picture.number) for group, picture in zip(groups, generated, strict=False)]


def _practice(
    design: StudyDesign, pictures: Sequence[PoolPicture], reader: int, chance: Chance, asking: tuple[int, int]
) -> list[PlannedTrial]:
    phase, task = asking
    key, asked = f"{phase + 1}.{task + 1}", design.phases[phase].tasks[task]
    mine = [picture.number for picture in pictures if picture.practice == key]
    random, images = chance.of("practice", key, reader), images_of(asked)
    groups = [tuple(mine[start : start + images]) for start in range(0, len(mine), images)]
    return [
        PlannedTrial(f"{key}.p{number}", phase, task, number, len(groups), True, _shuffled(groups[i], random))
        for number, i in enumerate(random.permutation(len(groups)), 1)
    ]


def _counted(
    design: StudyDesign, pictures: Sequence[PoolPicture], reader: int, chance: Chance, asking: tuple[int, int]
) -> list[PlannedTrial]:
    phase, task = asking
    key, asked = f"{phase + 1}.{task + 1}", design.phases[phase].tasks[task]
    items = items_of(design, pictures, phase, task, chance)
    truth = {picture.number: picture.generated for picture in pictures}
    block, blocks = _block(design.allocation, reader)
    common, random = chance.of("common", key, block), chance.of("order", key, reader)
    own = _shuffled(_read_by(items, truth, design.allocation, images_of(asked), block), common)
    turn = reader // blocks + phase
    places = even_places(len(own), images_of(asked), common)
    hung = [_hung(item, place + turn, random) for item, place in zip(own, places, strict=True)]
    ordered = balanced(hung, turn, random)
    sequence = _with_again(ordered, asked.repeated_trials, random)
    first = {item: place for place, (item, source) in enumerate(sequence, 1) if source is None}
    return [
        PlannedTrial(
            f"{key}.{number}",
            phase,
            task,
            number,
            len(sequence),
            pictures=item,
            repeats="" if source is None else f"{key}.{first[ordered[source]]}",
        )
        for number, (item, source) in enumerate(sequence, 1)
    ]


def _with_again(
    ordered: Sequence[Pictures], repeated: int, random: np.random.Generator
) -> list[tuple[Pictures, int | None]]:
    """A reader's items with those that come a second time, and of these the index of the first."""
    count = len(ordered)
    most = min(count, max(repeated, round(count * EARLY_SHARE)))
    half, apart = count - count // 2, max(1, count // APART)
    after: defaultdict[int, list[int]] = defaultdict(list)
    for source in sorted(int(i) for i in random.permutation(most)[:repeated]):
        after[int(random.integers(min(count, max(half, source + apart)), count + 1))].append(source)
    sequence: list[tuple[Pictures, int | None]] = []
    for place in range(count + 1):
        sequence += [(ordered[source], source) for source in after[place]]
        sequence += [(item, None) for item in ordered[place : place + 1]]
    return sequence


def _block(allocation: StudyAllocation, reader: int) -> tuple[int, int]:
    """A reader's block, from 0, and how many there are."""
    blocks = allocation.blocks if allocation.crossing == STUDY_CROSSING_SPLIT else 1
    return reader % blocks, blocks


def _read_by(
    items: Sequence[Pictures], truth: Mapping[int, bool], allocation: StudyAllocation, images: int, block: int
) -> list[Pictures]:
    """The items of a block: real and generated ones are dealt each by themselves."""
    if allocation.crossing != STUDY_CROSSING_SPLIT:
        return list(items)
    anchors = min(len(items), allocation.anchors // images)
    rest: defaultdict[bool, list[Pictures]] = defaultdict(list)
    for item in items[anchors:]:
        rest[truth[item[-1]]].append(item)
    own = {*items[:anchors], *(item for kind in rest.values() for item in kind[block :: allocation.blocks])}
    return [item for item in items if item in own]


def _hung(item: Pictures, place: int, random: np.random.Generator) -> Pictures:
    """The generated image, the last one, at a place that goes round over items and readers; the others anywhere."""
    others = list(_shuffled(item[:-1], random))
    others.insert(place % len(item), item[-1])
    return tuple(others)


def _shuffled(items: Sequence[Item], random: np.random.Generator) -> tuple[Item, ...]:
    return tuple(items[i] for i in random.permutation(len(items)))


def _even(reals: Sequence[PoolPicture], generated: Sequence[PoolPicture], most: int) -> list[PoolPicture]:
    """Up to `most` of them, in the shares that there are, evenly mixed."""
    ranked = [((i + 0.5) / len(kind), picture) for kind in (reals, generated) for i, picture in enumerate(kind)]
    ranked.sort(key=lambda pair: (pair[0], pair[1].number))
    return [picture for _, picture in ranked][: most or None]


def _apart(reals: Sequence[PoolPicture], groups: int, size: int, random: np.random.Generator) -> list[Pictures]:
    """Groups of real images without two of one patient, no image twice: a patient's images lie next to each other, and
    are dealt round the groups."""
    by_patient: defaultdict[str, list[int]] = defaultdict(list)
    for picture in reals:
        if len(by_patient[picture.patient]) < groups:
            by_patient[picture.patient].append(picture.number)
    dealt = [number for numbers in by_patient.values() for number in numbers][: groups * size]
    made = [dealt[group::groups] for group in range(groups)]
    return [tuple(made[i]) for i in random.permutation(groups) if len(made[i]) == size]


def _of_phase(design: StudyDesign, pictures: Sequence[PoolPicture], phase: int) -> list[PoolPicture]:
    image_set = image_set_of(design, phase)
    return [picture for picture in pictures if not picture.practice and picture.image_set == image_set]


def _patients(pictures: Sequence[PoolPicture]) -> Mapping[str, int]:
    counts: defaultdict[str, int] = defaultdict(int)
    for picture in pictures:
        if not picture.generated:
            counts[picture.patient] += 1
    return counts
