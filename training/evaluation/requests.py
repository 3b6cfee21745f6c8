"""What `evaluate locality` and `evaluate directions` are asked for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class LocalityRequest:
    """How local edits are."""

    network: str  # checkpoint, run or bundle
    regions: Path  # regions.npz
    out: Path  # folder for the report
    pairs: int  # of target and reference, per region
    epsilons: tuple[float, ...]  # budgets to compare, rising
    low_epsilons: tuple[float, ...]  # likewise, of the layers of low resolution
    psi: float  # truncation of target and reference
    seed: int  # of the first target
    labels: Mapping[str, str] | None  # of all images; None: those of the training images
    device: str
    threads: int  # 0: all


@dataclass(frozen=True)
class DirectionsRequest:
    """What components change."""

    network: str  # checkpoint, run or bundle
    components: Path  # components.npz
    out: Path  # folder for the report
    top: int  # how many of the largest components
    seeds: int  # images that are moved along each
    seed: int  # of the first one
    sigmas: tuple[float, ...]  # how far, standard deviations, rising
    layers: tuple[int, int] | None  # start and end (exclusive) of the codes that are moved; None: all
    psi: float  # truncation before the edit
    data: Path | None  # prepared set of real images that tell what is usual; None: samples of the network
    combine: int  # how many components combinations are made of; 0: none
    end_seeds: int  # images on which the ends of ranges are measured
    labels: Mapping[str, str] | None  # of all images; None: those of the training images
    device: str
    threads: int  # 0: all
