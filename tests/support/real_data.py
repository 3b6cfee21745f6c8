"""The real mammograms, which are not in the repository."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.places import ROOT


def mammograms_folder() -> Path:
    """Where they lie on this machine, if they do."""
    return Path(os.environ.get("MAMMOGRAMS", ROOT.parent / "shared" / "data"))


def real_mammograms() -> Path:
    """The folder with cdd-cesm-512 in it, or the test is skipped."""
    folder = mammograms_folder()
    if not (folder / "cdd-cesm-512" / "manifest.csv").is_file():
        pytest.skip(f"no real mammograms in {folder}; set MAMMOGRAMS to a folder with cdd-cesm-512")
    return folder
