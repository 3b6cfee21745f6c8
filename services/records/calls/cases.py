"""CaseService: cases."""

from __future__ import annotations

import asyncio

from mammoganesis.v1 import cases_pb2 as pb
from services.records.calls.messages import body_of, case_of, check_changed, check_new, summary, version
from services.records.calls.shared import CaseCalls
from services.records.rules import texts
from services.records.rules.cases import check_case, check_case_id
from services.rendering.calls import CallContext


class SingleCaseCalls(CaseCalls):
    """Saved in versions."""

    async def CreateCase(self, request: pb.CreateCaseRequest, call: CallContext) -> pb.CreateCaseResponse:  # noqa: N802
        """Version 1."""
        case = request.case
        check_new(case.case_id, case.version, "case")
        check_case(case)
        complete = await self._complete(case, [], call)
        saved = await asyncio.to_thread(self._cases.create, case.case_id, case.title, body_of(complete))
        return pb.CreateCaseResponse(case=case_of(saved))

    async def GetCase(self, request: pb.GetCaseRequest, call: CallContext) -> pb.GetCaseResponse:  # noqa: N802
        """The newest version, or one by number."""
        return pb.GetCaseResponse(case=await self._case(request.case_id, request.version))

    async def SaveCase(self, request: pb.SaveCaseRequest, call: CallContext) -> pb.SaveCaseResponse:  # noqa: N802
        """The next version. Images that the one before it has are known to be right, also of another bundle."""
        case = request.case
        check_case_id(case.case_id, "case.case_id")
        check_changed(case.version, "case")
        check_case(case)
        before = case_of(await asyncio.to_thread(self._cases.get, case.case_id, case.version))
        complete = await self._complete(case, [image.latent for image in before.images], call)
        saved = await asyncio.to_thread(self._cases.save, case.case_id, case.version, case.title, body_of(complete))
        return pb.SaveCaseResponse(case=case_of(saved))

    async def ListCases(self, request: pb.ListCasesRequest, call: CallContext) -> pb.ListCasesResponse:  # noqa: N802
        """By title."""
        words, size = texts.words(request.query), texts.page_size(request.page_size)
        listed = self._cases.listed
        found, page = await asyncio.to_thread(listed, words, request.deleted, size, request.page_token)
        return pb.ListCasesResponse(cases=map(summary, found), next_page_token=page)

    async def ListCaseVersions(  # noqa: N802
        self, request: pb.ListCaseVersionsRequest, call: CallContext
    ) -> pb.ListCaseVersionsResponse:
        """The newest first."""
        check_case_id(request.case_id, "case_id")
        found = await asyncio.to_thread(self._cases.versions, request.case_id)
        return pb.ListCaseVersionsResponse(versions=map(version, found))

    async def DuplicateCase(  # noqa: N802
        self, request: pb.DuplicateCaseRequest, call: CallContext
    ) -> pb.DuplicateCaseResponse:
        """Under another id."""
        case = await self._case(request.case_id)
        case.title = request.title or case.title
        texts.title("title", case.title)
        saved = await asyncio.to_thread(self._cases.create, "", case.title, body_of(case))
        return pb.DuplicateCaseResponse(case=case_of(saved))

    async def DeleteCase(self, request: pb.DeleteCaseRequest, call: CallContext) -> pb.DeleteCaseResponse:  # noqa: N802
        """Until it is restored."""
        check_case_id(request.case_id, "case_id")
        await asyncio.to_thread(self._cases.delete, request.case_id)
        return pb.DeleteCaseResponse()

    async def RestoreCase(  # noqa: N802
        self, request: pb.RestoreCaseRequest, call: CallContext
    ) -> pb.RestoreCaseResponse:
        """As it was."""
        check_case_id(request.case_id, "case_id")
        return pb.RestoreCaseResponse(case=case_of(await asyncio.to_thread(self._cases.restore, request.case_id)))
