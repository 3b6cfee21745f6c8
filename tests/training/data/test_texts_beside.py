"""What stands beside the pixels of PNG, JPEG and TIFF files: who names the patient, and who says that a picture is
synthetic, wherever in the file a program has put it."""

from __future__ import annotations

import io
import struct
import tracemalloc
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import ExifTags, Image, TiffImagePlugin
from PIL.PngImagePlugin import PngInfo

from mammoganesis.errors import Excluded
from mammoganesis.pictures import texts
from mammoganesis.pictures.exclusions import Reason
from mammoganesis.pictures.file_texts import MOST_IN_ALL, texts_of
from mammoganesis.pictures.pixels import burn_in_mark
from mammoganesis.pictures.png import marked_png
from mammoganesis.pictures.sources import SentFile
from tests.support.mammograms import mammogram
from training.data import identity, reading
from training.data.prepare import PrepareOptions, prepare

NAME = "Gärtner^Ilse"

XMP = (
    '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
    '<rdf:Description xmlns:DICOM="http://ns.adobe.com/DICOM/" DICOM:PatientName="{name}"/></rdf:RDF></x:xmpmeta>'
)


def raster(path: Path, form: str, name: str) -> Path:
    """A picture of this form that names somebody: in chunks, a comment, EXIF or XMP."""
    picture, info, exif = Image.fromarray((mammogram(1) * 255).astype(np.uint8)), PngInfo(), Image.Exif()
    if form == "png text":
        info.add_itxt("Patient Name", name)
        picture.save(path.with_suffix(".png"), pnginfo=info)
        return path.with_suffix(".png")
    if form == "png xmp":
        info.add_itxt("XML:com.adobe.xmp", XMP.format(name=name))
        picture.save(path.with_suffix(".png"), pnginfo=info)
        return path.with_suffix(".png")
    if form in LATE:
        return late(path, picture, form, name)
    if form == "tiff description":
        picture.save(path.with_suffix(".tif"), description=f"MG; Patient's name: {name}; L MLO")
        return path.with_suffix(".tif")
    options: dict[str, Any] = {"exif": exif}
    if form == "jpeg comment":
        options["comment"] = f"PatientName={name}".encode()
    elif form == "jpeg xmp":
        options["xmp"] = XMP.format(name=name).encode()
    elif form == "exif description":
        exif[ExifTags.Base.ImageDescription] = f"Patient-Name = {name}"
    else:
        exif[ExifTags.Base.XPComment] = f"PatientName: {name}".encode("utf-16-le")
    picture.save(path.with_suffix(".jpg"), **options)
    return path.with_suffix(".jpg")


def chunk(kind: bytes, content: bytes) -> bytes:
    """Of a PNG file."""
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def segment(marker: int, content: bytes) -> bytes:
    """Of a JPEG file."""
    return bytes([0xFF, marker]) + struct.pack(">H", len(content) + 2) + content


def iptc(said: bytes) -> bytes:
    """A caption as IPTC-IIM 4.2, 2:120, has it."""
    return b"\x1c\x02\x78" + struct.pack(">H", len(said)) + said


def late(path: Path, picture: Image.Image, form: str, name: str) -> Path:
    """A picture that names somebody where Pillow does not look: each form is what a common program writes."""
    kind = {"png": "png", "jpeg": "jpg", "tiff": "tif"}[form.partition(" ")[0]]
    path, said, file = path.with_suffix(f".{kind}"), f"PatientName: {name}".encode(), io.BytesIO()
    if kind == "tif":
        fields = TiffImagePlugin.ImageFileDirectory_v2()
        fields[33723], fields.tagtype[33723] = iptc(said), 7
        fields[65000], fields.tagtype[65000] = XMP.format(name=name), 2
        del fields[33723 if form == "tiff own field" else 65000]
        picture.save(path, tiffinfo=fields)
        return path
    picture.save(file, kind.replace("jpg", "jpeg"))
    content = file.getvalue()
    if kind == "png":
        profile = b"\niptc\n%8d\n%s\n" % (len(iptc(said)), iptc(said).hex().encode())
        added = {
            "png behind the pixels": chunk(b"tEXt", b"Comment\0" + said),
            "png compressed behind the pixels": chunk(b"zTXt", b"Comment\0\0" + zlib.compress(said)),
            "png xmp behind the pixels": chunk(
                b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + XMP.format(name=name).encode()
            ),
            "png profile": chunk(b"zTXt", b"Raw profile type iptc\0\0" + zlib.compress(profile)),
            "png unknown chunk": chunk(b"prVt", said),
        }[form]
        end = content.rindex(b"IEND") - 4
        path.write_bytes(content[:end] + added + content[end:])
        return path
    resource = b"Photoshop 3.0\x008BIM\x04\x04\0\0" + struct.pack(">I", len(iptc(said))) + iptc(said) + b"\0"
    exif = Image.Exif()
    exif.get_ifd(ExifTags.IFD.Exif)[ExifTags.Base.UserComment] = b"UNICODE\0" + said.decode().encode("utf-16-le")
    added, behind = {
        "jpeg iptc": (segment(0xED, resource), b""),
        "jpeg user comment": (segment(0xE1, exif.tobytes()), b""),
        "jpeg two comments": (segment(0xFE, said) + segment(0xFE, b"Lavc58.134.100"), b""),
        "jpeg extended xmp": (segment(0xE1, b"http://ns.adobe.com/xmp/extension/\0" + bytes(40) + said), b""),
        "jpeg after the end": (b"", said),
    }[form]
    path.write_bytes(content[:2] + added + content[2:] + behind)
    return path


LATE = [
    *("png behind the pixels", "png compressed behind the pixels", "png xmp behind the pixels", "png profile"),
    *("png unknown chunk", "jpeg iptc", "jpeg user comment", "jpeg two comments", "jpeg extended xmp"),
    *("jpeg after the end", "tiff iptc", "tiff own field"),
]
FORMS = ["png text", "png xmp", "tiff description", "jpeg comment", "jpeg xmp", "exif description", "windows", *LATE]


@pytest.mark.parametrize("form", FORMS)
def test_a_picture_whose_texts_name_the_patient_is_known(tmp_path: Path, form: str) -> None:
    found = reading.read(raster(tmp_path / "named", form, "DOE^JANE")).stated
    assert found.attributes == ("PatientName",)
    assert reading.read(raster(tmp_path / "coded", form, "ANON0042")).stated.is_silent
    assert reading.read(raster(tmp_path / "letters", form, "Müller")).stated.attributes == ("PatientName",)


@pytest.mark.parametrize(
    ("text", "attributes"),
    [
        ("Date of birth: 1952-08-17", ("PatientBirthDate",)),
        ("<DICOM:PatientDOB>19520817</DICOM:PatientDOB>", ("PatientBirthDate",)),
        ("Referring Physician Name: House", ("ReferringPhysicianName",)),
        ("PatientBirthDate=00000000", ()),
        ("Software: Photoshop; patient and careful; name: mammogram", ()),
        ("Patient Name:\nView: CC", ()),
        ("Pat\u0131ent Name: Weber", ("PatientName",)),  # of a Turkish keyboard
        (f"PatientName{' ' * 2**20}View", ()),  # in a moment
    ],
)
def test_free_text_is_read_for_what_leads_to_a_person(text: str, attributes: tuple[str, ...]) -> None:
    assert identity.stated_by_texts([text]).attributes == attributes


def test_pictures_that_name_the_patient_are_left_out_of_a_set(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    raster(tmp_path / "in" / "named", "jpeg comment", NAME)
    raster(tmp_path / "in" / "coded", "exif description", "CASE-17").rename(tmp_path / "in" / "coded.jpeg")
    account = prepare([tmp_path / "in"], tmp_path / "set", PrepareOptions(resolution=32, test_fraction=0.0))
    assert [row["source"] for row in account["images"]] == ["in/coded.jpeg"]
    (left_out,) = account["skipped"]
    assert "identifies the patient by PatientName" in str(left_out)
    assert "Ilse" not in str(left_out)


DRAWN = texts.SOURCE_TYPE.encode()


def moved_behind_the_pixels(png: bytes) -> bytes:
    """A PNG file as ExifTool writes it: all texts between pixels and end."""
    chunks, place = [], 8
    while place < len(png):
        size = 12 + int.from_bytes(png[place : place + 4], "big")
        chunks.append(png[place : place + size])
        place += size
    chunks.sort(key=lambda one: (one[4:8] == b"IEND", one[4:8] == b"iTXt", one[4:8] != b"IHDR"))
    return png[:8] + b"".join(chunks)


def drawn(path: Path, form: str) -> Path:
    """A picture that says that it is synthetic: ours as another program has saved it, or another's."""
    pixels, file = (mammogram(1) * 255).astype(np.uint8), io.BytesIO()
    if form.startswith("ours"):
        ours = marked_png(pixels, description="of a test")
        path.with_suffix(".png").write_bytes(moved_behind_the_pixels(ours) if form == "ours, moved" else ours)
        return path.with_suffix(".png")
    Image.fromarray(pixels).save(file, "jpeg")
    content = file.getvalue()
    added = {
        "xmp": segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0<a Iptc4xmpExt:DigitalSourceType='" + DRAWN + b"'/>"),
        "c2pa": segment(0xEB, b"JP\0\x01\0\0\0\x01xqdigitalSourceTypexF" + DRAWN + b"msoftwareAgent"),
        "in part": segment(0xE1, DRAWN.replace(b"trained", b"compositeWithTrained")),
    }[form]
    path.with_suffix(".jpg").write_bytes(content[:2] + added + content[2:])
    return path.with_suffix(".jpg")


@pytest.mark.parametrize("form", ["ours", "ours, moved", "xmp", "c2pa", "in part"])
def test_a_picture_that_says_that_it_is_synthetic_is_known(tmp_path: Path, form: str) -> None:
    with pytest.raises(Excluded, match="is synthetic and not for training") as found:
        reading.read(drawn(tmp_path / "drawn", form))
    assert found.value.reason == Reason.SYNTHETIC


def test_the_mark_in_the_pixels_outlives_all_texts(tmp_path: Path) -> None:
    """As when a picture of ours is saved as JPEG, at its size or another."""
    (tmp_path / "in").mkdir()
    pixels = (np.pad(mammogram(1), ((0, 0), (200, 0))) * 255).astype(np.uint8)
    marked = Image.fromarray(burn_in_mark(pixels))
    marked.save(tmp_path / "in" / "marked.jpg", quality=60)
    Image.fromarray(pixels).save(tmp_path / "in" / "plain.jpg", quality=60)
    account = prepare([tmp_path / "in"], tmp_path / "set", PrepareOptions(resolution=32, test_fraction=0.0))
    assert [row["source"] for row in account["images"]] == ["in/plain.jpg"]
    assert [one["reason"] for one in account["left_out"]] == [Reason.SYNTHETIC]


@pytest.mark.parametrize("big", [False, True])
@pytest.mark.parametrize("order", "<>")
def test_fields_of_a_tiff_file_in_both_orders_and_sizes(tmp_path: Path, order: str, big: bool) -> None:
    """By the layout of TIFF 6.0 and BigTIFF, a folder below the first among them."""
    place, count, head = ("Q", "Q", 16) if big else ("I", "H", 8)
    mark = (b"II" if order == "<" else b"MM") + struct.pack(order + "H", 43 if big else 42)
    mark += struct.pack(order + "HH", 8, 0) if big else b""
    said = b"PatientName: Weber\0"
    folder = struct.calcsize(order + count) + struct.calcsize(order + "HH" + 2 * place) + struct.calcsize(order + place)
    second, text = head + folder, head + 2 * folder

    def one(tag: int, kind: int, number: int, value: int) -> bytes:
        entry = struct.pack(order + "HH" + place, tag, kind, number) + struct.pack(order + place, value)
        return struct.pack(order + count, 1) + entry + struct.pack(order + place, 0)

    below = one(34665, 18 if big else 13, 1, second)
    content = mark + struct.pack(order + place, head) + below + one(37510, 7, len(said), text) + said
    (tmp_path / "a.tif").write_bytes(content)
    assert texts_of(tmp_path / "a.tif") == ["PatientName: Weber"]
    for cut in range(0, len(content), 3):
        (tmp_path / "cut.tif").write_bytes(content[:cut])
        assert identity.stated_by_texts(texts_of(tmp_path / "cut.tif")).is_silent or cut > text


def bomb(form: str) -> bytes:
    """A file of 64 KiB to 2 MiB that unpacks to gigabytes, or leads again and again to the same bytes."""
    much, hexadecimal = zlib.compress(b"A" * 2**20, 9), zlib.compress(b"\nx\n 1\n" + b"00" * 2**19, 9)
    texts_in_png = {
        "png compressed": chunk(b"zTXt", b"Comment\0\0" + much),
        "png international": chunk(b"iTXt", b"Comment\0\1\0\0\0" + much),
        "png profile": chunk(b"zTXt", b"Raw profile type iptc\0\0" + hexadecimal),
    }
    if form in texts_in_png:
        return b"\x89PNG\r\n\x1a\n" + texts_in_png[form] * 64
    tag, kind, size = (330, 4, 4) if form == "tiff folders" else (65000, 7, 1)
    fields = 4000
    entry = struct.pack("<HHII", tag, kind, 2**20 // size, 8 + 2 + 12 * fields + 4)
    places = np.arange(100, 100 + 2**18, dtype="<u4").tobytes()
    return b"II*\0" + struct.pack("<IH", 8, fields) + entry * fields + bytes(4) + places


@pytest.mark.parametrize("form", ["png compressed", "png international", "png profile", "tiff fields"])
def test_a_file_that_says_too_much_is_not_read_to_its_end(form: str) -> None:
    with pytest.raises(Excluded, match=f"the file: says more than {MOST_IN_ALL} bytes beside its pixels") as found:
        texts_of(SentFile("the file", bomb(form)))
    assert found.value.reason == Reason.TOO_LARGE


def test_folders_that_lead_to_a_thousand_million_others_are_not_all_gone_through() -> None:
    tracemalloc.start()
    try:
        texts_of(SentFile("the file", bomb("tiff folders")))
        assert tracemalloc.get_traced_memory()[1] < 2**26
    finally:
        tracemalloc.stop()
