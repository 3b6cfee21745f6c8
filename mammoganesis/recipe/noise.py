"""The noise of a recipe: what belongs to an image that names none, and what a complete recipe's is made of."""

from __future__ import annotations

from mammoganesis.editing.noise import CONSTANT, WITHOUT, NoiseTerm, NoiseTerms, between, own_seed
from mammoganesis.errors import InvalidArgument
from mammoganesis.recipe.fields import known, within
from mammoganesis.recipe.identity import origin_name
from mammoganesis.recipe.limits import MAX_SEED
from mammoganesis.v1 import latents_pb2
from mammoganesis.v1.latents_pb2 import (
    NOISE_MODE_CONST,
    NOISE_MODE_INTERPOLATED,
    NOISE_MODE_NONE,
    NOISE_MODE_RANDOM,
    NOISE_MODE_UNSPECIFIED,
    Noise,
    Recipe,
)


def complete_noise(noise: Noise, recipe: Recipe, path: str) -> Noise:
    """The noise of `recipe`, which is complete but for it; `noise` is what was asked for, `path` its field.

    Raises InvalidArgument for a mode that is unknown or does not fit the origin, and for a seed that nothing would be
    drawn from.
    """
    known(f"{path}.mode", noise.mode, latents_pb2.NoiseMode)
    within(f"{path}.seed", noise.seed, 0, MAX_SEED)
    if noise.seed and noise.mode != NOISE_MODE_RANDOM:
        raise InvalidArgument(f"{path}.seed", noise.seed, "0 unless mode is NOISE_MODE_RANDOM")
    if noise.mode == NOISE_MODE_UNSPECIFIED:
        return own_noise(recipe)
    if noise.mode == NOISE_MODE_INTERPOLATED and own_noise(recipe).mode != NOISE_MODE_INTERPOLATED:
        allowed = "another mode unless the origin is an interpolation, or a mixture whose base has it"
        raise InvalidArgument(f"{path}.mode", "NOISE_MODE_INTERPOLATED", allowed)
    return Noise(mode=noise.mode, seed=noise.seed)


def own_noise(recipe: Recipe) -> Noise:
    """The noise that belongs to a recipe which is complete but for it; see NOISE_MODE_UNSPECIFIED."""
    origin = recipe.WhichOneof("origin")
    if origin == "interpolation":
        return Noise(mode=NOISE_MODE_INTERPOLATED)
    if origin == "mixing":
        return recipe.mixing.base.noise
    seed = recipe.seed if origin == "seed" else None
    return Noise(mode=NOISE_MODE_RANDOM, seed=own_seed(origin_name(recipe), seed))


def noise_terms(recipe: Recipe) -> NoiseTerms:
    """What the noise of a complete recipe is made of."""
    mode = recipe.noise.mode
    if mode == NOISE_MODE_INTERPOLATED and recipe.WhichOneof("origin") == "mixing":
        return noise_terms(recipe.mixing.base)
    if mode == NOISE_MODE_INTERPOLATED:
        ends = recipe.interpolation
        return between(noise_terms(ends.start), noise_terms(ends.end), ends.fraction)
    if mode == NOISE_MODE_RANDOM:
        return (NoiseTerm(recipe.noise.seed),)
    assert mode in (NOISE_MODE_CONST, NOISE_MODE_NONE), "a complete recipe names its noise"
    return CONSTANT if mode == NOISE_MODE_CONST else WITHOUT
