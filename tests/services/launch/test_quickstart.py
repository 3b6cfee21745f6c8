"""The quickstart's files, on a bundle with and without components and regions."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image as Pil

from mammoganesis.pictures.png import read_png
from services.client import Client
from services.launch import quickstart
from tests.support.serving import TINY, Copy


def test_samples_a_sweep_a_transfer_and_a_sheet_of_them(tmp_path: Path) -> None:
    with Client.local(TINY) as client:
        sheet = quickstart.run(client, tmp_path / "deep" / "out")
    assert sheet == tmp_path / "deep" / "out" / "contact_sheet.png"
    contents = {path.stem: read_png(path.read_bytes()) for path in sheet.parent.glob("*.png")}
    recipes = {name: content.recipe for name, content in contents.items()}
    assert [recipes[f"sample{i}"].seed for i in range(8)] == list(range(8))  # type: ignore[union-attr]
    moves = [recipes[f"sweep{i}"].component_edits[0] for i in range(7)]  # type: ignore[union-attr]
    assert [(move.index, move.sigmas) for move in moves] == [(0, sigmas) for sigmas in range(-3, 4)]
    transferred = recipes["transfer"]
    assert transferred is not None
    assert (transferred.seed, transferred.style_transfers[0].reference.seed) == (1, 2)
    assert (contents["transfer"].pixels != contents["sample1"].pixels).any()
    assert len(contents) == 8 + 7 + 1 + 1

    with Pil.open(sheet) as opened:
        shown = np.asarray(opened.convert("L"))
    assert contents["contact_sheet"].texts["Synthetic"].startswith("yes")
    for name in ("sample0", "sweep6", "transfer"):
        assert _holds(shown, np.kron(contents[name].pixels, np.ones((4, 4), np.uint8))), name


def _holds(sheet: np.ndarray, picture: np.ndarray) -> bool:
    """Whether `picture` [n, n] stands somewhere on the sheet, pixel by pixel."""
    size = len(picture)
    windows = np.lib.stride_tricks.sliding_window_view(sheet, size, axis=1)
    places = np.argwhere((windows == picture[0]).all(axis=-1))
    return any((sheet[top : top + size, left : left + size] == picture).all() for top, left in places)


def test_a_bundle_that_only_samples(tmp_path: Path) -> None:
    copy = Copy(tmp_path / "bundle")
    for name in ("components.npz", "regions.npz"):
        copy.remove(name)
    copy.change_manifest(lambda manifest: [manifest.pop(key, None) for key in ("regions", "named_components")])
    with Client.local(copy.folder) as client:
        sheet = quickstart.run(client, tmp_path / "out")
    assert sorted(path.name for path in sheet.parent.iterdir()) == [
        "contact_sheet.png",
        *(f"sample{i}.png" for i in range(8)),
    ]
