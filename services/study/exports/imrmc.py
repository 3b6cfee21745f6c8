"""The file that iMRMC (FDA) opens: lines of reader, case, modality and score.

Each task in which images are called real or generated with a confidence is a modality; iMRMC analyses one, or compares
two. Truth 1 is the class that the protocol calls positive. Repeated trials are left out: iMRMC takes one score a
reader, case and modality.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from mammoganesis.errors import FailedPrecondition
from services.study.closed import ClosedStudy, positive_of
from services.study.ratings import SINGLE, Answered, counting
from services.study.results import reading_of

BEGIN = "BEGIN DATA:"
_UNSAFE = re.compile(r"[^A-Za-z0-9_.-]+")


def imrmc(closed: ClosedStudy) -> bytes:
    """The file.

    Raises:
        FailedPrecondition: the study has no answer with a confidence.
    """
    rated = [each for each in counting(closed) if each.kind in SINGLE and not each.trial.repeats]
    if not rated:
        raise FailedPrecondition("the study has no answers with a confidence, which is what an iMRMC file holds")
    modalities = _names([(each.phase.name, each.trial.task) for each in rated])
    readings = [(each, reading_of(closed, each, "")) for each in rated]
    truths = {reading.case: reading.truth for _, reading in readings}
    lines = [
        f"MammoGANesis reader study {closed.study_id}",
        f"Protocol SHA-256 {closed.protocol_hash}",
        f"Positive class (truth 1): {positive_of(closed)}",
        "Scores: 1 to 6, the higher the surer that the image is of the positive class",
        BEGIN,
        *(f"truth,{case},truth,{int(truth)}" for case, truth in sorted(truths.items(), key=lambda item: item[1])),
        *(_line(each, modalities, reading.rating) for each, reading in readings),
    ]
    return ("\n".join(lines) + "\n").encode("ascii", "replace")


def _line(each: Answered, modalities: dict[tuple[str, str], str], rating: float) -> str:
    modality = modalities[each.phase.name, each.trial.task]
    return f"{each.reader},{each.pictures[0].name},{modality},{rating:g}"


def _names(tasks: Sequence[tuple[str, str]]) -> dict[tuple[str, str], str]:
    """Names without commas and blanks, each once."""
    found: dict[tuple[str, str], str] = {}
    for phase, task in dict.fromkeys(tasks):
        plain = _UNSAFE.sub("_", task).strip("_") or "task"
        found[phase, task] = plain if plain not in found.values() else f"{plain}_{len(found) + 1}"
    return found
