"""Turn mammograms into a training set: uint8 shards that are memory-mapped, and index.json.

DATASET/index.json          see `index.py`: resolution, labels, shards with digests, one row per image, no names
DATASET/shard-00000.npy     [n, 1, resolution, resolution] uint8, rows in the order of the index
"""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from mammoganesis import files
from mammoganesis.errors import DataError, Excluded
from mammoganesis.pictures import background
from mammoganesis.pictures.breast import canonical_pose
from mammoganesis.pictures.pixels import resize
from mammoganesis.terminal.progress import progress
from training.data import identity, patients, pseudonyms, reading
from training.data.collection import Collection, Prepared, account_of, fields_of
from training.data.fields import stated
from training.data.index import NAME, read_index, sides_of, written
from training.data.listing import SourceImage, collect, side_of
from training.data.options import PrepareOptions

SHARD_BYTES = 256 * 2**20


def prepare_one(source: SourceImage, options: PrepareOptions) -> Prepared:
    """Prepare one image.

    Raises:
        Excluded: it cannot be read or is no mammogram; the message names the file.
    """
    file = reading.read(source.path)
    side, view = source.side or side_of(file.side) or "", source.view or file.view
    try:
        identity.check(file.stated, options.accept_identified)
        background.check_picture(file.values, options.resolution)
        pose = canonical_pose(file.values, options.resolution, resize, options.invert)
    except Excluded as error:
        raise error.named(source.path) from None
    row: dict[str, Any] = {
        "source": source.name,
        "side": side,
        "view": view,
        "mirrored": pose.mirrored,
        "inverted": pose.inverted,
        "markers_removed": pose.markers_removed,
        "frame_removed": pose.frame_removed,
        "sha256": hashlib.sha256(pose.image.tobytes()).hexdigest(),
    }
    if options.labels:
        row["labels"] = _labels(source, side, view, options)
    patient, remark = source.patient or file.patient, identity.remark(file.stated)
    return Prepared(pose.image[None], pose.thumbnail, patient, file.instance, remark, row)


def _labels(source: SourceImage, side: str, view: str, options: PrepareOptions) -> dict[str, str]:
    """The wanted labels of an image, as far as they are known."""
    known = {"view": stated(view), "side": side}
    values = {label.name: source.labels.get(label.name) or known.get(label.column, "") for label in options.labels}
    return {name: value for name, value in values.items() if value}


class _Shards:
    """Writes images as shards, and takes them away again when the set does not come about."""

    def __init__(self, out: Path, resolution: int) -> None:
        self.out = out
        self.written: list[dict[str, Any]] = []
        self._per_shard = max(1, SHARD_BYTES // resolution**2)
        self._batch: list[np.ndarray] = []

    def add(self, image: np.ndarray) -> None:
        self._batch.append(image)
        if len(self._batch) == self._per_shard:
            self.flush()

    def flush(self) -> None:
        if not self._batch:
            return
        name, buffer = f"shard-{len(self.written):05d}.npy", io.BytesIO()
        np.save(buffer, np.stack(self._batch), allow_pickle=False)
        content = buffer.getvalue()
        files.write(self.out / name, content)
        digest = hashlib.sha256(content).hexdigest()
        self.written.append({"file": name, "images": len(self._batch), "sha256": digest})
        self._batch = []

    def remove(self) -> None:
        for shard in self.written:
            (self.out / shard["file"]).unlink(missing_ok=True)


def prepare(folders: Sequence[Path], out: Path, options: PrepareOptions | None = None) -> dict[str, Any]:
    """Prepare a training set.

    Args:
        folders: source folders, see `listing.collect`.
        out: the folder to write; must not hold a training set yet.
        options: how; None for the defaults.

    Returns:
        the account of it: index.json, and what is only for whoever prepares the set, by the names of the files.

    Raises:
        ConfigurationError: the key of pseudonyms would lie inside the set.
        DataError: a source is not usable, the set cannot be split or labelled as asked for, or nothing is left.
        DiskFull: there is no room; nothing of the set stays.
    """
    options = options or PrepareOptions()
    if (out / NAME).exists():
        raise DataError(f"{out}: already holds a training set ({NAME}); choose another folder or remove it")
    listing = collect(folders, options.csv_files, options.labels)
    _check_early(listing.sources, options)
    key, said = pseudonyms.key_of(options.pseudonym_key, out)
    earlier = _earlier(options.extends, key)
    shards = _Shards(out, options.resolution)
    try:
        found = _read_all(listing.sources, shards, options)
        account = account_of(found, shards.written, key, earlier, options)
        account["notes"] = [*listing.notes, *([said] if said else []), *account["notes"]]
        files.write(out / NAME, (json.dumps(written(account), indent=1) + "\n").encode())
    except BaseException:
        shards.remove()
        raise
    return account


def _earlier(extended: Path | None, key: bytes) -> dict[str, str]:
    """The sides that an earlier set has given to patients and images."""
    if extended is None:
        return {}
    index = read_index(extended)
    if index.get("pseudonym_key") != pseudonyms.fingerprint(key):
        raise DataError(
            f"{extended}: its pseudonyms are of another key; --pseudonym-key must be the one it was made with"
        )
    return sides_of(index["images"])


def _check_early(sources: Sequence[SourceImage], options: PrepareOptions) -> None:
    """Refuse before anything is read what no file can mend: raster files know of no patient, side or view."""
    if any(reading.states_patient(source.path) for source in sources):
        return
    owners = [() if patients.is_placeholder(source.patient) else (source.patient,) for source in sources]
    patients.check_split(owners, options.fraction, options.test_fraction is not None)
    rows = [{"labels": _labels(source, source.side, source.view, options)} for source in sources]
    fields_of(rows, options.labels)


def _read_all(sources: Sequence[SourceImage], shards: _Shards, options: PrepareOptions) -> Collection:
    found = Collection()
    with progress(len(sources), "prepare") as bar:
        for source in sources:
            try:
                one = prepare_one(source, options)
                if found.add(one, options.keep_near_duplicates):
                    shards.add(one.image)
            except DataError as error:
                if not options.skip_unreadable:
                    raise
                found.skipped.append(str(error))
            bar.update()
    if not found.rows:
        raise DataError(f"none of the {len(sources)} images could be prepared; the first reason: {found.skipped[0]}")
    shards.flush()
    return found
