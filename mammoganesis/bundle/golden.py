"""The golden cases of a bundle, replayed: the networks compute here what they computed where they were exported.

In float32 and float16 every value has to be within the manifest's tolerance. bfloat16 keeps 8 bits of a number: what
it gives is measured as a whole, by the peak signal-to-noise ratio of the image against the golden one. The trained
networks that were measured have 50 to 56 dB with AMX and with AVX512-BF16; arithmetic that is wrong has less than 20.

Every fault is a BundleError that names the network, the case and the seed.
"""

from __future__ import annotations

import math

import numpy as np
from numpy import ndarray

from mammoganesis.bundle.bundle import Bundle
from mammoganesis.bundle.runtimes import BFLOAT16, FLOAT16, Runtime
from mammoganesis.bundle.sessions import Session
from mammoganesis.editing import latents
from mammoganesis.editing.labels import labels_from_c
from mammoganesis.editing.masks import in_turn, masks_of_turns
from mammoganesis.errors import BundleError
from mammoganesis.files import Location

LEAST_DECIBELS = 45.0
"""Peak signal-to-noise ratio that every golden image in bfloat16 must have; values from -1 to 1 have a peak of 2."""
BFLOAT16_ROOT_MEAN_SQUARE = 2 * 10 ** (-LEAST_DECIBELS / 20)
"""The same as the root of the mean square of the differences."""
LARGEST_IN_BFLOAT16 = 16 * BFLOAT16_ROOT_MEAN_SQUARE
"""Of one value in such an image: measured were 7 to 15 times the root of the mean square."""


def check_golden(bundle: Bundle) -> None:
    """Replay all golden cases on the CPU, in every network that the bundle has; raises BundleError when a result is
    outside the manifest's tolerance."""
    check_golden_codes(bundle)
    check_golden_images(bundle, bundle.open_synthesis())
    if bundle.has_float16:
        check_golden_images(bundle, bundle.open_synthesis(Runtime(precision=FLOAT16)))
    if bundle.has_preview:
        check_golden_previews(bundle, bundle.open_preview())
    if bundle.has_masked:
        check_golden_masked(bundle, bundle.open_masked())
    if bundle.has_guard:
        bundle.open_guard()


def check_golden_images(bundle: Bundle, synthesis: Session) -> float:
    """Replay the golden images, one at a time; raises BundleError when one is outside the manifest's tolerance, which
    is the one of half precision for the network that has it, or in bfloat16 below LEAST_DECIBELS. Returns the least of
    their `decibels`."""
    tolerances = bundle.manifest.golden_tolerance
    half = synthesis.precision == FLOAT16
    golden = bundle.golden
    corner = (golden.crop_top, golden.crop_left)
    return _replay(bundle, synthesis, golden.image, corner, tolerances.image_float16 if half else tolerances.image)


def check_golden_previews(bundle: Bundle, preview: Session) -> float:
    """Replay the golden previews likewise."""
    expected = bundle.golden.preview
    assert expected is not None, "golden.npz has previews when the bundle has"
    first = (bundle.manifest.preview.resolution - expected.shape[2]) // 2
    return _replay(bundle, preview, expected, (first, first), bundle.manifest.golden_tolerance.image)


def check_golden_masked(bundle: Bundle, masked: Session) -> float:
    """Replay the golden images of several sets of styles likewise."""
    golden = bundle.golden
    assert golden.masked is not None, "golden.npz has them when the bundle has the network"
    corner = (golden.crop_top, golden.crop_left)
    return _replay(bundle, masked, golden.masked, corner, bundle.manifest.golden_tolerance.image)


def golden_feeds(bundle: Bundle, session: Session) -> dict[str, ndarray]:
    """What a network that draws takes of the golden cases, [n, ...] each: a preview the leading numbers, one with masks
    the styles of each case and of the next ones in turn."""
    (num_noise,) = session.inputs["noise"]
    styles = bundle.golden.styles
    count = len(styles)
    feeds = {"noise": np.broadcast_to(bundle.noise_const[:num_noise], (count, num_noise))}
    if "masks" in session.inputs:
        sets, _, resolution = session.inputs["masks"]
        masks = masks_of_turns(sets, resolution)
        return feeds | {"styles": in_turn(styles, sets), "masks": np.broadcast_to(masks, (count, *masks.shape))}
    return feeds | {"styles": styles[:, : session.inputs["styles"][0]]}


def _replay(bundle: Bundle, session: Session, expected: ndarray, corner: tuple[int, int], tolerance: float) -> float:
    """`expected` [n, C, crop, crop] is cut out of the images at `corner` (top, left)."""
    least = math.inf
    feeds = golden_feeds(bundle, session)
    rows, columns = (slice(first, first + expected.shape[2]) for first in corner)
    for case, seed in enumerate(bundle.golden.seeds):
        name = f"golden case {case} (seed {seed})"
        alone = {name: np.ascontiguousarray(values[case : case + 1]) for name, values in feeds.items()}
        try:
            image = session.run(alone, ["image"])[0][0]
        except RuntimeError as error:
            raise BundleError(bundle.path, f"{name}: {error}") from error
        if not np.isfinite(image).all():
            raise BundleError(session.path, f"{name}: the image has values not finite")
        found = image[:, rows, columns]
        least = min(least, decibels(found, expected[case]))
        if session.precision == BFLOAT16:
            _compare_whole(session.path, f"{name}: image", found, expected[case])
        else:
            _compare(session.path, f"{name}: image", found, expected[case], tolerance)
    return least


def check_golden_codes(bundle: Bundle) -> None:
    """Replay the golden codes on mapping and affine, one at a time; raises BundleError when w or styles are outside the
    manifest's tolerance."""
    golden, dims = bundle.golden, bundle.manifest.dimensions
    tolerance = bundle.manifest.golden_tolerance.latents
    for case, seed in enumerate(golden.seeds):
        name = f"golden case {case} (seed {seed})"
        try:
            asked = labels_from_c(golden.c[case], bundle.label_fields)
            w = bundle.w_from_z(latents.z_from_seed(int(seed), dims.z_dim), asked)
            _compare(bundle.mapping.path, f"{name}: w", w[0], golden.w[case], tolerance)
            ws = latents.truncate(golden.w[case], bundle.w_avg, golden.truncation_psi, dims.num_ws, dims.num_ws)
            styles = bundle.styles_from_ws(ws)
        except RuntimeError as error:
            raise BundleError(bundle.path, f"{name}: {error}") from error
        _compare(bundle.affine.path, f"{name}: styles", styles, golden.styles[case], tolerance)


def _compare(path: Location, what: str, found: ndarray, expected: ndarray, tolerance: float) -> None:
    difference = float(np.abs(found.astype(np.float64) - expected).max())
    if not difference <= tolerance:  # NaN compares false
        raise BundleError(path, f"{what} differs by {difference:.3g}; allowed: {tolerance:.3g}")


def decibels(found: ndarray, expected: ndarray) -> float:
    """Peak signal-to-noise ratio of image values from -1 to 1; infinite for equal ones."""
    error = float(np.square(found.astype(np.float64) - expected).mean())
    return 10 * math.log10(4 / error) if error else math.inf


def _compare_whole(path: Location, what: str, found: ndarray, expected: ndarray) -> None:
    ratio = decibels(found, expected)
    if ratio < LEAST_DECIBELS:
        raise BundleError(path, f"{what} in bfloat16 has {ratio:.1f} dB; allowed: {LEAST_DECIBELS:g} dB or more")
