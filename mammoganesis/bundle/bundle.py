"""A bundle that was read: its arrays, what they allow, and its networks.

A network is read, compared with its digest and opened when it is first asked for: `mapping` and `affine` by whoever
computes codes, `open_synthesis` and `open_preview` by whoever draws. Every fault is then a BundleError.

Shapes: see the fields; Cf and g are the channels and the width of the clustered activations, p the width of previews.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy import ndarray

from mammoganesis.bundle.arrays import Components, Golden
from mammoganesis.bundle.curated import direction_of, named_directions, region_names
from mammoganesis.bundle.files import BundleFiles
from mammoganesis.bundle.guard import Guard, GuardIndex
from mammoganesis.bundle.manifest import (
    AFFINE,
    GUARD,
    MAPPING,
    PREVIEW,
    SYNTHESIS,
    SYNTHESIS_FLOAT16,
    SYNTHESIS_MASKED,
    label_mixture_of,
)
from mammoganesis.bundle.regions import Regions
from mammoganesis.bundle.rows import ROWS_AT_ONCE, run_in_parts, same_together
from mammoganesis.bundle.runtimes import FLOAT16, FLOAT32, ONE_THREAD, REFERENCE, Runtime
from mammoganesis.bundle.sessions import Session
from mammoganesis.bundle.v1.manifest_pb2 import BundleManifest
from mammoganesis.editing import latents, layers, reach
from mammoganesis.editing.labels import LabelMixture, c_from_labels, c_of_images
from mammoganesis.editing.layers import StyleLayer
from mammoganesis.files import Location
from mammoganesis.recipe.limits import DEFAULT_EPSILON, DEFAULT_LOW_RESOLUTION_EPSILON, CallLimits, Limits

TRIAL_ROWS = 8
"""Seeds by which it is found out whether rows can share a run."""


@dataclass(frozen=True, eq=False)
class Bundle:
    """A bundle whose files have passed every check that needs no network."""

    files: BundleFiles
    w_avg: ndarray  # [w_dim] float32
    noise_const: ndarray  # [num_noise] float32
    components: Components | None
    regions: Regions | None
    golden: Golden
    guard_index: GuardIndex | None = None

    @property
    def path(self) -> Location:
        """Its folder."""
        return self.files.folder

    @property
    def manifest(self) -> BundleManifest:
        """What manifest.json says."""
        return self.files.manifest

    @property
    def digest(self) -> str:
        """SHA-256 of manifest.json, 64 hexadecimal digits."""
        return self.files.digest

    @property
    def num_components(self) -> int:
        """0: it has none."""
        return 0 if self.components is None else len(self.components.deviations)

    @property
    def num_regions(self) -> int:
        """0: it has none."""
        return 0 if self.regions is None else len(self.regions.area_share)

    @cached_property
    def style_layers(self) -> tuple[StyleLayer, ...]:
        """The style layers in order of synthesis."""
        return tuple(StyleLayer(entry.name, entry.dim, entry.ws_index) for entry in self.manifest.style_layers)

    @cached_property
    def layer_slices(self) -> tuple[slice, ...]:
        """Where each style layer stands among the num_styles, in order of synthesis."""
        return layers.layer_slices(self.style_layers)

    @property
    def num_noise(self) -> int:
        """Numbers in all noise maps of one image."""
        return len(self.noise_const)

    @cached_property
    def low_resolution_layers(self) -> tuple[int, ...]:
        """Style layers whose convolution, or toRGB, reads activations of 4x4 or 8x8."""
        return layers.low_resolution_layers(self.style_layers)

    @cached_property
    def label_fields(self) -> dict[str, tuple[str, ...]]:
        """Values of each label, in the order of c; empty for an unconditional model."""
        return {entry.name: tuple(entry.values) for entry in self.manifest.label_fields}

    @cached_property
    def label_mixture(self) -> LabelMixture:
        """The labels of the training images; every combination equally often where they are not known."""
        return label_mixture_of(self.manifest)

    @cached_property
    def space(self) -> reach.Space:
        """Along which components images move and how far, by samples that are mapped when this is first asked for; the
        bundle must have components."""
        found = self.components
        assert found is not None, "a bundle without components has no space to move in"
        z = latents.z_from_seeds(range(reach.SAMPLES), self.manifest.dimensions.z_dim)
        codes = self.w_of_rows(z, list(map(self.label_mixture.labels_of_seed, range(reach.SAMPLES))))
        limit = reach.limit_of(codes, found.mean)
        return reach.Space(found.components, found.deviations, found.mean, limit)

    @property
    def has_preview(self) -> bool:
        """Whether there is a preview network."""
        return self.manifest.HasField("preview")

    @property
    def has_float16(self) -> bool:
        """Whether there is a synthesis network in half precision."""
        return self.files.has(SYNTHESIS_FLOAT16)

    @property
    def has_masked(self) -> bool:
        """Whether there is a synthesis network whose styles differ between pixels."""
        return self.manifest.HasField("masked_synthesis")

    @property
    def has_guard(self) -> bool:
        """Whether it can tell which images are too near to a training image."""
        return self.manifest.HasField("guard")

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
            num_components=self.num_components,
            num_regions=self.num_regions,
            channels=dims.channels,
            component_names={named.name: direction_of(named) for named in named_directions(self.manifest)},
            region_names=region_names(regions),
            label_fields=self.label_fields,
            default_epsilon=regions.default_epsilon or DEFAULT_EPSILON,
            low_resolution_epsilon=regions.low_resolution_epsilon
            if regions.HasField("low_resolution_epsilon")
            else DEFAULT_LOW_RESOLUTION_EPSILON,
            low_resolution_layers=self.low_resolution_layers,
            calls=calls or CallLimits(),
            resolution=dims.resolution,
            preview_resolution=self.manifest.preview.resolution,
            style_sets=self.manifest.masked_synthesis.style_sets,
            bundle_digest=self.digest,
            bundle_name=f"{self.manifest.name} {self.manifest.version}",
        )

    @cached_property
    def mapping(self) -> Session:
        """z (and c of a conditional model) -> w, on one thread."""
        dims = self.manifest.dimensions
        c_dim = sum(len(values) for values in self.label_fields.values())
        inputs = {"z": [dims.z_dim]} | ({"c": [c_dim]} if c_dim else {})
        return self._open(MAPPING, inputs, {"w": [dims.w_dim]})

    @cached_property
    def affine(self) -> Session:
        """ws -> styles, on one thread."""
        dims = self.manifest.dimensions
        return self._open(AFFINE, {"ws": [dims.num_ws, dims.w_dim]}, {"styles": [dims.num_styles]})

    def w_from_z(self, z: ndarray, labels: Mapping[str, str] | None = None) -> ndarray:
        """z [1, z_dim], and the labels of a conditional model -> w [1, w_dim] float32, before truncation.

        One row a call and one thread, here and in `styles_from_ws`: the same bits whatever else is being computed.
        """
        feeds = {"z": np.ascontiguousarray(z, dtype=np.float32)}
        if self.label_fields:
            feeds["c"] = c_from_labels(labels or {}, self.label_fields)
        return self.mapping.run(feeds, ["w"])[0]

    def styles_from_ws(self, ws: ndarray) -> ndarray:
        """ws [num_ws, w_dim], truncated and edited -> styles [num_styles] float32."""
        return self.affine.run({"ws": np.ascontiguousarray(ws, dtype=np.float32)[None]}, ["styles"])[0][0]

    def w_of_rows(self, z: ndarray, labels: Sequence[Mapping[str, str]]) -> ndarray:
        """z [N, z_dim], and the labels of each -> w [N, w_dim] float32: of each row the bits of `w_from_z`."""
        feeds = {"z": np.ascontiguousarray(z, dtype=np.float32)}
        if self.label_fields:
            feeds["c"] = c_of_images(labels, self.label_fields)
        return self._of_rows(self.mapping, feeds, "w")

    def styles_of_rows(self, ws: ndarray) -> ndarray:
        """ws [N, num_ws, w_dim] -> styles [N, num_styles] float32: of each row the bits of `styles_from_ws`."""
        return self._of_rows(self.affine, {"ws": np.ascontiguousarray(ws, dtype=np.float32)}, "styles")

    def _of_rows(self, network: Session, feeds: Mapping[str, ndarray], output: str) -> ndarray:
        count = len(next(iter(feeds.values())))
        size = ROWS_AT_ONCE if count > 1 and self._same_together else 1
        return run_in_parts(network, feeds, output, size)

    @cached_property
    def _same_together(self) -> bool:
        """Whether a row of mapping and of affine has the bits beside others that it has alone, on this processor.
        Networks that are exported here multiply each row by itself; those from elsewhere may not."""
        dims = self.manifest.dimensions
        feeds = {"z": latents.z_from_seeds(range(TRIAL_ROWS), dims.z_dim)}
        if self.label_fields:
            labels = map(self.label_mixture.labels_of_seed, range(TRIAL_ROWS))
            feeds["c"] = c_of_images(labels, self.label_fields)
        w = run_in_parts(self.mapping, feeds, "w", 1)
        ws = {"ws": np.repeat(w[:, None], dims.num_ws, axis=1)}
        return same_together(self.mapping, feeds, "w") and same_together(self.affine, ws, "styles")

    def open_synthesis(self, runtime: Runtime = REFERENCE) -> Session:
        """The synthesis network: `styles` and `noise` -> `image` and `features`; in FLOAT16 the one whose inside is in
        half precision, which the bundle must have."""
        name = SYNTHESIS_FLOAT16 if runtime.precision == FLOAT16 else SYNTHESIS
        inputs = {"styles": [self.manifest.dimensions.num_styles], "noise": [self.num_noise]}
        return self._open(name, inputs, self._drawn(self.image_shape), runtime)

    def open_preview(self, runtime: Runtime = REFERENCE) -> Session:
        """The preview network, which the bundle must have: the leading parts of `styles` and `noise` -> `image`
        [N, C, p, p] and `features`. There is none in half precision: FLOAT16 gives float32."""
        preview = self.manifest.preview
        shape = (self.manifest.dimensions.channels, preview.resolution, preview.resolution)
        inputs = {"styles": [preview.num_styles], "noise": [preview.num_noise]}
        return self._open(PREVIEW, inputs, self._drawn(shape), _without_half(runtime))

    def open_masked(self, runtime: Runtime = REFERENCE) -> Session:
        """The masked synthesis network, which the bundle must have: `styles` [N, K, num_styles], `masks` [N, K, R, R]
        and `noise` -> `image`. There is none in half precision: FLOAT16 gives float32."""
        dims, sets = self.manifest.dimensions, self.manifest.masked_synthesis.style_sets
        inputs = {
            "styles": [sets, dims.num_styles],
            "masks": [sets, dims.resolution, dims.resolution],
            "noise": [self.num_noise],
        }
        return self._open(SYNTHESIS_MASKED, inputs, {"image": self.image_shape}, _without_half(runtime))

    def open_guard(self) -> Guard:
        """What tells which images are too near to a training image; the bundle must have it. It runs in float32 on
        one thread of the CPU, wherever images are drawn.

        Raises:
            BundleError: the network is damaged, or computes something else than where it was exported.
        """
        said, index = self.manifest.guard, self.guard_index
        assert index is not None, "the index is there when the manifest says so"
        inputs, outputs = {"image": list(self.image_shape)}, {"features": [said.num_views, said.num_features]}
        guard = Guard(self._open(GUARD, inputs, outputs), index, said.limit)
        guard.check_golden()
        return guard

    def _drawn(self, image: tuple[int, int, int]) -> Mapping[str, Sequence[int | None]]:
        """Outputs of a network that draws images of that shape."""
        if self.regions is None:
            return {"image": image, "features": [None, None, None]}
        grid = self.regions.grid_size
        return {"image": image, "features": [self.regions.centroids.shape[1], grid, grid]}

    def _open(
        self,
        name: str,
        inputs: Mapping[str, Sequence[int]],
        outputs: Mapping[str, Sequence[int | None]],
        runtime: Runtime = ONE_THREAD,
    ) -> Session:
        return Session(self.files.read(name), self.path / name, inputs, outputs, runtime)


def _without_half(runtime: Runtime) -> Runtime:
    """For a network that does not exist in half precision."""
    return replace(runtime, precision=FLOAT32) if runtime.precision == FLOAT16 else runtime
