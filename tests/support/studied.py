"""Reader studies through a real edge: designs, real images that were drawn, and readers who answer."""

from __future__ import annotations

import io
import secrets
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

import grpc
import numpy as np
import pytest
from PIL import Image

from mammoganesis.v1 import studies_pb2 as pb
from mammoganesis.v1 import study_design_pb2 as design_pb
from mammoganesis.v1.style_transfer_pb2 import Point
from tests.support.mammograms import mammogram
from tests.support.recorded import Recorded

Answered = TypeVar("Answered")
SCREEN = pb.ReadingScreen(width=1440, height=900, pixel_ratio=1)
CONSENT = {"consent": True, "years": 8.5, "specialty": "Radiology", "screen": SCREEN}


def rating(name: str = "One image", **fields: object) -> design_pb.StudyTask:
    """Task A."""
    return design_pb.StudyTask(name=name, rating=design_pb.RatingTask(), **fields)  # type: ignore[arg-type]


def odd_one_out(name: str = "Six images", images: int = 6, **fields: object) -> design_pb.StudyTask:
    """Task B."""
    return design_pb.StudyTask(name=name, odd_one_out=design_pb.OddOneOutTask(images=images), **fields)  # type: ignore[arg-type]


def design(
    *tasks: design_pb.StudyTask, real: int = 8, synthesised: int = 3, edited: int = 1, **fields: object
) -> design_pb.StudyDesign:
    """One phase with these tasks, task A alone where none is given."""
    composition = design_pb.StudyComposition(real=real, synthesised=synthesised, edited=edited)
    pool = design_pb.StudyPool(drawn=real + synthesised + edited, composition=composition)
    made = design_pb.StudyDesign(
        format="mammoganesis-study",
        format_version=1,
        title="Told apart",
        seed=7,
        pool=pool,
        generation=design_pb.StudyGeneration(samples=60),
        phases=[design_pb.StudyPhase(name="informed", tasks=tasks or (rating(),))],
    )
    made.MergeFrom(design_pb.StudyDesign(**fields))  # type: ignore[arg-type]
    return made


def real_png(seed: int) -> bytes:
    """A real image, as far as a server can tell."""
    buffer = io.BytesIO()
    drawn = mammogram(seed, height=240 + seed % 7, width=180, left=bool(seed % 2))
    Image.fromarray(np.rint(drawn).astype(np.uint8)).save(buffer, "PNG")
    return buffer.getvalue()


def created(records: Recorded, made: design_pb.StudyDesign, reals: int, patients: int = 1000) -> pb.Study:
    """A draft with its real images."""
    study = records.studies.CreateStudy(pb.CreateStudyRequest(design=made)).study
    for i in range(reals):
        real = design_pb.StudyReal(name=f"real{i:03}.png", patient_id=f"patient-{i % patients}")
        request = pb.AddRealRequest(study_id=study.study_id, real=real, data=real_png(i))
        records.studies.AddReal(request)
    return study


def prepared(records: Recorded, study_id: str) -> pb.Study:
    """READY."""
    request = pb.PrepareStudyRequest(study_id=study_id)
    return list(records.studies.PrepareStudy(request, timeout=240))[-1].study


def opened(records: Recorded, made: design_pb.StudyDesign | None = None, reals: int = 10) -> pb.Study:
    """OPEN."""
    study = prepared(records, created(records, made or design(), reals).study_id)
    request = pb.OpenStudyRequest(study_id=study.study_id, protocol_hash=study.protocol_hash)
    return records.studies.OpenStudy(request).study


@dataclass
class Reader:
    """Who reads by a link, and what was acknowledged to them."""

    records: Recorded
    token: str
    acknowledged: dict[str, pb.ReadingAnswer] = field(default_factory=dict)

    @classmethod
    def invited(cls, records: Recorded, study_id: str, name: str = "Dr Example") -> Reader:
        """With a link of their own."""
        invited = records.studies.InviteReader(pb.InviteReaderRequest(study_id=study_id, name=name))
        return cls(records, invited.token)

    def begin(self) -> pb.OpenReadingResponse:
        """After consent."""
        return self.records.studies.BeginReading(pb.BeginReadingRequest(token=self.token, **CONSENT)).reading

    def open(self) -> pb.OpenReadingResponse:
        """Where they were."""
        return self.records.studies.OpenReading(pb.OpenReadingRequest(token=self.token))

    def picture(self, picture_id: str) -> bytes:
        """A file."""
        request = pb.GetReadingPictureRequest(token=self.token, picture_id=picture_id)
        return self.records.studies.GetReadingPicture(request).data

    def answer(
        self, trial_id: str, answer: pb.ReadingAnswer, answer_id: str | None = None, **fields: object
    ) -> pb.RecordAnswerResponse:
        """One answer."""
        request = pb.RecordAnswerRequest(
            token=self.token,
            trial_id=trial_id,
            answer_id=answer_id or new_answer_id(),
            answer=answer,
            visible_milliseconds=1500.0,
            **fields,  # type: ignore[arg-type]
        )
        told = self.records.studies.RecordAnswer(request, timeout=60)
        self.acknowledged[trial_id] = answer
        return told

    def kept(self) -> dict[str, pb.ReadingAnswer]:
        """The answers that the server has, of a closed study."""
        debrief = self.records.studies.GetDebrief(pb.GetDebriefRequest(token=self.token))
        return {each.trial.trial_id: each.answer for each in debrief.trials}

    def read_all(self, chosen: Callable[[pb.Trial], pb.ReadingAnswer] | None = None) -> list[pb.Trial]:
        """Everything that is left; the trials, in order."""
        reading, read = self.open(), []
        while reading.stage == pb.READING_STAGE_TRIALS:
            trial = reading.trials[0]
            reading = self.answer(trial.trial_id, (chosen or any_answer)(trial)).reading
            read.append(trial)
        return read


def insisting(call: Callable[[], Answered], enough: threading.Event) -> Answered:
    """What a call answers, made again while the server is not there."""
    while True:
        try:
            return call()
        except grpc.RpcError as error:
            if error.code() is not grpc.StatusCode.UNAVAILABLE or enough.is_set():  # type: ignore[attr-defined]
                raise
            enough.wait(0.02)


def new_answer_id() -> str:
    """As a browser draws it."""
    return f"answer_{secrets.token_hex(16)}"


def any_answer(trial: pb.Trial) -> pb.ReadingAnswer:
    """That fits what is asked."""
    asked = trial.WhichOneof("asked")
    if asked == "rating":
        binary = {"generated": True} if trial.rating.binary_asked else {}
        return pb.ReadingAnswer(rating=pb.RatingAnswer(confidence=trial.number % 6 + 1, **binary))
    if asked == "location":
        places = [Point(x=0.5, y=0.5)]
        return pb.ReadingAnswer(location=pb.LocationAnswer(confidence=4, places=places))
    if asked == "quality":
        return pb.ReadingAnswer(quality=1)
    if asked == "reading":
        return pb.ReadingAnswer(reading=pb.CategoryAnswer(bi_rads="BI_RADS_2", density="DENSITY_B"))
    if asked == "suspicion":
        return pb.ReadingAnswer(suspicion=pb.SuspicionAnswer(suspected=True, text="The skin line"))
    return pb.ReadingAnswer(chosen=0)


def names(trials: Sequence[pb.Trial]) -> list[str]:
    """Their ids."""
    return [trial.trial_id for trial in trials]


def refused(call: Any, *arguments: Any, **fields: Any) -> tuple[grpc.StatusCode, str]:
    """Status and words of a call that is refused."""
    with pytest.raises(grpc.RpcError) as caught:
        call(*arguments, **fields)
    error: Any = caught.value
    return error.code(), error.details()
