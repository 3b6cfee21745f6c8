"""Which channels a transfer moves: the renderer's choice on a real bundle against brute force over every channel."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mammoganesis.recipe import completion
from mammoganesis.v1.latents_pb2 import Recipe
from services.rendering.renderer import Renderer
from services.servicers.assembly import Servicers
from tests.support.serving import TINY, serving
from tests.support.stylegan2_numpy import LAYERS, layer_slices

LOW_RESOLUTION = {"b4.conv1", "b4.torgb", "b8.conv0", "b8.conv1", "b8.torgb", "b16.conv0"}
DEFAULT_EPSILON, LOW_RESOLUTION_EPSILON = 20.0, 4.0  # of the tiny bundle
RENDERERS: list[Renderer] = []


@pytest.fixture(scope="module", autouse=True)
def _renderer() -> Iterator[None]:
    async def make() -> None:
        async with serving() as servicers:
            RENDERERS.append(servicers.renderer)

    asyncio.run(make())
    yield
    RENDERERS.clear()


def contributions() -> np.ndarray:
    with np.load(TINY / "regions.npz", allow_pickle=False) as content:
        return content["contributions"].astype(np.float64)


M = contributions()


def brute_force(regions: list[int], rho: float, epsilon: float, overrides: dict[int, float]) -> list[bool]:
    """The paper's rule, channel by channel: in each layer by falling share while the costs stay below the budget."""
    chosen = [False] * 496
    for number, ((name, _), place) in enumerate(zip(LAYERS, layer_slices(), strict=True)):
        budget = epsilon
        if name in LOW_RESOLUTION:
            budget = min(epsilon, LOW_RESOLUTION_EPSILON)
        budget = overrides.get(number, budget)
        candidates = []
        for channel in range(place.start, place.stop):
            share = min(sum(M[region, channel] for region in sorted(regions)), 1.0)
            candidates.append((-share, channel))
        spent = 0.0
        for negative, channel in sorted(candidates):
            spent += 1.0 + negative
            if not spent < budget:
                break
            if -negative > rho:
                chosen[channel] = True
    return chosen


@settings(max_examples=60, deadline=None)
@given(
    regions=st.lists(st.integers(0, 3), min_size=1, max_size=4, unique=True),
    rho=st.one_of(st.none(), st.floats(0, 1), st.just(0.1)),
    epsilon=st.one_of(st.none(), st.floats(0, 60), st.sampled_from([0.0, 512.0])),
    overrides=st.dictionaries(st.integers(0, 10), st.floats(0, 40), max_size=4),
    strength=st.floats(0, 1),
)
def test_the_choice_is_that_of_brute_force(
    regions: list[int], rho: float | None, epsilon: float | None, overrides: dict[int, float], strength: float
) -> None:
    fields: dict[str, Any] = {"rho": rho, "epsilon": epsilon, "strength": strength}
    transfer = {
        "reference": {"seed": 1},
        "regions": [{"index": index} for index in regions],
        "layer_epsilons": [{"layer": layer, "epsilon": value} for layer, value in overrides.items()],
        **{name: value for name, value in fields.items() if value is not None},
    }
    (renderer,) = RENDERERS
    done = completion.complete(Recipe(seed=0, style_transfers=[transfer]), renderer.limits).style_transfers[0]
    expected = brute_force(
        regions, 0.1 if rho is None else rho, DEFAULT_EPSILON if epsilon is None else epsilon, overrides
    )
    assert renderer.query(done).tolist() == expected


async def styles_of(servicers: Servicers, fields: dict[str, Any]) -> np.ndarray:
    return (await servicers.renderer.field(completion.complete(Recipe(**fields), servicers.renderer.limits))).own


async def test_strength_moves_the_chosen_channels_that_far_and_no_other() -> None:
    chosen = np.array(brute_force([0, 2], 0.1, DEFAULT_EPSILON, {}))
    assert 10 < chosen.sum() < 480
    async with serving() as servicers:
        target, reference = [await styles_of(servicers, {"seed": seed}) for seed in (3, 4)]
        for strength in (0.0, 0.3, 1.0):
            transfer = {"reference": {"seed": 4}, "regions": [{"index": 2}, {"index": 0}], "strength": strength}
            moved = await styles_of(servicers, {"seed": 3, "style_transfers": [transfer]})
            np.testing.assert_array_equal(moved[~chosen], target[~chosen])
            expected = target[chosen] + strength * (reference[chosen].astype(np.float64) - target[chosen])
            np.testing.assert_allclose(moved[chosen], expected, rtol=1e-5, atol=1e-6)
