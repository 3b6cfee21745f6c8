"""report.html: counts that add up, what is suspicious first, nothing of where an image comes from, nothing outside."""

from __future__ import annotations

import base64
import io
import re
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.support.mammograms import mammogram, write_dicom, write_png
from training.data.options import PrepareOptions
from training.data.prepare import prepare
from training.data.report import facts, page
from training.data.report.sheets import Pictures, spread


class Texts(HTMLParser):
    """The texts of a page, its addresses, and the names of its elements."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.texts: list[str] = []
        self.addresses: list[str] = []
        self.elements: set[str] = set()
        self.feed(html)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.elements.add(tag)
        self.addresses += [value or "" for name, value in attributes if name in ("src", "href")]

    def handle_data(self, data: str) -> None:
        if data.strip():
            self.texts.append(data.strip())


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict]:
    """A set of 12 images, two of which are suspicious, from a folder with other files."""
    folder = tmp_path_factory.mktemp("report")
    source = folder / "Altbestand"
    for number in range(12):
        values = mammogram(number, left=number != 3)
        if number == 7:
            values[40:70, :30] = 255  # a white patch in the breast
        tags = {
            "PatientID": f"Gaertner{number // 2}",
            "ImageLaterality": "L",
            "ViewPosition": ("CC", "MLO")[number % 2],
        }
        write_dicom(source / f"Ilse{number}.dcm", (values * 16).astype(np.uint16), **tags)
    write_png(source / "blank.png", np.zeros((60, 45)))
    (source / "notes.txt").write_text("text")
    (source / ".DS_Store").write_text("hidden")
    options = PrepareOptions(resolution=32, test_fraction=0.5)
    return folder / "set", prepare([source], folder / "set", options)


def test_every_file_is_counted_once(prepared: tuple[Path, dict]) -> None:
    _, account = prepared
    counts = {row[0]: row[1] for row in facts.files(account).rows}
    assert counts == {
        "in the set": "12", "left out for a reason": "1", "not an image": "1", "hidden": "1", "all files": "15"
    }  # fmt: skip
    assert {row[1]: row[2] for row in facts.left_out(account["left_out"]).rows} == {
        "not-a-mammogram": "1",
        "not-an-image": "1",
        "hidden": "1",
    }


def test_what_is_suspicious_comes_first(prepared: tuple[Path, dict]) -> None:
    folder, account = prepared
    found = facts.suspicions(account)
    places = {row["source"]: number for number, row in enumerate(account["images"])}
    wrong, white = places["Altbestand/Ilse3.dcm"], places["Altbestand/Ilse7.dcm"]
    assert [one.image for one in found] == [wrong, white]
    assert "said to be L, shows the other side" in found[0].reasons
    assert found[1].reasons[0].endswith("of the breast is white")
    texts = Texts((folder / page.NAME).read_text()).texts
    assert texts.index("To look at first") < texts.index("Counts") < texts.index("For training")


def test_the_tables_of_views_and_of_the_split_add_up(prepared: tuple[Path, dict]) -> None:
    _, account = prepared
    rows = account["images"]
    assert facts.views(rows).rows == (("CC", "6", "6"), ("MLO", "6", "6"))
    split = {row[0]: [int(number) for number in row[1:]] for row in facts.split(rows).rows}
    assert split["for training"][0] + split["held out"][0] == 12
    assert split["for training"][1] + split["held out"][1] == 6
    assert split["held out"][3] == 2


def test_the_page_stands_alone_and_names_nobody(prepared: tuple[Path, dict]) -> None:
    folder, account = prepared
    html = (folder / page.NAME).read_text()
    read = Texts(html)
    assert read.elements.isdisjoint({"script", "link", "iframe", "object", "form"})
    assert all(address.startswith("data:image/png;base64,") for address in read.addresses)
    assert len(read.addresses) == 3  # suspicious, for training, held out
    for name in ("Gaertner", "Ilse", "Altbestand", str(folder.parent)):
        assert name not in html
    assert not [row["patient"] for row in account["images"] if row["patient"] in html]
    for address in read.addresses:
        with Image.open(io.BytesIO(base64.b64decode(address.partition(",")[2]))) as image:
            assert image.info["Description"].startswith("Training images")
            assert "synthetic" not in str(image.info).lower()
    assert re.search(r"default-src 'none'", html)


def test_pictures_are_the_rows_of_the_shards(prepared: tuple[Path, dict]) -> None:
    folder, account = prepared
    shard = np.load(folder / "shard-00000.npy")
    pictures = Pictures(folder, account)
    for number in (0, 5, 11):
        assert np.array_equal(pictures.read(number), shard[number, 0])


@pytest.mark.parametrize(("numbers", "count"), [(0, 5), (3, 5), (5, 5), (1000, 48)])
def test_samples_are_spread(numbers: int, count: int) -> None:
    found = spread(range(numbers), count)
    assert len(found) == min(numbers, count) == len(set(found))
    assert found == sorted(found)
