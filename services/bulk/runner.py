"""Works on the jobs of the service, one after the other: takes them from records, draws through the edge, writes."""

from __future__ import annotations

import logging
import secrets
import threading
import time
from collections import deque
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from google.protobuf.timestamp_pb2 import Timestamp

from mammoganesis.errors import Aborted, FailedPrecondition, MammoganesisError, Unavailable
from mammoganesis.v1 import bulk_service_pb2 as pb
from mammoganesis.v1.bulk_pb2 import BulkJob
from services.access.quotas import LONG_WAIT_SECONDS, Quota
from services.bulk import driver
from services.bulk.destination import PATIENCE_SECONDS, InUse
from services.bulk.making import Signers
from services.bulk.queue import JobQueue
from services.bulk.reasons import NOTHING, Code, Reason
from services.bulk.served import AGAIN_SECONDS, GivenUp, ServedCrew
from services.client import Client
from services.client.transport import ChannelTransport
from services.observability import metrics, table
from services.observability.logs import event
from services.process.config import Config, variable
from services.servicers.callers import shared_secret
from services.wire.metadata import COUNTED, EDGE_SECRET, PRINCIPAL, REGISTRATION, UNREGISTERED
from services.wire.tls import Trust

logger = logging.getLogger(__name__)

ASK_SECONDS = 1.0
"""Between two questions after work."""
REPORT_SECONDS = 2.0
LOOK_SECONDS = 0.2
"""Between two looks at whether the runner is stopped."""
PACE_SECONDS = 60.0
"""Over which images a second are counted."""
COUNTED_IN = f"{Quota.IMAGES_PER_DAY} {Quota.BYTES_PER_DAY}"
MAX_TROUBLE, MAX_REASON = 500, 2000  # characters


class Runner:
    """One runner.

    Args:
        pulse: a file whose time says that the runner lives.
        stopped: set, it gives back what it is at, and `run` returns.
    """

    def __init__(self, config: Config, queue: JobQueue, pulse: Path, stopped: threading.Event) -> None:
        self._config, self._queue, self._pulse, self._stopped = config, queue, pulse, stopped

    def run(self) -> None:
        """Until it is stopped."""
        away = False
        while not self._stopped.is_set():
            self._pulse.touch(mode=0o600)
            try:
                taken = self._queue.take()
                away = False
            except MammoganesisError as error:
                if not away:
                    event(logger, logging.WARNING, "no jobs", {"reason": error.message})
                away = True
                self._stopped.wait(ASK_SECONDS)
                continue
            if taken.HasField("job"):
                self._work(taken)
            else:
                self._stopped.wait(ASK_SECONDS)

    def _work(self, taken: pb.TakeJobResponse) -> None:
        job_id = taken.job.job_id
        event(logger, logging.INFO, "job begun", {"job_id": job_id, "images": taken.job.images})
        metrics.level(table.BULK_RUNNING, 1)
        telling = Telling(self._queue, job_id, self._pulse, self._stopped)
        ended, why = pb.JOB_STATE_FAILED, NOTHING
        try:
            with telling:
                ended = self._made(taken, telling)
        except GivenUp:
            ended = None
        except (MammoganesisError, OSError) as error:
            why = Reason.of(error)
        except Exception:
            error_id = secrets.token_hex(8)
            logger.exception("internal error %s", error_id)
            text = f"internal error {error_id}; the log of the runner has the details under this id"
            why = Reason(text, Code.INTERNAL, {"error": error_id})
        if telling.lost.is_set():
            outcome = "lost"
            event(logger, logging.WARNING, "job lost to another runner", {"job_id": job_id})
        elif ended is None:
            outcome = "released"
            self._tell(job_id, done=telling.done, released=True, **(telling.waiting if telling.yields else {}))
        else:
            outcome = pb.JobState.Name(ended).removeprefix("JOB_STATE_").lower()
            told = {"reason": why.text[:MAX_REASON], "coded_reason": why.message()}
            self._tell(job_id, done=telling.done, ended=ended, **told)
        metrics.level(table.BULK_RUNNING, 0)
        metrics.level(table.BULK_WAITS, 0)
        metrics.count(table.BULK_JOBS, outcome=outcome)
        event(logger, logging.INFO, "job left", {"job_id": job_id, "ended": ended, "reason": why.text})

    def _made(self, taken: pb.TakeJobResponse, telling: Telling) -> pb.JobState:
        config = self._config
        check_place(taken.document.destination, config.bulk_destinations)
        secret = shared_secret(config)
        # Whose images they are: in the registry, and in quotas.
        who = ((PRINCIPAL, taken.principal), (COUNTED, COUNTED_IN)) if taken.principal else ()
        connection = ChannelTransport(
            config.edge_address,
            config.max_deadline_seconds,
            config.max_message_bytes,
            background=True,
            # What it draws is registered as the files that it writes.
            metadata=lambda: ((EDGE_SECRET, str(secret.sent)), (REGISTRATION, UNREGISTERED), *who),
            trust=Trust.of(config),
        )
        with Client(connection) as client:
            crew = ServedCrew(
                client=client,
                shards_at_once=config.bulk_calls_at_once,
                images_at_once=min(config.max_batch_size, config.max_images_per_call),
                halted=telling.halted,
                cancelled=telling.cancelled,
                trouble=telling.waits_for,
                begun=telling.begins,
                signers=Signers.of(config),
                registers=config.registry_held_bytes > 0,
            )
            return self._run(taken.document, crew, telling)

    def _run(self, job: BulkJob, crew: ServedCrew, telling: Telling) -> pb.JobState:
        """Once its folder is free: a runner that was not heard for a while may not have let go of it yet."""
        patience_ends = time.monotonic() + PATIENCE_SECONDS
        while True:
            try:
                summary = driver.run(
                    job, self._config.bundle, job.destination, crew, telling.add, telling.cancelled.is_set
                )
                return pb.JOB_STATE_CANCELLED if summary.cancelled else pb.JOB_STATE_DONE
            except InUse as error:
                if telling.cancelled.is_set():
                    return pb.JOB_STATE_CANCELLED
                if time.monotonic() > patience_ends:
                    raise
                telling.waits_for(Reason.of(error))
                if telling.halted.wait(AGAIN_SECONDS):
                    raise GivenUp from None

    def _tell(self, job_id: str, **told: object) -> None:
        """Until records has heard it; where this runner is stopped before, another finds out from the destination."""
        while True:
            try:
                self._queue.report(job_id, **told)
                return
            except Unavailable:
                if self._stopped.wait(REPORT_SECONDS):
                    return
            except MammoganesisError as error:
                event(logger, logging.WARNING, "report refused", {"job_id": job_id, "reason": error.message})
                return


class Telling:
    """What records is told of one job while it is worked on, and what it answers.

    Attributes:
        done: images that are there.
        cancelled: set when the job is to end after the shards under way.
        lost: set when another runner has the job.
        halted: set when nothing more is to be done: the job is lost or given back, or the runner stops.
        yields: whether it is given back for another job to go first.
    """

    def __init__(self, queue: JobQueue, job_id: str, pulse: Path, stopped: threading.Event) -> None:
        self._queue, self._job_id, self._pulse, self._stopped = queue, job_id, pulse, stopped
        self.done, self.yields = 0, False
        self.cancelled, self.lost, self.halted = threading.Event(), threading.Event(), threading.Event()
        self._trouble = NOTHING
        self._until: Timestamp | None = None
        self._counted: deque[tuple[float, int]] = deque()  # time.monotonic() seconds and images by then
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._keep_telling, name="telling", daemon=True)

    def __enter__(self) -> Telling:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def begins(self) -> None:
        """The first image that is not there yet begins: from here on the pace counts."""
        self._counted.append((time.monotonic(), self.done))

    def add(self, images: int) -> None:
        """So many more are there."""
        self.done += images
        if self._counted:
            metrics.count(table.BULK_IMAGES, images)
            self._counted.append((time.monotonic(), self.done))

    def waits_for(self, trouble: Reason, seconds: float | None = None) -> None:
        """What work waits for, and for how long where that is known; NOTHING for nothing."""
        self._trouble, self._until = trouble, _moment_in(seconds)
        metrics.level(table.BULK_WAITS, trouble is not NOTHING and (seconds or 0) < LONG_WAIT_SECONDS)

    @property
    def waiting(self) -> dict[str, Any]:
        """What work waits for, in fields of ReportJobRequest."""
        trouble, until = self._trouble, self._until
        return {"trouble": trouble.text[:MAX_TROUBLE], "coded_trouble": trouble.message(), "waits_until": until}

    @property
    def images_per_second(self) -> float:
        """Lately; 0 where it is not known."""
        now = time.monotonic()
        while len(self._counted) > 2 and self._counted[1][0] < now - PACE_SECONDS:
            self._counted.popleft()
        if len(self._counted) < 2 or self._trouble is not NOTHING:
            return 0.0
        began, before = self._counted[0]
        return max(0.0, (self.done - before) / max(1e-6, now - began))

    def _keep_telling(self) -> None:
        told = float("-inf")
        while not self._over.wait(LOOK_SECONDS):
            if self._stopped.is_set():
                self.halted.set()
            if time.monotonic() - told >= REPORT_SECONDS:
                told = time.monotonic()
                self._pulse.touch(mode=0o600)
                self._tell()

    def _tell(self) -> None:
        try:
            pace = self.images_per_second
            heard = self._queue.report(self._job_id, done=self.done, images_per_second=pace, **self.waiting)
            if heard.cancel:
                self.cancelled.set()
            if heard.release:
                self.yields = True
                self.halted.set()
        except Aborted:
            self.lost.set()
            self.halted.set()
        except MammoganesisError as error:  # it is away: work goes on meanwhile
            logger.warning("records does not hear how far %s is: %s", self._job_id, error.message)


def _moment_in(seconds: float | None) -> Timestamp | None:
    """A whole second, so that it is the same however often it is asked for."""
    moment = Timestamp()
    moment.FromSeconds(int(time.time() + (seconds or 0)))
    return None if seconds is None else moment


def check_place(destination: str, roots: Sequence[str]) -> None:
    """A folder lies below an allowed one whatever links lead there; records has judged the words of it.

    Raises:
        FailedPrecondition: it does not, or it is no longer allowed.
    """
    allowed = [root for root in roots if destination.startswith(f"{root.rstrip('/')}/")]
    if "://" in destination and allowed:
        return
    place = Path(destination).resolve()
    if not any(place != Path(root).resolve() and place.is_relative_to(Path(root).resolve()) for root in allowed):
        below = ", ".join(roots) or "nothing"
        raise FailedPrecondition(
            f"{destination} does not lie below what this runner may write to ({variable('bulk_destinations')}: {below})"
        ).coded(Code.OUTSIDE, place=destination, allowed=", ".join(roots) or "-")
