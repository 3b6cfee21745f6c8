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
from collections.abc import Iterator
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
FLAGS = ["--no-sandbox", "--disable-3d-apis", "--hide-scrollbars", "--disable-dev-shm-usage"]
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
    binary = next(filter(None, map(shutil.which, BROWSER)), None)
    if binary is None:
        print("no Chromium: the screenshots stay as they are", file=sys.stderr)
        return
    from playwright.sync_api import Page, sync_playwright

    def save(page: Page, name: str) -> None:
        path = IMAGES / f"{name}.png"
        page.screenshot(path=path, animations="disabled")
        print(f"{path}  {path.stat().st_size / 1000:.0f} kB")

    with (
        nullcontext(studio) if studio else served(bundle) as url,
        sync_playwright() as playwright,
        playwright.chromium.launch(executable_path=binary, args=FLAGS) as browser,
    ):
        page = browser.new_page(viewport={"width": SIZE[0], "height": SIZE[1]}, reduced_motion="reduce")
        page.set_default_timeout(120_000)
        page.goto(urljoin(url, "#screen=edit&seed=7"))
        page.locator("[data-quality=full]").wait_for()
        page.locator("[role=tabpanel] input[type=range]").first.fill("1")
        page.locator(".sentences li").filter(has_text="+1").wait_for()
        page.locator("[data-quality=full] .pane[data-ready=true]").first.wait_for()
        save(page, "studio")
        page.goto(urljoin(url, "curate"))
        page.locator("#component-0 img").nth(20).wait_for()
        save(page, "curation")


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
