"""MODEL_CARD.md of a bundle: the author's text, then facts that the exporter knows. The writer adds the catalogue."""

from __future__ import annotations

from mammoganesis.bundle.arrays import Components, Regions
from mammoganesis.bundle.manifest import label_mixture_of
from mammoganesis.bundle.v1 import manifest_pb2

TEMPLATE = """# Model card: {name} {version}

**Every image from this model is synthetic. Not for diagnosis.**

{text}
## Intended use

{intended_use}

## Data and licence

- Attribution: {attribution}
- Licence: {licence}

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


def render(
    manifest: manifest_pb2.BundleManifest, text: str, components: Components | None, regions: Regions | None
) -> str:
    """The card as Markdown."""
    dimensions = manifest.dimensions
    return TEMPLATE.format(
        name=manifest.name,
        version=manifest.version,
        text=(text.strip() or DEFAULT_TEXT) + "\n",
        intended_use=manifest.intended_use,
        attribution=manifest.attribution or "none required.",
        licence=manifest.licence,
        resolution=dimensions.resolution,
        channels="greyscale" if dimensions.channels == 1 else f"{dimensions.channels} channels",
        z_dim=dimensions.z_dim,
        w_dim=dimensions.w_dim,
        num_ws=dimensions.num_ws,
        num_layers=len(manifest.style_layers),
        num_styles=dimensions.num_styles,
        kimg=f"{manifest.training_kimg:g}",
        digest=manifest.training_digest,
        components=_components(components),
        regions=_regions(regions),
        latents=manifest.golden_tolerance.latents,
        image=manifest.golden_tolerance.image,
        half=_half(manifest),
        preview=_preview(manifest),
        labels=_labels(manifest),
    )


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
    return f"{len(found.area_share)} clusters of the output of {found.layer} at {grid} x {grid}{samples}"
