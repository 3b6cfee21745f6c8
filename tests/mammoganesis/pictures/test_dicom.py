"""DICOM files and back: judged by pydicom, by the tables of the standard, and by programs of others."""

from __future__ import annotations

import copy
import io
import random
import subprocess
import zlib
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from pydicom import Dataset, dcmread
from pydicom.pixels.processing import apply_voi_lut
from pydicom.uid import DeflatedExplicitVRLittleEndian, ImplicitVRLittleEndian, RLELossless

from mammoganesis.errors import InvalidArgument
from mammoganesis.pictures import dicom
from mammoganesis.pictures.dicom_marks import mark_of, read_private
from mammoganesis.pictures.encoding import decode, encode
from mammoganesis.pictures.kinds import DamagedImage
from mammoganesis.pictures.pixels import burn_in_mark, has_mark, pixels_sha256
from mammoganesis.pictures.provenance import Provenance
from mammoganesis.recipe import completion
from mammoganesis.recipe.canonical import from_json
from mammoganesis.v1.images_pb2 import ImageFormat, Side, View
from mammoganesis.v1.latents_pb2 import Recipe
from tests.support import dicom_tools, recipe_strategies

ID, DIGEST = "lat_" + "0123456789abcdef" * 2, "ab" * 32
RECIPE = completion.complete(Recipe(seed=5, component_edits=[{"index": 1, "sigmas": 0.1}]), recipe_strategies.LIMITS)
MARKED = [
    ("SyntheticData", "SyntheticData"),
    ("ContributingEquipmentSequence", "109100"),
    ("PatientName", "PatientName"),
    ((0x0079, 0x0010), "private block"),
    ("ImageComments", "text says"),
]
POSITIONS = [(side, view) for side in ("SIDE_LEFT", "SIDE_RIGHT") for view in ("VIEW_CC", "VIEW_MLO")]


def breast(size: int = 128) -> np.ndarray:
    """A half disc of tissue at the right, brighter above, with values beyond the range; [1, size, size] float32."""
    y, x = np.mgrid[:size, :size] / size
    tissue = np.hypot(1 - x, (y - 0.5) * 1.2) < 0.5
    noise = np.random.RandomState(0).uniform(-0.2, 0.2, (size, size))
    return np.where(tissue, 0.9 - y + noise, -1.1).astype(np.float32)[None]


def form(
    encoding: str = "IMAGE_ENCODING_DICOM", side: str = "SIDE_RIGHT", view: str = "VIEW_CC", **more
) -> ImageFormat:
    return ImageFormat(encoding=encoding, side=side, view=view, **more)


def file_of(image_format: ImageFormat, recipe: Recipe = RECIPE, image: np.ndarray | None = None) -> bytes:
    provenance = Provenance(recipe, ID, DIGEST, "CPUExecutionProvider", "float32", bundle_name="demo 0.5.0")
    return encode(breast() if image is None else image, image_format, provenance)


def data_set(data: bytes) -> Dataset:
    return dcmread(io.BytesIO(data))


def saved(found: Dataset) -> bytes:
    buffer = io.BytesIO()
    found.save_as(buffer)
    return buffer.getvalue()


FORMS = [form(side=side, view=view) for side, view in POSITIONS] + [
    form("IMAGE_ENCODING_DICOM_SECONDARY_CAPTURE", side, view)
    for side, view in [*POSITIONS, ("SIDE_UNSPECIFIED", "VIEW_UNSPECIFIED"), ("SIDE_LEFT", "VIEW_UNSPECIFIED")]
]


def named(image_format: ImageFormat) -> str:
    kind = "mammogram" if image_format.encoding == 4 else "capture"
    return f"{kind}-{Side.Name(image_format.side)}-{View.Name(image_format.view)}"


every_form = pytest.mark.parametrize("image_format", FORMS, ids=named)


@pytest.mark.parametrize("side", ["SIDE_LEFT", "SIDE_RIGHT"])
def test_a_file_holds_12_bits_of_the_float_image_with_the_chest_wall_on_its_side(side: str) -> None:
    found = data_set(file_of(form(side=side, unmarked=True)))
    by_the_words_of_the_contract = np.array(
        [[round(min(max((float(x) + 1) / 2, 0.0), 1.0) * 4095) for x in row] for row in breast()[0]]
    )
    expected = by_the_words_of_the_contract if side == "SIDE_RIGHT" else np.fliplr(by_the_words_of_the_contract)
    np.testing.assert_array_equal(found.pixel_array, expected)
    assert (found.BitsAllocated, found.BitsStored, found.HighBit, found.PixelRepresentation) == (16, 12, 11, 0)
    columns = found.pixel_array.sum(axis=0)
    assert (columns[:10].sum() > columns[-10:].sum()) == (side == "SIDE_LEFT")


def test_the_window_shows_every_grey_level_as_it_is() -> None:
    found = data_set(file_of(form(unmarked=True)))
    ramp = np.arange(4096, dtype=np.uint16)
    np.testing.assert_allclose(apply_voi_lut(ramp, found), ramp, atol=1e-9)
    assert (found.PhotometricInterpretation, found.PresentationLUTShape) == ("MONOCHROME2", "IDENTITY")


@pytest.mark.parametrize(
    ("side", "view", "letters", "code", "orientation"),
    [
        ("SIDE_RIGHT", "VIEW_CC", "R", "399162004", ["P", "L"]),
        ("SIDE_LEFT", "VIEW_CC", "L", "399162004", ["A", "R"]),
        ("SIDE_RIGHT", "VIEW_MLO", "R", "399368009", ["P", "FL"]),
        ("SIDE_LEFT", "VIEW_MLO", "L", "399368009", ["A", "FR"]),
    ],
)
def test_side_and_view_are_stated_as_viewers_look_for_them(side, view, letters, code, orientation) -> None:
    found = data_set(file_of(form(side=side, view=view)))
    assert (found.Modality, found.PresentationIntentType, found.ImageLaterality) == ("MG", "FOR PRESENTATION", letters)
    assert found.ViewCodeSequence[0].CodeValue == code
    assert list(found.PatientOrientation) == orientation


def test_a_mammogram_states_nothing_that_nobody_said() -> None:
    for missing in ("side", "view"):
        image_format = form()
        image_format.ClearField(missing)
        with pytest.raises(InvalidArgument, match=rf"format\.{missing}: nothing is not allowed"):
            file_of(image_format)
    capture = data_set(file_of(form("IMAGE_ENCODING_DICOM_SECONDARY_CAPTURE", "SIDE_UNSPECIFIED", "VIEW_UNSPECIFIED")))
    assert (capture.Modality, capture.Laterality, capture.PatientOrientation) == ("OT", "", "")


def test_a_label_of_the_model_says_the_view_and_the_request_goes_before_it() -> None:
    recipe = Recipe()
    recipe.CopyFrom(RECIPE)
    recipe.labels["view"] = "MLO"
    by_label = data_set(file_of(form(view="VIEW_UNSPECIFIED"), recipe))
    by_request = data_set(file_of(form(view="VIEW_CC"), recipe))
    assert [found.ViewCodeSequence[0].CodeValue for found in (by_label, by_request)] == ["399368009", "399162004"]


@every_form
def test_a_file_that_is_read_again_gives_what_was_written(image_format: ImageFormat) -> None:
    content = decode(file_of(image_format))
    assert (content.recipe, content.latent_id, content.bundle_digest) == (RECIPE, ID, DIGEST)
    assert (content.provider, content.precision, content.is_marked) == ("CPUExecutionProvider", "float32", True)
    assert content.pixels_sha256 == pixels_sha256(content.pixels)
    again = file_of(content.image_format)
    np.testing.assert_array_equal(decode(again).pixels, content.pixels)
    assert dicom.changes(file_of(image_format), again) == dicom.Changes((), ())


@pytest.mark.parametrize("side", ["SIDE_LEFT", "SIDE_RIGHT"])
def test_the_mark_can_be_read_on_either_side_and_stands_opposite_the_chest_wall(side: str) -> None:
    content = decode(file_of(form(side=side), image=breast(256)))
    plain = decode(file_of(form(side=side, unmarked=True), image=breast(256)))
    assert (has_mark(content.pixels), has_mark(plain.pixels)) == (True, False)
    assert [data_set(file_of(form(unmarked=u))).BurnedInAnnotation for u in (False, True)] == ["YES", "NO"]
    _, changed = np.nonzero(content.pixels != plain.pixels)
    assert changed.max() < 128 if side == "SIDE_RIGHT" else changed.min() >= 128
    assert content.pixels.max() <= 4095


def test_every_file_has_fresh_identifiers_of_nobodys_root() -> None:
    names = ("SOPInstanceUID", "SeriesInstanceUID", "StudyInstanceUID")
    found = [str(data_set(file_of(form()))[name].value) for name in names for _ in range(2)]
    assert len(set(found)) == 6
    assert all(uid.startswith("2.25.") for uid in found)


def test_every_mark_is_there() -> None:
    found = data_set(file_of(form()))
    assert found.SyntheticData == "YES"
    equipment = found.ContributingEquipmentSequence[0]
    assert equipment.PurposeOfReferenceCodeSequence[0].CodeValue == "109100"
    assert (equipment.Manufacturer, equipment.ManufacturerModelName) == ("MammoGANesis", "demo 0.5.0")
    assert equipment.DeviceSerialNumber == DIGEST
    assert (found.PatientName, found.PatientID) == ("SYNTHETIC^NOT A PATIENT", "SYN-0123456789ABCDEF")
    assert (found.PatientBirthDate, found.AccessionNumber, found.Manufacturer) == ("", "", "MammoGANesis")
    assert found.SeriesDescription.startswith("SYNTHETIC")
    assert list(found.ImageType) == ["DERIVED", "PRIMARY"]
    for text in (found.ImageComments, found.DerivationDescription):
        assert text.startswith("SYNTHETIC - NOT FOR DIAGNOSIS")
        assert '"seed":5' in text
    assert from_json(read_private(found)["recipe"]) == RECIPE


@pytest.mark.parametrize("kept", range(len(MARKED)), ids=lambda place: str(MARKED[place][0]))
def test_one_mark_of_them_is_enough(kept: int) -> None:
    found = data_set(file_of(form()))
    del found.DerivationDescription
    for place, (name, _) in enumerate(MARKED):
        if place != kept:
            if isinstance(name, str):
                del found[name]
            else:
                found.remove_private_tags()
    assert MARKED[kept][1] in mark_of(found)
    assert mark_of(Dataset()) == ""


def test_a_recipe_outlives_a_program_that_drops_private_blocks() -> None:
    found = data_set(file_of(form()))
    found.remove_private_tags()
    content = decode(saved(found))
    assert (content.recipe, content.bundle_digest) == (RECIPE, DIGEST)
    assert {"recipe", "latent_id"} <= set(dicom.changes(saved(found), file_of(form())).changed)


def test_a_long_recipe_stands_whole_in_the_private_block() -> None:
    recipe = Recipe()
    recipe.CopyFrom(RECIPE)
    recipe.code.values.extend(np.random.RandomState(0).uniform(-1, 1, 2000).astype(np.float32).tolist())
    data = file_of(form(), recipe)
    assert decode(data).recipe == recipe
    found = data_set(data)
    assert len(found.ImageComments) <= 10_240
    assert len(found.DerivationDescription) <= 1024


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PatientName", "DOE^JANE"),
        ("ImageLaterality", "L"),
        ("SyntheticData", "NO"),
        ("WindowWidth", 100),
        ("DeviceSerialNumber", "1"),
        ("Manufacturer", "Somebody"),
    ],
)
def test_what_was_altered_is_named(name: str, value: object) -> None:
    found = data_set(file_of(form()))
    setattr(found, name, value)
    found.InstitutionName = "Somewhere"
    assert dicom.changes(saved(found), file_of(form())) == dicom.Changes((name,), ("InstitutionName",))
    del found[name], found.InstitutionName
    assert dicom.changes(saved(found), file_of(form())) == dicom.Changes((name,), ())


@pytest.mark.parametrize("syntax", [ImplicitVRLittleEndian, RLELossless])
def test_other_ways_to_pack_the_same_change_nothing(syntax) -> None:
    found = data_set(file_of(form()))
    if syntax.is_compressed:
        found.compress(syntax)
    else:
        found.file_meta.TransferSyntaxUID = syntax
    data = saved(found)
    np.testing.assert_array_equal(decode(data).pixels, decode(file_of(form())).pixels)
    assert decode(data).recipe == RECIPE


def _with(**values: object) -> bytes:
    found = copy.deepcopy(data_set(file_of(form())))
    for name, value in values.items():
        setattr(found, name, value)
    return saved(found)


def _deflated() -> bytes:
    found = data_set(file_of(form()))
    found.file_meta.TransferSyntaxUID = DeflatedExplicitVRLittleEndian
    return saved(found)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: b"", "an empty file"),
        (lambda: zlib.compress(b"x" * 1000), "no DICOM"),
        (lambda: _with(Rows=60_000), "60000 pixels"),
        (lambda: _with(Rows=0), "0 pixels"),
        (lambda: _with(NumberOfFrames=3), "3 frames"),
        (lambda: _with(SamplesPerPixel=3), "3 samples"),
        (lambda: _with(BitsAllocated=64), "damaged"),
        (_deflated, "deflated"),
    ],
    ids=["empty", "foreign", "tall", "flat", "frames", "colour", "bits", "deflated"],
)
def test_what_is_no_picture_of_ours_is_refused_in_one_line(make, words: str) -> None:
    with pytest.raises(InvalidArgument) as refused:
        dicom.read_dicom(make())
    assert words in refused.value.message
    assert "\n" not in refused.value.message


@pytest.mark.parametrize(
    ("values", "code", "expected"),
    [
        ({"NumberOfFrames": 3}, "file.frames", {"frames": "3", "samples": "1"}),
        ({"SamplesPerPixel": None}, "file.frames", {"frames": "1", "samples": "-"}),
        ({"Rows": None, "Modality": "SR"}, "file.without_picture", {"modality": "SR"}),
        ({"Rows": None, "Modality": "\x1b[31m"}, "file.without_picture", {"modality": "\\x1b[31m"}),
        ({"Rows": None, "Modality": None}, "file.without_picture", {"modality": "-"}),
    ],
    ids=["frames", "no samples", "report", "escape", "no modality"],
)
def test_values_of_a_refused_file_stand_as_they_are_in_the_file(values, code: str, expected) -> None:
    found = copy.deepcopy(data_set(file_of(form())))
    if "Rows" in values:
        del found.PixelData
        found.SOPClassUID = "1.2.840.10008.5.1.4.1.1.88.11"
    for name, value in values.items():
        setattr(found, name, value)
    with pytest.raises(InvalidArgument) as refused:
        dicom.read_dicom(saved(found))
    assert (refused.value.code, dict(refused.value.values)) == (code, expected)


def test_what_is_wrong_with_an_element_is_said_as_damage_whatever_it_is() -> None:
    with pytest.raises(DamagedImage):
        dicom.read_dicom(_with(SOPClassUID=["1.2.3", "1.2.4"]))
    data, drawn = file_of(form()), random.Random(5)
    for _ in range(300):
        damaged = bytearray(data)
        for _ in range(drawn.choice([1, 3, 20])):
            damaged[drawn.randrange(132, 2500)] = drawn.randrange(256)
        with suppress(InvalidArgument):
            dicom.read_dicom(bytes(damaged))
        with suppress(InvalidArgument):
            dicom.changes(bytes(damaged), data)


def test_a_file_that_is_cut_off_is_damaged_wherever_it_is_cut() -> None:
    data = file_of(form())
    for end in (140, 200, 700, 1500, len(data) - 1):
        with pytest.raises(InvalidArgument) as refused:
            dicom.read_dicom(data[:end])
        assert "\n" not in refused.value.message
        if end > 700:
            assert isinstance(refused.value, DamagedImage)


@every_form
def test_no_attribute_of_the_standard_is_missing(image_format: ImageFormat) -> None:
    assert dicom_tools.missing_attributes(data_set(file_of(image_format))) == []


def test_the_tables_notice_what_is_missing() -> None:
    found = data_set(file_of(form()))
    del found.ImageLaterality, found.ViewCodeSequence[0].ViewModifierCodeSequence
    found.OrganExposed = ""
    missing = " ".join(dicom_tools.missing_attributes(found))
    assert all(name in missing for name in ("ImageLaterality", "ViewModifierCodeSequence", "OrganExposed"))


@dicom_tools.needs("dciodvfy")
@every_form
def test_dicom3tools_finds_no_fault(image_format: ImageFormat, tmp_path: Path) -> None:
    path = tmp_path / "image.dcm"
    path.write_bytes(file_of(image_format))
    assert dicom_tools.complaints(path) == []
    path.write_bytes(_with(ImageLaterality="X"))
    assert dicom_tools.complaints(path) != []


@dicom_tools.needs("dcmj2pnm")
@pytest.mark.parametrize("side", ["SIDE_LEFT", "SIDE_RIGHT"])
def test_dcmtk_shows_the_same_picture(side: str, tmp_path: Path) -> None:
    path, shown = tmp_path / "image.dcm", tmp_path / "image.pgm"
    data = file_of(form(side=side))
    path.write_bytes(data)
    subprocess.run(["dcmj2pnm", "+Wi", "1", "+op", path, shown], check=True, capture_output=True)
    with Image.open(shown) as opened:
        picture = np.asarray(opened).astype(float)
    stored = decode(data).pixels / 4095 * 255
    assert np.abs(picture - stored).max() <= 1.0


def test_marks_are_white_of_12_bits() -> None:
    grey = np.zeros((128, 128), np.uint16)
    assert burn_in_mark(grey, white=4095).max() == 4095
