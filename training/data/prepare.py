"""Turn mammograms into a training set: uint8 shards that are memory-mapped, and index.json.

DATASET/index.json          resolution, channels, values of the labels, shards with digests, one row per image
DATASET/shard-00000.npy     [n, 1, resolution, resolution] uint8, rows in the order of the index
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np

from mammoganesis.errors import ConfigurationError, DataError
from training.data import dicom, images
from training.data import labels as label_fields
from training.data.breast import canonical_pose
from training.data.listing import SourceImage, collect, side_of

FORMAT_VERSION = 1
SHARD_BYTES = 256 * 2**20


def pseudonym(patient: str) -> str:
    """A stable stand-in for a patient identifier: 16 hexadecimal digits, empty for an empty one."""
    return hashlib.sha256(f"mammoganesis patient {patient}".encode()).hexdigest()[:16] if patient else ""


def split_of(patient: str, test_fraction: float) -> str:
    """`train` or `test` for all images of a patient; does not change when other patients join the set.

    Images of unknown patients are for training: nobody can tell whether their patient is in the other part.
    """
    if not patient:
        return "train"
    digest = hashlib.sha256(f"mammoganesis split {patient}".encode()).digest()
    return "test" if int.from_bytes(digest[:8], "big") / 2**64 < test_fraction else "train"


def prepare_one(
    source: SourceImage, resolution: int, test_fraction: float, labels: Sequence[str] = ()
) -> tuple[np.ndarray, dict[str, object]]:
    """Prepare one image.

    Args:
        source: the image and what is known of it.
        resolution: height and width of the result.
        test_fraction: see `split_of`.
        labels: which labels its row gets, where their value is known.

    Returns:
        image [1, resolution, resolution] uint8, and its row of the index.
    """
    patient, side, view = source.patient, source.side, source.view
    if source.path.suffix.lower() in dicom.SUFFIXES:
        file = dicom.read_dicom(source.path)
        values = file.values
        patient, side, view = (
            patient or file.patient,
            side or side_of(file.side, f"{source.path}, laterality tag"),
            view or file.view.strip().upper(),
        )
    else:
        values = images.read_raster(source.path)
    try:
        pose = canonical_pose(values, resolution, images.resize)
    except DataError as error:
        raise DataError(f"{source.path}: {error}") from None
    row: dict[str, object] = {
        "source": source.name,
        "patient": pseudonym(patient),
        "side": side,
        "view": view,
        "mirrored": pose.mirrored,
        "markers_removed": pose.markers_removed,
        "split": split_of(patient, test_fraction),
        "sha256": hashlib.sha256(pose.image.tobytes()).hexdigest(),
    }
    if labels:
        values_of = {**source.labels, "view": view, "side": side}
        row["labels"] = {label: values_of[label] for label in labels if values_of.get(label)}
    return pose.image[None], row


def _fields(rows: list[dict[str, object]], labels: Sequence[str]) -> list[dict[str, object]]:
    """The values that every label has in the set, sorted."""
    fields = []
    for label in labels:
        values = sorted({row["labels"][label] for row in rows if label in row["labels"]})  # type: ignore[index,operator]
        if not values:
            raise DataError(f"label {label!r}: is not known of any image")
        fields.append((label, values))
    try:
        checked = label_fields.checked(fields)
    except ConfigurationError as error:
        raise DataError(str(error)) from None
    return [{"name": name, "values": list(values)} for name, values in checked]


def _write_shard(path: Path, batch: list[np.ndarray]) -> dict[str, object]:
    np.save(path, np.stack(batch), allow_pickle=False)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    return {"file": path.name, "images": len(batch), "sha256": digest}


def prepare(
    folders: Sequence[Path],
    out: Path,
    *,
    csv_files: Sequence[Path] = (),
    resolution: int = 512,
    test_fraction: float = 0.1,
    labels: Sequence[str] = (),
    skip_unreadable: bool = False,
    progress: bool = False,
) -> dict[str, object]:
    """Prepare a training set.

    Args:
        folders: source folders, see `manifest.collect`.
        out: the folder to write; must not hold a training set yet.
        csv_files: see `manifest.collect`.
        resolution: height and width of the images, a power of two from 8 to 1024.
        test_fraction: share of the patients, 0 to 1, whose images are kept out of training.
        labels: what networks may be conditioned on: `view` or `side` (CSV or DICOM), or any column of the CSV files.
        skip_unreadable: leave out files that cannot be prepared and list them in the index, instead of stopping.
        progress: show a progress bar.

    Returns:
        the content of index.json.
    """
    if not 8 <= resolution <= 1024 or resolution & (resolution - 1):
        raise DataError(f"resolution is {resolution}; it must be a power of two from 8 to 1024")
    if not 0 <= test_fraction <= 1:
        raise DataError(f"test fraction is {test_fraction}; it must lie between 0 and 1")
    if (out / "index.json").exists():
        raise DataError(f"{out}: already holds a training set (index.json); choose another folder or remove it")
    sources = collect(folders, csv_files, labels)
    out.mkdir(parents=True, exist_ok=True)
    per_shard = max(1, SHARD_BYTES // resolution**2)

    rows: list[dict[str, object]] = []
    shards: list[dict[str, object]] = []
    skipped: list[str] = []
    batch: list[np.ndarray] = []
    for source in _bar(sources, progress):
        try:
            image, row = prepare_one(source, resolution, test_fraction, labels)
        except DataError as error:
            if not skip_unreadable:
                raise
            skipped.append(str(error))
            continue
        batch.append(image)
        rows.append(row)
        if len(batch) == per_shard:
            shards.append(_write_shard(out / f"shard-{len(shards):05d}.npy", batch))
            batch = []
    if batch:
        shards.append(_write_shard(out / f"shard-{len(shards):05d}.npy", batch))
    if not rows:
        raise DataError(f"none of the {len(sources)} images could be prepared; the first reason: {skipped[0]}")
    index: dict[str, object] = {
        "format_version": FORMAT_VERSION,
        "resolution": resolution,
        "channels": 1,
        "test_fraction": test_fraction,
        **({"label_fields": _fields(rows, labels)} if labels else {}),
        "shards": shards,
        "images": rows,
        "skipped": skipped,
    }
    temporary = out / "index.json.tmp"
    temporary.write_text(json.dumps(index, indent=1) + "\n", encoding="utf-8")
    temporary.replace(out / "index.json")
    return index


def _bar(sources: list[SourceImage], progress: bool) -> Iterable[SourceImage]:
    if not progress:
        return sources
    from tqdm import tqdm

    return tqdm(sources, desc="prepare", unit="image")
