"""What whoever runs a study should know before it starts, above all where the images will not do."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from mammoganesis.v1.studies_pb2 import StudyRemark
from mammoganesis.v1.study_design_pb2 import STUDY_AWARENESS_AFTER_CUES, StudyDesign, StudyReal, StudyTask
from services.study.allocation import room
from services.study.design import images_of
from services.study.pool import PoolPicture, capacity, image_sets, practice_images, tasks_of

FEWEST_OF_A_KIND = 10
"""Real or generated images, below which no result says much."""


def before(design: StudyDesign, reals: Sequence[StudyReal]) -> list[StudyRemark]:
    """Of a study whose images are not drawn yet.

    Args:
        design: complete.
        reals: that may be shown.
    """
    return [*_about_pool(design, reals), *_about_tasks(design, reals), *_about_phases(design)]


def after(design: StudyDesign, pictures: Sequence[PoolPicture]) -> list[StudyRemark]:
    """Of a study whose images are drawn: exact."""
    found = list(_about_phases(design))
    for key, task in tasks_of(design):
        most = room(design, pictures, key, task)
        if task.trials > most:
            mine = [picture for picture in pictures if not picture.practice]
            reals = sum(not picture.generated for picture in mine)
            sentence = (
                f"{_wanted(task)}; the pool has {reals} real and {len(mine) - reals} generated images: {most} trials"
            )
            found.append(StudyRemark(field=_field(key), text=sentence, blocking=True))
    return found


def _about_pool(design: StudyDesign, reals: Sequence[StudyReal]) -> Iterator[StudyRemark]:
    sets, pool = image_sets(design), design.pool
    practice = practice_images(design)
    if not reals:
        yield StudyRemark(field="pool.reals", text="No real image has been given yet.", blocking=True)
        return
    if pool.HasField("composition"):
        needed = sets * pool.composition.real + practice["real"]
        if needed > len(reals):
            sentence = f"{needed} real images are needed, practice included, and {len(reals)} have been given."
            yield StudyRemark(field="pool.composition.real", text=sentence, blocking=True)
        made = sets * (pool.composition.synthesised + pool.composition.edited) + practice["generated"]
        if made > design.generation.samples:
            sentence = (
                f"{made} generated images are needed, practice included, and {design.generation.samples} are made."
            )
            yield StudyRemark(field="generation.samples", text=sentence, blocking=True)
        return
    needed, there = sets * pool.drawn + practice.total(), len(reals) + design.generation.samples
    if needed > there:
        sentence = f"{needed} images are needed, practice included, and there are {there}."
        yield StudyRemark(field="pool.drawn", text=sentence, blocking=True)
    elif min(_expected(design, reals)) < FEWEST_OF_A_KIND:
        real, generated = _expected(design, reals)
        sentence = (
            f"Of {pool.drawn} images drawn from {len(reals)} real and {design.generation.samples} generated ones about "
            f"{real} will be real and {generated} generated; a composition says how many of each."
        )
        yield StudyRemark(field="pool.drawn", text=sentence)


def _about_tasks(design: StudyDesign, reals: Sequence[StudyReal]) -> Iterator[StudyRemark]:
    real, generated = _expected(design, reals)
    if not reals:
        return
    exact = design.pool.HasField("composition")
    patients = Counter(each.patient_id for each in reals)
    share = real / len(reals)
    drawn = (
        Counter({patient: max(1, round(count * share)) for patient, count in patients.items()})
        if share < 1
        else patients
    )
    for key, task in tasks_of(design):
        if images_of(task) > 1:
            needed = task.trials * (images_of(task) - 1)
            if needed > real or task.trials > generated:
                chance = "" if exact else "by chance "
                sentence = (
                    f"{_wanted(task)}; the pool will have {chance}{'' if exact else 'about '}{real} and {generated}."
                )
                yield StudyRemark(field=_field(key), text=sentence, blocking=exact or needed > len(reals))
            elif task.trials > capacity(task, drawn, generated):
                sentence = f"{_wanted(task)}; the real images are of {len(patients)} patients, which may be too few."
                yield StudyRemark(field=_field(key), text=sentence)
        elif task.trials > design.pool.drawn:
            sentence = (
                f"{task.trials} trials are wanted, each of another image, and {design.pool.drawn} images are drawn."
            )
            yield StudyRemark(field=_field(key), text=sentence, blocking=True)


def _about_phases(design: StudyDesign) -> Iterator[StudyRemark]:
    for i, phase in enumerate(design.phases):
        if phase.awareness == STUDY_AWARENESS_AFTER_CUES and not phase.cues:
            yield StudyRemark(field=f"phases[{i}].cues", text="The phase is to come after cues, and names none.")


def _expected(design: StudyDesign, reals: Sequence[StudyReal]) -> tuple[int, int]:
    """Real and generated images of a set."""
    pool = design.pool
    if pool.HasField("composition"):
        return pool.composition.real, pool.composition.synthesised + pool.composition.edited
    real = round(pool.drawn * len(reals) / (len(reals) + design.generation.samples))
    return real, pool.drawn - real


def _wanted(task: StudyTask) -> str:
    images = images_of(task)
    if images == 1:
        return f"{task.trials} trials need {task.trials} different images"
    return (
        f"{task.trials} trials of {images} images, nothing twice, need {task.trials * (images - 1)} different real "
        f"images and {task.trials} generated ones"
    )


def _field(key: str) -> str:
    phase, task = (int(part) - 1 for part in key.split("."))
    return f"phases[{phase}].tasks[{task}].trials"
