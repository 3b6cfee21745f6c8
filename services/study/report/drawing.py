"""SVG drawings: a canvas of lines, areas and words, and a frame with axes on it. Style by attributes alone, so that a
strict content security policy and the PDF's writer both take it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from xml.etree import ElementTree

INK, QUIET, GRID, STRONG, BAND = "#1b1f24", "#4c5560", "#d5dbe1", "#0b4f86", "#bcd4ea"
COLOURS = ("#0072b2", "#d55e00", "#007a5a", "#a64d86", "#7a6a00", "#3d3d3d")  # after Okabe and Ito, darker on white
DASHES = ("", "7 3", "2 3", "9 3 2 3", "4 2", "12 4")
FONT = "Inter, Segoe UI, DejaVu Sans, Liberation Sans, Arial, sans-serif"

Points = Sequence[tuple[float, float]]


class Canvas:
    """A drawing of `width` by `height` units."""

    def __init__(self, width: float, height: float) -> None:
        self._root = ElementTree.Element(
            "svg", {"xmlns": "http://www.w3.org/2000/svg", "viewBox": f"0 0 {width:g} {height:g}", "font-family": FONT}
        )

    def line(self, points: Points, colour: str = INK, width: float = 1.0, dash: str = "") -> None:
        """A line through points."""
        given = {"points": _points(points), "fill": "none", "stroke": colour, "stroke-width": f"{width:g}"}
        self._add("polyline", given | ({"stroke-dasharray": dash} if dash else {}))

    def area(self, points: Points, colour: str) -> None:
        """A filled outline."""
        self._add("polygon", {"points": _points(points), "fill": colour})

    def box(self, corner: tuple[float, float], size: tuple[float, float], fill: str, line: str = "none") -> None:
        """A rectangle, by its upper left corner."""
        place = {"x": _number(corner[0]), "y": _number(corner[1])}
        self._add("rect", place | {"width": _number(size[0]), "height": _number(size[1]), "fill": fill, "stroke": line})

    def dot(self, at: tuple[float, float], radius: float, colour: str) -> None:
        """A filled circle."""
        self._add("circle", {"cx": _number(at[0]), "cy": _number(at[1]), "r": _number(radius), "fill": colour})

    def ring(self, at: tuple[float, float], radius: float, colour: str, width: float) -> None:
        """A circle's line."""
        place = {"cx": _number(at[0]), "cy": _number(at[1]), "r": _number(radius)}
        self._add("circle", place | {"fill": "none", "stroke": colour, "stroke-width": f"{width:g}"})

    def words(
        self, at: tuple[float, float], text: str, anchor: str = "start", size: float = 13.0, colour: str = INK
    ) -> None:
        """Text with its base line at a point; `anchor` "start", "middle" or "end"."""
        self._add("text", _words(at, anchor, size, colour), text)

    def words_upwards(self, at: tuple[float, float], text: str, size: float = 13.0) -> None:
        """Text that reads from below to above, its middle at a point."""
        turn = {"transform": f"rotate(-90 {_number(at[0])} {_number(at[1])})"}
        self._add("text", _words(at, "middle", size, INK) | turn, text)

    def svg(self) -> str:
        """The drawing."""
        return ElementTree.tostring(self._root, encoding="unicode")

    def _add(self, name: str, attributes: dict[str, str], text: str = "") -> None:
        ElementTree.SubElement(self._root, name, attributes).text = text or None


@dataclass(frozen=True)
class Axis:
    """From `low` to `high`, with ticks; `written` makes a tick's words."""

    name: str
    low: float
    high: float
    ticks: Sequence[float]
    written: Callable[[float], str]


@dataclass(frozen=True)
class Frame:
    """Where a plot lies on its canvas: `left`, `top`, `width` and `height` of the area that the axes span."""

    x: Axis
    y: Axis
    left: float = 64.0
    top: float = 12.0
    width: float = 400.0
    height: float = 400.0

    def at(self, x: float, y: float) -> tuple[float, float]:
        """The place of a point, kept within the frame."""
        return self.left + self.width * _share(self.x, x), self.top + self.height * (1.0 - _share(self.y, y))

    def through(self, xs: Sequence[float], ys: Sequence[float]) -> list[tuple[float, float]]:
        """The places of points."""
        return [self.at(x, y) for x, y in zip(xs, ys, strict=True)]

    def draw_axes(self, canvas: Canvas) -> None:
        """The grid, ticks and names."""
        bottom = self.top + self.height
        for tick in self.x.ticks:
            place = self.at(tick, self.y.low)[0]
            canvas.line([(place, self.top), (place, bottom)], GRID)
            canvas.words((place, bottom + 18.0), self.x.written(tick), "middle", 12.0, QUIET)
        for tick in self.y.ticks:
            place = self.at(self.x.low, tick)[1]
            canvas.line([(self.left, place), (self.left + self.width, place)], GRID)
            canvas.words((self.left - 8.0, place + 4.0), self.y.written(tick), "end", 12.0, QUIET)
        canvas.line([(self.left, self.top), (self.left, bottom), (self.left + self.width, bottom)], INK, 1.2)
        canvas.words((self.left + self.width / 2, bottom + 40.0), self.x.name, "middle")
        if self.y.name:
            canvas.words_upwards((self.left - 46.0, self.top + self.height / 2), self.y.name)


def legend(canvas: Canvas, at: tuple[float, float], entries: Sequence[tuple[str, str, float, str]]) -> None:
    """Entries of (name, colour, line width, dash) below each other from a point."""
    for i, (name, colour, width, dash) in enumerate(entries):
        y = at[1] + 20.0 * i
        canvas.line([(at[0], y - 4.0), (at[0] + 28.0, y - 4.0)], colour, width, dash)
        canvas.words((at[0] + 36.0, y), name, size=12.0)


def _words(at: tuple[float, float], anchor: str, size: float, colour: str) -> dict[str, str]:
    place = {"x": _number(at[0]), "y": _number(at[1])}
    return place | {"text-anchor": anchor, "font-size": f"{size:g}", "fill": colour}


def _share(axis: Axis, value: float) -> float:
    return min(max((value - axis.low) / (axis.high - axis.low), 0.0), 1.0)


def _points(points: Points) -> str:
    return " ".join(f"{_number(x)},{_number(y)}" for x, y in points)


def _number(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".")
