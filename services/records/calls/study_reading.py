"""ReaderStudyService: for a reader, who knows a token and is told no truth."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence

from mammoganesis.errors import FailedPrecondition, InvalidArgument, NotFound
from mammoganesis.recipe.fields import within
from mammoganesis.texts.languages import ENGLISH, Language, language_of
from mammoganesis.v1 import studies_pb2 as pb
from mammoganesis.v1.images_pb2 import IMAGE_ENCODING_PNG_8
from services.records.calls.messages import stamp
from services.records.calls.study_shared import ReaderPlan, StudyCalls, StudyContent, counting, picture_name
from services.records.sql.readers import AnswerRow, Given, ReaderRow
from services.records.sql.studies import StudyRow, check_state
from services.rendering.calls import CallContext
from services.study.allocation import PlannedTrial
from services.study.reading import Standing, check_answer, check_events, is_right, standing, task_of
from services.study.wording import consent_for, instructions_for, introduction_for

_ANSWER_ID = re.compile(r"answer_[0-9a-f]{32}")
_NOT_BEGUN = "the reader has not consented yet: BeginReading comes first"


class ReadingCalls(StudyCalls):
    """What a reader sees, and what is written down of it."""

    async def OpenReading(self, request: pb.OpenReadingRequest, call: CallContext) -> pb.OpenReadingResponse:  # noqa: N802
        """Where the reader was."""
        language = _wished(request)
        study, reader = await asyncio.to_thread(self._readers.by_token, request.token)
        return await asyncio.to_thread(self._reading, study, reader, language)

    async def BeginReading(self, request: pb.BeginReadingRequest, call: CallContext) -> pb.BeginReadingResponse:  # noqa: N802
        """Consent comes first."""
        language = _wished(request)
        study, reader = await asyncio.to_thread(self._readers.by_token, request.token)
        check_state(study, pb.STUDY_STATE_OPEN)
        content = await asyncio.to_thread(self._content, study.study_id)
        if not request.consent:
            raise InvalidArgument("consent", False, "true: nobody reads without consent")
        if request.HasField("years"):
            within("years", request.years, 0, 80, "years")
        specialties = content.design.readers.specialties
        if request.specialty and request.specialty not in specialties:
            raise InvalidArgument("specialty", request.specialty, ", ".join(specialties))
        _check_screen(request.screen, content)
        years = request.years if request.HasField("years") else None
        begin, screen = self._readers.begin, request.screen.SerializeToString()
        await asyncio.to_thread(begin, reader, years, request.specialty, screen)
        study, reader = await asyncio.to_thread(self._readers.by_token, request.token)
        return pb.BeginReadingResponse(reading=await asyncio.to_thread(self._reading, study, reader, language))

    async def GetReadingPicture(  # noqa: N802
        self, request: pb.GetReadingPictureRequest, call: CallContext
    ) -> pb.GetReadingPictureResponse:
        """One that the reader has seen, or sees soon."""
        study, reader = await asyncio.to_thread(self._readers.by_token, request.token)
        return await asyncio.to_thread(self._picture, study, reader, request.picture_id)

    async def RecordAnswer(self, request: pb.RecordAnswerRequest, call: CallContext) -> pb.RecordAnswerResponse:  # noqa: N802
        """On the disk before anything is said."""
        if not _ANSWER_ID.fullmatch(request.answer_id):
            raise InvalidArgument("answer_id", request.answer_id, '"answer_" and 32 hexadecimal digits')
        check_events(request.visible_milliseconds, request.events)
        language = _wished(request)
        request.DiscardUnknownFields()  # they would be kept, whatever their size
        study, reader = await asyncio.to_thread(self._readers.by_token, request.token)
        return await asyncio.to_thread(self._record, study, reader, request, language)

    def _record(
        self, study: StudyRow, reader: ReaderRow, request: pb.RecordAnswerRequest, language: Language | None
    ) -> pb.RecordAnswerResponse:
        check_state(study, pb.STUDY_STATE_OPEN, pb.STUDY_STATE_CLOSED)
        if reader.begun_at is None:
            raise FailedPrecondition(_NOT_BEGUN)
        content, plan = self._content(study.study_id), self._plan_of(study, reader)
        trial = plan.by_id.get(request.trial_id)
        if trial is None:
            raise NotFound("there is no such trial for this reader")
        task = task_of(content.design, trial)
        check_answer(task, trial, request.answer)
        body = request.answer.SerializeToString(deterministic=True)
        events = pb.RecordAnswerRequest(events=request.events).SerializeToString()
        given = Given(request.answer_id, request.trial_id, request.visible_milliseconds, body, events)

        def admitted(before: Sequence[AnswerRow]) -> bool:
            answers = counting(before)
            _admit(content, plan, trial, self._standing(content, plan, answers), answers)
            return self._standing(content, plan, answers | {trial.trial_id: request.answer}).finished

        row, rows = self._readers.record(reader, given, admitted)
        reading = self._reading(study, reader, language, rows)
        answer = pb.RecordAnswerResponse(recorded_at=stamp(row.recorded_at), reading=reading)
        if trial.practice:
            right = is_right(task, trial, request.answer, content.generated)
            if right is not None:
                answer.right = right
            answer.generated.extend(content.generated[picture] for picture in trial.pictures)
        return answer

    def _reading(
        self,
        study: StudyRow,
        reader: ReaderRow,
        language: Language | None,
        rows: Sequence[AnswerRow] | None = None,
    ) -> pb.OpenReadingResponse:
        answer = pb.OpenReadingResponse(title=study.title, pseudonym=reader.pseudonym)
        if study.state in (pb.STUDY_STATE_DRAFT, pb.STUDY_STATE_READY):
            answer.stage = pb.READING_STAGE_WAITING
            return answer
        content, plan = self._content(study.study_id), self._plan_of(study, reader)
        answer.display.CopyFrom(content.design.display)
        answer.language = content.design.language or ENGLISH.code
        answers = counting(self._readers.answers(reader.reader_id) if rows is None else rows)
        now = self._standing(content, plan, answers)
        answer.answered, answer.total = now.counted, now.told_total(content.design, plan.trials)
        if study.state == pb.STUDY_STATE_CLOSED:
            answer.stage = pb.READING_STAGE_CLOSED
        elif reader.begun_at is None:
            answer.stage = pb.READING_STAGE_CONSENT
            answer.consent, answer.consent_language = consent_for(content.design, language)
            answer.specialties.extend(content.design.readers.specialties)
        elif now.finished:
            answer.stage = pb.READING_STAGE_FINISHED
        else:
            answer.stage = pb.READING_STAGE_TRIALS
            answer.trials.extend(
                self._trial(study, reader, content, plan, trial, language) for trial in now.visible(content.design)
            )
            for trial in _correctable(content, plan, now, answers):
                shown = self._trial(study, reader, content, plan, trial, language)
                answer.answered_trials.add(trial=shown, answer=answers[trial.trial_id])
        return answer

    def _picture(self, study: StudyRow, reader: ReaderRow, picture_id: str) -> pb.GetReadingPictureResponse:
        check_state(study, pb.STUDY_STATE_OPEN, pb.STUDY_STATE_CLOSED)
        if reader.begun_at is None:
            raise FailedPrecondition(_NOT_BEGUN)
        content, plan = self._content(study.study_id), self._plan_of(study, reader)
        answers = counting(self._readers.answers(reader.reader_id))
        visible = self._standing(content, plan, answers).visible(content.design)
        ahead = {trial.trial_id for trial in visible}
        trial_id, number = plan.names.get(picture_id, ("", -1))
        if trial_id not in answers and trial_id not in ahead:
            raise NotFound("there is no such picture for this reader")
        data = self._studies.picture_file(study.study_id, number)
        return pb.GetReadingPictureResponse(data=data, encoding=IMAGE_ENCODING_PNG_8)

    def _trial(
        self,
        study: StudyRow,
        reader: ReaderRow,
        content: StudyContent,
        plan: ReaderPlan,
        trial: PlannedTrial,
        language: Language | None = None,
    ) -> pb.Trial:
        """As the reader sees it."""
        first_of_phase, first_of_task = (trial.trial_id in firsts for firsts in plan.firsts)
        phase, task = content.design.phases[trial.phase], task_of(content.design, trial)
        shown = pb.Trial(trial_id=trial.trial_id, number=trial.number, of=trial.of, practice=trial.practice)
        for place, number in enumerate(trial.pictures):
            size = content.rows[number].size
            name = picture_name(study.secret, reader.reader_id, trial.trial_id, place)
            shown.pictures.add(picture_id=name, width=size, height=size)
        if first_of_phase:
            shown.introduction, shown.introduction_language = introduction_for(content.design, phase, language)
            shown.cues.extend(phase.cues)
        if task is None:
            shown.suspicion.SetInParent()
            return shown
        if first_of_task:
            shown.instructions, shown.instructions_language = instructions_for(content.design, task, language)
        kind = str(task.WhichOneof("kind"))
        getattr(shown, kind).CopyFrom(getattr(task, kind))
        return shown

    @staticmethod
    def _standing(content: StudyContent, plan: ReaderPlan, answers: dict[str, pb.ReadingAnswer]) -> Standing:
        return standing(content.design, plan.trials, answers, content.generated)


def _wished(request: pb.OpenReadingRequest | pb.BeginReadingRequest | pb.RecordAnswerRequest) -> Language | None:
    """The language of who reads; None for the study's. Raises InvalidArgument where there is none such."""
    return language_of(request.language) if request.language else None


def _admit(
    content: StudyContent,
    plan: ReaderPlan,
    trial: PlannedTrial,
    now: Standing,
    answers: dict[str, pb.ReadingAnswer],
) -> None:
    """Raises FailedPrecondition where a trial cannot be answered now.

    One that fell away while its answer was on the way is kept: it counts in nothing, and is not lost.
    """
    if trial.trial_id in answers:
        if trial not in _correctable(content, plan, now, answers):
            raise FailedPrecondition(f"trial {trial.trial_id} was answered before, and cannot be corrected any more")
    elif trial in now.ahead and trial not in now.visible(content.design):
        raise FailedPrecondition(f"trial {trial.trial_id} comes later: {now.ahead[0].trial_id} is next")


def _correctable(
    content: StudyContent, plan: ReaderPlan, now: Standing, answers: dict[str, pb.ReadingAnswer]
) -> list[PlannedTrial]:
    """Trials of the task at hand whose answers may still be corrected. Not where the next trial depends on them, nor
    after feedback."""
    if not content.design.display.corrections_allowed or now.finished:
        return []
    key = now.ahead[0].key
    task = task_of(content.design, now.ahead[0])
    if task is None or task.WhichOneof("kind") == "odd_one_out":
        return []
    return [trial for trial in plan.trials if trial.key == key and trial.trial_id in answers and not trial.practice]


def _check_screen(screen: pb.ReadingScreen, content: StudyContent) -> None:
    """Raises FailedPrecondition where the design does not allow what is read on."""
    display = content.design.display
    within("screen.pixel_ratio", screen.pixel_ratio, 0, 100)
    within("screen.pixels_of_a_millimetre", screen.pixels_of_a_millimetre, 0, 1000)
    within("screen.distance_centimetres", screen.distance_centimetres, 0, 1000, "centimetres")
    if screen.phone:
        if not display.phones_allowed:
            raise FailedPrecondition("screen.phone: this study is not read on phones")
        return
    if screen.width < display.smallest_width or screen.height < display.smallest_height:
        raise FailedPrecondition(
            f"screen: the window has {screen.width} x {screen.height} pixels; "
            f"this study is read on at least {display.smallest_width} x {display.smallest_height}"
        )
