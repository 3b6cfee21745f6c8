"""The curation page: what is said on it becomes a catalogue and a new version of the bundle."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Browser, expect

from mammoganesis.bundle.catalogue_file import read_catalogue
from mammoganesis.bundle.writing import apply_catalogue
from services.cli import main
from services.client import Client
from services.process.ports import free_block
from tests.support.browser import LOST
from tests.support.curation_page import Curation, curation_at
from tests.support.served import served_edge
from tests.support.serving import TINY
from tests.support.site import Site
from tests.support.studio_server import JSON, running_studio, send

NEW = {"name": "newly-named", "index": 5, "layer_start": 0, "layer_end": 8}
DIGEST = hashlib.sha256((TINY / "manifest.json").read_bytes()).hexdigest()

pytestmark = pytest.mark.browser


@pytest.fixture
def page(browser: Browser, url: str) -> Iterator[Curation]:
    """The page as it is for somebody who has not been there."""
    with curation_at(browser, url) as page:
        yield page.open()


def test_what_is_said_becomes_a_new_version_that_can_be_served(page: Curation, site: Site) -> None:
    before = {path.name: path.read_bytes() for path in TINY.iterdir()}
    assert page.decision("component-1") == "undecided"
    page.field("component-1", "name").fill("brightness")
    assert page.decision("component-1") == "keep", "a name is a decision"
    page.field("component-1", "layer_end").fill("6")
    page.field("component-1", "sigmas_start").fill("-1.5")
    page.field("component-1", "note").fill("dark to bright")
    page.choose("component-3", "reject")
    page.choose("region-2", "reject")
    page.field("region-1", "name").fill("corner")
    assert page["components-count"].inner_text() == "3 useful, 2 set aside, 3 not decided"
    page["default-epsilon"].fill("33")
    assert page["version"].input_value() == "0.2.0"
    page["write"].click()
    expect(page["written"]).to_be_visible()

    folder = site.curated / "tiny" / "0.2.0"
    digest = hashlib.sha256((folder / "manifest.json").read_bytes()).hexdigest()
    assert str(folder) in page["written"].inner_text()
    assert digest in page["written"].inner_text()
    assert {path.name: path.read_bytes() for path in TINY.iterdir()} == before, "the old version has changed"
    with pytest.raises(SystemExit) as checked:
        main(["bundle", "check", str(folder)])
    assert checked.value.code == 0
    with Client.local(folder) as client:
        directions = {direction.name: direction for direction in client.list_directions()}
        assert set(directions) == {"contrast", "brightness", "coarseness"}
        new = directions["brightness"]
        assert (new.index, new.layer_start, new.layer_end, new.reversed) == (1, 0, 6, False)
        assert (new.sigmas_start, new.sigmas_end, new.note) == (-1.5, 3, "dark to bright")
        assert directions["coarseness"].evidence.num_seeds == 50, "what was measured is kept"
        assert [one.index for one in client.list_components() if one.rejected] == [3, 6]
        listed = client.list_regions()
        assert [region.name for region in listed.regions] == ["middle", "corner", "rim", ""]
        assert [region.rejected for region in listed.regions] == [False, False, True, True]
        assert listed.default_epsilon == 33
        with Client.local(TINY) as old:
            moved = old.edit(7, [(1, 1.0, 0, 6)]).pixels()
        np.testing.assert_array_equal(client.edit(7, [("brightness", 1.0)]).pixels(), moved)


def test_what_is_typed_with_spaces_becomes_a_name_and_is_said(page: Curation, site: Site) -> None:
    name = page.field("component-1", "name")
    name.press_sequentially("Breast  Density")
    expect(page["component-1"]).to_contain_text("Its name will be breast-density")
    expect(page["component-1"].locator(".error").first).to_be_hidden()
    page["version"].fill("0.4.0")
    page["write"].click()
    expect(page["written"]).to_be_visible()
    with Client.local(site.curated / "tiny" / "0.4.0") as client:
        assert "breast-density" in [direction.name for direction in client.list_directions()]
    name.press("Tab")
    expect(name).to_have_value("breast-density")


def test_nothing_is_lost_on_the_way_and_everything_can_be_forgotten(page: Curation) -> None:
    page.field("component-4", "name").fill("half-typed-?")
    page.choose("region-1", "reject")
    page["default-epsilon"].fill("12")
    page.reload()
    assert page["saved"].inner_text() == "Taken up where you left off in this browser."
    assert page.value("component-4", "name") == "half-typed-?"
    assert (page.decision("component-4"), page.decision("region-1")) == ("keep", "reject")
    assert page["default-epsilon"].input_value() == "12"
    page["start-over"].click()
    page["forget"].click()
    page.until(lambda: page.decision("region-1") == "undecided")
    assert page.value("component-4", "name") == ""
    assert page["default-epsilon"].input_value() == "20"
    assert page.value("component-2", "name") == "coarseness"


def test_the_catalogue_can_be_taken_home_and_brought_back(page: Curation, tmp_path: Path) -> None:
    page["component-0"].locator(".more button").click()
    page.field("component-0", "name", 1).fill("fine-contrast")
    page.field("component-0", "layer_start", 1).fill("4")
    page.choose("component-5", "reject")
    with page.page.expect_download() as download:
        page["download"].click()
    content = json.loads(Path(download.value.path()).read_bytes())
    said = read_catalogue(content)
    assert said.bundle_digest == DIGEST
    assert [(one.name, one.index, one.layer_start, one.layer_end) for one in said.directions] == [
        ("contrast", 0, 0, 4),
        ("fine-contrast", 0, 4, 8),
        ("coarseness", 2, 2, 8),
    ]
    assert tuple(said.rejected_components) == (5, 6)
    assert (said.default_epsilon, said.low_resolution_epsilon) == (20, 4)
    assert said.regions[0].note == "the largest cluster"

    page.page.evaluate("localStorage.clear()")
    page.reload()
    assert page.decision("component-5") == "undecided"
    path = tmp_path / "mine.json"
    path.write_text(json.dumps(content))
    page.opens("Open a catalogue", path)
    page.until(lambda: page.decision("component-5") == "reject")
    assert page.value("component-0", "name", 1) == "fine-contrast"
    path.write_text(json.dumps({**content, "bundle_digest": "0" * 64}))
    page.opens("Open a catalogue", path)
    expect(page["finish-error"]).to_contain_text("made for another bundle")
    path.write_text("no catalogue")
    page.opens("Open a catalogue", path)
    expect(page["finish-error"]).to_contain_text("mine.json is no catalogue")


def test_what_is_wrong_is_listed_and_nothing_goes_out(page: Curation, site: Site) -> None:
    page.field("component-1", "name").fill("contrast")
    expect(page["component-1"].locator(".error:visible").first).to_contain_text("contrast is there twice")
    page.field("component-4", "name").fill("50 % of A Name")
    page.field("component-2", "layer_end").fill("99")
    page.choose("region-1", "keep")
    page["default-epsilon"].fill("1000")
    page["version"].fill("7.0.0")
    page["write"].click()
    links = page["problems"].locator("a")
    links.first.wait_for()
    texts = {text.split(".")[0]: text for text in links.all_inner_texts()}
    assert set(texts) == {
        "Component 0",
        "Component 1",
        "Component 2",
        "Component 4",
        "Region 1",
        "Default budget: a number above 0, up to 512, or nothing",
    }
    assert "whole numbers, from 0 up to 8" in texts["Component 2"]
    assert "Give it a name" in texts["Region 1"]
    assert "letters from a to z" in texts["Component 4"]
    assert not (site.curated / "tiny" / "7.0.0").exists()
    links.nth(1).click()
    page.page.wait_for_url("**#component-1")


def test_an_answer_of_the_server_is_shown_as_text(browser: Browser, site: Site) -> None:
    (site.curated / "tiny" / "0.9.0").mkdir(parents=True)
    with curation_at(browser, site.url, expected=LOST) as page:
        page.open()
        for version, text in (("0.9.0", "one that is not written yet"), ("one", "three numbers such as 1.1.0")):
            page["version"].fill(version)
            page["write"].click()
            expect(page["finish-error"]).to_contain_text(text)
        assert page["write"].is_enabled()


def test_a_server_that_writes_nothing_says_how_else(browser: Browser, site: Site) -> None:
    with running_studio(site.records.address) as port, curation_at(browser, f"http://127.0.0.1:{port}/") as page:
        page.open()
        expect(page["how-to-write"]).to_contain_text("--curated-bundles")
        assert page["write"].count() == 0
        body = json.dumps({"catalogue": {"bundle_digest": DIGEST}, "version": "0.2.0"})
        answer = send(port, "POST", "/curation", body, JSON)
        assert answer.status == 403
        assert "--curated-bundles" in answer.json["error"]["message"]


def test_a_server_that_comes_later_is_found(browser: Browser) -> None:
    edge_port = free_block(1)
    with (
        running_studio(f"127.0.0.1:{edge_port}") as port,
        curation_at(browser, f"http://127.0.0.1:{port}/", expected=LOST) as page,
    ):
        page.page.goto(f"{page.url}curate")
        expect(page["notice"]).to_contain_text("The image server is starting")
        assert page.cards() == []
        with served_edge(edge_port=edge_port):
            page.shown()
            assert page["notice"].count() == 0
            page.page.goto("about:blank")  # before its server goes


def test_another_bundle_that_is_served_is_shown_without_a_reload(browser: Browser, tmp_path: Path) -> None:
    said = read_catalogue({"bundle_digest": DIGEST, "directions": [NEW], "regions": []})
    apply_catalogue(TINY, said, tmp_path / "new", "0.3.0")
    edge_port = free_block(1)
    with (
        running_studio(f"127.0.0.1:{edge_port}") as port,
        curation_at(browser, f"http://127.0.0.1:{port}/", expected=LOST) as page,
    ):
        with served_edge(edge_port=edge_port):
            page.open()
            page.page.evaluate("window.isTheSame = true")
            page.field("component-4", "name").fill("mine")
            page.until(lambda: page["saved"].inner_text().startswith("Kept"))
        with served_edge(edge_port=edge_port, bundle=tmp_path / "new"):
            page.until(lambda: page["saved"].inner_text().startswith("The server serves tiny 0.3.0 now"))
            assert page.value("component-5", "name") == "newly-named"
            assert page.value("component-4", "name") == ""
            page["take-over"].click()
            expect(page.field("component-4", "name")).to_have_value("mine")
            assert page.page.evaluate("window.isTheSame"), "the page has been reloaded"
            page.page.goto("about:blank")
