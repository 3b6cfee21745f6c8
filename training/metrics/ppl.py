"""PPL: perceptual path length in W (Karras et al. 2019, arXiv:1812.04948): how evenly images change along a path.

The mean of d(G(w), G(w'))/e^2 over pairs of points e = 1e-4 apart on straight lines between two codes; `ppl_end` at the
lines' ends, `ppl_full` at random places along them. The distance d is the squared Euclidean distance of the extractor's
features, not LPIPS: an LPIPS network has to be supplied as extractor (NVIDIA's vgg16.pt with return_lpips), and values
compare only within one extractor. Both images of a pair share their noise, both ends of a line their labels. As in the
reference, the smallest and the largest per cent are left out.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from mammoganesis.recipe.limits import MAX_SEED
from mammoganesis.terminal.progress import progress
from training.metrics import bootstrap
from training.metrics.extractors import Extractor
from training.metrics.metric import Context, Metric
from training.metrics.result import Better, MetricResult
from training.metrics.samples import Generated

EPSILON = 1e-4
BATCH = 8  # pairs of codes
END_SEED_OFFSET = (MAX_SEED + 1) // 2  # seeds of the lines' other ends
BETTER: dict[str, Better] = {"ppl_end": "lower", "ppl_full": "lower"}


@torch.no_grad()
def distances(generated: Generated, extractor: Extractor, where: NDArray[np.float64]) -> NDArray[np.float64]:
    """Squared feature distance over e^2 at places `where` [P] (0 to 1) of P lines in W. [P] float64."""
    generator = generated.generator

    def render(w: Tensor, noise: list[Tensor]) -> Tensor:
        styles = generator.synthesis.styles(generator.truncate(w, generated.psi))
        image: Any = generator.synthesis.from_styles(styles, noise=noise)
        return extractor(image.float().cpu() * 127.5 + 127.5).double()

    parts = []
    with progress(len(where), "ppl", "pair") as bar:
        for start in range(0, len(where), BATCH):
            count = min(BATCH, len(where) - start)
            first, noise = generated.codes(start, count)
            second, _ = generated.codes(start + END_SEED_OFFSET, count, labels_from=start)
            t = torch.from_numpy(where[start : start + count]).to(first)[:, None]
            difference = render(first.lerp(second, t), noise) - render(first.lerp(second, t + EPSILON), noise)
            parts.append((difference.square().sum(dim=1) / EPSILON**2).numpy())
            bar.update(count)
    return np.concatenate(parts)


def trimmed_mean(values: NDArray[np.float64]) -> float:
    """Mean of what lies between the 1st and the 99th percentile, both rounded outwards."""
    low = np.percentile(values, 1, method="lower")
    high = np.percentile(values, 99, method="higher")
    return float(values[(values >= low) & (values <= high)].mean())


def measure(context: Context) -> list[MetricResult]:
    assert context.generated is not None
    assert context.extractor is not None
    count = len(context.generated)
    places = {"ppl_end": np.zeros(count), "ppl_full": context.random().random(count)}
    results = []
    for name, where in places.items():
        values = distances(context.generated, context.extractor, where)
        value, interval, random = trimmed_mean(values), None, context.random()
        if context.bootstrap:
            draws = [trimmed_mean(values[random.integers(count, size=count)]) for _ in range(context.bootstrap)]
            interval = bootstrap.interval(value, np.array(draws))
        notes = (
            "distance: squared Euclidean distance of this extractor's features (LPIPS only where the extractor is an "
            "LPIPS network)",
            "has no floor: reals have no path between them",
        )
        results.append(
            MetricResult(
                name=name,
                value=value,
                better="lower",
                interval=interval,
                floor=None,
                num_fakes=count,
                num_reals=0,
                extractor=context.extractor.name,
                extractor_digest=context.extractor.digest,
                notes=notes,
            )
        )
    return results


METRIC = Metric(name="ppl", needs=frozenset({"generator"}), better=BETTER, measure=measure)
