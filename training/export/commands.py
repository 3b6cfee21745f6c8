"""`mammoganesis-training export`."""

from __future__ import annotations

from pathlib import Path

import click

from mammoganesis.bundle.catalogue_file import read_catalogue
from mammoganesis.errors import ConfigurationError
from mammoganesis.recipe.limits import DEFAULT_EPSILON, DEFAULT_LOW_RESOLUTION_EPSILON, MAX_EPSILON
from mammoganesis.terminal.gathering import gathered, options_named, together
from training.checkpoints.checkpoint import load_generator_ema, resolve
from training.checkpoints.digest import generator_digest
from training.checkpoints.origin import training_of
from training.export.bundle import RANDOM_CODES, BundleParts, BundleTexts, export_bundle
from training.export.preview_match import CODES
from training.export.terms import with_data, with_terms

DEFAULTS = BundleTexts()
FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise ConfigurationError(f"{path}: no UTF-8 text ({error.reason} at byte {error.start})") from error


@click.command()
@click.argument("checkpoint", metavar="CKPT")
@click.option("--out", required=True, type=click.Path(path_type=Path), help="Folder to write; it must not exist yet.")
@together(
    click.option("--name", default=DEFAULTS.name, show_default=True, help="Name of the bundle: a-z, 0-9 and hyphens."),
    click.option("--version", default=DEFAULTS.version, show_default=True, help="Semantic version of the model."),
    click.option(
        "--model-card",
        "card",
        type=FILE,
        callback=lambda _, __, path: _text(path) if path else "",
        help="Markdown that goes into MODEL_CARD.md before the table of facts.",
    ),
    click.option(
        "--attribution",
        default="",
        help="Whom the licence of the training images asks to be named.  [default: as the prepared set says]",
    ),
    click.option(
        "--licence",
        default="",
        help="Of the training images: SPDX identifier or a sentence.  [default: as the prepared set says; needed]",
    ),
    click.option(
        "--intended-use", default=DEFAULTS.intended_use, show_default=True, help="What the images may be used for."
    ),
    gathered(BundleTexts, "texts"),
)
@together(
    click.option(
        "--components",
        type=FILE,
        help="components.npz of `discover components`; without it no component edits.",
    ),
    click.option("--regions", type=FILE, help="regions.npz of `discover regions`; without it no style transfer."),
    click.option(
        "--catalogue",
        type=FILE,
        callback=lambda _, __, path: read_catalogue(path) if path else None,
        help="catalogue.json of `curate`, made for this generator with the same components and regions.",
    ),
    click.option(
        "--default-epsilon",
        type=click.FloatRange(0, MAX_EPSILON, min_open=True),
        help=f"Epsilon of style transfers that name none.  [default: the catalogue's, else {DEFAULT_EPSILON:g}]",
    ),
    click.option(
        "--low-resolution-epsilon",
        type=click.FloatRange(0, MAX_EPSILON),
        help="Largest epsilon of 4x4 and 8x8 layers unless a transfer names them.  "
        f"[default: the catalogue's, else {DEFAULT_LOW_RESOLUTION_EPSILON:g}]",
    ),
    click.option(
        "--preview-resolution",
        type=click.IntRange(0),
        help="Pixels of the quick preview, a power of two; 0: none.  [default: a quarter of the model's, 16 or more]",
    ),
    click.option(
        "--preview-codes",
        default=CODES,
        show_default=True,
        type=click.IntRange(0, 10_000),
        help="Random codes, 8 or more, by which previews are brought to the brightness of images; 0: as they come.",
    ),
    click.option(
        "--fp16/--no-fp16",
        default=None,
        help="With a float16 synthesis graph for GPUs beside the float32 one.  [default: from 256 pixels up]",
    ),
    click.option(
        "--masked/--no-masked",
        default=True,
        show_default=True,
        help="With a synthesis graph for local edits within a mask.",
    ),
    click.option(
        "--random-codes",
        default=RANDOM_CODES,
        show_default=True,
        type=click.IntRange(0, 1000),
        help="Random codes whose results in ONNX Runtime are compared with PyTorch, beside the four golden ones.",
    ),
    click.option(
        "--evaluations",
        multiple=True,
        type=click.Path(exists=True, path_type=Path),
        help="Results for the model card: JSON files of `evaluate metrics|neighbours|locality|directions`, or folders "
        "that hold them; can be given several times.",
    ),
    click.option(
        "--guard",
        is_flag=True,
        help="With what refuses copies of training images: features of the images of --data, which is then needed.",
    ),
    click.option(
        "--data",
        type=click.Path(exists=True, file_okay=False, path_type=Path),
        help="Prepared set that it was trained on: for --guard, and for checkpoints that do not know its counts and "
        "licence.",
    ),
    gathered(BundleParts, "parts"),
)
@click.option("--no-licence", is_flag=True, help="Export without a licence; the model card says that there is none.")
def export(checkpoint: str, out: Path, texts: BundleTexts, parts: BundleParts, no_licence: bool) -> None:
    """Write a bundle from CKPT, a checkpoint or a run (its newest checkpoint is taken): a folder, or an address that
    fsspec knows, such as gs://BUCKET/RUN.

    The averaged generator is exported to ONNX and compared with PyTorch before anything is written. The model card is
    filled from what the checkpoint knows of its data and training, and from what was measured (--evaluations).
    """
    folder = resolve(checkpoint)
    generator, content = load_generator_ema(folder)
    training = with_data(training_of(content, generator_digest(folder)), parts.data)
    texts = with_terms(texts, training, no_licence)
    with options_named("default_epsilon", "low_resolution_epsilon"):
        digest = export_bundle(generator, out, texts, training, parts, report=click.echo)
    click.echo(f"bundle digest {digest}")
