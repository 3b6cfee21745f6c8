"""The one walk over a recipe: defaults, names, noise, templates, and recipes of another bundle."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import math
from typing import Any

import pytest
from hypothesis import given, settings

from mammoganesis.errors import InvalidArgument, OtherBundle
from mammoganesis.recipe import canonical, completion, identity
from mammoganesis.v1 import latents_pb2
from mammoganesis.v1.latents_pb2 import Recipe
from tests.support import recipe_strategies
from tests.support.recipe_strategies import LIMITS
from tests.support.recipes import DIGEST, INTERPOLATION, MIXTURE


def test_completion_writes_the_defaults_of_the_protos():
    done = completion.complete(
        Recipe(
            seed=5,
            component_edits=[{"index": 0}],
            style_transfers=[{"reference": {"seed": 6}, "regions": [{"index": 0}]}],
        ),
        LIMITS,
    )
    truncation = {"psi": 0.65, "cutoff": 6}

    def own(seed: int) -> dict[str, Any]:
        """By its definition in the proto."""
        drawn = int.from_bytes(hashlib.sha256(f"noise:seed:{seed}".encode()).digest()[:4], "big")
        return {"mode": "NOISE_MODE_RANDOM", "seed": drawn}

    assert json.loads(identity.canonical_json(done)) == {
        "seed": 5,
        "truncation": truncation,
        "noise": own(5),
        "component_edits": [{"index": 0, "layer_start": 0, "layer_end": 6}],
        "style_transfers": [
            {
                "reference": {"seed": 6, "truncation": truncation, "noise": own(6)},
                "regions": [{"index": 0}],
                "rho": 0.1,
                "epsilon": 30.0,
                "layer_epsilons": [{"epsilon": 4.0}, {"layer": 1, "epsilon": 4.0}, {"layer": 3, "epsilon": 4.0}],
                "strength": 1.0,
            }
        ],
    }
    assert done.component_edits[0].mode == latents_pb2.EDIT_MODE_RELATIVE
    assert canonical.from_json(identity.canonical_json(done)) == done


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, {0: 4.0, 1: 4.0, 3: 4.0}),
        ({"epsilon": 2.5}, {0: 2.5, 1: 2.5, 3: 2.5}),
        ({"epsilon": 0.0}, {0: 0.0, 1: 0.0, 3: 0.0}),
        ({"layer_epsilons": [{"layer": 1, "epsilon": 9.0}, {"layer": 8, "epsilon": 7.0}]}, {0: 4, 1: 9, 3: 4, 8: 7}),
    ],
)
def test_layers_of_low_resolution_move_little_unless_they_are_named(given: dict[str, Any], expected: dict[int, float]):
    transfer = {"reference": {"seed": 6}, "regions": [{"index": 0}], **given}
    done = completion.complete(Recipe(seed=5, style_transfers=[transfer]), LIMITS).style_transfers[0]
    assert {entry.layer: entry.epsilon for entry in done.layer_epsilons} == expected
    assert [entry.layer for entry in done.layer_epsilons] == sorted(expected)


def test_a_reversed_direction_turns_the_sign():
    edits = [{"name": "density", "sigmas": 2.0}, {"name": "breast-size", "sigmas": 2.0}, {"name": "density"}]
    done = completion.complete(Recipe(seed=5, component_edits=edits), LIMITS)
    assert [edit.sigmas for edit in done.component_edits] == [-2.0, 2.0, 0.0]
    assert not math.copysign(1, done.component_edits[2].sigmas) < 0, "zero has no sign"


def test_a_mixture_has_layers_and_no_truncation_and_its_parts_have():
    mixing = {"base": {"seed": 1}, "style": {"seed": 2}}
    done = completion.complete(Recipe(mixing=mixing), LIMITS)
    assert (done.mixing.layer_start, done.mixing.layer_end) == (0, 6)
    assert done.mixing.HasField("layer_start")
    assert not done.HasField("truncation")
    assert done.mixing.style.truncation.psi == 0.65


def test_completion_of_explicit_zeros_keeps_them():
    zeros = {"psi": 0.0, "cutoff": 0}
    transfer = {"reference": {"seed": 1}, "regions": [{"index": 0}], "rho": 0.0, "epsilon": 0.0, "strength": 0.0}
    done = completion.complete(Recipe(seed=0, truncation=zeros, style_transfers=[transfer]), LIMITS)
    assert (done.truncation.psi, done.truncation.cutoff) == (0.0, 0)
    assert (done.style_transfers[0].rho, done.style_transfers[0].epsilon, done.style_transfers[0].strength) == (0, 0, 0)


def test_names_become_indices_with_their_curated_layers():
    done = completion.complete(
        Recipe(
            seed=5,
            component_edits=[{"name": "density"}, {"name": "density", "layer_end": 4}, {"index": 3}],
            style_transfers=[{"reference": {"seed": 6}, "regions": [{"name": "skin"}, {"index": 0}]}],
        ),
        LIMITS,
    )
    assert [(e.index, e.layer_start, e.layer_end) for e in done.component_edits] == [(3, 2, 6), (3, 2, 4), (3, 0, 6)]
    assert [region.index for region in done.style_transfers[0].regions] == [0, 4]


def test_an_interpolation_has_no_truncation_and_its_ends_have():
    done = completion.complete(Recipe(**INTERPOLATION), LIMITS)
    assert not done.HasField("truncation")
    assert done.interpolation.start.truncation.psi == 0.65
    assert done.interpolation.end.noise.mode == latents_pb2.NOISE_MODE_RANDOM
    assert done.noise == latents_pb2.Noise(mode="NOISE_MODE_INTERPOLATED")


@settings(max_examples=100, deadline=None)
@given(recipe_strategies.recipes)
def test_completion_is_valid_idempotent_and_leaves_its_input(recipe):
    before = recipe.SerializeToString(deterministic=True)
    done = completion.complete(recipe, LIMITS)
    assert recipe.SerializeToString(deterministic=True) == before
    assert identity.is_complete(done)
    again = completion.complete(done, LIMITS)
    assert again == done
    assert identity.latent_id(again, DIGEST) == identity.latent_id(done, DIGEST)


OWN = dataclasses.replace(LIMITS, bundle_digest=DIGEST, bundle_name="demo 0.2.1")


FOREIGN = {"seed": 1, "bundle_digest": "cd" * 32, "bundle_name": "clinic 3.0.0"}


@pytest.mark.parametrize(
    ("fields", "path"),
    [
        (FOREIGN, "recipe"),
        ({"interpolation": {"start": {"seed": 1}, "end": FOREIGN}}, "recipe.interpolation.end"),
        ({"mixing": {"base": FOREIGN, "style": {"seed": 1}}}, "recipe.mixing.base"),
        (
            {"seed": 1, "style_transfers": [{"reference": FOREIGN, "regions": [{"index": 0}]}]},
            "recipe.style_transfers[0].reference",
        ),
    ],
)
def test_a_recipe_of_another_bundle_is_refused_wherever_it_stands(fields: dict[str, Any], path: str):
    with pytest.raises(OtherBundle) as caught:
        completion.complete(Recipe(**fields), OWN)
    assert caught.value.message == (
        f"{path}.bundle_digest: the recipe was made for bundle clinic 3.0.0 (cdcdcdcdcdcd...), "
        "this is bundle demo 0.2.1 (abababababab...); only its own bundle gives its image"
    )
    with pytest.raises(OtherBundle, match=r"start\.recipe\.bundle_digest"):
        completion.complete(Recipe(**FOREIGN), OWN, "start.recipe")
    completion.complete(Recipe(**fields), LIMITS)  # limits of no bundle take any


def test_recipes_of_this_bundle_and_of_any_are_taken():
    plain = completion.complete(Recipe(seed=1), OWN)
    assert completion.complete(identity.of_bundle(plain, DIGEST, "anything"), OWN) == plain
    for wrong in ("ab", "AB" * 32, "g" * 64, DIGEST + "\n"):
        with pytest.raises(InvalidArgument, match=r"recipe\.bundle_digest: .*64 hexadecimal digits"):
            completion.complete(Recipe(seed=1, bundle_digest=wrong), OWN)


def test_a_template_is_complete_for_every_seed():
    for fields in ({}, {"noise": {"mode": 3}}, {"noise": {"mode": 2, "seed": 4}}, {"labels": {"view": "CC"}}):
        template = completion.complete_template(Recipe(**fields), LIMITS)
        for seed in (0, 7, 2**32 - 1):
            assert template.of(seed) == completion.complete(Recipe(seed=seed, **fields), LIMITS)


def test_a_saved_recipe_as_template_gives_each_image_noise_of_its_own():
    saved = completion.complete(Recipe(seed=7, component_edits=[{"index": 1, "sigmas": 1.0}]), LIMITS)
    template = completion.complete_template(saved, LIMITS)
    assert template.of(7) == saved
    assert template.of(8) == completion.complete(Recipe(seed=8, component_edits=saved.component_edits), LIMITS)
    redrawn = Recipe()
    redrawn.CopyFrom(saved)
    redrawn.noise.seed = 4
    assert completion.complete_template(redrawn, LIMITS).of(8).noise.seed == 4


@pytest.mark.parametrize(
    "fields", [INTERPOLATION, MIXTURE, {"code": {"values": [0.0] * 4}}], ids=lambda f: next(iter(f))
)
def test_a_template_begins_with_a_seed(fields: dict[str, Any]):
    with pytest.raises(InvalidArgument, match=r"^file: .*a seed, which others replace, or no origin"):
        completion.complete_template(Recipe(**fields), LIMITS, "file")
