"""The disk fills up, and the clock jumps, under a process that serves: it goes on, or says what is missing.

The disk is a file system of one megabyte, the clock that of libfaketime (Debian: apt-get install faketime), which
moves the time of day alone, as a person or NTP sets it.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import grpc
import pytest

from mammoganesis.v1 import cases_pb2
from tests.faults.pieces import Finding
from tests.faults.pieces.abuse import SERVER
from tests.places import ROOT
from tests.support.recorded import case, recorded
from tests.support.small_disk import small_disk

FAKETIME = "/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1"
JUMPS = ("+0", "+3600", "-3600", "+365d", "-10d", "+0")
CALLS = 50


def full_disk(folder: Path, calls: int) -> tuple[str, list[str]]:
    """Records writes cases until its disk is full, and beyond; then there is room again."""
    codes, wrong = Counter[str](), []
    place = folder / "small"
    with small_disk(place, 2**20) as disk, recorded(disk / "records") as running:
        request = cases_pb2.CreateCaseRequest(case=case())
        (disk / "filler").write_bytes(bytes(2**18))
        for _ in range(calls):
            codes[_code(lambda: running.cases.CreateCase(request, timeout=60))] += 1
        reads = _code(lambda: running.cases.ListCases(cases_pb2.ListCasesRequest(page_size=5), timeout=60))
        (disk / "filler").unlink()
        after = _code(lambda: running.cases.CreateCase(request, timeout=60))
        if running.process.poll() is not None:
            wrong.append("records has ended")
    wrong += [
        f"a full disk is told as {code}" for code in codes if code not in ("OK", "UNAVAILABLE", "RESOURCE_EXHAUSTED")
    ]
    wrong += [] if len(codes) > 1 else ["the disk has not been filled"]
    wrong += [] if reads == after == "OK" else [f"a full disk: reading {reads}, writing with room again {after}"]
    return f"{dict(codes)}, reading {reads}, with room again {after}", wrong


def clock_jumps(folder: Path, calls: int) -> tuple[str, list[str]]:
    """An edge with servicers whose time of day is set again and again."""
    if not Path(FAKETIME).exists():
        return "left out: libfaketime is not installed", []
    setting, codes = folder / "faketime", Counter[str]()
    setting.write_text(JUMPS[0])
    environment = os.environ | {
        "LD_PRELOAD": FAKETIME,
        "FAKETIME_TIMESTAMP_FILE": str(setting),
        "FAKETIME_NO_CACHE": "1",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
    }
    process = subprocess.Popen(
        [sys.executable, "-c", SERVER], cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True
    )
    slowest = 0.0
    try:
        assert process.stdout
        with grpc.insecure_channel(process.stdout.readline().strip()) as channel:
            sample = channel.unary_unary("/mammoganesis.v1.SamplingService/Sample")
            for jump in JUMPS:
                setting.write_text(jump)
                for _ in range(calls):
                    start = time.monotonic()
                    codes[_code(lambda: sample(b"\x0a\x01\x05", timeout=20))] += 1
                    slowest = max(slowest, time.monotonic() - start)
    finally:
        process.kill()
        process.communicate()
    wrong = [f"the clock jumps: {dict(codes)}"] if set(codes) != {"OK"} else []
    return f"{len(JUMPS)} jumps, {dict(codes)}, the slowest call {slowest:.2f} s", wrong


def _code(call: object) -> str:
    try:
        call()  # type: ignore[operator]
    except grpc.RpcError as error:
        return error.code().name  # type: ignore[attr-defined]
    return "OK"


def prove(folder: Path, calls: int = CALLS) -> Finding:
    """As the module says."""
    shutil.rmtree(folder / "small", ignore_errors=True)
    try:
        disk, wrong = full_disk(folder, 20 * calls)
    except pytest.skip.Exception as reason:
        disk, wrong = f"left out: {reason}", []
    clock, more = clock_jumps(folder, calls)
    return Finding("a full disk and a clock that jumps", {"disk": disk, "clock": clock}, wrong + more)
