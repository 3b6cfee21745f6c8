"""`mammoganesis-training curate`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
from tqdm import tqdm

from mammoganesis.bundle import catalogue as catalogues
from mammoganesis.bundle.catalogue import Catalogue, CatalogueError
from mammoganesis.errors import ConfigurationError
from mammoganesis.recipe.limits import DEFAULT_PSI, MAX_PSI, MAX_SEED

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


def _drawing(command: Callable[..., Any]) -> Callable[..., Any]:
    """Options of both commands that draw sheets."""
    options = (
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
        click.option("--threads", default=0, type=click.IntRange(0), help="CPU threads; 0: all."),
    )
    for option in reversed(options):
        command = option(command)
    return command


@curate.command()
@click.argument("bundle", type=FOLDER)
@click.option("--out", required=True, type=NEW, help="Folder for the sheets, index.html and catalogue.json.")
@_drawing
def sheets(bundle: Path, out: Path, **drawing: Any) -> None:
    """Draw a contact sheet of every component and region, and a catalogue.json to fill in."""
    from training.curation.review import CATALOGUE

    if (out / CATALOGUE).exists():
        raise ConfigurationError(f"{out / CATALOGUE}: exists already; it is not overwritten")
    subject = _open(bundle, drawing)
    catalogue = _start(subject, drawing)
    _draw(subject, out, catalogue, drawing)
    (out / CATALOGUE).write_text(catalogues.write_catalogue(catalogue), encoding="utf-8")
    click.echo(f"{out / 'index.html'}: look at it, fill in {out / CATALOGUE}, then run `curate apply`")


@curate.command()
@click.argument("bundle", type=FOLDER)
@click.argument("catalogue", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--out", required=True, type=NEW, help="New bundle; the folder must not exist yet.")
@click.option("--version", help="Its semantic version.  [default: the old one's, minor number raised]")
def apply(bundle: Path, catalogue: Path, out: Path, version: str | None) -> None:
    """Make a new version of BUNDLE with the CATALOGUE that was made for it."""
    try:
        _write(bundle, catalogues.read_catalogue(catalogue), out, version)
    except CatalogueError as error:
        raise ConfigurationError(f"{catalogue}: {error}") from error


@curate.command()
@click.argument("bundle", type=FOLDER)
@click.option("--out", required=True, type=NEW, help="New bundle; the folder must not exist yet.")
@click.option("--version", help="Its semantic version.  [default: the old one's, minor number raised]")
@click.option("--work", type=NEW, help="Folder of the sheets and answers.  [default: OUT with .curation at the end]")
@click.option("--open", "open_page", is_flag=True, help="Open the page with all sheets in the browser.")
@_drawing
def review(bundle: Path, out: Path, version: str | None, work: Path | None, open_page: bool, **drawing: Any) -> None:
    """Ask about components and regions of BUNDLE, then write a new one. The same command goes on after a stop."""
    from training.curation.review import Review

    if out.exists():
        raise ConfigurationError(f"{out}: exists already; a bundle is never overwritten")
    folder = work or out.with_name(f"{out.name}.curation")
    subject = _open(bundle, drawing)
    state = Review(folder, subject, lambda: _start(subject, drawing))
    _draw(subject, folder, state.catalogue, drawing, missing_only=True)
    if open_page:
        click.launch(str(folder / "index.html"))
    click.echo(f"all sheets: {(folder / 'index.html').resolve()}")
    try:
        finished = state.run(drawing["components"])
        if finished:
            finished = click.confirm(f"\nWrite {out}?", default=True)
    except click.Abort:
        finished = False
    if not finished:
        click.echo(f"\nSaved in {folder}; the same command goes on from here.")
        return
    try:
        _write(bundle, state.catalogue, out, version)
    except CatalogueError as error:
        raise ConfigurationError(str(error)) from error


def _open(bundle: Path, drawing: dict[str, Any]) -> Any:
    from training.curation.opened import open_subject

    drawing["seeds"] = _seeds(drawing["seeds"])
    subject = open_subject(bundle, whole=drawing["whole"], threads=drawing["threads"])
    drawing["layers"] = _layers(drawing["layers"], subject.manifest.dimensions.num_ws)
    return subject


def _start(subject: Any, drawing: dict[str, Any]) -> Catalogue:
    """What the bundle says already and, on request, what measurements propose."""
    catalogue = catalogues.catalogue_of(subject.manifest, subject.digest)
    if not drawing["measure"]:
        return catalogue
    from training.curation.proposals import with_proposals

    return with_proposals(
        subject, catalogue, drawing["components"], drawing["psi"], drawing["layers"], drawing["measure_seeds"]
    )


def _draw(subject: Any, out: Path, catalogue: Catalogue, drawing: dict[str, Any], missing_only: bool = False) -> None:
    """All sheets, or those that are not there yet, and the page around them."""
    from training.curation.page import page
    from training.curation.sheets import draw_all

    out.mkdir(parents=True, exist_ok=True)
    total = min(drawing["components"], subject.num_components) + subject.num_regions
    with tqdm(total=total, unit="sheet", desc="sheets") as bar:

        def save(name: str, image: Any) -> None:
            image.save(out / name)
            bar.update()

        def wanted(name: str) -> bool:
            there = missing_only and (out / name).exists()
            bar.update(int(there))
            return not there

        draw_all(subject, drawing["components"], drawing["seeds"], drawing["psi"], drawing["layers"], wanted, save)
    (out / "index.html").write_text(page(subject, catalogue, drawing["components"]), encoding="utf-8")


def _write(bundle: Path, catalogue: Catalogue, out: Path, version: str | None) -> None:
    digest = catalogues.apply(bundle, catalogue, out, version)
    click.echo(
        f"{out}: {len(catalogue.directions)} named directions, "
        f"{sum(bool(region.name) for region in catalogue.regions)} named regions"
    )
    click.echo(f"bundle digest {digest}")


def _seeds(text: str) -> list[int]:
    try:
        seeds = [int(part) for part in text.split(",")]
    except ValueError:
        seeds = []
    if not 1 <= len(seeds) <= 32 or not all(0 <= seed <= MAX_SEED for seed in seeds):
        raise ConfigurationError(f"seeds is {text!r:.80}; it must be 1 to 32 numbers from 0 to {MAX_SEED} with commas")
    return seeds


def _layers(text: str | None, num_ws: int) -> tuple[int, int]:
    if text is None:
        return 0, num_ws
    parts = text.split(":")
    if len(parts) == 2 and all(part.isdecimal() for part in parts) and int(parts[0]) < int(parts[1]) <= num_ws:
        return int(parts[0]), int(parts[1])
    raise ConfigurationError(f"layers is {text!r:.80}; it must be START:END with 0 <= START < END <= {num_ws}")
