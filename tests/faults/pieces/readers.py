"""Files changed at random, guided by the lines that they reach: the readers of PNG and DICOM answer or refuse."""

from __future__ import annotations

import asyncio
import os
import re
import subprocess
import sys
from pathlib import Path

from mammoganesis.v1 import sampling_pb2
from mammoganesis.v1.images_pb2 import (
    IMAGE_ENCODING_DICOM,
    IMAGE_ENCODING_DICOM_SECONDARY_CAPTURE,
    IMAGE_ENCODING_PNG_8,
    IMAGE_ENCODING_PNG_16,
    SIDE_LEFT,
    VIEW_CC,
    ImageFormat,
)
from tests.faults.calls import EXACT
from tests.faults.pieces import Finding
from tests.places import ROOT
from tests.support.serving import CALL, TINY, serving

PLACE = {"view": VIEW_CC, "side": SIDE_LEFT}
ENCODINGS = {
    "png": (IMAGE_ENCODING_PNG_8, IMAGE_ENCODING_PNG_16),
    "dicom": (IMAGE_ENCODING_DICOM, IMAGE_ENCODING_DICOM_SECONDARY_CAPTURE),
}


async def written(kind: str) -> list[bytes]:
    """Files of ours to begin with."""
    found = []
    async with serving(TINY, **EXACT) as servicers:
        for encoding in ENCODINGS[kind]:
            image_format = ImageFormat(encoding=encoding, **(PLACE if kind == "dicom" else {}))
            request = sampling_pb2.SampleRequest(seeds=[1, 2], format=image_format)
            found += [image.data for image in (await servicers.sampling.Sample(request, CALL)).images]
    return found


def fuzz(kind: str, folder: Path, runs: int, seconds: int) -> tuple[int, str | None]:
    """How many inputs were read, and what went wrong."""
    seeds = folder / kind
    seeds.mkdir(parents=True, exist_ok=True)
    for number, data in enumerate(asyncio.run(written(kind))):
        (seeds / f"ours-{number}").write_bytes(data)
    command = [sys.executable, "-m", "tests.faults.readers", kind, str(seeds), f"-runs={runs}", "-seed=1"]
    command += [f"-max_total_time={seconds}", "-max_len=32768", "-timeout=60", "-rss_limit_mb=3000"]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, errors="replace")
    (folder / f"{kind}.log").write_text(done.stderr + done.stdout)
    read = re.search(r"Done (\d+) runs", done.stderr)
    ran = int(read[1]) if read else 0
    return ran, None if done.returncode == 0 and ran else f"{kind}: exit code {done.returncode}; see {kind}.log"


def prove(folder: Path, runs: int = 500_000, seconds: int = 900) -> Finding:
    """As the module says; each kind `runs` times, or for `seconds`."""
    told, wrong = {}, []
    for kind in ENCODINGS:
        told[f"{kind} files read"], trouble = fuzz(kind, folder, runs, seconds)
        wrong += [trouble] if trouble else []
    return Finding("readers of PNG and DICOM under atheris", told, wrong)
