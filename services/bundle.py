"""The model bundle: everything that training hands to the services, checked before any of it is used.

`load_bundle` reads and judges all files, opens mapping and affine, and replays the golden codes on them. The synthesis
network is large and only the engine runs it: `open_synthesis` opens it, `check_golden_images` replays the golden
images. `check_golden` does all of that, for `mammoganesis bundle check`.

Every fault is a BundleError that names the file, what was expected and what was found.

Shapes: see the fields; Cf and g are the channels and the width of the clustered activations.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from mammoganesis.bundle.v1.manifest_pb2 import BundleManifest, File
from numpy import ndarray

from services import latents
from services.bundle_files import Arrays, check_files, read_arrays, read_file, read_manifest
from services.config import Config
from services.errors import BundleError
from services.onnx_sessions import CPU, Session
from services.validation import MAX_SEED, Limits


@dataclass(frozen=True, eq=False)
class Components:
    """Principal components of W."""

    components: ndarray  # [K, w_dim] float32, unit rows
    deviations: ndarray  # [K] float32, above 0, in units of w
    mean: ndarray  # [w_dim] float32
    explained_variance_ratio: ndarray  # [K] float32, 0 to 1


@dataclass(frozen=True, eq=False)
class Regions:
    """The region catalogue."""

    centroids: ndarray  # [k, Cf] float32, unit rows
    contributions: ndarray  # [k, num_styles] float32, 0 to 1; sums over k are 1
    area_share: ndarray  # [k] float32, 0 to 1; sum 1


@dataclass(frozen=True, eq=False)
class Golden:
    """Cases whose results are known; constant noise."""

    seeds: ndarray  # [n] int64
    truncation_psi: float
    w: ndarray  # [n, w_dim] float32, before truncation
    styles: ndarray  # [n, num_styles] float32
    image: ndarray  # [n, C, crop, crop] float32
    crop_top: int  # pixels
    crop_left: int  # pixels


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

    @property
    def image_shape(self) -> tuple[int, int, int]:
        """C, H, W."""
        dims = self.manifest.dimensions
        return dims.channels, dims.resolution, dims.resolution

    def limits(self, config: Config) -> Limits:
        """What requests may ask of this bundle under this configuration."""
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
                named.name: (named.index, named.layer_start, named.layer_end)
                for named in self.manifest.named_components
            },
            region_names={name: index for index, name in enumerate(regions.names) if name},
            # A call goes to the engine as a whole: more than its queue holds would never be taken.
            max_images_per_call=min(config.max_images_per_call, config.max_queued_images),
            max_images_per_stream=config.max_images_per_stream,
            resolution=dims.resolution,
            max_message_bytes=config.max_message_bytes,
        )

    def w_from_z(self, z: ndarray) -> ndarray:
        """z [1, z_dim] -> w [1, w_dim] float32, before truncation.

        One row a call and one thread, here and in `styles_from_ws`: the same bits whatever else is being computed.
        """
        return self.mapping.run({"z": np.ascontiguousarray(z, dtype=np.float32)}, ["w"])[0]

    def styles_from_ws(self, ws: ndarray) -> ndarray:
        """ws [num_ws, w_dim], truncated and edited -> styles [num_styles] float32."""
        return self.affine.run({"ws": np.ascontiguousarray(ws, dtype=np.float32)[None]}, ["styles"])[0][0]

    def open_synthesis(self, provider: str = CPU, threads: int = 0) -> Session:
        """The synthesis network: `styles` and `noise` -> `image` and `features`."""
        name, dims = "synthesis.onnx", self.manifest.dimensions
        channels = None if self.regions is None else self.regions.centroids.shape[1]
        grid = None if self.regions is None else self.manifest.regions.grid_size
        file = next(file for file in self.manifest.files if file.name == name)
        return Session(
            read_file(self.path, file),
            self.path / name,
            inputs={"styles": [dims.num_styles], "noise": [self.num_noise]},
            outputs={"image": self.image_shape, "features": [channels, grid, grid]},
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
    bundle = Bundle(
        path=path,
        manifest=manifest,
        digest=digest,
        w_avg=read_arrays(path, files, "latent_stats.npz").floats("w_avg", [dims.w_dim]),
        noise_const=read_arrays(path, files, "noise_const.npz").floats("noise", [num_noise]),
        components=_components(read_arrays(path, files, "components.npz"), manifest)
        if "components.npz" in files
        else None,
        regions=_regions(read_arrays(path, files, "regions.npz"), manifest) if "regions.npz" in files else None,
        golden=_golden(read_arrays(path, files, "golden.npz"), manifest),
        mapping=_open(path, files["mapping.onnx"], {"z": [dims.z_dim]}, {"w": [dims.w_dim]}),
        affine=_open(path, files["affine.onnx"], {"ws": [dims.num_ws, dims.w_dim]}, {"styles": [dims.num_styles]}),
    )
    num_components = 0 if bundle.components is None else len(bundle.components.deviations)
    for i, named in enumerate(manifest.named_components):
        if named.index >= num_components:
            raise BundleError(
                path / "manifest.json",
                f"named_components[{i}].index is {named.index}; the bundle has {num_components} components",
            )
    _check_golden_codes(bundle)
    return bundle


def check_golden(bundle: Bundle) -> None:
    """Replay all golden cases on the CPU; raises BundleError when a result is outside the manifest's tolerance."""
    _check_golden_codes(bundle)
    check_golden_images(bundle, bundle.open_synthesis())


def check_golden_images(bundle: Bundle, synthesis: Session) -> None:
    """Replay the golden images, one at a time; raises BundleError when one is outside the manifest's tolerance."""
    golden = bundle.golden
    noise = bundle.noise_const[None]
    rows = slice(golden.crop_top, golden.crop_top + golden.image.shape[2])
    columns = slice(golden.crop_left, golden.crop_left + golden.image.shape[3])
    for case, seed in enumerate(golden.seeds):
        try:
            image = synthesis.run({"styles": golden.styles[case : case + 1], "noise": noise}, ["image"])[0][0]
        except RuntimeError as error:
            raise BundleError(bundle.path, f"golden case {case}: {error}") from error
        if not np.isfinite(image).all():
            raise BundleError(synthesis.path, f"golden case {case} (seed {seed}): the image has values not finite")
        tolerance = bundle.manifest.golden_tolerance.image
        _compare(synthesis.path, case, seed, "image", image[:, rows, columns], golden.image[case], tolerance)


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


def _open(folder: Path, file: File, inputs: dict[str, list[int]], outputs: dict[str, list[int | None]]) -> Session:
    return Session(read_file(folder, file), folder / file.name, inputs, outputs)


def _components(arrays: Arrays, manifest: BundleManifest) -> Components:
    w_dim = manifest.dimensions.w_dim
    components = arrays.floats("components", [None, w_dim])
    count = len(components)
    if not 1 <= count <= w_dim:
        raise arrays.fail(f"components has {count} rows; allowed: 1 to w_dim, {w_dim}")
    _check_unit_rows(arrays, "components", components)
    result = Components(
        components=components,
        deviations=arrays.floats("deviations", [count]),
        mean=arrays.floats("mean", [w_dim]),
        explained_variance_ratio=arrays.floats("explained_variance_ratio", [count]),
    )
    if not (result.deviations > 0).all():
        raise arrays.fail(f"deviations goes down to {result.deviations.min()}; expected above 0")
    _check_shares(arrays, "explained_variance_ratio", result.explained_variance_ratio)
    return result


def _regions(arrays: Arrays, manifest: BundleManifest) -> Regions:
    count, num_styles = manifest.regions.num_regions, manifest.dimensions.num_styles
    result = Regions(
        centroids=arrays.floats("centroids", [count, None]),
        contributions=arrays.floats("contributions", [count, num_styles]),
        area_share=arrays.floats("area_share", [count]),
    )
    _check_unit_rows(arrays, "centroids", result.centroids)
    _check_shares(arrays, "contributions", result.contributions)
    _check_shares(arrays, "area_share", result.area_share)
    sums = result.contributions.sum(axis=0, dtype=np.float64)
    worst = int(np.abs(sums - 1).argmax())
    if abs(sums[worst] - 1) > 1e-3:
        raise arrays.fail(f"contributions of channel {worst} add up to {sums[worst]:.6g}; expected 1 within 0.001")
    return result


def _golden(arrays: Arrays, manifest: BundleManifest) -> Golden:
    dims = manifest.dimensions
    seeds = arrays.integers("seeds", [None], 0, MAX_SEED)
    count = len(seeds)
    if not 1 <= count <= 64:
        raise arrays.fail(f"{count} seeds; allowed: 1 to 64")
    image = arrays.floats("image", [count, dims.channels, None, None])
    crop = image.shape[2]
    if image.shape[3] != crop or not 1 <= crop <= dims.resolution:
        raise arrays.fail(f"image has the shape {list(image.shape)}; expected square crops of 1 to {dims.resolution}")
    psi = float(arrays.floats("truncation_psi", []))
    if not 0 <= psi <= 2:
        raise arrays.fail(f"truncation_psi is {psi}; allowed: 0 to 2")
    edge = dims.resolution - crop
    return Golden(
        seeds=seeds,
        truncation_psi=psi,
        w=arrays.floats("w", [count, dims.w_dim]),
        styles=arrays.floats("styles", [count, dims.num_styles]),
        image=image,
        crop_top=int(arrays.integers("crop_top", [], 0, edge)),
        crop_left=int(arrays.integers("crop_left", [], 0, edge)),
    )


def _check_unit_rows(arrays: Arrays, name: str, rows: ndarray) -> None:
    lengths = np.linalg.norm(rows.astype(np.float64), axis=1)
    worst = int(np.abs(lengths - 1).argmax())
    if abs(lengths[worst] - 1) > 1e-3:
        raise arrays.fail(f"{name}[{worst}] has the length {lengths[worst]:.6g}; expected 1 within 0.001")


def _check_shares(arrays: Arrays, name: str, values: ndarray) -> None:
    if not (values.min() >= 0 and values.max() <= 1 + 1e-3):
        raise arrays.fail(f"{name} goes from {values.min():.6g} to {values.max():.6g}; allowed: 0 to 1")


__all__ = ["Bundle", "Components", "Golden", "Regions", "check_golden", "check_golden_images", "load_bundle"]
