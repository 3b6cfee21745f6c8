"""CaseService: links, and the servicer as a whole."""

from __future__ import annotations

import asyncio

from mammoganesis.errors import NotFound
from mammoganesis.recipe.fields import one_of
from mammoganesis.v1 import cases_pb2 as pb
from services.records.calls.cases import SingleCaseCalls
from services.records.calls.collections import CollectionCalls
from services.records.calls.files import FileCalls
from services.records.calls.messages import link, summary
from services.records.calls.shared import CaseCalls
from services.records.pictures import Pictures
from services.records.rules import texts
from services.records.sql.database import Database
from services.records.sql.links import Links
from services.rendering.calls import CallContext


class LinkCalls(CaseCalls):
    """Links to cases and collections."""

    def __init__(self, database: Database, pictures: Pictures) -> None:
        super().__init__(database, pictures)
        self._links = Links(database)

    async def CreateLink(self, request: pb.CreateLinkRequest, call: CallContext) -> pb.CreateLinkResponse:  # noqa: N802
        """To what is there."""
        target = await self._target(request)
        ends_at = texts.future("ends_at", request.ends_at) if request.HasField("ends_at") else None
        return pb.CreateLinkResponse(link=link(await asyncio.to_thread(self._links.create, target, ends_at)))

    async def ListLinks(self, request: pb.ListLinksRequest, call: CallContext) -> pb.ListLinksResponse:  # noqa: N802
        """The newest first."""
        target = await self._target(request)
        return pb.ListLinksResponse(links=map(link, await asyncio.to_thread(self._links.listed, target)))

    async def RevokeLink(self, request: pb.RevokeLinkRequest, call: CallContext) -> pb.RevokeLinkResponse:  # noqa: N802
        """For good."""
        return pb.RevokeLinkResponse(link=link(await asyncio.to_thread(self._links.revoke, request.token)))

    async def OpenLink(self, request: pb.OpenLinkRequest, call: CallContext) -> pb.OpenLinkResponse:  # noqa: N802
        """What the link leads to."""
        target = await asyncio.to_thread(self._links.target, request.token)
        if target.startswith("case_"):
            if request.case_id not in ("", target):
                raise NotFound(f"this link does not lead to {request.case_id}")
            return pb.OpenLinkResponse(case=await self._case(target))
        collection = await self._collection(target)
        answer = pb.OpenLinkResponse(collection=collection)
        answer.cases.extend(map(summary, await asyncio.to_thread(self._cases.several, collection.case_ids)))
        if request.case_id:
            if request.case_id not in collection.case_ids:
                raise NotFound(f"this link does not lead to {request.case_id}")
            answer.case.CopyFrom(await self._case(request.case_id))
        return answer

    async def _target(self, request: pb.CreateLinkRequest | pb.ListLinksRequest) -> str:
        """The id of what a request wants links of, which is there."""
        if one_of(request, "target", "") == "case_id":
            return (await self._case(request.case_id)).case_id
        return (await self._collection(request.collection_id)).collection_id


class CaseServicer(SingleCaseCalls, CollectionCalls, FileCalls, LinkCalls):
    """All of CaseService."""
