"""The canonical text of a recipe, and its reader."""

from __future__ import annotations

import json
import random

import pytest
from google.protobuf import json_format
from google.protobuf.message import Message
from hypothesis import given, settings
from hypothesis import strategies as st

from mammoganesis.errors import InvalidArgument
from mammoganesis.recipe import canonical, completion, identity
from mammoganesis.v1.latents_pb2 import Recipe
from tests.support import recipe_strategies
from tests.support.recipe_strategies import LIMITS
from tests.support.recipes import DIGEST


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
