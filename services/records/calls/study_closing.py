"""ReaderStudyService: what is told of a study that has closed."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterator, Callable
from contextlib import ExitStack
from typing import IO

from mammoganesis.errors import FailedPrecondition
from mammoganesis.recipe.fields import known
from mammoganesis.texts.languages import language_of
from mammoganesis.v1 import studies_pb2 as pb
from mammoganesis.v1.style_transfer_pb2 import Point
from services.records.calls.study_closed import ClosedStudies
from services.records.calls.study_reading import ReadingCalls
from services.records.calls.study_shared import StudyContent, counting
from services.records.sql.readers import ReaderRow
from services.records.sql.studies import StudyRow, check_state
from services.rendering.calls import CallContext
from services.study.debrief import lines
from services.study.exports.files import export
from services.study.places import met, place_of, rings_of, widened
from services.study.reading import is_right, task_of
from services.study.report.pdf import KEPT_SECONDS, forget_reports
from services.study.results import StudyResults, results_of
from services.study.sizing import sizes

PIECE_BYTES = 2**20


class ClosingCalls(ReadingCalls, ClosedStudies):
    """Results, exports, and the truth for readers."""

    _results: Callable[[str], StudyResults]  # of the study with this id, by `_results_of`

    async def GetStudyResults(  # noqa: N802
        self, request: pb.GetStudyResultsRequest, call: CallContext
    ) -> pb.GetStudyResultsResponse:
        """Of all readers."""
        language = language_of(request.language)
        study = await self._study(request.study_id)
        check_state(study, pb.STUDY_STATE_CLOSED)
        results = await self._in_turn(lambda: self._results(study.study_id))
        return pb.GetStudyResultsResponse(study=await self._message(study), results_json=results.json(language))

    async def ExportStudy(  # noqa: N802
        self, request: pb.ExportStudyRequest, call: CallContext
    ) -> AsyncIterator[pb.ExportStudyResponse]:
        """In pieces."""
        known("format", request.format, pb.StudyFileFormat)
        study = await self._study(request.study_id)
        check_state(study, pb.STUDY_STATE_CLOSED)
        asyncio.get_running_loop().call_later(KEPT_SECONDS, forget_reports)
        name, file = await self._in_turn(lambda: self._exported(study, request))
        with file:
            while piece := await asyncio.to_thread(file.read, PIECE_BYTES):
                yield pb.ExportStudyResponse(data=piece, file_name=name)
                name = ""

    async def SizeStudy(self, request: pb.SizeStudyRequest, call: CallContext) -> pb.SizeStudyResponse:  # noqa: N802
        """Before there is a study."""
        return pb.SizeStudyResponse(sizes=await asyncio.to_thread(lambda: list(sizes(request))))

    async def GetDebrief(self, request: pb.GetDebriefRequest, call: CallContext) -> pb.GetDebriefResponse:  # noqa: N802
        """For one reader."""
        study, reader = await asyncio.to_thread(self._readers.by_token, request.token)
        check_state(study, pb.STUDY_STATE_CLOSED)
        content = await asyncio.to_thread(self._content, study.study_id)
        if content.design.debrief.hidden:
            raise FailedPrecondition("readers of this study are not told the truth")
        results = await self._in_turn(lambda: self._results(study.study_id))
        return await asyncio.to_thread(self._debrief, study, reader, content, results)

    def _results_of(self, study_id: str) -> StudyResults:
        """May be kept: nothing changes in a closed study but what is personal, which no result holds."""
        return results_of(self._closed(self._studies.by_id(study_id)))

    def _exported(self, study: StudyRow, request: pb.ExportStudyRequest) -> tuple[str, IO[bytes]]:
        """The name and the file, to be read from its beginning; the folder of temporary files holds it until then."""
        closed, results = self._closed(study), self._results(study.study_id)
        with ExitStack() as failed:
            file = failed.enter_context(tempfile.TemporaryFile())
            name = export(closed, results, file, request.format, request.language)
            file.seek(0)
            failed.pop_all()
        return name, file

    def _debrief(
        self, study: StudyRow, reader: ReaderRow, content: StudyContent, results: StudyResults
    ) -> pb.GetDebriefResponse:
        plan = self._plan_of(study, reader)
        told = pb.GetDebriefResponse(title=study.title)
        told.lines.extend(lines(results, reader.pseudonym, content.design.debrief.peers))
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
            if task is not None and task.HasField("location"):
                _tell_place(shown, content.rows[trial.pictures[0]].place, task.location.tolerance)
        return told


def _tell_place(shown: pb.DebriefTrial, place: bytes | None, tolerance: float) -> None:
    """Where the picture was changed, and which of the reader's marks meet it."""
    if place is None:
        return
    inside = place_of(place)
    for ring in rings_of(inside):
        shown.true_places.add(points=[Point(x=x, y=y) for x, y in ring])
    shown.met.extend(met(widened(inside, tolerance), shown.answer.location.places))
