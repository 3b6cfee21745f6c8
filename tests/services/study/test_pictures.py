"""Real and synthetic pictures cannot be told apart by anything but what they show."""

from __future__ import annotations

import io
from contextlib import nullcontext, suppress
from pathlib import Path

import numpy as np
import pydicom
import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo
from pydicom.dataelem import RawDataElement
from pydicom.tag import BaseTag
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from mammoganesis.errors import InvalidArgument
from mammoganesis.pictures.breast import canonical_pose
from mammoganesis.pictures.chunks import split
from mammoganesis.pictures.pixels import burn_in_mark, resize
from mammoganesis.pictures.png import blind_png, marked_png, read_png
from services.study.pictures import check_real_file, grey_values, shown_picture
from tests.support.mammograms import mammogram, write_dicom
from tests.support.real_data import real_mammograms

SIDE = 128
OF_A_KIND = 40


def _png(pixels: np.ndarray, mode: str | None = None, **texts: str) -> bytes:
    info = PngInfo()
    for name, text in texts.items():
        info.add_text(name, text)
    image, buffer = Image.fromarray(pixels), io.BytesIO()
    (image if mode is None else image.convert(mode)).save(buffer, "PNG", pnginfo=info)
    return buffer.getvalue()


def _breast(seed: int) -> np.ndarray:
    """The same kind of content for both: float [SIDE, SIDE]."""
    return mammogram(seed, height=SIDE, width=SIDE, left=False)


def _real(seed: int) -> bytes:
    """As departments have them: letterboxed, mirrored, with a label, of 8 bits that were stretched, or of 12 in 16."""
    random = np.random.default_rng(seed)
    values = _breast(seed)
    values = values[:, ::-1] if seed % 2 else values
    values = np.pad(values, ((0, 0), (12, 20)))
    if seed % 4 == 0:
        return _png((values * random.uniform(9, 15)).astype(np.uint16), Software="A workstation")
    stretched = np.rint(np.rint(values / 1.5) * random.uniform(1.1, 1.6)).clip(0, 255).astype(np.uint8)
    return _png(stretched, "RGB" if seed % 4 == 1 else None, Comment="left")


def _synthetic(seed: int) -> bytes:
    """As the engine draws them: 16 bits, a background that is nearly black, the recipe in a text."""
    noise = np.abs(np.random.default_rng(seed).normal(0, 0.6, (SIDE, SIDE)))
    values = np.clip(_breast(seed) + noise, 0, 255)
    return _png(np.rint(values * 257).astype(np.uint16), Recipe="{}")


def _all_but_content(data: bytes) -> list[float]:
    """Of a file: its header, its chunks, and what its grey levels are apart from where they are."""
    chunks, rest = split(data)
    pixels = read_png(data, resaved=True).pixels
    grey = pixels if pixels.ndim == 2 else pixels[..., 0]
    scale = 255 / np.iinfo(grey.dtype).max
    levels, counts = np.unique(grey, return_counts=True)
    ends = np.concatenate([grey[0], grey[-1], grey[:, 0]]) * scale
    bins = np.histogram(grey * scale, np.arange(257))[0]
    inside = bins[30:200].astype(float)
    comb = np.abs(np.diff(inside)).sum() / max(1.0, inside.sum())
    gaps = np.mean(inside == 0)
    return [
        len(data),
        len(data) - rest,
        len(chunks),
        *(sum(chunk.kind == kind for chunk in chunks) for kind in (b"IDAT", b"tEXt", b"iTXt", b"PLTE", b"gAMA")),
        *chunks[0].body[:13],
        *data[41:43],
        pixels.dtype.itemsize,
        pixels.ndim,
        *pixels.shape[:2],
        len(levels),
        counts[0] / grey.size,
        float(levels[0]) * scale,
        float(levels[-1]) * scale,
        float(np.percentile(grey, 99)) * scale,
        float(ends.mean()),
        float(ends.std()),
        float((ends == 0).mean()),
        comb,
        gaps,
    ]


def _told_apart(real: list[bytes], synthetic: list[bytes]) -> float:
    """How well classifiers tell them apart that look at everything but content: the best cross-validated AUC."""
    features = np.array([_all_but_content(data) for data in (*real, *synthetic)])
    truth = np.array([0] * len(real) + [1] * len(synthetic))
    found = []
    for model in (
        make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000, C=0.1)),
        RandomForestClassifier(60, min_samples_leaf=3, random_state=0),
    ):
        scores = cross_val_predict(model, features, truth, cv=5, method="predict_proba")[:, 1]
        found.append(float(roc_auc_score(truth, scores)))
    return max(found)


def _shown(files: list[bytes], first: int) -> list[bytes]:
    return [shown_picture(data, SIDE, np.random.default_rng(first + i)).data for i, data in enumerate(files)]


def test_nothing_but_content_tells_real_from_synthetic() -> None:
    """Other breasts of the same kind in both; what differs is all that comes before and after the content."""
    real = [_real(seed) for seed in range(OF_A_KIND)]
    synthetic = [_synthetic(seed) for seed in range(1000, 1000 + OF_A_KIND)]
    assert _told_apart(real, synthetic) == 1.0
    posed = [
        [blind_png(canonical_pose(grey_values(data), SIDE, resize).image) for data in files]
        for files in (real, synthetic)
    ]
    assert _told_apart(*posed) > 0.9  # the same pose, size and encoder are not enough
    assert _told_apart(_shown(real, 0), _shown(synthetic, 1000)) < 0.65


def test_all_pictures_are_one_kind_of_file() -> None:
    shown = _shown([_real(0), _real(1), _real(2), _synthetic(3)], 0)
    heads = {data[:33] for data in shown}  # signature and header
    assert len(heads) == 1
    for data in shown:
        pixels = read_png(data).pixels
        assert pixels[:, :4].max() == 0  # air is black
        assert np.percentile(pixels[pixels > 0], 99.5) > 220


def test_a_picture_is_the_same_whenever_it_is_made() -> None:
    one, other = (shown_picture(_real(1), SIDE, np.random.default_rng(5)) for _ in range(2))
    assert one.data == other.data
    assert len(one.sha256) == 64


@pytest.mark.parametrize("data", [b"", b"no picture", _png(np.full((64, 64), 255, np.uint8))])
def test_what_is_no_mammogram_is_refused(data: bytes) -> None:
    with pytest.raises(InvalidArgument):
        shown_picture(data, SIDE, np.random.default_rng(0))


def test_an_image_that_says_it_is_synthetic_is_no_real_one() -> None:
    check_real_file(_real(1))
    with pytest.raises(InvalidArgument, match="synthetic"):
        check_real_file(marked_png(np.rint(_breast(1)).astype(np.uint8)))


@pytest.mark.parametrize(("kind", "side"), [("PNG", 512), ("JPEG", 300), ("DICOM", 300)])
def test_an_image_with_our_mark_in_its_pixels_is_no_real_one(tmp_path: Path, kind: str, side: int) -> None:
    """Also where another program has written the file anew, and made it smaller."""
    images = sorted((real_mammograms() / "cdd-cesm-512" / "images").iterdir())
    for number, path in enumerate(images[:3]):
        plain = np.asarray(Image.open(path).convert("L"))
        for marked, pixels in ((False, plain), (True, burn_in_mark(plain))):
            picture, buffer = Image.fromarray(pixels), io.BytesIO()
            picture = picture.resize((round(picture.width * side / picture.height), side))
            if kind == "DICOM":
                stored = np.asarray(picture).astype(np.uint16) * 16
                data = write_dicom(tmp_path / f"{number}{marked}.dcm", stored).read_bytes()
            else:
                picture.save(buffer, kind)
                data = buffer.getvalue()
            with pytest.raises(InvalidArgument, match="SYNTHETIC") if marked else nullcontext():
                check_real_file(data)


def test_a_dicom_file_is_shown_as_its_window_says(tmp_path: Path) -> None:
    """Inverse presentation, a window and padding: the same picture as the PNG of what a workstation would show."""
    values = mammogram(3, height=240, width=180)
    stored = np.rint((255 - values) * 16).astype(np.uint16)
    write_dicom(tmp_path / "inverse.dcm", stored, "MONOCHROME1")
    pictures = [
        read_png(shown_picture(data, SIDE, np.random.default_rng(0)).data).pixels.astype(float)
        for data in ((tmp_path / "inverse.dcm").read_bytes(), _png(np.rint(values).astype(np.uint8)))
    ]
    assert np.abs(pictures[0] - pictures[1]).mean() < 2
    with pytest.raises(InvalidArgument, match="DICOM"):
        shown_picture((tmp_path / "inverse.dcm").read_bytes()[:900], SIDE, np.random.default_rng(0))


def _raw(path: Path, *elements: tuple[int, str, bytes], without: tuple[str, ...] = ()) -> bytes:
    """A DICOM file with elements whose values pydicom would not write."""
    stored = np.rint(mammogram(3, height=240, width=180) * 16).astype(np.uint16)
    data = pydicom.dcmread(write_dicom(path, stored))
    for name in without:
        delattr(data, name)
    for tag, representation, value in elements:
        data[tag] = RawDataElement(BaseTag(tag), representation, len(value), value, 0, False, True)
    data.save_as(path)
    return path.read_bytes()


WINDOW = ((0x00281050, "DS", b"900 "), (0x00281051, "DS", b"1200"))
WRONG_DICOM: dict[str, tuple[tuple[tuple[int, str, bytes], ...], tuple[str, ...]]] = {
    "no rows": ((), ("Rows",)),
    "no columns": ((), ("Columns",)),
    "a window of no width": ((WINDOW[0], (0x00281051, "DS", b"0 ")), ()),
    "a window of another function": ((*WINDOW, (0x00281056, "CS", b"CUBIC ")), ()),
    "a slope of nothing": (((0x00281052, "DS", b"0 "), (0x00281053, "DS", b"")), ()),
    "a slope without end": (((0x00281052, "DS", b"0 "), (0x00281053, "DS", b"inf ")), ()),
    "a slope that is no number": (((0x00281052, "DS", b"0 "), (0x00281053, "DS", b"nan ")), ()),
    "padding to nothing": (((0x00280120, "US", b"\0\0"), (0x00280121, "US", b"")), ()),
    "padding to several": (((0x00280120, "US", b"\0\0"), (0x00280121, "US", b"\1\0\2\0")), ()),
    "padding of several": (((0x00280120, "US", b"\1\0\2\0"),), ()),
    "several numbers of frames": (((0x00280008, "IS", b"1\\2 "),), ()),
}


@pytest.mark.parametrize("fault", WRONG_DICOM)
def test_a_dicom_file_with_a_wrong_element_is_refused(tmp_path: Path, fault: str) -> None:
    """What a machine left empty or said twice is the file's fault, told in one line, and never one of the program."""
    elements, without = WRONG_DICOM[fault]
    data = _raw(tmp_path / "wrong.dcm", *elements, without=without)
    with pytest.raises(InvalidArgument, match=r"^data: .*DICOM file.*$"):
        shown_picture(data, SIDE, np.random.default_rng(0))
    with suppress(InvalidArgument):
        check_real_file(data)


def test_grey_values_that_are_no_numbers_are_refused() -> None:
    values, buffer = _breast(7).astype(np.float32), io.BytesIO()
    values[3, 3] = np.nan
    Image.fromarray(values).save(buffer, "TIFF")
    with pytest.raises(InvalidArgument, match="no numbers"):
        shown_picture(buffer.getvalue(), SIDE, np.random.default_rng(0))


@pytest.mark.parametrize("kind", ["JPEG", "TIFF"])
def test_files_of_other_programs_come_to_the_picture_that_a_png_comes_to(kind: str) -> None:
    values, buffer = np.rint(_breast(7)).astype(np.uint8), io.BytesIO()
    Image.fromarray(values).save(buffer, kind)
    check_real_file(buffer.getvalue())
    one, other = (
        read_png(shown_picture(data, SIDE, np.random.default_rng(0)).data).pixels.astype(float)
        for data in (buffer.getvalue(), _png(values))
    )
    assert np.abs(one - other).mean() < (3 if kind == "JPEG" else 1e-9)
