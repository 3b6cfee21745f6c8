"""What can be found of a file: verdicts, and what they rest on."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from mammoganesis.pictures.alteration import Alteration, Area
from mammoganesis.pictures.signature import NOT_SIGNED, SignatureState, Signed
from mammoganesis.texts.languages import ENGLISH, Language
from mammoganesis.texts.said import Said, written
from mammoganesis.v1 import registry_pb2

MAX_TOLD = 6  # areas


class Verdict(Enum):
    """What `verify` finds. The names are those of ImageVerdict."""

    UNCHANGED = "ours, unchanged"
    OTHER_FORM = "ours, saved in another form"
    PIXELS_CHANGED = "the recipe is ours, but the pixels are not what it makes"
    NOT_OURS = "not ours"
    NO_PNG = "cannot be told"
    RECIPE_LOST = "the recipe is lost"
    OTHER_BUNDLE = "made by another bundle"
    METADATA_CHANGED = "the pixels are ours, but the metadata has been changed"
    ADDED = "ours, pixels unchanged, but something was added"
    DAMAGED = "damaged, cannot be read"
    RECIPE_FOUND = "ours by the registry: the recipe is lost, but the pixels are those of an image that was handed out"
    NEAR_MATCH = "like an image that was handed out: saved anew, or altered"


@dataclass(frozen=True)
class Verification:
    """The verdict on one file, and what it rests on."""

    verdict: Verdict
    grounds: tuple[Said | str, ...] = ()
    """What the verdict rests on; of a server's answer in its words."""

    alteration: Alteration | None = None
    """Where the pixels were changed; None where they were not, or nothing can be said of it."""

    signature: Signed = NOT_SIGNED

    @property
    def detail(self) -> str:
        """What it rests on, in English, in one line; may be empty."""
        return self.told(None)

    def told(self, language: Language | None) -> str:
        """The same in a language; None: as commands print it."""
        mark = (language or ENGLISH).say("verify.then")
        return mark.join(written(ground, language) for ground in self.grounds)

    @property
    def places(self) -> str:
        """Where something was altered, in words; "" where nothing can be said of it."""
        if self.alteration is None:
            return ""
        if not self.alteration.areas:
            return "nothing was seen beyond what saving a file anew does"
        areas = self.alteration.areas
        shown = ", ".join(map(str, areas[:MAX_TOLD]))
        more = f" and {len(areas) - MAX_TOLD} more" if len(areas) > MAX_TOLD else ""
        count = f"{len(areas)} area{'s' * (len(areas) > 1)}"
        return f"altered in {count}, {self.alteration.share:.1%} of the pixels: {shown}{more}"


def of_answer(answer: registry_pb2.VerifyImageResponse) -> Verification:
    """What a server has found."""
    verdict = Verdict[registry_pb2.ImageVerdict.Name(answer.verdict).removeprefix("IMAGE_VERDICT_")]
    signature = NOT_SIGNED
    if answer.signature:
        name = registry_pb2.ImageSignature.Name(answer.signature).removeprefix("IMAGE_SIGNATURE_")
        signature = Signed(SignatureState[name], answer.signing_key_id)
    grounds = (answer.detail,) if answer.detail else ()
    if not answer.HasField("alteration"):
        return Verification(verdict, grounds, signature=signature)
    sent = answer.alteration
    areas = tuple(Area(area.left, area.top, area.width, area.height) for area in sent.areas)
    return Verification(verdict, grounds, Alteration(areas, sent.share, sent.picture), signature)
