"""`mammoganesis-training curate`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from mammoganesis import files
from mammoganesis.bundle.catalogue import catalogue_of
from mammoganesis.bundle.catalogue_file import read_catalogue, write_catalogue
from mammoganesis.bundle.loading import load_bundle
from mammoganesis.bundle.v1.catalogue_pb2 import Catalogue
from mammoganesis.bundle.writing import add_reach_evidence, apply_catalogue, check_new_version
from mammoganesis.errors import ConfigurationError
from mammoganesis.recipe.limits import DEFAULT_PSI, MAX_PSI, MAX_SEED
from mammoganesis.terminal.gathering import gathered, options_named, together
from mammoganesis.terminal.labels import takes_labels
from mammoganesis.terminal.progress import progress

if TYPE_CHECKING:
    from training.curation.sheets import Drawing
    from training.evaluation.network import BundleNetwork

FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)
NEW = click.Path(path_type=Path)
COMPONENTS = 20
SEEDS = "0,1,2,3"


class BundleFirst(click.Group):
    """`curate BUNDLE` without a subcommand is `curate review BUNDLE`."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if args and args[0] not in self.commands and args[0] not in ctx.help_option_names:
            args = ["review", *args]
        return super().parse_args(ctx, args)


@click.group(cls=BundleFirst)
def curate() -> None:
    """Look at components and regions, name them, write a new bundle.

    `curate BUNDLE --out NEW` asks in the terminal, sheet by sheet. `curate sheets` writes the sheets and a
    catalogue.json to edit, and `curate apply` makes a new bundle of that file. The bundle itself is never changed.
    """


@dataclass(frozen=True)
class DrawingChoice:
    """What is drawn of a bundle, as both commands that draw sheets are asked."""

    components: int  # the largest
    seeds: str  # separated by commas
    psi: float
    layers: str | None  # START:END of what components move; None: all
    labels: Mapping[str, str] | None  # of all images; None: those of the training images
    whole: bool  # at the model's resolution instead of its previews
    measure: bool
    measure_seeds: int
    combine: int
    data: Path | None
    threads: int  # 0: all

    def open(self, folder: Path) -> tuple[BundleNetwork, Drawing]:
        """The network of a bundle, and what to draw with it. Raises ConfigurationError for seeds and layers."""
        from training.curation.sheets import Drawing
        from training.evaluation.network import ask_for

        seeds = _seeds(self.seeds)
        network = _open(folder, self.whole, self.threads)
        ask_for(network, self.labels)
        moved = _layers(self.layers, network.num_ws)
        measured = self.measure_seeds if self.measure else 0
        return network, Drawing(self.components, seeds, self.psi, moved, measured, self.combine, self.data)


_takes_data = click.option(
    "--data",
    type=FOLDER,
    help="Set made by `prepare`, whose real images tell what is usual.  [default: untruncated samples]",
)
_takes_threads = click.option("--threads", default=0, type=click.IntRange(0), help="CPU threads; 0: all.")
_drawing = together(
    click.option(
        "--components",
        default=COMPONENTS,
        show_default=True,
        type=click.IntRange(1),
        help="How many of the largest components to show; all regions are shown.",
    ),
    click.option("--seeds", default=SEEDS, show_default=True, help="Seeds of the images, separated by commas."),
    click.option(
        "--truncation-psi",
        "psi",
        default=DEFAULT_PSI,
        show_default=True,
        type=click.FloatRange(0, MAX_PSI),
        help="Truncation.",
    ),
    click.option("--layers", help="START:END of the layers that components move.  [default: all]"),
    takes_labels("for each seed as often as the training images have them", "the model card"),
    click.option("--whole", is_flag=True, help="Images at the model's resolution instead of its previews."),
    click.option(
        "--measure",
        is_flag=True,
        help="Measure what components change (breast area, density, ...), and propose names, ranges and evidence.",
    ),
    click.option(
        "--measure-seeds",
        default=50,
        show_default=True,
        type=click.IntRange(2, 10_000),
        help="Images that are moved along every component for --measure.",
    ),
    click.option(
        "--combine",
        default=20,
        show_default=True,
        type=click.IntRange(0, 100),
        help="Components that --measure makes combinations of, on ranges of layers; 0: none.",
    ),
    _takes_data,
    _takes_threads,
    gathered(DrawingChoice, "choice"),
)


@curate.command()
@click.argument("bundle", type=FOLDER)
@click.option("--out", required=True, type=NEW, help="Folder for the sheets, index.html and catalogue.json.")
@_drawing
def sheets(bundle: Path, out: Path, choice: DrawingChoice) -> None:
    """Draw a contact sheet of every component and region, and a catalogue.json to fill in."""
    from training.curation.review import CATALOGUE

    if (out / CATALOGUE).exists():
        raise ConfigurationError(f"{out / CATALOGUE}: exists already; it is not overwritten")
    network, drawing = choice.open(bundle)
    catalogue = _start(network, drawing)
    _draw(network, out, catalogue, drawing)
    files.write(out / CATALOGUE, write_catalogue(catalogue).encode())
    click.echo(f"{out / 'index.html'}: look at it, fill in {out / CATALOGUE}, then run `curate apply`")


@curate.command()
@click.argument("bundle", type=FOLDER)
@click.argument("catalogue", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--out", required=True, type=NEW, help="New bundle; the folder must not exist yet.")
@click.option("--version", help="Its semantic version.  [default: the old one's, minor number raised]")
def apply(bundle: Path, catalogue: Path, out: Path, version: str | None) -> None:
    """Make a new version of BUNDLE with the CATALOGUE that was made for it."""
    _write(bundle, read_catalogue(catalogue), out, version)


@curate.command()
@click.argument("bundle", type=FOLDER)
@click.option("--out", required=True, type=NEW, help="New bundle; the folder must not exist yet.")
@click.option("--version", help="Its semantic version.  [default: the old one's, minor number raised]")
@click.option(
    "--images", default=3600, show_default=True, type=click.IntRange(1, 1_000_000), help="Edited images to measure."
)
@_takes_data
@_takes_threads
def reach(bundle: Path, out: Path, version: str | None, images: int, data: Path | None, threads: int) -> None:
    """Measure how often edited images of BUNDLE look unlike real ones, and write it into a new version.

    Images are moved along its directions and components, within the distance to which edits may go and beyond it, and
    judged by what a reader sees. The studio says the shares where an edit leads beyond.
    """
    from training.curation.proposals import check_pixels
    from training.evaluation.beyond import measure_reach
    from training.evaluation.reference import reference

    network = _open(bundle, True, threads)
    if not network.bundle.num_components:
        raise ConfigurationError(f"{bundle}: has no components; nothing can be edited along them")
    with options_named("out", "version"):
        check_new_version(network.bundle, out, version)
    check_pixels(network, "curate reach")
    evidence = measure_reach(network, reference(network, data), images)
    with options_named("out", "version"):
        digest = add_reach_evidence(bundle, evidence, out, version)
    click.echo(f"within reach: {evidence.unlike_within} of {evidence.images_within} images look unlike real ones")
    click.echo(f"beyond it: {evidence.unlike_beyond} of {evidence.images_beyond}")
    click.echo(f"bundle digest {digest}")


@curate.command()
@click.argument("bundle", type=FOLDER)
@click.option("--out", required=True, type=NEW, help="New bundle; the folder must not exist yet.")
@click.option("--version", help="Its semantic version.  [default: the old one's, minor number raised]")
@click.option("--work", type=NEW, help="Folder of the sheets and answers.  [default: OUT with .curation at the end]")
@click.option("--open", "open_page", is_flag=True, help="Open the page with all sheets in the browser.")
@_drawing
def review(
    bundle: Path, out: Path, version: str | None, work: Path | None, open_page: bool, choice: DrawingChoice
) -> None:
    """Ask about components and regions of BUNDLE, then write a new one. The same command goes on after a stop."""
    from training.curation.review import Review

    if out.exists():
        raise ConfigurationError(f"{out}: exists already; a bundle is never overwritten")
    folder = work or out.with_name(f"{out.name}.curation")
    network, drawing = choice.open(bundle)
    with options_named("out", "version"):
        check_new_version(network.bundle, out, version)
    state = Review(folder, network.bundle, lambda: _start(network, drawing))
    _draw(network, folder, state.catalogue, drawing, missing_only=True)
    if open_page:
        click.launch(str(folder / "index.html"))
    click.echo(f"all sheets: {(folder / 'index.html').resolve()}")
    try:
        finished = state.run(drawing.components)
        if finished:
            finished = click.confirm(f"\nWrite {out}?", default=True)
    except click.Abort:
        finished = False
    if not finished:
        click.echo(f"\nSaved in {folder}; the same command goes on from here.")
        return
    _write(bundle, state.catalogue, out, version)


def _open(folder: Path, whole: bool, threads: int) -> BundleNetwork:
    """The network of a bundle in which there is something to curate."""
    from training.evaluation.network import BundleNetwork

    bundle = load_bundle(folder)
    if not bundle.num_components and not bundle.num_regions:
        raise ConfigurationError(f"{folder}: has neither components nor regions; nothing can be curated in it")
    return BundleNetwork(bundle, threads, preview=bundle.has_preview and not whole)


def _start(network: BundleNetwork, drawing: Drawing) -> Catalogue:
    """What the bundle says already and, on request, what measurements propose."""
    catalogue = catalogue_of(network.bundle.manifest, network.bundle.digest)
    if not drawing.measured_seeds:
        return catalogue
    from training.curation.proposals import with_proposals

    return with_proposals(network, catalogue, drawing)


def _draw(
    network: BundleNetwork, out: Path, catalogue: Catalogue, drawing: Drawing, missing_only: bool = False
) -> None:
    """All sheets, or those that are not there yet, and the page around them."""
    from training.curation.page import page
    from training.curation.sheets import draw_all

    total = min(drawing.components, network.bundle.num_components) + network.bundle.num_regions
    with progress(total, "sheets", "sheet") as bar:

        def save(name: str, content: bytes) -> None:
            files.write(out / name, content)
            bar.update()

        def wanted(name: str) -> bool:
            there = missing_only and (out / name).exists()
            bar.update(int(there))
            return not there

        draw_all(network, drawing, wanted, save)
    files.write(out / "index.html", page(network.bundle, catalogue, drawing.components).encode())


def _write(bundle: Path, catalogue: Catalogue, out: Path, version: str | None) -> None:
    with options_named("out", "version"):
        digest = apply_catalogue(bundle, catalogue, out, version)
    click.echo(
        f"{out}: {len(catalogue.directions)} named directions, "
        f"{sum(bool(region.name) for region in catalogue.regions)} named regions"
    )
    click.echo(f"bundle digest {digest}")


def _seeds(text: str) -> tuple[int, ...]:
    try:
        seeds = [int(part) for part in text.split(",")]
    except ValueError:
        seeds = []
    if not 1 <= len(seeds) <= 32 or not all(0 <= seed <= MAX_SEED for seed in seeds):
        raise ConfigurationError(
            f"--seeds is {text!r:.80}; it must be 1 to 32 numbers from 0 to {MAX_SEED} with commas"
        )
    return tuple(seeds)


def _layers(text: str | None, num_ws: int) -> tuple[int, int]:
    if text is None:
        return 0, num_ws
    parts = text.split(":")
    if len(parts) == 2 and all(part.isdecimal() for part in parts) and int(parts[0]) < int(parts[1]) <= num_ws:
        return int(parts[0]), int(parts[1])
    raise ConfigurationError(f"--layers is {text!r:.80}; it must be START:END with 0 <= START < END <= {num_ws}")
