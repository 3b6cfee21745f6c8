"""Bulk jobs of a model that draws copies of training images: others from the reserve stand for them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from mammoganesis.bundle.loading import load_bundle
from mammoganesis.errors import FailedPrecondition
from mammoganesis.v1.bulk_pb2 import BulkJob
from mammoganesis.v1.latents_pb2 import Recipe
from services.bulk import driver, manifest
from services.bulk.destination import Destination
from services.bulk.document import complete, read_job
from services.bulk.driver import Crew
from services.bulk.making import RAW, Maker, Unencoded
from services.bulk.plan import Plan, catalogue_of
from services.bulk.verification import verify
from services.client import Client
from tests.support.serving import TINY, guarded_copy

HERE = Crew(0, 1)
LEAST = {"format": "mammoganesis-bulk", "format_version": 1, "made": "2026-11-29T12:00:00+00:00", "shard_images": 3}
DRAWN = {"count": 5, "reserve": {"first": 100, "count": 15}}


def job_of(**fields: Any) -> BulkJob:
    return read_job(json.dumps(LEAST | fields))


def plan_of(job: BulkJob, bundle: Path = TINY) -> Plan:
    opened = load_bundle(bundle)
    return Plan.of(complete(job), catalogue_of(opened), opened.limits())


@pytest.fixture(scope="module")
def tried() -> list[list[int]]:
    """Of each image of the job the seeds that it can have, in their order."""
    plan = plan_of(job_of(**DRAWN))
    return [[plan.seed(index, replaced) for replaced in range(3)] for index in range(5)]


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory, tried: list[list[int]]) -> Path:
    """Its guard knows the first image of the job, the first two that the fourth can be, and seed 7."""
    return guarded_copy(tmp_path_factory.mktemp("guard") / "bundle", [tried[0][0], *tried[3][:2], 7])


@pytest.fixture(autouse=True)
def _guarded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAMMOGANESIS_GUARD", "on")


def rows_of(out: Path) -> list[dict[str, Any]]:
    return pq.read_table(out / "manifest.parquet").to_pylist()


def test_no_two_images_can_come_to_the_same_seed(tried: list[list[int]]) -> None:
    assert sorted(seed for seeds in tried for seed in seeds) == list(range(100, 115))


def test_what_is_refused_is_replaced_from_the_reserve_the_same_each_time(
    tmp_path: Path, bundle: Path, tried: list[list[int]]
) -> None:
    for name, fields in (("one", {}), ("two", {"shard_images": 5})):
        driver.run(job_of(**DRAWN | fields), bundle, tmp_path / name, HERE)
    rows = rows_of(tmp_path / "one")
    assert [row["seed"] for row in rows] == [tried[0][1], tried[1][0], tried[2][0], tried[3][2], tried[4][0]]
    assert [row["refused"] for row in rows] == [tried[0][:1], [], [], tried[3][:2], []]
    lines = [json.loads(line) for line in (tmp_path / "one" / "manifest.jsonl").read_text().splitlines()]
    assert [line.get("refused") for line in lines] == [tried[0][:1], None, None, tried[3][:2], None]
    assert [row["sha256"] for row in rows] == [row["sha256"] for row in rows_of(tmp_path / "two")]
    assert verify(tmp_path / "one", lambda job: plan_of(job, bundle)).count == 0


def test_what_was_drawn_beside_a_refused_image_is_not_drawn_again(
    tmp_path: Path, bundle: Path, tried: list[list[int]]
) -> None:
    asked: list[list[int]] = []
    with Client.local(bundle, intra_op_threads=1) as client:

        def draw(recipes: Sequence[Recipe]) -> list[Unencoded | None]:
            asked.append([recipe.seed for recipe in recipes])
            return [image and Unencoded.of(image) for image in client.allowed(recipes, picture=RAW)]

        Maker(plan_of(job_of(**DRAWN), bundle), Destination(tmp_path), draw).make(0, range(5))
    assert asked == [[seeds[0] for seeds in tried], [tried[0][1], tried[3][1]], [tried[3][2]]]
    assert len(list(tmp_path.glob("images/*.png"))) == 5


def test_a_shard_that_was_lost_is_made_again_with_the_same_bytes(tmp_path: Path, bundle: Path) -> None:
    driver.run(job_of(**DRAWN), bundle, tmp_path, HERE)
    before = {path: path.read_bytes() for path in sorted(tmp_path.glob("images/*.png"))}
    (tmp_path / "manifest" / "000000.parquet").unlink()
    driver.run(job_of(**DRAWN), bundle, tmp_path, HERE)
    assert {path: path.read_bytes() for path in sorted(tmp_path.glob("images/*.png"))} == before
    assert verify(tmp_path, lambda job: plan_of(job, bundle)).count == 0


def test_a_replacement_that_nobody_refused_is_a_fault(tmp_path: Path, bundle: Path) -> None:
    driver.run(job_of(**DRAWN), bundle, tmp_path, HERE)
    place = tmp_path / "manifest" / "000000.parquet"
    table = pq.read_table(place)
    column = table.schema.get_field_index("refused")
    told = table.column("refused").to_pylist()
    told[0] = [told[0][0] + 1]
    changed = table.set_column(column, table.schema.field(column), [told])
    pq.write_table(changed.replace_schema_metadata(table.schema.metadata), place)
    faults = verify(tmp_path, lambda job: plan_of(job, bundle)).faults
    assert "manifest/000000.parquet, image 0: the recipe is not what the document asks for" in faults


def test_a_named_seed_is_replaced_only_where_the_job_has_a_reserve(tmp_path: Path, bundle: Path) -> None:
    named = {"seeds": {"values": [6, 7, 8]}}
    with pytest.raises(
        FailedPrecondition, match=r"image 1 of the job .*seeds tried: 1, such as 7.*give the job a reserve"
    ):
        driver.run(job_of(**named), bundle, tmp_path / "without", HERE)
    driver.run(job_of(**named, reserve={"first": 1000}), bundle, tmp_path / "with", HERE)
    rows = rows_of(tmp_path / "with")
    assert [row["refused"] for row in rows] == [[], [7], []]
    assert [row["seed"] for row in rows][::2] == [6, 8]
    assert rows[1]["seed"] >= 1000


def test_a_reserve_that_is_used_up_ends_the_job(tmp_path: Path, bundle: Path) -> None:
    least = {"count": 1, "reserve": {"first": 7, "count": 1}}
    with pytest.raises(FailedPrecondition, match=r"the reserve has no other seed for it; give the job a larger one"):
        driver.run(job_of(**least), bundle, tmp_path, HERE)


def test_manifests_of_before_are_read_as_those_that_refused_nothing(tmp_path: Path, bundle: Path) -> None:
    driver.run(job_of(**DRAWN), bundle, tmp_path / "job", HERE)
    place = tmp_path / "job" / "manifest" / "000001.parquet"
    table = pq.read_table(place)
    old = tmp_path / "old.parquet"
    pq.write_table(table.drop_columns(["refused"]), old)
    found = manifest.read(old.read_bytes(), "old")
    assert found.table.schema.names == table.schema.names
    assert [row["refused"] for row in found.rows()] == [[], []]
