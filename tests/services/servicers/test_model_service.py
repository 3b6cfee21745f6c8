"""GetModel says what the manifest and the configuration say."""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mammoganesis.bundle.runtimes import CPU
from mammoganesis.errors import Unavailable
from mammoganesis.v1.latents_pb2 import ComponentEdit, Latent, Recipe, Region
from mammoganesis.v1.model_pb2 import GetModelRequest, GetModelResponse
from mammoganesis.v1.pca_editing_pb2 import SweepComponentRequest
from mammoganesis.v1.sampling_pb2 import InterpolateRequest
from mammoganesis.v1.style_transfer_pb2 import TransferStyleRequest
from services.rendering.jobs import Arithmetic
from tests.places import ROOT
from tests.support.serving import CALL, TINY, Copy, serving


async def model(bundle: Path = TINY, **settings: Any) -> GetModelResponse:
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


async def test_how_often_edited_images_look_unlike_real_ones(tmp_path: Path) -> None:
    assert not (await model()).HasField("reach_evidence")
    copy = Copy(tmp_path / "bundle")
    said = {"images_within": 90, "unlike_within": 5, "images_beyond": 10, "unlike_beyond": 4}
    copy.change_manifest(lambda manifest: manifest.update(format_minor=3, reach_evidence=said))
    found = (await model(copy.folder)).reach_evidence
    assert {field: getattr(found, field) for field in said} == said


async def test_how_far_images_may_differ_between_machines(tmp_path: Path) -> None:
    stated = json.loads((TINY / "manifest.json").read_text())["golden_tolerance"]
    tolerance = (await model()).image_tolerance
    assert (tolerance.float32, tolerance.float16) == (stated["image"], stated["image_float16"])
    assert 0 < tolerance.float32 < tolerance.float16 <= 1
    assert tolerance.bfloat16_root_mean_square == pytest.approx(np.sqrt(4 / 10**4.5))  # 45 dB, of a peak of 2
    assert tolerance.bfloat16 == pytest.approx(16 * np.sqrt(4 / 10**4.5))
    copy = Copy(tmp_path / "bundle")
    copy.to_first_format()
    assert (await model(copy.folder)).image_tolerance.float16 == 0


async def test_it_says_what_computes_the_images_and_does_without_an_engine() -> None:
    told = (await model(execution_provider="onnxruntime")).synthesis
    assert (told.execution_provider, told.precision, told.reason) == (CPU, "float32", "as asked for")

    class Gone:
        async def describe(self) -> Arithmetic:
            raise Unavailable("the engine is not available at the moment; try again")

        async def close(self) -> None: ...

    async with serving(engine=Gone()) as servicers:  # type: ignore[arg-type]
        answer = await servicers.model.GetModel(GetModelRequest(), CALL)
    assert not answer.HasField("synthesis")
    assert answer.name == "tiny"


async def test_defaults_are_what_a_request_without_them_gets() -> None:
    """Each number is held against what the servicers make of a request that leaves it out."""
    async with serving() as servicers:
        editing = (await servicers.model.GetModel(GetModelRequest(), CALL)).editing
        transfer = TransferStyleRequest(
            target=Latent(recipe=Recipe(seed=1)), reference=Latent(recipe=Recipe(seed=2)), regions=[Region(index=0)]
        )
        image = (await servicers.style_transfer.TransferStyle(transfer, CALL)).image
        moved = image.recipe.style_transfers[0]
        assert image.recipe.truncation.psi == editing.psi
        assert (moved.rho, moved.epsilon, moved.strength) == (editing.rho, editing.epsilon, editing.strength)
        assert {entry.epsilon for entry in moved.layer_epsilons} == {
            min(editing.epsilon, editing.low_resolution_epsilon)
        }
        sweep = SweepComponentRequest(latent=Latent(recipe=Recipe(seed=1)), edit=ComponentEdit(index=0))
        steps = [step async for step in servicers.pca_editing.SweepComponent(sweep, CALL)]
        assert (steps[0].sigmas, steps[-1].sigmas) == (editing.sigmas_start, editing.sigmas_end)
        assert len(steps) == editing.sweep_steps
        between = InterpolateRequest(start=transfer.target, end=transfer.reference)
        frames = [frame async for frame in servicers.sampling.Interpolate(between, CALL)]
        assert len(frames) == editing.interpolation_steps


async def test_the_ranges_of_editing_are_those_that_the_protos_state() -> None:
    editing = (await model()).editing
    stated = (ROOT / "protos/mammoganesis/v1/model.proto").read_text()
    for name, unit in [("max_psi", ""), ("max_epsilon", ""), ("max_sigmas", ""), ("max_sweep_steps", " images")] + [
        (name, "") for name in ("max_component_edits", "max_style_transfers", "max_regions", "max_noise_seeds")
    ]:
        comment = stated[: stated.index(f" {name} = ")].rsplit("\n", 2)[1]
        assert re.search(rf": {getattr(editing, name):.0f}{unit}\.", comment), (name, comment)
    assert editing.max_seed == 2**32 - 1
    assert re.fullmatch(editing.name_pattern, "breast-size-2")
    assert not re.fullmatch(editing.name_pattern, "Breast size")
    assert " ".join(editing.mark_lines) == "SYNTHETIC - NOT FOR DIAGNOSIS"


async def test_labels(tmp_path: Path) -> None:
    copy = Copy(tmp_path / "bundle")
    copy.to_conditional()
    fields = (await model(copy.folder)).label_fields
    assert [(field.name, list(field.values)) for field in fields] == [
        ("view", ["CC", "MLO"]),
        ("density", ["A", "B", "C"]),
    ]


async def test_the_label_mixture() -> None:
    found = (await model(TINY.with_name("tiny_conditional_bundle"))).label_mixture
    assert [(dict(entry.labels), entry.images) for entry in found] == [
        ({"view": "CC"}, 12),
        ({"view": "CC", "density": "A"}, 2),
        ({"view": "CC", "density": "B"}, 9),
        ({"view": "CC", "density": "C"}, 5),
        ({"view": "MLO", "density": "B"}, 4),
        ({"view": "MLO", "density": "C"}, 7),
        ({"view": "MLO", "density": "D"}, 1),
    ]
    assert not (await model()).label_mixture


async def test_a_bundle_of_the_first_format(tmp_path: Path) -> None:
    copy = Copy(tmp_path / "bundle")
    copy.to_first_format()
    assert (await model(copy.folder)).dimensions.preview_resolution == 0


async def test_the_limits() -> None:
    limits = (
        await model(
            max_images_per_call=3,
            max_batch_size=2,
            max_queued_images=9,
            max_message_bytes=2**20,
            max_request_bytes=2**16,
        )
    ).limits
    assert limits.max_images_per_call == 3
    assert limits.max_batch_size == 2
    assert limits.max_queued_images == 9
    assert limits.max_message_bytes == 2**20
    assert limits.max_request_bytes == 2**16
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
