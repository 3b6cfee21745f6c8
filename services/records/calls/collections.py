"""CaseService: collections."""

from __future__ import annotations

import asyncio

from mammoganesis.errors import NotFound
from mammoganesis.v1 import cases_pb2 as pb
from services.records.calls.messages import body_of, check_changed, check_new, collection_of, summary, version
from services.records.calls.shared import CaseCalls
from services.records.rules import texts
from services.records.rules.cases import check_collection, check_collection_id
from services.rendering.calls import CallContext


class CollectionCalls(CaseCalls):
    """Cases in order, saved in versions."""

    async def CreateCollection(  # noqa: N802
        self, request: pb.CreateCollectionRequest, call: CallContext
    ) -> pb.CreateCollectionResponse:
        """Version 1."""
        collection = request.collection
        check_new(collection.collection_id, collection.version, "collection")
        await self._check_collection(collection)
        create = self._collections.create
        saved = await asyncio.to_thread(create, collection.collection_id, collection.title, body_of(collection))
        return pb.CreateCollectionResponse(collection=collection_of(saved))

    async def GetCollection(  # noqa: N802
        self, request: pb.GetCollectionRequest, call: CallContext
    ) -> pb.GetCollectionResponse:
        """With its cases."""
        collection = await self._collection(request.collection_id, request.version)
        found = await asyncio.to_thread(self._cases.several, collection.case_ids)
        return pb.GetCollectionResponse(collection=collection, cases=map(summary, found))

    async def SaveCollection(  # noqa: N802
        self, request: pb.SaveCollectionRequest, call: CallContext
    ) -> pb.SaveCollectionResponse:
        """The next version."""
        collection = request.collection
        check_collection_id(collection.collection_id, "collection.collection_id")
        check_changed(collection.version, "collection")
        await self._check_collection(collection)
        identity = (collection.collection_id, collection.version, collection.title)
        saved = await asyncio.to_thread(self._collections.save, *identity, body_of(collection))
        return pb.SaveCollectionResponse(collection=collection_of(saved))

    async def ListCollections(  # noqa: N802
        self, request: pb.ListCollectionsRequest, call: CallContext
    ) -> pb.ListCollectionsResponse:
        """By title."""
        words, size = texts.words(request.query), texts.page_size(request.page_size)
        listed = self._collections.listed
        found, page = await asyncio.to_thread(listed, words, request.deleted, size, request.page_token)
        return pb.ListCollectionsResponse(collections=map(collection_of, found), next_page_token=page)

    async def ListCollectionVersions(  # noqa: N802
        self, request: pb.ListCollectionVersionsRequest, call: CallContext
    ) -> pb.ListCollectionVersionsResponse:
        """The newest first."""
        check_collection_id(request.collection_id, "collection_id")
        found = await asyncio.to_thread(self._collections.versions, request.collection_id)
        return pb.ListCollectionVersionsResponse(versions=map(version, found))

    async def DuplicateCollection(  # noqa: N802
        self, request: pb.DuplicateCollectionRequest, call: CallContext
    ) -> pb.DuplicateCollectionResponse:
        """Of the same cases."""
        collection = await self._collection(request.collection_id)
        collection.title = request.title or collection.title
        texts.title("title", collection.title)
        saved = await asyncio.to_thread(self._collections.create, "", collection.title, body_of(collection))
        return pb.DuplicateCollectionResponse(collection=collection_of(saved))

    async def DeleteCollection(  # noqa: N802
        self, request: pb.DeleteCollectionRequest, call: CallContext
    ) -> pb.DeleteCollectionResponse:
        """Until it is restored."""
        check_collection_id(request.collection_id, "collection_id")
        await asyncio.to_thread(self._collections.delete, request.collection_id)
        return pb.DeleteCollectionResponse()

    async def RestoreCollection(  # noqa: N802
        self, request: pb.RestoreCollectionRequest, call: CallContext
    ) -> pb.RestoreCollectionResponse:
        """As it was."""
        check_collection_id(request.collection_id, "collection_id")
        saved = await asyncio.to_thread(self._collections.restore, request.collection_id)
        return pb.RestoreCollectionResponse(collection=collection_of(saved))

    async def _check_collection(self, collection: pb.Collection) -> None:
        check_collection(collection)
        found = await asyncio.to_thread(self._cases.several, collection.case_ids)
        there = {each.document_id for each in found}
        for i, case_id in enumerate(collection.case_ids):
            if case_id not in there:
                raise NotFound(f"collection.case_ids[{i}]: there is no case {case_id}, or it is deleted")
