"""What `prepare` is asked for."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from mammoganesis.errors import DataError
from training.data.fields import Label

TEST_FRACTION = 0.1  # where none is asked for


@dataclass(frozen=True)
class PrepareOptions:
    """How a set is prepared."""

    csv_files: tuple[Path, ...] = ()  # see `listing.collect`
    resolution: int = 512  # height and width of the images, a power of two from 8 to 1024
    test_fraction: float | None = None  # share of the patients, 0 to 1, kept out of training; None: if any are known
    labels: tuple[Label, ...] = ()  # `view` or `side` (CSV or DICOM), or any column of the CSV files
    invert: bool = False  # turn images with a bright background, instead of refusing them
    keep_near_duplicates: bool = False  # leave out only what is the same to the pixel, or the same DICOM instance
    skip_unreadable: bool = False  # leave out files that cannot be prepared and list them, instead of stopping
    accept_identified: bool = False  # take DICOM files that say who the patient is
    pseudonym_key: Path | None = None  # file, see `pseudonyms.key_of`
    extends: Path | None = None  # an earlier set, whose patients and images stay on their sides
    licence: str = ""  # of the images, as model cards state it; empty where nobody has said
    attribution: str = ""  # whom the licence asks to be named

    def __post_init__(self) -> None:
        if not 8 <= self.resolution <= 1024 or self.resolution & (self.resolution - 1):
            raise DataError(f"--resolution is {self.resolution}; it must be a power of two from 8 to 1024")
        if self.test_fraction is not None and not 0 <= self.test_fraction <= 1:
            raise DataError(f"--test-fraction is {self.test_fraction}; it must lie between 0 and 1")

    @property
    def fraction(self) -> float:
        """Share of the patients kept out of training."""
        return TEST_FRACTION if self.test_fraction is None else self.test_fraction
