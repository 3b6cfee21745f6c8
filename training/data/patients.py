"""Whose an image is, and on which side of the split that puts it.

The split is by patient: all images of a patient are on one side. Patients of whom the same image is known are one
patient. An image of nobody is for training: who could say whether its patient is held out?
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Hashable, Iterable

from mammoganesis.errors import DataError

MOST_IMAGES = 16  # of one patient; more is said
MOST_SHARE = 0.1  # of a set of more than FEW images; more is said
FEW = 50
_PLACEHOLDER = re.compile(
    r"0*|x*|na|nan|nil|null|none|nobody|empty|blank|missing|removed|redacted|withheld|hidden|masked|unknown|unnamed"
    r"|undefined|notavailable|notapplicable|notknown|anon|anonymous|anonymi[sz]ed|de?identified|deleted|noid|nopatient"
    r"|nopatientid|(anonymous|anonymi[sz]ed|unknown|removed|no)(patient|name|id|patientid|patientname)+"
)


def identifier(text: object) -> str:
    """A patient identifier without blanks and NUL around it."""
    return str(text or "").strip(" \t\r\n\v\f\0\ufeff\xa0")


def is_placeholder(patient: str) -> bool:
    """Whether an identifier stands for nobody, as anonymisers write it: removed, ANONYMOUS, N/A, 0, nothing."""
    return _PLACEHOLDER.fullmatch(re.sub(r"[\W_]", "", patient.casefold())) is not None


def _position(patient: str) -> float:
    """Where a patient stands in the fixed order of all patients, 0 to 1: those below the test fraction are held out."""
    digest = hashlib.sha256(f"mammoganesis split {patient}".encode()).digest()
    return int.from_bytes(digest[:8], "big") / 2**64


def split_of(patients: Iterable[str], test_fraction: float) -> str:
    """`train` or `test` for all images of a patient, or of several who are one.

    Does not change when other patients join the set. Of patients who turn out to be one and were on both sides, all
    are for training: what was trained on once is never held out.
    """
    positions = [_position(patient) for patient in patients]
    return "test" if positions and max(positions) < test_fraction else "train"


class Groups:
    """Images and patients that belong together, directly or through others."""

    def __init__(self) -> None:
        self._parent: dict[Hashable, Hashable] = {}

    def root(self, node: Hashable) -> Hashable:
        """What stands for the group of an image (by number) or a patient (by identifier)."""
        path = []
        while (parent := self._parent.setdefault(node, node)) != node:
            path.append(node)
            node = parent
        self._parent.update(dict.fromkeys(path, node))
        return node

    def join(self, one: Hashable, other: Hashable) -> None:
        """Say that two belong together."""
        self._parent[self.root(one)] = self.root(other)

    def patients(self) -> dict[Hashable, list[str]]:
        """The patients of every group that has some, sorted, by its root."""
        found: dict[Hashable, list[str]] = {}
        for node in sorted(node for node in self._parent if isinstance(node, str)):
            found.setdefault(self.root(node), []).append(node)
        return found


def check_split(owners: list[tuple[str, ...]], test_fraction: float, wanted: bool) -> str:
    """Whether a set can be split as asked for.

    Args:
        owners: of every image its patient, or the patients who are one; empty for nobody.
        test_fraction: share of the patients to hold out.
        wanted: whether the fraction was asked for; else it is the default, and holding out nobody is only said.

    Returns:
        what is to be said of it; empty for nothing.

    Raises:
        DataError: nobody would be held out, or nothing would be left for training.
    """
    if not owners or test_fraction in (0, 1):
        return ""
    groups = sorted({owner for owner in owners if owner}, key=lambda group: max(map(_position, group)))
    held_out = [group for group in groups if split_of(group, test_fraction) == "test"]
    if groups and len(held_out) == len(groups) and all(owners):
        last = max(map(_position, groups[-1]))
        way = f"below {_below(last)} one of them is" if len(groups) > 1 else "--test-fraction 0 trains on it"
        fraction = f"--test-fraction {test_fraction:g}{'' if wanted else ' (the default)'}"
        raise DataError(f"{fraction} leaves no image for training: all are of {_patients(len(groups))}; {way}")
    if held_out:
        return ""
    if not groups:
        said = f"the patient is known of none of the {len(owners)} images"
        way = "give a CSV with a patient column, or --test-fraction 0"
    else:
        said = f"{_patients(len(groups))} known, and none falls below --test-fraction {test_fraction:g}"
        way = "--test-fraction 0 holds nobody out"
        if len(groups) > 1 or not all(owners):
            way = f"--test-fraction {_above(max(map(_position, groups[0])))} holds one out, --test-fraction 0 nobody"
    if wanted:
        raise DataError(f"nothing can be held out: {said}; {way}")
    return f"nothing is held out: {said}; {way}"


def _patients(count: int) -> str:
    return "one patient" if count == 1 else f"{count} patients"


def _above(position: float) -> str:
    return f"{min(1.0, int(position * 1000 + 1) / 1000):g}"


def _below(position: float) -> str:
    return f"{int(position * 1000) / 1000:g}"


def crowded(pseudonyms: list[str]) -> list[str]:
    """What to say of patients with so many images that they may be several under one identifier."""
    most = max(MOST_IMAGES, 0 if len(pseudonyms) <= FEW else int(MOST_SHARE * len(pseudonyms)))
    return [
        f"patient {name} has {count} of the {len(pseudonyms)} images; is the identifier one person's?"
        for name, count in Counter(filter(None, pseudonyms)).most_common()
        if count > most
    ]
