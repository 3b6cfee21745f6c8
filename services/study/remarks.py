"""What whoever runs a study should know before it starts, above all where the images will not do."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from mammoganesis.texts.languages import ENGLISH, Language
from mammoganesis.v1.latents_pb2 import LOCALITY_MASKED
from mammoganesis.v1.studies_pb2 import StudyRemark
from mammoganesis.v1.study_design_pb2 import STUDY_AWARENESS_AFTER_CUES, StudyDesign, StudyReal, StudyTask
from services.study.allocation import room
from services.study.design import images_of
from services.study.pool import PoolPicture, capacity, image_sets, practice_images, tasks_of

FEWEST_OF_A_KIND = 10
"""Real or generated images, below which no result says much."""


def before(design: StudyDesign, reals: Sequence[StudyReal], language: Language = ENGLISH) -> list[StudyRemark]:
    """Of a study whose images are not drawn yet.

    Args:
        design: complete.
        reals: that may be shown.
    """
    about = (
        _about_pool(design, reals, language),
        _about_patients(reals, language),
        _about_tasks(design, reals, language),
        _about_phases(design, language),
        _about_places(design, language),
    )
    return [remark for each in about for remark in each]


def after(design: StudyDesign, pictures: Sequence[PoolPicture], language: Language = ENGLISH) -> list[StudyRemark]:
    """Of a study whose images are drawn: exact."""
    found = list(_about_phases(design, language))
    for key, task in tasks_of(design):
        most = room(design, pictures, key, task)
        if task.trials > most:
            mine = [picture for picture in pictures if not picture.practice]
            reals = sum(not picture.generated for picture in mine)
            numbers = {"reals": reals, "generated": len(mine) - reals, "most": most}
            sentence = language.say("remark.pool.has", wanted=_wanted(task, language), **numbers)
            found.append(StudyRemark(field=_field(key), text=sentence, blocking=True))
    return found


def _about_pool(design: StudyDesign, reals: Sequence[StudyReal], language: Language) -> Iterator[StudyRemark]:
    sets, pool = image_sets(design), design.pool
    practice = practice_images(design)
    if not reals:
        yield StudyRemark(field="pool.reals", text=language.say("remark.reals.none"), blocking=True)
        return
    if pool.HasField("composition"):
        needed = sets * pool.composition.real + practice["real"]
        if needed > len(reals):
            sentence = language.say("remark.reals.few", needed=needed, given=len(reals))
            yield StudyRemark(field="pool.composition.real", text=sentence, blocking=True)
        made = sets * (pool.composition.synthesised + pool.composition.edited) + practice["generated"]
        if made > design.generation.samples:
            sentence = language.say("remark.samples.few", needed=made, made=design.generation.samples)
            yield StudyRemark(field="generation.samples", text=sentence, blocking=True)
        return
    needed, there = sets * pool.drawn + practice.total(), len(reals) + design.generation.samples
    if needed > there:
        sentence = language.say("remark.pool.few", needed=needed, there=there)
        yield StudyRemark(field="pool.drawn", text=sentence, blocking=True)
    elif min(_expected(design, reals)) < FEWEST_OF_A_KIND:
        real, generated = _expected(design, reals)
        numbers = {"drawn": pool.drawn, "reals": len(reals), "samples": design.generation.samples}
        sentence = language.say("remark.pool.uneven", real=real, generated=generated, **numbers)
        yield StudyRemark(field="pool.drawn", text=sentence)


def _about_patients(reals: Sequence[StudyReal], language: Language) -> Iterator[StudyRemark]:
    """Where no two images are of one patient, as in a folder without a manifest."""
    if len(reals) > 1 and len({real.patient_id for real in reals}) == len(reals):
        yield StudyRemark(field="pool.reals", text=language.say("remark.patients.each", images=len(reals)))


def _about_places(design: StudyDesign, language: Language) -> Iterator[StudyRemark]:
    """Marks are judged by true places, which masked transfers alone give; one mark is what LROC knows."""
    marking = [(key, task) for key, task in tasks_of(design) if task.HasField("location")]
    masked = design.generation.locality == LOCALITY_MASKED
    if marking and not masked:
        yield StudyRemark(field="generation.locality", text=language.say("remark.places.none"))
    for key, task in marking:
        if masked and task.location.places > 1:
            sentence = language.say("remark.places.several", places=task.location.places)
            yield StudyRemark(field=_field(key, "location.places"), text=sentence)


def _about_tasks(design: StudyDesign, reals: Sequence[StudyReal], language: Language) -> Iterator[StudyRemark]:
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
                said = {"wanted": _wanted(task, language), "reals": real, "generated": generated}
                sentence = language.say("remark.pool.exactly" if exact else "remark.pool.about", **said)
                yield StudyRemark(field=_field(key), text=sentence, blocking=exact or needed > len(reals))
            elif task.trials > capacity(task, drawn, generated):
                wanted = _wanted(task, language)
                sentence = language.say("remark.patients.few", wanted=wanted, patients=len(patients))
                yield StudyRemark(field=_field(key), text=sentence)
        elif task.trials > design.pool.drawn:
            sentence = language.say("remark.trials.many", trials=task.trials, drawn=design.pool.drawn)
            yield StudyRemark(field=_field(key), text=sentence, blocking=True)


def _about_phases(design: StudyDesign, language: Language) -> Iterator[StudyRemark]:
    for i, phase in enumerate(design.phases):
        if phase.awareness == STUDY_AWARENESS_AFTER_CUES and not phase.cues:
            yield StudyRemark(field=f"phases[{i}].cues", text=language.say("remark.cues.none"))


def _expected(design: StudyDesign, reals: Sequence[StudyReal]) -> tuple[int, int]:
    """Real and generated images of a set."""
    pool = design.pool
    if pool.HasField("composition"):
        return pool.composition.real, pool.composition.synthesised + pool.composition.edited
    real = round(pool.drawn * len(reals) / (len(reals) + design.generation.samples))
    return real, pool.drawn - real


def _wanted(task: StudyTask, language: Language) -> str:
    images, trials = images_of(task), task.trials
    if images == 1:
        return language.say("remark.trials.single", trials=trials)
    return language.say("remark.trials.several", trials=trials, images=images, reals=trials * (images - 1))


def _field(key: str, name: str = "trials") -> str:
    phase, task = (int(part) - 1 for part in key.split("."))
    return f"phases[{phase}].tasks[{task}].{name}"
