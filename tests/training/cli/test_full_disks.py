"""A disk that is full when something is measured, discovered, curated or exported: one line, no half-written file."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image

from tests.places import TINY_BUNDLE
from tests.support.small_disk import small_disk
from training.accelerators import select
from training.cli import main
from training.configs.options import TrainingOptions
from training.loop import saving, state

PAGE = 4096  # bytes of a file system in memory
COMPONENTS, REGIONS = TINY_BUNDLE / "components.npz", TINY_BUNDLE / "regions.npz"
DIRECTIONS = ("--top", 1, "--seeds", 2, "--sigmas", "-2,2", "--layers", "1:4", "--threads", 1, "--end-seeds", 3)
LOCALITY = ("--pairs", 2, "--epsilon", 10, "--low-resolution-epsilon", 2, "--threads", 1)
EXPORT = ("--random-codes", 1, "--preview-codes", 8, "--no-masked", "--no-licence")
READERS: dict[str, Callable[[Path], object]] = {
    ".json": lambda path: json.loads(path.read_bytes()),
    ".npz": lambda path: np.load(path).files,
    ".png": lambda path: Image.open(path).load(),
}


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory, tiny_options: TrainingOptions) -> Path:
    return Path(str(saving.save(state.create(tiny_options, select("cpu", "float32")), tmp_path_factory.mktemp("run"))))


def words_of(command: str, checkpoint: Path, data: Path, disk: Path) -> list[object]:
    """The arguments of a command that writes to a disk."""
    sampling = ("--data", data, "--samples", 4, "--device", "cpu", "--threads", 1)
    return {
        "discover components": ["discover", "components", checkpoint, "--out", disk / "c.npz", "--samples", 100],
        "discover regions": ["discover", "regions", checkpoint, "--out", disk / "new" / "r.npz", "--samples", 8],
        "evaluate metrics": ["evaluate", "metrics", checkpoint, *sampling, "--metric", "frd", "--out", disk / "m.json"],
        "evaluate neighbours": [
            *("evaluate", "neighbours", checkpoint, *sampling, "--out", disk / "n.json", "--sheet", disk / "n.png"),
        ],
        "evaluate locality": [
            "evaluate",
            "locality",
            TINY_BUNDLE,
            "--regions",
            REGIONS,
            "--out",
            disk / "l",
            *LOCALITY,
        ],
        "evaluate directions": [
            *("evaluate", "directions", TINY_BUNDLE, "--components", COMPONENTS, "--out", disk / "d"),
            *DIRECTIONS,
        ],
        "curate sheets": [
            *("curate", "sheets", TINY_BUNDLE, "--out", disk / "s"),
            *("--components", 2, "--seeds", "5,6", "--threads", 1),
        ],
        "export": ["export", checkpoint, "--out", disk / "bundle", *EXPORT],
    }[command]


@pytest.mark.parametrize(
    ("command", "pages"),  # that are free
    [
        ("discover components", 0),
        ("discover regions", 0),
        ("evaluate metrics", 0),
        ("evaluate neighbours", 1),
        ("evaluate locality", 5),
        ("evaluate directions", 5),
        ("curate sheets", 5),
        ("export", 5),
    ],
)
def test_a_full_disk_is_told_in_one_line(
    checkpoint: Path, tiny_data: Path, tmp_path: Path, command: str, pages: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("training.evaluation.reference.REFERENCE_IMAGES", 12)
    with small_disk(tmp_path / "disk", PAGE * (pages + 1)) as disk:
        (disk / "filler").write_bytes(bytes(PAGE))
        words = ["--debug", *map(str, words_of(command, checkpoint, tiny_data, disk))]
        result = CliRunner().invoke(main, words)
        assert (result.exit_code, type(result.exception)) == (1, SystemExit), result.output
        (line,) = [line for line in result.output.splitlines() if "error" in line.lower()]
        assert line.startswith(f"error: {disk}/"), line
        assert "the disk is full; " in line
        assert "Traceback" not in result.output
        left = [path for path in disk.rglob("*") if path.is_file() and path.name != "filler"]
        assert [path for path in left if path.name.startswith(".") or path.suffix == ".part"] == []
        assert not (disk / "bundle").exists()
        for path in left:
            READERS.get(path.suffix, Path.read_text)(path)
