"""What a report consists of: sections of paragraphs, tables, plots and pictures. Frozen values; `page` writes them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Paragraph:
    """Running text. `kind`: "" as it is, "lead" what matters most, "remark" what must not be overlooked."""

    text: str
    kind: str = ""


@dataclass(frozen=True)
class Bullets:
    """Sentences, one below the other."""

    items: Sequence[str]


@dataclass(frozen=True)
class Cell:
    """Of a table; `anchor` is the section that it leads to, `code` text of fixed width that may break anywhere."""

    text: str
    anchor: str = ""
    code: bool = False


@dataclass(frozen=True)
class Table:
    """Rows under a head. The first column names the row; those from `numbers_from` on are flush right."""

    caption: str
    head: Sequence[str]
    rows: Sequence[Sequence[str | Cell]]
    numbers_from: int = 1
    note: str = ""


@dataclass(frozen=True)
class Plot:
    """An SVG drawing. `alternative` says in words what it shows, to who cannot see it."""

    svg: str
    caption: str
    alternative: str
    wide: bool = False


@dataclass(frozen=True)
class Picture:
    """A picture with what is said below it; `png` the file, `over` an SVG drawing that lies over all of it."""

    png: bytes
    title: str
    lines: Sequence[str]
    over: str = ""


@dataclass(frozen=True)
class Gallery:
    """Pictures beside each other."""

    caption: str
    pictures: Sequence[Picture]


Block = Paragraph | Bullets | Table | Plot | Gallery


@dataclass(frozen=True)
class Section:
    """A part with a heading; `anchor` is unique in the document. `level` 2, or 3 for a part of the section before."""

    anchor: str
    title: str
    blocks: Sequence[Block]
    level: int = 2


@dataclass(frozen=True)
class Document:
    """A report. `facts` stand under the title, name and value; `language` is that of its texts, such as "en"."""

    language: str
    title: str
    subtitle: str
    facts: Sequence[tuple[str, str]]
    contents: str
    sections: Sequence[Section]
    foot: str
