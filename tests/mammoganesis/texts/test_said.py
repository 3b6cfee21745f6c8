"""What is said before the language is known."""

from __future__ import annotations

import pytest

from mammoganesis.texts.languages import ENGLISH, FRENCH
from mammoganesis.texts.said import Likeness, said


@pytest.mark.parametrize(
    ("likeness", "english"),
    [
        (1.0, "1"),
        (0.99996, ">0.9999"),
        (0.99994, "0.9999"),
        (0.9996, "0.9996"),
        (0.996, "0.996"),
        (0.9949, "0.99"),
        (0.97, "0.97"),
        (0.8, "0.80"),
    ],
)
def test_a_likeness_below_1_is_never_written_as_1(likeness: float, english: str) -> None:
    assert str(Likeness(likeness)) == english
    text = said("verify.near", likeness=Likeness(likeness), number=3, moment="now")
    assert str(text) == f"likeness {english} to entry 3 of now"
    french = english.replace(".", ",")
    assert text.told(FRENCH) == f"ressemblance de {french} avec l\u2019entrée 3 du now"
    assert text.told(ENGLISH) == str(text)
