"""What calls about cases have in common."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from mammoganesis.errors import InvalidArgument
from mammoganesis.recipe.fields import within
from mammoganesis.v1 import cases_pb2 as pb
from mammoganesis.v1.latents_pb2 import Latent
from services.records.calls.messages import case_of, collection_of
from services.records.pictures import Pictures
from services.records.rules.cases import check_case, check_case_id, check_collection_id
from services.records.sql.database import Database
from services.records.sql.documents import Documents
from services.rendering.calls import CallContext


class CaseCalls:
    """Reads cases and collections, and completes their recipes."""

    def __init__(self, database: Database, pictures: Pictures) -> None:
        self._cases, self._collections = Documents(database, "case"), Documents(database, "collection")
        self._pictures = pictures

    async def cases_of(
        self, case_ids: Sequence[str], collection_id: str, most: int
    ) -> tuple[list[pb.Case], pb.Collection | None]:
        """The cases that a request names, and the collection where it names one.

        Raises:
            InvalidArgument: it names both, or not 1 to `most` cases.
            NotFound: one is not there.
        """
        collection = None
        if collection_id:
            if case_ids:
                raise InvalidArgument("case_ids", f"{len(case_ids)} cases", "none beside a collection_id")
            collection = await self._collection(collection_id)
            saved = await asyncio.to_thread(self._cases.several, collection.case_ids)
            within("collection_id: cases in it", len(saved), 1, most)
            collection.case_ids[:] = [each.document_id for each in saved]
            return [case_of(each) for each in saved], collection
        within("case_ids", len(case_ids), 1, most, "cases")
        if len(set(case_ids)) < len(case_ids):
            raise InvalidArgument("case_ids", f"{len(case_ids)} cases", "each case once")
        return [await self._case(case_id, field=f"case_ids[{i}]") for i, case_id in enumerate(case_ids)], None

    async def _case(self, case_id: str, version: int = 0, field: str = "case_id") -> pb.Case:
        check_case_id(case_id, field)
        return case_of(await asyncio.to_thread(self._cases.get, case_id, version))

    async def _collection(self, collection_id: str, version: int = 0) -> pb.Collection:
        check_collection_id(collection_id, "collection_id")
        return collection_of(await asyncio.to_thread(self._collections.get, collection_id, version))

    async def _complete(
        self, case: pb.Case, known_latents: Sequence[Latent], call: CallContext, field: str = "case"
    ) -> pb.Case:
        """The case with complete recipes; latents that are known stay as they are."""
        complete = pb.Case()
        complete.CopyFrom(case)
        for i, image in enumerate(complete.images):
            if image.latent not in known_latents:
                recipe = await self._pictures.complete(image.latent, f"{field}.images[{i}].latent", call)
                image.latent.recipe.CopyFrom(recipe)
        check_case(complete, field)  # complete recipes are longer
        return complete
