"""Draw the figures and tables of docs/editing.md again from a bundle: `make figures`.

    figure1_samples, figure2_components, figure3_transfers    mammoganesis figure ...
    locality, directions, side_effects, and their tables      mammoganesis-training evaluate ...
    the list of named directions                              mammoganesis directions
    studio, curation                                          the two pages in headless Chromium, where it is installed

The same bundle on the same machine gives the same files again. Tables go between the marks in docs/editing.md.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from urllib.parse import urljoin

DOCS = Path(__file__).resolve().parent
IMAGES = DOCS / "images"
PAGE = DOCS / "editing.md"
BIN = Path(sys.executable).parent
STEPS = ("figures", "locality", "directions", "pages")
BESIDE = {"directions": ("side_effects",)}  # further plots of an evaluation
BROWSER = ("chromium", "chromium-browser", "google-chrome")
SIZE = (1280, 860)  # of the screenshots, pixels


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bundle", type=Path, default=DOCS.parent / "deploy/bundles/demo", help="default: the demo's")
    parser.add_argument("--pairs", type=int, default=200, help="pairs a region for the locality table; default 200")
    parser.add_argument(
        "--seeds", type=int, default=50, help="images a component for the monotonicity table; default 50"
    )
    parser.add_argument(
        "--data", type=Path, help="prepared set whose real images say what is usual; default: samples of the model"
    )
    parser.add_argument("--only", choices=STEPS, action="append", help="one step, may be given again; default: all")
    parser.add_argument("--studio", metavar="URL", help="photograph a studio that is running; default: one is started")
    given = parser.parse_args()
    steps = given.only or STEPS
    IMAGES.mkdir(exist_ok=True)
    if "figures" in steps:
        draw_figures(given.bundle)
    if "locality" in steps:
        evaluate("locality", given.bundle, "regions", ["--pairs", str(given.pairs)])
    if "directions" in steps:
        options = ["--seeds", str(given.seeds), "--seed", "500", "--combine", "0"]
        evaluate(
            "directions", given.bundle, "components", options + (["--data", str(given.data)] if given.data else [])
        )
        listed = run("mammoganesis", "directions", "--local", "--bundle", given.bundle)
        insert("names", f"```text\n{listed.strip()}\n```")
    if "pages" in steps:
        photograph_pages(given.bundle, given.studio)


def run(command: str, *arguments: object) -> str:
    """What a command of this project prints; its progress bars go to the terminal."""
    done = subprocess.run([BIN / command, *map(str, arguments)], stdout=subprocess.PIPE, text=True)
    if done.returncode:
        sys.exit(f"{command} {arguments[0]} failed with exit code {done.returncode}")
    return done.stdout


def draw_figures(bundle: Path) -> None:
    """Figures 1 to 3 of the paper."""
    source = ("--local", "--bundle", bundle)
    for number, name in enumerate(("samples", "components", "transfers"), 1):
        print(run("mammoganesis", "figure", name, *source, "--out", IMAGES / f"figure{number}_{name}.png").strip())


def evaluate(what: str, bundle: Path, arrays: str, options: list[str]) -> None:
    """One evaluation: its plots into docs/images, its tables into the page."""
    with tempfile.TemporaryDirectory() as folder:
        source = (bundle, f"--{arrays}", bundle / f"{arrays}.npz")
        run("mammoganesis-training", "evaluate", what, *source, "--out", folder, *options)
        for plot in (what, *BESIDE.get(what, ())):
            shutil.copyfile(Path(folder) / f"{plot}.png", IMAGES / f"{plot}.png")
        insert(what, (Path(folder) / f"{what}.md").read_text(encoding="utf-8").strip())
    print(IMAGES / f"{what}.png")


def insert(mark: str, text: str) -> None:
    """Replaces what stands between `<!-- mark: start -->` and `<!-- mark: end -->` in the page."""
    before = PAGE.read_text(encoding="utf-8")
    pattern = re.compile(rf"(<!-- {mark}: start -->\n).*?(<!-- {mark}: end -->)", re.DOTALL)
    after, found = pattern.subn(lambda match: f"{match[1]}\n{text}\n\n{match[2]}", before)
    if found != 1:
        sys.exit(f"{PAGE}: the marks of {mark!r} are there {found} times; needed: once")
    PAGE.write_text(after, encoding="utf-8")


def photograph_pages(bundle: Path, studio: str | None) -> None:
    """Screenshots of the studio and the curation page, of a running studio or of one started for it."""
    binary, driver = next(filter(None, map(shutil.which, BROWSER)), None), shutil.which("chromedriver")
    if binary is None or driver is None:
        print("no Chromium or chromedriver: the screenshots stay as they are", file=sys.stderr)
        return
    from selenium import webdriver
    from selenium.webdriver.support.ui import WebDriverWait

    options = webdriver.ChromeOptions()
    options.binary_location = binary
    for flag in ("--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--disable-dev-shm-usage"):
        options.add_argument(flag)
    with (
        nullcontext(studio) if studio else served(bundle) as url,
        webdriver.Chrome(options, webdriver.ChromeService(driver)) as browser,
    ):
        metrics = {"width": SIZE[0], "height": SIZE[1], "deviceScaleFactor": 1, "mobile": False}
        browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)

        def until(condition: str) -> None:
            WebDriverWait(browser, 120, 0.2).until(lambda browser: browser.execute_script(f"return {condition}"))

        def enter(name: str, value: object) -> None:
            browser.execute_script(
                "const field = document.getElementById(arguments[0]); field.value = arguments[1];"
                "for (const kind of ['input', 'change']) field.dispatchEvent(new Event(kind));",
                name,
                value,
            )

        shown = "document.getElementById('stage').dataset.state === 'ready' && progress.hidden && caption.textContent"
        browser.get(url)
        until(shown)
        enter("seed", 7)
        until(f"{shown}.startsWith('seed 7 ')")
        enter("sigmas", 1.5)
        until(f"{shown}.includes('+1.5') && sentences.textContent.includes('+1.5 ')")
        browser.execute_script("sweep.click()")
        until(
            "document.querySelectorAll('#frames img').length > 0 && !document.querySelector('#frames button:disabled')"
        )
        save(browser.get_screenshot_as_png, "studio")
        browser.get(urljoin(url, "curate"))
        until("document.querySelectorAll('#component-0 img').length === 21")
        save(browser.get_screenshot_as_png, "curation")


def save(screenshot: Callable[[], bytes], name: str) -> None:
    time.sleep(0.5)  # transitions of the page
    path = IMAGES / f"{name}.png"
    path.write_bytes(screenshot())
    print(f"{path}  {path.stat().st_size / 1000:.0f} kB")


@contextmanager
def served(bundle: Path) -> Iterator[str]:
    """The address of a studio before this bundle."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    arguments = ["serve", "--bundle", bundle, "--edge-port", "0", "--studio-port", str(port), "--log-level", "warning"]
    server = subprocess.Popen(
        [BIN / "mammoganesis", *arguments], stdout=subprocess.PIPE, text=True, env=dict(os.environ)
    )
    try:
        url = f"http://127.0.0.1:{port}/"
        if not any(url.rstrip("/") in line for line in server.stdout or ()):  # printed once it serves
            sys.exit("the studio could not be started; photograph a running one with --studio URL")
        yield url
    finally:
        server.terminate()
        server.wait(60)


if __name__ == "__main__":
    main()
