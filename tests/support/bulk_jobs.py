"""A small bulk job of the tiny bundle, and what is asked of it again and again."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from upath import UPath

from mammoganesis.bundle.loading import load_bundle
from mammoganesis.v1.bulk_pb2 import BulkJob
from services.bulk import driver
from services.bulk.document import complete, read_job
from services.bulk.driver import Crew, Summary
from services.bulk.plan import Plan, catalogue_of
from tests.support.serving import TINY

HERE = Crew(0, 1)
SEEDS = (5, 3, 2**32 - 1)
RECIPE = {"truncation": {"psi": 0.8}, "component_edits": [{"index": 0, "sigmas": 2.0, "layer_end": 4}]}
LEAST = {"format": "mammoganesis-bulk", "format_version": 1, "seeds": {"values": SEEDS}, "recipe": RECIPE}
MARKED = {"picture": {"burn_in_mark": True}}
DICOM = {"encoding": "IMAGE_ENCODING_DICOM", "side": "SIDE_LEFT", "view": "VIEW_CC"}


def job_of(**fields: Any) -> BulkJob:
    return read_job(json.dumps(LEAST | MARKED | fields))


def run(out: Path | UPath, job: BulkJob | None = None, **options: Any) -> Summary:
    return driver.run(job or job_of(), TINY, out, HERE, **options)


def plan_of(job: BulkJob) -> Plan:
    bundle = load_bundle(TINY)
    return Plan.of(job, catalogue_of(bundle), bundle.limits())


def names(out: Path) -> list[str]:
    return sorted(
        path.relative_to(out).as_posix() for path in out.rglob("*") if path.is_file() and path.name != ".lock"
    )


def whole(job: BulkJob) -> BulkJob:
    whole = complete(job)
    whole.made = "2026-11-29T12:00:00+00:00"
    return whole
