"""Recipes in plain words: the sentences are what people read, so they stand here as they are."""

# ruff: noqa: RUF001  (French has quotes of its own)

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings

from mammoganesis.recipe import completion
from mammoganesis.recipe.descriptions import Words, describe
from mammoganesis.texts.languages import FRENCH
from mammoganesis.v1.latents_pb2 import Recipe
from tests.support import recipe_strategies
from tests.support.recipe_strategies import LIMITS

LAYERS = [
    "b4.conv1",
    "b4.torgb",
    "b8.conv0",
    "b8.conv1",
    "b8.torgb",
    "b16.conv0",
    "b16.conv1",
    "b16.torgb",
    "b32.conv0",
]
WORDS = Words.of(LIMITS, LAYERS)
CONST = "Rendered with the model's constant noise."
TRANSFER = {"reference": {"seed": 12}, "regions": [{"name": "nipple"}, {"index": 0}]}


def said(**fields: Any) -> list[str]:
    """With constant noise where the fields name none."""
    return describe(completion.complete(Recipe(**{"noise": {"mode": 1}, **fields}), LIMITS), WORDS)


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"seed": 7}, "Seed 7, pulled towards the average image (psi 0.65)."),
        ({"seed": 7, "truncation": {"psi": 1.0}}, "Seed 7, without truncation."),
        ({"seed": 7, "truncation": {"cutoff": 0}}, "Seed 7, without truncation."),
        ({"seed": 7, "truncation": {"psi": 0.0}}, "Seed 7, replaced by the average image (psi 0)."),
        ({"seed": 7, "truncation": {"psi": 1.5}}, "Seed 7, pushed away from the average image (psi 1.5)."),
        (
            {"seed": 7, "truncation": {"cutoff": 2}},
            "Seed 7, pulled towards the average image in layers 0 to 1 of 0 to 5 (psi 0.65).",
        ),
        (
            {"seed": 7, "labels": {"view": "MLO", "density": "B"}, "truncation": {"psi": 1}},
            "Seed 7 with density B, view MLO, without truncation.",
        ),
        ({"code": {"values": [0.0] * 4}, "truncation": {"psi": 1}}, "An explicit code, without truncation."),
        (
            {"interpolation": {"start": {"seed": 1}, "end": {"seed": 2, "truncation": {"psi": 1}}, "fraction": 0.25}},
            "A point 25% of the way in W from [seed 1, pulled towards the average image (psi 0.65)] "
            "to [seed 2, without truncation].",
        ),
        (
            {
                "mixing": {
                    "base": {"seed": 1, "truncation": {"psi": 1}},
                    "style": {"seed": 2, "truncation": {"psi": 1}, "component_edits": [{"index": 4, "sigmas": 1}]},
                    "layer_start": 4,
                }
            },
            "A mixture: [seed 1, without truncation], with layers 4 to 5 of 0 to 5 taken from "
            "[seed 2, without truncation; moved by +1 standard deviation along component 4 in all 6 layers].",
        ),
    ],
)
def test_origins(fields: dict[str, Any], sentence: str) -> None:
    assert said(**fields) == [sentence, CONST]


@pytest.mark.parametrize(
    ("edit", "sentence"),
    [
        (
            {"index": 5, "sigmas": -2.5, "layer_start": 3, "layer_end": 4},
            "Moved by -2.5 standard deviations along component 5 in layer 3 of 0 to 5.",
        ),
        (
            {"name": "breast-size", "sigmas": 2},
            'Moved by +2 standard deviations along "breast-size" (component 1) in layers 0 to 3 of 0 to 5.',
        ),
        (
            {"name": "density", "sigmas": 1},
            'Moved by +1 standard deviation along "density" (component 3, reversed) in layers 2 to 5 of 0 to 5.',
        ),
        (
            {"name": "thickness", "sigmas": 2.1},
            'Moved by +2.1 standard deviations along "thickness" (-1 component 3 in layers 2 to 5 of 0 to 5, '
            "+0.3 component 1 in layers 0 to 1 of 0 to 5 and -0.7 component 1 in layers 3 to 5 of 0 to 5).",
        ),
        (
            {"name": "density", "sigmas": 1, "layer_start": 0},
            "Moved by -1 standard deviation along component 3 in all 6 layers.",
        ),
        (
            {"index": 0, "mode": "EDIT_MODE_ABSOLUTE"},
            "Set to +0 standard deviations from the mean of W along component 0 in all 6 layers, "
            "wherever it was before.",
        ),
    ],
)
def test_edits(edit: dict[str, Any], sentence: str) -> None:
    assert said(seed=7, component_edits=[edit])[1:] == [sentence, CONST]


@pytest.mark.parametrize(
    ("settings_", "rest"),
    [
        ({}, " (channels of which more than 10% lies there; budget 30 a layer, 4 in the layers of 4x4 and 8x8)."),
        (
            {"strength": 0.5, "rho": 0.25, "epsilon": 2.0},
            ", 50% of the way (channels of which more than 25% lies there; budget 2 a layer).",
        ),
        (
            {"layer_epsilons": [{"layer": 3, "epsilon": 9}, {"layer": 8, "epsilon": 9}]},
            " (channels of which more than 10% lies there; budget 30 a layer, 4 in b4.conv1 and b4.torgb, "
            "9 in b8.conv1 and b32.conv0).",
        ),
    ],
)
def test_transfers(settings_: dict[str, Any], rest: str) -> None:
    start = 'The style of regions 0 and 2 ("nipple") taken from [seed 12, pulled towards the average image (psi 0.65)]'
    assert said(seed=7, style_transfers=[{**TRANSFER, **settings_}])[1:] == [start + rest, CONST]


def test_noise_and_the_order_of_the_steps() -> None:
    edits, transfers = [{"index": 1}, {"index": 0}], [TRANSFER, {**TRANSFER, "regions": [{"index": 1}]}]
    sentences = said(seed=7, component_edits=edits, style_transfers=transfers, noise={"mode": 2, "seed": 5})
    starts = ("Seed 7", "Moved", "Moved", "The style of regions", "The style of region 1", "Rendered with noise drawn")
    assert all(sentence.startswith(start) for sentence, start in zip(sentences, starts, strict=True))
    assert "component 1" in sentences[1]
    assert sentences[-1] == "Rendered with noise drawn from seed 5."
    assert said(seed=7, noise={"mode": 3})[-1] == "Rendered without noise."
    assert said(seed=7, noise={})[-1] == "Rendered with noise drawn from seed 1147088476."


def test_noise_between_two_is_told_by_what_it_is_made_of() -> None:
    ends = {"start": {"seed": 1, "noise": {"mode": 2, "seed": 5}}, "end": {"seed": 2, "noise": {"mode": 1}}}
    between = said(interpolation={**ends, "fraction": 0.25}, noise={})
    assert (
        between[-1] == "Rendered with 0.316 times the model's constant noise and 0.949 times noise drawn from seed 5."
    )
    assert said(interpolation={**ends, "fraction": 1.0}, noise={})[-1] == CONST
    mixed = said(mixing={"base": {"interpolation": {**ends, "fraction": 0.25}}, "style": {"seed": 3}}, noise={})
    assert mixed[-1] == between[-1]


def test_french() -> None:
    """A sentence of every kind of step; names that nobody has translated stand as they are."""
    steps = {
        "labels": {"view": "MLO"},
        "component_edits": [{"name": "density", "sigmas": 1.5}, {"index": 5, "sigmas": -2}],
        "style_transfers": [{**TRANSFER, "strength": 0.5}],
    }
    recipe = completion.complete(Recipe(**{"seed": 7, "noise": {"mode": 2, "seed": 5}, **steps}), LIMITS)
    said = [sentence.replace("\u00a0", " ").replace("\u202f", " ") for sentence in describe(recipe, WORDS, FRENCH)]
    assert said == [
        "Graine 7, avec incidence MLO, avec rapprochement de l’image moyenne (psi 0,65).",
        "Déplacement de +1,5 écart-type le long de « densité » (composante 3, inversée) dans les couches 2 à 5 (de 0 "
        "à 5).",
        "Déplacement de -2 écarts-types le long de la composante 5 dans l’ensemble des 6 couches.",
        "Le style des régions 0 et 2 (« nipple »), pris de [graine 12, avec rapprochement de l’image moyenne (psi "
        "0,65)], à 50 % du chemin (canaux dont plus de 10 % s’y trouvent ; budget de 30 par couche, 4 dans les couches "
        "de 4x4 et 8x8).",
        "Rendu avec un bruit tiré de la graine 5.",
    ]


@settings(max_examples=60, deadline=None)
@given(recipe_strategies.recipes)
def test_every_recipe_has_a_sentence_a_step(recipe: Recipe) -> None:
    done = completion.complete(recipe, LIMITS)
    sentences = describe(done, WORDS)
    assert len(sentences) == 2 + len(recipe.component_edits) + len(done.style_transfers) or (
        any(edit.name == "thickness" and edit.HasField("layer_start") for edit in recipe.component_edits)
    )
    assert all(sentence[0].isupper() and sentence.endswith(".") and "\n" not in sentence for sentence in sentences)
    assert sentences == describe(done, WORDS)
    assert len(describe(done, WORDS, FRENCH)) == len(sentences)
    assert all(sentence.count("[") == sentence.count("]") for sentence in sentences)
