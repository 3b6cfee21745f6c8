"""Every language says everything, with the same gaps, and writes numbers as its own."""

from __future__ import annotations

import string

import pytest

from mammoganesis.errors import InvalidArgument
from mammoganesis.texts.languages import ENGLISH, FRENCH, LANGUAGES, language_of, names_of
from services.client import Client
from tests.places import DEMO_BUNDLE, ROOT


def gaps(text: str) -> list[str]:
    return sorted(name for _, name, _, _ in string.Formatter().parse(text) if name)


@pytest.mark.parametrize("code", LANGUAGES)
def test_a_language_has_every_key_and_every_gap(code: str) -> None:
    assert LANGUAGES[code].code == code
    assert {key: gaps(text) for key, text in LANGUAGES[code].texts.items()} == {
        key: gaps(text) for key, text in ENGLISH.texts.items()
    }
    assert names_of(code).keys() == names_of("en").keys()
    assert all(text.strip() for text in [*LANGUAGES[code].texts.values(), *names_of(code).values()])


def test_what_the_demo_names_and_notes_is_known() -> None:
    """In every language: a name or a note that is not would stand in English in a page of another."""
    with Client.local(DEMO_BUNDLE) as client:
        named = [("direction", one) for one in client.list_directions()]
        named += [("region", one) for one in client.list_regions().regions]
    for kind, one in named:
        for code in LANGUAGES:
            assert f"{kind}.{one.name}" in names_of(code)
        assert names_of("en")[f"{kind}.{one.name}.note"] == one.note


def test_every_text_is_said_somewhere() -> None:
    """By its whole key, or by one of which a part is filled in."""
    library = ["recipe/descriptions.py", "texts/languages.py", "texts/statements.py"]
    pictures = [
        f"pictures/{name}.py" for name in ("handout", "kinds", "chunks", "additions", "c2pa_manifest", "png", "dicom")
    ]
    places = [f"mammoganesis/{place}" for place in [*library, *pictures]]
    places += [f"services/study/{name}.py" for name in ("remarks", "wording")]
    places += ["services/client/provenance.py", "services/client/verdicts.py"]
    places += ["services/records/calls/verification.py"]
    code = "\n".join((ROOT / place).read_text(encoding="utf-8") for place in places)
    stated = {key for key in ENGLISH.texts if key.startswith("statistics.")}
    for key in ENGLISH.texts.keys() - stated:
        whole = key.removesuffix(".one").removesuffix(".other")
        assert any(f'"{way}"' in code for way in (key, whole)) or f'"{key.rpartition(".")[0]}.{{' in code, key


def test_pages_offer_the_same_languages() -> None:
    folders = {path.name for path in (ROOT / "services/studio/web/src/texts").iterdir() if path.is_dir()}
    assert folders == set(LANGUAGES)


def test_numbers_and_lists_are_written_as_the_language_does() -> None:
    assert FRENCH.number(0.65) == "0,65"
    assert FRENCH.number(1.5, "+g") == "+1,5"
    assert FRENCH.listed(["a", "b", "c"]) == "a, b et c"
    assert [FRENCH.is_one(count) for count in (0, 1, 1.5, 2)] == [True, True, True, False]
    assert [ENGLISH.is_one(count) for count in (0, 1, 1.5, 2)] == [False, True, False, False]
    assert FRENCH.name("direction", "size") == "taille"
    assert FRENCH.name("direction", "of-another-bundle") == "of-another-bundle"
    assert ENGLISH.name("direction", "size") == "size"


def test_a_tag_names_a_language_or_is_refused() -> None:
    assert [language_of(tag).code for tag in ("", "en", "fr", "fr-CA", "FR")] == ["en", "en", "fr", "fr", "fr"]
    with pytest.raises(InvalidArgument, match="language: 'de' is not allowed; allowed: en, fr, or nothing for en"):
        language_of("de")
