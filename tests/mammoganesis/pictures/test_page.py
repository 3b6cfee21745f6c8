"""Contact sheets and grids, checked by the pixels they hold."""

from __future__ import annotations

import numpy as np
import pytest

from mammoganesis.errors import InvalidArgument
from mammoganesis.pictures.page import Block, Row, contact_sheet, draw, scaled, tiled
from mammoganesis.pictures.png import read_png

TITLE = Block((), title="demo 1.0.0")


def block(title: str, *pictures: np.ndarray) -> Block:
    return Block([Row(pictures)], title=title)


def test_contact_sheet_holds_the_pictures_under_their_captions():
    sixteen = np.full((128, 128), 50_000, np.uint16)
    colour = np.zeros((128, 128, 3), np.uint8)
    colour[:, :, 0] = 200
    small = np.array([[0, 255], [255, 0]], np.uint8)
    data = contact_sheet([TITLE, block("first", sixteen, colour), block("second", small)])
    assert read_png(data).texts["Synthetic"] == "yes; not for diagnosis"
    sheet = read_png(data).pixels
    assert sheet.ndim == 3
    grey = 50_000 >> 8
    assert ((sheet == (grey, grey, grey)).all(axis=2).sum()) >= 128 * 128
    assert (sheet == (200, 0, 0)).all(axis=2).sum() == 128 * 128
    assert (sheet == (255, 255, 255)).all(
        axis=2
    ).sum() >= 2 * 64 * 64  # the small one, enlarged in squares, and the paper
    without = read_png(contact_sheet([block("", sixteen, colour), block("second", small)])).pixels
    assert without.shape[0] < sheet.shape[0]
    assert without.shape[1] == sheet.shape[1]


def test_contact_sheet_scales_to_cells_and_refuses_absurd_sizes():
    large = np.zeros((400, 200), np.uint8)
    sheet = read_png(contact_sheet([block("caption", *[large] * 10)], cell=100)).pixels
    assert sheet.shape[1] == 10 * 104 - 4 + 2 * 12
    assert read_png(contact_sheet([])).pixels.size > 0
    with pytest.raises(InvalidArgument, match="at most 20000"):
        contact_sheet([block("many", *[large] * 60)], cell=400)


def test_a_page_carries_the_mark_in_its_paper_and_not_in_its_pictures():
    black = np.zeros((64, 64), np.uint8)
    plain = draw([Block([Row([black])])], ["one"], 64)
    marked = draw([Block([Row([black])])], ["one"], 64, mark=True)
    assert marked.shape[0] > plain.shape[0]
    np.testing.assert_array_equal(marked[: plain.shape[0] - 12], plain[:-12])
    assert (marked[plain.shape[0] - 12 :] < 128).sum() > 200  # strokes of about 26 letters
    assert read_png(contact_sheet([block("", black)])).image_format.burn_in_mark
    assert not read_png(contact_sheet([block("", black)], mark=False)).image_format.burn_in_mark


def test_wide_titles_and_headings_are_broken_and_stay_on_the_page():
    black = np.zeros((96, 96), np.uint8)
    wide = "a-name-of-some-length and another-one 12%"
    row = [Row([black] * 4)]
    one = draw([Block(row, ["0.00"] * 4, "title")], (), 96)
    several = draw([Block(row, ["0.00", wide, wide, "0.00"], "words of a title " * 20)], (), 96)
    assert several.shape[1] == one.shape[1]
    assert several.shape[0] >= one.shape[0] + 5 * 18, "at least 4 more lines of the title, 1 of headings"
    assert (several[:, -12:] == 255).all(), "ink in the margin"
    top = int(np.argmax((several[:, 12] == 0) & (several[:, 107] == 0)))
    assert (several[top - 3 * 18 : top, 208:212] == 255).all(), "two headings touch"
    assert (several[top - 3 * 18 : top, 112:208] < 128).any(axis=1).sum() > 2 * 9, "letters of at least two lines"


def test_a_number_over_a_narrow_picture_stays_whole():
    black = np.zeros((32, 32), np.uint8)
    short, long = (draw([Block([Row([black])], [text])], (), 32) for text in ("0", "-123.75"))
    assert short.shape == long.shape


def test_labels_higher_than_their_pictures_make_room():
    black = np.zeros((32, 32), np.uint8)
    low, high = (draw([Block([Row([black], ["M"] * n)] * 2)], (), 32) for n in (1, 4))
    assert high.shape[0] == low.shape[0] + 2 * (4 * 18 - 32)
    letters = (high[:, 12:22] < 128).any(axis=1).astype(int)
    assert (np.diff(letters) == 1).sum() == 8, "each line of a label stands alone"


def test_tiles_stand_side_by_side_and_missing_ones_are_black():
    pictures = [np.full((2, 3), level, np.uint8) for level in (10, 20, 30)]
    assert tiled(pictures, 2).tolist() == [[10] * 3 + [20] * 3] * 2 + [[30] * 3 + [0] * 3] * 2
    colour = [np.full((1, 1, 3), level, np.uint8) for level in (1, 2)]
    assert tiled(colour, 2).tolist() == [[[1] * 3, [2] * 3]]


def test_a_picture_that_is_not_square_keeps_its_proportions():
    cell = scaled(np.full((20, 10), 200, np.uint8), 40)
    assert cell.shape == (40, 40, 3)
    assert (cell[:, 10:30] == 200).all()
    assert (cell[:, :10] == 0).all()
    assert (cell[:, 30:] == 0).all()
