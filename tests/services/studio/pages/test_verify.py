"""The page that says whose image a file is: verdicts in plain words, and what was altered, drawn."""

from __future__ import annotations

import io
import time

import numpy as np
import pytest
from PIL import Image as Pillow

from services.client import Client
from services.client.choices import Picture
from services.client.registry import Which
from tests.places import DEMO_SIZE
from tests.services.records.test_verification import painted, png, saved, sized
from tests.support.altered_pngs import NOT_OURS
from tests.support.browser import Opened
from tests.support.site import Site

pytestmark = pytest.mark.browser


def gives(page: Opened, name: str, kind: str, data: bytes) -> None:
    page.page.locator("input[type=file]").set_input_files([{"name": name, "mimeType": kind, "buffer": data}])


def test_a_file_is_judged_in_plain_words_and_what_was_altered_is_drawn(study_site: Site) -> None:
    with Client.connect(study_site.records.address) as client, study_site.opened("verify") as page:
        image = client.sample([4711])[0]
        gives(page, "ours.png", "image/png", image.data)
        page.says("Generated here, unchanged")
        gives(page, "painted.png", "image/png", png(painted(image.pixels()), image.data))
        page.says("The picture was altered")
        page.says("pixels, 90 from the left and 60 from the top")
        drawn = page.page.get_by_alt_text("The file with altered pixels in red and altered places framed in yellow")
        assert (
            drawn.evaluate("(img) => img.decode().then(() => [img.naturalWidth, img.naturalHeight])") == [DEMO_SIZE] * 2
        )
        page.is_fine()
        while not list(client.registry(Which(latent_id=image.latent_id))):
            time.sleep(0.05)
        gives(page, "copy.jpg", "image/jpeg", saved(sized(image.pixels(), 200, 200), "JPEG", quality=70))
        page.says("A copy of an image that was generated here, or one much like it")
        page.says(image.latent_id)
        page.is_fine()


def test_what_is_not_ours_and_what_is_no_picture_have_words_too(study_site: Site) -> None:
    noise = np.random.default_rng(3).integers(0, 255, (90, 90), dtype=np.uint8)
    with study_site.opened("verify") as page:
        gives(page, "other.png", "image/png", png(noise))
        page.says("Nothing says that it was generated here")
        gives(page, "cut.png", "image/png", png(noise)[:500])
        page.says("The file is damaged")
        page.is_fine()


def test_a_dicom_file_that_is_dropped_is_judged_in_french(study_site: Site) -> None:
    with Client.connect(study_site.records.address) as client, study_site.opened("verify?lang=fr") as page:
        file = client.sample([4712], picture=Picture("dicom-sc"))[0].data
        page.page.evaluate(
            """(bytes) => {
                const carried = new DataTransfer();
                carried.items.add(new File([new Uint8Array(bytes)], "image.dcm"));
                const how = { dataTransfer: carried, bubbles: true, cancelable: true };
                document.dispatchEvent(new DragEvent("drop", how));
            }""",
            list(file),
        )
        page.says("Générée ici, inchangée")
        gives(page, "image.png", "image/png", client.sample([4712])[0].data + b"xyz")
        page.says("En détail : ajouté : 3 octets après la fin de l’image")  # noqa: RUF001
        refused = NOT_OURS["a recipe that is none"](client.sample([4712])[0].data)
        gives(page, "none.png", "image/png", refused)
        page.says("En détail : sa recette contient une valeur qui n’est pas admise ici : recipe")  # noqa: RUF001
        page.is_fine()
        gives(page, "image.png", "image/png", client.sample([4712])[0].data + b"xyz")
        page.page.locator("select.language").first.select_option("en")
        page.says("In detail: added: 3 bytes after the end of the picture")
        page.page.locator("select.language").first.select_option("fr")
        assert page.page.get_by_role("link", name="Vérifier").get_attribute("aria-current") == "page"
        page.is_fine()


def test_the_drawn_picture_is_a_file_of_its_own(study_site: Site) -> None:
    """The page shows what VerifyImage draws."""
    with Client.connect(study_site.records.address) as client:
        image = client.sample([4713])[0]
        answer = client.verify_image(png(painted(image.pixels()), image.data))
    with Pillow.open(io.BytesIO(answer.alteration.picture)) as drawn:
        assert drawn.mode == "RGB"
