"""Destinations by the clients of several stores: what they answer, and how they fail."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from mammoganesis.errors import PermissionDenied, Unavailable
from services.bulk.destination import Destination
from services.bulk.driver import Summary
from services.bulk.verification import verify
from services.process.ports import free_block
from tests.support.bulk_jobs import job_of, plan_of, run

GCS = pytest.importorskip("gcsfs", reason="gcsfs is not installed (extra test)")


class Emulator:
    """Of Google Cloud Storage, in a process of its own; what it was given is in a folder."""

    def __init__(self, folder: Path) -> None:
        self.address = f"http://127.0.0.1:{free_block(1)}"
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Returns when it answers."""
        port = self.address.rpartition(":")[2]
        command = [str(Path(sys.executable).with_name("gcp-storage-emulator")), "-d", str(self._folder), "start"]
        options = ["--host", "127.0.0.1", "--port", port, "--quiet", "--default-bucket", "synthetic"]
        self._process = subprocess.Popen([*command, *options], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        while True:
            assert self._process.poll() is None, "the emulator has ended"
            try:
                urllib.request.urlopen(f"{self.address}/storage/v1/b/synthetic").close()
                return
            except urllib.error.URLError:
                time.sleep(0.05)

    def kill(self) -> None:
        """kill -9."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()


@pytest.fixture
def emulator(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Emulator]:
    found = Emulator(tmp_path / "store")
    monkeypatch.setenv("STORAGE_EMULATOR_HOST", found.address)
    GCS.GCSFileSystem.clear_instance_cache()
    found.start()
    yield found
    found.kill()
    GCS.GCSFileSystem.clear_instance_cache()


def test_a_job_goes_into_google_cloud_storage(emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.bulk.destination._FIRST_WAIT", 0.05)
    there, job = "gs://synthetic/job", job_of(shard_images=1)
    began: list[int] = []
    assert run(there, job, progress=began.append, cancelled=lambda: len(began) == 1).cancelled
    emulator.kill()
    restart = Thread(target=emulator.start)
    restart.start()
    assert run(there, job) == Summary(3, 1)
    restart.join()
    assert run(there, job) == Summary(3, 3)
    assert verify(there, plan_of).count == 0
    place = Destination(there, 0)
    place.remove("images/00000001.png")
    place.remove("images/00000001.png")
    place.write("more", b"")
    assert (place.read("more"), place.read("images/00000001.png")) == (b"", None)
    assert verify(there, plan_of).faults[0] == "images/00000001.png: missing"
    assert Destination("gs://nobody/job", 0).sizes() == {}
    with pytest.raises(Unavailable, match="there is no such bucket"):
        Destination("gs://nobody/job", 0).write("more", b"")


class Refusing(BaseHTTPRequestHandler):
    """A store that refuses everything."""

    protocol_version = "HTTP/1.1"  # clients ask whether they may go on before they send an object
    status, body = 403, b""

    def answer(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.send_response(self.status)
        self.send_header("Content-Length", str(len(self.body) if self.command != "HEAD" else 0))
        self.send_header("Connection", "close")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(self.body)

    do_GET = do_PUT = do_POST = do_HEAD = answer  # noqa: N815

    def log_message(self, *_: object) -> None:
        """Nothing."""


@pytest.fixture
def refusing(monkeypatch: pytest.MonkeyPatch) -> Iterator[type[Refusing]]:
    kind = type("Here", (Refusing,), {})
    server = ThreadingHTTPServer(("127.0.0.1", 0), kind)
    Thread(target=server.serve_forever, daemon=True).start()
    address = f"http://127.0.0.1:{server.server_port}"
    given = {"STORAGE_EMULATOR_HOST": address, "AWS_ENDPOINT_URL": address, "AWS_DEFAULT_REGION": "us-east-1"}
    for name, value in {**given, "AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing"}.items():
        monkeypatch.setenv(name, value)
    from s3fs import S3FileSystem

    for client in (GCS.GCSFileSystem, S3FileSystem):
        client.clear_instance_cache()
    yield kind
    server.shutdown()
    server.server_close()
    for client in (GCS.GCSFileSystem, S3FileSystem):
        client.clear_instance_cache()


def of_google(reason: str, code: int) -> bytes:
    return b'{"error": {"code": %d, "message": "%s"}}' % (code, reason.encode())


def of_amazon(code: str) -> bytes:
    return b'<?xml version="1.0" encoding="UTF-8"?><Error><Code>%s</Code><Message>No</Message></Error>' % code.encode()


@pytest.mark.parametrize(
    ("address", "status", "body"),
    [
        ("gs://bucket/job", 403, of_google("reader@example.org does not have storage.objects.create access", 403)),
        ("gs://bucket/job", 401, of_google("Anonymous caller does not have access", 401)),
        ("s3://bucket/job", 403, of_amazon("AccessDenied")),
        ("s3://bucket/job", 403, of_amazon("UserSuspended")),  # what Ceph says, and s3fs has no word for
        ("s3://bucket/job", 403, of_amazon("QuotaExceeded")),
    ],
    ids=["denied", "nobody", "access-denied", "suspended", "quota"],
)
def test_what_a_store_does_not_allow_is_not_asked_for_again(
    address: str, status: int, body: bytes, refusing: type[Refusing], caplog: pytest.LogCaptureFixture
) -> None:
    refusing.status, refusing.body = status, body
    with pytest.raises(PermissionDenied, match="the store does not allow it"):
        Destination(address, 3600).write("a", b"1")
    assert not [each for each in caplog.records if each.levelno >= logging.WARNING and each.exc_info]


def test_a_limit_of_requests_passes(refusing: type[Refusing]) -> None:
    refusing.status, refusing.body = 403, of_google("User Rate Limit Exceeded. Rate of requests exceeds", 403)
    with pytest.raises(Unavailable, match="Rate Limit"):
        Destination("gs://bucket/job", 0).write("a", b"1")


def test_a_client_of_a_store_says_no_more_than_we_do() -> None:
    code = """
import os
os.environ["STORAGE_EMULATOR_HOST"] = "http://127.0.0.1:9"
import gcsfs.core
from services.bulk.destination import Destination
Destination("gs://bucket/job", 0)
logging_of_gcsfs = gcsfs.core.logger
logging_of_gcsfs.exception("out of retries")
logging_of_gcsfs.warning("no bucket type")
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=dict(os.environ))
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
