"""The report's plots: results in, SVG out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from mammoganesis.statistics.bands import RocBand
from mammoganesis.statistics.results import Calibration, Curve, Interval, Rounds
from services.study.report.drawing import BAND, COLOURS, DASHES, INK, QUIET, STRONG, Axis, Canvas, Frame, legend
from services.study.report.texts import Texts

FIFTHS = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)
MAX_NAMED_LINES = len(COLOURS)
_ROW = 26.0


@dataclass(frozen=True)
class Row:
    """Of a forest plot."""

    name: str
    value: float
    interval: Interval | None
    strong: bool = False


def roc_plot(curves: Sequence[tuple[str, Curve]], band: RocBand | None, texts: Texts) -> str:
    """Empirical curves of readers by name, and the mean curve with its band over them."""
    frame = _unit_frame(texts("plot.false_positive"), texts("plot.true_positive"), texts)
    named = len(curves) <= MAX_NAMED_LINES
    canvas = Canvas(490.0, 480.0 + 20.0 * ((len(curves) if named else 1) + 2))
    if band is not None:
        upper = frame.through(band.false_positive, band.high)
        lower = frame.through(band.false_positive, band.low)
        canvas.area([*upper, *reversed(lower)], BAND)
    frame.draw_axes(canvas)
    canvas.line([frame.at(0.0, 0.0), frame.at(1.0, 1.0)], QUIET, 1.0, "3 4")
    entries = [(texts("plot.chance"), QUIET, 1.0, "3 4"), *_curves(canvas, frame, curves, texts)]
    if band is not None:
        canvas.line(frame.through(band.false_positive, band.true_positive), STRONG, 3.0)
        entries.append((texts("plot.mean_and_band", level=texts.percent(band.level)), STRONG, 3.0, ""))
    legend(canvas, (frame.left, 484.0), entries)
    return canvas.svg()


def lroc_plot(curves: Sequence[tuple[str, Curve]], texts: Texts) -> str:
    """Empirical LROC curves of readers by name, without a line of chance; each ends at the share of places found."""
    frame = _unit_frame(texts("plot.false_positive"), texts("plot.located"), texts)
    canvas = Canvas(490.0, 480.0 + 20.0 * (len(curves) if len(curves) <= MAX_NAMED_LINES else 1))
    frame.draw_axes(canvas)
    legend(canvas, (frame.left, 484.0), _curves(canvas, frame, curves, texts))
    return canvas.svg()


def _curves(
    canvas: Canvas, frame: Frame, curves: Sequence[tuple[str, Curve]], texts: Texts
) -> list[tuple[str, str, float, str]]:
    """Draws the curves; their entries in the legend. Many readers have one entry."""
    named = len(curves) <= MAX_NAMED_LINES
    entries = []
    for i, (name, curve) in enumerate(curves):
        colour, dash = (COLOURS[i], DASHES[i]) if named else (QUIET, "")
        canvas.line(frame.through(curve.false_positive, curve.true_positive), colour, 1.6 if named else 0.6, dash)
        if named or i == 0:
            entries.append((name if named else texts("plot.readers"), colour, 1.6, dash))
    return entries


def forest_plot(rows: Sequence[Row], margin: float | None, texts: Texts) -> str:
    """AUCs with their intervals, chance as a line and the margin of equivalence as an area about it."""
    height = _ROW * len(rows)
    ends = [row.interval for row in rows if row.interval is not None]
    low = min([0.2, *(end.low for end in ends), *(row.value for row in rows)])
    high = max([0.8, *(end.high for end in ends), *(row.value for row in rows)])
    ticks = [tick for tick in (i / 10 for i in range(11)) if low - 0.05 <= tick <= high + 0.05]
    frame = Frame(
        Axis(texts("measure.auc"), max(low - 0.05, 0.0), min(high + 0.05, 1.0), ticks, lambda x: texts.number(x, 1)),
        Axis("", 0.0, float(len(rows)), (), str),
        left=210.0,
        width=330.0,
        height=height,
    )
    canvas = Canvas(740.0, height + 64.0)
    if margin is not None:
        corner, end = frame.at(0.5 - margin, len(rows)), frame.at(0.5 + margin, 0.0)
        canvas.box(corner, (end[0] - corner[0], end[1] - corner[1]), BAND)
    frame.draw_axes(canvas)
    canvas.line([frame.at(0.5, 0.0), frame.at(0.5, len(rows))], INK, 1.0, "3 4")
    for i, row in enumerate(rows):
        place = len(rows) - i - 0.5
        colour = STRONG if row.strong else INK
        x, y = frame.at(row.value, place)
        if row.interval is not None:
            canvas.line(
                [frame.at(row.interval.low, place), frame.at(row.interval.high, place)], colour, 3 if row.strong else 2
            )
        canvas.dot((x, y), 5.5 if row.strong else 4.0, colour)
        canvas.words((frame.left - 12.0, y + 4.0), texts.shortened(row.name, 30), "end", 12.0)
        said = texts.number(row.value, 2)
        if row.interval is not None:
            said += f" ({texts.interval(row.interval)})"
        canvas.words((frame.left + frame.width + 12.0, y + 4.0), said, size=12.0)
    return canvas.svg()


def survival_plot(rounds: Rounds, texts: Texts) -> str:
    """The share of readers who still read after n rounds, and that of readers who guess."""
    most = float(max(len(rounds.survival), len(rounds.by_chance), 2) - 1)
    step = max(1, round(most / 8))
    ticks = [float(n) for n in range(0, int(most) + 1, step)]
    x = Axis(texts("plot.rounds"), 0.0, most, ticks, lambda n: f"{n:.0f}")
    y = Axis(texts("plot.still_reading"), 0.0, 1.0, FIFTHS, texts.percent)
    frame = Frame(x, y, width=400.0, height=260.0)
    canvas = Canvas(490.0, 380.0)
    frame.draw_axes(canvas)
    for values, colour, dash in ((rounds.by_chance, QUIET, "4 4"), (rounds.survival, STRONG, "")):
        canvas.line(_steps(frame, values, most), colour, 2.6 if colour == STRONG else 1.6, dash)
    entries = [
        (texts("plot.these_readers"), STRONG, 2.6, ""),
        (texts("plot.guessing", alternatives=rounds.alternatives), QUIET, 1.6, "4 4"),
    ]
    legend(canvas, (frame.left, 346.0), entries)
    return canvas.svg()


def calibration_plot(calibration: Calibration, positive: str, texts: Texts) -> str:
    """How many of the images of each confidence were positive, over what the confidence said."""
    frame = _unit_frame(texts("plot.confidence", positive=positive), texts("plot.observed", positive=positive), texts)
    canvas = Canvas(490.0, 480.0)
    frame.draw_axes(canvas)
    canvas.line([frame.at(0.0, 0.0), frame.at(1.0, 1.0)], QUIET, 1.0, "3 4")
    points = []
    for step, expected in zip(calibration.steps, calibration.expected, strict=True):
        if step.positive.value is None:
            continue
        if step.positive.interval is not None:
            low, high = step.positive.interval.low, step.positive.interval.high
            canvas.line([frame.at(expected, low), frame.at(expected, high)], STRONG, 1.6)
        points.append(frame.at(expected, step.positive.value))
    canvas.line(points, STRONG, 2.0)
    for point in points:
        canvas.dot(point, 4.5, STRONG)
    return canvas.svg()


def composition_plot(parts: Sequence[tuple[str, int]]) -> str:
    """One bar, divided by counts; each part named below."""
    total = max(sum(count for _, count in parts), 1)
    canvas = Canvas(740.0, 70.0)
    left = 0.0
    for (_, count), colour in zip(parts, (QUIET, COLOURS[0], COLOURS[1]), strict=True):
        width = 740.0 * count / total
        canvas.box((left, 0.0), (width, 36.0), colour, "#ffffff")
        if width > 30.0:
            canvas.words((left + width / 2, 24.0), str(count), "middle", 14.0, "#ffffff")
        left += width
    for i, ((name, count), colour) in enumerate(zip(parts, (QUIET, COLOURS[0], COLOURS[1]), strict=True)):
        canvas.box((246.0 * i, 50.0), (12.0, 12.0), colour)
        canvas.words((246.0 * i + 18.0, 61.0), f"{name}: {count}", size=12.0)
    return canvas.svg()


def _unit_frame(x: str, y: str, texts: Texts) -> Frame:
    return Frame(
        Axis(x, 0.0, 1.0, FIFTHS, lambda value: texts.number(value, 1)),
        Axis(y, 0.0, 1.0, FIFTHS, lambda value: texts.number(value, 1)),
    )


def _steps(frame: Frame, values: Sequence[float], most: float) -> list[tuple[float, float]]:
    points = []
    for n, value in enumerate(values):
        points += [frame.at(float(n), value), frame.at(min(n + 1.0, most), value)]
    return points
