"""What becomes a set, image by image: whose each is, which are there twice, and the account of all of it at the end."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from mammoganesis.errors import ConfigurationError, DataError
from mammoganesis.pictures.exclusions import Reason
from training.data import labels as label_fields
from training.data import patients, pseudonyms
from training.data.duplicates import Known
from training.data.fields import Label, check_fields
from training.data.index import FORMAT_VERSION
from training.data.options import PrepareOptions
from training.data.patients import Groups
from training.data.source import LeftOut

UNSAID = frozenset({Reason.NOT_AN_IMAGE, Reason.HIDDEN, Reason.NOT_LISTED})  # counted, and no line for each


@dataclass(frozen=True)
class Facts:
    """What is known of one image; the identifier of the patient is not for the index."""

    thumbnail: np.ndarray  # see `duplicates.texture`
    patient: str
    instance: str  # SOPInstanceUID, or empty
    remark: str  # on its identity, see `identity.remark`
    row: dict[str, Any]  # of the index, but for patient and split


Same = tuple[int, str]  # row of the first image that is the same, and how: see `duplicates.Known.find`


@dataclass
class Collection:
    """What has been collected so far."""

    rows: list[dict[str, Any]] = field(default_factory=list)
    patients: list[str] = field(default_factory=list)  # of every row; empty for nobody
    duplicates: list[dict[str, Any]] = field(default_factory=list)
    left_out: list[LeftOut] = field(default_factory=list)
    nobody: dict[str, int] = field(default_factory=dict)  # placeholder -> images
    remarks: Counter[str] = field(default_factory=Counter)  # on identity -> images
    digests: list[tuple[int, str]] = field(default_factory=list)  # row, SHA-256 of it or of a copy elsewhere
    groups: Groups = field(default_factory=Groups)
    known: Known = field(default_factory=Known)

    def same(self, one: Facts) -> Same | None:
        """The first image that is the same; None if there is none."""
        return self.known.find(one.row["sha256"], one.thumbnail, one.instance)

    def add(self, one: Facts, same: Same | None, keep_near: bool) -> bool:
        """Take an image up, given which is the same; False if it is left out for that one."""
        patient, number = one.patient, len(self.rows)
        self.remarks[one.remark] += 1
        if patient and patients.is_placeholder(patient):
            self.nobody[patient] = self.nobody.get(patient, 0) + 1
            patient = ""
        kept = same is None or (keep_near and same[1] == "texture")
        if same is not None:
            first, how = same
            names = {"source": one.row["source"], "same_as": self.rows[first]["source"]}
            self.duplicates.append({**names, "how": how, "kept": kept, "rows": (number if kept else None, first)})
            if not kept:
                if patient:
                    self.groups.join(first, patient)
                self.digests.append((first, one.row["sha256"]))
                self._complete(self.rows[first], one.row)
                return False
            self.groups.join(number, first)
        if patient:
            self.groups.join(number, patient)
        self.known.add(one.row["sha256"], one.thumbnail, one.instance)
        self.digests.append((number, one.row["sha256"]))
        self.rows.append(one.row)
        self.patients.append(patient)
        return True

    @staticmethod
    def _complete(row: dict[str, Any], other: dict[str, Any]) -> None:
        """What the copy that is left out knows and the other does not."""
        row.update({name: other[name] for name in ("side", "view") if not row[name]})
        if "labels" in row:
            row["labels"] = {**other["labels"], **row["labels"]}

    def names(self, key: bytes) -> dict[Hashable, set[str]]:
        """Of every group, by its root, what it is known by in an index: pseudonyms and digests of images."""
        found: dict[Hashable, set[str]] = defaultdict(set)
        for root, group in self.groups.patients().items():
            found[root].update(pseudonyms.pseudonym(patient, key) for patient in group)
        for number, digest in self.digests:
            found[self.groups.root(number)].add(digest)
        return found

    def owners(self) -> list[tuple[str, ...]]:
        """Of every row the patients that it belongs to."""
        groups = self.groups.patients()
        return [tuple(groups.get(self.groups.root(number), ())) for number in range(len(self.rows))]


def account_of(
    found: Collection, shards: list[dict[str, Any]], key: bytes, earlier: Mapping[str, str], options: PrepareOptions
) -> dict[str, Any]:
    """The account of a preparation: every row with its patient's pseudonym and its side of the split."""
    owners, given = found.owners(), _given_sides(found, key, earlier)
    said = patients.check_split(owners, options.fraction, options.test_fraction is not None)
    rows = []
    for number, (row, patient, group) in enumerate(zip(found.rows, found.patients, owners, strict=True)):
        name = pseudonyms.pseudonym(patient or (group[0] if group else ""), key)
        split = given.get(found.groups.root(number)) or patients.split_of(group, options.fraction)
        rows.append({"source": row["source"], "patient": name, **row, "split": split})
    notes = [said] if said else []
    notes += [f"the patient {name!r} is taken for nobody: {count} image(s)" for name, count in found.nobody.items()]
    notes += [f"{count} image(s): {remark}" for remark, count in found.remarks.items() if remark]
    notes += patients.crowded([row["patient"] for row in rows])
    joined = sum(len(group) > 1 for group in set(owners))
    notes += [f"patients of whom the same image is known are one in the split: {joined} group(s)"] if joined else []
    return {
        "format_version": FORMAT_VERSION,
        "resolution": options.resolution,
        "channels": 1,
        "bits": options.bits,
        "test_fraction": options.fraction,
        "licence": options.licence,
        "attribution": options.attribution,
        "pseudonym_key": pseudonyms.fingerprint(key),
        **({"label_fields": fields_of(rows, options.labels)} if options.labels else {}),
        "shards": shards,
        "images": rows,
        "duplicates": found.duplicates,
        "left_out": [vars(one) for one in found.left_out],
        "skipped": [f"{one.name}: {one.sentence}" for one in found.left_out if one.reason not in UNSAID],
        "notes": notes,
    }


def _given_sides(found: Collection, key: bytes, earlier: Mapping[str, str]) -> dict[Hashable, str]:
    """Of every group, by its root, the side on which the earlier set has it.

    Raises:
        DataError: it has one on both sides: what belongs together here was two there.
    """
    sides: dict[Hashable, str] = {}
    for root, names in found.names(key).items() if earlier else ():
        given = {earlier[name] for name in names if name in earlier}
        if len(given) > 1:
            known = ", ".join(sorted(name[: pseudonyms.DIGITS] for name in names if name in earlier))
            raise DataError(
                f"--extends: of what is one patient here the earlier set has a part for training and a part held out "
                f"(pseudonyms or digests {known}); leave these images out, or prepare everything without --extends"
            )
        if given:
            sides[root] = given.pop()
    return sides


def fields_of(rows: list[dict[str, Any]], labels: Sequence[Label]) -> list[dict[str, object]]:
    """The values that every label has in the set, sorted."""
    fields = []
    for label in labels:
        values = sorted({row["labels"][label.name] for row in rows if label.name in row["labels"]})
        if not values:
            raise DataError(f"--label: the label {label.name!r} is not known of any image")
        fields.append((label.name, values))
    try:
        checked = label_fields.checked(fields)
        check_fields(checked, "--label")
    except ConfigurationError as error:
        raise DataError(str(error)) from None
    return [{"name": name, "values": list(values)} for name, values in checked]
