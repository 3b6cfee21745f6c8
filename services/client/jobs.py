"""The client's methods for bulk jobs of a server."""

import secrets
from collections.abc import Iterator

from mammoganesis.v1 import bulk_service_pb2
from mammoganesis.v1.bulk_pb2 import BulkJob
from services.client.transport import Transport


class JobCalls:
    """BulkService; see `services.client.Client`. A server has it, a local client has not."""

    _transport: Transport

    def create_job(self, document: BulkJob, token: str | None = None) -> bulk_service_pb2.Job:
        """A new job, which waits for its turn.

        Args:
            token: sent again with the same document, it makes no second job. None: a new one.
        """
        request = bulk_service_pb2.CreateJobRequest(token=token or secrets.token_urlsafe(24), job=document)
        return self._transport.unary("CreateJob", request).job

    def jobs(self) -> Iterator[bulk_service_pb2.Job]:
        """All jobs, the newest first."""
        page = ""
        while True:
            answer = self._transport.unary("ListJobs", bulk_service_pb2.ListJobsRequest(page_token=page))
            yield from answer.jobs
            page = answer.next_page_token
            if not page:
                return

    def job(self, job_id: str) -> bulk_service_pb2.GetJobResponse:
        """A job with its document and what happened to it."""
        return self._transport.unary("GetJob", bulk_service_pb2.GetJobRequest(job_id=job_id))

    def watch_job(self, job_id: str) -> Iterator[bulk_service_pb2.Job]:
        """The job now and whenever something has changed, until it ends, or until the stream does: then call again."""
        for answer in self._transport.stream("WatchJob", bulk_service_pb2.WatchJobRequest(job_id=job_id)):
            yield answer.job

    def cancel_job(self, job_id: str) -> bulk_service_pb2.Job:
        """It ends after the shard that is being written."""
        return self._transport.unary("CancelJob", bulk_service_pb2.CancelJobRequest(job_id=job_id)).job
