"""The pages take defaults and ranges from the server: from another one they have others."""

# ruff: noqa: RUF001  (the page has minus signs and Greek letters)

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from google.protobuf.json_format import ParseDict
from playwright.sync_api import Browser, expect
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from mammoganesis.v1.model_pb2 import EditingDefaults, GetModelResponse
from tests.support.curation_page import curation_at
from tests.support.http_servers import ReverseProxy
from tests.support.site import Site
from tests.support.studio_page import studio_at

pytestmark = pytest.mark.browser

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
def url(site: Site) -> Iterator[str]:
    with OtherNumbers(site.port, "", False).running() as other:
        yield f"http://127.0.0.1:{other}/"


def test_the_studio_follows_the_server(browser: Browser, url: str) -> None:
    with studio_at(browser, url) as studio:
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


def test_the_curation_page_follows_the_server(browser: Browser, url: str) -> None:
    with curation_at(browser, url) as page:
        page.open().drawn_sheet("component-1", 3 * 5)
        assert page["range"].locator("option").all_inner_texts() == ["1.3 σ", "2 σ", "2.7 σ", "4 σ"]
        assert page["range"].input_value() == "2"
        name, note, start, end = (
            page.field("component-1", field) for field in ("name", "note", "sigmas_start", "sigmas_end")
        )
        assert [field.input_value() for field in (start, end)] == ["-2", "2"]
        assert [field.get_attribute("maxlength") for field in (name, note)] == ["4", "11"]
        assert page["version"].get_attribute("maxlength") == "12"
        name.fill("abc")
        error = page["component-1"].locator(".error:visible").first
        page.until(lambda: error.inner_text().startswith("Name: "))
        name.fill("xyz")
        expect(error).to_be_hidden()
        end.fill("9.5")
        expect(error).to_have_text("Useful range: from −9 to 9, the smaller one first.")
        page["default-epsilon"].fill("301")
        page["write"].click()
        expect(page["problems"]).to_contain_text("a number above 0, up to 300, or nothing")
