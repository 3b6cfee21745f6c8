"""Jobs, results and errors are the same on the other side of a message."""

from __future__ import annotations

from dataclasses import fields, is_dataclass, replace
from typing import Any

import numpy as np
import pytest

from mammoganesis.editing.masks import FurtherSets
from mammoganesis.editing.noise import NoiseTerm
from mammoganesis.errors import DeadlineExceeded, MammoganesisError, Overloaded, Unavailable
from mammoganesis.v1 import engine_pb2 as pb
from services.cluster.engine_messages import answer_of, jobs_of, request_of, results_of
from services.rendering.jobs import SynthesisError, SynthesisJob, SynthesisResult
from tests.support.engine_jobs import NOISES, further, some_job

JOBS = [
    *(some_job(i, noise=noise) for i, noise in enumerate(NOISES.values())),
    some_job(1, noise=(NoiseTerm(0, 0.1 + 0.2), NoiseTerm(2**32 - 1, -1e-300))),
    some_job(2, features=True, background=True),
    some_job(3, preview=True),
    further((3, 496), (3, 16, 16), value=0.1),
]
DRAWN = SynthesisResult(
    image=np.linspace(-1, 1, 24, dtype=np.float32).reshape(2, 3, 4),
    features=np.full((5, 1, 2), np.float32(0.1)),
    queue_milliseconds=0.1 + 0.2,
    synthesis_milliseconds=1e-7,
    batch_size=8,
    provider="OpenVINO",
    precision="bfloat16",
)


def alike(one: Any, other: Any) -> bool:
    """All that two values hold, to the bit."""
    if is_dataclass(one):
        names = [field.name for field in fields(one)]
        return type(one) is type(other) and all(alike(getattr(one, name), getattr(other, name)) for name in names)
    if isinstance(one, np.ndarray):
        return (one.dtype, one.shape, one.tobytes()) == (other.dtype, other.shape, other.tobytes())
    return type(one) is type(other) and one == other


def through(request: pb.EngineRequest) -> pb.EngineRequest:
    return pb.EngineRequest.FromString(request.SerializeToString())


def answered(outcome: Any) -> list[SynthesisResult]:
    return results_of(pb.EngineAnswer.FromString(answer_of(outcome).SerializeToString()))


@pytest.mark.parametrize("job", JOBS)
def test_jobs_arrive_as_they_are(job: Any) -> None:
    (arrived,) = jobs_of(through(request_of([job], 1.5, "0" * 64, None)))
    assert alike(job, arrived)


def test_every_field_has_a_place_in_its_message() -> None:
    def places(message: Any) -> set[str]:
        return {field.name for field in message.DESCRIPTOR.fields}

    assert {field.name for field in fields(SynthesisResult)} == places(pb.EngineImage)
    further_sets = {f"further_{field.name}" for field in fields(FurtherSets)}
    assert {field.name for field in fields(SynthesisJob)} - {"further"} | further_sets == places(pb.EngineJob)


def test_what_belongs_to_the_call_arrives() -> None:
    request = through(request_of(JOBS, 0.0, "ab", "00-1-2-01"))
    assert len(jobs_of(request)) == len(JOBS)
    assert (request.HasField("seconds"), request.seconds) == (True, 0.0)
    assert (request.bundle_digest, request.traceparent) == ("ab", "00-1-2-01")
    assert not through(request_of(JOBS, None, "ab", None)).HasField("seconds")


def test_results_arrive_as_they_are() -> None:
    results = [DRAWN, DRAWN.withheld()]
    assert all(map(alike, results, answered(results)))
    assert answered([]) == []


def test_errors_arrive_with_what_a_caller_may_do() -> None:
    with pytest.raises(Overloaded, match="full") as full:
        answered(Overloaded("full", 2.5, "images"))
    assert (full.value.retry_seconds, full.value.reason) == (2.5, "images")
    with pytest.raises(Unavailable, match="closing") as closing:
        answered(Unavailable("closing", 4.0).coded("engine.closing", number=3))
    assert closing.value.retry_seconds == 4.0
    assert (closing.value.code, closing.value.values) == ("engine.closing", {"number": "3"})
    with pytest.raises(DeadlineExceeded) as late:
        answered(DeadlineExceeded("late"))
    assert late.value.retry_seconds is None


def test_an_error_that_is_not_ours_stays_in_the_engines_log(caplog: pytest.LogCaptureFixture) -> None:
    with pytest.raises(MammoganesisError, match=r"INTERNAL: internal error [0-9a-f]{16}") as caught:
        answered(SynthesisError("secret words"))
    assert "secret words" not in caught.value.message
    assert "secret words" in caplog.text


@pytest.mark.parametrize("shape", [(495,), (497,), (496, 1), ()])
def test_an_array_has_the_bytes_of_its_shape(shape: tuple[int, ...]) -> None:
    request = request_of(JOBS[:1], None, "ab", None)
    del request.jobs[0].styles.shape[:]
    request.jobs[0].styles.shape.extend(shape)
    with pytest.raises(ValueError, match="expected 1 axes"):
        jobs_of(request)


def test_no_array_of_another_type_is_sent() -> None:
    with pytest.raises(ValueError, match="float64"):
        answer_of([replace(DRAWN, image=DRAWN.image.astype(np.float64))])
