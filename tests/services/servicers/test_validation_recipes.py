"""Recipes within requests: fields by their path, depth, work, and what a bundle without directions cannot do."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from mammoganesis.errors import FailedPrecondition, InvalidArgument
from mammoganesis.recipe import completion
from mammoganesis.recipe.region_names import RegionNames
from mammoganesis.recipe.structure import count_recipes
from mammoganesis.v1 import latents_pb2
from tests.support.judged_requests import (
    INF,
    NAN,
    check,
    recipe,
    transfer,
)

RECIPES = [
    ({"truncation": {"psi": 5.0}}, "recipe.truncation.psi: 5.0"),
    ({"noise": {"mode": 7}}, "recipe.noise.mode: 7"),
    ({"component_edits": [{"index": 0}] * 65}, "recipe.component_edits: 65"),
    ({"component_edits": [{"index": 0}, {"index": 0, "sigmas": INF}]}, "recipe.component_edits[1].sigmas: inf"),
    ({"style_transfers": [transfer()] * 9}, "recipe.style_transfers: 9"),
    ({"style_transfers": [{"regions": [{"index": 0}]}]}, "recipe.style_transfers[0].reference: nothing"),
    ({"style_transfers": [transfer(reference={})]}, "recipe.style_transfers[0].reference: nothing"),
    ({"style_transfers": [transfer(reference={"seed": -1})]}, "recipe.style_transfers[0].reference.seed: -1"),
    ({"style_transfers": [transfer(), transfer(rho=2.0)]}, "recipe.style_transfers[1].rho: 2.0"),
    ({"style_transfers": [transfer(regions=[])]}, "recipe.style_transfers[0].regions: 0"),
    ({"interpolation": {}}, "recipe.interpolation.start: nothing"),
    ({"interpolation": {"start": {"seed": 1}}}, "recipe.interpolation.end: nothing"),
    (
        {"interpolation": {"start": {"seed": 1}, "end": {"seed": 2}, "fraction": 1.5}},
        "recipe.interpolation.fraction: 1.5",
    ),
    (
        {"interpolation": {"start": {"seed": 1}, "end": {"seed": 2}, "fraction": NAN}},
        "recipe.interpolation.fraction: nan",
    ),
    (
        {"interpolation": {"start": {"seed": 1}, "end": {"seed": 2}}, "truncation": {}},
        "recipe.truncation: 'a truncation'",
    ),
    (
        {"interpolation": {"start": recipe(style_transfers=[transfer()]), "end": {"seed": 2}}},
        "recipe.interpolation.start.style_transfers: '1 transfers'",
    ),
]


@pytest.mark.parametrize(("fields", "shown"), RECIPES)
def test_recipes_are_refused_with_the_path_of_the_field(fields, shown, limits):
    with pytest.raises(InvalidArgument) as caught:
        completion.complete(latents_pb2.Recipe(**{"seed": 1, **fields}), limits)
    assert caught.value.message.startswith(shown)


def nested(depth: int, through: str = "reference") -> dict[str, Any]:
    """A recipe with `depth` recipes below it, one inside the other."""
    inner: dict[str, Any] = {"seed": 1}
    for _ in range(depth):
        if through == "reference":
            inner = recipe(style_transfers=[transfer(reference=inner)])
        else:
            inner = {"interpolation": {"start": inner, "end": {"seed": 2}}}
    return inner


@pytest.mark.parametrize("through", ["reference", "interpolation"])
def test_recipes_nest_3_deep_and_no_deeper(through, limits):
    completion.complete(latents_pb2.Recipe(**nested(3, through)), limits)
    with pytest.raises(InvalidArgument, match=r"4 recipes around this one.*at most 3"):
        completion.complete(latents_pb2.Recipe(**nested(4, through)), limits)


def test_a_latent_counts_from_the_depth_at_which_it_will_stand(limits):
    for name, field, through in (
        ("transfer", "reference", "reference"),
        ("interpolate", "start", "interpolation"),
        ("interpolate", "end", "interpolation"),
    ):
        check(name, limits, **{field: {"recipe": nested(2, through)}})
        with pytest.raises(InvalidArgument, match="at most 3"):
            check(name, limits, **{field: {"recipe": nested(3, through)}})
    check("transfer", limits, target={"recipe": nested(3)})


def test_the_work_of_one_recipe_is_bounded(limits):
    wide = recipe(style_transfers=[transfer(reference=recipe(style_transfers=[transfer()] * 8))] * 6)
    assert count_recipes(latents_pb2.Recipe(**wide)) == 55
    completion.complete(latents_pb2.Recipe(**wide), limits)
    wider = recipe(style_transfers=[transfer(reference=recipe(style_transfers=[transfer()] * 8))] * 8)
    with pytest.raises(InvalidArgument, match=r"recipe: '73 recipes'.*at most 64"):
        completion.complete(latents_pb2.Recipe(**wider), limits)
    with pytest.raises(InvalidArgument, match="target and reference: '110 recipes'"):
        check("transfer", limits, target={"recipe": wide}, reference={"recipe": wide})
    with pytest.raises(InvalidArgument, match=r"latents: '1045 recipes'.*at most 1024"):
        check("sample", limits, latents=[{"recipe": wide}] * 19)


@pytest.mark.parametrize("name", ["edit", "sweep"])
def test_without_components_edits_are_a_failed_precondition(name, limits):
    with pytest.raises(FailedPrecondition, match="no components"):
        check(name, dataclasses.replace(limits, num_components=0, component_names={}))


@pytest.mark.parametrize("name", ["transfer", "segment"])
def test_without_regions_transfers_are_a_failed_precondition(name, limits):
    with pytest.raises(FailedPrecondition, match="no regions"):
        check(name, dataclasses.replace(limits, num_regions=0, region_names=RegionNames()))


def test_recipes_that_need_what_the_bundle_lacks_are_a_failed_precondition(limits):
    bare = dataclasses.replace(limits, num_components=0, num_regions=0, component_names={}, region_names=RegionNames())
    check("sample", bare)
    for fields in ({"component_edits": [{"index": 0}]}, {"style_transfers": [transfer()]}):
        with pytest.raises(FailedPrecondition, match="this bundle has no"):
            check("sample", bare, latents=[{"recipe": recipe(**fields)}])


def test_without_curated_names_the_message_says_so(limits):
    unnamed = dataclasses.replace(limits, component_names={}, region_names=RegionNames())
    with pytest.raises(InvalidArgument, match="no name, because this bundle has none; or a component index, 0 to 7"):
        check("edit", unnamed, edits=[{"name": "density"}])
