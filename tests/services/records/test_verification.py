"""VerifyImage before the real edge and records: altered, copied and foreign images of the demo bundle."""

from __future__ import annotations

import io
import re
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image as Pillow
from PIL.PngImagePlugin import PngInfo
from scipy import ndimage

from mammoganesis.pictures.c2pa_manifest import ManifestSigner
from mammoganesis.v1 import registry_pb2 as pb
from services.client import Client, Image
from services.client.choices import Picture, Sampling
from services.client.registry import Which
from tests.places import DEMO_BUNDLE, DEMO_SIZE
from tests.support.certificates import SIGNER, new_chain
from tests.support.recorded import Recorded

OURS = ("UNCHANGED", "OTHER_FORM", "ADDED", "METADATA_CHANGED")
"""Verdicts that say that the pixels are ours."""


@dataclass(frozen=True)
class File:
    """A file to be judged, and what may be said of it."""

    kind: str
    data: bytes
    right: tuple[str, ...]
    seed: int = -1  # of what it is a copy of


@pytest.fixture(scope="module")
def client(study_records: Recorded) -> Iterator[Client]:
    with Client.connect(study_records.address) as client:
        yield client


def verdict(answer: pb.VerifyImageResponse) -> str:
    return pb.ImageVerdict.Name(answer.verdict).removeprefix("IMAGE_VERDICT_")


def png(pixels: NDArray, texts_of: bytes = b"") -> bytes:
    """A PNG with the texts of another."""
    text, file = PngInfo(), io.BytesIO()
    if texts_of:
        with Pillow.open(io.BytesIO(texts_of)) as other:
            other.load()
            for key, value in other.text.items():  # type: ignore[attr-defined]
                text.add_itxt(key, str(value))
    Pillow.fromarray(pixels).save(file, "PNG", pnginfo=text)
    return file.getvalue()


def saved(pixels: NDArray, form: str, **options: object) -> bytes:
    file = io.BytesIO()
    Pillow.fromarray(pixels).save(file, form, **options)
    return file.getvalue()


def sized(pixels: NDArray, width: int, height: int) -> NDArray:
    return np.asarray(Pillow.fromarray(pixels).resize((width, height), Pillow.Resampling.BICUBIC))


def painted(pixels: NDArray, left: int = 90, top: int = 60, side: int = 12) -> NDArray:
    """With a bright spot where there was tissue."""
    changed = pixels.copy()
    changed[top : top + side, left : left + side] = 255 - changed[top : top + side, left : left + side] // 4
    return changed


def files_of(seed: int, image: Image) -> Iterator[File]:
    """What becomes of one image: 15 files."""
    pixels, data = image.pixels(), image.data
    copies = {
        "jpeg 90": saved(pixels, "JPEG", quality=90),
        "jpeg 50": saved(pixels, "JPEG", quality=50),
        "jpeg 30 in colour": saved(np.repeat(pixels[:, :, None], 3, axis=2), "JPEG", quality=30),
        "three quarters": png(sized(pixels, 96, 96)),
        "twice, as jpeg": saved(sized(pixels, 256, 256), "JPEG", quality=75),
        "another aspect": png(sized(pixels, 150, 110)),
        "blurred": png(ndimage.gaussian_filter(pixels, 0.8)),
        "brighter": png((255 * (pixels / 255.0) ** 0.8).astype(np.uint8)),
        "mirrored tiff": saved(np.ascontiguousarray(pixels[:, ::-1]), "TIFF"),
    }
    for kind, copy in copies.items():
        yield File(kind, copy, ("NEAR_MATCH",), seed)
    yield File("texts lost", png(pixels), ("RECIPE_FOUND",), seed)
    yield File("unchanged", data, ("UNCHANGED",), seed)
    yield File("painted", png(painted(pixels), data), ("PIXELS_CHANGED",), seed)
    nudged = pixels.copy()
    nudged[64, 100] ^= 1
    yield File("one level of one pixel", png(nudged, data), ("PIXELS_CHANGED",), seed)
    yield File("cropped", png(pixels[8:-8, 8:-8], data), ("PIXELS_CHANGED",), seed)
    yield File("cropped, texts lost", png(pixels[16:, 16:]), ("NOT_OURS", "NEAR_MATCH"))


def foreign_files(count: int) -> Iterator[File]:
    """Nothing that was handed out: images of the same network for other seeds without their texts, and drawings."""
    with Client.local(DEMO_BUNDLE) as other:
        drawn = other.sample(range(90_000, 90_000 + count), sampling=Sampling(psi=0.8))
    random = np.random.default_rng(5)
    for number, image in enumerate(drawn):
        yield File("of another seed", png(image.pixels()), ("NOT_OURS",))
        if number % 2:
            noise = ndimage.gaussian_filter(random.uniform(0, 255, (DEMO_SIZE, DEMO_SIZE)), 3)
            yield File("a drawing", png((noise * 2 % 256).astype(np.uint8)), ("NOT_OURS",))


def judged(client: Client, files: list[File]) -> tuple[Counter[str], list[str]]:
    """How often each kind got a right verdict, and what got a wrong one."""
    right: Counter[str] = Counter()
    wrong = []
    for file in files:
        answer = client.verify_image(file.data)
        found = verdict(answer)
        if file.kind != "unchanged":
            assert found != "UNCHANGED", file.kind
        if file.kind in ("painted", "one level of one pixel"):
            area = answer.alteration.areas[0]
            inside = (area.left >= 90 and area.left + area.width <= 102) and 60 <= area.top <= 72
            assert inside, (file.kind, answer.detail)
        of_it = file.seed < 0 or not answer.matches or answer.matches[0].entry.recipe.seed == file.seed
        if found in file.right and of_it:
            right[file.kind] += 1
        else:
            wrong.append(f"{file.kind} of {file.seed}: {found}, {answer.detail}")
    return right, wrong


def handed_out(client: Client, first: int, count: int) -> list[Image]:
    """Images that the registry has."""
    images = client.sample(range(first, first + count))
    while not list(client.registry(Which(latent_id=images[-1].latent_id))):
        time.sleep(0.05)
    return images


def test_what_becomes_of_an_image_is_told_by_its_recipe_or_by_the_registry(client: Client) -> None:
    (image,) = handed_out(client, 7000, 1)
    files = [*files_of(7000, image), *foreign_files(2)]
    before = len(list(client.registry()))
    _, wrong = judged(client, files)
    assert wrong == []
    assert len(list(client.registry())) == before  # what is drawn to be compared is not handed out


@pytest.mark.slow
def test_of_200_altered_copied_and_foreign_images_none_is_called_unchanged_and_copies_are_found(
    client: Client,
) -> None:
    first = 8000
    images = handed_out(client, first, 12)
    files = [file for number, image in enumerate(images) for file in files_of(first + number, image)]
    files += list(foreign_files(16))
    assert len(files) >= 200
    right, wrong = judged(client, files)
    copies = [file for file in files if file.right == ("NEAR_MATCH",)]
    found = sum(right[kind] for kind in {file.kind for file in copies})
    print(f"{len(files)} files, {found} of {len(copies)} copies found; wrong: {wrong}")
    assert found >= 0.95 * len(copies)
    foreign = ("of another seed", "a drawing", "unchanged", "painted", "one level of one pixel", "texts lost")
    assert [line for line in wrong if line.startswith(foreign)] == []


def test_a_dicom_file_whose_pixels_were_changed_is_told_with_the_place(client: Client) -> None:
    from pydicom import dcmread

    image = client.sample([7100], picture=Picture("dicom-sc", side="L"))[0]
    assert verdict(client.verify_image(image.data)) == "UNCHANGED"
    data_set = dcmread(io.BytesIO(image.data))
    pixels = data_set.pixel_array.copy()
    pixels[40:50, 20:30] = 4000
    data_set.PixelData = pixels.tobytes()
    file = io.BytesIO()
    data_set.save_as(file)
    answer = client.verify_image(file.getvalue())
    assert verdict(answer) == "PIXELS_CHANGED"
    (area,) = answer.alteration.areas
    assert (area.left, area.top, area.width, area.height) == (20, 40, 10, 10)
    with Pillow.open(io.BytesIO(answer.alteration.picture)) as drawn:
        assert (drawn.size, drawn.mode) == ((DEMO_SIZE, DEMO_SIZE), "RGB")
        red, green, _ = np.asarray(drawn)[45, 25]
        assert red > green + 50


def test_a_painted_copy_without_its_recipe_is_drawn_too(client: Client) -> None:
    (image,) = handed_out(client, 7200, 1)
    copy = saved(sized(painted(image.pixels(), side=10), 2 * DEMO_SIZE, 2 * DEMO_SIZE), "JPEG", quality=80)
    answer = client.verify_image(copy, "fr")
    assert verdict(answer) == "NEAR_MATCH"
    assert answer.matches[0].likeness < 1
    assert re.fullmatch(r"ressemblance de (?:>0,9999|0,\d{2,4}) avec l’entrée \d+ du 20[\d-]+T[\d:.]+Z", answer.detail)  # noqa: RUF001
    area = answer.alteration.areas[0]
    assert 160 <= area.left + area.width / 2 <= 240
    assert 100 <= area.top + area.height / 2 <= 180


@pytest.mark.parametrize(
    ("data", "name"),
    [(b"{}", "NOT_OURS"), (b"\x89PNG\r\n\x1a\n" + bytes(20), "DAMAGED"), (b"hello" * 100, "NOT_OURS")],
)
def test_every_file_has_a_verdict(client: Client, data: bytes, name: str) -> None:
    assert verdict(client.verify_image(data)) == name


def test_a_servers_answer_says_whether_a_manifest_is_valid_and_by_whom(client: Client, tmp_path: Path) -> None:
    pytest.importorskip("c2pa", reason="c2pa-python is not installed: pip install 'mammoganesis[c2pa]'")
    chain = new_chain(tmp_path)
    image = client.sample([3])[0]
    data = ManifestSigner(chain.certificates, chain.key).added(image.data, "demo 1.0.0", image.bundle_digest)
    answer = client.verify_image(data)
    assert verdict(answer) == "UNCHANGED"
    assert f"manifest: valid, signed by '{SIGNER}'" in answer.detail
    other = ManifestSigner(chain.certificates, chain.key).added(image.data, "demo 1.0.0", "0" * 64)
    answer = client.verify_image(other)
    assert verdict(answer) == "ADDED"
    assert "a C2PA manifest that says something else than ours" in answer.detail
