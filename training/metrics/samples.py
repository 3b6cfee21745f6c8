"""Reals and fakes: where images come from, and what is computed from them in one pass."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from mammoganesis.editing.labels import Fields, LabelMixture
from mammoganesis.errors import ConfigurationError, DataError
from mammoganesis.pictures.page import SHEET_NAME
from mammoganesis.pictures.png import carries_mark
from mammoganesis.recipe.limits import MAX_SEED
from mammoganesis.terminal.progress import progress
from training.data import images as raster
from training.data.dataset import Dataset
from training.data.index import read_index
from training.metrics import radiomics
from training.metrics.extractors import Extractor
from training.networks import Generator

BATCH = 16
KEPT_IMAGES = 1000  # for the pairs of MS-SSIM
MOST_REALS = 20_000  # larger sets are thinned out evenly
Batch = NDArray[np.uint8]
Need = Literal["features", "radiomics", "images", "generator"]  # what a metric looks at


@dataclass(frozen=True)
class Sample:
    """What metrics see of one set of images."""

    groups: NDArray[np.int64]  # [N], equal for images of one patient
    features: NDArray[np.floating] | None = None  # [N, D]
    radiomics: NDArray[np.float64] | None = None  # [N, R]
    images: Batch | None = None  # [at most KEPT_IMAGES, C, H, W], the first ones

    def __len__(self) -> int:
        return len(self.groups)

    def vectors(self, what: Literal["features", "radiomics"]) -> NDArray[np.float64]:
        """[N, D] float64."""
        values = getattr(self, what)
        assert values is not None, f"{what} were not computed"
        return values.astype(np.float64)


class Source(Protocol):
    """A set of images."""

    def __len__(self) -> int: ...

    def batches(self) -> Iterator[Batch]:
        """uint8 [n, C, H, W], in a fixed order."""
        ...


def describe(
    source: Source,
    groups: NDArray[np.int64] | None,
    needs: frozenset[Need],
    extractor: Extractor | None,
    title: str = "",
) -> Sample:
    """Compute in one pass what metrics need of a source; `title` stands before the bar."""
    features, measured, kept = [], [], []
    with progress(len(source), title) as bar:
        for batch in source.batches():
            if "features" in needs:
                assert extractor is not None
                features.append(extractor(torch.from_numpy(batch).float()).numpy())
            if "radiomics" in needs:
                measured.append(radiomics.of_images(batch))
            if "images" in needs and sum(map(len, kept)) < KEPT_IMAGES:
                kept.append(batch)
            bar.update(len(batch))
    return Sample(
        groups=np.arange(len(source)) if groups is None else groups,
        features=np.concatenate(features) if features else None,
        radiomics=np.concatenate(measured) if measured else None,
        images=np.concatenate(kept)[:KEPT_IMAGES] if kept else None,
    )


class Reals:
    """One split of a prepared set."""

    def __init__(
        self, data: Path, split: str = "train", dataset: Dataset | None = None, *, verify: bool = True
    ) -> None:
        self.dataset = Dataset(data, split, verify=verify) if dataset is None else dataset
        self.split = split
        rows = [row for row in read_index(self.dataset.folder)["images"] if row["split"] == split]
        if len(rows) < 2:
            raise DataError(f"{data}: the split {split!r} has {len(rows)} image; metrics need at least 2")
        count = min(len(rows), MOST_REALS)
        self.items = np.unique(np.linspace(0, len(rows) - 1, count).round().astype(int))
        self.rows = [rows[i] for i in self.items]
        self.resolution, self.channels = self.dataset.resolution, self.dataset.channels

    def __len__(self) -> int:
        return len(self.items)

    @property
    def digest(self) -> str:
        """sha256 over the images' digests, in order."""
        return hashlib.sha256("".join(row["sha256"] for row in self.rows).encode()).hexdigest()

    @property
    def groups(self) -> NDArray[np.int64]:
        """[N], one number per patient; images of unknown patients are on their own."""
        names = [row.get("patient") or f"image {i}" for i, row in enumerate(self.rows)]
        return np.unique(names, return_inverse=True)[1].astype(np.int64)

    def batches(self) -> Iterator[Batch]:
        for start in range(0, len(self), BATCH):
            yield np.stack([self.dataset[int(i)] for i in self.items[start : start + BATCH]])

    def mixture(self, fields: Fields) -> LabelMixture | None:
        """How often the images have which of these labels; None where nothing is known of any."""
        known = [row.get("labels") or {} for row in self.rows]
        return LabelMixture.of_images(known, fields) if any(name in row for row in known for name in fields) else None


def to_uint8(images: Tensor) -> Batch:
    """[N, C, H, W] about [-1, 1] -> uint8, as every image of this project is written."""
    return (images * 127.5 + 127.5).round().clamp(0, 255).to(torch.uint8).cpu().numpy()


class Generated:
    """Samples of a generator: image i has the seed `seed + i`, whatever the batch and the device's random state."""

    def __init__(
        self,
        generator: Generator,
        samples: int,
        psi: float = 1.0,
        seed: int = 0,
        mixture: LabelMixture | None = None,
    ) -> None:
        """Codes z and noise maps come from numpy's RandomState of the image's seed.

        Args:
            generator: in eval mode.
            samples: images, at least 2.
            psi: truncation, 0 to 1.
            seed: of the first image.
            mixture: the labels of the reals; None: those of the generator's training images.
        """
        if samples < 2:
            raise ConfigurationError(f"--samples is {samples}; it must be 2 or more")
        self.generator, self.samples, self.psi, self.seed = generator, samples, psi, seed
        self.mixture = mixture or generator.config.mixture

    def __len__(self) -> int:
        return self.samples

    def codes(self, start: int, count: int, labels_from: int | None = None) -> tuple[Tensor, list[Tensor]]:
        """w [n, w_dim] and noise maps, one [n, 1, r, r] per noise layer, of the images start .. start + count - 1.

        With `labels_from` they have the labels of the images from that one on.
        """
        config = self.generator.config
        sizes = [layer.resolution for layer in config.noise_layers]
        z, noise = [], []
        for index in range(start, start + count):
            random = np.random.RandomState((self.seed + index) % (MAX_SEED + 1))
            z.append(random.randn(config.z_dim))
            noise.append([random.randn(1, r, r) for r in sizes])
        device = self.generator.mapping.w_avg.device
        maps = [torch.from_numpy(np.stack(m).astype(np.float32)).to(device) for m in zip(*noise, strict=True)]
        latents = torch.from_numpy(np.stack(z).astype(np.float32)).to(device)
        first = self.seed + (start if labels_from is None else labels_from)
        c = torch.from_numpy(self.mixture.c_of_seeds(range(first, first + count)))
        return self.generator.mapping(latents, c.to(device)), maps

    @torch.no_grad()
    def batches(self) -> Iterator[Batch]:
        for start in range(0, self.samples, BATCH):
            w, noise = self.codes(start, BATCH)  # a full last batch: devices that compile see one shape
            styles = self.generator.synthesis.styles(self.generator.truncate(w, self.psi))
            image: Any = self.generator.synthesis.from_styles(styles, noise=noise)
            yield to_uint8(image)[: self.samples - start]


class ImageFolder:
    """PNG, JPEG or TIFF images of the reals' size in a folder and its subfolders, hidden files and contact sheets left
    out. Images with the burnt-in mark are refused: it would be measured as a part of the picture.

    Grey values are taken as they are, whatever the depth they are stored in: 16 bits are divided by 257.
    """

    def __init__(self, folder: Path, resolution: int, channels: int, samples: int | None = None) -> None:
        self.folder, self.resolution, self.channels = folder, resolution, channels
        self.paths = [path for path in raster.image_files(folder) if path.name != SHEET_NAME][:samples]
        if len(self.paths) < 2:
            raise DataError(f"{folder}: holds {len(self.paths)} PNG, JPEG or TIFF image(s); metrics need at least 2")

    def __len__(self) -> int:
        return len(self.paths)

    def _read(self, path: Path) -> Batch:
        if carries_mark(path.read_bytes()):
            raise DataError(f"{path}: has the mark in its pixels; make the images again with --no-mark")
        values = raster.read_grey(path)
        if values.shape != (self.resolution, self.resolution):
            height, width = values.shape
            raise DataError(f"{path}: is {height}x{width}; the reals are {self.resolution}x{self.resolution}")
        # 257 is odd: an image rounded to 16 bits and then to 8 is the image rounded to 8 bits.
        grey = np.clip(np.rint(values), 0, 255).astype(np.uint8)
        return np.repeat(grey[None], self.channels, axis=0)

    def batches(self) -> Iterator[Batch]:
        for start in range(0, len(self), BATCH):
            yield np.stack([self._read(path) for path in self.paths[start : start + BATCH]])
