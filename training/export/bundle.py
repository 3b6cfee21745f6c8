"""Writes a bundle: the folder that the services read.

Every file is made in memory or in a hidden folder beside the target, checked, and moved into place at the end, so a
bundle either is complete or is not there.
"""

from __future__ import annotations

import hashlib
import io
import os
import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from google.protobuf.json_format import MessageToJson
from mammoganesis.bundle.v1 import manifest_pb2

from training.errors import ConfigurationError
from training.export import model_card
from training.export.catalogues import Arrays, read_components, read_regions
from training.export.golden import GoldenCases, golden_cases
from training.export.graphs import (
    DEFAULT_FEATURE_LAYER,
    AffineGraph,
    MappingGraph,
    SynthesisGraph,
    noise_const,
    noise_sizes,
    num_noise,
)
from training.export.names import CuratedNames
from training.export.onnx_files import to_onnx
from training.export.verification import Differences, verify
from training.networks import Generator

FORMAT_MAJOR, FORMAT_MINOR = 1, 0
MANIFEST_NAME = "manifest.json"


@dataclass(frozen=True)
class BundleTexts:
    """What people read about a bundle."""

    name: str = "model"  # lower-case letters, digits, hyphens
    version: str = "0.1.0"  # semantic version
    intended_use: str = "Education and research. Synthetic images; not for diagnosis."
    attribution: str = ""  # whom the licence of the training data asks to be named; empty when nobody
    licence: str = "Not stated."
    card: str = ""  # Markdown; goes into MODEL_CARD.md between the title and the table of facts

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", self.name):
            raise ConfigurationError(f"name is {self.name!r}; allowed: lower-case letters, digits and single hyphens")
        if not re.fullmatch(r"\d+\.\d+\.\d+([-+][0-9A-Za-z.+-]+)?", self.version):
            raise ConfigurationError(f"version is {self.version!r}; it must be a semantic version such as 1.0.0")


@dataclass(frozen=True)
class Training:
    """Where the weights come from."""

    digest: str  # SHA-256 of generator_ema.safetensors, 64 hexadecimal digits
    kimg: float  # images shown to the discriminator, in thousands


@dataclass(frozen=True)
class BundleParts:
    """Optional contents."""

    components: Path | None = None  # components.npz of `discover components`
    regions: Path | None = None  # regions.npz of `discover regions`
    names: CuratedNames = field(default_factory=CuratedNames)


def write_bundle(
    generator: Generator,
    out: Path,
    texts: BundleTexts,
    training: Training,
    parts: BundleParts | None = None,
    *,
    report: Callable[[str], None] = lambda _: None,
) -> str:
    """Export, check and write a bundle.

    Args:
        generator: averaged generator on the CPU, in eval mode, float32.
        out: folder to make; it must not exist yet.
        texts: name, version and what people read.
        training: origin of the weights.
        parts: components, regions and their names.
        report: called with one line per step.

    Returns:
        the bundle digest: SHA-256 of manifest.json, 64 hexadecimal digits.

    Raises:
        ConfigurationError: `out` exists, or a text or name is not allowed.
        DataError: components or regions do not fit the generator.
        ExportError: a graph does not compute what the generator computes.
    """
    if out.exists():
        raise ConfigurationError(f"{out}: exists already; a bundle is never overwritten")
    parts = parts or BundleParts()
    components = read_components(parts.components, generator.config) if parts.components else None
    regions = read_regions(parts.regions, generator.config) if parts.regions else None
    parts.names.check(
        num_components=0 if components is None else len(components["deviations"]),
        num_regions=0 if regions is None else len(regions["area_share"]),
        num_ws=generator.config.num_ws,
    )
    models = _models(generator, str(regions["layer"]) if regions else DEFAULT_FEATURE_LAYER, report)
    report("golden cases in PyTorch")
    golden = golden_cases(generator)
    noise = noise_const(generator).numpy()
    report("the same in ONNX Runtime, alone and in a batch")
    differences = verify(models, golden, noise)
    report(f"largest difference: {differences.latents:.2g} in w and styles, {differences.image:.2g} in image values")
    files = {f"{name}.onnx": content for name, content in models.items()}
    files["latent_stats.npz"] = _npz({"w_avg": generator.mapping.w_avg.numpy()})
    files["noise_const.npz"] = _npz({"noise": noise})
    files["golden.npz"] = _npz(golden.arrays())
    if components is not None:
        files["components.npz"] = _npz(components)
    if regions is not None:
        files["regions.npz"] = _npz(regions)
    manifest = _manifest(generator, texts, training, parts.names, regions, golden, differences)
    card = model_card.render(manifest, texts.card, components, regions)
    files["MODEL_CARD.md"] = card.encode("utf-8")
    for name in sorted(files):
        manifest.files.add(name=name, sha256=hashlib.sha256(files[name]).hexdigest(), size=len(files[name]))
    files[MANIFEST_NAME] = manifest_json(manifest)
    _write(out, files)
    report(f"wrote {out}: {len(files)} files, {sum(map(len, files.values())) / 1e6:.1f} MB")
    return hashlib.sha256(files[MANIFEST_NAME]).hexdigest()


def manifest_json(manifest: manifest_pb2.BundleManifest) -> bytes:
    """The bytes of manifest.json: equal manifests give equal bytes; zeros are written too."""
    text = MessageToJson(
        manifest,
        preserving_proto_field_name=True,
        always_print_fields_with_no_presence=True,
        ensure_ascii=False,
    )
    return (text + "\n").encode("utf-8")


def _models(generator: Generator, feature_layer: str, report: Callable[[str], None]) -> dict[str, bytes]:
    config = generator.config
    num_styles = sum(layer.dim for layer in config.layers)
    random = torch.Generator().manual_seed(0)

    def example(*shape: int) -> torch.Tensor:
        return torch.randn(2, *shape, generator=random)

    report("mapping.onnx")
    mapping = to_onnx(MappingGraph(generator), {"z": example(config.z_dim)}, ["w"])
    report("affine.onnx")
    affine = to_onnx(AffineGraph(generator), {"ws": example(config.num_ws, config.w_dim)}, ["styles"])
    report("synthesis.onnx")
    inputs = {"styles": example(num_styles), "noise": example(num_noise(generator))}
    synthesis = to_onnx(SynthesisGraph(generator, feature_layer), inputs, ["image", "features"])
    return {"mapping": mapping, "affine": affine, "synthesis": synthesis}


def _manifest(
    generator: Generator,
    texts: BundleTexts,
    training: Training,
    names: CuratedNames,
    regions: Arrays | None,
    golden: GoldenCases,
    differences: Differences,
) -> manifest_pb2.BundleManifest:
    config = generator.config
    manifest = manifest_pb2.BundleManifest(
        format_major=FORMAT_MAJOR,
        format_minor=FORMAT_MINOR,
        name=texts.name,
        version=texts.version,
        dimensions=manifest_pb2.Dimensions(
            z_dim=config.z_dim,
            w_dim=config.w_dim,
            num_ws=config.num_ws,
            num_styles=golden.styles.shape[1],
            resolution=config.resolution,
            channels=config.image_channels,
        ),
        style_layers=[
            manifest_pb2.StyleLayer(name=layer.name, dim=layer.dim, ws_index=layer.ws_index) for layer in config.layers
        ],
        noise_sizes=noise_sizes(generator),
        golden_tolerance=manifest_pb2.GoldenTolerance(
            latents=differences.latents_tolerance, image=differences.image_tolerance
        ),
        training_digest=training.digest,
        training_kimg=training.kimg,
        intended_use=texts.intended_use,
        attribution=texts.attribution,
        licence=texts.licence,
    )
    if regions is not None:
        manifest.regions.layer = str(regions["layer"])
        manifest.regions.grid_size = int(regions["grid_size"])
        manifest.regions.num_regions = len(regions["area_share"])
        manifest.regions.names.extend(names.regions)
    for named in names.components:
        manifest.named_components.add(
            index=named.index, name=named.name, layer_start=named.layer_start, layer_end=named.layer_end
        )
    return manifest


def _npz(arrays: dict[str, Any]) -> bytes:
    buffer = io.BytesIO()
    np.savez(buffer, **arrays)
    return buffer.getvalue()


def _write(out: Path, files: dict[str, bytes]) -> None:
    out.parent.mkdir(parents=True, exist_ok=True)
    temporary = out.parent / f".writing-{out.name}"
    shutil.rmtree(temporary, ignore_errors=True)
    temporary.mkdir()
    try:
        for name, content in files.items():
            with open(temporary / name, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
        temporary.rename(out)
    except OSError:
        shutil.rmtree(temporary, ignore_errors=True)
        raise
