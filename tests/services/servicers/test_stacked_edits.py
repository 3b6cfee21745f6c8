"""Several edits and transfers in one recipe, against a pipeline in NumPy and float64 that shares no code with ours."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy import ndarray

from mammoganesis.v1.latents_pb2 import Latent, Recipe
from mammoganesis.v1.sampling_pb2 import SampleRequest
from tests.support.serving import CALL, CONST, RAW, TINY, pixels, serving
from tests.support.stylegan2_numpy import const_noise, golden, image_from_styles, layer_slices, styles_from_ws

PSI = 0.65
ABSOLUTE = "EDIT_MODE_ABSOLUTE"


def arrays(name: str) -> dict[str, ndarray]:
    with np.load(TINY / name, allow_pickle=False) as content:
        return {key: content[key] for key in content.files}


PARTS, REGIONS, MEAN_W = arrays("components.npz"), arrays("regions.npz"), arrays("latent_stats.npz")["w_avg"]


def seed_ws(seed: int, psi: float = PSI, cutoff: int = 8) -> ndarray:
    """[8, 96] of one of the golden seeds, truncated."""
    ws = np.repeat(golden()["w_psi1"][seed][None].astype(np.float64), 8, axis=0)
    ws[:cutoff] = MEAN_W + psi * (ws[:cutoff] - MEAN_W)
    return ws


def moved(ws: ndarray, *edits: tuple[int, float, int, int, bool]) -> ndarray:
    """Edits of (component, sigmas, start, end, absolute): displacements add up; absolute ones replace the layer's own
    coordinate."""
    out = ws.copy()
    for layer in range(8):
        for component in range(8):
            here = [edit for edit in edits if edit[0] == component and edit[2] <= layer < edit[3]]
            direction = PARTS["components"][component].astype(np.float64)
            coordinate = (ws[layer] - PARTS["mean"]) @ direction
            shift = sum(edit[1] for edit in here) * float(PARTS["deviations"][component])
            if any(edit[4] for edit in here):
                shift -= coordinate
            out[layer] += shift * direction
    return out


def chosen(regions: list[int], rho: float, epsilons: list[float]) -> ndarray:
    """[496] bool."""
    share = REGIONS["contributions"][regions].astype(np.float64).sum(axis=0)
    q = np.zeros(496, dtype=bool)
    for place, epsilon in zip(layer_slices(), epsilons, strict=True):
        spent = 0.0
        for channel in sorted(range(place.start, place.stop), key=lambda c: (-share[c], c)):
            spent += 1 - share[channel]
            q[channel] = spent < epsilon and share[channel] > rho
    return q


def transferred(styles: ndarray, reference: ndarray, q: ndarray, strength: float) -> ndarray:
    return np.where(q, styles + strength * (reference - styles), styles)


async def rendered(fields: dict[str, Any]) -> ndarray:
    """With the bundle's constant noise, as the definition below is given it."""
    async with serving() as servicers:
        request = SampleRequest(latents=[Latent(recipe=Recipe(**fields, noise=CONST))], format=RAW)
        (image,) = (await servicers.sampling.Sample(request, CALL)).images
        again = SampleRequest(latents=[Latent(recipe=image.recipe)], format=RAW)
        assert (await servicers.sampling.Sample(again, CALL)).images[0].data == image.data
    return pixels(image)


FIRST = {"reference": {"seed": 1}, "regions": [{"index": 1}], "epsilon": 12.0, "strength": 0.8}
SECOND = {
    "reference": {"seed": 2, "component_edits": [{"index": 3, "sigmas": 1.5, "layer_start": 2}]},
    "regions": [{"index": 0}, {"name": "rim"}],
    "rho": 0.3,
    "epsilon": 9.0,
    "layer_epsilons": [{"layer": 2, "epsilon": 6.0}, {"layer": 10, "epsilon": 0.0}],
}
# The six layers of 4x4 and 8x8 take 4 at most, the bundle's budget for them.
EPSILONS_FIRST = [4.0] * 6 + [12.0] * 5
EPSILONS_SECOND = [4.0, 4.0, 6.0, 4.0, 4.0, 4.0, 9.0, 9.0, 9.0, 9.0, 0.0]


@pytest.mark.parametrize("order", [[0, 1], [1, 0]])
async def test_edits_then_transfers_in_the_order_of_the_recipe(order: list[int]) -> None:
    recipe = {
        "seed": 0,
        "truncation": {"psi": 0.8, "cutoff": 6},
        "component_edits": [
            {"index": 0, "sigmas": 2.0, "layer_end": 5},
            {"name": "coarseness", "sigmas": 1.25},  # component 2, reversed, layers 2 to 7
            {"index": 0, "sigmas": -0.5, "layer_start": 3},
        ],
        "style_transfers": [[FIRST, SECOND][i] for i in order],
    }
    ws = moved(seed_ws(0, 0.8, 6), (0, 2.0, 0, 5, False), (2, -1.25, 2, 8, False), (0, -0.5, 3, 8, False))
    styles = styles_from_ws(ws)
    references = [styles_from_ws(seed_ws(1)), styles_from_ws(moved(seed_ws(2), (3, 1.5, 2, 8, False)))]
    queries = [chosen([1], 0.1, EPSILONS_FIRST), chosen([0, 2], 0.3, EPSILONS_SECOND)]
    assert (queries[0] & queries[1]).sum() > 3, "the order would not matter"
    for i in order:
        styles = transferred(styles, references[i], queries[i], [0.8, 1.0][i])
    expected, _ = image_from_styles(styles, const_noise())
    np.testing.assert_allclose(await rendered(recipe), expected, atol=1e-3)


async def test_absolute_edits_count_from_the_mean_and_stack_with_relative_ones() -> None:
    edits = [(0, 1.5, 0, 6, True), (1, -1.0, 2, 8, False), (3, 0.0, 4, 8, True), (0, 0.5, 3, 8, False)]
    fields = [
        {"index": k, "sigmas": x, "layer_start": start, "layer_end": end, "mode": ABSOLUTE if absolute else 1}
        for k, x, start, end, absolute in edits
    ]
    styles = styles_from_ws(moved(seed_ws(3), *edits))
    expected, _ = image_from_styles(styles, const_noise())
    np.testing.assert_allclose(await rendered({"seed": 3, "component_edits": fields}), expected, atol=1e-3)


async def test_a_mixture_of_edited_parts_edited_once_more() -> None:
    recipe = {
        "mixing": {
            "base": {"seed": 0, "component_edits": [{"index": 1, "sigmas": 2.0}]},
            "style": {
                "interpolation": {
                    "start": {"seed": 1},
                    "end": {"seed": 2, "truncation": {"psi": 1.0}},
                    "fraction": 0.25,
                }
            },
            "layer_start": 2,
            "layer_end": 6,
        },
        "component_edits": [{"index": 0, "sigmas": -1.0, "layer_start": 1, "layer_end": 4}],
        "style_transfers": [FIRST],
    }
    ws = moved(seed_ws(0), (1, 2.0, 0, 8, False))
    ws[2:6] = (0.75 * seed_ws(1) + 0.25 * seed_ws(2, 1.0))[2:6]
    styles = styles_from_ws(moved(ws, (0, -1.0, 1, 4, False)))
    styles = transferred(styles, styles_from_ws(seed_ws(1)), chosen([1], 0.1, EPSILONS_FIRST), 0.8)
    expected, _ = image_from_styles(styles, const_noise())
    np.testing.assert_allclose(await rendered(recipe), expected, atol=1e-3)


async def test_a_point_between_two_edited_images_in_styles_edited_once_more() -> None:
    recipe = {
        "interpolation": {
            "start": {"seed": 0, "style_transfers": [FIRST]},
            "end": {"seed": 2, "component_edits": [{"index": 0, "sigmas": 1.0}]},
            "fraction": 0.375,
            "space": "INTERPOLATION_SPACE_STYLES",
        },
        "style_transfers": [SECOND],
    }
    start = transferred(styles_from_ws(seed_ws(0)), styles_from_ws(seed_ws(1)), chosen([1], 0.1, EPSILONS_FIRST), 0.8)
    styles = 0.625 * start + 0.375 * styles_from_ws(moved(seed_ws(2), (0, 1.0, 0, 8, False)))
    reference = styles_from_ws(moved(seed_ws(2), (3, 1.5, 2, 8, False)))
    styles = transferred(styles, reference, chosen([0, 2], 0.3, EPSILONS_SECOND), 1.0)
    expected, _ = image_from_styles(styles, const_noise())
    np.testing.assert_allclose(await rendered(recipe), expected, atol=1e-3)
