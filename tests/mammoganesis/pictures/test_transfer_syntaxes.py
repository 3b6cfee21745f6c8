"""Every way in which archives store pixels, by encoders of others; without loss they come back bit for bit."""

from __future__ import annotations

import subprocess
from pathlib import Path

import numpy as np
import pydicom
import pytest
from pydicom import uid
from pydicom.encaps import encapsulate, get_frame

from mammoganesis.errors import Excluded
from mammoganesis.pictures import dicom_grey
from mammoganesis.pictures.codestreams import codestream_size
from mammoganesis.pictures.dicom_grey import grey_picture
from mammoganesis.pictures.exclusions import Reason
from tests.support.dicom_tools import needs
from tests.support.mammograms import mammogram, write_dicom

NOISE = np.random.RandomState(0).randint(-20, 20, (64, 48))
STORED = np.clip(np.rint(mammogram(height=64, width=48) * 15) + NOISE, 0, 4095).astype(np.uint16)
WINDOW = {"WindowCenter": 2048, "WindowWidth": 4096}
BITS = {"BitsStored": 12, "HighBit": 11}
DCMTK = {  # name -> program with options, transfer syntax, largest error of a stored value
    "JPEG lossless (.57)": (["dcmcjpeg", "+el", "+sv", "6"], uid.JPEGLossless, 0),
    "JPEG lossless SV1 (.70)": (["dcmcjpeg", "+e1"], uid.JPEGLosslessSV1, 0),
    "JPEG-LS (.80)": (["dcmcjpls", "+el"], uid.JPEGLSLossless, 0),
    "JPEG-LS near lossless (.81)": (["dcmcjpls", "+en", "+md", "2"], uid.JPEGLSNearLossless, 2),
    "RLE": (["dcmcrle"], uid.RLELossless, 0),
    "big endian": (["dcmconv", "+tb"], uid.ExplicitVRBigEndian, 0),
    "implicit": (["dcmconv", "+ti"], uid.ImplicitVRLittleEndian, 0),
    "deflated": (["dcmconv", "+td"], uid.DeflatedExplicitVRLittleEndian, 0),
}
HTJ2K = {
    "HTJ2K lossless (.201)": (uid.HTJ2KLossless, ["-reversible", "true"], 0),
    "HTJ2K lossless RPCL (.202)": (uid.HTJ2KLosslessRPCL, ["-reversible", "true", "-prog_order", "RPCL"], 0),
    "HTJ2K (.203)": (uid.HTJ2K, ["-qstep", "0.0002"], 4),
}


def grey(path: Path) -> np.ndarray:
    return grey_picture(pydicom.dcmread(path), path).values


def native(path: Path, **tags: object) -> Path:
    return write_dicom(path / "native.dcm", STORED, **BITS, **WINDOW, **tags)


def compared(path: Path, source: Path, syntax: str, largest: float) -> None:
    assert pydicom.dcmread(path).file_meta.TransferSyntaxUID == syntax
    found, expected = grey(path), grey(source)
    if largest == 0:
        np.testing.assert_array_equal(found, expected)
    else:
        assert 0 < np.abs(found - expected).max() <= largest * 255 / 4095 + 1e-3


@needs("dcmcjpeg")
@pytest.mark.parametrize("name", DCMTK)
def test_what_dcmtk_writes_is_read(tmp_path: Path, name: str) -> None:
    command, syntax, largest = DCMTK[name]
    source, path = native(tmp_path), tmp_path / "other.dcm"
    subprocess.run([*command, source, path], check=True, timeout=60)
    compared(path, source, syntax, largest)


@needs("dcmcjpeg")
def test_eight_bits_in_baseline_jpeg(tmp_path: Path) -> None:
    eight = {"BitsAllocated": 8, "BitsStored": 8, "HighBit": 7, "WindowCenter": 128, "WindowWidth": 256}
    values = np.rint(mammogram(height=64, width=48)).astype(np.uint8)
    source = write_dicom(tmp_path / "a.dcm", values.astype(np.uint16), **eight, PixelData=values.tobytes())
    np.testing.assert_allclose(grey(source), values, atol=1e-3)
    path = tmp_path / "b.dcm"
    subprocess.run(["dcmcjpeg", "+eb", "+q", "95", source, path], check=True, timeout=60)
    assert pydicom.dcmread(path).file_meta.TransferSyntaxUID == uid.JPEGBaseline8Bit
    assert np.abs(grey(path) - values).mean() < 4


@pytest.mark.parametrize("syntax", [uid.JPEG2000Lossless, uid.JPEG2000], ids=lambda syntax: syntax.name)
def test_jpeg_2000_by_openjpeg(tmp_path: Path, syntax: uid.UID) -> None:
    source, path = native(tmp_path), tmp_path / "other.dcm"
    data = pydicom.dcmread(source)
    data.compress(syntax, **({"j2k_cr": [4]} if syntax == uid.JPEG2000 else {}))
    data.save_as(path)
    compared(path, source, syntax, 0 if syntax == uid.JPEG2000Lossless else 90)


def by_openjph(path: Path, syntax: uid.UID, options: list[str]) -> Path:
    """The same image as a file that OpenJPH has encoded."""
    raster, stream = path.with_name("image.pgm"), path.with_name("image.j2c")
    raster.write_bytes(b"P5 48 64 4095\n" + STORED.astype(">u2").tobytes())
    subprocess.run(["ojph_compress", "-i", raster, "-o", stream, *options], check=True, timeout=60, capture_output=True)
    data = pydicom.dcmread(native(path.parent))
    data.PixelData = encapsulate([stream.read_bytes()])
    data["PixelData"].is_undefined_length = True
    data.file_meta.TransferSyntaxUID = syntax
    data.save_as(path)
    return path


@needs("ojph_compress")
@pytest.mark.parametrize("name", HTJ2K)
def test_high_throughput_jpeg_2000_by_openjph(tmp_path: Path, name: str) -> None:
    syntax, options, largest = HTJ2K[name]
    compared(by_openjph(tmp_path / "other.dcm", syntax, options), native(tmp_path), syntax, largest)


@needs("dcmcjpeg")
@pytest.mark.parametrize(
    "command", [["dcmcjpeg", "+e1"], ["dcmcjpeg", "+ee"], ["dcmcjpls", "+el"]], ids=lambda command: " ".join(command)
)
def test_compressed_data_of_another_size_is_damage(tmp_path: Path, command: list[str]) -> None:
    """A decoder would reserve what the compressed data asks for, whatever the file states."""
    path = tmp_path / "other.dcm"
    subprocess.run([*command, native(tmp_path), path], check=True, timeout=60)
    data = pydicom.dcmread(path)
    data.Rows, data.Columns = 32, 24
    with pytest.raises(Excluded, match="states 24x32 pixels, but its compressed data has 48x64") as found:
        grey_picture(data, path)
    assert found.value.reason is Reason.DAMAGED


def test_the_size_of_a_huge_codestream_is_read_from_its_head() -> None:
    head = bytes.fromhex("ff4fff5100294000 0000ea60 0000ea60 00000000 00000000")
    assert codestream_size(head) == (60_000, 60_000)
    filled = "ffd8 ffe000040000 ff ffc3 000b 10 0040 0030 01 00"
    assert codestream_size(bytes.fromhex(filled)) == (48, 64)
    assert codestream_size(bytes.fromhex("ffd8 ffda 0004 0000 00000000000000")) is None
    assert codestream_size(b"") is None


def test_a_compression_that_nothing_reads_is_said_in_one_line(tmp_path: Path) -> None:
    data = pydicom.dcmread(native(tmp_path))
    data.PixelData = encapsulate([b"\0" * 64])
    data.file_meta.TransferSyntaxUID = uid.MPEG2MPML
    with pytest.raises(Excluded, match=r"no installed decoder reads MPEG2 .*mammoganesis\[service\]") as found:
        grey_picture(data, "a.dcm")
    assert found.value.reason is Reason.UNDECODABLE
    assert "\n" not in str(found.value)


@needs("dcmcjpeg")
def test_lossy_jpeg_of_12_bits_is_read_as_dcmtk_reads_it(tmp_path: Path) -> None:
    """The encoder and the other decoder are dcmtk's: the stored values are the same to the last bit."""
    source, path, decoded = native(tmp_path), tmp_path / "a.dcm", tmp_path / "b.dcm"
    subprocess.run(["dcmcjpeg", "+ee", "+q", "95", source, path], check=True, timeout=60)
    subprocess.run(["dcmdjpeg", path, decoded], check=True, timeout=60)
    other = pydicom.dcmread(decoded)
    compared(path, decoded, uid.JPEGExtended12Bit, 0)
    expected = other.pixel_array * float(other.get("RescaleSlope", 1)) + float(other.get("RescaleIntercept", 0))
    assert np.corrcoef(expected.ravel(), STORED.ravel())[0, 1] > 0.99  # a picture, and the same one


@needs("dcmcjpeg")
@pytest.mark.parametrize("kept", [0.5, 0.05])
def test_lossy_jpeg_of_12_bits_that_is_cut_is_damage(tmp_path: Path, kept: float) -> None:
    path = tmp_path / "a.dcm"
    subprocess.run(["dcmcjpeg", "+ee", native(tmp_path), path], check=True, timeout=60)
    data = pydicom.dcmread(path)
    frame = get_frame(data.PixelData, 0, number_of_frames=1)
    data.PixelData = encapsulate([frame[: int(len(frame) * kept)]])
    with pytest.raises(Excluded, match="the pixels cannot be decoded") as found:
        grey_picture(data, "a.dcm")
    assert found.value.reason is Reason.DAMAGED


@pytest.mark.parametrize("syntax", [uid.JPEGLosslessSV1, uid.JPEGLSLossless, uid.HTJ2KLossless], ids=lambda s: s.name)
def test_damaged_compressed_data_is_damage(tmp_path: Path, syntax: uid.UID) -> None:
    data = pydicom.dcmread(native(tmp_path))
    data.PixelData = encapsulate([b"\xff\xd8" + b"\0" * 64])
    data.file_meta.TransferSyntaxUID = syntax
    with pytest.raises(Excluded, match="the pixels cannot be decoded") as found:
        dicom_grey.grey_picture(data, "a.dcm")
    assert found.value.reason is Reason.DAMAGED
