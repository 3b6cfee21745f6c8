"""Simulated studies of one modality after Roe and Metz (1997), Acad Radiol 4:298: ratings are normal, with effects of
reader, case, and both."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats


@dataclass(frozen=True)
class Model:
    """Distance of the classes, and variances: of a case 1 in all, of which `case` all readers share; `reader` of a
    reader's level in each class. Readers, positives and negatives of a study."""

    distance: float
    case: float = 0.6
    reader: float = 0.011
    readers: int = 5
    positives: int = 50
    negatives: int = 50

    @property
    def auc(self) -> float:
        """The true mean AUC of all readers there could be."""
        return float(stats.norm.cdf(self.distance / np.sqrt(2 + 2 * self.reader)))


def simulate(model: Model, studies: int, seed: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Ratings of negatives [studies, readers, N] and positives [studies, readers, P]."""
    rng = np.random.default_rng(seed)
    found = []
    for cases, mean in ((model.negatives, 0.0), (model.positives, model.distance)):
        shape = (studies, model.readers, cases)
        reader = rng.normal(0, np.sqrt(model.reader), shape[:2])[..., None]
        case = rng.normal(0, np.sqrt(model.case), (studies, 1, cases))
        found.append(mean + reader + case + rng.normal(0, np.sqrt(1 - model.case), shape))
    return found[0], found[1]
