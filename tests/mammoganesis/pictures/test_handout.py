"""Handouts, read as archives of XML."""

from __future__ import annotations

import dataclasses
from xml.etree import ElementTree

import numpy as np
import pytest

from mammoganesis.errors import InvalidArgument
from mammoganesis.pictures.handout import RECIPE_LETTERS, Credit, Shown, credit_of, handout
from mammoganesis.pictures.page import MARK
from mammoganesis.pictures.png import marked_png
from mammoganesis.recipe.canonical import from_json, to_json
from mammoganesis.v1.latents_pb2 import LOCALITY_MASKED, Mask, Recipe, StyleTransfer
from mammoganesis.v1.model_pb2 import GetModelResponse
from tests.support.slides import DRAWING, SLIDES, Parts

CREDIT = Credit("demo", "1.2.3", "ab" * 32, "Teaching.", "Khaled R. et al.", "CC-BY-4.0")


def shown(seed: int, title: str = "") -> Shown:
    picture = marked_png(np.full((30, 20 + seed), seed, np.uint8))
    sentences = [f"Seed {seed}.", "Moved along density & more."]
    return Shown(title or f"seed{seed}", picture, sentences, Recipe(seed=seed), f"lat_{seed:032x}")


def test_a_slide_an_image_then_recipes_and_credit() -> None:
    images = [shown(1), shown(2, "Densit\u00e9 <\u0643\u062b\u0627\u0641\u0629>")]
    slides = Parts(handout("A lesson", images, CREDIT)).slides()
    assert len(slides) == 5
    for slide, image in zip(slides, images, strict=False):
        assert slide.texts[0] == image.title
        assert {*image.sentences, f"Recipe {image.latent_id}", f"{MARK} \u00b7 A lesson"} < set(slide.texts)
        assert slide.pictures == [image.picture]
        assert slide.descriptions == [f"Synthetic mammogram, not for diagnosis. {' '.join(image.sentences)}"]
        assert from_json("".join(slide.notes), "notes") == image.recipe
    for slide, image in zip(slides[2:], images, strict=False):
        assert slide.texts[0] == f"Recipe: {image.title}"
        assert to_json(image.recipe) in slide.texts
    last = " ".join(slides[-1].texts)
    for words in (*dataclasses.astuple(CREDIT), MARK, "not for diagnosis"):
        assert words in last


def test_pictures_keep_their_proportions() -> None:
    parts = Parts(handout("", [shown(5)], CREDIT)).parts
    (picture,) = ElementTree.fromstring(parts["ppt/slides/slide1.xml"]).iter(f"{SLIDES}pic")
    (size,) = picture.iter(f"{DRAWING}ext")
    width, height = (int(size.attrib[name]) for name in ("cx", "cy"))
    assert width / height == pytest.approx(25 / 30, abs=1e-4)


def test_a_long_recipe_is_printed_in_part_and_stands_whole_in_the_notes() -> None:
    mask = np.random.RandomState(0).bytes(30_000)
    recipe = Recipe(
        seed=1,
        style_transfers=[
            StyleTransfer(reference=Recipe(seed=2), locality=LOCALITY_MASKED, mask=Mask(size=400, deflated=mask))
        ],
    )
    assert len(to_json(recipe)) > 5 * RECIPE_LETTERS
    slides = Parts(handout("", [dataclasses.replace(shown(1), recipe=recipe)], CREDIT)).slides()
    assert len(slides) == 1 + 5 + 1
    assert "notes of the image's slide" in " ".join(slides[5].texts)
    assert from_json("".join(slides[0].notes), "notes") == recipe


def test_many_sentences_are_written_small_and_end_where_the_slide_does() -> None:
    sizes = []
    for count in (3, 40, 90, 400):
        image = dataclasses.replace(shown(1), sentences=[f"Step number {i} of it." for i in range(count)])
        parts = Parts(handout("", [image], CREDIT))
        (slide, *_) = parts.slides()
        tree = ElementTree.fromstring(parts.parts["ppt/slides/slide1.xml"])
        (first,) = [
            paragraph
            for paragraph in tree.iter(f"{DRAWING}p")
            if "".join(run.text or "" for run in paragraph.iter(f"{DRAWING}t")).startswith("Step number 0")
        ]
        (properties,) = first.iter(f"{DRAWING}rPr")
        sizes.append(int(properties.attrib["sz"]))
        whole = set(image.sentences) <= set(slide.texts)
        assert whole is (count < 400)
        assert sum(map(len, slide.texts)) < 3_000
        assert slide.descriptions[0].endswith(f"Step number {count - 1} of it.")
    assert sizes == [1600, 1200, 900, 900]


def test_characters_that_xml_cannot_hold_become_spaces() -> None:
    (slide, *_) = Parts(handout("a\x00b", [shown(1, "one\x0btwo\x00\uffff three")], CREDIT)).slides()
    assert slide.texts[0] == "one two three"


def test_credit_is_what_the_model_says() -> None:
    model = GetModelResponse(
        name="demo", version="1", bundle_digest="d", intended_use="u", attribution="a", licence="l"
    )
    assert credit_of(model) == Credit("demo", "1", "d", "u", "a", "l")
    nobody = " ".join(Parts(handout("", [shown(1)], Credit("x", "1", "d", "u", "", ""))).slides()[-1].texts)
    assert "Credit:" not in nobody
    assert "Licence:" not in nobody


@pytest.mark.parametrize(
    ("title", "images", "words"),
    [
        ("", [], "images: 0"),
        ("x" * 201, [shown(1)], "title: 'x+"),
        ("", [dataclasses.replace(shown(1), title="")], r"images\[0\]\.title: ''"),
    ],
)
def test_what_is_no_handout(title: str, images: list[Shown], words: str) -> None:
    with pytest.raises(InvalidArgument, match=words):
        handout(title, images, CREDIT)
