"""The studio's page before servers that come later, stand behind others or have less, and in a frame."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from mammoganesis.v1.latents_pb2 import Recipe
from services.client import Client
from services.process.ports import free_block
from services.studio.app import Place
from tests.support.browser import LOST
from tests.support.http_servers import ReverseProxy
from tests.support.served import served_edge
from tests.support.serving import TINY, Copy
from tests.support.site import Site
from tests.support.studio_page import LIKE, likeness, studio_at
from tests.support.studio_server import running_studio

CATALOGUES = ("regions", "named_components", "rejected_components")

pytestmark = pytest.mark.browser


def test_a_server_that_comes_later_is_found(browser: Browser) -> None:
    edge_port = free_block(1)
    with (
        running_studio(f"127.0.0.1:{edge_port}") as port,
        studio_at(browser, f"http://127.0.0.1:{port}/", expected=LOST) as studio,
    ):
        studio.page.goto(f"{studio.url}#screen=edit&seed=7")
        status = studio.page.locator(".server")
        expect(status).to_have_text("The image server is starting")
        with served_edge(edge_port=edge_port):
            studio.shown()
            expect(status).to_have_text("tiny 0.1.0, 32 pixels")
            assert studio.recipe() == Recipe(seed=7)
        studio.field("Seed").fill("8")
        studio.page.keyboard.press("Enter")
        expect(status).to_have_text("The image server does not answer; trying again")
        with served_edge(edge_port=edge_port):
            studio.until(lambda: studio.recipe().seed == 8)
            expect(status).to_have_text("tiny 0.1.0, 32 pixels")
            expect(studio.page.get_by_text("does not answer")).to_have_count(0)


@pytest.mark.parametrize(("strips", "base"), [(True, ""), (False, "/some/path")])
def test_behind_a_reverse_proxy_with_a_path(
    browser: Browser, site: Site, client: Client, strips: bool, base: str
) -> None:
    place = Place(base, ("studio.example.org",))
    with running_studio(site.records.address, place=place, bundle=TINY, curated_bundles=site.curated) as behind:
        proxy = ReverseProxy(behind, "/some/path", strips, host="studio.example.org")
        with proxy.running() as port, studio_at(browser, f"http://127.0.0.1:{port}/some/path/") as studio:
            studio.open("screen=edit&seed=7")
            assert likeness(studio.pixels(), client.sample([7])[0].pixels()) > LIKE
            studio.page.get_by_role("link", name="Curate").click()
            expect(studio.page.locator("#component-0 img").first).to_be_visible()
            studio.page.get_by_role("link", name="Studio").click()
            studio.until(lambda: studio.page.url.startswith(f"http://127.0.0.1:{port}/some/path/"))
            expect(studio.page.get_by_role("heading", name="Choose an image")).to_be_visible()
            studio.page.goto("about:blank")  # before its server goes
    assert {path.rpartition("/")[2] for _, path in proxy.answers} >= {"GetModel", "Sample", "curation"}
    assert [answer for answer in proxy.answers if answer[0] not in (200, 304)] == []


def test_a_bundle_that_only_samples_says_so(browser: Browser, tmp_path: Path) -> None:
    copy = Copy(tmp_path / "bundle")
    for name in ("components.npz", "regions.npz"):
        copy.remove(name)
    copy.change_manifest(lambda manifest: [manifest.pop(key, None) for key in CATALOGUES])
    with (
        served_edge(copy.folder) as edge,
        running_studio(edge) as port,
        studio_at(browser, f"http://127.0.0.1:{port}/") as studio,
    ):
        studio.open("screen=edit&seed=7")
        expect(studio.page.get_by_role("tabpanel")).to_contain_text("no directions")
        studio.page.get_by_role("tab", name="Region").click()
        expect(studio.page.get_by_role("tabpanel")).to_contain_text("no regions")
        assert studio.download("PNG")[0] == "seed7.png"


def test_foreign_scripts_do_not_run(browser: Browser, url: str) -> None:
    with studio_at(browser, url, expected="Content Security Policy") as studio:
        studio.open("screen=edit&seed=7")
        script = (
            "() => { const s = document.createElement('script'); s.textContent = 'window.injected = 1';"
            "document.body.append(s); }"
        )
        studio.page.evaluate(script)
        assert studio.page.evaluate("window.injected === undefined")
        studio.until(lambda: any("Content Security Policy" in complaint for complaint in studio.complaints))


def test_a_frame_has_no_chrome(browser: Browser, url: str) -> None:
    with studio_at(browser, url) as studio:
        studio.open("screen=edit&seed=7&frame=1")
        assert studio.page.get_by_role("banner").count() == 0
        assert "not for diagnosis" in studio.page.locator(".mark").inner_text()
