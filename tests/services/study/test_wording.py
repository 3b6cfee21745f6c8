"""What readers and who runs a study are told, in their language."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from google.protobuf.json_format import MessageToDict

from mammoganesis.texts.languages import ENGLISH, FRENCH
from mammoganesis.v1 import study_design_pb2 as pb
from services.study import remarks, wording
from services.study.design import check, complete

TASKS = {
    "rating": pb.RatingTask(),
    "odd_one_out": pb.OddOneOutTask(),
    "forced_choice": pb.ForcedChoiceTask(),
    "location": pb.LocationTask(),
    "quality": pb.QualityTask(),
    "reading": pb.ReadingTask(),
}


def design(language: str, trials: int = 0) -> pb.StudyDesign:
    """Every kind of task, after every way to begin a phase, with nothing said."""
    unaware = pb.StudyPhase(name="unaware", awareness=pb.STUDY_AWARENESS_UNAWARE)
    unaware.tasks.add(name="daily work", reading=pb.ReadingTask())
    phases = [unaware]
    for awareness in (pb.STUDY_AWARENESS_INFORMED, pb.STUDY_AWARENESS_AFTER_CUES):
        tasks = [pb.StudyTask(name=f"{kind} {awareness}", trials=trials, **{kind: TASKS[kind]}) for kind in TASKS]
        phases.append(pb.StudyPhase(name=str(awareness), awareness=awareness, tasks=tasks))
    made = pb.StudyDesign(
        format="mammoganesis-study", format_version=1, title="x", pool=pb.StudyPool(), phases=phases, language=language
    )
    check(made)
    return complete(made)


def texts(value: Any) -> Iterator[str]:
    """All that a message in JSON says, but names and what programs read."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for each in value:
            yield from texts(each)
    elif isinstance(value, dict):
        for key, each in value.items():
            if key not in ("format", "title", "name", "language"):
                yield from texts(each)


@pytest.mark.parametrize(("tag", "language"), [("", ENGLISH), ("en", ENGLISH), ("fr", FRENCH), ("fr-CA", FRENCH)])
def test_all_that_readers_are_told_is_of_the_design_s_language(tag: str, language) -> None:
    made = design(tag)
    assert made.language == (tag or "en")
    said = list(texts(MessageToDict(made, use_integers_for_enums=True)))
    assert len(said) > 20
    assert set(said) <= set(language.texts.values())


def test_what_the_design_says_stays() -> None:
    made = design("fr")
    made.readers.consent, made.phases[1].tasks[0].instructions = "Yes.", "Look."
    again = complete(made)
    assert again == made


@pytest.mark.parametrize("composition", [None, pb.StudyComposition(real=50, synthesised=40, edited=10)])
@pytest.mark.parametrize("reals", [0, 1, 60, 2000])
@pytest.mark.parametrize("trials", [1, 12, 60, 1500])
def test_remarks_say_the_same_in_every_language(composition, reals: int, trials: int) -> None:
    made = design("", trials)
    if composition is not None:
        made.pool.composition.CopyFrom(composition)
    given = [pb.StudyReal(name=str(i), patient_id="one") for i in range(reals)]
    english, french = (remarks.before(made, given, language) for language in (ENGLISH, FRENCH))
    assert english
    for one, other in zip(english, french, strict=True):
        assert (one.field, one.blocking) == (other.field, other.blocking)
        assert one.text != other.text
        assert "{" not in one.text + other.text
        assert sorted(re.findall(r"\d+", one.text)) == sorted(re.findall(r"\d+", other.text))


def test_what_readers_agree_to_is_in_their_language_where_it_is_no_text_of_the_study() -> None:
    for own in ("", "en", "fr"):
        made = design(own)
        assert wording.consent_for(made, ENGLISH) == (ENGLISH.texts["study.consent"], "en")
        assert wording.consent_for(made, FRENCH) == (FRENCH.texts["study.consent"], "fr")
        assert wording.consent_for(made, None) == (made.readers.consent, own or "en")
    made.readers.consent = "Comité 12/2026 : vous acceptez."
    assert wording.consent_for(made, ENGLISH) == ("Comité 12/2026 : vous acceptez.", "fr")
