"""From stored values to grey: the modality transformation, then the one that a file recommends for viewing (VOI).

PS3.3 C.11.1 and C.11.2. Pure functions of levels, float64 of any shape, and of a data set.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mammoganesis.errors import ConfigurationError

Levels = NDArray[np.float64]

_CHOICE = re.compile(r"first|none|(?P<kind>window|lut):(?P<number>[1-9][0-9]?)")


@dataclass(frozen=True)
class GreyOptions:
    """How stored values become grey values.

    Args:
        voi: which of the transformations of a file: `first`, its first window or, without one, its first table;
            `window:N` or `lut:N`, counted from 1, and `first` in files that have no such one; `none`.
        stretch: map the range of the image to the whole grey range afterwards; always done where none is used.

    Raises:
        ConfigurationError: there is no such choice.
    """

    voi: str = "first"
    stretch: bool = False

    def __post_init__(self) -> None:
        if not _CHOICE.fullmatch(self.voi):
            raise ConfigurationError(
                f"--voi is {self.voi!r}; allowed are first, none, window:N and lut:N with N from 1 to 99"
            )


@dataclass(frozen=True)
class Viewed:
    """Levels as a file wants them seen."""

    levels: Levels  # 0 to 1; as they came where no transformation was used
    used: bool  # whether one was
    remark: str = ""  # what is to be said of it, a sentence


def modality_levels(stored: Levels, data: Any) -> Levels:
    """Stored values to those that the VOI transformation is meant for: by a table, or slope and intercept.

    Raises:
        ValueError: the table is damaged, or slope and intercept are no numbers or lead beyond float64.
    """
    tables = data.get("ModalityLUTSequence")
    if tables:
        signed = int(data.get("PixelRepresentation") or 0) == 1
        return _looked_up(stored, tables[0], signed, _is_little_endian(data))[0]
    if "RescaleSlope" not in data and "RescaleIntercept" not in data:
        return stored
    slope, intercept = float(data.RescaleSlope), float(data.RescaleIntercept)
    largest = float(np.abs(stored).max(initial=0)) * abs(slope) + abs(intercept)
    if not np.isfinite(2 * largest) or slope == 0:
        raise ValueError(f"RescaleSlope {slope}, RescaleIntercept {intercept}")
    return stored * slope + intercept


def viewed_levels(levels: Levels, data: Any, choice: str) -> Viewed:
    """Levels after the modality transformation to what is seen.

    Args:
        levels: any shape.
        data: the data set.
        choice: see `GreyOptions.voi`.

    Raises:
        ValueError: the window or table that was chosen is damaged.
    """
    windows, tables = _windows(data), list(data.get("VOILUTSequence") or ())
    wanted = _CHOICE.fullmatch(choice)
    assert wanted is not None
    if choice == "none":
        return Viewed(levels, False)
    kind, number, remark = wanted["kind"], int(wanted["number"] or 1), ""
    if kind and number > len(windows if kind == "window" else tables):
        remark = f"has no {kind}:{number}; the first of what it has is used"
        kind = None
    if kind is None:
        kind, number = "window" if windows else "lut", 1
    if kind == "window" and windows:
        function = str(data.get("VOILUTFunction") or "LINEAR").strip().upper()
        return Viewed(windowed(levels, *windows[number - 1], function), True, remark)
    if kind == "lut" and tables:
        signed = bool((levels < 0).any())
        values, white = _looked_up(levels, tables[number - 1], signed, _is_little_endian(data))
        return Viewed(values / white, True, remark)
    return Viewed(levels, False, "states no window and no table; its own range is used")


def windowed(levels: Levels, center: float, width: float, function: str) -> Levels:
    """Levels seen through a window, 0 to 1, by pydicom's formulas of PS3.3 C.11.2.1.2 and C.11.2.1.3.

    Args:
        levels: any shape.
        center: of the window.
        width: of the window, 1 and more; above 0 where the function is not LINEAR.
        function: LINEAR, LINEAR_EXACT or SIGMOID.

    Raises:
        ValueError: another width or function.
    """
    from pydicom import Dataset  # not at the top: few files are DICOM
    from pydicom.pixels.processing import apply_windowing

    unit = Dataset()  # of 16 bits, whatever the file has: only the share of the range counts
    unit.PhotometricInterpretation, unit.BitsStored, unit.PixelRepresentation = "MONOCHROME2", 16, 0
    unit.WindowCenter, unit.WindowWidth, unit.VOILUTFunction = center, width, function
    with np.errstate(over="ignore"):  # far below a narrow sigmoid
        return np.asarray(apply_windowing(levels, unit), np.float64) / 65535


def _windows(data: Any) -> list[tuple[float, float]]:
    """Centres and widths of the windows of a file."""
    centers, widths = (_numbers(data.get(name)) for name in ("WindowCenter", "WindowWidth"))
    if not np.isfinite([*centers, *widths]).all():
        raise ValueError(f"WindowCenter {centers}, WindowWidth {widths}")
    return list(zip(centers, widths, strict=True))


def _numbers(value: Any) -> list[float]:
    several = hasattr(value, "__iter__") and not isinstance(value, (str, bytes))
    return [float(each) for each in (value if several else [] if value in (None, "") else [value])]


def _is_little_endian(data: Any) -> bool:
    return bool(data.original_encoding[1] is not False)


def _looked_up(levels: Levels, item: Any, signed: bool, little: bool) -> tuple[Levels, float]:
    """Levels by a table (PS3.3 C.11.1.1, C.11.2.1.1), and its white: the highest value that its depth allows.

    Below the first value that is mapped, and above the last, the table's ends count. pydicom 3.0.2 knows no table of
    9 to 15 bits, wraps the input of one of 8 bits at 256, and takes one of 8 bits in 16-bit words for damaged.

    Raises:
        ValueError: the table has not the number of entries that it states.
    """
    entries, first, bits = (int(value) for value in item.LUTDescriptor)
    entries = entries % 2**16 or 2**16
    first = first - 2**16 if signed and first >= 2**15 else first
    table = _table(item.LUTData, entries, bits, little)
    white = max(2.0 ** min(max(bits, 1), 16) - 1, float(table.max()))
    return table[np.clip(np.rint(levels) - first, 0, entries - 1).astype(np.int64)].astype(np.float64), white


def _table(content: Any, entries: int, bits: int, little: bool) -> NDArray[np.generic]:
    if isinstance(content, bytes):
        words = bits > 8 or len(content) >= 2 * entries
        kind = np.dtype("<u2" if little else ">u2") if words else np.dtype(np.uint8)
        found = np.frombuffer(content, kind, len(content) // kind.itemsize)
    else:
        several = hasattr(content, "__iter__")
        found = np.asarray(list(content) if several else [content], np.int64) % 2**16
    if len(found) < entries:
        raise ValueError(f"a table of {len(found)} entries states {entries}")
    return found[:entries]
