"""index.json of a prepared set: what is written of what preparation knows, and how it is read again.

Nothing in it says where an image came from or who its patient is: no path, no name of a file, no identifier.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from mammoganesis.bundle.names import FILE_NAME
from mammoganesis.errors import DataError
from mammoganesis.json_form import ByName, Form, Needed, OrNull, among, count, fault_of, text, whole
from mammoganesis.json_text import read_json

NAME = "index.json"
FORMAT_VERSION = 1
MOST_PIXELS, MOST_CHANNELS = 2**14, 4  # of an image's side; of an image


def _file(value: Any) -> str | None:
    right = isinstance(value, str) and FILE_NAME.fullmatch(value) is not None
    return None if right else "the name of a file in the set's folder"


FORM: Form = {
    "resolution": Needed(whole(1, MOST_PIXELS)),
    "channels": Needed(whole(1, MOST_CHANNELS)),
    "bits": among(8, 16),  # 8 where it is not stated
    "shards": Needed([{"file": Needed(_file), "images": Needed(count), "sha256": Needed(text)}]),
    "images": Needed([
        {
            "split": Needed(among("train", "test")),
            "sha256": Needed(text),
            **dict.fromkeys(("patient", "view", "side"), OrNull(text)),
            "labels": ByName(text),
        }
    ]),
    "label_fields": [{"name": Needed(text), "values": Needed([text])}],
    **dict.fromkeys(("licence", "attribution", "pseudonym_key", "digest"), text),
}  # fmt: skip
PRIVATE = ("source",)  # of a row: for whoever prepares the set
PRIVATE_LISTS = ("notes", "skipped", "left_out", "duplicates")  # likewise, of the whole


def written(account: dict[str, Any]) -> dict[str, Any]:
    """What is stored of an account of a preparation: numbers of images instead of names, counts instead of sentences.

    Args:
        account: as `prepare` returns it.
    """
    index = {name: value for name, value in account.items() if name not in (*PRIVATE_LISTS, "images")}
    index["images"] = [{name: value for name, value in row.items() if name not in PRIVATE} for row in account["images"]]
    index["duplicates"] = [
        {"image": copy["rows"][0], "same_as": copy["rows"][1], "how": copy["how"]} for copy in account["duplicates"]
    ]
    index["skipped"] = len(account["skipped"])
    index["left_out"] = dict(sorted(Counter(one["reason"] for one in account["left_out"]).items()))
    index["digest"] = digest_of(index)
    return index


def digest_of(index: dict[str, Any]) -> str:
    """The data digest: SHA-256, 64 hexadecimal digits, of what is in a set (by its shards' digests), which of it is
    for training, and with which labels."""
    rows = [[row["split"], row.get("labels", {})] for row in index["images"]]
    content = json.dumps([[shard["sha256"] for shard in index["shards"]], rows], sort_keys=True)
    return hashlib.sha256(content.encode()).hexdigest()


def leaks(rows: Iterable[dict[str, Any]]) -> list[str]:
    """What of a set is on both sides of its split, as pseudonyms of patients and digests of images.

    Args:
        rows: of one index or of several that belong together.
    """
    sides: dict[str, set[str]] = {}
    for row in rows:
        for what, name in (("patient", row.get("patient")), ("image", row.get("sha256"))):
            if name:
                sides.setdefault(f"{what} {name[:16]}", set()).add(row["split"])
    return [name for name, found in sides.items() if len(found) > 1]


def sides_of(rows: Iterable[dict[str, Any]]) -> dict[str, str]:
    """The side of the split of every patient, by pseudonym, and of every image, by SHA-256, of a set without leaks."""
    return {row[name]: row["split"] for row in rows for name in ("patient", "sha256") if row.get(name)}


def facts_of(index: dict[str, Any]) -> dict[str, Any]:
    """What a model card says of a set, in plain JSON types: counts, the data digest, licence and attribution."""
    rows = index["images"]
    held = [row for row in rows if row["split"] == "test"]
    trained = [row for row in rows if row["split"] == "train"]
    fields = [field["name"] for field in index.get("label_fields", [])]
    return {
        "digest": digest_of(index),
        "resolution": index["resolution"],
        "images": len(trained),
        "held_out": len(held),
        "patients": len({row.get("patient") for row in trained} - {"", None}),
        "patients_held_out": len({row.get("patient") for row in held} - {"", None}),
        "of_nobody": sum(not row.get("patient") for row in trained),
        "views": _counts(row.get("view") for row in trained),
        "sides": _counts(row.get("side") for row in trained),
        "labels": {name: _counts(row.get("labels", {}).get(name) for row in trained) for name in fields},
        "licence": index.get("licence", ""),
        "attribution": index.get("attribution", ""),
    }


def _counts(values: Iterable[str | None]) -> dict[str, int]:
    """How often each value occurs, the most frequent first; the empty one is what is not known."""
    return dict(Counter(value or "" for value in values).most_common())


def read_index(folder: Path) -> dict[str, Any]:
    """The index of a set.

    Raises:
        DataError: it is no training set, damaged or changed, or a patient or an image is on both sides of its split.
    """
    path = folder / NAME
    try:
        index = read_json(path.read_bytes())
    except FileNotFoundError:
        raise DataError(f"{folder}: is no training set (no {NAME}); make one with `prepare`") from None
    except (OSError, ValueError) as error:
        raise DataError(f"{path}: cannot be read ({error})") from error
    if not isinstance(index, dict) or index.get("format_version") != FORMAT_VERSION:
        found = index.get("format_version") if isinstance(index, dict) else None
        raise DataError(f"{path}: format_version is {found}; this program reads {FORMAT_VERSION}")
    if (fault := fault_of(index, FORM)) is not None:
        raise DataError(f"{path}: {fault}")
    listed, shared = sum(shard["images"] for shard in index["shards"]), leaks(index["images"])
    digest = digest_of(index)
    if listed != len(index["images"]):
        raise DataError(f"{folder}: index.json lists {len(index['images'])} images, the shards hold {listed}")
    if shared:
        more = f" and {len(shared) - 1} more" if len(shared) > 1 else ""
        raise DataError(f"{path}: {shared[0]}{more} is both for training and held out; prepare the set again")
    if index.get("digest", digest) != digest:
        raise DataError(f"{path}: was changed: its digest is {digest[:12]}..., it states another; prepare it again")
    return index
