"""ReaderStudyService: from a design and real images to the pictures that readers see."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, replace
from weakref import WeakValueDictionary

import numpy as np
from numpy.typing import NDArray

from mammoganesis.errors import FailedPrecondition, InvalidArgument, NotFound
from mammoganesis.pictures.breast import THUMBNAIL
from mammoganesis.pictures.png import label_map_png
from mammoganesis.recipe.drawing import Catalogue
from mammoganesis.recipe.masked import values_of
from mammoganesis.v1 import studies_pb2 as pb
from mammoganesis.v1.latents_pb2 import Latent, Recipe
from mammoganesis.v1.study_design_pb2 import StudyDesign, StudyReal
from services.records.calls.study_shared import StudyCalls, chance_of, check_study_id
from services.records.pictures import IMAGES_PER_CALL
from services.records.sql.studies import PictureRow, StudyRow, changed_meanwhile
from services.rendering.calls import CallContext
from services.study import remarks
from services.study.allocation import with_trials
from services.study.generation import chosen, edit_types, is_edited, needs_place, recipe_of, with_place
from services.study.likeness import look_alikes
from services.study.pictures import ShownPicture, shown_picture
from services.study.pool import draw_pool
from services.study.protocol import protocol_hash

_MOST_TRIES = 20  # of other samples, where one is no picture of a breast


class PreparingCalls(StudyCalls):
    """Draws the pool, and writes its pictures one after the other: a call that is made again goes on."""

    _preparing: WeakValueDictionary[str, asyncio.Lock]
    """Of the studies that are being prepared."""

    async def PrepareStudy(  # noqa: N802
        self, request: pb.PrepareStudyRequest, call: CallContext
    ) -> AsyncIterator[pb.PrepareStudyResponse]:
        """Tells how far it is."""
        check_study_id(request.study_id)
        async with self._preparing.setdefault(request.study_id, asyncio.Lock()):
            study = await self._study(request.study_id)
            if study.state == pb.STUDY_STATE_DRAFT:
                async for told in self._prepare(study, call):
                    yield told
        study = await self._study(request.study_id)
        yield pb.PrepareStudyResponse(doing=pb.STUDY_PREPARATION_DONE, study=await self._message(study))

    async def _prepare(self, study: StudyRow, call: CallContext) -> AsyncIterator[pb.PrepareStudyResponse]:
        design = StudyDesign.FromString(study.design)
        catalogue = chosen(await self._pictures.catalogue(call), design.generation, "design.generation")
        rows = await asyncio.to_thread(self._studies.pictures, study.study_id)
        if not rows:
            study, rows = await asyncio.to_thread(self._draw, study, design, catalogue)
            design = StudyDesign.FromString(study.design)
        drawing = [row for row in rows if not row.real]
        left = [row for row in drawing if not row.size]
        for start in range(0, len(left), IMAGES_PER_CALL):
            done = len(drawing) - len(left) + start
            yield _told(pb.STUDY_PREPARATION_GENERATING, done, len(drawing))
            await self._generate(study, design, catalogue, left[start : start + IMAGES_PER_CALL], call)
        reals = [row for row in rows if row.real]
        for done, row in enumerate(reals):
            if not row.size:
                yield _told(pb.STUDY_PREPARATION_WRITING, done, len(reals))
                await asyncio.to_thread(self._write_real, study, design, row, catalogue.resolution)
        yield _told(pb.STUDY_PREPARATION_COMPARING, 0, len(rows))
        await asyncio.to_thread(self._finish, study, design, catalogue.resolution)

    def _draw(
        self, study: StudyRow, design: StudyDesign, catalogue: Catalogue
    ) -> tuple[StudyRow, Sequence[PictureRow]]:
        """Which images the study has, and the study as they complete its design."""
        bodies = self._studies.reals(study.study_id)
        reals = [real for real in map(StudyReal.FromString, bodies) if not real.training]
        _refuse(remarks.before(design, reals))
        chance = chance_of(study, design)
        samples = [recipe_of(i, design.generation, catalogue, chance) for i in range(design.generation.samples)]
        pictures = draw_pool(design, reals, [is_edited(sample) for sample in samples], chance)
        design = with_trials(design, pictures)
        _refuse(remarks.after(design, pictures))
        design.generation.bundle_digest = catalogue.bundle_digest
        rows = [
            PictureRow(
                number=each.number,
                origin=each.origin,
                image_set=each.image_set,
                practice=each.practice,
                real=each.real,
                patient=each.patient,
                sample=each.sample,
                recipe=b"",
                sentence="",
                edit_types="",
                look_alike="",
                size=0,
                sha256="",
            )
            for each in pictures
        ]
        return self._studies.plan(study, bodies, design.SerializeToString(), rows), rows

    async def _generate(
        self, study: StudyRow, design: StudyDesign, catalogue: Catalogue, rows: Sequence[PictureRow], call: CallContext
    ) -> None:
        """Draws images and writes their pictures down."""
        told = {row.number: await self._described(study, design, catalogue, row.sample, call) for row in rows}
        described = [(row, each) for row in rows if (each := told[row.number]) is not None]
        recipes = [each.recipe for _, each in described]
        images = await self._pictures.draw(recipes, call, registered=False) if recipes else []
        for row in rows:
            if told[row.number] is None:
                await self._replace(study, design, catalogue, row, call)
        for (row, each), image in zip(described, images, strict=True):
            try:
                await asyncio.to_thread(self._write, study, design, row, each, image.data, catalogue.resolution)
            except InvalidArgument:  # what the network has drawn is no breast
                await self._replace(study, design, catalogue, row, call)

    async def _replace(
        self, study: StudyRow, design: StudyDesign, catalogue: Catalogue, row: PictureRow, call: CallContext
    ) -> None:
        """Another sample of the same kind, which the study has not drawn."""
        taken = {each.sample for each in await asyncio.to_thread(self._studies.pictures, study.study_id)}
        chance = chance_of(study, design)
        wanted = is_edited(recipe_of(row.sample, design.generation, catalogue, chance))
        tried = 0
        for sample in range(design.generation.samples):
            recipe = recipe_of(sample, design.generation, catalogue, chance)
            if sample in taken or is_edited(recipe) != wanted or tried == _MOST_TRIES:
                continue
            tried += 1
            each = await self._described(study, design, catalogue, sample, call)
            if each is None:
                continue
            (image,) = await self._pictures.draw([each.recipe], call, registered=False)
            other = replace(row, sample=sample)
            try:
                await asyncio.to_thread(self._write, study, design, other, each, image.data, catalogue.resolution)
            except InvalidArgument:
                continue
            return
        raise FailedPrecondition("generation: the bundle draws no breasts: too many of its images are no mammograms")

    async def _described(
        self, study: StudyRow, design: StudyDesign, catalogue: Catalogue, sample: int, call: CallContext
    ) -> _Told | None:
        """None where a transfer is to be masked, and the image shows none of the regions."""
        chance = chance_of(study, design)
        recipe = recipe_of(sample, design.generation, catalogue, chance)
        kinds = " ".join(edit_types(recipe))
        place = None
        if needs_place(recipe):
            target = Recipe()
            target.CopyFrom(recipe)
            del target.style_transfers[:]
            labels = await self._pictures.label_map(Latent(recipe=target), call)
            placed = with_place(recipe, labels, catalogue, chance.of("place", sample))
            if placed is None:
                return None
            recipe, place = placed, values_of(placed.style_transfers[0].mask)
        answer = await self._pictures.described(Latent(recipe=recipe), "generation", call, design.language)
        return _Told(answer.recipe, " ".join(answer.sentences), kinds, place)

    def _write_real(self, study: StudyRow, design: StudyDesign, row: PictureRow, resolution: int) -> None:
        self._write(study, design, row, _Told(Recipe()), self._real_file(study, row.real), resolution)

    def _real_file(self, study: StudyRow, name: str) -> bytes:
        try:
            return self._studies.real_file(study.study_id, name)
        except NotFound:  # it was there when the pool was drawn
            raise changed_meanwhile() from None

    def _write(
        self, study: StudyRow, design: StudyDesign, row: PictureRow, told: _Told, data: bytes, resolution: int
    ) -> None:
        """One way for real and synthetic images."""
        dither = chance_of(study, design).of("picture", row.number)
        shown: ShownPicture = shown_picture(data, resolution, dither, "image", told.changed)
        written = replace(
            row,
            recipe=told.recipe.SerializeToString(deterministic=True),
            sentence=told.sentence,
            edit_types=told.edit_types,
            size=shown.size,
            sha256=shown.sha256,
            place=None if shown.place is None else label_map_png(np.where(shown.place, 255, 0).astype(np.uint8)),
        )
        self._studies.write_picture(study, written, shown.thumbnail.tobytes(), shown.data)

    def _finish(self, study: StudyRow, design: StudyDesign, resolution: int) -> None:
        """Flags what looks alike, and states the protocol."""
        rows = self._studies.pictures(study.study_id)
        digests = [row.sha256 for row in rows]
        files = self._studies.thumbnails(study.study_id)
        if not (files and all(files)):
            raise changed_meanwhile()
        thumbnails = [_thumbnail(data) for data in files]
        training = []
        for real in self._reals(study.study_id):
            if real.training:
                data = self._real_file(study, real.name)
                training.append((real.name, shown_picture(data, resolution, np.random.default_rng(0)).thumbnail))
        threshold = design.pool.look_alike_threshold
        alike = look_alikes(thumbnails, [thumbnail for _, thumbnail in training], threshold)
        names = {
            number: f"training image {training[other][0]}" if what == "training" else f"picture {other}"
            for number, (what, other) in alike.items()
        }
        protocol = protocol_hash(design, digests, [row.place for row in rows])
        self._studies.ready(study, digests, protocol, names)


@dataclass(frozen=True)
class _Told:
    """A complete recipe, and what it does."""

    recipe: Recipe
    sentence: str = ""
    edit_types: str = ""
    changed: NDArray[np.uint8] | None = None
    """[H, W], 255 where it changes the image; None: nowhere or everywhere."""


def _told(doing: pb.StudyPreparation, done: int, total: int) -> pb.PrepareStudyResponse:
    return pb.PrepareStudyResponse(doing=doing, done=done, total=total)


def _thumbnail(data: bytes) -> np.ndarray:
    return np.frombuffer(data, np.uint8).reshape(THUMBNAIL, THUMBNAIL)


def _refuse(found: Sequence[pb.StudyRemark]) -> None:
    """Raises FailedPrecondition for what stands in the way."""
    for remark in found:
        if remark.blocking:
            raise FailedPrecondition(f"design.{remark.field}: {remark.text}")
