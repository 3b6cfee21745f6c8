"""Archives are those that `tarfile` writes, byte by byte."""

from __future__ import annotations

import io
import json
import tarfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from mammoganesis.bundle.loading import load_bundle
from mammoganesis.errors import FailedPrecondition
from mammoganesis.v1.bulk_pb2 import BULK_LAYOUT_WEBDATASET, BulkJob
from mammoganesis.v1.latents_pb2 import Recipe
from services.bulk import shards
from services.bulk.destination import Destination
from services.bulk.document import complete
from services.bulk.making import Maker, Unencoded
from services.bulk.plan import Plan, catalogue_of
from services.bulk.shards import Made
from tests.support.serving import TINY

SIZES = (0, 1, 511, 512, 513, 70_000, 8**7 + 5)


@pytest.fixture(scope="module")
def plan() -> Plan:
    bundle = load_bundle(TINY)
    job = BulkJob(format="mammoganesis-bulk", format_version=1, count=len(SIZES), layout=BULK_LAYOUT_WEBDATASET)
    whole = complete(job)
    whole.made = "2026-01-01T00:00:00+00:00"
    return Plan.of(whole, catalogue_of(bundle), bundle.limits())


def test_an_archive_has_the_bytes_that_tarfile_gives_it(plan: Plan) -> None:
    drawn = [plan.drawn(index) for index in range(len(SIZES))]
    made = [
        Made(index, drawn[index], b"x" * size, *plan.named(drawn[index].recipe)) for index, size in enumerate(SIZES)
    ]
    ((name, archive),) = shards.objects(plan, 0, made).items()
    assert name == "shards/000000.tar"
    again = io.BytesIO()
    with (
        tarfile.open(fileobj=io.BytesIO(archive)) as found,
        tarfile.open(None, "w", again, format=tarfile.USTAR_FORMAT) as file,
    ):
        for entry in found:
            content = found.extractfile(entry)
            assert content is not None
            fresh = tarfile.TarInfo(entry.name)
            fresh.size, fresh.mode = entry.size, 0o644
            file.addfile(fresh, content)
        assert [entry.size for entry in found.getmembers()[::2]] == list(SIZES)
        told = json.loads(found.extractfile(found.getmembers()[1]).read())  # type: ignore[union-attr]
    assert again.getvalue() == archive
    assert told["recipe"]["bundle_digest"] == plan.catalogue.bundle_digest


def test_images_of_another_bundle_are_not_taken(plan: Plan, tmp_path: Path) -> None:
    """A server may have been given another one meanwhile."""
    nothing = np.zeros((1, 16, 16), np.float32)

    def draw(recipes: Sequence[Recipe]) -> list[Unencoded]:
        return [Unencoded(nothing, recipe, "0" * 64, "CPUExecutionProvider", "float32") for recipe in recipes]

    with pytest.raises(FailedPrecondition, match="drawn with bundle 000000000000"):
        Maker(plan, Destination(tmp_path), draw).make(0, range(2))
    assert not list(tmp_path.rglob("*.parquet"))
