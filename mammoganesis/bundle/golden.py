"""The golden cases of a bundle, replayed: the networks compute here what they computed where they were exported.

Every fault is a BundleError that names the network, the case and the seed.
"""

from __future__ import annotations

import numpy as np
from numpy import ndarray

from mammoganesis.bundle.bundle import Bundle
from mammoganesis.bundle.manifest import SYNTHESIS_FLOAT16
from mammoganesis.bundle.sessions import Session
from mammoganesis.editing import latents
from mammoganesis.errors import BundleError
from mammoganesis.files import Location


def check_golden(bundle: Bundle) -> None:
    """Replay all golden cases on the CPU, in every network that the bundle has; raises BundleError when a result is
    outside the manifest's tolerance."""
    check_golden_codes(bundle)
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
        name = f"golden case {case} (seed {seed})"
        styles = np.ascontiguousarray(bundle.golden.styles[case : case + 1, :num_styles])
        try:
            image = session.run({"styles": styles, "noise": noise}, ["image"])[0][0]
        except RuntimeError as error:
            raise BundleError(bundle.path, f"{name}: {error}") from error
        if not np.isfinite(image).all():
            raise BundleError(session.path, f"{name}: the image has values not finite")
        _compare(session.path, f"{name}: image", image[:, rows, columns], expected[case], tolerance)


def check_golden_codes(bundle: Bundle) -> None:
    """Replay the golden codes on mapping and affine, one at a time; raises BundleError when w or styles are outside the
    manifest's tolerance."""
    golden, dims = bundle.golden, bundle.manifest.dimensions
    tolerance = bundle.manifest.golden_tolerance.latents
    for case, seed in enumerate(golden.seeds):
        name = f"golden case {case} (seed {seed})"
        try:
            w = bundle.w_from_z(latents.z_from_seed(int(seed), dims.z_dim))
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
