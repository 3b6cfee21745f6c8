"""What `prepare` is asked for."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from mammoganesis.errors import DataError
from mammoganesis.files import Location
from training.data.dicom import DEFAULTS, ReadOptions
from training.data.fields import Label
from training.data.workers import LIMITS, Limits

TEST_FRACTION = 0.1  # where none is asked for
MOST_WORKERS = 256


@dataclass(frozen=True)
class PrepareOptions:
    """How a set is prepared."""

    csv_files: tuple[Location, ...] = ()  # see `listing.collect`
    resolution: int = 512  # height and width of the images, a power of two from 8 to 1024
    test_fraction: float | None = None  # share of the patients, 0 to 1, kept out of training; None: if any are known
    labels: tuple[Label, ...] = ()  # `view` or `side` (CSV or DICOM), or any column of the CSV files
    reading: ReadOptions = DEFAULTS  # of DICOM files
    invert: bool = False  # turn images with a bright background, instead of refusing them
    keep_near_duplicates: bool = False  # leave out only what is the same to the pixel, or the same DICOM instance
    strict: bool = False  # stop at a file that cannot be prepared, unless an archive in order has such files
    bits: int = 8  # of a grey value in the shards, 8 or 16
    workers: int = 0  # processes that read, 0: this one, unprotected; the set is the same whatever their number
    limits: Limits = LIMITS  # of each file, where processes read
    replace: bool = False  # a set, finished or not, that is there already
    accounts: Location | None = None  # CSV file to write that says what became of every file, by its name
    accept_identified: bool = False  # take DICOM files that say who the patient is
    pseudonym_key: Path | None = None  # file, see `pseudonyms.key_of`
    extends: Path | None = None  # an earlier set, whose patients and images stay on their sides
    licence: str = ""  # of the images, as model cards state it; empty where nobody has said
    attribution: str = ""  # whom the licence asks to be named

    def __post_init__(self) -> None:
        if not 8 <= self.resolution <= 1024 or self.resolution & (self.resolution - 1):
            raise DataError(f"--resolution is {self.resolution}; it must be a power of two from 8 to 1024")
        if self.bits not in (8, 16):
            raise DataError(f"--bits is {self.bits}; allowed are 8 and 16")
        if not 0 <= self.workers <= MOST_WORKERS:
            raise DataError(f"--workers is {self.workers}; it must lie between 0 and {MOST_WORKERS}")
        if self.test_fraction is not None and not 0 <= self.test_fraction <= 1:
            raise DataError(f"--test-fraction is {self.test_fraction}; it must lie between 0 and 1")

    @property
    def fraction(self) -> float:
        """Share of the patients kept out of training."""
        return TEST_FRACTION if self.test_fraction is None else self.test_fraction
