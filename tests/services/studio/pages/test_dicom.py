"""DICOM files that the studio gives and takes."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect
from pydicom import dcmread

from mammoganesis.pictures.encoding import decode
from services.client import Client
from services.client.provenance import Verdict, verify
from services.process.ports import free_block
from tests.support.browser import LOST
from tests.support.orthanc import Orthanc, needs_orthanc
from tests.support.served import served_edge
from tests.support.studio_page import Studio, studio_at
from tests.support.studio_server import running_studio

pytestmark = pytest.mark.browser


def part(studio: Studio, label: str):
    return studio.page.locator("fieldset.dicom").get_by_label(label, exact=True)


def test_a_mammogram_asks_for_side_and_view_and_comes_back(studio: Studio, client: Client, tmp_path: Path) -> None:
    studio.open("screen=edit&seed=7")
    studio.slider("contrast").fill("2")
    studio.shown()
    expect(studio.button("DICOM")).to_be_disabled()
    expect(studio.page.locator("fieldset.dicom .note")).to_contain_text("choose both")
    part(studio, "Breast").select_option("L")
    part(studio, "View").select_option("MLO")
    name, data = studio.download("DICOM")
    assert name == "seed7_contrast+2.0_L_MLO.dcm"
    found = dcmread(io.BytesIO(data))
    assert (found.Modality, found.ImageLaterality, found.BurnedInAnnotation) == ("MG", "L", "YES")
    content = decode(data)
    assert content.recipe is not None
    assert (content.recipe.seed, content.recipe.component_edits[0].sigmas) == (7, 2)
    assert verify(client, data).verdict is Verdict.UNCHANGED
    studio.field("Seed").fill("9")
    studio.page.keyboard.press("Enter")
    studio.until(lambda: studio.recipe().seed == 9)
    studio.choose(tmp_path, "some.dcm", data)
    studio.until(lambda: studio.recipe().seed == 7)
    assert studio.slider("contrast").input_value() == "2"


@pytest.fixture
def archive(browser: Browser, orthanc: Orthanc) -> Iterator[Studio]:
    with (
        served_edge() as edge,
        running_studio(edge, dicom_servers=[f"Teaching archive=stow:{orthanc.stow}"]) as port,
        studio_at(browser, f"http://127.0.0.1:{port}/") as studio,
    ):
        yield studio


@needs_orthanc
def test_a_picture_is_sent_to_a_server_by_its_name(archive: Studio, orthanc: Orthanc) -> None:
    archive.open("screen=edit&seed=7")
    before = set(orthanc.instances())
    part(archive, "Kind").select_option("capture")
    archive.button("Send").click()
    expect(archive.page.get_by_text("Teaching archive has the file, and lists it.")).to_be_visible()
    (new,) = set(orthanc.instances()) - before
    content = decode(orthanc.file(new))
    assert content.recipe is not None
    assert content.recipe.seed == 7


def test_why_nothing_was_sent_is_in_sight_on_a_phone_too(browser: Browser) -> None:
    servers = [f"Archive=dimse:127.0.0.1:{free_block(1)}:GONE"]
    with (
        served_edge() as edge,
        running_studio(edge, dicom_servers=servers) as port,
        studio_at(browser, f"http://127.0.0.1:{port}/", width=390, expected=LOST) as studio,
    ):
        studio.open("screen=edit&seed=7")
        part(studio, "Kind").select_option("capture")
        studio.button("Send").click()
        expect(studio.page.get_by_text("no DICOM server answers there")).to_be_in_viewport(ratio=1)
        studio.is_fine()
