"""Pages of other sites that call the studio and show it in a frame, as Chromium lets them."""

from __future__ import annotations

import json

import pytest
from playwright.sync_api import Browser

from services.studio.app import Place
from tests.support.browser import NOTHING, Opened, opened
from tests.support.http_servers import another_site
from tests.support.site import Site
from tests.support.studio_server import running_studio

pytestmark = pytest.mark.browser

PARENT = """<!doctype html><meta charset="utf-8"><title>parent</title><link rel="icon" href="data:,">
<iframe id="studio" width="800" height="600"></iframe>
<script>
  const studio = new URL(location).searchParams.get("studio");
  document.getElementById("studio").src = studio;
  document.body.dataset.call = "asked";
  fetch(new URL("mammoganesis.v1.ModelService/GetModel", studio), {
    method: "POST", headers: {"content-type": "application/json", "connect-protocol-version": "1"}, body: "{}",
  }).then(async (answer) => { document.body.dataset.call = JSON.stringify(await answer.json()); },
          (error) => { document.body.dataset.call = String(error); });
</script>"""


@pytest.mark.parametrize("allowed", [True, False])
def test_chromium_shows_and_calls_it_for_whom_the_settings_name(
    whole_browser: Browser, site: Site, allowed: bool
) -> None:
    refused = "frame-ancestors https://lms.example.org|blocked by CORS policy|net::ERR_FAILED"
    with another_site(PARENT) as other:
        origins = (other,) if allowed else ("https://lms.example.org",)
        place = Place(allowed_origins=origins, frame_ancestors=origins)
        with (
            running_studio(site.records.address, place=place) as port,
            opened(whole_browser, Opened, other, expected=NOTHING if allowed else refused) as page,
        ):
            page.page.goto(f"{other}/?studio=http://127.0.0.1:{port}/")
            call = page.page.locator("body")
            called = page.until(lambda: (said := call.get_attribute("data-call")) != "asked" and said)
            framed = page.page.frame_locator("#studio").locator("main")
            if allowed:
                assert json.loads(called)["dimensions"]["resolution"] == 32
                framed.wait_for()
            else:
                assert "TypeError" in called
                page.until(lambda: page.page.frames[1].url.startswith("chrome-error:"))
                assert framed.count() == 0
                page.until(lambda: "frame-ancestors https://lms.example.org" in " ".join(page.complaints))
