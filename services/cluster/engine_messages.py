"""Jobs, results and errors of the engine as messages of protos/mammoganesis/v1/engine.proto, and back."""

from __future__ import annotations

import math
from collections.abc import Sequence

import grpc
import numpy as np
from numpy import ndarray

from mammoganesis.editing.masks import FurtherSets
from mammoganesis.editing.noise import NoiseTerm
from mammoganesis.errors import MammoganesisError, Overloaded, ResourceExhausted
from mammoganesis.v1 import engine_pb2 as pb
from services.rendering.jobs import SynthesisJob, SynthesisResult
from services.wire.error_info import Coded, with_code
from services.wire.statuses import error_of, status_of

_FLOAT32, _FLOAT16 = np.dtype("<f4"), np.dtype("<f2")


def request_of(
    jobs: Sequence[SynthesisJob], seconds: float | None, bundle_digest: str, parent: str | None
) -> pb.EngineRequest:
    """As the arguments of `EngineDeployment.synthesize`."""
    asked = [_asked(job) for job in jobs]
    return pb.EngineRequest(jobs=asked, seconds=seconds, bundle_digest=bundle_digest, traceparent=parent or "")


def jobs_of(request: pb.EngineRequest) -> list[SynthesisJob]:
    """The jobs of a request, their arrays read-only.

    Raises:
      ValueError: an array has not the bytes of its shape.
    """
    return [
        SynthesisJob(
            styles=_array(job.styles, _FLOAT32, 1),
            noise=tuple(NoiseTerm(term.seed if term.HasField("seed") else None, term.weight) for term in job.noise),
            features=job.features,
            preview=job.preview,
            further=_further(job),
            background=job.background,
        )
        for job in request.jobs
    ]


def answer_of(outcome: Sequence[SynthesisResult] | Exception) -> pb.EngineAnswer:
    """What the engine has drawn, or why not; an error that is not ours is logged here, and only its id goes out."""
    if not isinstance(outcome, Exception):
        return pb.EngineAnswer(images=[_drawn(result) for result in outcome])
    code, message = status_of(outcome)
    seconds = outcome.retry_seconds if isinstance(outcome, MammoganesisError) else None
    told = Coded.of(outcome)
    return pb.EngineAnswer(
        error=pb.EngineError(
            code=code.name, message=message, retry_seconds=seconds or 0.0, reason=told.reason, coded=told.text()
        )
    )


def results_of(answer: pb.EngineAnswer) -> list[SynthesisResult]:
    """The images of an answer, their arrays read-only.

    Raises:
      MammoganesisError: the engine's, of the class that its status stands for.
      ValueError: an array has not the bytes of its shape.
    """
    if answer.HasField("error"):
        raise _error(answer.error)
    return [
        SynthesisResult(
            image=_array(drawn.image, _FLOAT32, 3),
            features=_array(drawn.features, _FLOAT32, 3) if drawn.HasField("features") else None,
            queue_milliseconds=drawn.queue_milliseconds,
            synthesis_milliseconds=drawn.synthesis_milliseconds,
            batch_size=drawn.batch_size,
            provider=drawn.provider,
            precision=drawn.precision,
            too_near=drawn.too_near,
        )
        for drawn in answer.images
    ]


def _asked(job: SynthesisJob) -> pb.EngineJob:
    further = job.further
    return pb.EngineJob(
        styles=_message(job.styles, _FLOAT32),
        noise=[pb.EngineNoise(seed=term.seed, weight=term.weight) for term in job.noise],
        features=job.features,
        preview=job.preview,
        background=job.background,
        further_styles=None if further is None else _message(further.styles, _FLOAT32),
        further_masks=None if further is None else _message(further.masks, _FLOAT16),
    )


def _further(job: pb.EngineJob) -> FurtherSets | None:
    if not job.HasField("further_styles"):
        return None
    return FurtherSets(_array(job.further_styles, _FLOAT32, 2), _array(job.further_masks, _FLOAT16, 3))


def _drawn(result: SynthesisResult) -> pb.EngineImage:
    return pb.EngineImage(
        image=_message(result.image, _FLOAT32),
        features=None if result.features is None else _message(result.features, _FLOAT32),
        queue_milliseconds=result.queue_milliseconds,
        synthesis_milliseconds=result.synthesis_milliseconds,
        batch_size=result.batch_size,
        provider=result.provider,
        precision=result.precision,
        too_near=result.too_near,
    )


def _error(error: pb.EngineError) -> MammoganesisError:
    made, seconds = error_of(grpc.StatusCode[error.code], error.message), error.retry_seconds
    if seconds and isinstance(made, ResourceExhausted):
        made = Overloaded(error.message, seconds, error.reason)
    elif seconds:
        made.retry_seconds = seconds
    return with_code(made, Coded.of_text(error.coded))


def _message(array: ndarray, dtype: np.dtype) -> pb.EngineArray:
    if array.dtype != dtype:
        raise ValueError(f"an array of {array.dtype}; expected {dtype}")
    return pb.EngineArray(shape=array.shape, data=array.tobytes())


def _array(message: pb.EngineArray, dtype: np.dtype, axes: int) -> ndarray:
    shape, data = tuple(message.shape), message.data
    if len(shape) != axes or math.prod(shape) * dtype.itemsize != len(data):
        raise ValueError(f"{len(data)} bytes for an array of {shape} {dtype}; expected {axes} axes and all its numbers")
    return np.frombuffer(data, dtype).reshape(shape)
