"""A drawing of what was altered fits into an answer."""

from __future__ import annotations

import io

import numpy as np
from PIL import Image

from mammoganesis.pictures.alteration import altered, within_bytes


def test_a_noisy_drawing_is_made_smaller_by_halves_and_another_stays() -> None:
    found = np.random.RandomState(0).randint(0, 256, (1400, 1000), dtype=np.uint8)
    drawn = altered(found, 255 - found, 0).picture
    assert len(drawn) > 2**21
    sent = within_bytes(drawn, 2**20)
    assert len(sent) <= 2**20
    with Image.open(io.BytesIO(sent)) as small:
        assert small.size in ((500, 700), (250, 350))
    assert within_bytes(drawn, len(drawn)) is drawn
