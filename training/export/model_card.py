"""MODEL_CARD.md of a bundle: the author's text, then facts that the exporter knows. The writer adds the catalogue."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mammoganesis.bundle.arrays import Components
from mammoganesis.bundle.manifest import label_mixture_of
from mammoganesis.bundle.regions import Regions
from mammoganesis.bundle.v1 import manifest_pb2
from training.checkpoints.origin import Training
from training.export.card_results import results, table
from training.export.evaluations import Found

TEMPLATE = """# Model card: {name} {version}

**Every image from this model is synthetic. Not for diagnosis.**

{text}
## Intended use

{intended_use}

## Data and licence

- Licence: {licence}
- Attribution: {attribution}
{terms}
{data}

## Training

{training}

## Measured

{results}
## Facts

| | |
|---|---|
| Image | {resolution} x {resolution} pixels, {channels} |
| Generator | StyleGAN2, z {z_dim}, w {w_dim}, {num_ws} codes, {num_layers} style layers, {num_styles} style channels |
| Labels | {labels} |
| Preview | {preview} |
| Images shown in training | {kimg} thousand |
| SHA-256 of generator_ema.safetensors | `{digest}` |
| Components | {components} |
| Regions | {regions} |
| Golden tolerance | {latents:g} in w and styles, {image:g} in image values (range about -1 to 1){half} |

## Limits

- The model shows one breast in one view at a time. Two images of one code are not two views of one patient.
- It can only show what its training images show, and it shows rare findings less often or not at all.
- Truncation (psi below 1) trades variety for plausibility: samples are not distributed like patients.
- No measurement taken from an image (density, distances, doses) means anything.
"""

DEFAULT_TEXT = "No further description was given when this bundle was exported."
NO_LICENCE = "Not stated."
NO_TERMS = (
    "\n**Nobody has stated under which licence the training images may be used. Ask before you use or pass on this "
    "model or its images.**\n"
)


@dataclass(frozen=True)
class Contents:
    """What a card is made of, beside the manifest."""

    text: str  # of the author, Markdown
    training: Training
    components: Components | None
    regions: Regions | None
    evaluations: tuple[Found, ...]
    guard: Sequence[str] = ()  # what is said of it, Markdown; empty where there is none


def render(manifest: manifest_pb2.BundleManifest, contents: Contents) -> str:
    """The card as Markdown.

    Raises:
        ConfigurationError: a file of results lacks something.
    """
    dimensions = manifest.dimensions
    return TEMPLATE.format(
        name=manifest.name,
        version=manifest.version,
        text=(contents.text.strip() or DEFAULT_TEXT) + "\n",
        intended_use=manifest.intended_use,
        attribution=manifest.attribution or "not stated",
        licence=manifest.licence,
        terms=NO_TERMS if manifest.licence == NO_LICENCE else "",
        data="\n".join(_data(contents.training)),
        training="\n".join(_training(contents.training)),
        results=results(contents.evaluations) + _guard(contents.guard),
        resolution=dimensions.resolution,
        channels="greyscale" if dimensions.channels == 1 else f"{dimensions.channels} channels",
        z_dim=dimensions.z_dim,
        w_dim=dimensions.w_dim,
        num_ws=dimensions.num_ws,
        num_layers=len(manifest.style_layers),
        num_styles=dimensions.num_styles,
        kimg=f"{manifest.training_kimg:g}",
        digest=manifest.training_digest,
        components=_components(contents.components),
        regions=_regions(contents.regions),
        latents=manifest.golden_tolerance.latents,
        image=manifest.golden_tolerance.image,
        half=_half(manifest),
        preview=_preview(manifest),
        labels=_labels(manifest),
    )


def _data(training: Training) -> list[str]:
    """The training set: counts and digest, as far as the checkpoint knows them."""
    facts = training.data
    digest = f"`{training.data_digest}`" if training.data_digest else "not known"
    if not facts:
        return [f"The checkpoint does not say of how many images, or whose, it was made. Data digest: {digest}."]
    unknown = f"; of {facts['of_nobody']} images the patient is not known" if facts["of_nobody"] else ""
    rows = [
        ["Training images", f"{facts['images']} of {facts['patients']} patients{unknown}"],
        ["Held out", f"{facts['held_out']} of {facts['patients_held_out']} other patients"],
        ["Views", _counted(facts["views"])],
        ["Sides", _counted(facts["sides"])],
        *([f"Label {name}", _counted(counts)] for name, counts in facts["labels"].items()),
        ["Prepared at", f"{facts['resolution']} x {facts['resolution']} pixels"],
        ["Data digest", digest],
    ]
    return table(["", ""], rows)


def _counted(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{name or 'not known'} {count}" for name, count in counts.items())


def _training(training: Training) -> list[str]:
    """How it was trained, and what it began from, the newest first."""
    if training.imported:
        return [f"Not trained here: imported from {training.imported}. Its authors know the data."]
    lines = [f"    {training.command}" if training.command else "The checkpoint does not say with which options."]
    for ancestor in reversed(training.ancestors):
        lines += ["", f"Began from the generator `{ancestor['digest']}`: {_past(ancestor)}."]
    return lines


def _past(ancestor: Mapping[str, Any]) -> str:
    if ancestor["imported"]:
        return f"imported from {ancestor['imported']}"
    data = ancestor["data"]
    images = f" {data['images']} images," if data else ""
    command = f", `{ancestor['command']}`" if ancestor["command"] else ""
    return f"{ancestor['kimg']:g} thousand images shown, of{images} data digest `{ancestor['data_digest']}`{command}"


def _guard(lines: Sequence[str]) -> str:
    return "\n".join(["", "### Guard against copies", "", *lines, ""]) if lines else ""


def _half(manifest: manifest_pb2.BundleManifest) -> str:
    tolerance = manifest.golden_tolerance.image_float16
    return f", {tolerance:g} in those of the float16 graph" if tolerance else ""


def _preview(manifest: manifest_pb2.BundleManifest) -> str:
    pixels = manifest.preview.resolution
    return f"{pixels} x {pixels} pixels" if pixels else "none"


def _labels(manifest: manifest_pb2.BundleManifest) -> str:
    if not manifest.HasField("label_mixture"):
        return "; ".join(f"{field.name}: {', '.join(field.values)}" for field in manifest.label_fields) or "none"
    mixture, withheld = label_mixture_of(manifest), manifest.label_mixture.withheld
    unlabelled = f"withheld from {withheld:.0%} of them, field by field" if withheld else "never withheld"
    return f"of the training images {mixture.describe()}; in training {unlabelled}"


def _components(found: Components | None) -> str:
    if found is None:
        return "none: component edits are refused"
    share = float(found.explained_variance_ratio.sum())
    samples = "" if found.num_samples is None else f" of {found.num_samples:,} codes"
    return f"{len(found.deviations)} principal components{samples}, {share:.1%} of the variance of W"


def _regions(found: Regions | None) -> str:
    if found is None:
        return "none: style transfer is refused"
    samples = "" if found.num_samples is None else f" of {found.num_samples:,} images"
    grid = found.grid_size
    parts = f"; found in the pixels: {', '.join(found.parts)}" if found.parts else ""
    return f"{len(found.centroids)} clusters of the output of {found.layer} at {grid} x {grid}{samples}{parts}"
