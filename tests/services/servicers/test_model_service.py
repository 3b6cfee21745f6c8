"""GetModel says what the manifest and the configuration say."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from mammoganesis.v1.model_pb2 import GetModelRequest, GetModelResponse
from tests.support.serving import CALL, TINY, Copy, serving


async def model(bundle: Path = TINY, **settings: int) -> GetModelResponse:
    async with serving(bundle, **settings) as servicers:
        return await servicers.model.GetModel(GetModelRequest(), CALL)


async def test_the_bundle() -> None:
    response = await model()
    manifest = json.loads((TINY / "manifest.json").read_text())
    assert response.bundle_digest == hashlib.sha256((TINY / "manifest.json").read_bytes()).hexdigest()
    for field in ("name", "version", "intended_use", "attribution", "licence"):
        assert getattr(response, field) == manifest[field]
    for field, value in manifest["dimensions"].items():
        assert getattr(response.dimensions, field) == value
    assert (response.dimensions.num_components, response.dimensions.num_regions) == (8, 4)
    assert response.dimensions.preview_resolution == manifest["preview"]["resolution"] == 16
    assert not response.label_fields


async def test_labels(tmp_path: Path) -> None:
    copy = Copy(tmp_path / "bundle")
    copy.to_conditional()
    fields = (await model(copy.folder)).label_fields
    assert [(field.name, list(field.values)) for field in fields] == [
        ("view", ["CC", "MLO"]),
        ("density", ["A", "B", "C"]),
    ]


async def test_a_bundle_of_the_first_format(tmp_path: Path) -> None:
    copy = Copy(tmp_path / "bundle")
    copy.to_first_format()
    assert (await model(copy.folder)).dimensions.preview_resolution == 0


async def test_the_limits() -> None:
    limits = (await model(max_images_per_call=3, max_batch_size=2, max_queued_images=9, max_message_bytes=2**20)).limits
    assert limits.max_images_per_call == 3
    assert limits.max_batch_size == 2
    assert limits.max_queued_images == 9
    assert limits.max_message_bytes == 2**20
    assert limits.max_images_per_stream == 10_000
    assert limits.max_deadline_seconds == 600
    assert limits.max_stream_seconds == 21_600
    limits = (await model(max_images_per_call=20, max_batch_size=2, max_queued_images=9)).limits
    assert (limits.max_images_per_call, limits.max_queued_images) == (9, 9)


async def test_without_components_and_regions(tmp_path: Path) -> None:
    copy = Copy(tmp_path / "bundle")
    copy.remove("components.npz")
    copy.remove("regions.npz")
    copy.change_manifest(lambda manifest: manifest.pop("regions"))
    dimensions = (await model(copy.folder)).dimensions
    assert (dimensions.num_components, dimensions.num_regions) == (0, 0)
