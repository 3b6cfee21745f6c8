"""The studio's pages: their sources check and pass their tests, and what is committed is what they build."""

import os
import subprocess
import sys

from tests.places import ROOT

BUILD = ROOT / "services" / "studio" / "web" / "build.sh"


def _build(option: str) -> None:
    environment = {**os.environ, "PYTHON": sys.executable}
    done = subprocess.run([BUILD, option], env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_pages_logic() -> None:
    _build("--test")


def test_the_committed_pages_are_what_the_sources_build() -> None:
    _build("--check")
