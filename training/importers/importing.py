"""One foreign file, or one bundle of ours -> `Imported`."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import torch

from mammoganesis.bundle.loading import load_bundle
from mammoganesis.editing.latents import z_from_seed
from mammoganesis.errors import CheckpointError
from mammoganesis.recipe.limits import DEFAULT_PSI
from mammoganesis.terminal.progress import progress
from training.data import images
from training.importers import bundles, nvidia, rosinality, sandbox
from training.importers.network import Imported

CONVERTERS = {"nvidia": nvidia.convert, "rosinality": rosinality.convert}
SAMPLES, SAMPLE_COLUMNS = 16, 8


def import_file(
    path: Path, *, source: str = "auto", digest: str | None = None, limits: sandbox.Limits | None = None
) -> tuple[Imported, str]:
    """Read a network of another project, or of a bundle, without executing it.

    Args:
        path: a `.pkl` of stylegan2-ada-pytorch or stylegan3, a `.pt` of rosinality's stylegan2-pytorch, or the folder
            of a bundle.
        source: "nvidia", "rosinality" or "bundle" insists on one of them; "auto" takes any.
        digest: the SHA-256 that the file, or the bundle's manifest, must have, 64 lower-case hexadecimal digits.
        limits: of the reading process; by default from the file's size.

    Returns:
        the network and the SHA-256 of the file, or of the bundle's manifest.

    Raises:
        CheckpointError: names the file and why it was refused.
        BundleError: a bundle that is damaged.
    """
    if path.is_dir():
        return _import_bundle(path, source, digest)
    try:
        with path.open("rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
            _check_digest(path, found, digest)
            foreign = sandbox.read(file, limits or sandbox.Limits.of(path.stat().st_size))
    except OSError as error:
        raise CheckpointError(f"{path}: cannot be read ({error.strerror or error})") from error
    if source not in ("auto", foreign.kind):
        raise CheckpointError(f"{path}: is a {foreign.kind} file; --from says {source}")
    try:
        return CONVERTERS[foreign.kind](foreign), found
    except CheckpointError as error:
        raise CheckpointError(f"{path}: is not imported: {error}") from error


def _import_bundle(path: Path, source: str, digest: str | None) -> tuple[Imported, str]:
    if source not in ("auto", bundles.KIND):
        raise CheckpointError(f"{path}: is a folder; --from says {source}, whose networks are files")
    bundle = load_bundle(path)
    _check_digest(path, bundle.digest, digest)
    return bundles.convert(bundle), bundle.digest


def _check_digest(path: Path, found: str, expected: str | None) -> None:
    if expected is not None and found != expected:
        raise CheckpointError(f"{path}: its SHA-256 is {found}; --digest is {expected}")


@torch.no_grad()
def write_samples(imported: Imported, path: Path) -> None:
    """Draw seeds 0 to 15 at the default psi and write one PNG."""
    generator = imported.open_generator()
    rows = []
    with progress(SAMPLES, "samples") as bar:
        for seed in range(SAMPLES):
            z = z_from_seed(seed, imported.config.z_dim)
            rows.append(generator(torch.from_numpy(z), psi=DEFAULT_PSI).numpy())
            bar.update()
    images.write_grid(np.concatenate(rows), path, SAMPLE_COLUMNS, "Samples of an imported network, not for diagnosis")
