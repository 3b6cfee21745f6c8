"""Task D against true places: which marks meet them, the LROC, and what was marked where."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mammoganesis.pictures.png import read_png
from mammoganesis.statistics import lroc
from mammoganesis.statistics.lroc import Lroc
from mammoganesis.statistics.readings import Reading, gather
from mammoganesis.v1.study_design_pb2 import StudyTask
from services.study.closed import ClosedStudy
from services.study.places import Ring, met, place_of, rings_of, widened
from services.study.ratings import Answered


@dataclass(frozen=True)
class Marked:
    """A mark of a reader, in shares of the picture's width and height, with the confidence of the answer it belongs to.
    `met`: whether it meets the true place; None where there is none."""

    reader: str
    x: float
    y: float
    confidence: int
    met: bool | None


@dataclass(frozen=True)
class MarkedImage:
    """A picture that was read, all marks in it, and the outlines of its true place, which may be none."""

    name: str
    origin: str
    readings: int
    place: tuple[Ring, ...]
    marks: tuple[Marked, ...]


@dataclass(frozen=True)
class Localisation:
    """What the marks of a task bear.

    Attributes:
        lroc: images with a true place against real ones; None where one of these was not read. An answer locates a
            place when one of its marks meets it, whichever of several.
        tolerance: by which places are widened, a share of the width.
        covered: mean share of the breast that the widened places take, 0 to 1: so often one mark that is put anywhere
            in the breast meets one. None without places.
        left_out: answers about images that were generated as a whole, which have no place to be found.
        images: in the order in which they were first read.
    """

    lroc: Lroc | None
    tolerance: float
    covered: float | None
    left_out: int
    images: tuple[MarkedImage, ...]


def localisation_of(closed: ClosedStudy, task: StudyTask, own: Sequence[Answered]) -> Localisation:
    """Of the first readings of a task.

    Args:
        own: answers to the task that count, without repeated ones.
    """
    tolerance = task.location.tolerance
    shown = dict.fromkeys(each.pictures[0].name for each in own)
    places = {name: place_of(closed.places[name]) for name in shown if name in closed.places}
    areas = {name: widened(place, tolerance) for name, place in places.items()}
    covered = [_share_of_breast(closed.files[name], area) for name, area in areas.items()]
    return Localisation(
        lroc=_lroc(closed, own, areas),
        tolerance=tolerance,
        covered=float(np.mean(covered)) if covered else None,
        left_out=sum(each.pictures[0].origin.generated and each.pictures[0].name not in areas for each in own),
        images=tuple(_marked(name, own, places.get(name), areas.get(name)) for name in shown),
    )


def _lroc(closed: ClosedStudy, own: Sequence[Answered], areas: Mapping[str, NDArray[np.bool_]]) -> Lroc | None:
    rows, located = [], []
    for each in own:
        picture = each.pictures[0]
        area = areas.get(picture.name)
        if picture.origin.generated and area is None:
            continue
        answer = each.answer.location
        rows.append(Reading(each.reader, picture.name, area is not None, float(answer.confidence)))
        located.append(area is not None and any(met(area, answer.places)))
    if not rows:
        return None
    return lroc.analyse(gather(rows), np.array(located), closed.design.analysis.confidence)


def _share_of_breast(file: bytes, area: NDArray[np.bool_]) -> float:
    breast = read_png(file).pixels > 0  # pictures are black around it
    return float((area & breast).sum() / max(1, breast.sum()))


def _marked(
    name: str, own: Sequence[Answered], place: NDArray[np.bool_] | None, area: NDArray[np.bool_] | None
) -> MarkedImage:
    mine = [each for each in own if each.pictures[0].name == name]
    marks = []
    for each in mine:
        answer = each.answer.location
        hits: Sequence[bool | None] = [None] * len(answer.places) if area is None else met(area, answer.places)
        for point, hit in zip(answer.places, hits, strict=True):
            marks.append(Marked(each.reader, point.x, point.y, answer.confidence, hit))
    rings = () if place is None else rings_of(place)
    return MarkedImage(name, str(mine[0].pictures[0].origin), len(mine), rings, tuple(marks))
