"""Hypothesis strategies for recipes that `completion.complete` accepts for `LIMITS`."""

from __future__ import annotations

import zlib
from typing import Any

from hypothesis import strategies as st

from mammoganesis.recipe.limits import Limits, Part
from mammoganesis.recipe.region_names import RegionNames
from mammoganesis.v1.latents_pb2 import Recipe

LIMITS = Limits(
    z_dim=4,
    w_dim=4,
    num_ws=6,
    num_styles=40,
    num_style_layers=9,
    num_components=8,
    num_regions=5,
    component_names={
        "breast-size": (Part(1, 0, 4),),
        "density": (Part(3, 2, 6, -1.0),),
        "thickness": (Part(3, 2, 6, -1.0), Part(1, 0, 2, 0.3), Part(1, 3, 6, -0.7)),
    },
    region_names=RegionNames({2: "nipple", 4: "skin"}),
    label_fields={"view": ("CC", "MLO"), "density": ("A", "B", "C", "D")},
    default_epsilon=30.0,
    low_resolution_epsilon=4.0,
    low_resolution_layers=(0, 1, 3),
    resolution=64,
    preview_resolution=16,
    style_sets=10_000,
)


def numbers(low: float, high: float) -> st.SearchStrategy[float]:
    return st.floats(low, high, allow_nan=False)


def optional(**fields: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({}, optional=fields)


seeds = st.integers(0, 2**32 - 1)
codes = st.sampled_from([4, 24]).flatmap(
    lambda n: st.lists(st.floats(-1000, 1000, width=32, allow_nan=False), min_size=n, max_size=n)
)
truncations = optional(psi=numbers(0, 2), cutoff=st.integers(0, 6))
noises = st.one_of(
    st.fixed_dictionaries({"mode": st.just(2), "seed": seeds}),
    st.fixed_dictionaries({"mode": st.sampled_from([0, 1, 3])}),
)
edits = st.builds(
    lambda component, rest: {**component, **rest},
    st.one_of(
        st.fixed_dictionaries({"index": st.integers(0, 7)}),
        st.fixed_dictionaries({"name": st.sampled_from(["breast-size", "density", "thickness"])}),
    ),
    st.one_of(
        optional(sigmas=numbers(-20, 20), mode=st.integers(0, 2)),
        st.fixed_dictionaries({"layer_start": st.integers(0, 3), "layer_end": st.integers(4, 6)}),
    ),
)
regions = st.lists(st.sampled_from([{"index": 0}, {"index": 3}, {"name": "nipple"}, {"name": "skin"}]), min_size=1)
layer_epsilons = st.lists(
    st.fixed_dictionaries({"layer": st.integers(0, 8), "epsilon": numbers(0, 512)}),
    max_size=3,
    unique_by=lambda entry: entry["layer"],
)


labels = optional(view=st.sampled_from(["CC", "MLO"]), density=st.sampled_from(["A", "B", "C", "D"]))
mixed_layers = st.one_of(optional(layer_start=st.integers(0, 5)), optional(layer_end=st.integers(1, 6)))


def _recipe_fields(depth: int, transfers: bool = True) -> st.SearchStrategy[dict[str, Any]]:
    """`transfers` False: points in W alone."""
    common: dict[str, st.SearchStrategy[Any]] = {"component_edits": st.lists(edits, max_size=3), "noise": noises}
    if transfers and depth:
        common["style_transfers"] = st.lists(_transfers(depth - 1), max_size=2)
    origins = [
        st.fixed_dictionaries({"seed": seeds}, optional={"truncation": truncations, "labels": labels, **common}),
        st.fixed_dictionaries(
            {"code": codes.map(lambda v: {"values": v})}, optional={"truncation": truncations, **common}
        ),
    ]
    if depth:
        ends = _recipe_fields(depth - 1, transfers=False)
        fraction = {"fraction": numbers(0, 1), "space": st.integers(0, 1)}
        interpolations = st.fixed_dictionaries({"start": ends, "end": ends}, optional=fraction)
        origins.append(st.fixed_dictionaries({"interpolation": interpolations}, optional=common))
        mixtures = st.builds(lambda parts, layers: {**parts, **layers}, _pair("base", "style", ends), mixed_layers)
        origins.append(st.fixed_dictionaries({"mixing": mixtures}, optional=common))
    if depth and transfers:
        in_styles = st.builds(
            lambda pair, t: {**pair, "fraction": t, "space": 2},
            _pair("start", "end", _recipe_fields(depth - 1)),
            numbers(0, 1),
        )
        without_edits = {name: strategy for name, strategy in common.items() if name != "component_edits"}
        origins.append(st.fixed_dictionaries({"interpolation": in_styles}, optional=without_edits))
    return st.one_of(origins)


def _pair(first: str, second: str, parts: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({first: parts, second: parts})


masks = st.builds(
    lambda values, rest: {"size": 2, "deflated": zlib.compress(bytes(values)), **rest},
    st.lists(st.integers(0, 255), min_size=4, max_size=4).filter(any),
    optional(feather=numbers(0, 0.25)),
)


def _transfers(depth: int) -> st.SearchStrategy[dict[str, Any]]:
    distinct = regions.map(lambda chosen: [r for i, r in enumerate(chosen) if r not in chosen[:i]])
    masked = st.fixed_dictionaries(
        {"reference": _recipe_fields(depth), "locality": st.just(2), "mask": masks},
        optional={"strength": numbers(0, 1), "regions": distinct},
    )
    return masked | st.fixed_dictionaries(
        {"reference": _recipe_fields(depth), "regions": distinct},
        optional={
            "rho": numbers(0, 1),
            "epsilon": numbers(0, 512),
            "strength": numbers(0, 1),
            "layer_epsilons": layer_epsilons,
            "locality": st.integers(0, 1),
        },
    )


recipes = _recipe_fields(2).map(lambda fields: Recipe(**fields))
