"""THE reader of bundles: everything that training hands on, checked before any of it is used.

    open_bundle   every file read, compared with its digest and judged, but for the networks: each of those is when it
                  is first asked for
    load_bundle   the same, with mapping and affine opened and the golden codes replayed on them

`mammoganesis.bundle.golden` replays the golden images. Serving, curation, evaluation, `curate apply` and `bundle check`
all come through here, and refuse the same bundles with the same words: every fault is a BundleError that names the
file, what was expected and what was found.
"""

from __future__ import annotations

from mammoganesis.bundle.arrays import read_components, read_golden, sizes_of
from mammoganesis.bundle.bundle import Bundle
from mammoganesis.bundle.curated import check_indices
from mammoganesis.bundle.files import BundleFiles
from mammoganesis.bundle.golden import check_golden_codes
from mammoganesis.bundle.guard import read_guard
from mammoganesis.bundle.manifest import (
    COMPONENTS,
    GOLDEN,
    GUARD_INDEX,
    LATENT_STATS,
    MANIFEST,
    NOISE_CONST,
    REGIONS,
)
from mammoganesis.bundle.npz import Arrays
from mammoganesis.bundle.regions import read_regions
from mammoganesis.errors import BundleError, InvalidArgument
from mammoganesis.files import Location, location


def open_bundle(path: Location | str) -> Bundle:
    """Read the folder `path` and check everything that needs no network.

    Args:
        path: the folder, or its address.

    Raises:
        BundleError: a file is missing, unlisted, a link or of another size, one that is no network is damaged, the
            manifest is inconsistent or of another major version, or an array has a wrong shape, type or value.
    """
    files = BundleFiles(location(path))
    manifest, sizes = files.manifest, sizes_of(files.manifest)
    num_noise = sum(size * size for size in manifest.noise_sizes)
    contents = {file.name: files.read(file.name) for file in manifest.files if not file.name.endswith(".onnx")}

    def arrays(name: str) -> Arrays:
        return Arrays(files.folder / name, contents[name])

    bundle = Bundle(
        files=files,
        w_avg=arrays(LATENT_STATS).floats("w_avg", [sizes.w_dim]),
        noise_const=arrays(NOISE_CONST).floats("noise", [num_noise]),
        components=read_components(arrays(COMPONENTS), sizes) if COMPONENTS in contents else None,
        regions=read_regions(arrays(REGIONS), sizes) if REGIONS in contents else None,
        golden=read_golden(arrays(GOLDEN), manifest),
        guard_index=read_guard(arrays(GUARD_INDEX), manifest) if GUARD_INDEX in contents else None,
    )
    _check_curated_components(bundle)
    return bundle


def load_bundle(path: Location | str) -> Bundle:
    """`open_bundle`, with the golden codes replayed.

    Raises:
        BundleError: as there; mapping or affine is damaged or has other inputs or outputs, or a golden code comes out
            differently.
    """
    bundle = open_bundle(path)
    check_golden_codes(bundle)
    return bundle


def _check_curated_components(bundle: Bundle) -> None:
    """What the manifest says of components, against how many there are."""
    count, manifest = bundle.num_components, bundle.manifest
    for field in ("named_components", "combined_components"):
        try:
            check_indices(getattr(manifest, field), field, count)
        except InvalidArgument as error:
            raise BundleError(bundle.path / MANIFEST, str(error)) from None
    if any(index >= count for index in manifest.rejected_components):
        reason = f"rejected_components goes up to {max(manifest.rejected_components)}; the bundle has {count}"
        raise BundleError(bundle.path / MANIFEST, reason)
