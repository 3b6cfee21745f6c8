"""Recipes whose transfers are masked: never beside an edit, and in a region that the image shows."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from mammoganesis.errors import FailedPrecondition
from mammoganesis.recipe.drawing import Catalogue, Chance, Direction
from mammoganesis.recipe.masked import values_of
from mammoganesis.v1.latents_pb2 import LOCALITY_CHANNELS, LOCALITY_MASKED
from mammoganesis.v1.study_design_pb2 import StudyGeneration
from services.study.design import complete
from services.study.generation import chosen, needs_place, recipe_of, with_place
from tests.support.studied import design

INDICES = {"skin": 1, "middle": 4, "air": 0}
CATALOGUE = Catalogue("", "", 32, [Direction("size", -3, 3)], ["skin", "middle"], None, INDICES, True)
CHANCE = Chance(7, b"secret")


def _generation(locality: int) -> StudyGeneration:
    made = complete(design()).generation
    made.locality, made.edit_probability = locality, 1.0  # type: ignore[assignment]
    return made


def test_a_masked_transfer_stands_alone_and_another_one_also_beside_an_edit() -> None:
    kinds = {}
    for locality in (LOCALITY_CHANNELS, LOCALITY_MASKED):
        recipes = [recipe_of(number, _generation(locality), CATALOGUE, CHANCE) for number in range(200)]
        kinds[locality] = {
            (len(each.component_edits), len(each.style_transfers), needs_place(each)) for each in recipes
        }
    assert kinds[LOCALITY_CHANNELS] == {(1, 0, False), (0, 1, False), (1, 1, False)}
    assert kinds[LOCALITY_MASKED] == {(1, 0, False), (0, 1, True)}


def test_the_mask_is_where_the_image_shows_the_region_or_another_one() -> None:
    labels = np.zeros((32, 32), np.uint8)
    labels[4:12, 8:20] = 4
    recipe = next(
        each
        for number in range(50)
        if needs_place(each := recipe_of(number, _generation(LOCALITY_MASKED), CATALOGUE, CHANCE))
        and each.style_transfers[0].regions[0].name == "skin"
    )
    done = with_place(recipe, labels, CATALOGUE, np.random.default_rng(1))
    assert done is not None
    (transfer,) = done.style_transfers
    assert [region.index for region in transfer.regions] == [4]
    np.testing.assert_array_equal(values_of(transfer.mask), np.where(labels == 4, 255, 0))
    assert recipe.style_transfers[0].regions[0].name == "skin"
    labels[labels == 4] = 0
    assert with_place(recipe, labels, CATALOGUE, np.random.default_rng(1)) is None


@pytest.mark.parametrize("lacking", [replace(CATALOGUE, masked=False), replace(CATALOGUE, regions=[])])
def test_a_bundle_that_cannot_mask_is_refused_by_name(lacking: Catalogue) -> None:
    with pytest.raises(FailedPrecondition, match=r"^generation\.locality"):
        chosen(lacking, _generation(LOCALITY_MASKED))
    chosen(lacking, _generation(LOCALITY_CHANNELS))


def test_a_change_that_is_hardly_seen_is_made_only_where_the_design_wants_it() -> None:
    def regions(locality: int, offered: tuple[str, ...], *named: str) -> list[str]:
        wanted = _generation(locality)
        wanted.regions.extend(named)
        return list(chosen(replace(CATALOGUE, regions=offered), wanted).regions)

    assert regions(LOCALITY_MASKED, ("skin", "middle", "air", "rim")) == ["middle", "rim"]
    assert regions(LOCALITY_MASKED, ("skin", "middle"), "skin") == ["skin"]
    assert regions(LOCALITY_MASKED, ("skin",)) == ["skin"]
    assert regions(LOCALITY_CHANNELS, ("skin", "middle")) == ["skin", "middle"]
