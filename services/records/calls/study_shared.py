"""What calls about reader studies have in common: studies in memory, and what is sent of them."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import re
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import TypeVar

from mammoganesis.errors import InvalidArgument
from mammoganesis.recipe.drawing import Chance
from mammoganesis.v1 import studies_pb2 as pb
from mammoganesis.v1.study_design_pb2 import StudyDesign, StudyReal
from services.records.calls.messages import times
from services.records.pictures import Pictures
from services.records.sql.database import Database
from services.records.sql.links import Uploads
from services.records.sql.readers import AnswerRow, Person, ReaderRow, Readers
from services.records.sql.studies import PictureRow, Studies, StudyRow
from services.study.allocation import PlannedTrial, trials_of
from services.study.pool import Origin, PoolPicture

_STUDY_ID = re.compile(r"study_[0-9a-f]{32}")
Answer = TypeVar("Answer")
KEPT_STUDIES, _KEPT_READERS = 16, 256
"""In memory."""


@dataclass(frozen=True)
class StudyContent:
    """What does not change of a study that is prepared."""

    design: StudyDesign
    rows: Sequence[PictureRow]

    @cached_property
    def pictures(self) -> list[PoolPicture]:
        """All images, by number."""
        return [pool_picture(row) for row in self.rows]

    @cached_property
    def generated(self) -> dict[int, bool]:
        """The truth, by number."""
        return {picture.number: picture.generated for picture in self.pictures}

    def numbers(self, secret: bytes) -> dict[str, int]:
        """Of the pictures by the names that results and exports know them by."""
        return {study_picture_name(secret, row.number): row.number for row in self.rows}


@dataclass(frozen=True)
class ReaderPlan:
    """What one reader is asked."""

    trials: Sequence[PlannedTrial]
    names: dict[str, tuple[str, int]]
    """Trial and number of each picture by the name that this reader knows it by."""

    @cached_property
    def by_id(self) -> dict[str, PlannedTrial]:
        """Trials by their ids."""
        return {trial.trial_id: trial for trial in self.trials}

    @cached_property
    def firsts(self) -> tuple[set[str], set[str]]:
        """The first trial of each phase, and of each task."""
        phases: dict[int, str] = {}
        tasks: dict[str, str] = {}
        for trial in self.trials:
            phases.setdefault(trial.phase, trial.trial_id)
            tasks.setdefault(trial.key, trial.trial_id)
        return set(phases.values()), set(tasks.values())


class StudyCalls:
    """Reads studies and readers."""

    _computing: Executor
    """Of one thread: results and files take a core and much memory."""

    def __init__(self, database: Database, pictures: Pictures) -> None:
        self._studies, self._readers, self._uploads = Studies(database), Readers(database), Uploads(database)
        self._pictures = pictures
        self._content = lru_cache(KEPT_STUDIES)(self._read_content)  # what is prepared never changes
        self._plan = lru_cache(_KEPT_READERS)(self._make_plan)

    async def _in_turn(self, work: Callable[[], Answer]) -> Answer:
        """One at a time, also where whoever asked has gone meanwhile."""
        return await asyncio.get_running_loop().run_in_executor(self._computing, work)

    async def _study(self, study_id: str) -> StudyRow:
        check_study_id(study_id)
        return await asyncio.to_thread(self._studies.by_id, study_id)

    async def _message(self, study: StudyRow) -> pb.Study:
        return (await self._messages([study]))[0]

    async def _messages(self, studies: Sequence[StudyRow]) -> list[pb.Study]:
        """As they are sent."""
        ids = [study.study_id for study in studies]
        reals = await asyncio.to_thread(self._studies.real_counts, ids)
        readers = await asyncio.to_thread(self._readers.counts, ids)
        return [
            pb.Study(
                study_id=study.study_id,
                title=study.title,
                state=study.state,
                protocol_hash=study.protocol_hash,
                reals=reals.get(study.study_id, 0),
                readers=readers.get(study.study_id, (0, 0))[0],
                finished=readers.get(study.study_id, (0, 0))[1],
                **times(created_at=study.created_at, opened_at=study.opened_at, closed_at=study.closed_at),
            )
            for study in studies
        ]

    def _reals(self, study_id: str) -> list[StudyReal]:
        return [StudyReal.FromString(body) for body in self._studies.reals(study_id)]

    def _read_content(self, study_id: str) -> StudyContent:
        study = self._studies.by_id(study_id)
        return StudyContent(StudyDesign.FromString(study.design), self._studies.pictures(study_id))

    def _make_plan(self, study_id: str, secret: bytes, reader_id: str, number: int) -> ReaderPlan:
        content = self._content(study_id)
        trials = trials_of(content.design, content.pictures, number, Chance(content.design.seed, secret))
        names = {
            picture_name(secret, reader_id, trial.trial_id, place): (trial.trial_id, picture)
            for trial in trials
            for place, picture in enumerate(trial.pictures)
        }
        return ReaderPlan(trials, names)

    def _plan_of(self, study: StudyRow, reader: ReaderRow) -> ReaderPlan:
        return self._plan(study.study_id, study.secret, reader.reader_id, reader.number)


def chance_of(study: StudyRow, design: StudyDesign) -> Chance:
    """Of a study with this design."""
    return Chance(design.seed, study.secret)


def check_study_id(value: str) -> None:
    """As studies are named."""
    if not _STUDY_ID.fullmatch(value):
        raise InvalidArgument("study_id", value, '"study_" and 32 hexadecimal digits')


def pool_picture(row: PictureRow) -> PoolPicture:
    """As the rules know it."""
    return PoolPicture(row.number, Origin(row.origin), row.image_set, row.practice, row.real, row.patient, row.sample)


def picture_name(secret: bytes, reader_id: str, trial_id: str, place: int) -> str:
    """What one reader knows a picture by: 32 hexadecimal digits, in each trial others, that nobody can guess."""
    return hmac.new(secret, f"{reader_id}/{trial_id}/{place}".encode(), hashlib.sha256).hexdigest()[:32]


def study_picture_name(secret: bytes, number: int) -> str:
    """What a picture is called where its truth may be told, the same for all readers: 32 hexadecimal digits."""
    return hmac.new(secret, f"picture/{number}".encode(), hashlib.sha256).hexdigest()[:32]


def counting(rows: Sequence[AnswerRow]) -> dict[str, pb.ReadingAnswer]:
    """The answers that count, by trial: the last of each."""
    last = {row.trial_id: row.body for row in rows}
    return {trial_id: pb.ReadingAnswer.FromString(body) for trial_id, body in last.items()}


def reader_message(reader: ReaderRow, person: Person, answered: int, last: int | None, trials: int) -> pb.StudyReader:
    """As it is sent to who runs the study."""
    moments = times(
        invited_at=reader.invited_at,
        ends_at=reader.ends_at,
        revoked_at=reader.revoked_at,
        begun_at=reader.begun_at,
        last_answer_at=last,
        finished_at=reader.finished_at,
    )
    return pb.StudyReader(
        reader_id=reader.reader_id,
        pseudonym=reader.pseudonym,
        name=person.name,
        answered=answered,
        trials=trials,
        years=person.years,
        specialty=person.specialty,
        **moments,
    )
