"""CaseService: export and import."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterator

from mammoganesis.recipe.fields import known, one_of, within
from mammoganesis.v1 import cases_pb2 as pb
from services.records import archive
from services.records.calls.messages import body_of, collection_of, summary
from services.records.calls.shared import CaseCalls
from services.records.pictures import Pictures
from services.records.sql.database import Database
from services.records.sql.links import Uploads
from services.rendering.calls import CallContext

PIECE_BYTES = 2**20
MAX_IMPORT_BYTES = 2**21


class FileCalls(CaseCalls):
    """Files of cases."""

    def __init__(self, database: Database, pictures: Pictures) -> None:
        super().__init__(database, pictures)
        self._uploads = Uploads(database)

    async def ExportCases(  # noqa: N802
        self, request: pb.ExportCasesRequest, call: CallContext
    ) -> AsyncIterator[pb.ExportCasesResponse]:
        """The file in pieces."""
        known("format", request.format, pb.CaseFileFormat)
        cases, collection = await self.cases_of(request.case_ids, request.collection_id, archive.MAX_CASES)
        content = archive.archive_of(cases, collection)
        title = collection.title if collection else cases[0].title
        with tempfile.TemporaryFile() as file:
            if request.format == pb.CASE_FILE_FORMAT_JSON:
                file.write(archive.to_json(content))
                name = archive.file_name(title, "json")
            elif request.format == pb.CASE_FILE_FORMAT_DICOM:
                from services.records import dicom_studies  # half a second, which nothing else need wait for

                named = [(case.case_id, image) for case in cases for image in case.images]
                images = await self._pictures.draw_raw([image.latent.recipe for _, image in named], call)
                by_name = {(case, each.image_id): image for (case, each), image in zip(named, images, strict=True)}
                await asyncio.to_thread(dicom_studies.write_zip, file, cases, by_name)
                name = archive.file_name(f"{title} dicom", "zip")
            else:
                recipes = archive.picture_names(cases)
                images = await self._pictures.draw(list(recipes.values()), call)
                pictures = {name: image.data for name, image in zip(recipes, images, strict=True)}
                await asyncio.to_thread(archive.write_zip, file, content, pictures)
                name = archive.file_name(title, "zip")
            file.seek(0)
            while piece := file.read(PIECE_BYTES):
                yield pb.ExportCasesResponse(data=piece, file_name=name)
                name = ""

    async def UploadPart(self, request: pb.UploadPartRequest, call: CallContext) -> pb.UploadPartResponse:  # noqa: N802
        """A piece of a file."""
        within("data", len(request.data), 1, PIECE_BYTES, "bytes")
        add = self._uploads.add
        upload_id, size = await asyncio.to_thread(add, request.upload_id, request.offset, request.data)
        return pb.UploadPartResponse(upload_id=upload_id, size=size)

    async def ImportCases(  # noqa: N802
        self, request: pb.ImportCasesRequest, call: CallContext
    ) -> pb.ImportCasesResponse:
        """All cases of the file, or none."""
        if one_of(request, "file", "") == "data":
            within("data", len(request.data), 1, MAX_IMPORT_BYTES, "bytes; UploadPart takes larger files")
            data = request.data
        else:
            data = await asyncio.to_thread(self._uploads.whole, request.upload_id)
        content = await asyncio.to_thread(archive.read, data)
        served = (await self._pictures.model(call)).bundle_digest
        bodies = []
        for i, case in enumerate(content.cases):
            foreign = [image.latent for image in case.images if image.latent.recipe.bundle_digest != served]
            complete = await self._complete(case, foreign, call, f"data.cases[{i}]")
            bodies.append(("", case.title, body_of(complete)))
        saved = await asyncio.to_thread(self._cases.create_all, bodies)
        answer = pb.ImportCasesResponse(cases=map(summary, saved))
        if content.HasField("collection"):
            collection = content.collection
            collection.case_ids[:] = [each.document_id for each in saved]
            created = await asyncio.to_thread(self._collections.create, "", collection.title, body_of(collection))
            answer.collection.CopyFrom(collection_of(created))
        if request.upload_id:
            await asyncio.to_thread(self._uploads.forget, request.upload_id)
        return answer
