"""What the processes say about their settings when they start, whose call a line is about, and from which level on."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import subprocess
import sys
from pathlib import Path

import pytest

from services.observability.logs import JsonFormatter, LevelFile, speak_of
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


def test_lines_of_a_call_carry_its_ids_and_others_do_not() -> None:
    """Also those that a thread writes for it."""

    async def call(request_id: str, trace_id: str) -> list[dict[str, object]]:
        speak_of(request_id, trace_id)
        return [_line(), await asyncio.to_thread(_line)]

    async def both() -> list[list[dict[str, object]]]:
        return await asyncio.gather(call("r1", "t1"), call("r2", ""))

    first, second = asyncio.run(both())
    assert [(line["request_id"], line["trace_id"]) for line in first] == [("r1", "t1")] * 2
    assert [(line["request_id"], "trace_id" in line) for line in second] == [("r2", False)] * 2
    assert "request_id" not in _line()


def _line() -> dict[str, object]:
    record = logging.LogRecord("services.test", logging.INFO, "", 0, "said", None, None)
    return json.loads(JsonFormatter("edge").format(record))


def test_the_level_follows_its_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file, ours = tmp_path / "log-level", logging.getLogger("services")
    before = ours.level
    watched = LevelFile(file, "warning")
    try:
        levels = []
        for text in (None, "debug\n", " ERROR ", "loud", "", "info"):
            if text is not None:
                file.write_text(text)
            watched.look()
            levels.append(logging.getLevelName(ours.level))
        file.unlink()
        watched.look()
        levels.append(logging.getLevelName(ours.level))
        file.write_bytes(b"\xff" * 10_000)
        watched.look()
        levels.append(logging.getLevelName(ours.level))
    finally:
        ours.setLevel(before)
    assert levels == ["WARNING", "DEBUG", "ERROR", "WARNING", "WARNING", "INFO", "WARNING", "WARNING"]
