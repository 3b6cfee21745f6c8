"""Short names of recipes: what changes an id and what does not; keys of origins; the bundle that goes along."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import math
import re
import zlib
from typing import Any

import pytest
from google.protobuf.message import Message
from hypothesis import given, settings

from mammoganesis.recipe import canonical, completion, identity
from mammoganesis.v1 import latents_pb2
from mammoganesis.v1.latents_pb2 import Recipe
from tests.support import recipe_strategies
from tests.support.recipe_strategies import LIMITS
from tests.support.recipes import DIGEST, FULL, INTERPOLATION, MIXTURE, latent_id


def test_labels_stay_and_their_order_does_not_matter():
    one = completion.complete(Recipe(seed=1, labels={"view": "MLO", "density": "B"}), LIMITS)
    other = completion.complete(Recipe(seed=1, labels={"density": "B", "view": "MLO"}), LIMITS)
    assert '"labels":{"density":"B","view":"MLO"}' in identity.canonical_json(one)
    assert identity.latent_id(one, DIGEST) == identity.latent_id(other, DIGEST)
    assert identity.latent_id(one, DIGEST) != latent_id({"seed": 1})
    keys = {identity.origin_key(Recipe(seed=1, labels=labels)) for labels in ({}, {"view": "CC"}, {"view": "MLO"})}
    assert len(keys) == 3


def test_what_is_the_default_of_later_fields_changes_no_id():
    spelt = {"component_edits": [{"index": 1, "sigmas": 1.0, "mode": "EDIT_MODE_RELATIVE"}]}
    plain = {"component_edits": [{"index": 1, "sigmas": 1.0}]}
    assert latent_id({"seed": 1, **spelt}) == latent_id({"seed": 1, **plain})
    assert '"mode":"EDIT' not in identity.canonical_json(completion.complete(Recipe(seed=1, **spelt), LIMITS))
    absolute = {"component_edits": [{"index": 1, "sigmas": 1.0, "mode": "EDIT_MODE_ABSOLUTE"}]}
    assert latent_id({"seed": 1, **absolute}) != latent_id({"seed": 1, **plain})
    in_styles = {"interpolation": {**INTERPOLATION["interpolation"], "space": 2}}
    in_w = {"interpolation": {**INTERPOLATION["interpolation"], "space": 1}}
    assert latent_id(in_w) == latent_id(INTERPOLATION) != latent_id(in_styles)


def test_ids_of_the_first_version_are_kept():
    """Texts that files from before labels, mixtures and modes carry."""
    text = (
        '{"component_edits":[{"index":1,"layer_end":4,"layer_start":1,"sigmas":2.0}],'
        '"interpolation":{"end":{"noise":{"mode":"NOISE_MODE_CONST"},"seed":2,"truncation":{"cutoff":6,"psi":0.65}},'
        '"fraction":0.25,"start":{"noise":{"mode":"NOISE_MODE_CONST"},"seed":1,"truncation":{"cutoff":6,"psi":0.65}}},'
        '"noise":{"mode":"NOISE_MODE_CONST"}}'
    )
    assert identity.canonical_json(completion.complete(canonical.from_json(text), LIMITS)) == text


def test_lists_without_an_order_of_their_own_do_not_change_the_id():
    transfer = FULL["style_transfers"][0]
    turned = {**transfer, "regions": transfer["regions"][::-1], "layer_epsilons": transfer["layer_epsilons"][::-1]}
    assert latent_id({**FULL, "style_transfers": [turned]}) == latent_id(FULL)


MASKED = {
    "seed": 5,
    "style_transfers": [
        {
            "reference": {"seed": 6},
            "regions": [{"index": 1}],
            "strength": 0.5,
            "locality": 2,
            "mask": {"size": 2, "deflated": zlib.compress(b"\x00\x00\xff\x80"), "feather": 0.03},
        }
    ],
}


def test_the_locality_that_stood_before_there_were_two_changes_no_id():
    (transfer,) = FULL["style_transfers"]
    assert latent_id({**FULL, "style_transfers": [{**transfer, "locality": 1}]}) == latent_id(FULL)
    assert "locality" not in identity.canonical_json(completion.complete(Recipe(**FULL), LIMITS))


def test_defaults_spelt_out_and_names_do_not_change_the_id():
    spelt = {"truncation": {"psi": 0.65, "cutoff": 6}, "noise": {"mode": 2, "seed": 2339378208}}
    assert latent_id({"seed": 5, **spelt}) == latent_id({"seed": 5})
    assert latent_id({"seed": 5, "component_edits": [{"name": "density", "sigmas": 1}]}) == latent_id(
        {"seed": 5, "component_edits": [{"index": 3, "sigmas": -1, "layer_start": 2, "layer_end": 6}]}
    )


def test_minus_zero_is_zero():
    def with_zero(zero: float) -> Recipe:
        edits = [{"index": 0, "sigmas": zero}]
        ends = {"seed": 1, "truncation": {"psi": zero}, "component_edits": edits}
        interpolation = {"start": ends, "end": ends, "fraction": zero}
        entry = [{"layer": 0, "epsilon": zero}]
        transfer = {"reference": {"interpolation": interpolation}, "regions": [{"index": 0}], "layer_epsilons": entry}
        numbers = {"rho": zero, "epsilon": zero, "strength": zero}
        return completion.complete(Recipe(seed=1, style_transfers=[{**transfer, **numbers}]), LIMITS)

    assert with_zero(-0.0).SerializeToString(deterministic=True) == with_zero(0.0).SerializeToString(deterministic=True)
    assert identity.latent_id(with_zero(-0.0), DIGEST) == identity.latent_id(with_zero(0.0), DIGEST)


def _leaves(message: Message, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Paths of all scalar values in the message."""
    found: list[tuple[Any, ...]] = []
    for field, value in message.ListFields():
        if field.message_type and field.message_type.GetOptions().map_entry:
            found += [(*path, field.name, key) for key in value]
            continue
        items = list(enumerate(value)) if field.is_repeated else [(None, value)]
        for i, item in items:
            step = (*path, field.name) if i is None else (*path, field.name, i)
            found += _leaves(item, step) if field.message_type else [step]
    return found


def _change(message: Any, path: tuple[Any, ...]) -> None:
    """Moves the scalar at `path` by a little, staying in range."""
    for step in path[:-1]:
        message = message[step] if isinstance(step, int) else getattr(message, step)
    last = path[-1]
    if isinstance(last, int):
        message[last] += 0.125
    elif isinstance(message, latents_pb2.ComponentEdit) and last == "mode":
        message.mode = latents_pb2.EDIT_MODE_ABSOLUTE
    elif last == "mode":
        setattr(message, last, latents_pb2.NOISE_MODE_NONE)
    elif last == "space":
        setattr(message, last, latents_pb2.INTERPOLATION_SPACE_STYLES)
    elif last == "view":
        message[last] = "MLO"
    elif last == "locality":
        mask = latents_pb2.Mask(size=1, deflated=b"x", feather=0.1)
        other = latents_pb2.StyleTransfer(locality=latents_pb2.LOCALITY_MASKED, mask=mask)
        if message.locality == latents_pb2.LOCALITY_MASKED:
            message.ClearField("mask")
            other = latents_pb2.StyleTransfer(locality=latents_pb2.LOCALITY_CHANNELS, rho=0.1, epsilon=1)
        message.MergeFrom(other)
    elif last == "deflated":
        message.deflated += b"x"
    else:
        value = getattr(message, last)
        setattr(message, last, value + 1 if isinstance(value, int) else math.nextafter(value, 0))


@pytest.mark.parametrize(
    "fields", [FULL, INTERPOLATION, MIXTURE, MASKED], ids=["seed", "interpolation", "mixture", "masked"]
)
def test_every_value_changes_the_id(fields):
    done = completion.complete(Recipe(**fields), LIMITS)
    paths = _leaves(done)
    ids = {identity.latent_id(done, DIGEST)}
    for path in paths:
        changed = Recipe()
        changed.CopyFrom(done)
        _change(changed, path)
        ids.add(identity.latent_id(changed, DIGEST))
    assert len(ids) == len(paths) + 1
    reached = {str(path[-2] if isinstance(path[-1], int) else path[-1]) for path in paths}
    expected = {"seed", "psi", "cutoff", "mode"}
    if fields is FULL:
        expected |= {"sigmas", "layer_start", "index", "rho", "epsilon", "layer", "strength", "values", "locality"}
    elif fields is MASKED:
        expected |= {"size", "deflated", "feather", "strength", "index", "locality"}
    else:
        expected |= {"fraction", "space"} if fields is INTERPOLATION else {"layer_start", "layer_end", "view"}
    assert expected <= reached


def test_the_order_of_edits_and_the_bundle_change_the_id():
    edits = [{"index": 0, "sigmas": 1.0}, {"index": 1, "sigmas": 2.0}]
    assert latent_id({"seed": 5, "component_edits": edits}) != latent_id({"seed": 5, "component_edits": edits[::-1]})
    assert latent_id({"seed": 5}) != latent_id({"seed": 5}, "cd" * 32)
    assert latent_id({"seed": 5}) != latent_id({"code": {"values": [5.0] * 4}})


def test_ids_are_pinned():
    """Ids live in files and data bases of clients: these two must never change."""
    limits = dataclasses.replace(LIMITS, low_resolution_layers=())
    done = completion.complete(Recipe(seed=5, noise={"mode": 1}), LIMITS)
    text = '{"noise":{"mode":"NOISE_MODE_CONST"},"seed":5,"truncation":{"cutoff":6,"psi":0.65}}'
    assert identity.canonical_json(done) == text
    digest = hashlib.sha256(f"{DIGEST}\n{text}".encode()).hexdigest()
    assert identity.latent_id(done, DIGEST) == f"lat_{digest[:32]}"
    assert re.fullmatch("lat_[0-9a-f]{32}", identity.latent_id(done, DIGEST))
    default = completion.complete(Recipe(seed=5), LIMITS)
    assert identity.canonical_json(default) == (
        '{"noise":{"mode":"NOISE_MODE_RANDOM","seed":2339378208},"seed":5,"truncation":{"cutoff":6,"psi":0.65}}'
    )
    full = Recipe(**FULL)
    full.style_transfers[0].reference.noise.mode = latents_pb2.NOISE_MODE_CONST
    assert identity.canonical_json(completion.complete(full, limits)) == (
        '{"component_edits":[{"index":1,"layer_end":4,"layer_start":1,"sigmas":2.0}],'
        '"noise":{"mode":"NOISE_MODE_RANDOM","seed":9},"seed":7,'
        '"style_transfers":[{"epsilon":30.0,'
        '"layer_epsilons":[{"epsilon":5.0,"layer":1},{"epsilon":6.0,"layer":4}],'
        '"reference":{"code":{"values":[0.5,-1.25,3.0,4.0]},"noise":{"mode":"NOISE_MODE_CONST"},'
        '"truncation":{"cutoff":6,"psi":0.65}},"regions":[{"index":1},{"index":3}],"rho":0.2,"strength":0.75}],'
        '"truncation":{"cutoff":3,"psi":0.5}}'
    )


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"seed": 5},
        {"seed": 5, "truncation": {"psi": 0.65}, "noise": {"mode": 1}},
        {"seed": 5, "truncation": {"psi": 0.65, "cutoff": 6}},
        INTERPOLATION,
        MIXTURE,
    ],
)
def test_incomplete_recipes_have_no_id(fields):
    with pytest.raises(ValueError, match="complete"):
        identity.latent_id(Recipe(**fields), DIGEST)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda r: r.component_edits.add(index=0, layer_start=0),
        lambda r: r.component_edits.add(name="density", layer_start=0, layer_end=6),
        lambda r: r.style_transfers.add(reference=r, rho=0.1, epsilon=1, strength=1, regions=[{"name": "skin"}]),
        lambda r: r.style_transfers.add(reference=r, epsilon=1, strength=1, regions=[{"index": 0}]),
        lambda r: r.style_transfers.add(reference={"seed": 1}, rho=0.1, epsilon=1, strength=1, regions=[{"index": 0}]),
    ],
)
def test_incompleteness_is_seen_everywhere(spoil):
    done = completion.complete(Recipe(seed=5), LIMITS)
    assert identity.is_complete(done)
    spoil(done)
    assert not identity.is_complete(done)


@settings(max_examples=100, deadline=None)
@given(recipe_strategies.recipes)
def test_origin_keys_depend_on_the_origin_alone(recipe):
    key = identity.origin_key(recipe)
    bare = Recipe()
    kind = recipe.WhichOneof("origin")
    if kind in ("interpolation", "mixing"):
        assert key is None
        return
    if kind == "seed":
        bare.seed = recipe.seed
        bare.labels.update(recipe.labels)
    else:
        bare.code.CopyFrom(recipe.code)
    assert key == identity.origin_key(bare) == identity.origin_key(completion.complete(recipe, LIMITS))


def test_origin_keys_tell_origins_apart():
    keys = [identity.origin_key(Recipe(seed=seed)) for seed in (0, 1, 10)]
    codes = ([0.0] * 4, [0.0] * 24, [0.0, 0, 0, 1])
    keys += [identity.origin_key(Recipe(code={"values": values})) for values in codes]
    assert len(set(keys)) == 6
    assert keys[1] == "seed:1"


def test_a_recipe_leaves_with_its_bundle_and_its_text_and_id_stay():
    done = completion.complete(Recipe(**FULL), LIMITS)
    named = identity.of_bundle(done, DIGEST, "demo 0.2.1")
    assert (named.bundle_digest, named.bundle_name) == (DIGEST, "demo 0.2.1")
    assert identity.canonical_json(named) == identity.canonical_json(done)
    assert identity.latent_id(named, DIGEST) == identity.latent_id(done, DIGEST)
    assert identity.without_bundle(named) == done
    text = canonical.to_json(named)
    assert json.loads(text) == {
        **json.loads(canonical.to_json(done)),
        "bundle_digest": DIGEST,
        "bundle_name": "demo 0.2.1",
    }
    assert canonical.from_json(text) == named
    for digest, name in ((DIGEST, "demo 0.2.1"), ("", 'of "é"'), (DIGEST, ""), ("", "")):
        expected = canonical.to_json(identity.of_bundle(done, digest, name))
        assert identity.text_of_bundle(identity.canonical_json(named), digest, name) == expected
    assert not done.bundle_digest, "the recipe itself is left alone"


def test_the_bundle_goes_from_the_recipes_inside_too():
    inside = {**FULL, "bundle_digest": DIGEST, "bundle_name": "demo 0.2.1"}
    ends = {"start": {**MIXTURE, "bundle_digest": DIGEST}, "end": {"seed": 1}}
    transfer = {"reference": inside, "regions": [{"index": 0}]}
    recipe = Recipe(interpolation={**ends, "space": 2}, style_transfers=[transfer])
    assert "bundle" not in canonical.to_json(identity.without_bundle(recipe))
    assert "bundle" not in canonical.to_json(completion.complete(recipe, LIMITS))
    incomplete = Recipe(interpolation={})
    assert identity.without_bundle(incomplete) == incomplete
