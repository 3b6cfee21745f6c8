"""Recipes: completion, canonical JSON, latent ids."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import math
import random
import re
from typing import Any

import pytest
from google.protobuf import json_format
from google.protobuf.message import Message
from hypothesis import given, settings
from hypothesis import strategies as st

from mammoganesis.errors import InvalidArgument, OtherBundle
from mammoganesis.recipe import canonical, completion, identity
from mammoganesis.v1 import latents_pb2
from mammoganesis.v1.latents_pb2 import Recipe
from tests.support import recipe_strategies
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


@settings(max_examples=100, deadline=None)
@given(recipe_strategies.recipes)
def test_json_round_trips_exactly_and_is_proto_json(recipe):
    done = completion.complete(recipe, LIMITS)
    text = identity.canonical_json(done)
    assert text.isascii()
    back = canonical.from_json(text)
    assert back.SerializeToString(deterministic=True) == done.SerializeToString(deterministic=True)
    assert identity.canonical_json(back) == text
    # The protobuf library reads ours and writes the same values, in its own spelling.
    theirs = json_format.MessageToJson(done, preserving_proto_field_name=True)
    assert canonical.to_json(canonical.from_json(theirs)) == text


@settings(max_examples=100, deadline=None)
@given(recipe_strategies.recipes, st.integers())
def test_the_order_of_fields_does_not_matter(recipe, shuffle):
    done = completion.complete(recipe, LIMITS)
    shuffled = Recipe()
    shuffled.ParseFromString(_shuffled_wire(done, random.Random(shuffle)))
    assert shuffled == done
    assert identity.latent_id(shuffled, DIGEST) == identity.latent_id(done, DIGEST)
    # Nor does the order of the keys of the JSON.
    pairs = list(json.loads(identity.canonical_json(done)).items())
    random.Random(shuffle).shuffle(pairs)
    assert identity.canonical_json(canonical.from_json(json.dumps(dict(pairs)))) == identity.canonical_json(done)


def _shuffled_wire(message: Message, source: random.Random) -> bytes:
    """The message's top-level fields on the wire in another order (entries of one repeated field stay in order)."""
    parts = []
    for field, _ in message.ListFields():
        only = type(message)()
        only.CopyFrom(message)
        for other, _ in message.ListFields():
            if other.name != field.name:
                only.ClearField(other.name)
        parts.append(only.SerializeToString())
    source.shuffle(parts)
    return b"".join(parts)


def test_lists_without_an_order_of_their_own_do_not_change_the_id():
    transfer = FULL["style_transfers"][0]
    turned = {**transfer, "regions": transfer["regions"][::-1], "layer_epsilons": transfer["layer_epsilons"][::-1]}
    assert latent_id({**FULL, "style_transfers": [turned]}) == latent_id(FULL)


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
    else:
        value = getattr(message, last)
        setattr(message, last, value + 1 if isinstance(value, int) else math.nextafter(value, 0))


@pytest.mark.parametrize("fields", [FULL, INTERPOLATION, MIXTURE], ids=["seed", "interpolation", "mixture"])
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
        expected |= {"sigmas", "layer_start", "index", "rho", "epsilon", "layer", "strength", "values"}
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


# Bundles


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


# Many seeds


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


@pytest.mark.parametrize(
    "text",
    [
        "",
        "null",
        "[]",
        "{",
        '{"seed":"x"}',
        '{"seed":1.5}',
        '{"sed":1}',
        '{"seed":99999999999999999999999}',
        '{"seed":1,"code":{"values":[1]}}',
        '{"code":{"values":[1e999]}}',
        '{"noise":{"mode":"NOISE_MODE_LOUD"}}',
        '{"seed":1}{"seed":2}',
        '{"style_transfers":[{"reference":' * 50 + "{}" + "}]}" * 50,
        "[" * 100_000,
        '{"seed":1' + " " * (17 * 2**20) + "}",
    ],
    ids=lambda text: text[:24],
)
def test_text_that_is_no_recipe_is_refused(text):
    with pytest.raises(InvalidArgument) as caught:
        canonical.from_json(text, "image.recipe")
    assert caught.value.message.startswith(("image.recipe: ", "image.recipe."))
    assert len(caught.value.message) < 400


@pytest.mark.parametrize(
    ("text", "field", "shown"),
    [
        ('{"seed":1,"sed":"private"}', "recipe", "'sed' is not allowed; allowed: the keys seed, code,"),
        ('{"seed":1,"styleTransfers":[{},{"reference":{"x":1}}]}', "recipe.style_transfers[1].reference", "'x'"),
        ('{"seed":"many","noise":{}}', "recipe.seed", "'many'"),
        ('{"seed":1,"truncation":{"psi":"a"}}', "recipe.truncation.psi", "allowed: a number"),
        ('{"seed":true}', "recipe.seed", "True"),
        ('{"seed":1,"component_edits":[{"index":0,"sigmas":true}]}', "recipe.component_edits[0].sigmas", "a number"),
        (
            f'{{"component_edits":[{{"index":0,"sigmas":1{"0" * 400}}}]}}',
            "recipe.component_edits[0].sigmas",
            "allowed: a number",
        ),
        ('{"noise":{"mode":"LOUD"}}', "recipe.noise.mode", "NOISE_MODE_RANDOM"),
        ('{"code":{"values":[1,2,"x"]}}', "recipe.code.values[2]", "'x'"),
        ('{"component_edits":{"index":1}}', "recipe.component_edits", "allowed: a list"),
        ('{"seed":1,"truncation":7}', "recipe.truncation", "allowed: a JSON object"),
        ('{"seed":1,"labels":["MLO"]}', "recipe.labels", "allowed: a JSON object of texts"),
        ('{"seed":1,"labels":{"view":1}}', "recipe.labels", "allowed: a JSON object of texts"),
        ('{"seed":1,"component_edits":[{"mode":"FAST"}]}', "recipe.component_edits[0].mode", "EDIT_MODE_ABSOLUTE"),
        ('{"seed":1,\n "noise":{},,}', "recipe", "line 2, column 13"),
        ('{"seed":1,"seed":2}', "recipe", "no key twice"),
        ('{"seed":1,"code":{"values":[1]}}', "recipe", "one origin"),
    ],
)
def test_what_is_wrong_inside_a_recipe_is_named(text: str, field: str, shown: str):
    with pytest.raises(InvalidArgument) as caught:
        canonical.from_json(text)
    assert caught.value.field == field
    assert shown in caught.value.message
    assert "private" not in caught.value.message, "only what is wrong is shown, not the file"


@settings(max_examples=100, deadline=None)
@given(st.text())
def test_any_text_is_read_or_refused(text):
    try:
        canonical.from_json(text)
    except InvalidArgument:
        return
    assert isinstance(json.loads(text), dict)
