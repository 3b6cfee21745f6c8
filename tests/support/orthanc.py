"""A real DICOM server for tests: Orthanc with its DICOMweb plugin."""

from __future__ import annotations

import json
import shutil
import subprocess
import time
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from services.process.ports import free_block
from tests.support.patience import WAIT_SECONDS

PLUGIN = Path("/usr/share/orthanc/plugins/libOrthancDicomWeb.so")
TITLE = "TEACHING"

needs_orthanc = pytest.mark.skipif(
    shutil.which("Orthanc") is None or not PLUGIN.exists(),
    reason="orthanc or orthanc-dicomweb is not installed: tests/install_packages.sh",
)


@dataclass
class Orthanc:
    """A server on two loopback ports, with nothing in it."""

    folder: Path
    http_port: int = 0
    dicom_port: int = 0
    process: subprocess.Popen[bytes] | None = field(default=None)

    @property
    def stow(self) -> str:
        return f"http://127.0.0.1:{self.http_port}/dicom-web"

    @property
    def dimse(self) -> str:
        return f"127.0.0.1:{self.dicom_port}:{TITLE}"

    def start(self) -> None:
        """Starts it and waits until it answers."""
        self.http_port = free_block(2)
        self.dicom_port = self.http_port + 1
        settings = {
            "Name": "tests",
            "StorageDirectory": str(self.folder / "storage"),
            "IndexDirectory": str(self.folder / "storage"),
            "Plugins": [str(PLUGIN)],
            "HttpPort": self.http_port,
            "DicomPort": self.dicom_port,
            "DicomAet": TITLE,
            "DicomCheckCalledAet": True,
            "RemoteAccessAllowed": True,
            "AuthenticationEnabled": False,
            "HttpVerbose": False,
            "DicomAlwaysAllowFind": True,
            "DicomAlwaysAllowGet": True,
            "DicomWeb": {"Enable": True, "Root": "/dicom-web/"},
        }
        (self.folder / "storage").mkdir(parents=True)
        (self.folder / "orthanc.json").write_text(json.dumps(settings))
        with (self.folder / "log").open("wb") as log:
            self.process = subprocess.Popen(["Orthanc", self.folder / "orthanc.json"], stdout=log, stderr=log)
        until = time.monotonic() + WAIT_SECONDS
        while time.monotonic() < until:
            assert self.process.poll() is None, (self.folder / "log").read_text()[-2000:]
            try:
                self.get("/system")
                return
            except (urllib.error.URLError, OSError):
                time.sleep(0.05)
        raise AssertionError(f"Orthanc did not answer within {WAIT_SECONDS:g} seconds")

    def stop(self) -> None:
        if self.process is not None:
            self.process.terminate()
            self.process.wait(WAIT_SECONDS)

    def get(self, path: str) -> Any:
        """What its own interface, which is none of DICOM's, answers."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self.http_port}{path}", timeout=60) as answer:
            content = answer.read()
        return json.loads(content) if answer.headers.get_content_type() == "application/json" else content

    def instances(self) -> list[str]:
        """SOPInstanceUIDs of all that it has."""
        found = [self.get(f"/instances/{name}/simplified-tags") for name in self.get("/instances")]
        return [tags["SOPInstanceUID"] for tags in found]

    def file(self, instance_uid: str) -> bytes:
        """A file as it gives it back."""
        for name in self.get("/instances"):
            if self.get(f"/instances/{name}/simplified-tags")["SOPInstanceUID"] == instance_uid:
                return self.get(f"/instances/{name}/file")
        raise KeyError(instance_uid)
