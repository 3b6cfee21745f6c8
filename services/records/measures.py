"""How much records holds, to the metrics."""

from __future__ import annotations

import asyncio
from contextlib import suppress

from mammoganesis.errors import Unavailable
from mammoganesis.v1.bulk_service_pb2 import JobState
from mammoganesis.v1.studies_pb2 import StudyState
from services.observability import metrics, table
from services.records.sql.counts import Counts
from services.records.sql.database import Database

MEASURE_SECONDS = 15.0


async def measure(database: Database) -> None:
    """Again and again, until cancelled; what the database does not say now is said later."""
    while True:
        if metrics.is_recorded():
            with suppress(Unavailable):  # counted as a fault of the database already
                _publish(await asyncio.to_thread(Counts.of, database))
        await asyncio.sleep(MEASURE_SECONDS)


def _publish(counts: Counts) -> None:
    metrics.level(table.REGISTRY_IMAGES, counts.registered)
    metrics.level(table.READERS_BEGUN, counts.readers_begun)
    metrics.level(table.STUDY_ANSWERS, counts.answers)
    for name, state in JobState.items():
        if state:
            label = name.removeprefix("JOB_STATE_").lower()
            metrics.level(table.JOBS, counts.jobs.get(state, 0), state=label)
    for name, state in StudyState.items():
        if state:
            label = name.removeprefix("STUDY_STATE_").lower()
            metrics.level(table.STUDIES, counts.studies.get(state, 0), state=label)
