"""View and side of the breast, from what a DICOM file says in several places.

Pure functions of data sets. Codes are those of PS3.16 CID 4014 and 4015, in SNOMED CT and as SNM3 and SRT wrote them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from mammoganesis.pictures.dicom_grey import text_of

if TYPE_CHECKING:
    from pydicom import Dataset

VIEW_CODES: Mapping[str, str] = {  # CID 4014 -> the abbreviation that radiologists write
    **dict.fromkeys(("399162004", "R-10242"), "CC"),
    **dict.fromkeys(("399368009", "R-10226"), "MLO"),
    **dict.fromkeys(("399260004", "R-10224"), "ML"),
    **dict.fromkeys(("399352003", "R-10228"), "LM"),
    **dict.fromkeys(("399099002", "R-10230"), "LMO"),
    **dict.fromkeys(("399196006", "R-10244"), "FB"),
    **dict.fromkeys(("399188001", "R-102D0"), "SIO"),
    **dict.fromkeys(("441555000", "R-40AAA"), "ISO"),
    **dict.fromkeys(("399192008", "R-1024A"), "XCCL"),
    **dict.fromkeys(("399101009", "R-1024B"), "XCCM"),
    **dict.fromkeys(("127457009", "G-8310"), "SPECIMEN"),
}
BREAST_CODES = frozenset({"76752008", "T-04000"})
SIDE_CODES: Mapping[str, str] = {"7771000": "L", "G-A101": "L", "24028007": "R", "G-A100": "R"}  # CID 244
WHOLE_VIEWS = ("CC", "MLO", "ML", "LM", "LMO", "FB", "SIO", "ISO")  # those that show the breast as a whole
_POSITION = re.compile(r"(?P<side>[LR])?[ _-]?(?P<view>XCCL|XCCM|XCC|CC|MLO|ML|LMO|LM|FB|SIO|ISO)[ _-]?(?:ID|M|S)?")


def codes_of(items: object) -> list[str]:
    """The code values of the items of a sequence; none where it is missing."""
    return [text_of(item.get("CodeValue")) for item in _items(items)]


def _items(items: object) -> list[Any]:
    return list(items) if items is not None and not isinstance(items, (str, bytes)) else []  # type: ignore[call-overload]


def view_of(data: Dataset) -> str:
    """The view: CC, MLO, ML and so on; another text of ViewPosition in capitals; empty where it is not known.

    ViewCodeSequence (0054,0220) first, which the standard requires; ViewPosition (0018,5101) where it says nothing.
    """
    coded = [VIEW_CODES[code] for code in codes_of(data.get("ViewCodeSequence")) if code in VIEW_CODES]
    if coded:
        return coded[0] if len(set(coded)) == 1 else ""
    said = text_of(data.get("ViewPosition")).upper()
    match = _POSITION.fullmatch(said)
    return match["view"] if match else said


def side_of(data: Dataset) -> tuple[str, str]:
    """The side, L or R or another text as it stands, empty where it is not known; and what contradicts it, in words.

    In this order: ImageLaterality (0020,0062), Laterality (0020,0060), FrameLaterality (0020,9072) of the functional
    groups, the modifier of the anatomic region, PatientOrientation (0020,0020), the letter before the view.
    """
    said = [(name, side) for name, side in _sides(data) if side]
    if not said:
        return "", ""
    name, side = said[0]
    other = next(((n, s) for n, s in said[1:] if {side.upper(), s} == {"L", "R"}), None)
    return side, f"{name} is {side}, but by {other[0]} it is {other[1]}" if other else ""


def _sides(data: Dataset) -> Iterator[tuple[str, str]]:
    for name in ("ImageLaterality", "Laterality"):
        yield name, text_of(data.get(name))
    for groups in ("SharedFunctionalGroupsSequence", "PerFrameFunctionalGroupsSequence"):
        for group in _items(data.get(groups))[:1]:
            for item in _items(group.get("FrameAnatomySequence"))[:1]:
                yield "FrameLaterality", text_of(item.get("FrameLaterality"))
    for region in _items(data.get("AnatomicRegionSequence")):
        for code in codes_of(region.get("AnatomicRegionModifierSequence")):
            yield "AnatomicRegionModifierSequence", SIDE_CODES.get(code, "")
    yield "PatientOrientation", _side_of_directions(data.get("PatientOrientation"))
    match = _POSITION.fullmatch(text_of(data.get("ViewPosition")).upper())
    yield "ViewPosition", (match["side"] or "") if match else ""


def _side_of_directions(value: object) -> str:
    """The side by what rows and columns lead to (PS3.3 C.7.6.1.1.1), such as A\\R or P\\FL.

    Views from above and oblique ones have the outer side at the top, so columns lead to the middle of the body, which
    lies to the right of a left breast: R among the letters means the left breast, and L the right one.
    """
    directions = [str(part) for part in _items(value)]
    letters = {letter for part in directions for letter in part if letter in "LR"}
    if len(directions) != 2 or len(letters) != 1:
        return ""
    return "L" if letters == {"R"} else "R"
