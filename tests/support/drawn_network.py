"""A network whose images are drawn: what each number of its codes does is known."""

from __future__ import annotations

import numpy as np

from mammoganesis.editing.labels import LabelMixture
from mammoganesis.editing.layers import StyleLayer


class Drawn:
    """Three numbers per layer: width of the breast, brightness (falling), and one that does nothing.

    The first code drives the width, the second the brightness.
    """

    layers = (StyleLayer("b64.conv0", 3, 0), StyleLayer("b64.conv1", 3, 1))
    num_ws, z_dim, digest, mixture = 2, 3, "", LabelMixture.equal({})
    w_avg = np.zeros(3, dtype=np.float32)

    def mapping(self, z, c):
        return z

    def styles(self, ws):
        return ws.reshape(len(ws), -1)

    def render(self, styles):
        centre = (np.arange(64) + 0.5) / 64
        images = []
        for width, brightness in styles[:, [0, 4]]:
            inside = ((1 - centre[None]) / (0.5 + 0.08 * width)) ** 2 + ((centre[:, None] - 0.5) / 0.4) ** 2 < 1
            images.append(np.where(inside, 0.4 - 0.05 * brightness, 0.0))
        image = np.stack(images)[:, None].astype(np.float32) * 2 - 1
        return image, image
