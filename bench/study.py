"""How long an answer of a reader study takes, with many readers at once: through a running system, pictures prepared.

Each reader fetches the picture of their trial, waits as if reading, and answers; the time is that of RecordAnswer, from
the call to the acknowledgement, by which the answer is on the disk.

    python bench/study.py --bundle deploy/bundles/demo
"""

from __future__ import annotations

import os
import secrets
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import click
import grpc
import numpy as np
from serving import running_system

from mammoganesis.pictures.png import blind_png, read_png
from mammoganesis.v1 import studies_pb2 as pb
from mammoganesis.v1 import study_design_pb2 as design_pb
from mammoganesis.v1.studies_pb2_grpc import ReaderStudyServiceStub
from services.client import Client

REALS = 20
LOOK_SECONDS = 1.0  # a reader looks at least so long; radiologists take 5 to 40


def design() -> design_pb.StudyDesign:
    """Task A with 40 images."""
    composition = design_pb.StudyComposition(real=REALS, synthesised=14, edited=6)
    return design_pb.StudyDesign(
        format="mammoganesis-study",
        format_version=1,
        title="Timed",
        pool=design_pb.StudyPool(drawn=40, composition=composition),
        phases=[design_pb.StudyPhase(name="1", tasks=[design_pb.StudyTask(name="A", rating=design_pb.RatingTask())])],
    )


def opened(client: Client) -> pb.Study:
    """A study that is open; images of the model stand for real ones, which makes no difference to the time."""
    study_id = client.create_study(design()).study.study_id
    for i, image in enumerate(client.sample(list(range(REALS)))):
        real = design_pb.StudyReal(name=f"{i}.png", patient_id=str(i))
        client.add_real(study_id, real, blind_png(read_png(image.data).pixels))
    study = [told.study for told in client.prepare_study(study_id)][-1]
    return client.open_study(study_id, study.protocol_hash)


def read(address: str, token: str, answers: int) -> list[float]:
    """Milliseconds of each answer of one reader."""
    with grpc.insecure_channel(address) as channel:
        stub = ReaderStudyServiceStub(channel)
        screen = pb.ReadingScreen(width=1440, height=900)
        reading = stub.BeginReading(pb.BeginReadingRequest(token=token, consent=True, screen=screen)).reading
        took = []
        time.sleep(LOOK_SECONDS * np.random.default_rng().random())  # readers do not answer in step
        while reading.stage == pb.READING_STAGE_TRIALS and len(took) < answers:
            trial = reading.trials[0]
            for picture in trial.pictures:
                stub.GetReadingPicture(pb.GetReadingPictureRequest(token=token, picture_id=picture.picture_id))
            time.sleep(LOOK_SECONDS)
            request = pb.RecordAnswerRequest(
                token=token,
                trial_id=trial.trial_id,
                answer_id=f"answer_{secrets.token_hex(16)}",
                answer=pb.ReadingAnswer(rating=pb.RatingAnswer(confidence=3)),
                visible_milliseconds=1000 * LOOK_SECONDS,
            )
            begun = time.perf_counter()
            reading = stub.RecordAnswer(request).reading
            took.append(1000 * (time.perf_counter() - begun))
    return took


@contextmanager
def empty_records() -> Iterator[None]:
    """A folder for the study that goes with the run."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ |= {"MAMMOGANESIS_RECORDS_FOLDER": folder, "MAMMOGANESIS_RECORDS_PORT": "0"}
        yield


@click.command()
@click.option("--bundle", type=click.Path(exists=True, file_okay=False, path_type=Path), required=True)
@click.option("--readers", type=click.IntRange(1, 200), default=30, show_default=True)
@click.option("--answers", type=click.IntRange(1, 40), default=40, show_default=True, help="Of each reader.")
def main(bundle: Path, readers: int, answers: int) -> None:
    """Print p50 and p95 of an answer."""
    with empty_records(), running_system(bundle) as system, Client.connect(system.edge) as client:
        study = opened(client)
        tokens = [client.invite_reader(study.study_id, f"Reader {i}")[1] for i in range(readers)]
        with ThreadPoolExecutor(readers) as threads:
            took = list(threads.map(lambda token: read(system.edge, token, answers), tokens))
        times = np.concatenate([np.array(each) for each in took])
        kept = client.study(study.study_id).readers
    lost = len(times) - sum(reader.answered for reader in kept)
    p50, p95 = np.percentile(times, [50, 95])
    click.echo(f"{readers} readers, {len(times)} answers: p50 {p50:.0f} ms, p95 {p95:.0f} ms, {lost} lost")


if __name__ == "__main__":
    main()
