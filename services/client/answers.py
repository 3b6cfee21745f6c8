"""What the client's methods give back where one image is not all."""

from typing import NamedTuple

import numpy as np

from mammoganesis.pictures.png import read_png
from mammoganesis.v1 import latents_pb2
from services.client.image import Image


class SweepStep(NamedTuple):
    """One image of a sweep."""

    sigmas: float  # displacement in standard deviations
    image: Image


class InterpolationStep(NamedTuple):
    """One image on the way between two latents."""

    fraction: float  # 0 (start) to 1 (end)
    image: Image


class FoundSeed(NamedTuple):
    """A seed whose image measures as wished."""

    seed: int
    measures: dict[str, float]  # by name; units stand at the message Measure
    image: Image


class Transfer(NamedTuple):
    """A style transfer."""

    image: Image
    channels_moved: int  # of all style channels


class Segmentation(NamedTuple):
    """The regions of one image."""

    labels: np.ndarray  # [grid_size, grid_size] uint8, region index of each cell
    label_map_png: bytes  # PNG, 8 bits, the image's size: region index of each pixel
    recipe: latents_pb2.Recipe
    latent_id: str

    @property
    def label_map(self) -> np.ndarray:
        """[H, W] uint8, region index of each pixel."""
        return read_png(self.label_map_png, "label map").pixels.astype(np.uint8)


class Description(NamedTuple):
    """A recipe in plain words."""

    sentences: list[str]  # one a step, in the order in which the steps are applied
    recipe: latents_pb2.Recipe  # complete
    latent_id: str
