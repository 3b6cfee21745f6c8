"""Plots as files: what their suffix says, the same bytes for the same figure, and a full disk in one line."""

from __future__ import annotations

from pathlib import Path

import click
import pytest
from click.testing import CliRunner
from PIL import Image

from training.figures.plots import PlotFile, colours, new_figure, save_figure


def a_figure():
    figure = new_figure(4, 3)
    axis = figure.subplots(1, 1)
    axis.plot([0, 1], [1, 0], color=colours(3)[1])
    axis.set_title("a title")
    return figure


@pytest.mark.parametrize(("name", "start"), [("a.png", b"\x89PNG"), ("b.SVG", b"<?xml"), ("c.pdf", b"%PDF")])
def test_the_suffix_says_what_is_written(tmp_path: Path, name: str, start: bytes) -> None:
    save_figure(a_figure(), tmp_path / "new" / name)
    assert (tmp_path / "new" / name).read_bytes().startswith(start)


def test_equal_figures_give_equal_files_of_the_size_asked_for(tmp_path: Path) -> None:
    for name in ("one.png", "other.png"):
        save_figure(a_figure(), tmp_path / name, dpi=50)
    assert (tmp_path / "one.png").read_bytes() == (tmp_path / "other.png").read_bytes()
    with Image.open(tmp_path / "one.png") as image:
        assert image.size == (200, 150)


def test_another_suffix_is_refused_before_anything_is_measured(tmp_path: Path) -> None:
    @click.command()
    @click.option("--plot", type=PlotFile())
    def command(plot: Path) -> None:
        raise AssertionError("not reached")

    result = CliRunner().invoke(command, ["--plot", str(tmp_path / "curve.gif")])
    assert result.exit_code == 2
    assert "curve.gif must end in .png, .svg, .pdf" in result.output
