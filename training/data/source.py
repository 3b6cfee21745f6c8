"""What a listing says of the files of a source: images to prepare, and all others with the reason why not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from mammoganesis.files import Location
from mammoganesis.pictures.exclusions import Reason
from training.data.columns import normal

SIDES = {"l": "L", "left": "L", "lt": "L", "leftbreast": "L", "r": "R", "right": "R", "rt": "R", "rightbreast": "R"}


@dataclass(frozen=True)
class SourceImage:
    """One image to prepare. Empty strings where nothing is known."""

    path: Location
    name: str  # folder and path below it, unique in the set
    patient: str = ""
    side: str = ""  # L, R or empty
    view: str = ""  # CC, MLO, ... or empty
    labels: Mapping[str, str] = field(default_factory=dict)  # values of the wanted CSV columns, by label


@dataclass(frozen=True)
class LeftOut:
    """A file that gives no image of the set."""

    name: str  # as that of a `SourceImage`
    reason: Reason
    sentence: str  # for a person, without the name


@dataclass(frozen=True)
class Listing:
    """The images of a set, and what is to be said of how they were found."""

    sources: tuple[SourceImage, ...]
    notes: tuple[str, ...] = ()
    lacking: Mapping[str, str] = field(default_factory=dict)  # why a label is not known here, by its column
    others: tuple[LeftOut, ...] = ()  # every other file of the folder, and what is named and is not there


def side_of(text: str) -> str | None:
    """L, R, or empty for nothing, from the usual spellings; None for any other."""
    return SIDES.get(normal(text)) if text.strip() else ""
