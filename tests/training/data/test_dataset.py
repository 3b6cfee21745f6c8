"""A data set gives every image once per epoch, in an order that seed and position decide."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from mammoganesis.errors import DataError
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
