"""`make` and `.ci/run` on machines that lack something, and when tests fail."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.places import ROOT

# A Python that fails for the statement named in REFUSED and is the real one otherwise.
FAKE_PYTHON = """#!/bin/sh
case "$2" in *"$REFUSED"*) exit 1 ;; esac
exec {python} "$@"
"""


@pytest.mark.parametrize(
    ("refused", "said"),
    [("version_info", "Python 3.11 or later is needed"), ("ensurepip", "apt-get install python3-venv")],
)
def test_a_lacking_python_gives_one_clear_line(tmp_path: Path, refused: str, said: str) -> None:
    for name in ("Makefile", "pyproject.toml"):
        shutil.copy(ROOT / name, tmp_path)
    python = tmp_path / "python"
    python.write_text(FAKE_PYTHON.format(python=sys.executable))
    python.chmod(0o755)
    environment = os.environ | {"REFUSED": refused}
    run = subprocess.run(
        ["make", "up", f"PYTHON={python}"], cwd=tmp_path, env=environment, capture_output=True, text=True
    )
    assert run.returncode != 0
    ours = [line for line in run.stderr.splitlines() if not line.startswith("make")]
    assert len(ours) == 1
    assert said in ours[0]
    assert not (tmp_path / ".venv").exists()


@pytest.mark.parametrize(
    ("environment", "arguments", "bundle"),
    [
        ({}, [], "deploy/bundles/demo"),
        ({"MAMMOGANESIS_BUNDLE": "/some/bundle"}, [], "/some/bundle"),
        ({"MAMMOGANESIS_BUNDLE": "/some/bundle"}, ["BUNDLE=out/bundle"], "out/bundle"),
    ],
)
def test_up_serves_the_bundle_asked_for(environment: dict[str, str], arguments: list[str], bundle: str) -> None:
    inherited = {key: value for key, value in os.environ.items() if key not in ("BUNDLE", "MAMMOGANESIS_BUNDLE")}
    run = subprocess.run(
        ["make", "--dry-run", "up", *arguments], cwd=ROOT, env=inherited | environment, capture_output=True, text=True
    )
    assert run.stdout.rstrip().endswith(f"--bundle {bundle}")


@pytest.mark.parametrize(
    ("status", "closing"), [(0, "== 5 passed in 1.00s =="), (1, "== 1 failed, 4 passed in 1.00s ==")]
)
def test_ci_ends_with_pytests_closing_line(tmp_path: Path, status: int, closing: str) -> None:
    (tmp_path / ".ci").mkdir()
    script = shutil.copy(ROOT / ".ci/run", tmp_path / ".ci")
    (tmp_path / "Makefile").write_text(f"test:\n\t@echo '{closing}'; exit {status}\n")
    run = subprocess.run([script], capture_output=True, text=True)
    assert run.stdout.splitlines()[-1] == closing
    assert run.stderr == ""
    assert (run.returncode == 0) is (status == 0)
