"""BulkService and BulkRunnerService: who asks for bulk jobs, and who works on them."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import AsyncIterator, Iterable

from mammoganesis.errors import FailedPrecondition, InvalidArgument
from mammoganesis.pictures.formats import DICOM
from mammoganesis.recipe.fields import text, within
from mammoganesis.v1 import bulk_pb2
from mammoganesis.v1 import bulk_service_pb2 as pb
from mammoganesis.v1.images_pb2 import ImageEncoding
from mammoganesis.v1.latents_pb2 import Latent, Recipe
from mammoganesis.v1.quota_pb2 import QuotaState
from services.access.permissions import Action, may
from services.access.principals import EVERYBODY, Principal
from services.access.quotas import Quota, refusal
from services.bulk.document import check, complete, image_count
from services.bulk.offered import check_offered, check_positions
from services.bulk.reasons import coded, coded_json
from services.process.config import Config
from services.records.calls.messages import stamp, times
from services.records.pictures import Pictures
from services.records.rules import texts
from services.records.rules.destinations import placed
from services.records.sql.database import Database
from services.records.sql.jobs import LEASE_SECONDS, JobRow, Jobs, NewJob, Report
from services.rendering.calls import CallContext

LOOK_SECONDS = 0.5
"""Between two looks at a job that is watched."""
TELL_SECONDS = 10.0
"""After which a watcher is told although nothing has changed: so it knows that the job is still watched."""
RUNNER_SECONDS = 60.0
MAX_TROUBLE, MAX_REASON = 500, 2000  # characters
_TOKEN, _JOB_ID, _RUNNER = (
    re.compile(r"[A-Za-z0-9_-]{8,64}"),
    re.compile(r"job_[0-9a-f]{32}"),
    re.compile(r"[0-9a-f]{32}"),
)
_CODE, MAX_VALUES = re.compile(r"[a-z_]{1,40}"), 8
_ENDS = (pb.JOB_STATE_DONE, pb.JOB_STATE_CANCELLED, pb.JOB_STATE_FAILED)


class BulkServicer:
    """Both services; what a runner does is what the others are told of."""

    def __init__(self, database: Database, pictures: Pictures, config: Config) -> None:
        self._jobs, self._pictures, self._config = Jobs(database), pictures, config
        self._asked_for_work = float("-inf")  # time.monotonic() seconds

    async def CreateJob(self, request: pb.CreateJobRequest, call: CallContext) -> pb.CreateJobResponse:  # noqa: N802
        """Judged before it waits."""
        if not _TOKEN.fullmatch(request.token):
            raise InvalidArgument("token", request.token, '8 to 64 letters, digits, "_" and "-"')
        if not request.HasField("job"):
            raise InvalidArgument("job", None, "a job")
        check(request.job)
        images = image_count(request.job)
        within("job: images", images, 1, self._config.bulk_max_images, "images")
        asked, roots = request.job.destination, self._config.bulk_destinations
        placed(asked, "job", roots)
        document = await self._judged(request.job, call)
        document.ClearField("destination")
        new = NewJob(
            token=request.token,
            title=document.title,
            images=images,
            document=document.SerializeToString(deterministic=True),
            destination=lambda job_id: placed(asked, job_id, roots),
            owner="" if call.principal == EVERYBODY else call.principal.key,
            principal=call.principal.to_metadata(call.principal.groups) if call.principal.is_somebody else "",
        )
        if call.principal.is_somebody:
            check_left(await self._pictures.quotas(call), await asyncio.to_thread(self._jobs.missing, new))
        job = await asyncio.to_thread(self._jobs.create, new, self._config.bulk_max_queued)
        await asyncio.to_thread(self._jobs.forget, self._config.bulk_jobs_kept)
        return pb.CreateJobResponse(job=await self._message(job))

    async def GetJob(self, request: pb.GetJobRequest, call: CallContext) -> pb.GetJobResponse:  # noqa: N802
        """With everything that is known of it."""
        job = await self._job(request.job_id, call)
        events = await asyncio.to_thread(self._jobs.events, job.job_id)
        return pb.GetJobResponse(
            job=await self._message(job),
            document=await self._document(job),
            events=[
                pb.JobEvent(
                    at=stamp(each.at),
                    state=each.state,
                    done=each.done,
                    note=each.note,
                    coded_note=coded(each.coded_note),
                )
                for each in events
            ],
        )

    async def ListJobs(self, request: pb.ListJobsRequest, call: CallContext) -> pb.ListJobsResponse:  # noqa: N802
        """The newest first."""
        size = texts.page_size(request.page_size)
        found, page = await asyncio.to_thread(self._jobs.listed, size, request.page_token, _whose(call))
        config = self._config
        limits = pb.JobLimits(
            destinations=config.bulk_destinations,
            max_images=config.bulk_max_images,
            max_queued=config.bulk_max_queued,
            max_running=config.bulk_max_running,
            runner_is_there=time.monotonic() - self._asked_for_work < RUNNER_SECONDS,
        )
        jobs = [await self._message(job) for job in found]
        return pb.ListJobsResponse(jobs=jobs, next_page_token=page, limits=limits)

    async def WatchJob(  # noqa: N802
        self, request: pb.WatchJobRequest, call: CallContext
    ) -> AsyncIterator[pb.WatchJobResponse]:
        """Until it has ended."""
        told, told_at = None, 0.0
        while True:
            job = await self._job(request.job_id, call)
            message = await self._message(job)
            if message != told or time.monotonic() - told_at > TELL_SECONDS:
                told, told_at = message, time.monotonic()
                yield pb.WatchJobResponse(job=message)
            if not job.is_active:
                return
            call.check()
            await asyncio.sleep(LOOK_SECONDS)

    async def CancelJob(self, request: pb.CancelJobRequest, call: CallContext) -> pb.CancelJobResponse:  # noqa: N802
        """What is there stays."""
        await self._job(request.job_id, call)
        job = await asyncio.to_thread(self._jobs.cancel, request.job_id)
        return pb.CancelJobResponse(job=await self._message(job))

    async def TakeJob(self, request: pb.TakeJobRequest, call: CallContext) -> pb.TakeJobResponse:  # noqa: N802
        """The next one."""
        _check_runner(request.runner)
        self._asked_for_work = time.monotonic()
        job = await asyncio.to_thread(self._jobs.take, request.runner, self._config.bulk_max_running)
        answer = pb.TakeJobResponse(lease_seconds=LEASE_SECONDS)
        if job is not None:
            answer.job.CopyFrom(await self._message(job))
            answer.document.CopyFrom(await self._document(job))
            answer.principal = job.principal or _principal_of(job.owner)
        return answer

    async def ReportJob(self, request: pb.ReportJobRequest, call: CallContext) -> pb.ReportJobResponse:  # noqa: N802
        """Renews the lease."""
        _check_id(request.job_id)
        _check_runner(request.runner)
        text("trouble", request.trouble, MAX_TROUBLE)
        text("reason", request.reason, MAX_REASON)
        within("images_per_second", request.images_per_second, 0, 1e9)
        if request.ended not in (pb.JOB_STATE_UNSPECIFIED, *_ENDS):
            raise InvalidArgument("ended", request.ended, "JOB_STATE_DONE, JOB_STATE_CANCELLED, JOB_STATE_FAILED")
        self._asked_for_work = time.monotonic()
        told = Report(
            runner=request.runner,
            done=request.done,
            images_per_second=request.images_per_second,
            trouble=request.trouble,
            waits_until=texts.moment("waits_until", request.waits_until) if request.HasField("waits_until") else None,
            ended=request.ended or None,
            reason=request.reason,
            released=request.released,
            coded_trouble=_kept("coded_trouble", request.coded_trouble),
            coded_reason=_kept("coded_reason", request.coded_reason),
        )
        job = await asyncio.to_thread(self._jobs.report, request.job_id, told)
        release = job.is_active and await asyncio.to_thread(self._jobs.goes_last, job)
        return pb.ReportJobResponse(cancel=job.state == pb.JOB_STATE_CANCELLING, release=release)

    async def _judged(self, job: bulk_pb2.BulkJob, call: CallContext) -> bulk_pb2.BulkJob:
        """The job as it is written down, for the bundle that is being served."""
        catalogue = await self._pictures.catalogue(call)
        whole = complete(job)
        if whole.bundle_digest not in ("", catalogue.bundle_digest):
            raise FailedPrecondition(
                f"job.bundle_digest: the job is for bundle {whole.bundle_digest[:12]}..., "
                f"and {catalogue.bundle_digest[:12]}... is being served"
            )
        whole.bundle_digest = catalogue.bundle_digest
        dimensions = (await self._pictures.model(call)).dimensions
        check_offered(whole, catalogue, dimensions.num_components)
        recipe = Recipe()
        recipe.CopyFrom(whole.recipe)
        recipe.seed = 0
        await self._pictures.complete(Latent(recipe=recipe), "job", call)
        if whole.picture.encoding in DICOM and dimensions.channels != 1:
            name = ImageEncoding.Name(whole.picture.encoding)
            raise FailedPrecondition(f"job.picture.encoding: {name} is for greyscale models")
        if catalogue.mixture is not None or not whole.labels_drawn:  # else the runner knows what labels there are
            check_positions(whole, catalogue)
        return whole

    async def _job(self, job_id: str, call: CallContext) -> JobRow:
        """One that the caller may see; another's is as none."""
        _check_id(job_id)
        return await asyncio.to_thread(self._jobs.by_id, job_id, _whose(call))

    async def _document(self, job: JobRow) -> bulk_pb2.BulkJob:
        """With the place where the job writes."""
        document = bulk_pb2.BulkJob.FromString(await asyncio.to_thread(self._jobs.document, job.job_id))
        document.destination = job.destination
        return document

    async def _message(self, job: JobRow) -> pb.Job:
        """As it is sent."""
        message = pb.Job(
            job_id=job.job_id,
            title=job.title,
            state=job.state,
            images=job.images,
            done=job.done,
            destination=job.destination,
            trouble=job.trouble,
            coded_trouble=coded(job.coded_trouble),
            owner=job.owner,
            **times(created_at=job.created_at, started_at=job.started_at, ended_at=job.ended_at),
            **times(waits_until=job.waits_until),
        )
        if job.state == pb.JOB_STATE_FAILED:
            last = (await asyncio.to_thread(self._jobs.events, job.job_id))[-1]
            message.reason = last.note
            if (why := coded(last.coded_note)) is not None:
                message.coded_reason.CopyFrom(why)
        if job.state == pb.JOB_STATE_QUEUED:
            message.before = await asyncio.to_thread(self._jobs.queued_before, job)
        if job.state == pb.JOB_STATE_RUNNING and job.images_per_second > 0:
            message.images_per_second = job.images_per_second
            message.seconds_left = (job.images - job.done) / job.images_per_second
        return message


def check_left(quotas: Iterable[QuotaState], images: int) -> None:
    """Whether quotas leave as many images of today as a job is to draw.

    Raises:
        ResourceExhausted: one leaves fewer; Overloaded with the time after which it does not.
    """
    for state in quotas:
        left = max(0, state.limit - state.used)
        if state.quota != Quota.IMAGES_PER_DAY or images <= left:
            continue
        counts = Quota.IMAGES_PER_DAY, state.whose, state.used, state.limit
        what = f"job: {images} images are to be drawn, and {left} of {state.limit} are left today: "
        raise refusal(counts, images, time.time(), state.resets_at.ToNanoseconds() / 1e9, what)


def _kept(field: str, reason: pb.JobReason) -> str:
    """A coded reason as it is written down."""
    if reason.code and not _CODE.fullmatch(reason.code):
        raise InvalidArgument(f"{field}.code", reason.code, 'up to 40 lower case letters and "_"')
    within(f"{field}.values", len(reason.values), 0, MAX_VALUES, "values")
    for name, value in reason.values.items():
        if not _CODE.fullmatch(name):
            raise InvalidArgument(f"{field}.values", name, 'names of up to 40 lower case letters and "_"')
        text(f"{field}.values[{name}]", value, MAX_TROUBLE)
    return coded_json(reason)


def _principal_of(owner: str) -> str:
    """Of jobs that do not say it themselves."""
    issuer, _, subject = owner.partition("|")
    return Principal(issuer, subject).to_metadata() if owner else ""


def _whose(call: CallContext) -> str | None:
    """Whose jobs somebody sees; None: all."""
    return None if may(call.principal, Action.SEE_ALL_JOBS) else call.principal.key


def _check_id(job_id: str) -> None:
    if not _JOB_ID.fullmatch(job_id):
        raise InvalidArgument("job_id", job_id, '"job_" and 32 hexadecimal digits')


def _check_runner(runner: str) -> None:
    if not _RUNNER.fullmatch(runner):
        raise InvalidArgument("runner", runner, "32 hexadecimal digits")
