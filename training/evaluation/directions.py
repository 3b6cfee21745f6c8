"""What moving an image along a direction changes, and over which range.

For many seeds an image is drawn, moved along a direction by x standard deviations, and measured. Spearman's rho of an
attribute against x, one per seed, tells how reliably the direction moves that attribute; the share of seeds in which
no step goes the wrong way tells how smoothly; the size of the change, in standard deviations of the attribute over
images that were not edited, tells how much.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from mammoganesis.bundle.arrays import Components
from mammoganesis.editing.components import edit
from mammoganesis.errors import ConfigurationError
from mammoganesis.recipe.edits import edits_along
from mammoganesis.recipe.limits import Direction, Part
from mammoganesis.terminal.progress import progress
from training.evaluation.attributes import ATTRIBUTES, NAMES, measure_all
from training.evaluation.network import Network, codes
from training.evaluation.reference import Reference, draw

RESAMPLES = 1000
SHOWN_SEEDS = 3  # on the contact sheet
MAX_OUTSIDE = 0.1  # share of the seeds that a useful range may lead out of the usual range of an attribute
UNDECIDED = 0.25  # view scores within it of the border: an eighth of the way from view to view
RELIABLE, NOTABLE = 0.8, 1.0  # |rho| and change that a name needs

Floats = NDArray[np.float64]
_VIEW = NAMES.index("view_score")


@dataclass(frozen=True)
class Response:
    """What one direction does to one attribute."""

    attribute: str
    rho: float  # mean over seeds of Spearman's rho
    low: float  # 95 % bootstrap interval of that mean
    high: float
    monotone: float  # share of seeds without a step against the mean direction
    change: float  # from the smallest sigma to the largest, in deviations of the attribute over unedited images
    seeds: int  # in which it could be measured
    curve: tuple[float, ...]  # mean of the attribute at every sigma, in its own unit


@dataclass(frozen=True)
class Effect:
    """What one direction does."""

    direction: Direction
    responses: tuple[Response, ...]  # in the order of ATTRIBUTES
    outside: tuple[float, ...]  # share of seeds led out of the usual range, at every sigma
    flips: tuple[float, ...]  # share of seeds whose view is another than at 0, at every sigma; NaN: not known

    def by_strength(self) -> list[Response]:
        """Responses by falling |rho * change|."""
        return sorted(self.responses, key=lambda response: -abs(response.rho * response.change))

    def response(self, attribute: str) -> Response:
        """That of one attribute."""
        return self.responses[NAMES.index(attribute)]


@dataclass(frozen=True)
class Moves:
    """How far which images are moved along every direction."""

    sigmas: tuple[float, ...]  # standard deviations, rising, 0 among them
    seeds: Sequence[int]
    psi: float  # truncation, before the edit
    layers: tuple[int, int] | None = None  # start and end (exclusive) of the codes that components move; None: all

    @property
    def zero(self) -> int:
        """Place of the sigma nearest to 0."""
        return int(np.argmin(np.abs(self.sigmas)))

    def layers_of(self, network: Network) -> tuple[int, int]:
        """Start and end on this network. Raises ConfigurationError."""
        start, end = (0, network.num_ws) if self.layers is None else self.layers
        if not 0 <= start < end <= network.num_ws:
            raise ConfigurationError(
                f"--layers is {start}:{end}; it must be START:END with 0 <= START < END <= {network.num_ws}"
            )
        return start, end

    def along_components(self, network: Network, count: int) -> list[Direction]:
        """The `count` largest components, each on the layers. Raises ConfigurationError."""
        start, end = self.layers_of(network)
        return [(Part(index, start, end),) for index in range(count)]


def sweep(
    network: Network, found: Components, directions: Sequence[Direction], moves: Moves, what: str = "moving"
) -> tuple[Floats, NDArray[np.uint8]]:
    """Attributes of edited images, and the images of the first seeds for a contact sheet.

    Args:
        network: to draw with.
        found: the components, whose edits are those that are served.
        directions: K of them.
        moves: T sigmas, S seeds.
        what: said beside the bar.

    Returns:
        attributes [K, S, T, A], without the view score; images [K, min(S, 3), T, H, W].
    """
    shape = (len(directions), len(moves.sigmas))
    steps = [edits_along(direction, sigmas) for direction in directions for sigmas in moves.sigmas]
    result = np.empty((len(directions), len(moves.seeds), len(moves.sigmas), len(ATTRIBUTES)))
    sheets = []
    with progress(len(moves.seeds), what, "seed") as bar:
        for s, seed in enumerate(moves.seeds):
            ws = codes(network, [seed], moves.psi)[0]
            edited = [edit(ws, found.components, found.deviations, found.mean, edits) for edits in steps]
            # Every direction passes through the image itself: it is drawn once.
            flat, places = np.unique(np.stack(edited).reshape(len(edited), -1), axis=0, return_inverse=True)
            images = draw(network, flat.reshape(-1, *ws.shape))
            result[:, s] = measure_all(images)[places].reshape(*shape, -1)
            if s < SHOWN_SEEDS:
                sheets.append(np.rint(images * 255).astype(np.uint8)[places].reshape(*shape, *images.shape[1:]))
            bar.update()
    return result, np.stack(sheets, axis=1)


def spearman(values: Floats, sigmas: Sequence[float], floor: float) -> float:
    """Spearman's rho of values [T] against sigmas; 0 where they differ by less than floor, NaN where one is NaN."""
    if not np.isfinite(values).all():
        return float("nan")
    if np.ptp(values) < floor:
        return 0.0
    return float(np.corrcoef(stats.rankdata(sigmas), stats.rankdata(values))[0, 1])


def respond(values: Floats, sigmas: Sequence[float], index: int, reference: Reference, seed: int = 0) -> Response:
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
    change = (curve[-1] - curve[0]) / reference.deviation[index]
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


def analyse(values: Floats, directions: Sequence[Direction], moves: Moves, reference: Reference) -> list[Effect]:
    """Of measured sweeps [K, S, T, A] along K directions: one effect each."""
    effects = []
    for direction, rows in zip(directions, reference.complete(values), strict=True):
        responses = tuple(respond(rows[..., index], moves.sigmas, index, reference) for index in range(len(ATTRIBUTES)))
        left = led_outside(rows, moves.zero, reference)
        flips = flipped(rows, moves.zero).mean(axis=0) if reference.view else np.full(len(moves.sigmas), np.nan)
        effects.append(Effect(direction, responses, tuple(left.tolist()), tuple(flips.tolist())))
    return effects


def led_outside(values: Floats, zero: int, reference: Reference) -> Floats:
    """Share of the seeds of [S, T, A] whose image is usual at place `zero` and has an attribute of SIDES beyond its
    usual range elsewhere, [T]; 1 where no image is usual."""
    outside = reference.outside(values)
    usual = ~outside[:, zero]
    return outside[usual].mean(axis=0) if usual.any() else np.ones(values.shape[1])


def flipped(values: Floats, zero: int) -> NDArray[np.bool_]:
    """Whether the view of images [S, T, A] is the other one than that of the same seed's image at place `zero`, [S, T].
    An image whose score lies within UNDECIDED of the border has no view to lose."""
    score = values[..., _VIEW]
    view = np.sign(score) * (np.abs(score) >= UNDECIDED)
    return view * view[:, zero : zero + 1] < 0


def useful_range(effect: Effect, response: Response, sigmas: Sequence[float]) -> tuple[float, float]:
    """The sigmas around 0 over which the mean response is monotone and attributes stay as in unedited images.

    It grows from 0 to both sides, one sigma at a time, while the mean of the attribute goes on in the direction of rho
    and at most MAX_OUTSIDE of the seeds that are usual at 0 have an attribute beyond its usual range there.
    """
    sign = np.sign(response.rho)
    zero = int(np.argmin(np.abs(sigmas)))
    ends = []
    for step in (-1, 1):
        at = zero
        while 0 <= at + step < len(sigmas):
            forward = (response.curve[at + step] - response.curve[at]) * step * sign > 0
            if not forward or effect.outside[at + step] > MAX_OUTSIDE:
                break
            at += step
        ends.append(float(sigmas[at]))
    return ends[0], ends[1]
