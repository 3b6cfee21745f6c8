"""mammoganesis model | bundle check | bundle info."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from mammoganesis.terminal.commands import LazyGroup
from services.cli.connection import takes_client_for, told_synthesis

if TYPE_CHECKING:
    from mammoganesis.bundle.v1.manifest_pb2 import RegionCatalogue
    from services.client import Client

FOLDER = click.Path(file_okay=False, path_type=Path)


@click.command()
@takes_client_for(lambda given: None)
def model(client: "Client") -> None:
    """Show what is served: the model, its components and regions, and the server's limits."""
    served = client.model()
    dims, limits = served.dimensions, served.limits
    show(
        {
            "model": f"{served.name} {served.version}",
            "digest": served.bundle_digest,
            "image": f"{dims.resolution} x {dims.resolution} pixels, {dims.channels} channel(s)",
            "preview": f"{dims.preview_resolution} x {dims.preview_resolution} pixels"
            if dims.preview_resolution
            else "none",
            "masked transfers": told_masked(served.max_style_sets),
            "latents": f"z {dims.z_dim}, w {dims.w_dim}, {dims.num_ws} layers, {dims.num_styles} styles",
            "labels": listed_labels(served.label_fields),
            "intended use": served.intended_use,
            "attribution": served.attribution,
            "licence": served.licence,
            "guard": told_guard(served.guard)
            if served.HasField("guard")
            else "none: copies of training images are not looked for",
            "synthesis": told_synthesis(served.synthesis) if served.HasField("synthesis") else "no engine answers",
            "images per call": f"{limits.max_images_per_call}, per stream {limits.max_images_per_stream}",
            "batch": f"{limits.max_batch_size} images, {limits.max_queued_images} may wait",
            "message": f"{limits.max_message_bytes} bytes at most",
            "deadline": f"{limits.max_deadline_seconds:g} seconds at most",
        }
    )
    if dims.num_components:
        click.echo("\ncomponent  name              layers   explained variance")
        for item in client.list_components():
            layers = f"{item.layer_start}:{item.layer_end}"
            click.echo(f"{item.index:>9}  {item.name or '-':<16}  {layers:<7}  {item.explained_variance_ratio:>17.2%}")
    if dims.num_regions:
        click.echo("\n   region  name              share of the area")
        for item in client.list_regions().regions:
            click.echo(f"{item.index:>9}  {item.name or '-':<16}  {item.area_share:>17.2%}")


@click.group(cls=LazyGroup)
def bundle() -> None:
    """Check or show a bundle: the folder that a model is served from."""


@bundle.command()
@click.argument("folder", metavar="DIR", type=FOLDER)
def check(folder: Path) -> None:
    """Check every file of the bundle DIR against its manifest, and replay its golden cases."""
    from mammoganesis.bundle.loading import open_bundle
    from mammoganesis.bundle.trial import try_bundle

    opened = open_bundle(folder)
    try_bundle(folder)
    cases = len(opened.golden.seeds)
    click.echo(f"{folder}: good; {len(opened.manifest.files)} files, {cases} golden cases, digest {opened.digest}")


@bundle.command()
@click.argument("folder", metavar="DIR", type=FOLDER)
def info(folder: Path) -> None:
    """Show what the manifest of the bundle DIR says. Reads nothing else: `bundle check` checks."""
    from mammoganesis.bundle.curated import named_directions, region_entries
    from mammoganesis.bundle.files import read_manifest
    from mammoganesis.bundle.manifest import SYNTHESIS_FLOAT16

    manifest, digest = read_manifest(folder)
    dims, regions = manifest.dimensions, manifest.regions
    names = {file.name for file in manifest.files}
    show(
        {
            "bundle": f"{manifest.name} {manifest.version} (format {manifest.format_major}.{manifest.format_minor})",
            "digest": digest,
            "image": f"{dims.resolution} x {dims.resolution} pixels, {dims.channels} channel(s)",
            "latents": f"z {dims.z_dim}, w {dims.w_dim}, {dims.num_ws} layers, {dims.num_styles} styles",
            "preview": f"{manifest.preview.resolution} x {manifest.preview.resolution} pixels"
            if manifest.HasField("preview")
            else "none",
            "masked transfers": told_masked(manifest.masked_synthesis.style_sets),
            "half precision": "yes" if SYNTHESIS_FLOAT16 in names else "none",
            "guard": told_guard(manifest.guard) if manifest.HasField("guard") else "none",
            "labels": listed_labels(manifest.label_fields),
            "components": "yes" if "components.npz" in names else "none: no editing along components",
            "named components": listed(f"{item.name} ({item.index})" for item in named_directions(manifest)),
            "regions": told_regions(regions) if "regions.npz" in names else "none: no style transfer",
            "named regions": listed(
                f"{entry.name} ({index})" for index, entry in enumerate(region_entries(regions)) if entry.name
            ),
            "training": f"{manifest.training_kimg:g} thousand images, weights {manifest.training_digest or 'unknown'}",
            "curated from": manifest.curated_from or "-",
            "intended use": manifest.intended_use,
            "attribution": manifest.attribution,
            "licence": manifest.licence,
        }
    )
    click.echo("\nfile                        bytes  sha256")
    for file in manifest.files:
        click.echo(f"{file.name:<20}  {file.size:>11,}  {file.sha256}")


def show(facts: Mapping[str, str]) -> None:
    """A fact a line, the names in a column."""
    for name, text in facts.items():
        click.echo(f"{name + ':':<18} {text or '-'}")


def listed(names: Iterable[str]) -> str:
    """Names with commas; "none" for none."""
    return ", ".join(names) or "none"


def told_regions(regions: "RegionCatalogue") -> str:
    """Clusters, and the parts that pixels tell."""
    clusters = f"{regions.num_regions} at {regions.layer}, {regions.grid_size} x {regions.grid_size} cells"
    kinds = ", ".join(part.kind for part in regions.anatomy.parts)
    return f"{clusters}; found in the pixels: {kinds}" if kinds else clusters


def told_masked(style_sets: int) -> str:
    """How many transfers within a mask an image may have, with so many sets of styles; 0: no masked synthesis."""
    return f"up to {style_sets - 1} in one image" if style_sets else "none: transfers by channels only"


def told_guard(guard: Any) -> str:
    """What a bundle has to tell copies of training images."""
    return f"{guard.images:,} training images, refuses what is nearer than {guard.limit:.3g} to one"


def listed_labels(fields: Iterable[Any]) -> str:
    """Label fields with their values; "none" for none."""
    return "; ".join(f"{field.name}: {', '.join(field.values)}" for field in fields) or "none"
