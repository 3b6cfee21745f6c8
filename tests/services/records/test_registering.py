"""Images that did not pass the edge, or went elsewhere: registered by their files, each destination once."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mammoganesis.errors import InvalidArgument
from mammoganesis.pictures.pixels import pixels_sha256
from services.bulk import driver
from services.bulk.document import read_job
from services.bulk.driver import Crew
from services.client import Client, registry
from services.client.choices import Picture
from services.client.registry import Which
from tests.places import DEMO_BUNDLE
from tests.support.recorded import Recorded


@pytest.fixture(scope="module")
def client(study_records: Recorded) -> Iterator[Client]:
    with Client.connect(study_records.address) as client:
        yield client


@pytest.fixture(scope="module")
def files() -> dict[str, bytes]:
    """Of a client that no server knows."""
    kinds = {"png": Picture(), "png16": Picture("png16"), "dicom": Picture("dicom", side="L", view="CC")}
    with Client.local(DEMO_BUNDLE) as local:
        return {name: local.sample([77_000 + n], picture=kind)[0].data for n, (name, kind) in enumerate(kinds.items())}


def said(command: list[str]) -> tuple[int, str]:
    """Exit code and output of a command."""
    program = "import sys; from services.cli import main; main(sys.argv[1:])"
    started = [sys.executable, "-X", "faulthandler", "-c", program]
    done = subprocess.run([*started, *command], capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


def test_files_are_registered_once_for_each_place_and_found_again(client: Client, files: dict[str, bytes]) -> None:
    images = list(files.values())
    assert client.register_images(images, "archive A") == 3
    assert client.register_images([*images, images[0]], "archive A") == 0
    assert client.register_images(images[:1], "archive B") == 1
    first, second = client.search_registry(files["png"])
    assert [match.entry.destination for match in (first, second)] == ["archive A", "archive B"]
    entry = first.entry
    assert (entry.rpc, entry.recipe.seed) == ("RegistryService/RegisterImages", 77_000)
    assert entry.recipe.bundle_digest == entry.bundle_digest == client.model().bundle_digest
    picture = io.BytesIO()
    with Image.open(io.BytesIO(files["png16"])) as deep:
        assert client.search_registry(files["png16"])[0].same_pixels
        Image.fromarray((np.asarray(deep) // 257).astype(np.uint8)).save(picture, "JPEG", quality=60)
    assert client.search_registry(picture.getvalue())[0].entry.recipe.seed == 77_001
    told = [
        json.loads(line) for line in b"".join(client.export_registry(Which(latent_id=entry.latent_id))).splitlines()
    ]
    assert [line["destination"] for line in told] == ["archive A", "archive B"]


def test_what_is_not_as_it_was_written_is_refused_and_nothing_of_the_call_is_added(
    client: Client, files: dict[str, bytes]
) -> None:
    with Image.open(io.BytesIO(files["png"])) as image:
        texts = dict(image.text)  # type: ignore[attr-defined]
        changed = image.point(lambda value: 255 - value)
    from PIL.PngImagePlugin import PngInfo

    kept, bare = PngInfo(), io.BytesIO()
    for name, value in texts.items():
        kept.add_text(name, value)
    altered = io.BytesIO()
    changed.save(altered, "PNG", pnginfo=kept)
    changed.save(bare, "PNG")
    for data, words in (
        (altered.getvalue(), r"images\[1\]: .*other pixels than those"),
        (bare.getvalue(), r"images\[1\]: .*a file without a recipe"),
        (b"GIF89a" + bytes(50), r"images\[1\]: "),
    ):
        with pytest.raises(InvalidArgument, match=words):
            client.register_images([files["png"], data], "nowhere")
    for destination in ("", "two\nlines", "x" * 1001):
        with pytest.raises(InvalidArgument, match="destination"):
            client.register_images([files["png"]], destination)
    assert not any(entry.destination == "nowhere" for entry in client.registry())


def test_more_than_one_call_takes_goes_in_several(
    client: Client, files: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(registry, "REGISTERED_BYTES", len(files["png"]) + len(files["png16"]))
    assert client.register_images(files.values(), "in several calls") == 3


def test_the_command_takes_files_and_all_images_of_bulk_jobs(
    study_records: Recorded, client: Client, files: dict[str, bytes], tmp_path: Path
) -> None:
    job = {"format": "mammoganesis-bulk", "format_version": 1, "seeds": {"ranges": [{"first": 88_000, "count": 5}]}}
    for name, layout in (("folder", "BULK_LAYOUT_FOLDER"), ("tars", "BULK_LAYOUT_WEBDATASET")):
        document = job | {"layout": layout, "shard_images": 2}
        driver.run(read_job(json.dumps(document)), DEMO_BUNDLE, tmp_path / name, Crew(0, 1))
    (tmp_path / "one.dcm").write_bytes(files["dicom"])
    places = [str(tmp_path / name) for name in ("folder", "tars", "one.dcm")]
    command = ["registry", "import", *places, "--address", study_records.address]
    first, again = (said(command) for _ in range(2))
    assert (first[0], first[1].splitlines()[-1]) == (0, "11 entries added")
    assert again[1].splitlines()[-1] == "0 entries added"
    found = [entry for entry in client.registry() if entry.destination in places]
    assert sorted(entry.destination for entry in found) == sorted(places[:2] * 5 + places[2:])
    with Client.local(DEMO_BUNDLE) as local:
        expected = pixels_sha256(local.sample([88_003])[0].pixels())
    assert [entry.pixels_sha256 for entry in found if entry.recipe.seed == 88_003] == [expected] * 2


def test_a_job_whose_object_was_changed_is_not_registered(study_records: Recorded, tmp_path: Path) -> None:
    job = {"format": "mammoganesis-bulk", "format_version": 1, "seeds": {"values": [3]}}
    driver.run(read_job(json.dumps(job)), DEMO_BUNDLE, tmp_path, Crew(0, 1))
    (image,) = tmp_path.glob("images/*.png")
    image.write_bytes(image.read_bytes() + b"more")
    code, told = said(["registry", "import", str(tmp_path), "--address", study_records.address])
    assert code == 1, told
    assert "images/00000000.png is not what was written" in told
