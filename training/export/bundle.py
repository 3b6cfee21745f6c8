"""A trained generator as a bundle: its parts composed and checked; `mammoganesis.bundle.writing` writes the folder."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from mammoganesis.bundle.catalogue import fill
from mammoganesis.bundle.manifest import (
    COMPONENTS,
    FORMAT_MAJOR,
    FORMAT_MINOR,
    GOLDEN,
    GUARD,
    GUARD_INDEX,
    LATENT_STATS,
    NOISE_CONST,
    REGIONS,
    fault_of_model,
)
from mammoganesis.bundle.names import NAME_WORDS, VERSION_WORDS, is_name, is_version
from mammoganesis.bundle.npz import to_npz
from mammoganesis.bundle.regions import Regions
from mammoganesis.bundle.v1 import manifest_pb2
from mammoganesis.bundle.v1.catalogue_pb2 import Catalogue
from mammoganesis.bundle.writing import write_bundle
from mammoganesis.editing.layers import DEFAULT_FEATURE_LAYER
from mammoganesis.editing.masks import STYLE_SETS
from mammoganesis.errors import ConfigurationError
from training.checkpoints.origin import Training
from training.export import model_card, preview_match
from training.export.discovered import Report, components_of, regions_of, sizes_of
from training.export.evaluations import read_evaluations
from training.export.golden import Outputs, golden_cases, random_cases
from training.export.graphs import noise_const, noise_sizes
from training.export.guard_index import GuardParts, guard_of, guarded, told
from training.export.models import Models
from training.export.onnx_files import Array
from training.export.preview_match import PreviewMatch
from training.export.verification import Differences, verify
from training.networks import Generator, GeneratorConfig

SMALLEST_PREVIEW = 16  # pixels
HALF_FROM = 256  # pixels: below, a GPU waits for its kernels to start, not for their arithmetic
RANDOM_CODES = 8
GUARDED_SAMPLES = 64  # samples of the model that are shown to its guard


@dataclass(frozen=True)
class BundleTexts:
    """What people read about a bundle."""

    name: str = "model"  # lower-case letters, digits, hyphens
    version: str = "0.1.0"  # semantic version
    intended_use: str = "Education and research. Synthetic images; not for diagnosis."
    attribution: str = ""  # whom the licence of the training data asks to be named; empty where nobody has said
    licence: str = model_card.NO_LICENCE  # of the training data
    card: str = ""  # Markdown; goes into MODEL_CARD.md between the title and the table of facts

    def __post_init__(self) -> None:
        if not is_name(self.name):
            raise ConfigurationError(f"--name is {self.name!r}; allowed: {NAME_WORDS}")
        if not is_version(self.version):
            raise ConfigurationError(f"--version is {self.version!r}; allowed: {VERSION_WORDS}")
        if not self.intended_use.strip():
            raise ConfigurationError(f"--intended-use is {self.intended_use!r}; allowed: a sentence or two for users")


@dataclass(frozen=True)
class BundleParts:
    """Optional contents."""

    components: Path | None = None  # components.npz of `discover components`
    regions: Path | None = None  # regions.npz of `discover regions`
    catalogue: Catalogue | None = None  # what a person said about both
    default_epsilon: float | None = None  # of transfers, above 0 to 512; None: the catalogue's
    low_resolution_epsilon: float | None = None  # of 4x4 and 8x8 layers, 0 to 512; None: the catalogue's
    preview_resolution: int | None = None  # pixels; 0: no preview; None: a quarter of the model's, 16 or more
    preview_codes: int = preview_match.CODES  # that bring previews to the brightness of images; 0: as they come
    fp16: bool | None = None  # with synthesis_fp16.onnx; None: from 256 pixels up
    masked: bool = True  # with synthesis_masked.onnx
    random_codes: int = RANDOM_CODES  # compared with PyTorch beside the golden cases, 0 or more
    evaluations: tuple[Path, ...] = ()  # files and folders of `evaluate`, for the model card
    guard: bool = False  # with what refuses copies of the training images, which `data` then has to hold
    data: Path | None = None  # prepared set that the generator was trained on


def export_bundle(
    generator: Generator,
    out: Path,
    texts: BundleTexts,
    training: Training,
    parts: BundleParts | None = None,
    *,
    report: Report = lambda _: None,
) -> str:
    """Export, check and write a bundle.

    Args:
        generator: averaged generator on the CPU, in eval mode, float32.
        out: folder to make; it must not exist yet.
        texts: name, version and what people read.
        training: origin of the weights.
        parts: components, regions, their catalogue, preview and float16 graph.
        report: called with one line per step.

    Returns:
        the bundle digest: SHA-256 of manifest.json, 64 hexadecimal digits.

    Raises:
        ConfigurationError: `out` exists, a text or a resolution is not allowed, results are none of this generator, or
            the set for the guard is none that it was trained on.
        InvalidArgument: an entry of the catalogue is not allowed, or does not fit the generator.
        BundleError: components or regions do not fit the generator, or are of another one.
        ExportError: a graph does not compute what the generator computes.
        DiskFull: there is no room.
    """
    if out.exists():
        raise ConfigurationError(f"{out}: exists already; a bundle is never overwritten")
    parts = parts or BundleParts()
    config = generator.config
    sizes = sizes_of(config, training.digest)
    components = components_of(parts.components, sizes, report) if parts.components else None
    regions = regions_of(parts.regions, sizes, report) if parts.regions else None
    evaluations = read_evaluations(parts.evaluations, training.digest, report)
    feature_layer = regions.layer if regions else DEFAULT_FEATURE_LAYER
    card = model_card.Contents(texts.card, training, components, regions, evaluations)
    preview_resolution = _preview_resolution(generator, feature_layer, parts.preview_resolution)
    match = _preview_match(generator, preview_resolution, parts.preview_codes, report)
    outputs = Outputs(feature_layer, preview_resolution, match, parts.masked)
    manifest = _manifest(generator, texts, training, regions)
    model_card.render(manifest, card)  # results that lack something are refused before anything takes long
    guard = _guard(parts.data, config, training.data_digest, report) if parts.guard else None
    _fill(manifest, parts, 0 if components is None else len(components.deviations))

    models = Models(generator, outputs, config.resolution >= HALF_FROM if parts.fp16 is None else parts.fp16)
    graphs = models.export(report)
    report("golden cases and random codes in PyTorch")
    golden = golden_cases(generator, outputs)
    cases = [golden.cases]
    if parts.random_codes:
        cases.append(random_cases(generator, parts.random_codes, outputs))
    report("the same in ONNX Runtime, alone and in a batch")
    differences = verify(graphs, cases, models.emulated_half)
    report(_summary(differences))

    contents = {f"{name}.onnx": content for name, content in graphs.items()}
    contents[LATENT_STATS] = to_npz({"w_avg": generator.mapping.w_avg.numpy()})
    contents[NOISE_CONST] = to_npz({"noise": noise_const(generator).numpy()})
    contents[GOLDEN] = to_npz(golden.in_bundle().arrays())
    if components is not None:
        contents[COMPONENTS] = to_npz(components.arrays())
    if regions is not None:
        contents[REGIONS] = to_npz(regions.arrays())
    manifest.golden_tolerance.latents = differences.latents_tolerance
    manifest.golden_tolerance.image = differences.image_tolerance
    manifest.golden_tolerance.image_float16 = differences.image_float16_tolerance
    if models.preview is not None:
        manifest.preview.resolution = outputs.preview_resolution
        manifest.preview.num_styles = models.preview.num_styles
        manifest.preview.num_noise = models.preview.num_noise
    if models.masked is not None:
        manifest.masked_synthesis.style_sets = STYLE_SETS
    if guard is not None:
        contents |= {GUARD: guard.network, GUARD_INDEX: to_npz(guard.index.arrays())}
        manifest.guard.CopyFrom(guard.said)
        card = replace(card, guard=guarded(guard, _samples(generator, feature_layer)))
        report(f"guard: {told(guard)}")
    digest = write_bundle(out, manifest, model_card.render(manifest, card), contents.items())
    sizes_in_bytes = [path.stat().st_size for path in out.iterdir()]
    report(f"wrote {out}: {len(sizes_in_bytes)} files, {sum(sizes_in_bytes) / 1e6:.1f} MB")
    return digest


def _preview_resolution(generator: Generator, feature_layer: str, wanted: int | None) -> int:
    """Pixels of the preview, 0 for none. The clustered layer lies within it: previews also segment."""
    whole = generator.config.resolution
    layer = next(layer for layer in generator.config.layers if layer.name == feature_layer)
    least = max(8, layer.resolution)
    if wanted is None:
        wanted = max(whole // 4, SMALLEST_PREVIEW, least)
        return wanted if wanted < whole else 0
    if wanted and (wanted & (wanted - 1) or not least <= wanted < whole):
        raise ConfigurationError(
            f"--preview-resolution is {wanted}; allowed: 0 (none) or a power of two from {least} to {whole // 2}"
        )
    return wanted


def _preview_match(generator: Generator, resolution: int, codes: int, report: Report) -> PreviewMatch | None:
    least = preview_match.LEAST_CODES
    if 0 < codes < least:
        raise ConfigurationError(f"--preview-codes is {codes}; allowed: 0 (previews as they come) or {least} and more")
    if not (resolution and codes):
        return None
    report(f"brightness of previews, {codes} codes")
    return preview_match.fit(generator, resolution, codes)


def _guard(data: Path | None, config: GeneratorConfig, data_digest: str, report: Report) -> GuardParts:
    if data is None:
        raise ConfigurationError("--guard needs the training images: give their prepared set with --data")
    report("guard: features of the training images")
    return guard_of(data, config.resolution, config.image_channels, data_digest)


def _samples(generator: Generator, feature_layer: str) -> Array:
    """[n, C, R, R]: what the model draws without truncation."""
    return random_cases(generator, GUARDED_SAMPLES, Outputs(feature_layer, 0)).image


def _fill(manifest: manifest_pb2.BundleManifest, parts: BundleParts, num_components: int) -> None:
    """The catalogue and the epsilons into the manifest."""
    catalogue = Catalogue()
    catalogue.CopyFrom(parts.catalogue or Catalogue())
    for field in ("default_epsilon", "low_resolution_epsilon"):
        if getattr(parts, field) is not None:
            setattr(catalogue, field, getattr(parts, field))
    fill(manifest, catalogue, num_components)
    if reason := fault_of_model(manifest):
        raise ConfigurationError(reason)


def _summary(differences: Differences) -> str:
    line = f"largest difference: {differences.latents:.2g} in w and styles, {differences.image:.2g} in image values"
    half = differences.image_float16
    return line if half is None else f"{line}, {half:.2g} in those of the float16 graph"


def _manifest(
    generator: Generator, texts: BundleTexts, training: Training, regions: Regions | None
) -> manifest_pb2.BundleManifest:
    """What is known before anything is exported."""
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
            num_styles=sum(layer.dim for layer in config.layers),
            resolution=config.resolution,
            channels=config.image_channels,
        ),
        style_layers=[
            manifest_pb2.StyleLayer(name=layer.name, dim=layer.dim, ws_index=layer.ws_index) for layer in config.layers
        ],
        noise_sizes=noise_sizes(generator),
        training_digest=training.digest,
        training_kimg=training.kimg,
        intended_use=texts.intended_use,
        attribution=texts.attribution,
        licence=texts.licence,
    )
    for name, values in config.label_fields:
        manifest.label_fields.add(name=name, values=values)
    for values, images in config.label_mixture:
        manifest.label_mixture.combinations.add(values=values, images=images)
        manifest.label_mixture.withheld = training.label_dropout
    if regions is not None:
        manifest.regions.layer = regions.layer
        manifest.regions.grid_size = regions.grid_size
        manifest.regions.num_regions = len(regions.centroids)
        for kind in regions.parts:
            manifest.regions.anatomy.parts.add(kind=kind, name=kind)
    return manifest
