"""Images of bulk jobs, and pictures that records draws for somebody, count in quotas: a real edge, records, a runner,
and Redis, the same for all tests, each of which has names of its own for what it writes."""

from __future__ import annotations

import json
import secrets
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import grpc
import pytest

from mammoganesis.v1 import bulk_service_pb2 as pb
from mammoganesis.v1 import cases_pb2, quizzes_pb2, studies_pb2, study_design_pb2
from mammoganesis.v1.bulk_pb2 import BulkJob, BulkSeedRange, BulkSeeds
from services.access.principals import Principal
from services.access.shared_secrets import SharedSecret
from services.bulk import served
from services.bulk.queue import JobQueue, pulse_file
from services.bulk.runner import Runner
from services.edge import quotas
from services.process.config import Config
from services.wire.retry import retry_seconds
from tests.places import DEMO_BUNDLE
from tests.support.edge_backend import SECRET
from tests.support.quota_system import (
    ADA,
    BEN,
    DAY,
    EDUCATOR,
    RAW_BYTES,
    Clock,
    as_,
    images_used,
    running,
    sample,
    used,
)
from tests.support.recorded import Recorded, case
from tests.support.redis_server import RedisServer, running_redis
from tests.support.serving import TINY
from tests.support.studied import design, real_png


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    with running_redis(tmp_path_factory.mktemp("redis")) as server:
        yield server


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(quotas, "time", SimpleNamespace(time=clock.time))
    monkeypatch.setattr(served, "QUOTA_AGAIN_SECONDS", 0.2)
    return clock


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the jobs of `records` write, in `out`."""
    return tmp_path_factory.mktemp("quotas")


@pytest.fixture(scope="module")
def started(place: Path, server: RedisServer) -> Iterator[Recorded]:
    with running(place, server) as records:
        yield records


@pytest.fixture
def records(started: Recorded, server: RedisServer) -> Recorded:
    """Where nobody has used anything yet."""
    server.client().flushdb()
    return started


@contextmanager
def working(records: Recorded, folder: Path) -> Iterator[None]:
    """A runner in this process, whose time to ask again is the test's."""
    place = f"127.0.0.1:{records.environment['MAMMOGANESIS_RECORDS_PORT']}"
    config = Config.from_environment(records.environment).changed(
        bundle=TINY, max_batch_size=2, bulk_calls_at_once=1, records_address=place
    )
    stopped, queue = threading.Event(), JobQueue(place, SharedSecret(SECRET))
    thread = threading.Thread(target=Runner(config, queue, pulse_file(folder), stopped).run)
    thread.start()
    try:
        yield
    finally:
        stopped.set()
        thread.join()
        queue.close()


def asked(
    records: Recorded, images: int, principal: Principal = ADA, token: str | None = None, name: str = "job"
) -> pb.Job:
    seeds = BulkSeeds(ranges=[BulkSeedRange(first=5, count=images)])
    document = BulkJob(format="mammoganesis-bulk", format_version=1, seeds=seeds, shard_images=4, destination=name)
    request = pb.CreateJobRequest(token=token or secrets.token_hex(16), job=document)
    return records.bulk.CreateJob(request, **as_(principal)).job


def refused(records: Recorded, *arguments: Any, **named: Any) -> grpc.RpcError:
    with pytest.raises(grpc.RpcError) as caught:
        asked(records, *arguments, **named)
    assert caught.value.code() is grpc.StatusCode.RESOURCE_EXHAUSTED, caught.value  # type: ignore[attr-defined]
    return caught.value


def watched(records: Recorded, job: pb.Job, enough: Callable[[pb.Job], bool]) -> pb.Job:
    """The job as soon as it is so; the test's own time limit ends the wait."""
    request = pb.WatchJobRequest(job_id=job.job_id)
    for each in records.bulk.WatchJob(request, timeout=240, metadata=records.word):  # which has no quota
        if enough(each.job):
            return each.job
    raise AssertionError(each.job)


def ended(records: Recorded, job: pb.Job) -> pb.Job:
    return watched(records, job, lambda now: now.HasField("ended_at"))


def test_images_of_a_job_count_for_its_owner_and_their_groups(records: Recorded, tmp_path: Path) -> None:
    """By the roles that the owner had when it was asked for; a job that is larger than what is left is refused."""
    with working(records, tmp_path):
        assert ended(records, asked(records, 8)).state == pb.JOB_STATE_DONE
        assert images_used(records) == (8, 8)
        found = used(records)
        assert found["bytes_per_day", "of yours"] > 8 * RAW_BYTES
        assert found["calls_per_minute", "of yours"] < 8  # what the test has asked for itself, within one minute
        assert "20 are all that there ever are" in str(refused(records, 21, name="large").details())
        error = refused(records, 13, name="large")
        assert str(error.details()).startswith(
            "job: 13 images are to be drawn, and 12 of 20 are left today: quota images_per_day of yours: 8 of 20 are "
            "used, and 13 more asked for; try again at "
        )
        assert (retry_seconds(error) or 0) > 0
        assert "and 16 of 24 are left today: quota images_per_day of group ward" in str(
            refused(records, 17, BEN, name="large").details()
        )
        token = secrets.token_hex(16)
        last = asked(records, 12, token=token, name="last")
        assert ended(records, last).state == pb.JOB_STATE_DONE
        assert images_used(records) == (20, 20)
        assert asked(records, 12, token=token, name="last").job_id == last.job_id  # is no second one
        refused(records, 1, name="more")


def test_a_job_whose_owner_has_used_up_the_day_waits_for_the_next_and_goes_on(
    records: Recorded, place: Path, tmp_path: Path, clock: Clock
) -> None:
    job, second = asked(records, 12, name="first"), asked(records, 20, name="second")  # each would fit
    sample(records, 9)
    with working(records, tmp_path):
        waits = watched(records, job, lambda now: now.HasField("waits_until"))
        assert "quota images_per_day of yours: " in waits.trouble
        assert waits.coded_trouble.code == "quota_own"
        assert waits.state == pb.JOB_STATE_RUNNING
        midnight = clock.now // DAY * DAY + DAY
        assert abs(waits.waits_until.seconds - (time.time() + midnight - clock.now)) < 60
        assert images_used(records) == (19, 19)  # two images a call
    with working(records, tmp_path):  # another runner goes on with it, and waits as well
        watched(records, job, lambda now: now.HasField("waits_until"))
        of_ben = asked(records, 2, BEN, name="of-ben")  # whose quota is not used up: it goes first
        assert ended(records, of_ben).state == pb.JOB_STATE_DONE
        watched(records, job, lambda now: now.HasField("waits_until"))
        clock.now += DAY
        assert ended(records, job).state == pb.JOB_STATE_DONE
        waits = watched(records, second, lambda now: now.HasField("waits_until"))
        clock.now += DAY
        done = ended(records, second)
        assert (done.state, done.done, done.trouble) == (pb.JOB_STATE_DONE, 20, "")
        assert not done.HasField("waits_until")
    assert not records.bulk.GetJob(pb.GetJobRequest(job_id=job.job_id), **as_(ADA)).job.trouble
    for name, images in (("first", 12), ("second", 20)):
        lines = (place / "out" / name / "manifest.jsonl").read_text().splitlines()
        assert [json.loads(line)["seed"] for line in lines] == list(range(5, 5 + images))  # nothing lost, nothing twice


def test_what_a_job_has_left_is_what_it_asks_for_when_it_goes_on(
    records: Recorded, tmp_path: Path, clock: Clock
) -> None:
    job = asked(records, 12, name="left")
    sample(records, 11)
    with working(records, tmp_path):
        watched(records, job, lambda now: now.HasField("waits_until"))
        records.bulk.CancelJob(pb.CancelJobRequest(job_id=job.job_id), **as_(ADA))
        left = ended(records, job)  # today, and what waits is dropped
        assert (left.state, left.done) == (pb.JOB_STATE_CANCELLED, 8)
        clock.now += DAY
        sample(records, 16)
        refused(records, 12, name="another")
        document = records.bulk.GetJob(pb.GetJobRequest(job_id=job.job_id), **as_(ADA)).document
        request = pb.CreateJobRequest(token=secrets.token_hex(16), job=document)
        again = records.bulk.CreateJob(request, **as_(ADA)).job
        assert ended(records, again).done == 12
        assert images_used(records)[0] == 20


def outlives(records: Recorded, server: RedisServer, tmp_path: Path, trouble: str = "") -> None:
    """A job that begins while Redis is away; `trouble`: what it says until Redis is back."""
    job = asked(records, 8, name="outlives")
    server.kill()
    try:
        with working(records, tmp_path):
            if trouble:
                waits = watched(records, job, lambda now: bool(now.trouble))
                assert trouble in waits.trouble
                server.start()
            assert ended(records, job).state == pb.JOB_STATE_DONE
    finally:
        if server.process is None:
            server.start()


def test_a_job_outlives_a_redis_that_is_away(records: Recorded, server: RedisServer, tmp_path: Path) -> None:
    outlives(records, server, tmp_path)


def test_a_job_waits_for_a_redis_that_is_away_where_nothing_may_go_uncounted(
    server: RedisServer, tmp_path: Path
) -> None:
    with running(tmp_path, server, quotas_without_redis="closed") as records:
        outlives(records, server, tmp_path, "quotas cannot be counted at the moment")


def new_case(records: Recorded) -> str:
    """Of the educator, with two pictures; its id."""
    return records.cases.CreateCase(cases_pb2.CreateCaseRequest(case=case()), **as_(EDUCATOR)).case.case_id


def exhausted(make: Callable[[], object]) -> grpc.RpcError:
    with pytest.raises(grpc.RpcError) as caught:
        make()
    assert caught.value.code() is grpc.StatusCode.RESOURCE_EXHAUSTED, caught.value  # type: ignore[attr-defined]
    assert (retry_seconds(caught.value) or 0) > 1
    return caught.value


def test_pictures_of_an_export_count(records: Recorded) -> None:
    """Once: in images; the bytes are those of the answer that holds them."""
    request = cases_pb2.ExportCasesRequest(case_ids=[new_case(records)], format=cases_pb2.CASE_FILE_FORMAT_ZIP)
    assert images_used(records, EDUCATOR) == (0, 0)
    size = sum(len(each.SerializeToString()) for each in records.cases.ExportCases(request, **as_(EDUCATOR)))

    def settled() -> dict[tuple[str, str], int]:
        while (found := used(records, EDUCATOR))["bytes_per_day", "of yours"] < size:
            time.sleep(0.05)
        return found

    found = settled()
    assert images_used(records, EDUCATOR) == (2, 2)
    assert found["bytes_per_day", "of yours"] < 2 * size
    sample(records, 17, EDUCATOR)
    exhausted(lambda: list(records.cases.ExportCases(request, **as_(EDUCATOR))))


def test_pictures_of_a_quiz_that_is_published_count_for_who_publishes_it(records: Recorded) -> None:
    """However many take it; and without what is left there is no quiz."""
    request = quizzes_pb2.PublishQuizRequest(case_ids=[new_case(records)], title="Counted")
    quiz = records.quizzes.PublishQuiz(request, **as_(EDUCATOR)).quiz
    assert images_used(records, EDUCATOR) == (2, 2)
    picture = quizzes_pb2.GetQuizPictureRequest(token=quiz.token, picture_id="1.1")
    for _ in range(3):
        records.quizzes.GetQuizPicture(picture, **as_(EDUCATOR))
    assert images_used(records, EDUCATOR) == (2, 2)
    sample(records, 17, EDUCATOR)
    request.title = "Too many"
    assert "quota images_per_day of yours: 19 of 20 are used, and 2 more" in str(
        exhausted(lambda: records.quizzes.PublishQuiz(request, **as_(EDUCATOR))).details()
    )
    listed = records.quizzes.ListQuizzes(quizzes_pb2.ListQuizzesRequest(), **as_(EDUCATOR)).quizzes
    assert [each.title for each in listed] == ["Counted"]
    assert images_used(records, EDUCATOR) == (19, 19)


@pytest.fixture
def study_records(server: RedisServer, tmp_path: Path) -> Iterator[Recorded]:
    """Likewise before the demo bundle, which draws breasts, as studies need them."""
    with running(tmp_path, server, DEMO_BUNDLE) as records:
        server.client().flushdb()
        yield records


def test_pictures_of_a_study_that_is_prepared_count_for_who_prepares_it(study_records: Recorded, clock: Clock) -> None:
    """Where the day is used up the preparation ends, and goes on the next day with what it has not drawn."""
    records = study_records
    made = design(real=4, synthesised=5, edited=1)
    study = records.studies.CreateStudy(studies_pb2.CreateStudyRequest(design=made), **as_(EDUCATOR)).study
    for n in range(4):
        real = study_design_pb2.StudyReal(name=f"real{n}.png", patient_id=f"patient-{n}")
        request = studies_pb2.AddRealRequest(study_id=study.study_id, real=real, data=real_png(n))
        records.studies.AddReal(request, **as_(EDUCATOR))
    sample(records, 15, EDUCATOR)
    preparing = studies_pb2.PrepareStudyRequest(study_id=study.study_id)
    before = images_used(records, EDUCATOR)[0]
    exhausted(lambda: list(records.studies.PrepareStudy(preparing, **as_(EDUCATOR))))
    drawn = images_used(records, EDUCATOR)[0] - before
    assert 0 < drawn <= 5
    clock.now += DAY
    done = list(records.studies.PrepareStudy(preparing, **as_(EDUCATOR)))[-1].study
    assert done.state == studies_pb2.STUDY_STATE_READY
    assert images_used(records, EDUCATOR) == (6 - drawn, 6 - drawn)
