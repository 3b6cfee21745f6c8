"""What readers are told where a design says nothing, in its language; written out into the design, so that the protocol
holds it."""

from __future__ import annotations

from collections.abc import Callable

from mammoganesis.texts.languages import ENGLISH, LANGUAGES, Language
from mammoganesis.v1 import study_design_pb2 as pb

_SPECIALTIES = ("breast", "radiology", "resident", "radiographer", "physics", "physician", "other")
_ANCHORS = ("unusable", "poor", "acceptable", "good", "excellent")  # the worst first
_AWARENESS = {
    pb.STUDY_AWARENESS_UNAWARE: "unaware",
    pb.STUDY_AWARENESS_INFORMED: "informed",
    pb.STUDY_AWARENESS_AFTER_CUES: "after_cues",
}


def consent(language: Language) -> str:
    """What readers agree to."""
    return language.say("study.consent")


def consent_for(design: pb.StudyDesign, wished: Language | None) -> tuple[str, str]:
    """What readers of a study agree to, and the tag of its language: as the study has it, but in the language `wished`
    where the study has the text of here, in whichever language."""
    return _told(design, design.readers.consent, wished, consent)


def introduction_for(design: pb.StudyDesign, phase: pb.StudyPhase, wished: Language | None) -> tuple[str, str]:
    """What readers are told before a phase of a study, likewise."""
    return _told(design, phase.introduction, wished, lambda language: introduction(phase.awareness, language))


def instructions_for(design: pb.StudyDesign, task: pb.StudyTask, wished: Language | None) -> tuple[str, str]:
    """What readers are told before a task of a study, likewise."""
    return _told(design, task.instructions, wished, lambda language: instructions(task, language))


def _told(
    design: pb.StudyDesign, own: str, wished: Language | None, usual: Callable[[Language], str]
) -> tuple[str, str]:
    if wished is not None and own in {usual(each) for each in LANGUAGES.values()}:
        return usual(wished), wished.code
    return own, design.language or ENGLISH.code


def specialties(language: Language) -> list[str]:
    """Those to choose from."""
    return [language.say(f"study.specialty.{name}") for name in _SPECIALTIES]


def anchors(language: Language) -> list[str]:
    """The points of a scale of quality, the worst first."""
    return [language.say(f"study.anchor.{name}") for name in _ANCHORS]


def introduction(awareness: pb.StudyAwareness, language: Language) -> str:
    """Of a phase."""
    return language.say(f"study.introduction.{_AWARENESS[awareness]}")


def instructions(task: pb.StudyTask, language: Language) -> str:
    """Of a task."""
    return language.say(f"study.instructions.{task.WhichOneof('kind')}")
