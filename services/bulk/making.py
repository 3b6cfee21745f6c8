"""Makes shards of a bulk job, whoever draws their images: here or in a worker, by an engine of its own or a server."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mammoganesis.editing.measures import measure
from mammoganesis.errors import FailedPrecondition, MammoganesisError
from mammoganesis.pictures.c2pa_manifest import ManifestSigner, manifest_signer_of
from mammoganesis.pictures.encoding import encode
from mammoganesis.pictures.provenance import Provenance
from mammoganesis.pictures.signature import Signer, signer_of
from mammoganesis.recipe.identity import without_bundle
from mammoganesis.v1.bulk_pb2 import BULK_LAYOUT_WEBDATASET
from mammoganesis.v1.latents_pb2 import Recipe
from services.bulk import manifest, shards
from services.bulk.destination import Destination
from services.bulk.plan import Drawn, Plan
from services.bulk.reasons import Code
from services.bulk.shards import Made
from services.client import Image, Picture
from services.process.config import Config

RAW = Picture("raw")
"""What a server is asked for."""


@dataclass(frozen=True, eq=False)
class Unencoded:
    """An image as it was drawn.

    Attributes:
        image: [C, H, W] float32, about -1 to 1.
        recipe: complete, that it was drawn of; with or without its bundle.
        bundle_digest: that it was drawn with.
        provider, precision: of what drew it, as of `Provenance`.
    """

    image: NDArray[np.float32]
    recipe: Recipe
    bundle_digest: str
    provider: str
    precision: str

    @classmethod
    def of(cls, image: Image) -> Unencoded:
        """A server's answer, in `RAW`."""
        message = image.message
        told = (message.bundle_digest, message.execution_provider, message.precision)
        return cls(image.pixels(), image.recipe, *told)


@dataclass(frozen=True)
class Signers:
    """Who signs the images that are written; None: nobody."""

    signer: Signer | None = None
    manifest_signer: ManifestSigner | None = None

    @classmethod
    def of(cls, config: Config) -> Signers:
        """Those of the configuration.

        Raises:
            InvalidArgument: a file of keys or certificates cannot be used.
        """
        manifests = manifest_signer_of(config.c2pa_certificates_file, config.c2pa_key_file)
        return cls(signer_of(config.signing_key_file), manifests)


NOBODY = Signers()

Drawing = Callable[[Sequence[Recipe]], Iterable[Unencoded | None]]
"""Images of complete recipes, in order; None for one that is too near to a training image."""

Registering = Callable[[Sequence[bytes]], object]
"""Tells the registry of files that have been written."""


def nowhere(images: Sequence[bytes]) -> None:
    """Registers nothing."""


class Maker:
    """Has the images of a shard drawn, writes them, and then what says that they are there.

    Args:
        plan: the job, bound to its bundle.
        signers: sign every image. A C2PA manifest is never the same twice, so files at an address, where two drivers
            may write the same object, have none.
        register: told of the images of each shard when they are written, and before the shard counts as done: so one
            that is done is registered, and one that was told of twice is the same twice.
    """

    def __init__(
        self,
        plan: Plan,
        destination: Destination,
        draw: Drawing,
        signers: Signers = NOBODY,
        register: Registering = nowhere,
    ) -> None:
        self._plan, self._destination, self._draw, self._register = plan, destination, draw, register
        self._signer = signers.signer
        self._manifest_signer = None if destination.remote else signers.manifest_signer

    def make(self, shard: int, indices: range) -> int:
        """Makes one shard, and commits it. The number of its images."""
        wanted = {index: self._plan.drawn(index) for index in indices}
        there = self._found(wanted)
        made = dict(there)
        self._draw_all(wanted, made)
        whole = [made[index] for index in indices]
        written = shards.objects(self._plan, shard, whole)
        kept = {self._plan.file_name(index) for index in there}
        self._destination.write_all({name: data for name, data in written.items() if name not in kept})
        self._register([image.data for image in whole])
        self._destination.write(manifest.name_of(shard), shards.commit(self._plan, shard, whole, written))
        return len(whole)

    def _draw_all(self, wanted: dict[int, Drawn], made: dict[int, Made]) -> None:
        """What is wanted and not made yet. An image that is too near to a training image is replaced: by the next seed
        of the reserve that is its own, whoever makes it."""
        refused: dict[int, list[int]] = {index: [] for index in wanted}
        while missing := [index for index in wanted if index not in made]:
            images = self._draw([wanted[index].recipe for index in missing])
            for index, image in zip(missing, images, strict=True):
                if image is not None:
                    made[index] = self._made(index, wanted[index], image, refused[index])
                else:
                    refused[index].append(wanted[index].recipe.seed)
                    wanted[index] = self._plan.drawn(index, len(refused[index]))

    def _made(self, index: int, drawn: Drawn, image: Unencoded, refused: Sequence[int]) -> Made:
        if image.recipe is not drawn.recipe and without_bundle(image.recipe) != drawn.recipe:
            raise MammoganesisError(f"the engine answered another recipe than that of index {index}")
        if image.bundle_digest != self._plan.catalogue.bundle_digest:
            drew, wanted = image.bundle_digest[:12], self._plan.catalogue.bundle_digest[:12]
            found = FailedPrecondition(f"image {index} was drawn with bundle {drew}..., the job is for {wanted}...")
            raise found.coded(Code.OTHER_BUNDLE, wanted=wanted, here=drew)
        name, recipe_json = self._plan.named(drawn.recipe)
        provenance = Provenance(
            drawn.recipe,
            name,
            image.bundle_digest,
            image.provider,
            image.precision,
            bundle_name=self._plan.catalogue.bundle_name,
            signer=self._signer,
            manifest_signer=self._manifest_signer,
        )
        data = encode(image.image, self._plan.picture(drawn.recipe), provenance, self._plan.place(index))
        measures = measure((image.image.mean(axis=0) + 1) / 2) if self._plan.job.measures else {}
        return Made(index, drawn, data, name, recipe_json, measures, tuple(refused))

    def _found(self, wanted: Mapping[int, Drawn]) -> dict[int, Made]:
        """Images of a shard without a manifest that are in a folder, by what they carry themselves. An address is not
        asked, where drawing is as quick as reading; nor a job that measures, as measures are of what was drawn."""
        job = self._plan.job
        if self._destination.remote or job.measures or job.layout == BULK_LAYOUT_WEBDATASET:
            return {}
        found = {}
        for index, drawn in wanted.items():
            data = self._destination.read(self._plan.file_name(index))
            if data is not None and self._proved(data, drawn):
                found[index] = Made(index, drawn, data, *self._plan.named(drawn.recipe))
        return found

    def _proved(self, data: bytes, drawn: Drawn) -> bool:
        picture = self._plan.picture(drawn.recipe)
        return shards.carries(data, drawn.recipe, picture, self._plan.job.bundle_digest)
