"""Studies of a bulk job in a DICOM server of others: all there, shown as they were drawn, and registered."""

from __future__ import annotations

import io
import json
import subprocess
import sys
import urllib.request
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from pydicom import dcmread

from services.bulk import driver
from services.bulk.document import read_job
from services.bulk.driver import Crew
from services.client import Client
from services.client.choices import Picture
from tests.places import DEMO_BUNDLE
from tests.support.dicom_tools import outlines_beside
from tests.support.orthanc import Orthanc, needs_orthanc
from tests.support.recorded import recorded

JOB = {
    "format": "mammoganesis-bulk",
    "format_version": 1,
    "seeds": {"values": [11, 12, 13, 14]},
    "picture": {"encoding": "IMAGE_ENCODING_DICOM", "side": "SIDE_LEFT", "view": "VIEW_MLO", "unmarked": True},
    "layout": "BULK_LAYOUT_DICOM_STUDIES",
    "images_per_study": 2,
}


def rendered(orthanc: Orthanc, instance: str) -> np.ndarray:
    """[H, W] of 8 bits: how the server itself shows an instance, by its window."""
    address = f"http://127.0.0.1:{orthanc.http_port}/instances/{instance}/rendered"
    asked = urllib.request.Request(address, headers={"Accept": "image/png"})
    with urllib.request.urlopen(asked) as answer, Image.open(io.BytesIO(answer.read())) as image:
        return np.asarray(image.convert("L"))


@needs_orthanc
@pytest.mark.timeout(600)
def test_a_part_of_a_job_is_sent_registered_and_shown_as_it_was_drawn(orthanc: Orthanc, tmp_path: Path) -> None:
    driver.run(read_job(json.dumps(JOB)), DEMO_BUNDLE, tmp_path / "job", Crew(0, 1))
    files = sorted((tmp_path / "job").glob("studies/*/*.dcm"))
    outlines = tmp_path / "outlines.dcm"  # go along, and are no image that could be registered
    outlines.write_bytes(outlines_beside(files[0].read_bytes()))
    with recorded(tmp_path / "records", bundle=DEMO_BUNDLE) as records:
        command = ["send", *map(str, files), str(outlines), "--stow", orthanc.stow, "--register", records.address]
        started = [sys.executable, "-c", "import sys; from services.cli import main; main(sys.argv[1:])"]
        sent = subprocess.run([*started, *command], capture_output=True, text=True, check=False)
        assert sent.returncode == 0, sent.stderr
        assert "5 of 5 files found" in sent.stdout
        assert "in 2 studies" in sent.stdout
        assert f"4 of 4 newly in the registry of {records.address}" in sent.stdout
        with Client.connect(records.address) as client:
            entries = list(client.registry())
    assert Counter(entry.destination for entry in entries) == {orthanc.stow: 4}
    with Client.local(DEMO_BUNDLE) as local:
        drawn = {image.recipe.seed: image.pixels() for image in local.sample([11, 12, 13, 14], picture=Picture())}
    names = {
        orthanc.get(f"/instances/{name}/simplified-tags")["SOPInstanceUID"]: name for name in orthanc.get("/instances")
    }
    ours = [entry.recipe.seed for entry in entries]
    assert sorted(ours) == [11, 12, 13, 14]
    for file, seed in zip(files, (11, 12, 13, 14), strict=True):
        shown = rendered(orthanc, names[dcmread(file, stop_before_pixels=True).SOPInstanceUID])
        right = drawn[seed][:, ::-1].astype(int)  # a left breast is shown the other way round
        assert np.abs(shown.astype(int) - right).max() <= 2
