"""Grey values of DICOM files, against the standard's formulas worked by hand and against dcmtk's dcmj2pnm."""

from __future__ import annotations

import math
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
import pytest
from PIL import Image
from pydicom import Dataset, Sequence

from mammoganesis.errors import ConfigurationError, Excluded
from mammoganesis.pictures.dicom_grey import GreyPicture, grey_picture
from mammoganesis.pictures.dicom_transform import GreyOptions, windowed
from mammoganesis.pictures.exclusions import Reason
from tests.support.dicom_tools import needs
from tests.support.mammograms import write_dicom

RAMP = np.arange(4096, dtype=np.uint16).reshape(64, 64)
BITS = {"BitsStored": 12, "HighBit": 11}


def table(entries: Any, first: int = 0, bits: int = 16, *, words: bool = True) -> Dataset:
    item = Dataset()
    values = np.asarray(entries)
    item.add_new("LUTDescriptor", "SS" if first < 0 else "US", [len(values) % 65536, first, bits])
    item.add_new("LUTData", "OW", values.astype("<u2" if words else np.uint8).tobytes())
    return item


def picture(path: Path, stored: np.ndarray = RAMP, photometric: str = "MONOCHROME2", **tags: Any) -> GreyPicture:
    options = tags.pop("options", GreyOptions())
    file = write_dicom(path / "a.dcm", stored, photometric, **{**BITS, **tags})
    return grey_picture(pydicom.dcmread(file), file, options)


def values(path: Path, *arguments: Any, **tags: Any) -> np.ndarray:
    return picture(path, *arguments, **tags).values.ravel()


@pytest.mark.parametrize(
    ("center", "width", "level", "expected"),
    [
        # PS3.3 C.11.2.1.2.1: ((x - (c - 0.5)) / (w - 1) + 0.5) between c - 0.5 -+ (w - 1) / 2
        (2048, 4096, 0, 0.0),
        (2048, 4096, 4095, 1.0),
        (2048, 4096, 2048, (2048 - 2047.5) / 4095 + 0.5),
        (1000, 1, 999, 0.0),
        (1000, 1, 1000, 1.0),
        (0, 100, 0, (0 - -0.5) / 99 + 0.5),
        (0, 100, 49, 1.0),
        (0, 100, -50, 0.0),
    ],
)
def test_linear_windows(center: float, width: float, level: float, expected: float) -> None:
    assert windowed(np.array([level], float), center, width, "LINEAR")[0] == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize(
    ("level", "expected"), [(-50, 0.0), (-60, 0.0), (50, 1.0), (60, 1.0), (0, 0.5), (25, 0.75), (-25, 0.25)]
)
def test_exact_linear_windows(level: float, expected: float) -> None:
    """PS3.3 C.11.2.1.3.2: (x - c) / w + 0.5."""
    assert windowed(np.array([level], float), 0, 100, "LINEAR_EXACT")[0] == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("level", [-3000.0, 0.0, 512.0, 1000.0, 4095.0])
def test_sigmoid_windows(level: float) -> None:
    """PS3.3 C.11.2.1.3.1: 1 / (1 + exp(-4 (x - c) / w))."""
    expected = 1 / (1 + math.exp(-4 * (level - 1000) / 800))
    assert windowed(np.array([level]), 1000, 800, "SIGMOID")[0] == pytest.approx(expected, abs=1e-9)


def test_modality_comes_before_the_window_and_polarity_last(tmp_path: Path) -> None:
    tags = {"RescaleSlope": 2, "RescaleIntercept": -1000, "WindowCenter": 1000.5, "WindowWidth": 2001}
    levels = np.clip((2.0 * np.arange(4096) - 1000) / 2000, 0, 1)
    for photometric, expected in (("MONOCHROME2", levels), ("MONOCHROME1", 1 - levels)):
        np.testing.assert_allclose(values(tmp_path, RAMP, photometric, **tags), 255 * expected, atol=1e-4)


def test_nothing_is_quantised_on_the_way_and_nothing_stretched(tmp_path: Path) -> None:
    half = (RAMP // 2).astype(np.uint16)
    found = values(tmp_path, half, WindowCenter=2048, WindowWidth=4096)
    assert len(np.unique(found)) == 2048
    assert found.max() == pytest.approx(255 * 2047 / 4095, abs=1e-3)
    stretched = values(tmp_path, half, WindowCenter=2048, WindowWidth=4096, options=GreyOptions(stretch=True))
    assert (stretched.min(), stretched.max()) == (0, 255)
    deep = np.arange(65536, dtype=np.uint16).reshape(256, 256)
    found = values(tmp_path, deep, WindowCenter=32768, WindowWidth=65536, BitsStored=16, HighBit=15)
    assert len(np.unique(found)) == 65536


def test_without_any_recommendation_the_own_range_counts_and_is_said(tmp_path: Path) -> None:
    found = picture(tmp_path, (RAMP // 4 + 500).astype(np.uint16))
    assert (found.values.min(), found.values.max()) == (0, 255)
    assert found.remarks == ("states no window and no table; its own range is used",)
    chosen = picture(tmp_path, RAMP // 4, WindowCenter=5000, WindowWidth=100, options=GreyOptions("none"))
    assert (chosen.values.min(), chosen.values.max(), chosen.remarks) == (0, 255, ())
    assert picture(tmp_path, WindowCenter=2048, WindowWidth=4096).remarks == ()


def test_which_of_several(tmp_path: Path) -> None:
    tags: dict[str, Any] = {
        "WindowCenter": [2048, 1000],
        "WindowWidth": [4096, 500],
        "VOILUTSequence": Sequence([table(np.arange(4096)[::-1], bits=12), table(np.arange(4096) // 2, bits=12)]),
    }
    linear, narrow = (windowed(np.arange(4096.0), c, w, "LINEAR") for c, w in ((2048, 4096), (1000, 500)))
    expected = {
        "first": linear,
        "window:1": linear,
        "window:2": narrow,
        "lut:1": np.arange(4096)[::-1] / 4095,
        "lut:2": np.arange(4096) // 2 / 4095,
    }
    for choice, levels in expected.items():
        found = values(tmp_path, options=GreyOptions(choice), **tags)
        np.testing.assert_allclose(found, 255 * levels, atol=1e-4, err_msg=choice)
    lacking = picture(tmp_path, options=GreyOptions("window:3"), **tags)
    np.testing.assert_allclose(lacking.values.ravel(), 255 * linear, atol=1e-4)
    assert lacking.remarks == ("has no window:3; the first of what it has is used",)
    only = picture(tmp_path, VOILUTSequence=tags["VOILUTSequence"])
    np.testing.assert_allclose(only.values.ravel(), 255 * expected["lut:1"], atol=1e-4)


@pytest.mark.parametrize("choice", ["", "2", "window", "window:0", "window:-1", "lut:x", "LUT:1"])
def test_another_choice_is_refused(choice: str) -> None:
    with pytest.raises(ConfigurationError, match=r"--voi is .*; allowed are first, none, window:N and lut:N"):
        GreyOptions(choice)


@pytest.mark.parametrize("bits", [8, 10, 12, 14, 16])
@pytest.mark.parametrize("name", ["VOILUTSequence", "ModalityLUTSequence"])
def test_tables_of_every_depth(tmp_path: Path, name: str, bits: int) -> None:
    """Below the first value that is mapped, and above the last, the table's ends count (PS3.3 C.11.1.1, C.11.2.1.1)."""
    entries = np.rint(np.linspace(0, 2**bits - 1, 1000) ** 1.0).astype(int)
    found = values(tmp_path, options=GreyOptions(stretch=True), **{name: Sequence([table(entries, 600, bits)])})
    expected = entries[np.clip(np.arange(4096) - 600, 0, 999)] * 255 / (2**bits - 1)
    np.testing.assert_allclose(found, expected, atol=1e-4)


def test_a_table_of_bytes_and_one_of_negative_values(tmp_path: Path) -> None:
    narrow = values(tmp_path, VOILUTSequence=Sequence([table(np.arange(256), 100, 8, words=False)]))
    np.testing.assert_allclose(narrow, np.clip(np.arange(4096) - 100, 0, 255), atol=1e-4)
    signed = (np.arange(4096) - 2048).astype(np.int16).reshape(64, 64)
    found = values(tmp_path, signed, VOILUTSequence=Sequence([table(np.arange(4096), -2048, 12)]))
    np.testing.assert_allclose(found, np.arange(4096) * 255 / 4095, atol=1e-4)
    unsigned = table(np.arange(4096), 0, 12)
    unsigned["LUTDescriptor"].value = [4096, 65536 - 2048, 12]  # as writers do who take it for unsigned
    np.testing.assert_allclose(values(tmp_path, signed, VOILUTSequence=Sequence([unsigned])), found, atol=1e-4)


@pytest.mark.parametrize(
    "tags",
    [
        {"VOILUTSequence": Sequence([table(np.arange(10))]), "short": True},
        {"WindowCenter": 5, "WindowWidth": 0},
        {"WindowCenter": [5, 6], "WindowWidth": 10},
        {"WindowCenter": 5, "WindowWidth": 10, "VOILUTFunction": "CUBIC"},
        {"RescaleSlope": 0, "RescaleIntercept": 0},
        {"RescaleSlope": 1},
        {"RescaleSlope": "1e308", "RescaleIntercept": "-1e308"},
    ],
    ids=lambda tags: " ".join(tags),
)
def test_what_cannot_be_used_is_damage(tmp_path: Path, tags: dict[str, Any]) -> None:
    if tags.pop("short", False):
        tags["VOILUTSequence"][0].LUTDescriptor[0] = 20
    with pytest.raises(Excluded, match="tables of grey values cannot be used") as found:
        picture(tmp_path, **tags)
    assert found.value.reason is Reason.DAMAGED


@pytest.mark.parametrize("photometric", ["MONOCHROME1", "MONOCHROME2"])
@pytest.mark.parametrize("windows", [True, False])
def test_padding_is_black_and_does_not_count(tmp_path: Path, photometric: str, windows: bool) -> None:
    """Also where it lies in the middle of the range, and where more bits than are stored are written for it."""
    tags = {"WindowCenter": 2048, "WindowWidth": 4096} if windows else {}
    tissue = (1000 + RAMP // 4).astype(np.uint16)
    plain = values(tmp_path, tissue, photometric, **tags)
    for padding, limit in ((0, None), (4095, None), (65535, None), (2500, 2600), (4095, 3000), (1030, 1040)):
        stored = tissue.copy()
        stored[:, :9] = padding if limit is None else (padding + limit) // 2
        padded = {"PixelPaddingValue": padding, **({} if limit is None else {"PixelPaddingRangeLimit": limit})}
        found = picture(tmp_path, stored & 4095, photometric, **tags, **padded).values
        assert (found[:, :9] == 0).all()
        if windows and padding != 1030:
            np.testing.assert_array_equal(found[:, 9:], plain.reshape(64, 64)[:, 9:])


def judged(path: Path, *options: str) -> np.ndarray:
    """The picture by dcmtk, 16 bits: [H, W] in [0, 255]."""
    out = path.with_suffix(".png")
    subprocess.run(["dcmj2pnm", "-q", "+on2", *options, path, out], check=True, timeout=120)
    return np.asarray(Image.open(out)).astype(np.float64) * 255 / 65535


CASES: list[tuple[str, dict[str, Any]]] = [
    ("window:1", {"WindowCenter": 1500, "WindowWidth": 1200}),
    ("window:2", {"WindowCenter": [1500, 2200.5], "WindowWidth": [1200, 3001]}),
    ("window:1", {"WindowCenter": 1500, "WindowWidth": 1200, "VOILUTFunction": "SIGMOID"}),
    ("window:1", {"WindowCenter": 800, "WindowWidth": 1000, "RescaleSlope": 0.5, "RescaleIntercept": 100}),
    ("lut:1", {"VOILUTSequence": Sequence([table((np.arange(4096) / 4095) ** 2 * 65535, 0, 16)])}),
    ("lut:1", {"VOILUTSequence": Sequence([table((np.arange(1024) / 1023) ** 2 * 4095, 1000, 12)])}),
]


@needs("dcmj2pnm")
@pytest.mark.parametrize("photometric", ["MONOCHROME1", "MONOCHROME2"])
@pytest.mark.parametrize(("choice", "tags"), CASES, ids=[f"{choice} {' '.join(tags)}" for choice, tags in CASES])
def test_dcmtk_sees_the_same(tmp_path: Path, photometric: str, choice: str, tags: dict[str, Any]) -> None:
    found = picture(tmp_path, RAMP, photometric, options=GreyOptions(choice), **tags).values
    kind, number = choice.split(":")
    expected = judged(tmp_path / "a.dcm", "+Wi" if kind == "window" else "+Wl", number)
    assert np.abs(found - expected).max() < 0.35  # of 255: dcmtk computes with the depth of the file
    assert np.abs(found - expected).mean() < 0.05


def test_bits_that_are_not_stored_do_not_count(tmp_path: Path) -> None:
    """As in old files that keep an overlay there."""
    stored = RAMP | np.uint16(0x3000)
    np.testing.assert_array_equal(values(tmp_path, stored), values(tmp_path, RAMP))
