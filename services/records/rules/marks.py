"""Places and outlines in pictures, in shares of the width and height of a square picture."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

from mammoganesis.errors import InvalidArgument
from mammoganesis.recipe.fields import one_of, within
from mammoganesis.recipe.limits import MAX_POLYGON_POINTS
from mammoganesis.v1.cases_pb2 import Ellipse, Finding, Mark
from mammoganesis.v1.style_transfer_pb2 import Point

MAX_MARKS = 16  # of a finding


def check_point(point: Point, field: str) -> None:
    """Inside the picture."""
    within(f"{field}.x", point.x, 0.0, 1.0)
    within(f"{field}.y", point.y, 0.0, 1.0)


def check_mark(mark: Mark, images: Sequence[str], field: str) -> None:
    """One of the case's images, and a shape in it."""
    if mark.image_id not in images:
        raise InvalidArgument(f"{field}.image_id", mark.image_id, ", ".join(images))
    shape = one_of(mark, "shape", f"{field}.shape")
    if shape == "point":
        check_point(mark.point, f"{field}.point")
    elif shape == "ellipse":
        _check_ellipse(mark.ellipse, f"{field}.ellipse")
    else:
        points = mark.polygon.points
        within(f"{field}.polygon.points", len(points), 3, MAX_POLYGON_POINTS, "points")
        for i, point in enumerate(points):
            check_point(point, f"{field}.polygon.points[{i}]")


def _check_ellipse(ellipse: Ellipse, field: str) -> None:
    if not ellipse.HasField("centre"):
        raise InvalidArgument(f"{field}.centre", None, "a point")
    check_point(ellipse.centre, f"{field}.centre")
    for name in ("radius_x", "radius_y"):
        radius = getattr(ellipse, name)
        if not 0.0 < radius <= 1.0:
            raise InvalidArgument(f"{field}.{name}", radius, "above 0 to 1")
    within(f"{field}.degrees", ellipse.degrees, -180.0, 180.0)


def meets(image_id: str, point: Point, finding: Finding, tolerance: float) -> bool:
    """Whether a place in an image lies in one of a finding's marks, or no farther outside than `tolerance`."""
    return any(mark.image_id == image_id and _inside(mark, point.x, point.y, tolerance) for mark in finding.marks)


def _inside(mark: Mark, x: float, y: float, tolerance: float) -> bool:
    shape = mark.WhichOneof("shape")
    if shape == "point":
        return math.hypot(x - mark.point.x, y - mark.point.y) <= tolerance
    if shape == "ellipse":
        return _inside_ellipse(mark.ellipse, x, y, tolerance)
    corners = [(point.x, point.y) for point in mark.polygon.points]
    return _within_outline(corners, x, y) or any(_distance(x, y, *edge) <= tolerance for edge in _edges(corners))


def _inside_ellipse(ellipse: Ellipse, x: float, y: float, tolerance: float) -> bool:
    angle = math.radians(ellipse.degrees)
    across, down = x - ellipse.centre.x, y - ellipse.centre.y
    first = across * math.cos(angle) + down * math.sin(angle)
    second = down * math.cos(angle) - across * math.sin(angle)
    return math.hypot(first / (ellipse.radius_x + tolerance), second / (ellipse.radius_y + tolerance)) <= 1.0


def _edges(
    corners: Sequence[tuple[float, float]],
) -> Iterable[tuple[tuple[float, float], tuple[float, float]]]:
    return zip(corners, [*corners[1:], corners[0]], strict=True)


def _within_outline(corners: Sequence[tuple[float, float]], x: float, y: float) -> bool:
    """By the edges that a line to the right crosses: odd is inside."""
    crossings = 0
    for (x0, y0), (x1, y1) in _edges(corners):
        if (y0 > y) != (y1 > y) and x < x0 + (y - y0) * (x1 - x0) / (y1 - y0):
            crossings += 1
    return crossings % 2 == 1


def _distance(x: float, y: float, start: tuple[float, float], end: tuple[float, float]) -> float:
    """Of a place from a straight edge."""
    (x0, y0), (x1, y1) = start, end
    length = (x1 - x0) ** 2 + (y1 - y0) ** 2
    along = 0.0 if length == 0.0 else ((x - x0) * (x1 - x0) + (y - y0) * (y1 - y0)) / length
    along = min(1.0, max(0.0, along))
    return math.hypot(x - x0 - along * (x1 - x0), y - y0 - along * (y1 - y0))
