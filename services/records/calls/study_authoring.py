"""ReaderStudyService: designing a study, its real images and its readers."""

from __future__ import annotations

import asyncio
import hashlib
import re

import numpy as np

from mammoganesis.errors import InvalidArgument, NotFound
from mammoganesis.recipe.fields import one_of, text, within
from mammoganesis.texts.languages import language_of
from mammoganesis.v1 import studies_pb2 as pb
from mammoganesis.v1.study_design_pb2 import StudyDesign, StudyReal
from services.records.calls.study_shared import ReaderPlan, StudyCalls, check_study_id, counting, reader_message
from services.records.rules import texts
from services.records.sql.readers import Person, ReaderRow
from services.records.sql.studies import StudyRow, check_state
from services.rendering.calls import CallContext
from services.study import remarks
from services.study.design import check, check_real, check_real_name, complete
from services.study.patients import patient_of
from services.study.pictures import check_real_file, shown_picture
from services.study.pool import composition_of
from services.study.reading import standing, told_done
from services.study.report.pdf import forget_reports

MAX_REAL_BYTES = 2**21
_READER_ID = re.compile(r"reader_[0-9a-f]{32}")
_LOOK_AT = 128  # pixels, at which a real image is looked at when it comes in


class AuthoringCalls(StudyCalls):
    """For who designs a study and invites its readers."""

    async def CreateStudy(self, request: pb.CreateStudyRequest, call: CallContext) -> pb.CreateStudyResponse:  # noqa: N802
        """A draft."""
        design, language = _complete(request), language_of(request.language)
        study = await asyncio.to_thread(self._studies.create, design.title, design.SerializeToString())
        return pb.CreateStudyResponse(study=await self._message(study), remarks=remarks.before(design, [], language))

    async def SaveStudy(self, request: pb.SaveStudyRequest, call: CallContext) -> pb.SaveStudyResponse:  # noqa: N802
        """Another design; a pool that was drawn for the one before is drawn again."""
        check_study_id(request.study_id)
        design, language = _complete(request), language_of(request.language)
        save = self._studies.save
        study = await asyncio.to_thread(save, request.study_id, design.title, design.SerializeToString())
        reals = await asyncio.to_thread(self._showable, request.study_id)
        told = remarks.before(design, reals, language)
        return pb.SaveStudyResponse(study=await self._message(study), remarks=told)

    async def AddReal(self, request: pb.AddRealRequest, call: CallContext) -> pb.AddRealResponse:  # noqa: N802
        """One that the pipeline takes."""
        study = await self._study(request.study_id)
        check_real(request.real, optional_patient=True)
        kind = one_of(request, "file", "file")
        if kind == "data":
            within("data", len(request.data), 1, MAX_REAL_BYTES, "bytes; UploadPart takes larger files")
            data = request.data
        else:
            data = await asyncio.to_thread(self._uploads.whole, request.upload_id)
        await asyncio.to_thread(shown_picture, data, _LOOK_AT, np.random.default_rng(0), kind)
        await asyncio.to_thread(check_real_file, data, kind)
        sha256, name = hashlib.sha256(data).hexdigest(), request.real.name
        if not request.real.patient_id:
            request.real.patient_id = await asyncio.to_thread(patient_of, name, data, study.secret)
        body = request.real.SerializeToString()
        reals = await asyncio.to_thread(self._studies.add_real, request.study_id, name, body, sha256, data)
        if request.upload_id:
            await asyncio.to_thread(self._uploads.forget, request.upload_id)
        return pb.AddRealResponse(sha256=sha256, reals=reals)

    async def RemoveReal(self, request: pb.RemoveRealRequest, call: CallContext) -> pb.RemoveRealResponse:  # noqa: N802
        """From a draft."""
        check_study_id(request.study_id)
        check_real_name("name", request.name)
        reals = await asyncio.to_thread(self._studies.remove_real, request.study_id, request.name)
        return pb.RemoveRealResponse(reals=reals)

    async def GetStudy(self, request: pb.GetStudyRequest, call: CallContext) -> pb.GetStudyResponse:  # noqa: N802
        """Everything but truth and answers."""
        language = language_of(request.language)
        study = await self._study(request.study_id)
        design = StudyDesign.FromString(study.design)
        reals = await asyncio.to_thread(self._reals, study.study_id)
        answer = pb.GetStudyResponse(study=await self._message(study), design=design, reals=reals)
        answer.readers.extend(await asyncio.to_thread(self._readers_of, study))
        if study.state == pb.STUDY_STATE_DRAFT:
            answer.remarks.extend(remarks.before(design, [real for real in reals if not real.training], language))
            return answer
        content = await asyncio.to_thread(self._content, study.study_id)
        answer.remarks.extend(remarks.after(design, content.pictures, language))
        answer.composition.CopyFrom(composition_of(content.pictures))
        answer.look_alikes = study.look_alikes
        return answer

    async def GetStudyPicture(  # noqa: N802
        self, request: pb.GetStudyPictureRequest, call: CallContext
    ) -> pb.GetStudyPictureResponse:
        """Nothing that would tell a truth before its time: who had a real image beside a trial would know it."""
        study = await self._study(request.study_id)
        if one_of(request, "which", "which") == "real":
            check_real_name("real", request.real)
            check_state(study, pb.STUDY_STATE_DRAFT, pb.STUDY_STATE_CLOSED)
            data = await asyncio.to_thread(self._studies.real_file, study.study_id, request.real)
            shown = await asyncio.to_thread(shown_picture, data, _LOOK_AT, np.random.default_rng(0))
            return pb.GetStudyPictureResponse(data=shown.data)
        check_state(study, pb.STUDY_STATE_CLOSED)
        content = await asyncio.to_thread(self._content, study.study_id)
        number = content.numbers(study.secret).get(request.picture)
        if number is None:
            raise NotFound("there is no such picture in this study")
        data = await asyncio.to_thread(self._studies.picture_file, study.study_id, number)
        return pb.GetStudyPictureResponse(data=data)

    async def ListStudies(self, request: pb.ListStudiesRequest, call: CallContext) -> pb.ListStudiesResponse:  # noqa: N802
        """The newest first."""
        size = texts.page_size(request.page_size)
        found, page = await asyncio.to_thread(self._studies.listed, size, request.page_token)
        return pb.ListStudiesResponse(studies=await self._messages(found), next_page_token=page)

    async def InviteReader(self, request: pb.InviteReaderRequest, call: CallContext) -> pb.InviteReaderResponse:  # noqa: N802
        """The one time that the token is told."""
        check_study_id(request.study_id)
        text("name", request.name, 200, least=1, lines=False)
        ends_at = texts.future("ends_at", request.ends_at) if request.HasField("ends_at") else None
        reader, token = await asyncio.to_thread(self._readers.invite, request.study_id, request.name, ends_at)
        message = reader_message(reader, Person(request.name), 0, None, 0)
        return pb.InviteReaderResponse(reader=message, token=token)

    async def RevokeReader(self, request: pb.RevokeReaderRequest, call: CallContext) -> pb.RevokeReaderResponse:  # noqa: N802
        """For good."""
        study, reader = await self._reader(request)
        await asyncio.to_thread(self._readers.revoke, reader)
        return pb.RevokeReaderResponse(reader=await asyncio.to_thread(self._reader_message, study, reader))

    async def ForgetReader(self, request: pb.ForgetReaderRequest, call: CallContext) -> pb.ForgetReaderResponse:  # noqa: N802
        """For good."""
        study, reader = await self._reader(request)
        await asyncio.to_thread(self._readers.forget, reader)
        forget_reports()
        self._computing.submit(forget_reports)  # and behind a report that is being laid out, with what was read before
        return pb.ForgetReaderResponse(reader=await asyncio.to_thread(self._reader_message, study, reader))

    async def OpenStudy(self, request: pb.OpenStudyRequest, call: CallContext) -> pb.OpenStudyResponse:  # noqa: N802
        """From here on the protocol stands."""
        check_study_id(request.study_id)
        if len(request.protocol_hash) != 64:
            raise InvalidArgument(
                "protocol_hash", request.protocol_hash, "64 hexadecimal digits, as GetStudy says them"
            )
        study = await asyncio.to_thread(self._studies.open, request.study_id, request.protocol_hash)
        return pb.OpenStudyResponse(study=await self._message(study))

    async def CloseStudy(self, request: pb.CloseStudyRequest, call: CallContext) -> pb.CloseStudyResponse:  # noqa: N802
        """For good."""
        check_study_id(request.study_id)
        study = await asyncio.to_thread(self._studies.close, request.study_id)
        return pb.CloseStudyResponse(study=await self._message(study))

    async def _reader(self, request: pb.RevokeReaderRequest | pb.ForgetReaderRequest) -> tuple[StudyRow, ReaderRow]:
        study = await self._study(request.study_id)
        if not _READER_ID.fullmatch(request.reader_id):
            raise InvalidArgument("reader_id", request.reader_id, '"reader_" and 32 hexadecimal digits')
        return study, await asyncio.to_thread(self._readers.one, study.study_id, request.reader_id)

    def _reader_message(self, study: StudyRow, reader: ReaderRow) -> pb.StudyReader:
        return next(each for each in self._readers_of(study) if each.reader_id == reader.reader_id)

    def _readers_of(self, study: StudyRow) -> list[pb.StudyReader]:
        prepared = study.state != pb.STUDY_STATE_DRAFT
        found = []
        for reader, person in self._readers.listed(study.study_id):
            plan = self._plan_of(study, reader) if prepared else ReaderPlan((), {})
            answered, last = self._progress(study, reader, plan)
            found.append(reader_message(reader, person, answered, last, len(plan.trials)))
        return found

    def _progress(self, study: StudyRow, reader: ReaderRow, plan: ReaderPlan) -> tuple[int, int | None]:
        """How many trials are done, as may be told, and when the last of them was answered."""
        rows = self._readers.answers(reader.reader_id)
        answers = counting(rows)
        done = set(answers)
        if rows and study.state == pb.STUDY_STATE_OPEN:
            content = self._content(study.study_id)
            now = standing(content.design, plan.trials, answers, content.generated)
            done = told_done(content.design, plan.trials, now)
        return len(done), max((row.recorded_at for row in rows if row.trial_id in done), default=None)

    def _showable(self, study_id: str) -> list[StudyReal]:
        return [real for real in self._reals(study_id) if not real.training]


def _complete(request: pb.CreateStudyRequest | pb.SaveStudyRequest) -> StudyDesign:
    if not request.HasField("design"):
        raise InvalidArgument("design", None, "a design")
    check(request.design)
    return complete(request.design)
