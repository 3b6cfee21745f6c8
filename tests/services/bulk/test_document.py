"""The document of a bulk job: what is refused, by which name, and what stands for what is left out."""

from __future__ import annotations

import json
from typing import Any

import pytest

from mammoganesis.errors import InvalidArgument
from services.bulk.document import check, complete, differences, identity, image_count, job_json, read_job, shards

LEAST = {"format": "mammoganesis-bulk", "format_version": 1}
WHOLE = LEAST | {
    "title": "Dense and less dense",
    "seed": 7,
    "prevalence": {
        "rows": [
            {
                "images": 30,
                "labels": {"view": "MLO"},
                "edits": [{"directions": ["density"], "sigmas": {"normal": {"mean": 1, "deviation": 0.5}}}],
            },
            {"images": 70, "name": "as they come"},
        ]
    },
    "reserve": {"first": 1000, "count": 500},
    "recipe": {"truncation": {"psi": 0.8}},
    "edits": [{"index": 1, "sigmas": {"uniform": {"least": -1, "most": 1}}, "probability": 0.35}],
    "transfers": [{"regions": ["nipple"], "probability": 0.1, "strength": {"choice": {"values": [0.5, 1]}}}],
    "picture": {"encoding": "IMAGE_ENCODING_DICOM", "side": "SIDE_LEFT", "view": "VIEW_MLO"},
    "layout": "BULK_LAYOUT_DICOM_STUDIES",
    "shard_images": 40,
    "destination": "s3://bucket/job",
    "made": "2026-11-29T12:00:00+00:00",
}


def read(document: dict[str, Any]) -> Any:
    return read_job(json.dumps(document))


def test_a_whole_document_is_taken_and_completed_once() -> None:
    job = read(WHOLE)
    check(job)
    whole = complete(job)
    check(whole)
    assert complete(whole) == whole
    assert read_job(job_json(whole)) == whole
    assert (image_count(whole), [len(shard) for shard in shards(whole)]) == (100, [40, 40, 20])
    assert whole.images_per_study == 1


def test_what_is_left_out_has_the_default_of_the_proto() -> None:
    whole = complete(read(LEAST | {"count": 100}))
    assert (whole.shard_images, whole.layout, whole.picture.encoding) == (64, 1, 1)
    assert (whole.reserve.first, whole.reserve.count) == (0, 2**32)


def test_neither_destination_nor_moment_tell_jobs_apart() -> None:
    job = complete(read(WHOLE))
    moved = complete(read(WHOLE | {"destination": "elsewhere", "made": ""}))
    other = complete(read(WHOLE | {"seed": 8, "shard_images": 39}))
    assert (identity(moved), differences(job, moved)) == (identity(job), [])
    assert identity(other) != identity(job)
    assert differences(job, other) == ["seed", "shard_images"]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"format": "x"}, "job.format"),
        ({"format_version": 2}, "job.format_version"),
        ({"prevalence": None}, "job"),
        ({"prevalence": {"rows": []}}, "job.prevalence.rows"),
        ({"prevalence": {"rows": [{"images": 0}]}}, "job.prevalence.rows[0].images"),
        ({"prevalence": None, "count": 0}, "job.count"),
        ({"prevalence": None, "count": 10_000_001}, "job.count"),
        ({"reserve": {"first": 2**32}}, "job.reserve.first"),
        ({"reserve": {"first": 2**32 - 99}}, "job.reserve.first"),
        ({"reserve": {"first": 0, "count": 99}}, "job.reserve.count"),
        ({"prevalence": None, "seeds": {"values": [1, 1200]}}, "job.reserve"),
        ({"prevalence": None, "seeds": {"ranges": [{"first": 1499, "count": 9}]}}, "job.reserve"),
        ({"prevalence": None, "seeds": {"ranges": [{"first": 0, "count": 501}]}}, "job.reserve.count"),
        ({"prevalence": None, "reserve": None, "seeds": {}}, "job.seeds"),
        ({"prevalence": None, "reserve": None, "seeds": {"values": [-1]}}, "job.seeds.values[0]"),
        ({"prevalence": None, "reserve": None, "seeds": {"ranges": [{"first": 5}]}}, "job.seeds.ranges[0].count"),
        ({"recipe": {"code": {"values": [0.5]}}}, "job.recipe"),
        ({"edits": [{"index": 1}]}, "job.edits[0].sigmas"),
        ({"edits": [{"index": 1, "directions": ["density"]}]}, "job.edits[0].index"),
        ({"edits": [{"directions": ["a", "a"]}]}, "job.edits[0].directions"),
        ({"edits": [{"probability": 1.5}]}, "job.edits[0].probability"),
        ({"edits": [{"sigmas": {}}]}, "job.edits[0].sigmas"),
        ({"edits": [{"sigmas": {"fixed": 21}}]}, "job.edits[0].sigmas.fixed"),
        ({"edits": [{"sigmas": {"normal": {"deviation": -1}}}]}, "job.edits[0].sigmas.normal.deviation"),
        ({"edits": [{"sigmas": {"uniform": {"least": 1, "most": 0}}}]}, "job.edits[0].sigmas.uniform.most"),
        ({"edits": [{"sigmas": {"choice": {}}}]}, "job.edits[0].sigmas.choice.values"),
        ({"edits": [{"sigmas": {"normal": {"mean": "NaN"}}}]}, "job.edits[0].sigmas.normal.mean"),
        ({"edits": [{"sigma": 1}]}, "job.edits[0]"),
        ({"transfers": [{"strength": {"fixed": 2}}]}, "job.transfers[0].strength.fixed"),
        ({"transfers": [{"epsilon": -1}]}, "job.transfers[0].epsilon"),
        ({"transfers": [{"reference_seeds": [-1]}]}, "job.transfers[0].reference_seeds[0]"),
        ({"transfers": [{}] * 9}, "job.transfers"),
        ({"picture": {"encoding": "IMAGE_ENCODING_RAW_FLOAT32"}}, "job.picture.encoding"),
        ({"picture": {"encoding": "IMAGE_ENCODING_PNG_8", "side": "SIDE_LEFT"}}, "job.picture.side"),
        ({"picture": {}}, "job.layout"),
        ({"picture": {"resolution": 32}}, "job.picture.resolution"),
        ({"shard_images": 4097}, "job.shard_images"),
        ({"layout": "BULK_LAYOUT_FOLDER", "images_per_study": 4}, "job.images_per_study"),
        ({"bundle_digest": "x"}, "job.bundle_digest"),
        ({"made": "yesterday"}, "job.made"),
        ({"made": "0001-01-01T00:00:00+00:00"}, "job.made"),
        ({"made": "2026-11-29T12:00:00"}, "job.made"),
    ],
    ids=str,
)
def test_a_wrong_field_is_named_with_what_is_allowed(change: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidArgument) as caught:
        check(read(WHOLE | change))
    assert caught.value.field == field
    assert caught.value.allowed
