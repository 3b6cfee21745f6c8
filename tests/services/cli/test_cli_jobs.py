"""Bulk jobs of a server on the command line."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from google.protobuf.timestamp_pb2 import Timestamp

from mammoganesis.v1 import bulk_service_pb2 as pb
from tests.support.commands import Run
from tests.support.recorded import Recorded, recorded


@pytest.fixture
def records(tmp_path: Path) -> Iterator[Recorded]:
    with recorded(tmp_path / "records", bulk_destinations=("/srv/bulk",)) as running:
        yield running


def test_a_job_is_submitted_listed_cancelled_and_watched(run: Run, records: Recorded, tmp_path: Path) -> None:
    server, document = ("--address", records.address), tmp_path / "job.json"
    document.write_text(json.dumps({"format": "mammoganesis-bulk", "format_version": 1, "title": "Dense", "count": 9}))
    again = ("bulk", "submit", document, "--out", "teaching/dense", "--token", "token-0001", *server)
    submitted = run(*again)
    assert submitted.code == 0, submitted.err
    job_id = submitted.out.split()[0]
    assert "QUEUED, 0 of 9 images" in submitted.out
    assert "/srv/bulk/teaching/dense  Dense" in submitted.out
    assert run(*again).out == submitted.out
    assert run("bulk", "list", *server).out == submitted.out
    refused = run("bulk", "submit", document, "--out", "/etc/x", *server)
    assert (refused.code, "what lies below /srv/bulk" in refused.err) == (1, True)
    runner = records.runner()
    runner.take()
    midnight = Timestamp(seconds=4_102_444_800)
    runner.report(job_id, done=4, trouble="quota images_per_day of yours: 4 of 4 are used", waits_until=midnight)
    waits = "it waits until 2100-01-01T00:00:00Z: quota images_per_day of yours: 4 of 4 are used"
    assert waits in run("bulk", "list", *server).out
    runner.report(job_id, done=9, ended=pb.JOB_STATE_DONE)
    assert "DONE, 9 of 9 images" in run("bulk", "watch", job_id, *server).out
    other = run("bulk", "submit", document, *server).out.split()[0]
    assert "CANCELLED" in run("bulk", "cancel", other, *server).out
    assert run("bulk", "watch", other, *server).code == 3
    document.write_text('{"format": "mammoganesis-bulk", "cuont": 3}')
    assert "cuont" in run("bulk", "submit", document, *server).err
