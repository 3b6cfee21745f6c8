"""The one command for a machine with a GPU runs to its end on a CPU, and what it packs is a checkpoint."""

from __future__ import annotations

import json
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest
from PIL import Image

from tests.places import ROOT
from training.checkpoints import checkpoint


@pytest.mark.timeout(600)
def test_it_ends_by_itself_with_tables_a_grid_and_a_generator(tmp_path: Path) -> None:
    command = [sys.executable, "bench/gpu.py", "--device", "cpu", "--seconds", "60", "--out", str(tmp_path)]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert run.returncode == 0, run.stdout + run.stderr
    report = json.loads((tmp_path / "report.json").read_text())
    assert report["device"] == "cpu"
    assert {"tests", "training", "inference", "parts"} <= report.keys()
    assert "failed" not in report
    assert (tmp_path / "report.txt").read_text().strip() in run.stdout
    with Image.open(tmp_path / "grid.png") as grid:
        assert grid.width >= 64
    parts = sorted(tmp_path.glob("checkpoint.tar.*"))
    assert [part.name for part in parts] == report["parts"]
    (tmp_path / "whole.tar").write_bytes(b"".join(part.read_bytes() for part in parts))
    with tarfile.open(tmp_path / "whole.tar") as tar:
        tar.extractall(tmp_path / "whole", filter="data")
    (folder,) = (tmp_path / "whole").iterdir()
    generator, content = checkpoint.load_generator_ema(folder)
    assert content["images_seen"] >= 100
    assert all(value.isfinite().all() for value in generator.state_dict().values())
