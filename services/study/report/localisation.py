"""What a report says of marks and true places: sentences, the LROC curve, its table, and pictures with their marks."""

from __future__ import annotations

from collections.abc import Sequence

from mammoganesis.statistics.lroc import Lroc, LrocMean
from mammoganesis.statistics.results import Estimate
from services.study.closed import ClosedStudy
from services.study.localisation import Localisation, MarkedImage
from services.study.report.document import Block, Gallery, Paragraph, Picture, Plot, Table
from services.study.report.drawing import Canvas
from services.study.report.gallery import MOST, picture_title, shown_png
from services.study.report.plots import lroc_plot
from services.study.report.texts import NOTHING, Texts

_PLACE, _MET, _BESIDE = "#ffd24d", "#4dd2a0", "#ff8f70"
_SIDE = 1000.0  # units of a drawing over a picture


def localisation_blocks(closed: ClosedStudy, found: Localisation, fixed: bool, texts: Texts) -> list[Block]:
    """Curve, table and pictures of a task of marks; where there is no place to be found, why."""
    pictures = _galleries(closed, found, texts)
    if found.lroc is None:
        return [Paragraph(texts("lroc.none")), *pictures]
    lroc = found.lroc
    curves = [(each.reader, each.curve) for each in lroc.readers if each.curve is not None]
    areas = [each.area for each in lroc.readers if each.area is not None]
    blocks: list[Block] = []
    if areas:
        low, high = texts.number(min(areas)), texts.number(max(areas))
        alternative = texts("lroc.alternative", count=len(curves), low=low, high=high)
        blocks.append(Plot(lroc_plot(curves, texts), texts("lroc.caption"), alternative))
    blocks.append(_table(lroc, found, fixed, closed.design.analysis.confidence, texts))
    if lroc.area is None:
        blocks.append(Paragraph(texts("reason.table", reason=texts.stated(lroc.reason))))
    if found.left_out:
        blocks.append(Paragraph(texts("lroc.left_out", count=found.left_out)))
    return [*blocks, *pictures]


def localisation_conclusion(found: Localisation, task: str, fixed: bool, texts: Texts) -> Paragraph | None:
    """Whether the places were found, in a sentence; None where there was none to be found."""
    lroc = found.lroc
    if lroc is None:
        return None
    covered = texts.percent(found.covered)
    if lroc.area is None or lroc.located is None:
        count = sum(each.located.count for each in lroc.readers)
        total = sum(each.located.total for each in lroc.readers)
        said = texts("conclusion.located", task=task, count=count, total=total, covered=covered)
        return Paragraph(said, "lead")
    area, located = _of(lroc.area, fixed), _of(lroc.located, fixed)
    said = texts(
        "conclusion.lroc",
        task=task,
        located=texts.percent(located.value),
        located_interval=f"{texts.percent(located.interval.low)} - {texts.percent(located.interval.high)}",
        covered=covered,
        area=texts.number(area.value),
        interval=texts.interval(area.interval),
    )
    return Paragraph(said, "lead")


def _of(found: LrocMean, fixed: bool) -> Estimate:
    return found.fixed_readers if fixed else found.random_readers


def _table(lroc: Lroc, found: Localisation, fixed: bool, level: float, texts: Texts) -> Table:
    head = [texts("auc.reader"), texts("lroc.positives"), texts("lroc.negatives"), texts("lroc.located")]
    head += [texts("lroc.area"), texts("auc.se"), texts("auc.interval", level=texts.percent(level))]
    rows = [
        [
            each.reader,
            str(each.positives),
            str(each.negatives),
            texts.proportion(each.located),
            texts.number(each.area),
            texts.number(each.se, 3),
            texts.interval(each.interval),
        ]
        for each in lroc.readers
    ]
    if lroc.area is not None and lroc.located is not None:
        area, located = _of(lroc.area, fixed), _of(lroc.located, fixed)
        limits = f"{texts.percent(located.interval.low)} - {texts.percent(located.interval.high)}"
        share = f"{texts.percent(located.value)} ({limits})"
        whom = texts("mrmc.fixed" if fixed else "mrmc.random")
        name = texts("lroc.mean", whom=whom, method=texts(f"method.{lroc.area.method}"))
        spread = [texts.number(area.value, 3), texts.number(area.se, 3), texts.interval(area.interval, 3)]
        rows.append([name, NOTHING, NOTHING, share, *spread])
    note = texts("lroc.note", tolerance=texts.percent(found.tolerance, 1), covered=texts.percent(found.covered))
    return Table(texts("lroc.table"), head, rows, 1, note)


def _galleries(closed: ClosedStudy, found: Localisation, texts: Texts) -> list[Block]:
    placed = [image for image in found.images if image.place]
    placed.sort(key=lambda image: (-_finders(image), image.name))
    others = [image for image in found.images if image.marks and not image.place]
    others.sort(key=lambda image: (-len(image.marks), image.name))
    chosen = [("lroc.places", placed[:MOST]), ("lroc.marked", others[:MOST])]
    return [Gallery(texts(key), [_picture(closed, each, texts) for each in images]) for key, images in chosen if images]


def _finders(image: MarkedImage) -> int:
    return len({mark.reader for mark in image.marks if mark.met})


def _picture(closed: ClosedStudy, image: MarkedImage, texts: Texts) -> Picture:
    picture = closed.by_name[image.name]
    title = picture_title(picture, texts)
    if image.place:
        lines = [texts("lroc.found", count=_finders(image), total=image.readings)]
    else:
        lines = [texts("lroc.marks", count=len(image.marks), total=image.readings)]
    return Picture(shown_png(closed.files[image.name], picture, title), title, lines, _drawn(image))


def _drawn(image: MarkedImage) -> str:
    """The place as an outline, marks that meet it as rings, others as crosses."""
    canvas = Canvas(_SIDE, _SIDE)
    for ring in image.place:
        points = _scaled([*ring, ring[0]])
        canvas.line(points, "#000000", 14.0)
        canvas.line(points, _PLACE, 7.0)
    for mark in image.marks:
        x, y = mark.x * _SIDE, mark.y * _SIDE
        if mark.met:
            canvas.ring((x, y), 22.0, "#000000", 14.0)
            canvas.ring((x, y), 22.0, _MET, 7.0)
            continue
        for colour, width in (("#000000", 14.0), (_BESIDE, 7.0)):
            canvas.line([(x - 20, y - 20), (x + 20, y + 20)], colour, width)
            canvas.line([(x - 20, y + 20), (x + 20, y - 20)], colour, width)
    return canvas.svg()


def _scaled(ring: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    return [(x * _SIDE, y * _SIDE) for x, y in ring]
