"""What a call can ask for beside its latents, in groups. Ranges are the server's."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Sampling:
    """How an image comes from a seed."""

    psi: float | None = None  # truncation, 0 (the mean image) to 2; None: the server's default, 0.65
    cutoff: int | None = None  # leading layers truncated; None: all
    noise: str = "own"  # "own" (of each image), "const" (the model's), "random" (from noise_seed) or "none"
    noise_seed: int = 0
    labels: Mapping[str, str] | None = None  # of a conditional model, such as {"view": "MLO"}
    labels_drawn: bool = False  # the other labels: drawn for each seed as often as the training images have them


@dataclass(frozen=True)
class Picture:
    """What an image is handed over as."""

    format: str = "png"  # "png" (8 bits), "png16", "raw" (float32), "dicom" (mammography) or "dicom-sc"
    mark: bool | None = None  # "SYNTHETIC - NOT FOR DIAGNOSIS" in the pixels; None: in DICOM, and in no other format
    resolution: int = 0  # width in pixels: 0, the model's own, or its preview_resolution
    side: str | None = (
        None  # "L" or "R": which breast a DICOM file says that it shows; None: as the recipe's label says
    )
    view: str | None = None  # "CC" or "MLO": likewise

    @property
    def is_dicom(self) -> bool:
        """Whether it is a DICOM file."""
        return self.format.startswith("dicom")

    @property
    def marked(self) -> bool:
        """Whether the mark is in the pixels."""
        return self.is_dicom if self.mark is None else self.mark

    @property
    def suffix(self) -> str:
        """Of a file: ".png", ".npy" or ".dcm"."""
        return ".dcm" if self.is_dicom else ".npy" if self.format == "raw" else ".png"


@dataclass(frozen=True)
class Budget:
    """How much of the reference's style goes over in a transfer; None: the server's default."""

    rho: float | None = None  # a channel qualifies above rho / (1 + rho), 0 to 1; default 0.1
    epsilon: float | None = None  # per layer, 0 (nothing moves) to 512; default the bundle's, see `list_regions`
    layer_epsilons: Mapping[int, float] | None = None  # another epsilon for single style layers, by layer; layers of
    # 4x4 and 8x8 without one take the smaller of `epsilon` and the bundle's low_resolution_epsilon
    strength: float | None = None  # 0 (target unchanged) to 1; default 1


@dataclass(frozen=True)
class Within:
    """Where a masked transfer acts: one of the three."""

    regions: int | str | Sequence[int | str] = ()  # indices or curated names: where the target shows them
    mask: np.ndarray | bytes | None = None  # [q, q] uint8, 0 (outside) to 255 (inside), or a PNG file of it
    polygon: Sequence[tuple[float, float]] = ()  # corners (x, y), 0 to 1, from the upper left corner
    feather: float | None = None  # softness of the edge, a share of the image's width, 0 to 0.25; default 0.02


SAMPLING = Sampling()
PICTURE = Picture()
BUDGET = Budget()
