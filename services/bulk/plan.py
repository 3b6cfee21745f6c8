"""A job bound to its bundle: the recipe, the place and the picture of each image, as pure functions of its index."""

from __future__ import annotations

import hashlib
import uuid
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from itertools import accumulate
from typing import TYPE_CHECKING

import numpy as np

from mammoganesis.bundle.bundle import Bundle
from mammoganesis.bundle.curated import named_directions, region_entries, sigmas_range
from mammoganesis.editing.labels import LabelMixture
from mammoganesis.errors import FailedPrecondition
from mammoganesis.pictures.formats import DICOM, positioned
from mammoganesis.recipe import identity as identities
from mammoganesis.recipe.completion import Template, complete, complete_template
from mammoganesis.recipe.drawing import (
    Catalogue,
    Chance,
    Direction,
    drawn_seed,
    drawn_sigmas,
)
from mammoganesis.recipe.limits import MAX_SIGMAS, Limits
from mammoganesis.recipe.permutation import Permutation
from mammoganesis.v1 import bulk_pb2 as pb
from mammoganesis.v1.images_pb2 import ImageEncoding, ImageFormat
from mammoganesis.v1.latents_pb2 import ComponentEdit, Recipe, Region, StyleTransfer
from services.bulk.document import file_name, identity, image_count
from services.bulk.draws import number, share
from services.bulk.offered import check_offered, check_positions
from services.bulk.reasons import Code

if TYPE_CHECKING:
    from mammoganesis.pictures.dicom_objects import Place

MAX_REPLACED = 20
"""Seeds that are given up for one image."""
DEFAULT_MOST_SIGMAS = 2.0
"""To either side, of an edit whose displacement the document leaves open."""


@dataclass(frozen=True)
class Drawn:
    """What one image is to be.

    Attributes:
        recipe: complete.
        row: name of its row in a prevalence table; "" where there is none.
        edits: the names (or numbers) of the edits that were drawn for it, with their displacements.
    """

    recipe: Recipe
    row: str
    edits: Sequence[tuple[str, float]]


@dataclass(frozen=True)
class Plan:
    """A job that has been judged with its bundle.

    Attributes:
        job: complete, with the bundle's digest and the moment.
        catalogue, limits: of the bundle.
        template: what all images have in common.
    """

    job: pb.BulkJob
    catalogue: Catalogue
    limits: Limits
    template: Template

    @classmethod
    def of(cls, job: pb.BulkJob, catalogue: Catalogue, limits: Limits, field: str = "job") -> Plan:
        """A job that is complete and checked, judged with what the bundle has.

        Args:
            job: with `made`; without a bundle's digest it becomes one of this bundle.
            field: what the job is called in messages; "" for nothing.

        Raises:
            InvalidArgument: the bundle has no such direction, region, label or component, a recipe is out of range, or
                nobody says side and view that a mammogram states.
            FailedPrecondition: it is a job of another bundle.
        """
        if job.bundle_digest not in ("", catalogue.bundle_digest):
            wanted, here = job.bundle_digest[:12], catalogue.bundle_digest[:12]
            raise FailedPrecondition(
                f"{_in(field, 'bundle_digest')}: the job is for bundle {wanted}..., and this is "
                f"{catalogue.bundle_name} ({here}...)"
            ).coded(Code.OTHER_BUNDLE, wanted=wanted, here=here)
        whole = pb.BulkJob()
        whole.CopyFrom(job)
        whole.bundle_digest = catalogue.bundle_digest
        plan = cls(whole, catalogue, limits, complete_template(job.recipe, limits, _in(field, "recipe")))
        plan._check(field)
        return plan

    def __len__(self) -> int:
        return image_count(self.job)

    @property
    def is_drawn(self) -> bool:
        """Whether images differ in more than their seeds."""
        return bool(self._rows[0].edits or self.job.edits or self.job.transfers or self._by_labels)

    def seed(self, index: int, replaced: int = 0) -> int:
        """Of the image `index`, 0 to 2^32 - 1.

        Args:
            replaced: how many seeds of the image were given up, since theirs are too near to a training image: each
                time the next of the reserve that no other image has, 0 to MAX_REPLACED.

        Raises:
            FailedPrecondition: the reserve has no other.
        """
        named = self.job.WhichOneof("images") == "seeds"
        if named and not replaced:
            part = bisect_right(self._starts, index) - 1
            if part < len(self.job.seeds.ranges):
                return self.job.seeds.ranges[part].first + index - self._starts[part]
            return self.job.seeds.values[index - self._starts[part]]
        place = index + (replaced - named) * len(self)
        if replaced > MAX_REPLACED or place >= self.job.reserve.count:
            raise FailedPrecondition(self._without_replacement(index, replaced)).coded(Code.COPIES, image=index)
        return self.job.reserve.first + self._order[place]

    def drawn(self, index: int, replaced: int = 0) -> Drawn:
        """What image `index` is to be, 0 to n - 1; the same whenever it is asked for. `replaced` as of `seed`: all but
        the seed, and the labels that are drawn by it, stays as it was."""
        number = self._row_number(index)
        row, seed = self._rows[number], self.seed(index, replaced)
        if not self.is_drawn:
            return Drawn(self.template.of(seed), "", ())
        random = self._chance.of("image", index)
        recipe = self.template.of(seed)
        if self.template.own_noise:
            recipe.ClearField("noise")
        labels = dict(self.template.recipe.labels) | dict(row.labels)
        if (mixture := self._mixtures[number]) is not None:
            labels = mixture.labels_of_seed(seed)
        recipe.labels.clear()
        recipe.labels.update(labels)
        edits = []
        for edit in (*row.edits, *self.job.edits):
            if random.random() < share(edit):
                edits.append(self._edit(random, edit))
        recipe.component_edits.extend(edits)
        for transfer in self.job.transfers:
            if random.random() < share(transfer):
                recipe.style_transfers.append(self._transfer(random, transfer, labels))
        named = [(edit.name or str(edit.index), edit.sigmas) for edit in edits]
        return Drawn(complete(recipe, self.limits), row.name, named)

    def recipe_json(self, recipe: Recipe) -> str:
        """A recipe as it leaves the program, with its bundle: canonical JSON."""
        return self.named(recipe)[1]

    def named(self, recipe: Recipe) -> tuple[str, str]:
        """The latent id of a complete recipe, and its `recipe_json`: of one text."""
        text = identities.canonical_json(recipe)
        digest, name = self.catalogue.bundle_digest, self.catalogue.bundle_name
        return identities.id_of_text(text, digest), identities.text_of_bundle(text, digest, name)

    def picture(self, recipe: Recipe) -> ImageFormat:
        """What the image of a recipe is handed over as."""
        return positioned(self.job.picture, recipe, "picture")

    def file_name(self, index: int) -> str:
        """Of an image inside the destination, or inside its shard's archive."""
        return file_name(self.job, index)

    def place(self, index: int) -> Place | None:
        """Study and series of a DICOM file, with identifiers that follow from document and index; None of others."""
        if self.job.picture.encoding not in DICOM:
            return None
        from mammoganesis.pictures.dicom_objects import Place, patient_id

        shared = max(1, self.job.images_per_study)
        study, within_study = divmod(index, shared)
        alone = Place(
            self._uid("study", study),
            self._uid("series", index),
            datetime.fromisoformat(self.job.made),
            series_number=within_study + 1,
            instance_uid=self._uid("instance", index),
        )
        if shared == 1:
            return alone
        name = hashlib.sha256(f"{self.identity}/patient/{study}".encode()).hexdigest()
        return replace(alone, patient_id=patient_id(name), study_id=f"SYN-{name[-8:].upper()}", title=self.job.title)

    @cached_property
    def identity(self) -> str:
        """SHA-256 of what tells the job from others."""
        return identity(self.job)

    @cached_property
    def _chance(self) -> Chance:
        return Chance(self.job.seed)

    @cached_property
    def _order(self) -> Permutation:
        return Permutation(self.job.reserve.count, self._chance.of("reserve"))

    @cached_property
    def _rows(self) -> Sequence[pb.BulkStratum]:
        table = self.job.WhichOneof("images") == "prevalence"
        return list(self.job.prevalence.rows) if table else [pb.BulkStratum(images=len(self))]

    @cached_property
    def _starts(self) -> list[int]:
        """First index of each range of seeds and, last, of the single ones."""
        return [0, *accumulate(part.count for part in self.job.seeds.ranges)]

    @cached_property
    def _row_starts(self) -> list[int]:
        return [0, *accumulate(row.images for row in self._rows[:-1])]

    def _without_replacement(self, index: int, replaced: int) -> str:
        seeds = ", ".join(str(self.seed(index, before)) for before in range(min(replaced, 3)))
        text = f"image {index} of the job is too near to a training image (seeds tried: {replaced}, such as {seeds})"
        if replaced > MAX_REPLACED:
            return f"{text}; a model that draws so many copies cannot do this job"
        if not self.job.HasField("reserve"):
            return f"{text}; name another seed, or give the job a reserve of seeds to replace it from"
        return f"{text}, and the reserve has no other seed for it; give the job a larger one"

    def _row_number(self, index: int) -> int:
        return bisect_right(self._row_starts, index) - 1

    @property
    def _by_labels(self) -> bool:
        return len(self._rows) > 1 or bool(self._rows[0].labels) or self.job.labels_drawn

    @cached_property
    def _mixtures(self) -> list[LabelMixture | None]:
        """Of each row, what its labels are drawn from; None where they are given."""
        mixture = self.catalogue.mixture
        if mixture is None or not self.job.labels_drawn:
            return [None] * len(self._rows)
        common = dict(self.template.recipe.labels)
        return [mixture.within(common | dict(row.labels)) for row in self._rows]

    def _edit(self, random: np.random.Generator, edit: pb.BulkEdit) -> ComponentEdit:
        if edit.HasField("index"):
            return ComponentEdit(index=edit.index, sigmas=number(random, edit.sigmas, MAX_SIGMAS), mode=edit.mode)
        names = edit.directions or [direction.name for direction in self.catalogue.directions]
        direction = self._directions[names[int(random.integers(len(names)))]]
        if edit.HasField("sigmas"):
            sigmas = number(random, edit.sigmas, MAX_SIGMAS)
        else:
            sigmas = drawn_sigmas(random, direction, DEFAULT_MOST_SIGMAS)
        return ComponentEdit(name=direction.name, sigmas=sigmas, mode=edit.mode)

    def _transfer(
        self, random: np.random.Generator, transfer: pb.BulkTransfer, labels: Mapping[str, str]
    ) -> StyleTransfer:
        regions = transfer.regions or self.catalogue.regions
        region = regions[int(random.integers(len(regions)))]
        seeds = transfer.reference_seeds
        seed = seeds[int(random.integers(len(seeds)))] if seeds else drawn_seed(random)
        reference = Recipe(seed=seed, labels=labels, truncation=self.template.recipe.truncation)
        made = StyleTransfer(reference=reference, regions=[Region(name=region)])
        if transfer.HasField("strength"):
            made.strength = number(random, transfer.strength, 1.0, 0.0)
        for name in ("rho", "epsilon"):
            if transfer.HasField(name):
                setattr(made, name, getattr(transfer, name))
        return made

    @cached_property
    def _directions(self) -> dict[str, Direction]:
        return {direction.name: direction for direction in self.catalogue.directions}

    def _uid(self, kind: str, number: int) -> str:
        """2.25 and a UUID (PS3.5 B.2) that follows from job, moment, kind and number."""
        name = f"{self.identity}/{self.job.made}/{kind}/{number}"
        return f"2.25.{uuid.uuid5(uuid.NAMESPACE_OID, name).int}"

    def _check(self, field: str) -> None:
        check_offered(self.job, self.catalogue, self.limits.num_components, field)
        if self.job.picture.encoding in DICOM and self.limits.channels != 1:
            named = ImageEncoding.Name(self.job.picture.encoding)
            raise FailedPrecondition(f"{_in(field, 'picture.encoding')}: {named} is for greyscale models")
        check_positions(self.job, self.catalogue, field)
        for start in self._row_starts:
            self.drawn(start)


def catalogue_of(bundle: Bundle) -> Catalogue:
    """What a bundle offers to recipes that are drawn."""
    manifest = bundle.manifest
    return Catalogue(
        bundle_digest=bundle.digest,
        bundle_name=f"{manifest.name} {manifest.version}",
        resolution=manifest.dimensions.resolution,
        directions=[Direction(named.name, *sigmas_range(named)) for named in named_directions(manifest)],
        regions=[entry.name for entry in region_entries(manifest.regions) if entry.name and not entry.rejected],
        mixture=bundle.label_mixture if bundle.label_fields else None,
    )


def _in(field: str, name: str) -> str:
    return f"{field}.{name}" if field else name
