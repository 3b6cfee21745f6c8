"""A closed study out of the database, as results, report and exports take it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from mammoganesis.recipe.canonical import to_json
from mammoganesis.v1 import studies_pb2 as pb
from mammoganesis.v1.cases_pb2 import Density
from mammoganesis.v1.images_pb2 import Side, View
from mammoganesis.v1.latents_pb2 import Recipe
from mammoganesis.v1.study_design_pb2 import StudyReal
from services.records.calls.study_shared import ReaderPlan, StudyCalls, StudyContent, study_picture_name
from services.records.sql.readers import AnswerRow, Person, ReaderRow, Readers
from services.records.sql.studies import PictureRow, Studies, StudyRow
from services.study.allocation import PlannedTrial
from services.study.closed import ClosedStudy, GivenAnswer, StudyPicture, StudyReading, StudyTrial
from services.study.pool import Origin, composition_of


class ClosedStudies(StudyCalls):
    """Reads closed studies whole."""

    def _closed(self, study: StudyRow) -> ClosedStudy:
        content = self._content(study.study_id)
        reals = {real.name: real for real in self._reals(study.study_id)}
        names = {row.number: study_picture_name(study.secret, row.number) for row in content.rows}
        readings = []
        for reader, person in self._readers.listed(study.study_id):
            plan = self._plan_of(study, reader)
            readings.append(_reading(content, plan, reader, person, self._readers, names))
        bundles = (Recipe.FromString(row.recipe).bundle_name for row in content.rows if row.recipe)
        return ClosedStudy(
            study_id=study.study_id,
            design=content.design,
            protocol_hash=study.protocol_hash,
            secret=study.secret.hex(),
            created_at=study.created_at,
            opened_at=study.opened_at or 0,
            closed_at=study.closed_at or 0,
            reals=sum(not real.training for real in reals.values()),
            samples=content.design.generation.samples,
            composition=composition_of(content.pictures),
            pictures=tuple(_picture(row, names[row.number], reals) for row in content.rows),
            readings=tuple(readings),
            files=_Files(self._studies, study.study_id, {name: number for number, name in names.items()}),
            bundle=next(bundles, ""),
            places={names[row.number]: row.place for row in content.rows if row.place},
        )


@dataclass(frozen=True)
class _Files(Mapping[str, bytes]):
    """The files of pictures by their names, each read when it is asked for."""

    studies: Studies
    study_id: str
    numbers: Mapping[str, int]

    def __getitem__(self, name: str) -> bytes:
        return self.studies.picture_file(self.study_id, self.numbers[name])

    def __iter__(self) -> Iterator[str]:
        return iter(self.numbers)

    def __len__(self) -> int:
        return len(self.numbers)


def _picture(row: PictureRow, name: str, reals: Mapping[str, StudyReal]) -> StudyPicture:
    origin = Origin(row.origin)
    if not origin.generated:
        real = reals[row.real]
        return StudyPicture(
            name=name,
            origin=origin,
            sha256=row.sha256,
            patient_id=real.patient_id,
            view=_word(View, "VIEW", real.view),
            side=_word(Side, "SIDE", real.side),
            density=_word(Density, "DENSITY", real.density),
            look_alike=row.look_alike,
        )
    recipe = Recipe.FromString(row.recipe)
    return StudyPicture(
        name=name,
        origin=origin,
        sha256=row.sha256,
        view=recipe.labels.get("view", ""),
        density=recipe.labels.get("density", ""),
        edit_types=tuple(row.edit_types.split()),
        recipe=to_json(recipe),
        sentence=row.sentence,
        look_alike=row.look_alike,
    )


def _reading(
    content: StudyContent,
    plan: ReaderPlan,
    reader: ReaderRow,
    person: Person,
    readers: Readers,
    names: Mapping[int, str],
) -> StudyReading:
    events = readers.events(reader.reader_id)
    return StudyReading(
        pseudonym=reader.pseudonym,
        years=person.years,
        specialty=person.specialty,
        screen=pb.ReadingScreen.FromString(reader.screen),
        trials=tuple(_trial(content, trial, names) for trial in plan.trials),
        answers=tuple(_answer(row, events) for row in readers.answers(reader.reader_id)),
        invited_at=reader.invited_at,
        begun_at=reader.begun_at or 0,
        finished_at=reader.finished_at or 0,
        revoked_at=reader.revoked_at or 0,
    )


def _trial(content: StudyContent, trial: PlannedTrial, names: Mapping[int, str]) -> StudyTrial:
    phase = content.design.phases[trial.phase]
    return StudyTrial(
        trial_id=trial.trial_id,
        phase=phase.name,
        task="" if trial.task is None else phase.tasks[trial.task].name,
        number=trial.number,
        pictures=tuple(names[number] for number in trial.pictures),
        practice=trial.practice,
        repeats=trial.repeats,
    )


def _answer(row: AnswerRow, events: Mapping[str, bytes]) -> GivenAnswer:
    done = pb.RecordAnswerRequest.FromString(events.get(row.answer_id, b"")).events
    answer = pb.ReadingAnswer.FromString(row.body)
    return GivenAnswer(row.answer_id, row.trial_id, row.recorded_at, answer, row.visible_milliseconds, tuple(done))


def _word(enum: type, prefix: str, value: int) -> str:
    """ "" for what is not known."""
    name = enum.Name(value).removeprefix(f"{prefix}_")  # type: ignore[attr-defined]
    return "" if name == "UNSPECIFIED" else name
