"""Component edits: the arithmetic by its definition, the servicer against NumPy."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy import ndarray

from mammoganesis.editing.components import edit
from mammoganesis.editing.latents import equal_steps
from mammoganesis.errors import FailedPrecondition, InvalidArgument, NotFound
from mammoganesis.v1 import latents_pb2
from mammoganesis.v1.images_pb2 import GeneratedImage
from mammoganesis.v1.latents_pb2 import ComponentEdit, Latent, Recipe
from mammoganesis.v1.pca_editing_pb2 import EditComponentsRequest, ListComponentsRequest, SweepComponentRequest
from mammoganesis.v1.sampling_pb2 import SampleRequest
from services.servicers.assembly import Servicers
from tests.support.serving import CALL, RAW, TINY, Copy, pixels, seed_latent, serving
from tests.support.stylegan2_numpy import const_noise, golden, image_from_styles, styles_from_ws

COMPONENTS = np.random.RandomState(0).randn(5, 7).astype(np.float32)
COMPONENTS /= np.linalg.norm(COMPONENTS, axis=1, keepdims=True)
DEVIATIONS = np.array([3.0, 2.0, 1.0, 0.5, 0.25], dtype=np.float32)
MEAN = np.random.RandomState(2).randn(7).astype(np.float32)
MODES = [latents_pb2.EDIT_MODE_RELATIVE, latents_pb2.EDIT_MODE_ABSOLUTE]


def complete_edit(
    index: int, sigmas: float, layers: tuple[int, int], mode: latents_pb2.EditMode = latents_pb2.EDIT_MODE_RELATIVE
) -> ComponentEdit:
    return ComponentEdit(index=index, sigmas=sigmas, layer_start=min(layers), layer_end=max(layers) + 1, mode=mode)


EDITS = st.lists(
    st.builds(
        complete_edit,
        st.integers(0, 4),
        st.floats(-20, 20),
        st.tuples(st.integers(0, 5), st.integers(0, 5)),
        st.sampled_from(MODES),
    ),
    max_size=6,
)


@given(EDITS)
def test_edits_by_their_definition(edits: list[ComponentEdit]) -> None:
    ws = np.random.RandomState(1).randn(6, 7).astype(np.float32)
    expected = ws.astype(np.float64)
    for layer in range(6):
        here = [item for item in edits if item.layer_start <= layer < item.layer_end]
        absolute = {item.index for item in here if item.mode == latents_pb2.EDIT_MODE_ABSOLUTE}
        coordinates = {
            k: sum((ws[layer, d] - float(MEAN[d])) * float(COMPONENTS[k, d]) for d in range(7)) for k in absolute
        }
        for dimension in range(7):
            for item in here:
                step = item.sigmas * float(DEVIATIONS[item.index]) * float(COMPONENTS[item.index, dimension])
                expected[layer, dimension] += step
            for k in absolute:
                expected[layer, dimension] -= coordinates[k] * float(COMPONENTS[k, dimension])
    before = ws.copy()
    moved = edit(ws, COMPONENTS, DEVIATIONS, MEAN, edits)
    np.testing.assert_allclose(moved, expected, rtol=1e-4, atol=1e-3)
    np.testing.assert_array_equal(ws, before)  # the argument is left alone
    untouched = [layer for layer in range(6) if not any(e.layer_start <= layer < e.layer_end for e in edits)]
    np.testing.assert_array_equal(moved[untouched], ws[untouched])


def test_zero_sigmas_keep_every_bit() -> None:
    ws = np.random.RandomState(1).randn(6, 7).astype(np.float32)
    np.testing.assert_array_equal(edit(ws, COMPONENTS, DEVIATIONS, MEAN, [complete_edit(0, 0.0, (0, 5))]), ws)


@given(st.floats(-20, 20), st.integers(0, 4))
def test_an_absolute_edit_puts_the_coordinate_where_it_says(sigmas: float, index: int) -> None:
    ws = np.random.RandomState(1).randn(6, 7).astype(np.float32)
    item = complete_edit(index, sigmas, (2, 4), latents_pb2.EDIT_MODE_ABSOLUTE)
    moved = edit(ws, COMPONENTS, DEVIATIONS, MEAN, [item])
    direction = COMPONENTS[index].astype(np.float64)
    coordinates = (moved.astype(np.float64) - MEAN) @ direction
    np.testing.assert_allclose(coordinates[2:5], sigmas * DEVIATIONS[index], atol=1e-4)
    np.testing.assert_array_equal(moved[[0, 1, 5]], ws[[0, 1, 5]])
    # What is not along the component stays.
    others = np.eye(7) - np.outer(direction, direction)
    np.testing.assert_allclose(moved @ others, ws @ others, atol=1e-4)


@given(st.floats(-20, 20), st.floats(-20, 20), st.integers(2, 64))
def test_a_sweep_has_equal_steps_and_exact_ends(start: float, end: float, steps: int) -> None:
    values = equal_steps(start, end, steps)
    assert len(values) == steps
    assert values[0] == start
    assert values[-1] == end
    np.testing.assert_allclose(np.diff(values), (end - start) / (steps - 1), atol=1e-12)


# The servicer


def component(index: int) -> tuple[ndarray, float]:
    with np.load(TINY / "components.npz", allow_pickle=False) as content:
        return content["components"][index].astype(np.float64), float(content["deviations"][index])


async def edited(servicers: Servicers, latent: Latent, *edits: ComponentEdit) -> GeneratedImage:
    request = EditComponentsRequest(latent=latent, edits=edits, format=RAW)
    return (await servicers.pca_editing.EditComponents(request, CALL)).image


async def swept(servicers: Servicers, **fields: Any) -> list[tuple[int, float, GeneratedImage]]:
    request = SweepComponentRequest(
        **{"latent": seed_latent(0), "edit": ComponentEdit(index=1), "format": RAW, **fields}
    )
    return [
        (response.index, response.sigmas, response.image)
        async for response in servicers.pca_editing.SweepComponent(request, CALL)
    ]


async def sampled(servicers: Servicers, latent: Latent) -> GeneratedImage:
    (image,) = (await servicers.sampling.Sample(SampleRequest(latents=[latent], format=RAW), CALL)).images
    return image


async def test_an_edit_by_its_definition() -> None:
    ws = golden()["ws_psi065"][2].astype(np.float64)  # truncated first, then moved
    (first, first_deviation), (second, second_deviation) = component(0), component(3)
    ws[2:5] += 2.5 * first_deviation * first
    ws[4:8] += -1.5 * second_deviation * second
    expected, _ = image_from_styles(styles_from_ws(ws), const_noise())
    edits = [
        ComponentEdit(index=0, sigmas=2.5, layer_start=2, layer_end=5),
        ComponentEdit(index=3, sigmas=-1.5, layer_start=4),
    ]
    async with serving() as servicers:
        image = await edited(servicers, seed_latent(2), *edits)
        np.testing.assert_allclose(pixels(image), expected, atol=5e-4)
        # An edit of an edited image adds up to the same.
        half = await edited(servicers, seed_latent(2), edits[0])
        for latent in (Latent(recipe=half.recipe), Latent(latent_id=half.latent_id)):
            whole = await edited(servicers, latent, edits[1])
            assert whole.data == image.data
            assert whole.latent_id == image.latent_id


async def test_an_edit_of_zero_changes_no_pixel_and_another_does() -> None:
    async with serving() as servicers:
        plain = await sampled(servicers, seed_latent(4))
        zero = await edited(servicers, seed_latent(4), ComponentEdit(index=2, sigmas=0))
        one = await edited(servicers, seed_latent(4), ComponentEdit(index=2, sigmas=1))
        back = await edited(
            servicers, seed_latent(4), ComponentEdit(index=2, sigmas=1), ComponentEdit(index=2, sigmas=-1)
        )
    assert zero.data == plain.data
    assert np.abs(pixels(one) - pixels(plain)).max() > 1e-3
    np.testing.assert_allclose(pixels(back), pixels(plain), atol=1e-4)


async def test_a_sweep_is_its_single_edits() -> None:
    async with serving() as servicers:
        strip = await swept(servicers, sigmas_start=-2, sigmas_end=4, steps=4)
        assert [(index, sigmas) for index, sigmas, _ in strip] == [(0, -2.0), (1, 0.0), (2, 2.0), (3, 4.0)]
        for _, sigmas, image in strip:
            single = await edited(servicers, seed_latent(0), ComponentEdit(index=1, sigmas=sigmas))
            assert single.data == image.data
            assert single.latent_id == image.latent_id
        assert strip[1][2].data == (await sampled(servicers, seed_latent(0))).data


async def test_a_sweep_without_settings() -> None:
    async with serving() as servicers:
        assert [sigmas for _, sigmas, _ in await swept(servicers)] == [-3.0, -2.0, -1.0, 0.0, 1.0, 2.0, 3.0]
        coarseness = ComponentEdit(name="coarseness")  # useful from -2 to 3.5
        assert [sigmas for _, sigmas, _ in await swept(servicers, edit=coarseness, steps=2)] == [-2.0, 3.5]
        one_end = await swept(servicers, edit=coarseness, steps=2, sigmas_start=1)
        assert [sigmas for _, sigmas, _ in one_end] == [1.0, 3.5]


async def test_list_of_directions() -> None:
    async with serving() as servicers:
        response = await servicers.pca_editing.ListComponents(ListComponentsRequest(), CALL)
        assert [item.index for item in response.components if item.rejected] == [6]
        contrast, coarseness = response.directions
        assert (contrast.name, contrast.index, contrast.reversed) == ("contrast", 0, False)
        assert (contrast.layer_start, contrast.layer_end) == (0, 4)
        assert (contrast.sigmas_start, contrast.sigmas_end) == (-4.0, 4.0)
        assert (contrast.note, contrast.HasField("evidence")) == ("faint to strong patterns", False)
        assert (coarseness.name, coarseness.index, coarseness.reversed) == ("coarseness", 2, True)
        assert (coarseness.sigmas_start, coarseness.sigmas_end) == (-2.0, 3.5)
        assert (coarseness.evidence.spearman_rho, coarseness.evidence.num_seeds) == (0.75, 50)
        # Reversed: its positive sigmas are negative ones of the component.
        named = await edited(servicers, seed_latent(0), ComponentEdit(name="coarseness", sigmas=2))
        turned = ComponentEdit(index=2, sigmas=-2, layer_start=2, layer_end=8)
        assert named.data == (await edited(servicers, seed_latent(0), turned)).data
        strip = await swept(servicers, edit=ComponentEdit(name="coarseness"), steps=2, sigmas_start=0, sigmas_end=2)
        assert [sigmas for _, sigmas, _ in strip] == [0.0, 2.0]
        assert strip[1][2].data == named.data


async def test_a_direction_along_several_components(tmp_path: Path) -> None:
    """Named, it is the edits of its components with their weights, on their own layers: in an edit and in a sweep."""
    copy = Copy(tmp_path / "bundle")
    further = [
        {"index": 1, "weight": 0.3, "layer_start": 0, "layer_end": 2},
        {"index": 1, "weight": -0.7, "layer_start": 4, "layer_end": 8},
    ]
    effect = {"attribute": "texture", "at_start": -0.2, "at_end": 0.4, "num_seeds": 100}
    named = {"index": 3, "name": "thickness", "reversed": True, "layer_start": 2, "layer_end": 6}
    combined = {**named, "further": further, "side_effects": [effect]}
    copy.change_manifest(lambda manifest: manifest.update(combined_components=[combined]))
    async with serving(copy.folder) as servicers:
        listed = await servicers.pca_editing.ListComponents(ListComponentsRequest(), CALL)
        thickness = listed.directions[-1]
        assert (thickness.name, thickness.index, thickness.reversed) == ("thickness", 3, True)
        assert [(part.index, part.weight) for part in thickness.further] == [(1, 0.3), (1, -0.7)]
        assert (thickness.side_effects[0].at_end, thickness.side_effects[0].num_seeds) == (0.4, 100)
        assert listed.components[3].name == ""  # alone it has none
        by_name = await edited(servicers, seed_latent(0), ComponentEdit(name="thickness", sigmas=2))
        unmoved = Recipe()
        unmoved.CopyFrom(by_name.recipe)
        del unmoved.component_edits[:]
        expected = (await servicers.renderer.ws(unmoved)).astype(float)
        for index, sigmas, start, end in ((3, -2.0, 2, 6), (1, 0.6, 0, 2), (1, -1.4, 4, 8)):
            direction, deviation = component(index)
            expected[start:end] += sigmas * deviation * direction
        np.testing.assert_allclose(await servicers.renderer.ws(by_name.recipe), expected, atol=1e-5)
        assert [edit.WhichOneof("component") for edit in by_name.recipe.component_edits] == ["index"] * 3
        strip = await swept(servicers, edit=ComponentEdit(name="thickness"), steps=2, sigmas_start=0, sigmas_end=2)
        assert strip[1][2].latent_id == by_name.latent_id
        assert strip[1][2].data == by_name.data
        full = Latent(recipe=Recipe(seed=0, component_edits=[ComponentEdit(index=0)] * 62))
        with pytest.raises(InvalidArgument, match=r"65 edits|65 is not allowed"):
            await edited(servicers, full, ComponentEdit(name="thickness", sigmas=1))


async def test_an_absolute_sweep_begins_where_every_image_begins() -> None:
    direction, deviation = component(1)
    async with serving() as servicers:
        for seed in (0, 3):
            absolute = ComponentEdit(index=1, mode=latents_pb2.EDIT_MODE_ABSOLUTE)
            strip = await swept(servicers, latent=seed_latent(seed), edit=absolute, steps=3)
            mean = servicers.renderer.bundle.components.mean  # type: ignore[union-attr]
            for _, sigmas, image in strip:
                ws = await servicers.renderer.ws(image.recipe)
                np.testing.assert_allclose((ws - mean) @ direction, sigmas * deviation, atol=1e-4)


async def test_list_of_components_and_curated_names(tmp_path: Path) -> None:
    copy = Copy(tmp_path / "bundle")
    named = {"index": 2, "name": "breast-size", "layer_start": 1, "layer_end": 4}
    other = {"index": 2, "name": "density", "layer_start": 4, "layer_end": 8}
    copy.change_manifest(lambda manifest: manifest.update(named_components=[named, other]))
    async with serving(copy.folder) as servicers:
        response = await servicers.pca_editing.ListComponents(ListComponentsRequest(), CALL)
        assert [item.index for item in response.components] == list(range(8))
        for item in response.components:
            curated = item.index == 2
            assert item.name == ("breast-size" if curated else "")
            assert (item.layer_start, item.layer_end) == ((1, 4) if curated else (0, 8))
            assert item.deviation == pytest.approx(component(item.index)[1])
        by_name = await edited(servicers, seed_latent(0), ComponentEdit(name="breast-size", sigmas=2))
        by_index = await edited(servicers, seed_latent(0), ComponentEdit(index=2, sigmas=2, layer_start=1, layer_end=4))
        assert by_name.data == by_index.data
        assert by_name.latent_id == by_index.latent_id
        second = await edited(servicers, seed_latent(0), ComponentEdit(name="density", sigmas=2))
        assert (second.recipe.component_edits[0].layer_start, second.recipe.component_edits[0].layer_end) == (4, 8)
        everywhere = await edited(servicers, seed_latent(0), ComponentEdit(index=2, sigmas=2))
        assert everywhere.data != by_name.data


async def test_bad_edits() -> None:
    async with serving() as servicers:

        async def fails(field: str, *edits: ComponentEdit, latent: Latent | None = None) -> None:
            with pytest.raises(InvalidArgument) as caught:
                await edited(servicers, latent or seed_latent(0), *edits)
            assert caught.value.field.startswith(field), caught.value.message

        good = ComponentEdit(index=1, sigmas=1)
        await fails("edits")
        await fails("edits", *[good] * 65)
        await fails("edits[1].index", good, ComponentEdit(index=8))
        await fails("edits[0].name", ComponentEdit(name="size"))
        await fails("edits[0]", ComponentEdit(sigmas=1))
        await fails("edits[0].sigmas", ComponentEdit(index=0, sigmas=20.5))
        await fails("edits[0].sigmas", ComponentEdit(index=0, sigmas=float("nan")))
        await fails("edits[0].layer_start", ComponentEdit(index=0, layer_start=8))
        await fails("edits[0].layer_end", ComponentEdit(index=0, layer_start=3, layer_end=3))
        await fails("edits[0].layer_end", ComponentEdit(index=0, layer_end=9))
        await fails("latent", good, latent=Latent())
        with pytest.raises(NotFound, match=r"latent\.latent_id"):
            await edited(servicers, Latent(latent_id="lat_" + "f" * 32), good)
        assert servicers.engine.statistics.images == 0  # type: ignore[attr-defined]
        # Behind a latent id stand more edits than may be added to.
        full = await sampled(servicers, Latent(recipe=Recipe(seed=1, component_edits=[good] * 60)))
        await fails("edits", *[good] * 5, latent=Latent(latent_id=full.latent_id))
        await edited(servicers, Latent(latent_id=full.latent_id), *[good] * 4)


async def test_bad_sweeps() -> None:
    async with serving() as servicers:
        for field, settings in (
            ("edit", {"edit": None}),
            ("edit.sigmas", {"edit": ComponentEdit(index=1, sigmas=1)}),
            ("edit.index", {"edit": ComponentEdit(index=100)}),
            ("sigmas_start", {"sigmas_start": -21}),
            ("sigmas_end", {"sigmas_end": float("inf")}),
            ("steps", {"steps": 1}),
            ("steps", {"steps": 65}),
        ):
            with pytest.raises(InvalidArgument) as caught:
                await swept(servicers, **settings)
            assert caught.value.field == field
        assert servicers.engine.statistics.images == 0  # type: ignore[attr-defined]


async def test_a_bundle_without_components(tmp_path: Path) -> None:
    copy = Copy(tmp_path / "bundle")
    copy.remove("components.npz")
    async with serving(copy.folder) as servicers:
        for attempt in (
            servicers.pca_editing.ListComponents(ListComponentsRequest(), CALL),
            edited(servicers, seed_latent(0), ComponentEdit(index=0, sigmas=1)),
            swept(servicers),
            sampled(servicers, Latent(recipe=Recipe(seed=1, component_edits=[ComponentEdit(index=0)]))),
        ):
            with pytest.raises(FailedPrecondition, match="no components"):
                await attempt
        assert (await sampled(servicers, seed_latent(0))).data
