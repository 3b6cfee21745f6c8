"""The design of a study: what it may be, and what stands for what it leaves out."""

from __future__ import annotations

from collections.abc import Sequence

from mammoganesis.errors import InvalidArgument
from mammoganesis.pictures.likeness import NEARLY
from mammoganesis.recipe.fields import known, one_of, text, within
from mammoganesis.recipe.limits import DEFAULT_TOLERANCE, MAX_SEED, MAX_TOLERANCE
from mammoganesis.statistics.sizing import LIMITS
from mammoganesis.texts.languages import Language, language_of
from mammoganesis.v1 import study_design_pb2 as pb
from mammoganesis.v1.cases_pb2 import Density
from mammoganesis.v1.images_pb2 import Side, View
from mammoganesis.v1.latents_pb2 import LOCALITY_CHANNELS, Locality
from services.study import wording

FORMAT, FORMAT_VERSION = "mammoganesis-study", 1
MAX_PATIENT = 64  # characters
MAX_REASON = 5000  # characters
MAX_PHASES, MAX_TASKS, MAX_CUES, MAX_PRACTICE, MAX_TRIALS = 4, 6, 20, 20, 2000
CHOICES = (2, 4, 6, 8)
_LABELS = 16


def complete(design: pb.StudyDesign) -> pb.StudyDesign:
    """The design with every default written out; it has been checked.

    Which directions, regions and bundle there are is for the server to say, when the study is prepared.
    """
    whole = pb.StudyDesign()
    whole.CopyFrom(design)
    language = language_of(whole.language, "design.language")
    whole.language = whole.language or language.code
    _complete_pool(whole.pool)
    generation = whole.generation
    generation.samples = generation.samples or 1000
    for name, value in (("truncation_psi", 0.65), ("edit_probability", 0.35), ("sigmas", 2.0)):
        if not generation.HasField(name):
            setattr(generation, name, value)
    if not generation.HasField("transfer_probability"):
        generation.transfer_probability = 0.5
    generation.locality = generation.locality or LOCALITY_CHANNELS
    for phase in whole.phases:
        phase.awareness = phase.awareness or pb.STUDY_AWARENESS_INFORMED
        phase.introduction = phase.introduction or wording.introduction(phase.awareness, language)
        for task in phase.tasks:
            _complete_task(task, language)
    allocation, display = whole.allocation, whole.display
    allocation.crossing = allocation.crossing or pb.STUDY_CROSSING_FULL
    if not display.HasField("dark_milliseconds"):
        display.dark_milliseconds = 500
    display.smallest_width = display.smallest_width or 700
    display.smallest_height = display.smallest_height or 600
    display.longest_seconds = display.longest_seconds or 300
    whole.readers.planned = whole.readers.planned or 4
    whole.readers.consent = whole.readers.consent or wording.consent(language)
    if not whole.readers.specialties:
        whole.readers.specialties.extend(wording.specialties(language))
    analysis = whole.analysis
    analysis.positive = analysis.positive or pb.STUDY_POSITIVE_GENERATED
    analysis.margin = analysis.margin or 0.1
    analysis.confidence = analysis.confidence or 0.95
    whole.debrief.SetInParent()
    return whole


def _complete_pool(pool: pb.StudyPool) -> None:
    pool.drawn = pool.drawn or 100
    pool.look_alike_threshold = pool.look_alike_threshold or NEARLY


def _complete_task(task: pb.StudyTask, language: Language) -> None:
    kind = task.WhichOneof("kind")
    if kind == "odd_one_out":
        task.odd_one_out.images = task.odd_one_out.images or 6
        task.odd_one_out.wrong_answers = task.odd_one_out.wrong_answers or 3
    elif kind == "forced_choice":
        task.forced_choice.images = task.forced_choice.images or 2
    elif kind == "location":
        task.location.places = task.location.places or 3
        if not task.location.HasField("tolerance"):
            task.location.tolerance = DEFAULT_TOLERANCE
    elif kind == "quality" and not task.quality.anchors:
        task.quality.anchors.extend(wording.anchors(language))
    elif kind == "reading" and not (task.reading.bi_rads or task.reading.density):
        task.reading.bi_rads = task.reading.density = True
    task.instructions = task.instructions or wording.instructions(task, language)


def check(design: pb.StudyDesign, field: str = "design") -> None:
    """Raises InvalidArgument with the field's path, what was found and what is allowed."""
    if design.format != FORMAT:
        raise InvalidArgument(f"{field}.format", design.format, f'"{FORMAT}"')
    if design.format_version != FORMAT_VERSION:
        raise InvalidArgument(f"{field}.format_version", design.format_version, str(FORMAT_VERSION))
    text(f"{field}.title", design.title, 200, least=1, lines=False)
    text(f"{field}.description", design.description, 20_000)
    within(f"{field}.seed", design.seed, 0, MAX_SEED)
    language_of(design.language, f"{field}.language")
    if not design.HasField("pool"):
        raise InvalidArgument(f"{field}.pool", None, "a pool")
    _check_pool(design.pool, f"{field}.pool")
    _check_generation(design.generation, f"{field}.generation")
    within(f"{field}.phases", len(design.phases), 1, MAX_PHASES, "phases")
    _each_once(_numbered(f"{field}.phases[{{}}].name", design.phases), [phase.name for phase in design.phases])
    for i, phase in enumerate(design.phases):
        _check_phase(phase, f"{field}.phases[{i}]")
    if design.phases[0].other_images:
        raise InvalidArgument(f"{field}.phases[0].other_images", True, "false: its images are the first")
    tasks = {
        f"{field}.phases[{i}].tasks[{k}].name": task.name
        for i, phase in enumerate(design.phases)
        for k, task in enumerate(phase.tasks)
    }
    _each_once(list(tasks), list(tasks.values()))
    _check_allocation(design.allocation, design.pool.drawn or 100, f"{field}.allocation")
    _check_display(design.display, f"{field}.display")
    _check_readers(design.readers, f"{field}.readers")
    analysis, where = design.analysis, f"{field}.analysis"
    known(f"{where}.positive", analysis.positive, pb.StudyPositive)
    _default_or(f"{where}.margin", analysis.margin, *LIMITS["margin"])
    _default_or(f"{where}.confidence", analysis.confidence, 0.5, 0.999)
    text(f"{where}.size_reason", analysis.size_reason, MAX_REASON)


def check_real(real: pb.StudyReal, field: str = "real", optional_patient: bool = False) -> None:
    """Raises InvalidArgument, as `check`."""
    check_real_name(f"{field}.name", real.name)
    text(f"{field}.patient_id", real.patient_id, MAX_PATIENT, least=0 if optional_patient else 1, lines=False)
    known(f"{field}.view", real.view, View)
    known(f"{field}.side", real.side, Side)
    known(f"{field}.density", real.density, Density)


def check_real_name(field: str, name: str) -> None:
    """Raises InvalidArgument where no real image can be called so."""
    text(field, name, 200, least=1, lines=False)
    if "/" in name or "\\" in name:
        raise InvalidArgument(field, name, "the name of a file, without a folder")


def images_of(task: pb.StudyTask) -> int:
    """Images of one trial of a complete task."""
    kind = task.WhichOneof("kind")
    return getattr(task, kind).images if kind in ("odd_one_out", "forced_choice") else 1


def _check_pool(pool: pb.StudyPool, field: str) -> None:
    text(f"{field}.reals", pool.reals, 1000, lines=False)
    text(f"{field}.source", pool.source, MAX_REASON)
    _default_or(f"{field}.drawn", pool.drawn, 2, 2000, "images")
    within(f"{field}.look_alike_threshold", pool.look_alike_threshold, 0, 1)
    if pool.HasField("composition"):
        made = pool.composition.real + pool.composition.synthesised + pool.composition.edited
        drawn = pool.drawn or 100
        if made != drawn:
            raise InvalidArgument(f"{field}.composition", f"{made} images", f"{drawn} in all, as many as are drawn")


def _check_generation(generation: pb.StudyGeneration, field: str) -> None:
    _default_or(f"{field}.samples", generation.samples, 1, 20_000, "images")
    known(f"{field}.locality", generation.locality, Locality)
    within(f"{field}.truncation_psi", generation.truncation_psi, 0, 2)
    within(f"{field}.edit_probability", generation.edit_probability, 0, 1)
    within(f"{field}.transfer_probability", generation.transfer_probability, 0, 1)
    if generation.HasField("sigmas"):
        within(f"{field}.sigmas", generation.sigmas, 0.1, 10, "standard deviations")
    within(f"{field}.labels", len(generation.labels), 0, _LABELS, "labels")
    for name in ("directions", "regions"):
        values = getattr(generation, name)
        within(f"{field}.{name}", len(values), 0, 256, "names")
        _each_once(_numbered(f"{field}.{name}[{{}}]", values), values)
    digest = generation.bundle_digest
    if digest and (len(digest) != 64 or set(digest) - set("0123456789abcdef")):
        raise InvalidArgument(f"{field}.bundle_digest", digest, "64 hexadecimal digits")


def _check_phase(phase: pb.StudyPhase, field: str) -> None:
    known(f"{field}.awareness", phase.awareness, pb.StudyAwareness)
    text(f"{field}.introduction", phase.introduction, 5000)
    within(f"{field}.cues", len(phase.cues), 0, MAX_CUES, "cues")
    if phase.cues and phase.awareness != pb.STUDY_AWARENESS_AFTER_CUES:
        raise InvalidArgument(f"{field}.cues", f"{len(phase.cues)} cues", "none but with STUDY_AWARENESS_AFTER_CUES")
    for i, cue in enumerate(phase.cues):
        text(f"{field}.cues[{i}]", cue, 500, least=1)
    within(f"{field}.tasks", len(phase.tasks), 1, MAX_TASKS, "tasks")
    for i, task in enumerate(phase.tasks):
        kind = _check_task(task, f"{field}.tasks[{i}]")
        if phase.awareness == pb.STUDY_AWARENESS_UNAWARE and kind != "reading":
            allowed = "reading: readers of this phase do not know that there are generated images"
            raise InvalidArgument(f"{field}.tasks[{i}].kind", kind, allowed)


def _check_task(task: pb.StudyTask, field: str) -> str:
    kind = one_of(task, "kind", f"{field}.kind")
    text(f"{field}.instructions", task.instructions, 5000)
    within(f"{field}.trials", task.trials, 0, MAX_TRIALS, "trials")
    within(f"{field}.practice", task.practice, 0, MAX_PRACTICE, "trials")
    if kind == "reading" and task.practice:
        raise InvalidArgument(f"{field}.practice", task.practice, "0: an ordinary reading has no right and wrong here")
    most = 0 if kind == "odd_one_out" else task.trials or MAX_TRIALS
    within(f"{field}.repeated_trials", task.repeated_trials, 0, most, "trials")
    if kind == "odd_one_out":
        _default_or(f"{field}.odd_one_out.images", task.odd_one_out.images, 2, 12, "images")
        _default_or(f"{field}.odd_one_out.wrong_answers", task.odd_one_out.wrong_answers, 1, 10, "answers")
    elif kind == "forced_choice" and task.forced_choice.images not in (0, *CHOICES):
        raise InvalidArgument(f"{field}.forced_choice.images", task.forced_choice.images, "2, 4, 6 or 8")
    elif kind == "location":
        _default_or(f"{field}.location.places", task.location.places, 1, 10, "places")
        within(f"{field}.location.tolerance", task.location.tolerance, 0, MAX_TOLERANCE, "of the picture's width")
    elif kind == "quality" and task.quality.anchors:
        within(f"{field}.quality.anchors", len(task.quality.anchors), 2, 10, "anchors")
        for i, anchor in enumerate(task.quality.anchors):
            text(f"{field}.quality.anchors[{i}]", anchor, 100, least=1, lines=False)
    return kind


def _check_allocation(allocation: pb.StudyAllocation, drawn: int, field: str) -> None:
    known(f"{field}.crossing", allocation.crossing, pb.StudyCrossing)
    split = allocation.crossing == pb.STUDY_CROSSING_SPLIT
    within(f"{field}.blocks", allocation.blocks, 2 if split else 0, 20 if split else 0, "blocks")
    within(f"{field}.anchors", allocation.anchors, 0, drawn if split else 0, "images")


def _check_display(display: pb.StudyDisplay, field: str) -> None:
    within(f"{field}.dark_milliseconds", display.dark_milliseconds, 0, 10_000, "milliseconds")
    _default_or(f"{field}.smallest_width", display.smallest_width, 300, 4000, "pixels")
    _default_or(f"{field}.smallest_height", display.smallest_height, 300, 4000, "pixels")
    _default_or(f"{field}.image_millimetres", display.image_millimetres, 20, 500, "millimetres")
    _default_or(f"{field}.longest_seconds", display.longest_seconds, 1, 3600, "seconds")


def _check_readers(readers: pb.StudyReaders, field: str) -> None:
    _default_or(f"{field}.planned", readers.planned, 1, 1000, "readers")
    text(f"{field}.consent", readers.consent, 20_000)
    within(f"{field}.specialties", len(readers.specialties), 0, 20, "specialties")
    _each_once(_numbered(f"{field}.specialties[{{}}]", readers.specialties), readers.specialties)


def _default_or(field: str, value: float, low: float, high: float, unit: str = "") -> None:
    """0 stands for the default."""
    if value:
        within(field, value, low, high, unit)


def _each_once(fields: Sequence[str], values: Sequence[str]) -> None:
    """1 to 100 characters in one line, each once."""
    for i, (field, value) in enumerate(zip(fields, values, strict=True)):
        text(field, value, 100, least=1, lines=False)
        if value in values[:i]:
            raise InvalidArgument(field, value, "each name once")


def _numbered(field: str, values: Sequence[object]) -> list[str]:
    return [field.format(i) for i in range(len(values))]
