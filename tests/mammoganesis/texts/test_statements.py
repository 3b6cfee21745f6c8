"""Everything that the statistics can state is a sentence of every language, and no sentence is for nothing."""

from __future__ import annotations

import re

import pytest

from mammoganesis.statistics.results import Interval, Statement
from mammoganesis.texts.languages import ENGLISH, FRENCH, LANGUAGES
from mammoganesis.texts.statements import sentence
from tests.places import ROOT


def _codes() -> set[str]:
    """That stand in the code of the statistics."""
    found = set()
    for path in (ROOT / "mammoganesis/statistics").glob("*.py"):
        code = path.read_text(encoding="utf-8")
        found |= set(re.findall(r'Statement\("([^"]+)"', code))
        for codes in re.findall(r"_under\((.*?), values?[,)]|_under\((.*?), \{", code):
            for each in re.findall(r'"(note[^"]+)"', "".join(codes)):
                found |= {each, f"{each}.under"}
    return found


def test_every_statement_has_a_sentence() -> None:
    keys = {key.removeprefix("statistics.") for key in ENGLISH.texts if key.startswith("statistics.")}
    assert {key.removesuffix(".one").removesuffix(".other") for key in keys} == _codes()


@pytest.mark.parametrize("code", LANGUAGES)
def test_numbers_are_written_as_the_language_does(code: str) -> None:
    language = LANGUAGES[code]
    values = {"auc": 0.5, "interval": Interval(0.25, 1), "low": 0.4, "high": 0.6, "p": 0.0421, "narrow": Interval(0, 1)}
    said = sentence(Statement("note.equivalent", values), language)
    for number in ("0.50", "p 0.042", "0.25", "1.00"):
        assert number.replace(".", language.point) in said
    assert "{" not in said


def test_counts_have_a_singular() -> None:
    assert sentence(Statement("note.readers", {"count": 1})).startswith("1 reader:")
    assert sentence(Statement("note.readers", {"count": 3})).startswith("3 readers:")
    assert sentence(Statement("note.readers", {"count": 3}), FRENCH).startswith("3 lecteurs :")
    assert sentence(None) == ""
