"""Pictures in rows and columns on white paper: figures, contact sheets, grids. Pure functions; all sizes are pixels."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from mammoganesis.errors import InvalidArgument
from mammoganesis.pictures.lettering import Lettering
from mammoganesis.pictures.pixels import MARK_LINES, Pixels, upper_bits
from mammoganesis.pictures.png import marked_png

Picture = NDArray[np.uint8]  # [H, W] or [H, W, 3]

SHEET_NAME = "contact_sheet.png"  # of the sheet beside the images of a command
MAX_TITLE = 200  # characters that a person may give to a page or a picture
MAX_SIDE = 20_000  # of a page
GAP = 4  # between pictures
MARGIN = 12  # around everything
BAR_WIDTH, BAR_HEIGHT = 200, 12
MIN_CELL, MAX_CELL = 32, 1024
MARK = " ".join(MARK_LINES)
INK, SOFT_INK, PAPER, FRAME = (20, 20, 20), (90, 90, 90), (255, 255, 255), (150, 150, 150)


@dataclass(frozen=True)
class Row:
    """One row of pictures, [H, W] or [H, W, 3]; of uint16 the upper 8 bits are shown. `label` are the lines to its
    left."""

    pictures: Sequence[Pixels]
    label: Sequence[str] = ()


@dataclass(frozen=True)
class Block:
    """Rows under one title and one line of headings, any of which may be empty; both are broken where they are wider
    than the page and than a picture."""

    rows: Sequence[Row]
    headings: Sequence[str] = ()
    title: str = ""


@dataclass(frozen=True)
class ColourBar:
    """The colours of a difference map, and what its ends and middle stand for."""

    colours: NDArray[np.uint8]  # [n, 3], from the lower end to the upper one
    ticks: Sequence[str]  # texts at equal distances, both ends included; at least two
    title: str


def default_cell(resolution: int) -> int:
    """Side of a picture on the page for a model of this resolution: its own where that can be seen and printed."""
    return min(max(resolution, 96), 192)


def draw(
    blocks: Sequence[Block], caption: Sequence[str], cell: int, bar: ColourBar | None = None, mark: bool = False
) -> Picture:
    """The page, [H, W] when everything on it is grey, else [H, W, 3].

    Args:
        blocks: from top to bottom.
        caption: paragraphs under everything, broken to the width of the page.
        cell: width and height of each picture, 32 to 1024.
        bar: drawn above the caption.
        mark: whether "SYNTHETIC - NOT FOR DIAGNOSIS" stands under everything, in the paper and not in the pictures.

    Raises:
        InvalidArgument: `cell` is out of range, or the page would be larger than 20,000 pixels on a side.
    """
    if not MIN_CELL <= cell <= MAX_CELL:
        raise InvalidArgument("cell", cell, f"{MIN_CELL} to {MAX_CELL} pixels")
    size = min(max(cell // 9, 13), 22)
    font, small = Lettering(size), Lettering(max(size - 2, 12))
    line = round(size * 1.4)
    large = Lettering(size + 4)
    columns = max((len(row.pictures) for block in blocks for row in block.rows), default=0)
    label_width = max((_width(small, text) for block in blocks for row in block.rows for text in row.label), default=0)
    left = MARGIN + (label_width + 3 * GAP if label_width else 0)
    width = max(left + columns * (cell + GAP) - GAP, MARGIN + 30 * size) + MARGIN
    paragraphs = [text for part in caption for text in _broken(part, small, width - 2 * MARGIN)]
    titles = [_broken(block.title, font, width - left - MARGIN) if block.title else [] for block in blocks]
    headings = [[_broken(heading, small, cell, whole=True) for heading in block.headings] for block in blocks]
    above = [line * (len(title) + max(map(len, over), default=0)) for title, over in zip(titles, headings, strict=True)]
    height = MARGIN + sum(
        top + sum(max(cell, len(row.label) * line) + GAP for row in block.rows) + 2 * GAP
        for top, block in zip(above, blocks, strict=True)
    )
    height += (BAR_HEIGHT + 2 * line + GAP if bar else 0) + len(paragraphs) * line + 2 * line * mark + MARGIN
    if max(width, height) > MAX_SIDE:
        raise InvalidArgument("page", f"{width} x {height} pixels", f"at most {MAX_SIDE} on a side")
    page = Image.new("RGB", (width, height), PAPER)
    pen = ImageDraw.Draw(page)
    y = MARGIN
    for block, title, over in zip(blocks, titles, headings, strict=True):
        for text in title:
            pen.text((left, y), text, font=font.font(text), fill=INK)
            y += line
        lines = max(map(len, over), default=0)
        for column, broken in enumerate(over):
            for number, text in enumerate(broken, lines - len(broken)):
                at = (left + column * (cell + GAP) + cell // 2, y + number * line)
                pen.text(at, text, font=small.font(text), fill=INK, anchor="ma")
        y += line * lines
        for row in block.rows:
            tall = max(cell, len(row.label) * line)
            for number, text in enumerate(row.label):
                offset = (tall - len(row.label) * line) // 2 + number * line
                pen.text((MARGIN, y + offset), text, font=small.font(text), fill=INK if number == 0 else SOFT_INK)
            for column, picture in enumerate(row.pictures):
                page.paste(
                    Image.fromarray(scaled(picture, cell)), (left + column * (cell + GAP), y + (tall - cell) // 2)
                )
            y += tall + GAP
        y += 2 * GAP
    if bar:
        right = left + columns * (cell + GAP) - GAP
        _draw_bar(page, pen, bar, (right - BAR_WIDTH, y), small, line)
        y += BAR_HEIGHT + 2 * line + GAP
    for text in paragraphs:
        pen.text((MARGIN, y), text, font=small.font(text), fill=INK)
        y += line
    if mark:
        pen.text((MARGIN, y + line // 2), MARK, font=large.font(MARK), fill=INK)
    pixels = np.asarray(page)
    grey = bool((pixels == pixels[..., :1]).all())
    return np.ascontiguousarray(pixels[..., 0] if grey else pixels)


def contact_sheet(blocks: Sequence[Block], cell: int | None = None, mark: bool = True) -> bytes:
    """A PNG file of pictures alone, without a caption.

    Args:
        blocks, mark: as in `draw`.
        cell: as in `draw`; None: the pictures' own size, at least 96 and at most 192.

    Raises:
        InvalidArgument: the sheet would be larger than 20,000 pixels on a side.
    """
    if cell is None:
        pictures = [picture for block in blocks for row in block.rows for picture in row.pictures]
        cell = default_cell(max((max(picture.shape[:2]) for picture in pictures), default=0))
    return marked_png(draw(blocks, (), cell, mark=mark), burned_in=mark)


def in_rows(pictures: Sequence[tuple[str, Pixels]], columns: int) -> list[Block]:
    """Blocks of one row each, `columns` pictures wide, every picture under its heading."""
    rows = [pictures[start : start + columns] for start in range(0, len(pictures), columns)]
    return [Block([Row([picture for _, picture in row])], [heading for heading, _ in row]) for row in rows]


def tiled(pictures: Sequence[Picture], columns: int) -> Picture:
    """Pictures of one shape side by side without any space, row by row; missing ones are black."""
    rows = -(-len(pictures) // columns)
    height, width, *channels = pictures[0].shape
    canvas = np.zeros((rows * columns, height, width, *channels), np.uint8)
    canvas[: len(pictures)] = pictures
    canvas = canvas.reshape(rows, columns, height, width, *channels).swapaxes(1, 2)
    return canvas.reshape(rows * height, columns * width, *channels)


def scaled(picture: Pixels, cell: int) -> Picture:
    """[cell, cell, 3]: small pictures as the squares that they are, large ones averaged down; nothing changes where
    the size is right. Beside a picture that is not square it is black."""
    image = Image.fromarray(upper_bits(picture)).convert("RGB")
    if image.size == (cell, cell):
        return np.asarray(image)
    scale = cell / max(image.size)
    size = (max(1, round(image.width * scale)), max(1, round(image.height * scale)))
    exact = cell % max(image.size) == 0
    enlarging = Image.Resampling.NEAREST if exact else Image.Resampling.BICUBIC
    resized = np.asarray(image.resize(size, enlarging if scale > 1 else Image.Resampling.BOX))
    top, left = (cell - size[1]) // 2, (cell - size[0]) // 2
    canvas = np.zeros((cell, cell, 3), np.uint8)
    canvas[top : top + size[1], left : left + size[0]] = resized
    return canvas


def _draw_bar(
    page: Image.Image, pen: ImageDraw.ImageDraw, bar: ColourBar, at: tuple[int, int], font: Lettering, line: int
) -> None:
    x, y = at
    pen.text((x + BAR_WIDTH, y), bar.title, font=font.font(bar.title), fill=INK, anchor="ra")
    y += line
    positions = np.arange(BAR_WIDTH) * len(bar.colours) // BAR_WIDTH
    strip = np.broadcast_to(bar.colours[positions], (BAR_HEIGHT, BAR_WIDTH, 3))
    page.paste(Image.fromarray(np.ascontiguousarray(strip)), (x, y))
    pen.rectangle((x, y, x + BAR_WIDTH - 1, y + BAR_HEIGHT - 1), outline=FRAME)
    last = len(bar.ticks) - 1
    for number, text in enumerate(bar.ticks):
        anchor = "la" if number == 0 else "ra" if number == last else "ma"
        pen.text(
            (x + number * (BAR_WIDTH - 1) // last, y + BAR_HEIGHT + 2),
            text,
            font=font.font(text),
            fill=INK,
            anchor=anchor,
        )


def _width(font: Lettering, text: str) -> int:
    return int(np.ceil(font.width(text)))


def _broken(text: str, font: Lettering, width: int, whole: bool = False) -> list[str]:
    """The text in lines that fit into `width`.

    Args:
        whole: words are broken at their hyphens alone, so that a number stays whole; else also between letters, and no
            line is held to fewer than 20.
    """
    least = 1 if whole else 20
    letters = max(least, int(width / max(font.width(text) / max(len(text), 1), 1)))
    while True:
        lines = textwrap.wrap(text, letters, break_on_hyphens=whole, break_long_words=not whole) or [""]
        if letters <= least or all(_width(font, line) <= width for line in lines):
            return lines
        letters -= 1
