"""A data set gives every image once per epoch, in an order that seed and position decide."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from mammoganesis.errors import DataError
from tests.support import changed_json
from training.data.dataset import Dataset


def test_epochs_show_every_image_once(tiny_data: Path) -> None:
    dataset = Dataset(tiny_data)
    assert (len(dataset), dataset.shape) == (4, (1, 16, 16))
    shown = dataset.batch(0, 12, seed=3)
    assert shown.dtype == np.uint8
    known = sorted(dataset[i].tobytes() for i in range(4))
    for epoch in range(3):
        assert sorted(image.tobytes() for image in shown[epoch * 4 : epoch * 4 + 4]) == known
    later = dataset.batch(0, 40, seed=3).reshape(10, 4, -1)
    assert any(not np.array_equal(later[0], epoch) for epoch in later[1:])
    assert not np.array_equal(shown[:8], dataset.batch(0, 8, seed=4))


def test_order_depends_on_the_position_only(tiny_data: Path) -> None:
    whole = Dataset(tiny_data).batch(0, 11, seed=3)
    assert np.array_equal(Dataset(tiny_data).batch(5, 6, seed=3), whole[5:])


@pytest.fixture
def broken(tiny_data: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(tiny_data, tmp_path / "broken"))


def _edit(folder: Path, **changes: object) -> None:
    index = json.loads((folder / "index.json").read_text())
    (folder / "index.json").write_text(json.dumps(index | changes))


def test_damaged_sets_are_refused(broken: Path, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="is no training set"):
        Dataset(tmp_path)
    _edit(broken, format_version=99)
    with pytest.raises(DataError, match="format_version is 99; this program reads 1"):
        Dataset(broken)
    images = json.loads((broken / "index.json").read_text())["images"]
    _edit(broken, format_version=1, images=[])
    with pytest.raises(DataError, match="lists 0 images, the shards hold 4"):
        Dataset(broken)
    _edit(broken, images=images)
    (broken / "shard-00000.npy").write_bytes(b"nothing")
    with pytest.raises(DataError, match=r"shard-00000\.npy: cannot be read"):
        Dataset(broken)


def test_an_empty_split_is_refused(tiny_data: Path) -> None:
    with pytest.raises(DataError, match="no image in the split 'test'"):
        Dataset(tiny_data, "test")


def test_shards_hold_no_pickles(broken: Path) -> None:
    np.save(broken / "shard-00000.npy", np.array([{}] * 4, dtype=object), allow_pickle=True)
    with pytest.raises(DataError, match=r"shard-00000\.npy"):
        Dataset(broken)


def test_a_shard_that_has_changed_is_refused(broken: Path) -> None:
    path = broken / "shard-00000.npy"
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    with pytest.raises(DataError, match=r"shard-00000\.npy: its SHA-256 is [0-9a-f]{12}\.\.\., not that of index"):
        Dataset(broken)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"images": {}}, r"images is \{\}; expected a list"),
        ({"images": [5]}, r"images\[0\] is 5; expected an object"),
        ({"resolution": "16"}, "resolution is '16'; expected a whole number, 1 to 16384"),
        ({"resolution": None}, "resolution is None; expected a whole number"),
        ({"channels": True}, "channels is True; expected a whole number, 1 to 4"),
        ({"bits": 12}, "bits is 12; expected 8 or 16"),
        ({"shards": [{"file": "../set.npy"}]}, r"shards\[0\].file is '../set.npy'; expected the name of a file in the"),
        ({"shards": [{"file": "a.npy"}]}, r"shards\[0\].images is missing; expected a whole number, 0 to"),
        ({"label_fields": [{"name": "view", "values": "CC"}]}, r"label_fields\[0\].values is 'CC'; expected a list"),
        ({"licence": []}, r"licence is \[\]; expected a text"),
    ],
)
def test_a_value_of_the_wrong_kind_is_named(broken: Path, change: dict[str, object], words: str) -> None:
    _edit(broken, **change)
    with pytest.raises(DataError, match=words):
        Dataset(broken)


@pytest.mark.parametrize("stated", [True, False])
def test_whatever_one_value_of_the_index_is_there_is_an_answer(broken: Path, stated: bool) -> None:
    """Also where no digest says that it was changed."""
    path = broken / "index.json"
    whole = json.loads(path.read_text()) | {"label_fields": [{"name": "view", "values": ["CC", "MLO"]}]}
    whole["images"][0] |= {"labels": {"view": "CC"}, "patient": "0123"}
    if not stated:
        del whole["digest"]
    said = changed_json.refused(whole, path, lambda: Dataset(broken, label_fields=(("view", ("CC", "MLO")),)))
    assert len(said) > 100
    assert all(str(broken) in line and "\n" not in line for _, line in said)


def test_shards_whose_heads_are_damaged_are_refused(broken: Path) -> None:
    for shape in ("(-1,)", f"({10**30},)", "(True,)", "(" * 90, "()"):
        head = f"{{'descr': '|u1', 'fortran_order': False, 'shape': {shape}, }}".ljust(117).encode() + b"\n"
        (broken / "shard-00000.npy").write_bytes(b"\x93NUMPY\x01\x00\x76\x00" + head + bytes(2000))
        with pytest.raises(DataError, match=r"shard-00000\.npy"):
            Dataset(broken)
    for content in (b"", b"PK\3\4", b"\x93NUMPY"):
        (broken / "shard-00000.npy").write_bytes(content)
        with pytest.raises(DataError, match=r"shard-00000\.npy"):
            Dataset(broken)
