"""The table of attributes, and what is measured for it."""

from __future__ import annotations

import numpy as np

from mammoganesis.editing.measures import SEEDS_BY, measure
from training.evaluation.attributes import ATTRIBUTES, NAMES, SIDES, measure_all


def test_the_table_names_what_is_measured_and_the_view_score() -> None:
    assert (*measure(np.zeros((64, 64))), "view_score") == NAMES == tuple(attribute.name for attribute in ATTRIBUTES)
    assert set(SEEDS_BY) == set(SIDES) - {"view_score"}


def test_many_images_are_measured_one_by_one() -> None:
    breast = np.zeros((64, 64))
    breast[10:50, 30:] = np.random.default_rng(0).uniform(0.2, 0.9, (40, 34))
    images = np.stack([breast, np.zeros((64, 64))])
    for row, image in zip(measure_all(images), images, strict=True):
        np.testing.assert_array_equal(row, [*measure(image).values(), np.nan])
