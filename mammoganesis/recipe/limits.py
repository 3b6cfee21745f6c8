"""What requests may ask for, and what stands for what they leave out: the numbers that stand in the protos' comments,
and what a bundle and a server allow. The one home of these numbers, for services and training alike."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from mammoganesis.recipe.region_names import RegionNames

NAME_PATTERN = r"[a-z0-9]+(-[a-z0-9]+)*"  # of a bundle, a curated direction or a region, as a whole

MAX_SEED = 2**32 - 1
MAX_PSI = 2.0
MAX_CODE_VALUE = 1000.0
MAX_SIGMAS = 20.0
MAX_EPSILON = 512.0
MAX_COMPONENT_EDITS = 64
MAX_STYLE_TRANSFERS = 8
MAX_REGIONS = 64  # in one transfer
MAX_FEATHER = 0.25  # of the image's width
MAX_MASK_BYTES = 2**16  # of one mask, compressed
MAX_POLYGON_POINTS = 1000
MAX_TOLERANCE, DEFAULT_TOLERANCE = 0.25, 0.03  # of a mark beside the place that it is for, of the picture's width
MAX_BUNDLE_REGIONS = 255  # in one bundle: a region of a label map is a uint8
MAX_NESTING = 3  # recipes inside recipes: references of transfers, ends of interpolations, parts of mixtures
MAX_RECIPES = 64  # in one recipe, itself included: each costs a mapping and an affine pass
MAX_RECIPES_PER_CALL = 1024  # in all latents of one Sample call
MAX_INTERPOLATION_STEPS = 256
MAX_SWEEP_STEPS = 64
MAX_NOISE_SEEDS = 64
MAX_EXAMINED_SEEDS = 1024  # of which those that measure as wished are found
MAX_FOUND_SEEDS = 64

DEFAULT_PSI = 0.65  # the paper's
DEFAULT_RHO = 0.1  # the paper's threshold rho / (1 + rho)
DEFAULT_STRENGTH = 1.0
DEFAULT_FEATHER = 0.02  # of the image's width
DEFAULT_SIGMAS = (-3.0, 3.0)  # of a sweep, and the useful range of a direction that names none
DEFAULT_SWEEP_STEPS = 7
DEFAULT_INTERPOLATION_STEPS = 8
DEFAULT_FOUND_SEEDS = 24
DEFAULT_EPSILON = 40.0  # of a bundle that names none
DEFAULT_LOW_RESOLUTION_EPSILON = 5.0  # likewise


class Part(NamedTuple):
    """One component of a curated direction."""

    index: int  # of the component
    layer_start: int
    layer_end: int  # excluded
    weight: float = 1.0  # standard deviations of the component for each one of the direction, -1 to 1, not 0


Direction = tuple[Part, ...]  # a curated direction as recipes are completed with it; the first weight is 1 or -1


@dataclass(frozen=True)
class CallLimits:
    """What a server takes at most in one call."""

    max_images_per_call: int = 64
    max_images_per_stream: int = 10_000
    max_message_bytes: int = 64 * 2**20


@dataclass(frozen=True)
class Limits:
    """What the loaded bundle and the server allow. Made by `mammoganesis.bundle.loading`."""

    z_dim: int
    w_dim: int
    num_ws: int
    num_styles: int
    num_style_layers: int
    num_components: int = 0  # 0: the bundle has none
    num_regions: int = 0  # 0: the bundle has none
    channels: int = 1
    component_names: Mapping[str, Direction] = field(default_factory=dict)
    region_names: RegionNames = field(default_factory=RegionNames)
    label_fields: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # name -> values; empty: unconditional
    default_epsilon: float = DEFAULT_EPSILON
    low_resolution_epsilon: float = DEFAULT_LOW_RESOLUTION_EPSILON
    low_resolution_layers: tuple[int, ...] = ()  # style layers whose convolution reads 4x4 or 8x8 activations
    calls: CallLimits = field(default_factory=CallLimits)
    resolution: int = 512  # width and height of an image
    preview_resolution: int = 0  # of a preview; 0: the bundle has none
    style_sets: int = 0  # in one image whose styles differ between pixels; 0: the bundle has no masked synthesis
    bundle_digest: str = ""  # 64 hexadecimal digits; "": not known, recipes of any bundle are taken
    bundle_name: str = ""  # name and version, for messages
