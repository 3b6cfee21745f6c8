"""Draw the figures and tables of docs/editing.md again from a bundle: `make figures`.

    figure1_samples, figure2_components, figure3_transfers    mammoganesis figure ...
    demo_beside_reals                                         with --data: samples above real images of that set
    locality, masked, directions, side_effects, and tables    mammoganesis-training evaluate ...
    the list of named directions                              mammoganesis directions
    pictures of pages                                         docs/studio_pictures.py, where Chromium is installed

But for pages, the same bundle on the same machine gives the same files again. Tables go between the marks in
docs/editing.md.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps
from PIL.PngImagePlugin import PngImageFile, PngInfo

from mammoganesis.pictures.page import Block, Row, default_cell, draw

DOCS = Path(__file__).resolve().parent
IMAGES = DOCS / "images"
PAGE = DOCS / "editing.md"
BIN = Path(sys.executable).parent
VIEWS = ("CC", "MLO")
HIGHEST = 1500  # pixels of a sheet
STEPS = ("figures", "beside", "locality", "directions", "pages")
BESIDE = {"directions": ("side_effects",), "locality": ("masked",)}  # further plots of an evaluation


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
    given = parser.parse_args()
    steps = given.only or STEPS
    IMAGES.mkdir(exist_ok=True)
    if "figures" in steps:
        draw_figures(given.bundle)
    if "beside" in steps and given.data:
        draw_beside_reals(given.bundle, given.data)
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
        photograph_pages(given.bundle)


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


def draw_beside_reals(bundle: Path, data: Path) -> None:
    """Two rows of samples at psi 1 above two of real images, first CC, then MLO, as they come."""
    from services.client import Client  # needs both sides installed
    from services.client.choices import Sampling
    from training.data.dataset import Dataset

    with Client.local(bundle) as client:
        drawn = {
            view: client.sample(range(40, 48), sampling=Sampling(psi=1.0, labels={"view": view})) for view in VIEWS
        }
    dataset = Dataset(data, label_fields=(("view", VIEWS),))
    shown = dataset.batch(0, len(dataset), seed=0)[:, 0].astype(np.uint8)  # in an order drawn from the seed
    labels = dataset.labels(0, len(dataset), seed=0)
    synthetic = [
        Block([Row([image.pixels() for image in images])], title=f"Synthetic: seeds 40 to 47, psi 1, view {view}")
        for view, images in drawn.items()
    ]
    reals = [
        Block([Row(list(shown[labels[:, n] == 1][:8]))], title=f"Real: training images, view {view}")
        for n, view in enumerate(VIEWS)
    ]
    caption = [
        "Real images: CDD-CESM, The Cancer Imaging Archive (CC BY 4.0).",
        "SYNTHETIC AND REAL - NOT FOR DIAGNOSIS",
    ]
    page = draw([*synthetic, *reals], caption, default_cell(dataset.resolution))
    Image.fromarray(page).save(IMAGES / "demo_beside_reals.png", optimize=True)
    print(IMAGES / "demo_beside_reals.png")


def evaluate(what: str, bundle: Path, arrays: str, options: list[str]) -> None:
    """One evaluation: its plots into docs/images, its tables into the page."""
    with tempfile.TemporaryDirectory() as folder:
        source = (bundle, f"--{arrays}", bundle / f"{arrays}.npz")
        run("mammoganesis-training", "evaluate", what, *source, "--out", folder, *options)
        for plot in (what, *BESIDE.get(what, ())):
            keep(Path(folder) / f"{plot}.png")
        insert(what, (Path(folder) / f"{what}.md").read_text(encoding="utf-8").strip())
    print(IMAGES / f"{what}.png")


def keep(picture: Path) -> None:
    """The same pixels and texts in docs/images, compressed as far as they go: commands write quickly instead. Sheets
    that are higher than a page of the documents are made smaller."""
    with Image.open(picture) as image:
        assert isinstance(image, PngImageFile)
        texts = PngInfo()
        for key, value in image.text.items():
            texts.add_itxt(key, value)
        shown = ImageOps.contain(image, (HIGHEST, HIGHEST)) if image.height > HIGHEST else image
        shown.save(IMAGES / picture.name, optimize=True, pnginfo=texts)


def insert(mark: str, text: str) -> None:
    """Replaces what stands between `<!-- mark: start -->` and `<!-- mark: end -->` in the page."""
    before = PAGE.read_text(encoding="utf-8")
    pattern = re.compile(rf"(<!-- {mark}: start -->\n).*?(<!-- {mark}: end -->)", re.DOTALL)
    after, found = pattern.subn(lambda match: f"{match[1]}\n{text}\n\n{match[2]}", before)
    if found != 1:
        sys.exit(f"{PAGE}: the marks of {mark!r} are there {found} times; needed: once")
    PAGE.write_text(after, encoding="utf-8")


def photograph_pages(bundle: Path) -> None:
    """Every page that the documents show; they stay as they are where Chromium is not installed."""
    if subprocess.run(
        [sys.executable, "-m", "docs.studio_pictures", "--bundle", bundle.resolve()], cwd=DOCS.parent
    ).returncode:
        sys.exit("the pictures of pages are not whole")


if __name__ == "__main__":
    main()
