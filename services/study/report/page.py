"""A report as HTML that needs nothing else: style, drawings and pictures stand in it; no script, no address outside."""

from __future__ import annotations

import base64
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from markupsafe import Markup

from services.study.report.document import Block, Cell, Document

HERE = Path(__file__).parent


def html(document: Document) -> str:
    """The page."""
    style = Markup((HERE / "page.css").read_text())
    return _template().render(document=document, style=style)


@cache
def _template() -> Template:
    environment = Environment(
        loader=FileSystemLoader(HERE),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"kind": _kind, "cell": _cell, "data_address": _data_address, "drawing": Markup}
    return environment.get_template("page.html")


def _kind(block: Block) -> str:
    return type(block).__name__


def _cell(value: str | Cell) -> Cell:
    return value if isinstance(value, Cell) else Cell(value)


def _data_address(png: bytes) -> str:
    return f"data:image/png;base64,{base64.b64encode(png).decode()}"
