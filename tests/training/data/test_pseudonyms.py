"""Pseudonyms come from a key that lies outside the set, is made once, and is the owner's alone."""

from __future__ import annotations

import hmac
import json
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from mammoganesis.errors import ConfigurationError, DataError
from tests.support.mammograms import mammogram, write_dicom
from training.data import pseudonyms
from training.data.patients import split_of
from training.data.prepare import PrepareOptions, prepare

KEY = bytes(range(32))


def test_the_published_vector() -> None:
    """RFC 4231, test case 2, is what the hash is made of; the pseudonym is the same with a purpose before the text."""
    assert hmac.digest(b"Jefe", b"what do ya want for nothing?", "sha256").hex().startswith("5bdcc146bf60754e")
    assert pseudonyms.pseudonym("P4", KEY) == hmac.digest(KEY, b"mammoganesis patient\0P4", "sha256").hex()[:16]
    assert pseudonyms.pseudonym("", KEY) == ""
    assert pseudonyms.pseudonym("P4", KEY) != pseudonyms.pseudonym("P4", bytes(32)) != pseudonyms.fingerprint(KEY)


def test_a_key_is_made_once_for_its_owner_alone(tmp_path: Path) -> None:
    file = tmp_path / "keys" / "a.key"
    key, said = pseudonyms.key_of(file, tmp_path / "set")
    assert said.startswith("made the key of pseudonyms")
    assert file.stat().st_mode & 0o777 == 0o600
    assert (len(key), list(file.parent.iterdir())) == (32, [file])
    assert pseudonyms.key_of(file, tmp_path / "set") == (key, "")
    assert pseudonyms.key_of(tmp_path / "b.key", tmp_path / "set")[0] != key
    file.chmod(0o644)
    assert pseudonyms.key_of(file, tmp_path / "set") == (key, f"{file}: the key of pseudonyms can be read by others than its owner")  # fmt: skip  # noqa: E501


def test_who_makes_a_key_at_once_gets_the_same(tmp_path: Path) -> None:
    found, start = [], threading.Barrier(8)

    def make() -> None:
        start.wait()
        found.append(pseudonyms.key_of(tmp_path / "a.key", tmp_path / "set")[0])

    threads = [threading.Thread(target=make) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8
    assert len(set(found)) == 1


def test_a_key_inside_the_set_and_a_file_that_is_none_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="inside the set"):
        pseudonyms.key_of(tmp_path / "set" / "keys" / "a.key", tmp_path / "set")
    (tmp_path / "link").symlink_to(tmp_path / "set")
    with pytest.raises(ConfigurationError, match="inside the set"):
        pseudonyms.key_of(tmp_path / "link" / "a.key", tmp_path / "set")
    assert not (tmp_path / "set").exists()
    (tmp_path / "text").write_text("secret")
    with pytest.raises(DataError, match="text: holds no key of pseudonyms; 64 hexadecimal digits are needed"):
        pseudonyms.key_of(tmp_path / "text", tmp_path / "set")
    with pytest.raises(DataError, match="cannot be read or made"):
        pseudonyms.key_of(tmp_path, tmp_path / "set")


def write(folder: Path, *numbers: int, **tags: Any) -> Path:
    for number in numbers:
        values = (mammogram(number) * 10).astype(np.uint16)
        write_dicom(folder / f"{number}.dcm", values, **{"PatientID": f"P{number // 2}"} | tags)
    return folder


def options(tmp_path: Path, **changes: Any) -> PrepareOptions:
    return PrepareOptions(resolution=32, test_fraction=0.5, pseudonym_key=tmp_path / "a.key", **changes)


def test_patients_keep_pseudonym_and_side_when_data_are_added(tmp_path: Path) -> None:
    first = prepare([write(tmp_path / "one", *range(12))], tmp_path / "first", options(tmp_path))
    write(tmp_path / "one", *range(12, 20))
    second = prepare([tmp_path / "one"], tmp_path / "second", options(tmp_path, extends=tmp_path / "first"))
    known = {row["patient"]: row["split"] for row in first["images"]}
    later = {row["patient"]: row["split"] for row in second["images"]}
    assert set(known.values()) == {"train", "test"}
    assert known.items() < later.items()
    other = prepare([tmp_path / "one"], tmp_path / "other", PrepareOptions(resolution=32, test_fraction=0.5))
    assert not {row["patient"] for row in other["images"]} & set(later)
    with pytest.raises(DataError, match="first: its pseudonyms are of another key"):
        prepare([tmp_path / "one"], tmp_path / "x", PrepareOptions(resolution=32, extends=tmp_path / "first"))


def test_an_extended_set_keeps_its_sides_whatever_the_fraction(tmp_path: Path) -> None:
    source = write(tmp_path / "one", *range(12))
    first = prepare([source], tmp_path / "first", options(tmp_path))
    other = PrepareOptions(
        resolution=32, test_fraction=0.9, pseudonym_key=tmp_path / "a.key", extends=tmp_path / "first"
    )
    second = prepare([source], tmp_path / "second", other)
    assert [row["split"] for row in second["images"]] == [row["split"] for row in first["images"]]


def test_who_turns_out_to_be_one_and_was_on_both_sides_is_a_leak(tmp_path: Path) -> None:
    held, trained = (next(n for n in range(40) if split_of([f"P{n}"], 0.5) == side) for side in ("test", "train"))
    source = write(tmp_path / "one", 1, PatientID=f"P{held}")
    write(source, 2, PatientID=f"P{trained}")
    prepare([source], tmp_path / "first", options(tmp_path))
    write(tmp_path / "two", 2, PatientID=f"P{held}", SOPInstanceUID="1.2.3")
    sources = [source, tmp_path / "two"]
    with pytest.raises(DataError, match="--extends: of what is one patient here the earlier set has a part for train"):
        prepare(sources, tmp_path / "second", options(tmp_path, extends=tmp_path / "first"))
    assert not (tmp_path / "second" / "index.json").exists()
    rows = prepare(sources, tmp_path / "third", PrepareOptions(resolution=32))["images"]
    assert {row["split"] for row in rows} == {"train"}


@pytest.mark.parametrize("resolution", [64, 128])
def test_a_copy_without_a_patient_stays_on_the_side_of_the_earlier_set(tmp_path: Path, resolution: int) -> None:
    """Saved again by others, with loss and in another size, it would be for training: nobody knows whose it is."""
    large = {"resolution": resolution, "test_fraction": None, "pseudonym_key": tmp_path / "a.key"}
    for number in range(8):
        values = (mammogram(number, 240, 180) * 10).astype(np.uint16)
        write_dicom(tmp_path / "one" / f"{number}.dcm", values, PatientID=f"P{number}")
    fraction = {**large, "test_fraction": 0.5}
    first = prepare([tmp_path / "one"], tmp_path / "first", PrepareOptions(**fraction))
    assert {row["split"] for row in first["images"]} == {"train", "test"}
    (tmp_path / "two").mkdir()
    for number in range(10):
        picture = Image.fromarray(np.round(mammogram(number, 240, 180)).astype(np.uint8))
        picture.resize((150, 200)).save(tmp_path / "two" / f"{number}.jpg", quality=60)
    second = prepare([tmp_path / "two"], tmp_path / "second", PrepareOptions(**large, extends=tmp_path / "first"))
    assert {row["sha256"] for row in second["images"]}.isdisjoint(row["sha256"] for row in first["images"])
    expected = [row["split"] for row in first["images"]] + ["train", "train"]
    assert [row["split"] for row in second["images"]] == expected


def test_a_set_with_a_leak_is_not_opened(tmp_path: Path) -> None:
    from training.data.dataset import Dataset
    from training.data.index import digest_of

    prepare([write(tmp_path / "one", *range(12))], tmp_path / "set", options(tmp_path))
    file = tmp_path / "set" / "index.json"
    index = json.loads(file.read_text())
    assert Dataset(tmp_path / "set").digest == index["digest"]
    for name in ("patient", "sha256"):
        changed = json.loads(json.dumps(index))
        one, other = (next(r for r in changed["images"] if r["split"] == side) for side in ("train", "test"))
        one[name] = other[name]
        file.write_text(json.dumps(changed | {"digest": digest_of(changed)}))
        with pytest.raises(DataError, match=f"(patient|image) {one[name][:16]} is both for training and held out"):
            Dataset(tmp_path / "set")
    index["images"][0]["split"] = "test" if index["images"][0]["split"] == "train" else "train"
    index["images"][0]["patient"] = ""
    file.write_text(json.dumps(index))
    with pytest.raises(DataError, match="was changed: its digest is"):
        Dataset(tmp_path / "set")
