"""Letters on a page: which are drawn, as what, and which are refused."""

# ruff: noqa: RUF001  (letters that look alike are what this is about)

from __future__ import annotations

import numpy as np
import pytest

from mammoganesis.errors import InvalidArgument
from mammoganesis.pictures.lettering import Lettering, drawable
from mammoganesis.pictures.page import Block, draw


def ink(text: str) -> np.ndarray:
    """The page of one line."""
    return draw([Block((), title=text)], (), 32)


def test_accents_and_other_letters_are_drawn_as_they_are() -> None:
    texts = ["Densité", "Densite", "ψ −2 · 3×", "плотность", "μαστογραφία", "œ"]
    assert [drawable(text, "title") for text in texts] == texts
    assert drawable("Densite\u0301", "title") == "Densité"
    pages = [ink(text) for text in texts]
    assert all((page < 128).sum() > 20 for page in pages)
    assert not np.array_equal(pages[0], pages[1])


def test_letters_of_a_word_that_differ_are_drawn_differently() -> None:
    """A font that lacks them would draw the same box for each."""
    drawn = {ink(letter * 3).tobytes() for letter in "éèêëàçœжщψσ"}
    assert len(drawn) == 11


@pytest.mark.parametrize(
    "letter", ["\u0643", "\u4e00", "\u0905", "\u05d0", "\U0001f600", "\u0007", "\n", "\u200f", "\ue000"]
)
def test_other_scripts_and_signs_are_refused_by_name(letter: str) -> None:
    with pytest.raises(InvalidArgument) as refused:
        drawable(f"seed {letter}", "labels[3]")
    assert refused.value.field == "labels[3]"
    assert "Latin, Greek and Cyrillic" in str(refused.value)


def test_a_text_in_ascii_is_drawn_as_ever() -> None:
    """Captions keep their measure, whatever stands beside them."""
    from PIL import ImageFont

    assert Lettering(13).width("seed 0") == ImageFont.load_default(13).getlength("seed 0")
