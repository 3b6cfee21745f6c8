"""A store without credentials is one sentence, from the store's own client."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from mammoganesis.errors import FailedPrecondition
from mammoganesis.stores import without_credentials
from services.bulk.destination import Destination


@pytest.fixture
def nobody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """An environment in which there are no credentials of Amazon's, and no way to ask for some."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    return dict(os.environ)


@pytest.mark.parametrize("arguments", [("prepare", "s3://bucket/in", "--resolution", "32", "--out", "s3://bucket/set")])
def test_a_command_says_what_to_set(nobody: dict[str, str], tmp_path: Path, arguments: tuple[str, ...]) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "training.cli", *arguments], env=nobody, cwd=Path.cwd(), capture_output=True, text=True
    )
    assert done.returncode == 1
    last = done.stderr.strip().splitlines()[-1]
    assert "there are no credentials for the store (Unable to locate credentials)" in last
    assert "AWS_ACCESS_KEY_ID" in last
    assert "unexpected" not in done.stderr


def test_a_bulk_job_does_not_wait_for_them(nobody: dict[str, str]) -> None:
    before = time.monotonic()
    with pytest.raises(FailedPrecondition, match="there are no credentials for the store"):
        Destination("s3://bucket/without-credentials", 3600).read("job.json")
    assert time.monotonic() - before < 600


def test_other_errors_mean_something_else() -> None:
    assert without_credentials(OSError("the disk")) == ""
