"""An S3-compatible object store: moto's server in a process of its own, which forgets everything when it is killed."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import boto3
from botocore.exceptions import ClientError, EndpointConnectionError
from botocore.exceptions import ConnectionClosedError as ConnectionClosed

from services.process.ports import free_block
from services.process.proxies import without_loopback_proxies

BUCKET = "synthetic"


class ObjectStore:
    """One server on 127.0.0.1."""

    def __init__(self) -> None:
        self.port = free_block(1)
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def environment(self) -> dict[str, str]:
        """What makes a process find it."""
        return {
            **without_loopback_proxies(os.environ),
            "AWS_ACCESS_KEY_ID": "testing",
            "AWS_SECRET_ACCESS_KEY": "testing",
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_ENDPOINT_URL": f"http://127.0.0.1:{self.port}",
        }

    def start(self, bucket: bool = True) -> None:
        """Returns when it answers; with an empty bucket, unless told otherwise."""
        command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(self.port)]
        self._process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        while True:
            assert self._process.poll() is None, "moto's server has ended"
            try:
                self.client.list_buckets()
                break
            except (EndpointConnectionError, ConnectionClosed, ClientError):
                time.sleep(0.1)
        if bucket:
            self.client.create_bucket(Bucket=BUCKET)

    def kill(self) -> None:
        """kill -9."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    @property
    def client(self) -> Any:
        """boto3's, another one than the product's."""
        given = self.environment
        return boto3.client(
            "s3",
            endpoint_url=given["AWS_ENDPOINT_URL"],
            region_name=given["AWS_DEFAULT_REGION"],
            aws_access_key_id=given["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=given["AWS_SECRET_ACCESS_KEY"],
        )

    def names(self, prefix: str = "") -> list[str]:
        """Of all objects in the bucket."""
        pages = self.client.get_paginator("list_objects_v2").paginate(Bucket=BUCKET, Prefix=prefix)
        return [entry["Key"] for page in pages for entry in page.get("Contents", ())]


@contextmanager
def object_store() -> Iterator[ObjectStore]:
    """A store that runs within."""
    store = ObjectStore()
    try:
        store.start()
        yield store
    finally:
        store.kill()
