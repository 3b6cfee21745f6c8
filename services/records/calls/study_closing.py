"""ReaderStudyService: what is told of a study that has closed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from mammoganesis.errors import FailedPrecondition
from mammoganesis.recipe.fields import known
from mammoganesis.v1 import studies_pb2 as pb
from services.records.calls.study_closed import ClosedStudies
from services.records.calls.study_reading import ReadingCalls
from services.records.calls.study_shared import counting
from services.records.sql.readers import ReaderRow
from services.records.sql.studies import StudyRow, check_state
from services.rendering.calls import CallContext
from services.study.debrief import lines
from services.study.exports.files import export
from services.study.reading import is_right, task_of
from services.study.results import StudyResults, results_of
from services.study.sizing import sizes

PIECE_BYTES = 2**20


class ClosingCalls(ReadingCalls, ClosedStudies):
    """Results, exports, and the truth for readers."""

    _computed: dict[str, StudyResults]

    async def GetStudyResults(  # noqa: N802
        self, request: pb.GetStudyResultsRequest, call: CallContext
    ) -> pb.GetStudyResultsResponse:
        """Of all readers."""
        study = await self._study(request.study_id)
        check_state(study, pb.STUDY_STATE_CLOSED)
        results = await asyncio.to_thread(self._results, study)
        return pb.GetStudyResultsResponse(study=await self._message(study), results_json=results.json())

    async def ExportStudy(  # noqa: N802
        self, request: pb.ExportStudyRequest, call: CallContext
    ) -> AsyncIterator[pb.ExportStudyResponse]:
        """In pieces."""
        known("format", request.format, pb.StudyFileFormat)
        study = await self._study(request.study_id)
        check_state(study, pb.STUDY_STATE_CLOSED)
        closed = await asyncio.to_thread(self._closed, study)
        name, data = await asyncio.to_thread(export, closed, request.format, request.language)
        for start in range(0, len(data), PIECE_BYTES):
            yield pb.ExportStudyResponse(data=data[start : start + PIECE_BYTES], file_name="" if start else name)

    async def SizeStudy(self, request: pb.SizeStudyRequest, call: CallContext) -> pb.SizeStudyResponse:  # noqa: N802
        """Before there is a study."""
        return pb.SizeStudyResponse(sizes=await asyncio.to_thread(lambda: list(sizes(request))))

    async def GetDebrief(self, request: pb.GetDebriefRequest, call: CallContext) -> pb.GetDebriefResponse:  # noqa: N802
        """For one reader."""
        study, reader = await asyncio.to_thread(self._readers.by_token, request.token)
        check_state(study, pb.STUDY_STATE_CLOSED)
        return await asyncio.to_thread(self._debrief, study, reader)

    def _results(self, study: StudyRow) -> StudyResults:
        """Computed once: nothing changes in a closed study but what is personal, which no result holds."""
        found = self._computed.get(study.study_id)
        if found is None:
            found = self._computed[study.study_id] = results_of(self._closed(study))
        return found

    def _debrief(self, study: StudyRow, reader: ReaderRow) -> pb.GetDebriefResponse:
        content, plan = self._content(study.study_id), self._plan_of(study, reader)
        debrief = content.design.debrief
        if debrief.hidden:
            raise FailedPrecondition("readers of this study are not told the truth")
        told = pb.GetDebriefResponse(title=study.title)
        told.lines.extend(lines(self._results(study), reader.pseudonym, debrief.peers))
        answers = counting(self._readers.answers(reader.reader_id))
        for trial in plan.trials:
            answer, task = answers.get(trial.trial_id), task_of(content.design, trial)
            if answer is None:
                continue
            shown = told.trials.add(trial=self._trial(study, reader, content, plan, trial), answer=answer)
            shown.generated.extend(content.generated[number] for number in trial.pictures)
            shown.sentences.extend(content.rows[number].sentence for number in trial.pictures)
            right = is_right(task, trial, answer, content.generated)
            if right is not None:
                shown.right = right
        return told
