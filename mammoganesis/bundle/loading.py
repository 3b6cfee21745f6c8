"""The model bundle: everything that training hands to the services, checked before any of it is used.

`load_bundle` reads and judges all files, opens mapping and affine, and replays the golden codes on them. The synthesis
network is large and only the engine runs it: `open_synthesis` opens it, `check_golden_images` replays the golden
images; likewise `open_preview` and `check_golden_previews`. `check_golden` does it all (`mammoganesis bundle check`).

Every fault is a BundleError that names the file, what was expected and what was found.

Shapes: see the fields; Cf and g are the channels and the width of the clustered activations, p the width of previews.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy import ndarray

from mammoganesis.bundle.arrays import Components, Golden, Regions, read_components, read_golden, read_regions
from mammoganesis.bundle.files import check_files, read_arrays, read_file, read_manifest
from mammoganesis.bundle.manifest import PREVIEW, SYNTHESIS_FLOAT16
from mammoganesis.bundle.sessions import CPU, Session
from mammoganesis.bundle.v1.manifest_pb2 import BundleManifest, File
from mammoganesis.editing import latents
from mammoganesis.errors import BundleError
from mammoganesis.recipe.limits import DEFAULT_EPSILON, DEFAULT_LOW_RESOLUTION_EPSILON, CallLimits, Direction, Limits

SYNTHESIS = "synthesis.onnx"
_STYLE_LAYER = re.compile(r"b(\d+)\.(conv0|conv1|torgb)")
_LOW_RESOLUTION = 8  # pixels


@dataclass(frozen=True, eq=False)
class Bundle:
    """A bundle that has passed every check but the golden images."""

    path: Path
    manifest: BundleManifest
    digest: str  # SHA-256 of manifest.json, 64 hexadecimal digits
    w_avg: ndarray  # [w_dim] float32
    noise_const: ndarray  # [num_noise] float32
    components: Components | None
    regions: Regions | None
    golden: Golden
    mapping: Session
    affine: Session

    @cached_property
    def layer_slices(self) -> tuple[slice, ...]:
        """Where each style layer stands among the num_styles, in order of synthesis."""
        ends = np.cumsum([layer.dim for layer in self.manifest.style_layers])
        return tuple(
            slice(int(end) - layer.dim, int(end)) for end, layer in zip(ends, self.manifest.style_layers, strict=True)
        )

    @property
    def num_noise(self) -> int:
        """Numbers in all noise maps of one image."""
        return len(self.noise_const)

    @cached_property
    def low_resolution_layers(self) -> tuple[int, ...]:
        """Style layers whose convolution, or toRGB, reads activations of 4x4 or 8x8."""
        return tuple(
            i for i, layer in enumerate(self.manifest.style_layers) if _input_resolution(layer.name) <= _LOW_RESOLUTION
        )

    @cached_property
    def label_fields(self) -> dict[str, tuple[str, ...]]:
        """Values of each label, in the order of c; empty for an unconditional model."""
        return {entry.name: tuple(entry.values) for entry in self.manifest.label_fields}

    @property
    def has_preview(self) -> bool:
        """Whether there is a preview network."""
        return self.manifest.HasField("preview")

    @property
    def has_float16(self) -> bool:
        """Whether there is a synthesis network in half precision."""
        return any(file.name == SYNTHESIS_FLOAT16 for file in self.manifest.files)

    @property
    def image_shape(self) -> tuple[int, int, int]:
        """C, H, W."""
        dims = self.manifest.dimensions
        return dims.channels, dims.resolution, dims.resolution

    def limits(self, calls: CallLimits | None = None) -> Limits:
        """What requests may ask of this bundle, on a server that takes `calls` (None: the defaults)."""
        dims, regions = self.manifest.dimensions, self.manifest.regions
        return Limits(
            z_dim=dims.z_dim,
            w_dim=dims.w_dim,
            num_ws=dims.num_ws,
            num_styles=dims.num_styles,
            num_style_layers=len(self.manifest.style_layers),
            num_components=0 if self.components is None else len(self.components.deviations),
            num_regions=0 if self.regions is None else len(self.regions.area_share),
            channels=dims.channels,
            component_names={
                named.name: Direction(named.index, named.layer_start, named.layer_end, named.reversed)
                for named in self.manifest.named_components
            },
            region_names={name: index for index, name in enumerate(regions.names) if name},
            label_fields=self.label_fields,
            default_epsilon=regions.default_epsilon or DEFAULT_EPSILON,
            low_resolution_epsilon=regions.low_resolution_epsilon
            if regions.HasField("low_resolution_epsilon")
            else DEFAULT_LOW_RESOLUTION_EPSILON,
            low_resolution_layers=self.low_resolution_layers,
            calls=calls or CallLimits(),
            resolution=dims.resolution,
            preview_resolution=self.manifest.preview.resolution,
        )

    def w_from_z(self, z: ndarray, labels: Mapping[str, str] | None = None) -> ndarray:
        """z [1, z_dim], and the labels of a conditional model -> w [1, w_dim] float32, before truncation.

        One row a call and one thread, here and in `styles_from_ws`: the same bits whatever else is being computed.
        """
        feeds = {"z": np.ascontiguousarray(z, dtype=np.float32)}
        if self.label_fields:
            feeds["c"] = latents.c_from_labels(labels or {}, self.label_fields)
        return self.mapping.run(feeds, ["w"])[0]

    def styles_from_ws(self, ws: ndarray) -> ndarray:
        """ws [num_ws, w_dim], truncated and edited -> styles [num_styles] float32."""
        return self.affine.run({"ws": np.ascontiguousarray(ws, dtype=np.float32)[None]}, ["styles"])[0][0]

    def open_synthesis(self, provider: str = CPU, threads: int = 0, float16: bool = False) -> Session:
        """The synthesis network: `styles` and `noise` -> `image` and `features`; with `float16` the one whose inside
        is in half precision, which the bundle must have."""
        num_styles, num_noise = self.manifest.dimensions.num_styles, self.num_noise
        return self._open(
            SYNTHESIS_FLOAT16 if float16 else SYNTHESIS, num_styles, num_noise, self.image_shape, provider, threads
        )

    def open_preview(self, provider: str = CPU, threads: int = 0) -> Session:
        """The preview network, which the bundle must have: the leading parts of `styles` and `noise` -> `image`
        [N, C, p, p] and `features`."""
        preview = self.manifest.preview
        shape = (self.manifest.dimensions.channels, preview.resolution, preview.resolution)
        return self._open(PREVIEW, preview.num_styles, preview.num_noise, shape, provider, threads)

    def _open(
        self, name: str, num_styles: int, num_noise: int, image: tuple[int, int, int], provider: str, threads: int
    ) -> Session:
        channels = None if self.regions is None else self.regions.centroids.shape[1]
        grid = None if self.regions is None else self.manifest.regions.grid_size
        file = next(file for file in self.manifest.files if file.name == name)
        return Session(
            read_file(self.path, file),
            self.path / name,
            inputs={"styles": [num_styles], "noise": [num_noise]},
            outputs={"image": image, "features": [channels, grid, grid]},
            provider=provider,
            threads=threads,
        )


def load_bundle(path: Path | str) -> Bundle:
    """Read the folder `path` and check everything but the golden images.

    Raises:
        BundleError: a file is missing, damaged, unlisted or inconsistent with the manifest, the format is another
            major version, an array has a wrong shape, type or value, a network other inputs or outputs, or a golden
            code comes out differently.
    """
    path = Path(path)
    manifest, digest = read_manifest(path)
    check_files(path, manifest)
    files = {file.name: file for file in manifest.files}
    dims = manifest.dimensions
    num_noise = sum(size * size for size in manifest.noise_sizes)
    c_dim = sum(len(entry.values) for entry in manifest.label_fields)
    mapping_inputs = {"z": [dims.z_dim]} | ({"c": [c_dim]} if c_dim else {})
    bundle = Bundle(
        path=path,
        manifest=manifest,
        digest=digest,
        w_avg=read_arrays(path, files, "latent_stats.npz").floats("w_avg", [dims.w_dim]),
        noise_const=read_arrays(path, files, "noise_const.npz").floats("noise", [num_noise]),
        components=read_components(read_arrays(path, files, "components.npz"), manifest)
        if "components.npz" in files
        else None,
        regions=read_regions(read_arrays(path, files, "regions.npz"), manifest) if "regions.npz" in files else None,
        golden=read_golden(read_arrays(path, files, "golden.npz"), manifest),
        mapping=_open(path, files["mapping.onnx"], mapping_inputs, {"w": [dims.w_dim]}),
        affine=_open(path, files["affine.onnx"], {"ws": [dims.num_ws, dims.w_dim]}, {"styles": [dims.num_styles]}),
    )
    num_components = 0 if bundle.components is None else len(bundle.components.deviations)
    for i, named in enumerate(manifest.named_components):
        if named.index >= num_components:
            raise BundleError(
                path / "manifest.json",
                f"named_components[{i}].index is {named.index}; the bundle has {num_components} components",
            )
    if any(index >= num_components for index in manifest.rejected_components):
        raise BundleError(
            path / "manifest.json",
            f"rejected_components goes up to {max(manifest.rejected_components)}; the bundle has {num_components}",
        )
    _check_golden_codes(bundle)
    return bundle


def check_golden(bundle: Bundle) -> None:
    """Replay all golden cases on the CPU, in every network that the bundle has; raises BundleError when a result is
    outside the manifest's tolerance."""
    _check_golden_codes(bundle)
    check_golden_images(bundle, bundle.open_synthesis())
    if bundle.has_float16:
        check_golden_images(bundle, bundle.open_synthesis(float16=True))
    if bundle.has_preview:
        check_golden_previews(bundle, bundle.open_preview())


def check_golden_images(bundle: Bundle, synthesis: Session) -> None:
    """Replay the golden images, one at a time; raises BundleError when one is outside the manifest's tolerance, which
    is the one of half precision for the network that has it."""
    tolerances = bundle.manifest.golden_tolerance
    half = synthesis.path.name == SYNTHESIS_FLOAT16
    golden = bundle.golden
    corner = (golden.crop_top, golden.crop_left)
    _replay(bundle, synthesis, golden.image, corner, tolerances.image_float16 if half else tolerances.image)


def check_golden_previews(bundle: Bundle, preview: Session) -> None:
    """Replay the golden previews likewise."""
    expected = bundle.golden.preview
    assert expected is not None, "golden.npz has previews when the bundle has"
    first = (bundle.manifest.preview.resolution - expected.shape[2]) // 2
    _replay(bundle, preview, expected, (first, first), bundle.manifest.golden_tolerance.image)


def _replay(bundle: Bundle, session: Session, expected: ndarray, corner: tuple[int, int], tolerance: float) -> None:
    """`expected` [n, C, crop, crop] is cut out of the images at `corner` (top, left)."""
    (num_styles,), (num_noise,) = session.inputs["styles"], session.inputs["noise"]
    noise = bundle.noise_const[None, :num_noise]
    rows, columns = (slice(first, first + expected.shape[2]) for first in corner)
    for case, seed in enumerate(bundle.golden.seeds):
        styles = np.ascontiguousarray(bundle.golden.styles[case : case + 1, :num_styles])
        try:
            image = session.run({"styles": styles, "noise": noise}, ["image"])[0][0]
        except RuntimeError as error:
            raise BundleError(bundle.path, f"golden case {case}: {error}") from error
        if not np.isfinite(image).all():
            raise BundleError(session.path, f"golden case {case} (seed {seed}): the image has values not finite")
        _compare(session.path, case, seed, "image", image[:, rows, columns], expected[case], tolerance)


def _check_golden_codes(bundle: Bundle) -> None:
    golden, dims = bundle.golden, bundle.manifest.dimensions
    tolerance = bundle.manifest.golden_tolerance.latents
    for case, seed in enumerate(golden.seeds):
        try:
            w = bundle.w_from_z(latents.z_from_seed(int(seed), dims.z_dim))
            _compare(bundle.mapping.path, case, seed, "w", w[0], golden.w[case], tolerance)
            ws = latents.truncate(golden.w[case], bundle.w_avg, golden.truncation_psi, dims.num_ws, dims.num_ws)
            styles = bundle.styles_from_ws(ws)
        except RuntimeError as error:
            raise BundleError(bundle.path, f"golden case {case}: {error}") from error
        _compare(bundle.affine.path, case, seed, "styles", styles, golden.styles[case], tolerance)


def _compare(path: Path, case: int, seed: int, what: str, found: ndarray, expected: ndarray, tolerance: float) -> None:
    difference = float(np.abs(found.astype(np.float64) - expected).max())
    if not difference <= tolerance:  # NaN compares false
        raise BundleError(
            path, f"golden case {case} (seed {seed}): {what} differs by {difference:.3g}; allowed: {tolerance:.3g}"
        )


def _input_resolution(name: str) -> float:
    """Width of the activations that enter the convolution of a style layer; infinite for a name of another form."""
    layer = _STYLE_LAYER.fullmatch(name)
    if layer is None:
        return float("inf")
    # conv0 of a block doubles the size of what the block before gives.
    return int(layer[1]) // 2 if layer[2] == "conv0" else int(layer[1])


def _open(folder: Path, file: File, inputs: dict[str, list[int]], outputs: dict[str, list[int | None]]) -> Session:
    return Session(read_file(folder, file), folder / file.name, inputs, outputs)


__all__ = [
    "Bundle",
    "Components",
    "Golden",
    "Regions",
    "check_golden",
    "check_golden_images",
    "check_golden_previews",
    "load_bundle",
]
