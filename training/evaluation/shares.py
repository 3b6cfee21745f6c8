"""How much of what a local edit changes lies where it was asked to, for both localities, and whether its edge is seen.

For pairs of a target and a reference, one region of the target takes the reference's style: by the channel query, and
within the mask of the region. Of each edited image

    share       of the squared change, that inside the mask made wider by WIDER of the image's width
    gradient    mean length of the gradient of the grey values within EDGE pixels of the mask's outline, beside that of
                the untouched image at the same place
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from mammoganesis.bundle.regions import Regions
from mammoganesis.editing import masks, transfer
from mammoganesis.editing.layers import StyleLayer, layer_slices
from mammoganesis.editing.masks import StyleField
from mammoganesis.recipe.limits import DEFAULT_FEATHER, DEFAULT_STRENGTH
from mammoganesis.terminal.progress import progress
from training.evaluation.locality import LEAST_AREA, Floats, Pairs, Setting, intensity
from training.evaluation.network import BATCH, Network, codes

WIDER = 0.05  # of the image's width
EDGE = 2  # pixels at either side of the outline
LOCALITIES = ("channels", "masked")


@dataclass(frozen=True)
class Sample:
    """One pair, for the sheet: grey values [H, W], 0 to 1, and the mask."""

    target: Floats
    reference: Floats
    edited: tuple[Floats, ...]  # in the order of LOCALITIES
    mask: NDArray[np.bool_]


@dataclass(frozen=True)
class Shares:
    """Of every region and pair; NaN where a region had fewer pairs, or an edit changed nothing."""

    shares: Floats  # [k, pairs, 2 of LOCALITIES], 0 to 1
    gradients: Floats  # [k, pairs, 3]: of LOCALITIES, and of the untouched image; grey values, 0 to 1, per pixel
    change: Floats  # [k, pairs, 2]: root of the mean square of the change inside the mask, 0 to 1
    samples: dict[int, Sample]  # the first pair of each region

    @property
    def pairs(self) -> NDArray[np.int64]:
        """Pairs measured per region, [k]."""
        return np.isfinite(self.gradients[..., -1]).sum(axis=1)


def share_within(change: Floats, mask: NDArray[np.bool_]) -> float:
    """Share of squared change [H, W] inside a mask [H, W] that is made wider by WIDER; NaN where nothing changed."""
    near = np.asarray(ndimage.distance_transform_edt(~mask)) <= WIDER * len(mask)
    total = change.sum()
    return float(change[near].sum() / total) if total > 0 else np.nan


def edge_gradient(grey: Floats, mask: NDArray[np.bool_]) -> float:
    """Mean length of the gradient of grey values [H, W] along a mask's outline; the border of the image is none."""
    wide = np.asarray(ndimage.binary_dilation(mask, iterations=EDGE), bool)
    band = wide & ~np.asarray(ndimage.binary_erosion(mask, iterations=EDGE, border_value=1), bool)
    down, across = np.gradient(grey)
    return float(np.hypot(down, across)[band].mean()) if band.any() else np.nan


def measure_shares(
    network: Network, regions: Regions, setting: Setting, pairs: Pairs, background: Sequence[int]
) -> Shares:
    """Both localities over pairs of seeds, drawn as `mammoganesis_training evaluate locality` draws them.

    Args:
        network: with the features that the regions were found on; it draws masked images too.
        regions: clusters and parts, with their contributions.
        setting: budgets of the channel query.
        pairs: what is drawn. A region's pairs are the first ones whose target shows it on LEAST_AREA of the image.
        background: regions outside of the breast; they are not measured.
    """
    k = len(regions.area_share)
    chosen = [region for region in range(k) if region not in background]
    found = Shares(
        np.full((k, pairs.count, 2), np.nan),
        np.full((k, pairs.count, 3), np.nan),
        np.full((k, pairs.count, 2), np.nan),
        {},
    )
    editor = _Editor(network, regions, setting)
    done = np.zeros(k, dtype=int)
    with progress(len(chosen) * pairs.count, "shares", "pair") as bar:
        for styles, image, reference, labels in _pairs(network, regions, pairs, background):
            shown = [r for r in chosen if done[r] < pairs.count and (labels == r).mean() >= LEAST_AREA]
            for region in shown:
                mask = labels == region
                edited = editor.edited(styles, region, mask)
                _enter(found, region, done[region], Sample(image, reference, edited, mask))
                done[region] += 1
            bar.update(len(shown))
            if (done[chosen] >= pairs.count).all():
                break
    return found


def _enter(found: Shares, region: int, pair: int, sample: Sample) -> None:
    if pair == 0:
        found.samples[region] = sample
    for i, edited in enumerate(sample.edited):
        change = np.square(edited - sample.target)
        found.shares[region, pair, i] = share_within(change, sample.mask)
        found.change[region, pair, i] = np.sqrt(change[sample.mask].mean())
    pictures = (*sample.edited, sample.target)
    found.gradients[region, pair] = [edge_gradient(picture, sample.mask) for picture in pictures]


def _pairs(
    network: Network, regions: Regions, pairs: Pairs, background: Sequence[int]
) -> Iterator[tuple[NDArray[np.float32], Floats, Floats, NDArray[np.uint8]]]:
    """Styles [2, num_styles] of target and reference, grey values [H, W] of both, label map [H, W] of the target."""
    last: tuple[NDArray[np.float32], Floats, NDArray[np.uint8]] | None = None
    for start in pairs.drawn:
        rows = network.styles(codes(network, range(start, start + BATCH), pairs.psi))
        images, features = network.render(rows)
        for styles, image, grey, feature in zip(rows, images, intensity(images), features, strict=True):
            if last is not None:
                yield np.stack([last[0], styles]), last[1], grey, last[2]
            last = styles, grey, regions.label_map(image, feature, background)


class _Editor:
    """Transfers of one region by both localities, as they are served."""

    def __init__(self, network: Network, regions: Regions, setting: Setting) -> None:
        self._network, self._layers = network, network.layers
        self._queries = [setting.query(regions.contributions, r, self._layers) for r in range(len(regions.area_share))]
        self._kept = _low(self._layers)

    def edited(self, styles: NDArray[np.float32], region: int, mask: NDArray[np.bool_]) -> tuple[Floats, ...]:
        """Grey values [H, W] in the order of LOCALITIES; styles [2, num_styles] of target and reference."""
        own, other = styles
        by_channels = transfer.transfer(own, other, self._queries[region], DEFAULT_STRENGTH)
        shares = masks.shares(np.where(mask, 255, 0).astype(np.uint8), len(mask), DEFAULT_FEATHER)
        field = masks.place(StyleField.uniform(own), StyleField.uniform(other), shares, self._kept)
        assert field.further is not None
        sets, fields = masks.padded(own, field.further, masks.STYLE_SETS)
        images = (self._network.render(by_channels[None])[0], self._network.render_masked(sets[None], fields[None]))
        return tuple(intensity(image)[0] for image in images)


def _low(layers: Sequence[StyleLayer]) -> NDArray[np.bool_]:
    """[num_styles]: the layers that a masked transfer leaves alone."""
    parts = layer_slices(layers)
    kept = np.zeros(parts[-1].stop, dtype=bool)
    for layer, part in zip(layers, parts, strict=True):
        kept[part] = layer.is_low_resolution
    return kept
