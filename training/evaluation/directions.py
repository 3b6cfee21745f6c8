"""What every principal component changes in the images, and over which range.

For many seeds an image is drawn, moved along a component by x standard deviations, and measured. Spearman's rho of an
attribute against x, one per seed, tells how reliably the component moves that attribute; the share of seeds in which
no step goes the wrong way tells how smoothly; the size of the change, in standard deviations of the attribute over
images that were not edited, tells how much.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from mammoganesis.editing.components import displacement, swept
from mammoganesis.errors import ConfigurationError
from mammoganesis.terminal.progress import progress
from training.evaluation.attributes import ATTRIBUTES, NAMES, measure_all
from training.evaluation.network import BATCH, Network, codes

RESAMPLES = 1000
SHOWN_SEEDS = 3  # on the contact sheet
REFERENCE_IMAGES = 300  # untruncated images that tell how attributes are spread
PLAUSIBLE_QUANTILE = 0.99  # of their distances: an image further out counts as implausible
MAX_IMPLAUSIBLE = 0.25  # share of seeds that a useful range may lose
RELIABLE, NOTABLE = 0.8, 1.0  # |rho| and change that a name needs
SEEDS_OF_REFERENCE = 1_000_000  # first seed of the reference images: away from those that are edited

Floats = NDArray[np.float64]
_SPREAD = [index for index, name in enumerate(NAMES) if name != "pectoral_angle"]  # the angle may be NaN


@dataclass(frozen=True)
class Spread:
    """How the attributes of images vary that were not edited."""

    mean: Floats  # [A]; A = len(ATTRIBUTES)
    deviation: Floats  # [A], at least each attribute's floor
    inverse: Floats  # inverse covariance of the attributes without the angle
    limit: float  # Mahalanobis distance that PLAUSIBLE_QUANTILE of the images keep

    @classmethod
    def of(cls, values: Floats) -> Spread:
        """Of measured images [N, A]."""
        floors = np.array([attribute.floor for attribute in ATTRIBUTES])
        finite = np.isfinite(values).any(axis=0)
        mean, deviation = np.zeros(values.shape[1]), np.zeros(values.shape[1])
        mean[finite], deviation[finite] = np.nanmean(values[:, finite], 0), np.nanstd(values[:, finite], 0)
        covariance = np.cov(values[:, _SPREAD].T) + np.diag(floors[_SPREAD] ** 2)
        inverse = np.linalg.inv(covariance).astype(np.float64)
        spread = cls(mean, np.maximum(deviation, floors), inverse, np.inf)
        return cls(mean, spread.deviation, inverse, float(np.quantile(spread.distance(values), PLAUSIBLE_QUANTILE)))

    def distance(self, values: Floats) -> Floats:
        """Mahalanobis distances of images [..., A] -> [...]."""
        off = values[..., _SPREAD] - self.mean[_SPREAD]
        return np.sqrt(np.einsum("...i,ij,...j->...", off, self.inverse, off))


@dataclass(frozen=True)
class Response:
    """What one component does to one attribute."""

    attribute: str
    rho: float  # mean over seeds of Spearman's rho
    low: float  # 95 % bootstrap interval of that mean
    high: float
    monotone: float  # share of seeds without a step against the mean direction
    change: float  # from the smallest sigma to the largest, in deviations of the attribute over unedited images
    seeds: int  # in which it could be measured
    curve: tuple[float, ...]  # mean of the attribute at every sigma, in its own unit


@dataclass(frozen=True)
class Direction:
    """One component."""

    component: int
    responses: tuple[Response, ...]  # in the order of ATTRIBUTES
    implausible: tuple[float, ...]  # share of seeds whose image is implausible, at every sigma

    def by_strength(self) -> list[Response]:
        """Responses by falling |rho * change|."""
        return sorted(self.responses, key=lambda response: -abs(response.rho * response.change))


@dataclass(frozen=True)
class Moves:
    """How far which images are moved along every component."""

    sigmas: tuple[float, ...]  # standard deviations, rising
    seeds: Sequence[int]
    psi: float  # truncation, before the edit
    layers: tuple[int, int] | None = None  # start and end (exclusive) of the codes that are edited; None: all

    def layers_of(self, network: Network) -> tuple[int, int]:
        """Start and end on this network. Raises ConfigurationError."""
        start, end = (0, network.num_ws) if self.layers is None else self.layers
        if not 0 <= start < end <= network.num_ws:
            raise ConfigurationError(
                f"--layers is {start}:{end}; it must be START:END with 0 <= START < END <= {network.num_ws}"
            )
        return start, end


def sweep(
    network: Network, components: NDArray[np.floating], deviations: NDArray[np.floating], moves: Moves
) -> tuple[Floats, NDArray[np.uint8]]:
    """Attributes of edited images, and the images of the first seeds for a contact sheet.

    Args:
        network: to draw with.
        components: [K, w_dim] unit rows.
        deviations: [K].
        moves: T sigmas, S seeds.

    Returns:
        attributes [K, S, T, A]; images [K, min(S, 3), T, H, W].
    """
    start, end = moves.layers_of(network)
    steps = [
        displacement(component, deviation, sigmas)
        for component, deviation in zip(components, deviations, strict=True)
        for sigmas in moves.sigmas
    ]
    shape = (len(components), len(moves.sigmas))
    result = np.empty((len(components), len(moves.seeds), len(moves.sigmas), len(ATTRIBUTES)))
    sheets = []
    with progress(len(moves.seeds), "moving along components", "seed") as bar:
        for s, seed in enumerate(moves.seeds):
            edited = swept(codes(network, [seed], moves.psi)[0], steps, start, end)  # [K * T, num_ws, w_dim]
            # Every component passes through the image itself: it is drawn once.
            flat, places = np.unique(edited.reshape(len(edited), -1), axis=0, return_inverse=True)
            images = draw(network, flat.reshape(-1, *edited.shape[1:]))
            result[:, s] = measure_all(images)[places].reshape(*shape, -1)
            if s < SHOWN_SEEDS:
                sheets.append(np.rint(images * 255).astype(np.uint8)[places].reshape(*shape, *images.shape[1:]))
            bar.update()
    return result, np.stack(sheets, axis=1)


def draw(network: Network, ws: NDArray) -> NDArray[np.float32]:
    """Images [N, H, W], 0 to 1, of codes [N, num_ws, w_dim]; colours are averaged."""
    parts = []
    for first in range(0, len(ws), BATCH):
        image, _ = network.render(network.styles(ws[first : first + BATCH]))
        parts.append(np.clip((image.mean(axis=1) + 1) / 2, 0, 1))
    return np.concatenate(parts)


def reference_spread(network: Network) -> Spread:
    """The spread of untruncated images."""
    values = []
    with progress(REFERENCE_IMAGES, "untruncated images") as bar:
        for first in range(0, REFERENCE_IMAGES, BATCH):
            count = min(BATCH, REFERENCE_IMAGES - first)
            seeds = range(SEEDS_OF_REFERENCE + first, SEEDS_OF_REFERENCE + first + count)
            values.append(measure_all(draw(network, codes(network, seeds, 1.0))))
            bar.update(count)
    return Spread.of(np.concatenate(values))


def spearman(values: Floats, sigmas: Sequence[float], floor: float) -> float:
    """Spearman's rho of values [T] against sigmas; 0 where they differ by less than floor, NaN where one is NaN."""
    if not np.isfinite(values).all():
        return float("nan")
    if np.ptp(values) < floor:
        return 0.0
    return float(np.corrcoef(stats.rankdata(sigmas), stats.rankdata(values))[0, 1])


def respond(values: Floats, sigmas: Sequence[float], index: int, spread: Spread, seed: int = 0) -> Response:
    """The response of one attribute: values [S, T] of the attribute with this index, sigmas rising."""
    attribute = ATTRIBUTES[index]
    rhos = np.array([spearman(row, sigmas, attribute.floor) for row in values])
    kept = np.isfinite(rhos)
    values, rhos = values[kept], rhos[kept]
    if len(rhos) == 0:
        nothing = float("nan")
        return Response(attribute.name, 0.0, 0.0, 0.0, 0.0, 0.0, 0, (nothing,) * len(sigmas))
    sign = np.sign(rhos.mean())
    forward = (np.diff(values, axis=1) * sign >= 0).all(axis=1) & (np.ptp(values, axis=1) >= attribute.floor)
    draws = np.random.default_rng(seed).integers(len(rhos), size=(RESAMPLES, len(rhos)))
    low, high = np.percentile(rhos[draws].mean(axis=1), (2.5, 97.5))
    curve = values.mean(axis=0)
    change = (curve[-1] - curve[0]) / spread.deviation[index]
    return Response(
        attribute.name,
        float(rhos.mean()),
        float(low),
        float(high),
        float(forward.mean()),
        float(change),
        len(rhos),
        tuple(float(value) for value in curve),
    )


def analyse(attributes: Floats, sigmas: Sequence[float], spread: Spread) -> list[Direction]:
    """Of measured sweeps [K, S, T, A]: one direction per component."""
    directions = []
    for component, values in enumerate(attributes):
        responses = tuple(respond(values[..., index], sigmas, index, spread) for index in range(len(ATTRIBUTES)))
        implausible = (spread.distance(values) > spread.limit).mean(axis=0)
        directions.append(Direction(component, responses, tuple(float(share) for share in implausible)))
    return directions


def useful_range(direction: Direction, response: Response, sigmas: Sequence[float]) -> tuple[float, float]:
    """The sigmas around 0 over which the mean response is monotone and most images stay plausible.

    It grows from 0 to both sides, one sigma at a time, while the mean of the attribute goes on in the direction of rho
    and at most MAX_IMPLAUSIBLE of the seeds have an image that is implausible there.
    """
    sign = np.sign(response.rho)
    zero = int(np.argmin(np.abs(sigmas)))
    ends = []
    for step in (-1, 1):
        at = zero
        while 0 <= at + step < len(sigmas):
            forward = (response.curve[at + step] - response.curve[at]) * step * sign > 0
            if not forward or direction.implausible[at + step] > MAX_IMPLAUSIBLE:
                break
            at += step
        ends.append(float(sigmas[at]))
    return ends[0], ends[1]
