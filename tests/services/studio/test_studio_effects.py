"""What else a direction moves: measured by the studio's server, as the images themselves say."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from mammoganesis.bundle.catalogue_file import read_catalogue
from mammoganesis.editing.measures import SEEDS_BY, measure
from services.client import Client, Sampling
from services.studio.effects import FLOOR, REFERENCE_SEEDS, SEEDS
from tests.support.served import served_edge
from tests.support.serving import TINY
from tests.support.studio_server import JSON, running_studio, send

CONDITIONAL = TINY.with_name("tiny_conditional_bundle")
DIRECTION = {"name": "a", "index": 2, "layer_start": 2, "layer_end": 8, "sigmas_start": -2, "sigmas_end": 3.5}


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    with served_edge() as edge, running_studio(edge) as port:
        yield port


def asked(port: int, body: object) -> tuple[int, Any]:
    answer = send(port, "POST", "/curation/effects", json.dumps(body), JSON)
    return answer.status, answer.json["side_effects"] if answer.status == 200 else answer.json["error"]["message"]


def measured(pixels: np.ndarray) -> list[float]:
    found = measure(pixels.astype(np.float64) / 255)
    return [found[name] for name in SEEDS_BY]


@pytest.mark.parametrize(
    ("change", "moves"),
    [
        ({}, [(2, 1.0, 2, 8)]),
        (
            {"reversed": True, "further": [{"index": 1, "weight": 0.5, "layer_start": 0, "layer_end": 4}]},
            [(2, -1.0, 2, 8), (1, 0.5, 0, 4)],
        ),
    ],
)
def test_effects_are_those_of_the_images(
    port: int, change: dict[str, Any], moves: list[tuple[int, float, int, int]]
) -> None:
    status, effects = asked(port, {"direction": {**DIRECTION, **change}})
    assert status == 200, effects
    with Client.local(TINY) as client:
        unmoved = np.array([measured(image.pixels()) for image in client.sample(range(REFERENCE_SEEDS))])

        def change_at(sigmas: float) -> np.ndarray:
            edits = [(index, weight * sigmas, first, end) for index, weight, first, end in moves]
            moved = [measured(client.edit(seed, edits).pixels()) for seed in range(SEEDS)]
            return (np.array(moved) - unmoved[:SEEDS]).mean(axis=0) / np.maximum(unmoved.std(axis=0), FLOOR)

        expected = [change_at(-2), change_at(3.5)]
    assert [effect["attribute"] for effect in effects] == list(SEEDS_BY)
    found = [[effect[end] for effect in effects] for end in ("at_start", "at_end")]
    np.testing.assert_allclose(found, expected, atol=6e-5)
    assert np.abs(expected).max() > 0.1, "nothing moves: the test could not fail"
    assert asked(port, {"direction": {**DIRECTION, **change, "name": "b", "note": "other"}}) == (200, effects)
    said = read_catalogue({"directions": [{**DIRECTION, **change, "side_effects": effects}]})
    assert [one.num_seeds for one in said.directions[0].side_effects] == [SEEDS] * len(SEEDS_BY)


def test_effects_are_those_of_images_with_the_labels_of_the_training_images() -> None:
    with served_edge(CONDITIONAL) as edge, running_studio(edge) as port, Client.local(CONDITIONAL) as client:
        status, effects = asked(port, {"direction": DIRECTION})
        assert status == 200, effects
        images = client.sample(range(REFERENCE_SEEDS), sampling=Sampling(labels_drawn=True))
        assert {image.recipe.labels["view"] for image in images} == {"CC", "MLO"}
        unmoved = np.array([measured(image.pixels()) for image in images])
        moved = [measured(client.edit(image, [(2, 3.5, 2, 8)]).pixels()) for image in images[:SEEDS]]
        expected = (np.array(moved) - unmoved[:SEEDS]).mean(axis=0) / np.maximum(unmoved.std(axis=0), FLOOR)
    np.testing.assert_allclose([effect["at_end"] for effect in effects], expected, atol=6e-5)


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ({}, "direction: nothing is not allowed; allowed: a JSON object"),
        ({"direction": 3}, "direction: 3 is not allowed"),
        ({"direction": {**DIRECTION, "index": 8}}, "direction.index: 8 is not allowed; allowed: 0 to 7"),
        ({"direction": {**DIRECTION, "layer_end": 9}}, "direction.layer_end: 9 is not allowed"),
        ({"direction": {**DIRECTION, "sigmas_end": 21}}, "direction.sigmas_end: 21"),
        ({"direction": {**DIRECTION, "colour": 1}}, "colour"),
    ],
)
def test_bad_directions_are_named(port: int, body: object, text: str) -> None:
    status, message = asked(port, body)
    assert (status, text in message) == (400, True), message


def test_an_edge_that_is_not_there_is_said() -> None:
    with running_studio("127.0.0.1:1") as port:
        status, message = asked(port, {"direction": DIRECTION})
    assert status == 503
    assert "Traceback" not in message
