"""Recipes that tests of several modules begin with."""

from __future__ import annotations

from typing import Any

from mammoganesis.recipe import completion, identity
from mammoganesis.v1.latents_pb2 import Recipe
from tests.support.recipe_strategies import LIMITS

DIGEST = "ab" * 32


FULL: dict[str, Any] = {
    "seed": 7,
    "truncation": {"psi": 0.5, "cutoff": 3},
    "component_edits": [{"index": 1, "sigmas": 2.0, "layer_start": 1, "layer_end": 4}],
    "style_transfers": [
        {
            "reference": {"code": {"values": [0.5, -1.25, 3.0, 4.0]}},
            "regions": [{"index": 1}, {"index": 3}],
            "rho": 0.2,
            "epsilon": 30.0,
            "layer_epsilons": [{"layer": 1, "epsilon": 5.0}, {"layer": 4, "epsilon": 6.0}],
            "strength": 0.75,
        }
    ],
    "noise": {"mode": "NOISE_MODE_RANDOM", "seed": 9},
}


MIXTURE: dict[str, Any] = {
    "mixing": {"base": {"seed": 1, "labels": {"view": "CC"}}, "style": {"seed": 2}, "layer_start": 2, "layer_end": 5}
}


INTERPOLATION: dict[str, Any] = {"interpolation": {"start": {"seed": 1}, "end": {"seed": 2}, "fraction": 0.25}}


def latent_id(fields: dict[str, Any], digest: str = DIGEST) -> str:
    recipe = Recipe(**fields)
    return identity.latent_id(completion.complete(recipe, LIMITS), digest)
