"""Limits of a study that whoever reads its report must know: each stands there when it holds."""

from __future__ import annotations

from mammoganesis.pictures.chunks import header
from mammoganesis.v1.study_design_pb2 import STUDY_AWARENESS_UNAWARE
from services.study.closed import ClosedStudy
from services.study.ratings import SINGLE
from services.study.report.document import Bullets, Section
from services.study.report.texts import Texts

FEW_READERS = 10


def limits_section(closed: ClosedStudy, texts: Texts) -> Section:
    """The sentences."""
    return Section("limits", texts("section.limits"), [Bullets(_limits(closed, texts))])


def _limits(closed: ClosedStudy, texts: Texts) -> list[str]:
    design = closed.design
    begun = [reading for reading in closed.readings if reading.begun_at]
    unfinished = sum(not reading.finished_at for reading in begun)
    patients = [picture.patient_id for picture in closed.pictures if picture.patient_id]
    flagged = sum(bool(picture.look_alike) for picture in closed.pictures)
    kinds = {task.WhichOneof("kind") for _, task in closed.tasks}
    first = header(closed.files[closed.pictures[0].name])
    unaware = any(phase.awareness == STUDY_AWARENESS_UNAWARE for phase in design.phases)
    derived = any(task.HasField("rating") and not task.rating.binary_asked for _, task in closed.tasks)
    places = max((task.location.places for _, task in closed.tasks if task.HasField("location")), default=0)
    marked = "location" in kinds
    candidates = [
        (True, texts("limit.turing")),
        (bool(kinds & set(SINGLE)), texts("limit.absence")),
        (design.analysis.fixed_readers, texts("limit.fixed")),
        (len(begun) < FEW_READERS, texts("limit.few_readers", count=len(begun))),
        (unfinished > 0, texts("limit.unfinished", count=unfinished)),
        (True, texts("limit.single_view")),
        (True, texts("limit.size", width=first.width, height=first.height)),
        (flagged > 0, texts("limit.likeness", count=flagged)),
        (
            len(patients) > len(set(patients)),
            texts("limit.patients", images=len(patients), patients=len(set(patients))),
        ),
        (bool(patients), texts("limit.training")),
        (len(design.phases) > 1, texts("limit.order")),
        (not unaware, texts("limit.informed")),
        (not any(task.repeated_trials for _, task in closed.tasks), texts("limit.repeats")),
        ("odd_one_out" in kinds, texts("limit.rounds")),
        (derived, texts("limit.derived")),
        (marked and bool(closed.places), texts("limit.places")),
        (marked and bool(closed.places) and places > 1, texts("limit.marks", places=places)),
        (True, texts("limit.multiplicity")),
    ]
    return [said for holds, said in candidates if holds]
