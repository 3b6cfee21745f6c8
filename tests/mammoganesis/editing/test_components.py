"""Edits along a direction, of one component or several, by their definition."""

import numpy as np

from mammoganesis.editing import components
from mammoganesis.recipe.edits import edits_along, sigmas_along
from mammoganesis.recipe.limits import Part


def test_an_edit_along_a_direction_is_the_sum_of_its_parts():
    random = np.random.default_rng(0)
    ws = random.normal(size=(6, 7)).astype(np.float32)
    rows = random.normal(size=(3, 7)).astype(np.float32)
    deviations = random.uniform(0.1, 2, 3).astype(np.float32)
    one, several = (Part(1, 1, 4),), (Part(1, 1, 4, -1.0), Part(0, 1, 4, 0.25), Part(0, 4, 6, -0.5))
    before = ws.copy()
    for direction, sigmas in ((one, -2.7), (one, 0.0), (one, 1e-3), (several, 3.0), (several, -0.4)):
        edits = edits_along(direction, sigmas)
        moved = components.edit(ws, rows, deviations, np.zeros(7, np.float32), edits)
        expected = ws.astype(float)
        for part in direction:
            step = sigmas * part.weight * deviations[part.index].astype(float) * rows[part.index]
            expected[part.layer_start : part.layer_end] += step
        np.testing.assert_allclose(moved, expected, rtol=1e-6, atol=1e-6)
        untouched = [0, 4, 5] if direction is one else [0]
        np.testing.assert_array_equal(moved[untouched], ws[untouched])
        assert moved.dtype == np.float32
        assert sigmas_along(edits, direction) == sigmas
        assert sigmas_along(edits[:-1], direction) is None
    np.testing.assert_array_equal(ws, before)
    turned = edits_along(several, 1.0)
    turned[2].sigmas = 0.5
    assert sigmas_along(turned, several) is None
