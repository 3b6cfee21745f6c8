"""Manifests are read in the thread that asks, and damaged ones are told."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from mammoganesis.errors import FailedPrecondition
from services.bulk import manifest

PROGRAM = """
import psutil
from services.bulk import manifest

texts = ("file", "member", "sha256", "latent_id", "bundle_digest", "recipe", "row")
told = dict.fromkeys(texts, "x") | {"edits": (), "labels": {}}
rows = [manifest.Row(index=k, seed=k, **told) for k in range(100)]
data = manifest.write("job", 0, {"f": (1, "0" * 64)}, rows, manifest.schema((), ()))
before = psutil.Process().num_threads()
assert manifest.read(data, "m").images == 100
print(psutil.Process().num_threads() - before)
"""


def test_reading_a_manifest_starts_no_thread() -> None:
    """With threads of Arrow's being born, a process that has nothing else to do is aborted at its end."""
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout.strip()) == (0, "0"), done.stderr


def test_a_damaged_recipe_is_told_with_its_file(tmp_path: Path) -> None:
    told = dict.fromkeys(("file", "member", "sha256", "latent_id", "bundle_digest", "row"), "x")
    row = manifest.Row(index=0, seed=0, recipe='{"seed": ', edits=(), labels={}, **told)
    data = manifest.write("job", 0, {"x": (1, "0" * 64)}, [row], manifest.schema((), ()))
    with pytest.raises(FailedPrecondition, match="x: its recipe in the manifest is damaged: not JSON at line 1"):
        manifest.write_whole([manifest.read(data, "m")], tmp_path / "m.parquet", tmp_path / "m.jsonl")
