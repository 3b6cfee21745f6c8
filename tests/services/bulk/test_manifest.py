"""Manifests are read in the thread that asks."""

from __future__ import annotations

import subprocess
import sys

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
