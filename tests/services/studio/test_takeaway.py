"""Files of several images over real HTTP, before a real edge; each read by something that has not written it."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageSequence

from mammoganesis.pictures.png import read_png
from mammoganesis.recipe.canonical import from_json, to_json
from services.client import Client, Picture
from services.client import Image as Drawn
from tests.support.served import served_edge
from tests.support.slides import Parts
from tests.support.studio_server import Answer, running_studio, send


@pytest.fixture(scope="module")
def edge() -> Iterator[str]:
    with served_edge() as address:
        yield address


@pytest.fixture(scope="module")
def port(edge: str) -> Iterator[int]:
    with running_studio(edge) as port:
        yield port


@pytest.fixture(scope="module")
def strip(edge: str) -> list[Drawn]:
    """What a page has on show: a sweep, with the mark."""
    with Client.connect(edge) as client:
        (start,) = client.sample([5])
        return [step.image for step in client.sweep(start, "contrast", steps=9, picture=Picture(mark=True))]


def taken(port: int, kind: str, images: list[Drawn], **more: Any) -> Answer:
    recipes = [json.loads(to_json(image.recipe)) for image in images]
    return send(port, "POST", f"/takeaway/{kind}", json.dumps({"recipes": recipes, **more}))


def name_of(answer: Answer) -> str:
    return answer.headers["content-disposition"].removeprefix('attachment; filename="').removesuffix('"')


def test_an_animation_is_what_is_on_show(port: int, strip: list[Drawn]) -> None:
    answer = taken(port, "animation", strip, milliseconds=80)
    assert (answer.status, answer.headers["content-type"]) == (200, "image/gif")
    assert name_of(answer) == "seed5_contrast-4.0_and_8_more_animation.gif"
    image = Image.open(io.BytesIO(answer.body))
    found = [np.asarray(part.convert("L")) for part in ImageSequence.Iterator(image)]
    np.testing.assert_array_equal(found, [drawn.pixels() for drawn in [*strip, *strip[-2:0:-1]]])
    assert image.info["duration"] == 80
    one_way = Image.open(io.BytesIO(taken(port, "animation", strip[:3], forth_and_back=False).body))
    assert len([*ImageSequence.Iterator(one_way)]) == 3


def test_a_sheet_has_every_picture_in_rows(port: int, strip: list[Drawn]) -> None:
    side = strip[0].pixels().shape[0]
    answer = taken(
        port,
        "sheet",
        strip[:5],
        labels=["-4", "-3", "-2", "d\u00e9j\u00e0", "0"],
        title="A strip",
        columns=3,
        cell=side,
    )
    assert (answer.status, answer.headers["content-type"]) == (200, "image/png")
    assert name_of(answer) == "seed5_contrast-4.0_and_4_more_sheet.png"
    page = np.asarray(Image.open(io.BytesIO(answer.body)).convert("L"))
    places = []
    for drawn in strip[:5]:
        windows = np.lib.stride_tricks.sliding_window_view(page, (side, side))
        (place,) = np.argwhere((windows == drawn.pixels()).all(axis=(2, 3)))
        places.append(place)
    rows, columns = np.transpose(places)
    assert (len(set(rows[:3])), len(set(rows[3:])), rows[3] > rows[0] + side) == (1, 1, True)
    assert [*columns[:2]] == [*columns[3:]] == sorted(columns[:2])


def test_a_handout_says_what_was_done_and_whom_to_credit(edge: str, port: int, strip: list[Drawn]) -> None:
    title = "\u0643\u062b\u0627\u0641\u0629"
    answer = taken(port, "handout", strip[:2], labels=["Peu", "Densit\u00e9"], title=title)
    assert (answer.status, name_of(answer)) == (200, "seed5_contrast-4.0_and_1_more_handout.pptx")
    slides = Parts(answer.body).slides()
    with Client.connect(edge) as client:
        model = client.model()
        for slide, drawn, label in zip(slides, strip, ["Peu", "Densit\u00e9"], strict=False):
            assert slide.texts[0] == label
            assert {*client.describe(drawn.recipe).sentences, f"Recipe {drawn.latent_id}"} < set(slide.texts)
            assert from_json("".join(slide.notes)) == drawn.recipe
            (picture,) = slide.pictures
            np.testing.assert_array_equal(read_png(picture).pixels, drawn.pixels())
            assert any(title in text for text in slide.texts)
    last = " ".join(slides[-1].texts)
    assert all(words in last for words in (model.licence, model.attribution, model.intended_use, model.bundle_digest))


def test_a_handout_speaks_the_language_that_is_asked_for(edge: str, port: int, strip: list[Drawn]) -> None:
    answer = taken(port, "handout", strip[:1], language="fr-CA")
    first, *_, last = Parts(answer.body).slides()
    with Client.connect(edge) as client:
        sentences = client.describe(strip[0].recipe, "fr").sentences
    assert set(sentences) < set(first.texts)
    assert f"Recette {strip[0].latent_id}" in first.texts
    assert last.texts[0] == "Cr\u00e9dits et licence"


def test_the_mark_is_left_out_where_that_is_asked(edge: str, port: int) -> None:
    with Client.connect(edge) as client:
        plain = client.sample([5, 6])
    for mark in (True, False):
        (first, second, *_) = Parts(taken(port, "handout", plain, mark=mark).body).slides()
        for slide, drawn in zip((first, second), plain, strict=True):
            assert np.array_equal(read_png(slide.pictures[0]).pixels, drawn.pixels()) is not mark


RECIPES = {"recipes": [{"seed": "1"}, {"seed": "2"}]}


@pytest.mark.parametrize(
    ("kind", "body", "words"),
    [
        ("sheet", {}, "recipes: nothing is not allowed"),
        ("sheet", {"recipes": {}}, "recipes: {}"),
        ("sheet", {"recipes": []}, "recipes: 0 is not allowed; allowed: 1 to 64"),
        ("animation", {"recipes": [{"seed": "1"}]}, "recipes: 1 is not allowed; allowed: 2 to 64"),
        ("sheet", {"recipes": [{"seed": "1"}] * 65}, "recipes: 65"),
        ("sheet", {"recipes": [{"seed": "1"}, 7]}, "recipes[1]"),
        ("sheet", {"recipes": [{"sead": "1"}]}, "recipes[0]: 'sead' is not allowed; allowed: the keys seed"),
        ("sheet", {"recipes": [*[{"seed": "1"}] * 9, {"seed": "-1"}]}, "recipes[9].seed: -1 is not allowed"),
        (
            "handout",
            {"recipes": [{"seed": "1", "component_edits": [{"index": 99}]}]},
            "recipes[0].component_edits[0].index: 99",
        ),
        ("sheet", {**RECIPES, "labels": ["one"]}, "labels: '1 of them' is not allowed; allowed: a list of 2"),
        ("sheet", {**RECIPES, "labels": "ab"}, "labels: 'ab'"),
        ("sheet", {**RECIPES, "labels": ["one", ""]}, "labels[1]: ''"),
        ("sheet", {**RECIPES, "labels": ["one", 2]}, "labels[1]: 2"),
        (
            "sheet",
            {**RECIPES, "labels": ["one", "\u0643"]},
            "labels[1]: '\\u0643' is not allowed; allowed: Latin, Greek and Cyrillic letters",
        ),
        ("sheet", {**RECIPES, "title": "\u4e00"}, "title: '\\u4e00'"),
        ("handout", {**RECIPES, "language": "xx"}, "language: 'xx' is not allowed; allowed: en, fr, or nothing for en"),
        ("handout", {**RECIPES, "language": 1}, "language: 1"),
        ("handout", {**RECIPES, "title": "x" * 201}, "allowed: a text of 0 to 200 characters"),
        ("sheet", {**RECIPES, "columns": 0}, "columns: 0 is not allowed; allowed: 1 to 64"),
        ("sheet", {**RECIPES, "columns": True}, "columns: True"),
        ("sheet", {**RECIPES, "cell": 1025}, "cell: 1025 is not allowed; allowed: 32 to 1024"),
        ("animation", {**RECIPES, "milliseconds": 10}, "milliseconds: 10 is not allowed; allowed: 20 to 5000"),
        ("animation", {**RECIPES, "milliseconds": 20.5}, "milliseconds: 20.5"),
        ("animation", {**RECIPES, "mark": "no"}, "mark: 'no' is not allowed; allowed: true or false"),
        ("animation", {**RECIPES, "colour": 1}, "body: 'colour' is not allowed; allowed: the keys recipes, labels"),
    ],
)
def test_bad_bodies_are_refused_in_one_line(port: int, kind: str, body: Any, words: str) -> None:
    status, name, message = send(port, "POST", f"/takeaway/{kind}", json.dumps(body)).error
    assert (status, name) == (400, "INVALID_ARGUMENT")
    assert words in message
    assert "\n" not in message


def test_other_files_and_methods_are_not_there(port: int) -> None:
    answer = send(port, "POST", "/takeaway/film", "{}")
    assert answer.error == (404, "NOT_FOUND", "no such file: 'film'; allowed: sheet, animation, handout")
    assert send(port, "GET", "/takeaway/sheet").status == 405
    assert send(port, "POST", "/takeaway/sheet", "{}", {"content-type": "text/plain"}).status == 415


def test_without_an_edge_it_says_so() -> None:
    with running_studio("127.0.0.1:1") as port:
        status, name, message = send(port, "POST", "/takeaway/sheet", json.dumps(RECIPES)).error
    assert (status, name) == (503, "UNAVAILABLE")
    assert "\n" not in message
