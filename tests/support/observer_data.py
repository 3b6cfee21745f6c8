"""Observer-performance data with published results, which is not in the repository, and one file that is."""

import csv
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.places import DATA
from tests.support.real_data import mammograms_folder

IMRMC = DATA / "observer" / "imrmc_input.imrmc"  # CC0 (iMRMC, FDA/DIDSR)


@dataclass(frozen=True)
class Observed:
    """Ratings [T, R, C] of cases with truth [C]."""

    ratings: NDArray[np.float64]
    truth: NDArray[np.bool_]


def observer_file(name: str) -> Path:
    """A file of the folder `observer` beside the real mammograms, or the test is skipped."""
    path = mammograms_folder() / "observer" / name
    if not path.is_file():
        pytest.skip(f"no {path}; set MAMMOGRAMS to a folder with observer/{name}")
    return path


def observed(name: str) -> Observed:
    """vandyke.csv or fedroc.csv: every reader has read every case under every treatment."""
    with observer_file(name).open() as file:
        rows = list(csv.DictReader(file))
    axes = [sorted({int(row[column]) for row in rows}) for column in ("treatment", "reader", "case")]
    ratings = np.full([len(axis) for axis in axes], np.nan)
    truth = np.zeros(len(axes[2]), dtype=bool)
    for row in rows:
        t, r, c = (axis.index(int(row[n])) for axis, n in zip(axes, ("treatment", "reader", "case"), strict=True))
        ratings[t, r, c], truth[c] = float(row["rating"]), float(row["truth"]) == 1
    assert not np.isnan(ratings).any()
    return Observed(ratings, truth)


def bleeding() -> dict[str, tuple[NDArray[np.float64], NDArray[np.float64]]]:
    """asah.csv: (controls, cases) of each of the three markers."""
    with observer_file("asah.csv").open() as file:
        rows = list(csv.DictReader(file))
    poor = np.array([row["outcome"] == "Poor" for row in rows])
    markers = {name: np.array([float(row[name]) for row in rows]) for name in ("wfns", "s100b", "ndka")}
    return {name: (values[~poor], values[poor]) for name, values in markers.items()}
