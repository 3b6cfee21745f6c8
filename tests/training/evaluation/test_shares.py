"""Shares of a change within a mask, and gradients along its outline: pictures whose answers are known."""

from __future__ import annotations

import numpy as np
import pytest

from training.evaluation.shares import Shares, edge_gradient, share_within
from training.evaluation.shares_report import markdown, results

SIZE = 40  # 5 % of it are 2 pixels


def test_the_share_counts_up_to_a_twentieth_of_the_width_outside():
    mask = np.zeros((SIZE, SIZE), bool)
    mask[10:20, 10:20] = True
    change = np.zeros((SIZE, SIZE))
    change[15, 15], change[15, 21], change[15, 22], change[30, 30] = 3, 2, 4, 1
    assert share_within(change, mask) == pytest.approx(5 / 10)
    assert np.isnan(share_within(np.zeros((SIZE, SIZE)), mask))


def test_a_step_along_the_outline_is_seen_and_one_elsewhere_is_not():
    mask = np.zeros((SIZE, SIZE), bool)
    mask[:, :20] = True  # three of its sides are those of the image
    ramp = np.broadcast_to(np.linspace(0, 0.39, SIZE), (SIZE, SIZE)).copy()
    assert edge_gradient(ramp, mask) == pytest.approx(0.01)
    assert edge_gradient(ramp + 0.4 * mask, mask) > 0.05
    far = ramp.copy()
    far[:, 30:] += 0.4
    assert edge_gradient(far, mask) == pytest.approx(0.01)
    assert np.isnan(edge_gradient(ramp, np.ones_like(mask)))


def test_a_report_of_what_was_measured():
    shares, gradients, change = np.full((3, 2, 2), np.nan), np.full((3, 2, 3), np.nan), np.full((3, 2, 2), np.nan)
    shares[1], gradients[1], change[1] = [[0.2, 0.9], [0.4, 0.8]], [[0.1, 0.2, 0.3], [0.3, 0.2, 0.1]], 0.5
    facts = {"epsilon": 20.0, "low_resolution_epsilon": 10.0}
    document = results(Shares(shares, gradients, change, {}), facts)
    assert document["shares"] == {"1": {"channels": 0.3, "masked": 0.85}}
    assert document["edge_gradient"] == {"1": {"channels": 0.2, "masked": 0.2, "plain": 0.2}}
    assert document["measured_pairs"] == {"1": 2}
    named = markdown(document | {"region_names": {"1": "pectoral-muscle", "2": "skin"}})
    assert "| 1, pectoral muscle | 2 | 30% (30%) | 85%" in named
    assert "| 1 | 2 | 30% (30%) | 85% (85%) | 0.2000 | 0.2000 | 0.2000 | 0.500 | 0.500 |" in markdown(document)
