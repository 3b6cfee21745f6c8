"""A bundle to look at: its own graphs and arrays, nothing of the training."""

from __future__ import annotations

import io
import zipfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mammoganesis.bundle.catalogue import CatalogueError, read_manifest
from mammoganesis.bundle.v1.manifest_pb2 import BundleManifest
from mammoganesis.errors import ConfigurationError, DataError
from training.evaluation.network import Array, Bundle
from training.export.onnx_files import run, session

Arrays = dict[str, NDArray]


class QuickBundle(Bundle):
    """A bundle whose images are its previews, where it has any; `whole` asks for whole images nevertheless."""

    def __init__(self, folder: Path, manifest: BundleManifest, whole: bool, threads: int) -> None:
        super().__init__(folder, threads=threads)
        self.quick = None
        if manifest.HasField("preview") and not whole:
            self.quick = session(self._bytes("preview.onnx"), threads)
            self.num_styles, self.num_noise = manifest.preview.num_styles, manifest.preview.num_noise

    def arrays(self, name: str) -> Arrays:
        """All arrays of an npz file of the bundle, after its digest was compared. Raises DataError."""
        content = self._bytes(name)
        try:
            with np.load(io.BytesIO(content), allow_pickle=False) as file:
                return dict(file)
        except (ValueError, zipfile.BadZipFile) as error:
            raise DataError(f"{self.folder / name}: cannot be read as npz ({error})") from error

    def render(self, styles: Array) -> tuple[Array, Array]:
        if self.quick is None:
            return super().render(styles)
        leading = np.ascontiguousarray(styles[:, : self.num_styles])
        noise = np.tile(self.noise[: self.num_noise], (len(styles), 1))
        image, features = run(self.quick, styles=leading, noise=noise)
        return image, features


@dataclass(frozen=True)
class Subject:
    """What a curator looks at."""

    folder: Path
    manifest: BundleManifest
    digest: str  # of the bundle, 64 hexadecimal digits
    network: QuickBundle
    components: Arrays | None  # of components.npz
    regions: Arrays | None  # of regions.npz

    @property
    def num_components(self) -> int:
        return 0 if self.components is None else len(self.components["deviations"])

    @property
    def num_regions(self) -> int:
        return 0 if self.regions is None else len(self.regions["area_share"])


def open_subject(folder: Path, *, whole: bool = False, threads: int = 0) -> Subject:
    """Open a bundle.

    Args:
        folder: of the bundle.
        whole: images at the model's resolution instead of previews.
        threads: CPU threads; 0: all.

    Raises:
        DataError: a file is missing, damaged or of another format.
        ConfigurationError: there is nothing to curate in it.
    """
    try:
        manifest, digest = read_manifest(folder)
    except CatalogueError as error:
        raise DataError(str(error)) from error
    listed = {file.name for file in manifest.files}
    if not listed & {"components.npz", "regions.npz"}:
        raise ConfigurationError(f"{folder}: has neither components nor regions; nothing can be curated in it")
    network = QuickBundle(folder, manifest, whole, threads)
    components, regions = (
        network.arrays(name) if name in listed else None for name in ("components.npz", "regions.npz")
    )
    return Subject(folder, manifest, digest, network, components, regions)
