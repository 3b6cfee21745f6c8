"""Names of files say what is in them."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given

from mammoganesis.recipe.completion import complete
from mammoganesis.recipe.names import MAX_STEM, file_stem
from mammoganesis.v1.latents_pb2 import Recipe
from tests.support.recipe_strategies import LIMITS, recipes


@pytest.mark.parametrize(
    ("recipe", "name"),
    [
        ({"seed": 5}, "seed5"),
        ({"seed": 5, "component_edits": [{"name": "density", "sigmas": 2}]}, "seed5_density+2.0"),
        (
            {"seed": 5, "component_edits": [{"index": 3, "sigmas": -2, "layer_start": 2, "layer_end": 6}]},
            "seed5_density+2.0",
        ),
        ({"seed": 5, "component_edits": [{"name": "breast-size", "sigmas": -0.25}]}, "seed5_breast-size-0.25"),
        (
            {"seed": 5, "component_edits": [{"index": 0}, {"name": "thickness", "sigmas": -1.7}, {"name": "density"}]},
            "seed5_component0+0.0_thickness-1.7_density+0.0",
        ),
        ({"seed": 5, "component_edits": [{"index": 0, "sigmas": 1}]}, "seed5_component0+1.0"),
        (
            {"seed": 5, "component_edits": [{"index": 0, "layer_start": 1, "layer_end": 4}]},
            "seed5_component0+0.0_layers1-3",
        ),
        ({"seed": 5, "component_edits": [{"name": "density", "mode": 2}]}, "seed5_density-at+0.0"),
        ({"seed": 5, "truncation": {"psi": 1}, "labels": {"view": "MLO", "density": "B"}}, "seed5_B_MLO_psi1.0"),
        ({"seed": 5, "truncation": {"cutoff": 2}}, "seed5_cutoff2"),
        ({"seed": 5, "noise": {"mode": 1}}, "seed5_noise-const"),
        ({"seed": 5, "noise": {"mode": 3}, "component_edits": [{"index": 0}]}, "seed5_component0+0.0_noise-none"),
        ({"seed": 5, "noise": {"mode": 2, "seed": 9}}, "seed5_noise9"),
        (
            {"seed": 5, "style_transfers": [{"reference": {"seed": 12}, "regions": [{"name": "skin"}, {"index": 0}]}]},
            "seed5_region0-skin-of_seed12",
        ),
        (
            {"seed": 5, "style_transfers": [{"reference": {"seed": 12}, "regions": [{"index": 2}], "strength": 0.5}]},
            "seed5_nipple-strength0.5-of_seed12",
        ),
        ({"interpolation": {"start": {"seed": 1}, "end": {"seed": 2}, "fraction": 0.25}}, "seed1_to_seed2_0.25"),
        ({"mixing": {"base": {"seed": 1}, "style": {"seed": 2}, "layer_start": 3}}, "seed1_layers3-5-of_seed2"),
    ],
)
def test_a_name_says_what_was_done(recipe: dict[str, Any], name: str) -> None:
    assert file_stem(complete(Recipe(**recipe), LIMITS), LIMITS) == name


@given(recipes)
def test_every_recipe_has_a_name_that_every_system_takes(recipe: Recipe) -> None:
    assert re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._+-]*", stem := file_stem(complete(recipe, LIMITS), LIMITS))
    assert len(stem) <= MAX_STEM


def test_long_names_stay_apart() -> None:
    edits = [{"index": index % 8, "sigmas": index / 7} for index in range(64)]
    names = {
        file_stem(complete(Recipe(seed=5, component_edits=[*edits[:63], {"index": 0, "sigmas": last}]), LIMITS), LIMITS)
        for last in (1, 2)
    }
    assert len(names) == 2
    assert {len(name) for name in names} == {MAX_STEM}
    assert all(name.startswith("seed5_component0+0.0_") for name in names)
