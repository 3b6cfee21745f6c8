"""What the processes say about their settings when they start."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from services.process.config import Config
from services.process.ports import free_block

SECRET = "a-secret-of-the-tests-0123456789"


@pytest.mark.parametrize("process", ["edge", "studio", "cluster"])
def test_the_configuration_is_logged_once_with_its_secrets_masked(process: str, tmp_path: Path) -> None:
    first = free_block(2)
    config = Config(
        edge_port=first,
        studio_port=first + 1,
        edge_secret=SECRET,
        redis_url="redis://user:pass-word@cache:6379/0",
        max_stream_seconds=77.0,
    )
    command = [sys.executable, "-m", f"services.{process}", *([str(tmp_path)] if process == "cluster" else [])]
    lines = []
    with subprocess.Popen(
        command, env={**os.environ, **config.environment()}, stderr=subprocess.PIPE, text=True
    ) as started:
        assert started.stderr is not None
        for line in started.stderr:
            lines.append(line)
            if '"configuration"' in line:
                break
        started.kill()  # the cluster has not come to Ray yet
    text = "".join(lines)
    assert SECRET not in text
    assert "pass-word" not in text
    (record,) = [json.loads(line) for line in lines if '"configuration"' in line]
    assert record["process"] == process
    assert record["MAMMOGANESIS_MAX_STREAM_SECONDS"] == "77.0"
    assert record["MAMMOGANESIS_REDIS_URL"] == "redis://user:***@cache:6379/0"
    assert record["MAMMOGANESIS_EDGE_SECRET"] == "***"
