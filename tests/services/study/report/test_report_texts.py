"""The catalogues: every key in every language with the same places, none too many; numbers as each language writes."""

from __future__ import annotations

import re
import string

import pytest

from mammoganesis.statistics.results import Interval, Proportion
from mammoganesis.texts.languages import LANGUAGES
from services.study.report.texts import Texts, catalogue
from tests.places import ROOT


def places(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


@pytest.mark.parametrize("language", LANGUAGES)
def test_all_languages_have_the_same_keys_and_places(language: str) -> None:
    english, other = catalogue("en"), catalogue(language)
    assert set(other) == set(english)
    assert {key: places(text) for key, text in other.items()} == {key: places(text) for key, text in english.items()}


def test_no_text_is_left_in_english() -> None:
    english, french = catalogue("en"), catalogue("fr")
    sentences = {key for key in english if len(re.findall(r"[A-Za-z]{2,}", re.sub(r"\{\w+\}", "", english[key]))) > 3}
    alike = {"method.jackknife", "method.delong", "methods.versions"}  # names of people and programs
    assert {key for key in sentences if english[key] == french[key]} <= alike


def test_every_text_is_used() -> None:
    folder = ROOT / "services" / "study"
    source = "\n".join(path.read_text() for path in folder.rglob("*.py"))
    literal = set(re.findall(r"""["']([a-z_]+\.[A-Za-z0-9_]+)["']""", source))
    prefixes = set(re.findall(r'f"([a-z_]+)\.\{', source)) | set(re.findall(r'named\(\s*"([a-z_]+)"', source))
    prefixes |= {"view", "density", "edit_type", "origin"}  # columns of a breakdown
    started = set(re.findall(r'f"([a-z_]+\.[a-z_]+)\{', source))
    unused = [
        key
        for key in catalogue("en")
        if key not in literal and key.split(".")[0] not in prefixes and not any(key.startswith(s) for s in started)
    ]
    assert unused == []


@pytest.mark.parametrize(
    ("language", "number", "interval", "p", "share"),
    [
        ("en", "0.54", "0.29 to 0.78", "< 0.001", "11/23, 48% (29 to 67)"),
        ("fr", "0,54", "0,29 à 0,78", "< 0,001", "11/23, 48 % (29 à 67)"),
    ],
)
def test_numbers_are_written_as_the_language_does(
    language: str, number: str, interval: str, p: str, share: str
) -> None:
    texts = Texts(language)
    assert texts.number(0.535) in (number, number.replace("54", "53"))
    assert texts.number(0.5375) == number
    assert texts.interval(Interval(0.291, 0.779)) == interval
    assert texts.p(0.0004) == p
    proportion = Proportion(11, 23, 11 / 23, Interval(0.29, 0.67))
    assert texts.proportion(proportion).replace("\u00a0", " ") == share


def test_what_is_not_known_is_a_dash_and_nothing_is_minus_nothing() -> None:
    texts = Texts("en")
    assert {texts.number(None), texts.interval(None), texts.p(None), texts.seconds(None), texts.moment(0)} == {"\u2013"}
    assert texts.number(-0.001) == "0.00"
    assert texts.number(float("inf")) == "∞"
    assert texts.moment(1_790_000_000_000_000) == "2026-09-21 14:13 UTC"


def test_edits_have_the_words_of_the_pages() -> None:
    assert Texts("fr-CA").edit_type("density") == "densité"
    assert Texts("fr").edit_type("transfer") == "transfert de style"
    assert Texts("").edit_type("density") == "density"
