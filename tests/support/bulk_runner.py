"""The process that works on bulk jobs, beside records and their edge."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.places import ROOT
from tests.support.recorded import Recorded


@contextmanager
def working(records: Recorded, folder: Path, bundle: Path, **settings: Any) -> Iterator[subprocess.Popen[bytes]]:
    """A runner with its pulse in `folder`; ends as asked with the block."""
    process = started(records, folder, bundle, **settings)
    try:
        yield process
    finally:
        process.terminate()
        process.wait(timeout=60)


def started(records: Recorded, folder: Path, bundle: Path, **settings: Any) -> subprocess.Popen[bytes]:
    """A runner, which is somebody else's to end."""
    place = f"127.0.0.1:{records.environment['MAMMOGANESIS_RECORDS_PORT']}"
    further = {f"MAMMOGANESIS_{name.upper()}": str(value) for name, value in settings.items()}
    environment = records.environment | {
        "MAMMOGANESIS_RECORDS_ADDRESS": place,
        "MAMMOGANESIS_BUNDLE": str(bundle),
        "MAMMOGANESIS_MAX_BATCH_SIZE": "2",
        **further,
    }
    return subprocess.Popen([sys.executable, "-m", "services.bulk", str(folder)], cwd=ROOT, env=environment)
