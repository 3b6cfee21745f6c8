"""Defaults and ranges stand in the server alone: the pages take them from GetModel and GET /curation."""

# ruff: noqa: RUF001  (the page has minus signs and Greek letters)

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator

import pytest
from google.protobuf.json_format import ParseDict
from playwright.sync_api import expect, sync_playwright
from selenium.webdriver.common.keys import Keys
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from mammoganesis.bundle.catalogue_file import MAX_NOTE
from mammoganesis.bundle.names import MAX_NAME
from mammoganesis.recipe.limits import DEFAULT_EPSILON, NAME_PATTERN
from mammoganesis.v1.model_pb2 import EditingDefaults, GetModelResponse
from services.client import Client
from services.studio.curation import MAX_VERSION
from tests.places import ROOT, sources
from tests.services.studio.test_studio import running_studio
from tests.support.browser import Page
from tests.support.http_servers import ReverseProxy
from tests.support.served import served_edge
from tests.support.serving import TINY
from tests.support.studio_page import studio_at
from tests.support.viewer_page import chromium

OTHER = {
    "psi": 0.8,
    "max_psi": 1.5,
    "epsilon": 33,
    "max_epsilon": 300,
    "max_sigmas": 9,
    "sigmas_start": -2,
    "sigmas_end": 2,
    "sweep_steps": 5,
    "max_seed": 999,
    "name_pattern": "[xyz]+",
}
LENGTHS = {"max_name_characters": 4, "max_note_characters": 11, "max_version_characters": 12}


def test_no_default_or_range_of_the_server_stands_in_a_page() -> None:
    with Client.local(TINY) as client:
        editing = client.model().editing
    numbers = {editing.psi, editing.epsilon, DEFAULT_EPSILON, editing.max_epsilon, editing.max_sigmas, editing.max_seed}
    literals = [re.escape(f"{number:.12g}") for number in numbers] + [re.escape(editing.name_pattern)]
    web = ROOT / "services" / "studio" / "web" / "src"
    pages = [path for folder in ("curation", "studio") for path in (web / folder).rglob("*.ts*")]
    written = [path for path in pages if ".test." not in path.name]
    assert len(written) > 20
    found = [
        f"{path.name}: {match[0]}"
        for path in written
        for match in re.finditer(rf"(?<![\w.#&-])({'|'.join(literals)})(?![\w.%])", path.read_text())
    ]
    assert found == []
    pages = "".join(path.read_text() for path in written)
    assert "429496" not in pages
    assert not [length for length in (MAX_NAME, MAX_NOTE, MAX_VERSION) if f'length="{length}"' in pages]


def test_the_pattern_of_names_stands_once() -> None:
    found = [
        str(path.relative_to(ROOT))
        for folder in ("mammoganesis", "services", "training")
        for path in sources(folder, "*")
        if path.suffix in (".py", ".js", ".html", ".ts", ".tsx")
        if ".test." not in path.name and NAME_PATTERN in path.read_text()
    ]
    assert found == ["mammoganesis/recipe/limits.py"]


class OtherNumbers(ReverseProxy):
    """A server whose defaults and ranges are others."""

    async def handle(self, request: Request) -> Response:
        answer = await super().handle(request)
        content = {}
        if request.url.path.endswith("ModelService/GetModel"):
            model = GetModelResponse.FromString(bytes(answer.body))
            model.editing.MergeFrom(ParseDict(OTHER, EditingDefaults()))
            return Response(model.SerializeToString(), headers={"content-type": "application/proto"})
        if request.url.path.endswith("/GetModel"):
            content = json.loads(bytes(answer.body))
            content["editing"].update(OTHER)
        elif request.url.path.endswith("/curation"):
            content = {**json.loads(bytes(answer.body)), **LENGTHS}
        return JSONResponse(content) if content else answer


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with (
        served_edge() as edge,
        running_studio(edge, bundle=TINY, curated_bundles=TINY.parent) as port,
        OtherNumbers(port, "", False).running() as other,
    ):
        yield f"http://127.0.0.1:{other}"


@pytest.mark.browser
def test_the_studio_follows_the_server(url: str) -> None:
    with sync_playwright() as playwright, chromium(playwright, "--disable-3d-apis") as browser:  # noqa: SIM117
        with studio_at(browser, f"{url}/") as studio:
            studio.open("screen=edit&mode=expert")
            psi = studio.slider("Truncation ψ")
            assert (psi.get_attribute("max"), psi.input_value()) == ("1.5", "0.8")
            studio.field("Seed").fill("1000")
            expect(studio.page.get_by_text("A whole number from 0 to 999.")).to_be_visible()
            studio.field("Seed").fill("5")
            studio.page.keyboard.press("Enter")
            component = studio.slider("Component 1")
            assert [component.get_attribute(key) for key in ("min", "max")] == ["-9", "9"]
            studio.open("screen=edit&mode=expert&strip=index:1")
            expect(studio.page.locator(".strip img")).to_have_count(5)
            studio.open("screen=edit&mode=expert&tab=region")
            studio.page.get_by_label("What changes", exact=True).select_option("1")
            studio.button("middle").click()
            epsilon = studio.slider("Budget ε")
            assert (epsilon.get_attribute("max"), epsilon.input_value()) == ("300", "33")
            for _ in range(5):
                studio.button("Random").first.click()
                assert int(studio.field("Seed").input_value()) <= 999
            studio.page.goto("about:blank")


@pytest.mark.browser
def test_the_curation_page_follows_the_server(open_page: Callable[..., Page], url: str) -> None:
    page = open_page(f"{url}/curate", forget=url)
    page.until(lambda: len(page.all("#component-1 img")) == 3 * 5)
    assert [option.text for option in page.all("#range option")] == ["1.3 σ", "2 σ", "2.7 σ", "4 σ"]
    assert page["range"].get_attribute("value") == "2"
    name, note = page.all("#component-1 [data-field=name]")[0], page.all("#component-1 [data-field=note]")[0]
    start, end = (page.all(f"#component-1 [data-field=sigmas_{side}]")[0] for side in ("start", "end"))
    assert [field.get_attribute("value") for field in (start, end)] == ["-2", "2"]
    assert [end.get_attribute(key) for key in ("min", "max")] == ["-9", "9"]
    assert [field.get_attribute("maxlength") for field in (name, note)] == ["4", "11"]
    assert page["default-epsilon"].get_attribute("max") == "300"
    assert page["version"].get_attribute("maxlength") == "12"
    name.send_keys("abc")
    error = page.all("#component-1 .error")[0]
    page.until(lambda: error.text.startswith("Name: "))
    name.send_keys(Keys.CONTROL, "a")
    name.send_keys("xyz")
    page.until(lambda: not error.is_displayed())
    end.send_keys(Keys.CONTROL, "a")
    end.send_keys("9.5")
    page.until(lambda: error.text == "Useful range: from −9 to 9, the smaller one first.")
    page.driver.get("about:blank")
