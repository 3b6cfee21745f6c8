"""Transfers of several images at once, and the budgets of layers: against the single ones and by their definition."""

import numpy as np
import pytest

from mammoganesis.editing import transfer


def test_several_images_are_moved_as_each_alone():
    random = np.random.default_rng(1)
    styles, references = random.normal(size=(2, 3, 8)).astype(np.float32)
    q = random.random((3, 8)) < 0.5
    for strength in (0.0, 0.4, 1.0):
        moved = transfer.transfer(styles, references, q, strength)
        for row in range(3):
            alone = transfer.transfer(styles[row], references[row], q[row], strength)
            np.testing.assert_array_equal(moved[row], alone)


@pytest.mark.parametrize(("epsilon", "low"), [(40.0, 5.0), (3.0, 5.0), (0.0, 5.0), (40.0, 0.0)])
def test_low_layers_take_the_smaller_budget_unless_they_are_named(epsilon: float, low: float):
    special = transfer.low_resolution_epsilons((0, 2), epsilon, low)
    assert special == {0: min(epsilon, low), 2: min(epsilon, low)}
    budgets = transfer.epsilon_per_layer(epsilon, special | {2: 17.0, 3: 1.0}, 5)
    assert budgets == [min(epsilon, low), epsilon, 17.0, 1.0, epsilon]
