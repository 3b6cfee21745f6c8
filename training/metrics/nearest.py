"""Is anything copied? The nearest training image of every sample by features, by pixels and by details.

A distance says little by itself. It is held against two others: held-out images (of other patients) to their nearest
training image, and training images to their nearest training image of another patient. A generator that copies has
samples nearer to training images than held-out images are. What counts as nearer comes from quartiles: one image that
is on both sides of the split, or one patient who is there twice, must not hide the copies.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from scipy import stats

from mammoganesis.pictures.page import Block, Picture, Row, default_cell, draw
from mammoganesis.statistics.fences import lower_fence
from mammoganesis.terminal.progress import progress
from training.metrics import details
from training.metrics.details import Details
from training.metrics.distances import blocks
from training.metrics.extractors import Extractor
from training.metrics.samples import Batch, Reals, Source

PIXELS = 64  # images are averaged to at most this height and width before pixels are compared
FEW = 20  # controls whose quartiles are a rough guess
NAMED = 20  # samples that the verdict names at most
Space = Literal["features", "pixels", "details"]


@dataclass(frozen=True)
class Points:
    """One set of images in all spaces."""

    groups: NDArray[np.int64]  # [N], equal for images of one patient
    features: NDArray[np.float64]  # [N, D]
    pixels: NDArray[np.float64]  # [N, P], scaled so that the distance is the root mean square of grey values
    details: Details
    images: Batch  # [N or none, C, H, W]


@dataclass(frozen=True)
class Nearest:
    """Nearest training images of samples in one space, and what to hold them against."""

    space: Space
    index: NDArray[np.int64]  # [N], the nearest training image of each sample
    samples: NDArray[np.float64]  # [N], distance to it
    held_out: NDArray[np.float64]  # [M], held-out image -> nearest training image; empty without held-out images
    train: NDArray[np.float64]  # [T], training image -> nearest training image of another patient

    @property
    def control(self) -> NDArray[np.float64]:
        """What the samples are held against: held-out images where there are any, else training images."""
        return self.held_out if len(self.held_out) else self.train

    @property
    def control_name(self) -> str:
        return "held-out images" if len(self.held_out) else "training images, other patients"

    @property
    def auc(self) -> float:
        """Probability that a sample is farther from the training images than a control is: 0.5 alike, 0 copies."""
        statistic = stats.mannwhitneyu(self.samples, self.control).statistic
        return float(statistic / (len(self.samples) * len(self.control)))

    @property
    def p_value(self) -> float:
        """One-sided Mann-Whitney: samples are nearer than controls."""
        return float(stats.mannwhitneyu(self.samples, self.control, alternative="less").pvalue)

    @property
    def limit(self) -> float:
        """Below this distance hardly any control lies."""
        return lower_fence(self.control)

    @property
    def suspicious(self) -> NDArray[np.int64]:
        """Samples that are nearer to a training image than `limit`, nearest first."""
        order = np.argsort(self.samples, kind="stable")
        return order[self.samples[order] < self.limit]

    @property
    def relative(self) -> NDArray[np.float64]:
        """[N], distances in units of the control's median."""
        return self.samples / np.median(self.control)

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON types."""
        parts = {"samples": self.samples, "held_out": self.held_out, "train_other_patient": self.train}
        levels = {"lowest": 0.0, "5 %": 0.05, "median": 0.5, "95 %": 0.95}
        return {
            "space": self.space,
            "control": self.control_name,
            "auc": self.auc,
            "p_value": self.p_value,
            "limit": self.limit,
            "suspicious_samples": self.suspicious.tolist(),
            "nearest": self.index.tolist(),
            "distances": self.samples.tolist(),
            "quantiles": {
                name: {level: float(np.quantile(v, share)) for level, share in levels.items()}
                for name, v in parts.items()
                if len(v)
            },
        }


def points(source: Source, groups: NDArray[np.int64] | None, extractor: Extractor, title: str = "") -> Points:
    """All spaces of a source in one pass; the images of one without groups are kept for the sheet."""
    features, pixels, grey, kept = [], [], [], []
    with progress(len(source), title) as bar:
        for batch in source.batches():
            images = torch.from_numpy(batch).float()
            features.append(extractor(images).double().numpy())
            small = F.adaptive_avg_pool2d(images, min(PIXELS, images.shape[-1])).flatten(1).double().numpy()
            pixels.append(small / np.sqrt(small.shape[1]))
            size = min(details.SIZE, images.shape[-1])
            grey.append(F.adaptive_avg_pool2d(images.mean(dim=1), size).numpy())
            if groups is None:
                kept.append(batch)
            bar.update(len(batch))
    return Points(
        groups=np.arange(len(source)) if groups is None else groups,
        features=np.concatenate(features),
        pixels=np.concatenate(pixels),
        details=details.of_images(np.concatenate(grey)),
        images=np.concatenate(kept) if kept else np.zeros((0, *batch.shape[1:]), np.uint8),
    )


def _nearest(
    x: NDArray[np.float64], y: NDArray[np.float64], forbidden: tuple[NDArray[np.int64], NDArray[np.int64]] | None = None
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Index and distance [N] of the vector of y nearest to each of x; equal `forbidden` groups do not count."""
    index, found = [], []
    for rows, distance in blocks(x, y):
        if forbidden is not None:
            distance = np.where(forbidden[0][rows, None] == forbidden[1][None, :], np.inf, distance)
        index.append(distance.argmin(axis=1))
        found.append(distance.min(axis=1))
    return np.concatenate(index), np.concatenate(found)


def compare(samples: Points, train: Points, held_out: Points | None) -> list[Nearest]:
    """Nearest neighbours in all spaces: features, pixels, details."""
    ways: dict[Space, Any] = {"features": _nearest, "pixels": _nearest, "details": details.nearest}
    results = []
    for space, search in ways.items():
        x, y = getattr(samples, space), getattr(train, space)
        index, distance = search(x, y)
        _, others = search(y, y, (train.groups, train.groups))
        control = np.zeros(0) if held_out is None else search(getattr(held_out, space), y)[1]
        results.append(Nearest(space, index, distance, control, others[np.isfinite(others)]))
    return results


def summary(results: Sequence[Nearest]) -> str:
    """A few lines for people."""
    lines = []
    for found in results:
        median, control = np.median(found.samples), np.median(found.control)
        lines.append(
            f"{found.space}: nearest training image at {median:.4g} (median of {len(found.samples)} samples), "
            f"{control:.4g} for {len(found.control)} {found.control_name}; "
            f"AUC {found.auc:.2f} (0.5: as far as the control, 0: copies), p {found.p_value:.2g}; "
            f"{len(found.suspicious)} sample(s) below {found.limit:.4g}, where hardly any control is"
        )
        if len(found.held_out) and len(found.train):
            lines.append(f"  training images among themselves, other patients: {np.median(found.train):.4g} (median)")
    return "\n".join(lines)


def suspects(results: Sequence[Nearest]) -> dict[int, list[Space]]:
    """Samples that may be copies, the most suspicious first, each with the spaces in which it is too near."""
    spaces: dict[int, list[Space]] = {}
    nearness: dict[int, float] = {}  # of the control's median, the least of these spaces
    for result in results:
        for sample in result.suspicious.tolist():
            spaces.setdefault(sample, []).append(result.space)
            nearness[sample] = min(nearness.get(sample, np.inf), float(result.relative[sample]))
    return {sample: spaces[sample] for sample in sorted(spaces, key=lambda one: (nearness[one], one))}


def verdict(results: Sequence[Nearest]) -> str:
    """What was found and what could not be, in plain words."""
    count, first = len(results[0].samples), results[0]
    found = list(suspects(results))
    spaces = ", ".join(f"by {result.space} {len(result.suspicious)}" for result in results)
    if found:
        shown = ", ".join(map(str, found[:NAMED])) + (", ..." if len(found) > NAMED else "")
        said = f"{len(found)} of {count} samples may be copies ({spaces}): look at samples {shown} on the sheet"
    else:
        said = f"no copy found among {count} samples; a generator that copies in fewer than {3 / count:.1%} may pass"
    lines = [
        f"verdict: {said}",
        f"  found are copies as they are, moved by up to {details.SHIFT:.0%} of the size, and with other brightness, "
        "contrast or a smooth change of tone",
        "  not seen are copies that are turned, mirrored, enlarged or bent, copies of a part of an image, a patient "
        "imitated without copying, and copies of images outside this split",
    ]
    if len(first.control) < FEW:
        lines.append(f"  there are only {len(first.control)} controls: what counts as near is a rough guess")
    return "\n".join(lines)


def shown(results: Sequence[Nearest], rows: int) -> list[int]:
    """Samples of a sheet of so many rows: those that may be copies, the most suspicious first, all that the verdict
    names; then the nearest others."""
    found = list(suspects(results))
    relative = np.min([result.relative for result in results], axis=0)
    others = [sample for sample in np.argsort(relative, kind="stable").tolist() if sample not in found]
    named = found[: max(rows, NAMED)]
    return named + others[: max(0, rows - len(named))]


def sheet(images: Batch, reals: Reals, results: Sequence[Nearest], rows: int) -> Picture:
    """A contact sheet: samples beside their nearest training images in all spaces. First those that may be copies, with
    the reason, then the nearest others.

    Args:
        images: the samples, uint8 [N, C, H, W].
        reals: the training images.
        results: of `compare`, features first.
        rows: samples shown; more where the verdict names more.

    Returns:
        The page, as `mammoganesis.pictures.page.draw` gives it.
    """
    suspicious = suspects(results)
    chosen = shown(results, rows)
    named = [sample for sample in chosen if sample in suspicious]
    lines = []
    for sample in chosen:
        pictures, label = [images[sample]], [f"sample {sample}"]
        for found in results:
            pictures.append(reals.dataset[int(reals.items[found.index[sample]])])
            nearer = (found.control <= found.samples[sample]).mean()
            label.append(f"{found.space} {found.samples[sample]:.3g} ({nearer:.0%})")
        if sample in suspicious:
            label += ["may be a copy:", f"by {', '.join(suspicious[sample])}"]
        lines.append(Row([picture.transpose(1, 2, 0).squeeze() for picture in pictures], label))
    control = results[0]
    which = f"the {len(chosen)} nearest of {len(images)}"
    if named:
        first = f"{len(named)} of the {len(suspicious)}" if len(named) < len(suspicious) else f"the {len(named)}"
        which = f"first {first} that may be copies, then the nearest others; {len(chosen)} of {len(images)}"
    caption = [
        f"Synthetic samples (not for diagnosis) and their nearest training images, which are real: {which}. Beside "
        f"each: its distances, and in brackets the share of the {len(control.control)} {control.control_name} that are "
        f"nearer."
    ]
    headings = ["sample", *(f"by {found.space}" for found in results)]
    return draw([Block(lines, headings)], caption, default_cell(images.shape[-1]))
