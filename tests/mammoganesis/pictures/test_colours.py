"""Colours of regions: told apart by every kind of eye, the same for the same names."""

from __future__ import annotations

import itertools
import re

import numpy as np
import pytest

from mammoganesis.pictures.colours import BLACK, COLOURS, OKABE_ITO, of_regions, palette
from tests.places import ROOT

# Machado, Oliveira and Fernandes (2009), severity 1, on linear RGB.
EYES = {
    "trichromat": np.eye(3),
    "protanope": np.array(
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]
    ),
    "deuteranope": np.array(
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]
    ),
}
XYZ = np.array(
    [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]]
)


def lab(colours: np.ndarray, eye: np.ndarray) -> np.ndarray:
    """CIELAB, [n, 3], of sRGB [n, 3] uint8 as this eye sees it."""
    share = colours / 255
    linear = np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)
    xyz = np.clip(linear @ eye.T, 0, 1) @ XYZ.T / XYZ.sum(axis=1)
    root = np.where(xyz > (6 / 29) ** 3, np.cbrt(xyz), xyz * (29 / 6) ** 2 / 3 + 4 / 29)
    return np.stack([116 * root[:, 1] - 16, 500 * (root[:, 0] - root[:, 1]), 200 * (root[:, 1] - root[:, 2])], axis=1)


@pytest.mark.parametrize("eye", EYES)
def test_the_first_colours_are_told_apart_by_every_eye(eye: str) -> None:
    seen = lab(palette([BLACK, *COLOURS[:8]]), EYES[eye])
    distances = [np.linalg.norm(one - other) for one, other in itertools.combinations(seen, 2)]
    assert min(distances) > 15, "the least difference that is seen is about 2"


@pytest.mark.parametrize("eye", EYES)
def test_what_a_brush_paints_is_told_from_all_regions_by_every_eye(eye: str) -> None:
    written = (ROOT / "services/studio/web/src/viewer/state.ts").read_text(encoding="utf-8")
    (code,) = re.findall(r'PAINT_COLOUR = "#([0-9a-f]{6})"', written)
    paint = np.frombuffer(bytes.fromhex(code), np.uint8)[None]
    apart = lab(palette([BLACK, *COLOURS]), EYES[eye]) - lab(paint, EYES[eye])
    assert np.linalg.norm(apart, axis=1).min() > 15


def test_all_colours_differ_in_value_and_name() -> None:
    assert len({colour.rgb for colour in (BLACK, *COLOURS)}) == len({colour.name for colour in COLOURS}) + 1
    assert OKABE_ITO[0].code == "#e69f00"
    assert max(max(colour.rgb) for colour in COLOURS) <= 255


def test_background_is_black_and_the_others_go_by_their_order() -> None:
    names = ["background-rim", "", "Air", "centre", "hairline", "lower-background"]
    first, second, third = COLOURS[:3]
    assert of_regions(names) == [BLACK, first, BLACK, second, third, BLACK]
    assert of_regions([]) == []
    many = of_regions([""] * 255)
    assert BLACK not in many
    assert len(set(many[: len(COLOURS)])) == len(COLOURS)
