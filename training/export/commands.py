"""`mammoganesis-training export`."""

from __future__ import annotations

import hashlib
from pathlib import Path

import click

from training.checkpoint import load_generator_ema, resolve
from training.export.bundle import BundleParts, BundleTexts, Training, write_bundle
from training.export.names import CuratedNames, read_names

DEFAULTS = BundleTexts()
FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command()
@click.argument("checkpoint", metavar="CKPT", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--out", required=True, type=click.Path(path_type=Path), help="Folder to write; it must not exist yet.")
@click.option("--components", type=FILE, help="components.npz of `discover components`; without it no component edits.")
@click.option("--regions", type=FILE, help="regions.npz of `discover regions`; without it no style transfer.")
@click.option("--names", type=FILE, help="JSON file with curated names of components and regions.")
@click.option("--name", default=DEFAULTS.name, show_default=True, help="Name of the bundle: a-z, 0-9 and hyphens.")
@click.option("--version", default=DEFAULTS.version, show_default=True, help="Semantic version of the model.")
@click.option("--model-card", type=FILE, help="Markdown that goes into MODEL_CARD.md before the table of facts.")
@click.option(
    "--attribution", default=DEFAULTS.attribution, show_default=True, help="Whose data the model was made of."
)
@click.option("--licence", default=DEFAULTS.licence, show_default=True, help="SPDX identifier or a sentence.")
@click.option(
    "--intended-use", default=DEFAULTS.intended_use, show_default=True, help="What the images may be used for."
)
def export(
    checkpoint: Path,
    out: Path,
    components: Path | None,
    regions: Path | None,
    names: Path | None,
    name: str,
    version: str,
    model_card: Path | None,
    attribution: str,
    licence: str,
    intended_use: str,
) -> None:
    """Write a bundle from CKPT, a checkpoint folder or a run folder (its newest checkpoint is taken).

    The averaged generator is exported to ONNX and compared with PyTorch before anything is written.
    """
    texts = BundleTexts(
        name=name,
        version=version,
        intended_use=intended_use,
        attribution=attribution,
        licence=licence,
        card=model_card.read_text(encoding="utf-8") if model_card else "",
    )
    folder = resolve(checkpoint)
    generator, content = load_generator_ema(folder)
    weights = (folder / "generator_ema.safetensors").read_bytes()
    training = Training(hashlib.sha256(weights).hexdigest(), int(content.get("images_seen", 0)) / 1000)
    parts = BundleParts(components, regions, read_names(names) if names else CuratedNames())
    digest = write_bundle(generator, out, texts, training, parts, report=click.echo)
    click.echo(f"bundle digest {digest}")
