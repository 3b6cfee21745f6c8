import datetime

from google.protobuf import timestamp_pb2 as _timestamp_pb2
from mammoganesis.v1 import bulk_pb2 as _bulk_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class JobState(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    JOB_STATE_UNSPECIFIED: _ClassVar[JobState]
    JOB_STATE_QUEUED: _ClassVar[JobState]
    JOB_STATE_RUNNING: _ClassVar[JobState]
    JOB_STATE_CANCELLING: _ClassVar[JobState]
    JOB_STATE_CANCELLED: _ClassVar[JobState]
    JOB_STATE_DONE: _ClassVar[JobState]
    JOB_STATE_FAILED: _ClassVar[JobState]
JOB_STATE_UNSPECIFIED: JobState
JOB_STATE_QUEUED: JobState
JOB_STATE_RUNNING: JobState
JOB_STATE_CANCELLING: JobState
JOB_STATE_CANCELLED: JobState
JOB_STATE_DONE: JobState
JOB_STATE_FAILED: JobState

class JobReason(_message.Message):
    __slots__ = ("code", "values")
    class ValuesEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    CODE_FIELD_NUMBER: _ClassVar[int]
    VALUES_FIELD_NUMBER: _ClassVar[int]
    code: str
    values: _containers.ScalarMap[str, str]
    def __init__(self, code: _Optional[str] = ..., values: _Optional[_Mapping[str, str]] = ...) -> None: ...

class Job(_message.Message):
    __slots__ = ("job_id", "title", "state", "images", "done", "destination", "reason", "trouble", "images_per_second", "seconds_left", "before", "created_at", "started_at", "ended_at", "owner", "waits_until", "coded_reason", "coded_trouble")
    JOB_ID_FIELD_NUMBER: _ClassVar[int]
    TITLE_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    IMAGES_FIELD_NUMBER: _ClassVar[int]
    DONE_FIELD_NUMBER: _ClassVar[int]
    DESTINATION_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    TROUBLE_FIELD_NUMBER: _ClassVar[int]
    IMAGES_PER_SECOND_FIELD_NUMBER: _ClassVar[int]
    SECONDS_LEFT_FIELD_NUMBER: _ClassVar[int]
    BEFORE_FIELD_NUMBER: _ClassVar[int]
    CREATED_AT_FIELD_NUMBER: _ClassVar[int]
    STARTED_AT_FIELD_NUMBER: _ClassVar[int]
    ENDED_AT_FIELD_NUMBER: _ClassVar[int]
    OWNER_FIELD_NUMBER: _ClassVar[int]
    WAITS_UNTIL_FIELD_NUMBER: _ClassVar[int]
    CODED_REASON_FIELD_NUMBER: _ClassVar[int]
    CODED_TROUBLE_FIELD_NUMBER: _ClassVar[int]
    job_id: str
    title: str
    state: JobState
    images: int
    done: int
    destination: str
    reason: str
    trouble: str
    images_per_second: float
    seconds_left: float
    before: int
    created_at: _timestamp_pb2.Timestamp
    started_at: _timestamp_pb2.Timestamp
    ended_at: _timestamp_pb2.Timestamp
    owner: str
    waits_until: _timestamp_pb2.Timestamp
    coded_reason: JobReason
    coded_trouble: JobReason
    def __init__(self, job_id: _Optional[str] = ..., title: _Optional[str] = ..., state: _Optional[_Union[JobState, str]] = ..., images: _Optional[int] = ..., done: _Optional[int] = ..., destination: _Optional[str] = ..., reason: _Optional[str] = ..., trouble: _Optional[str] = ..., images_per_second: _Optional[float] = ..., seconds_left: _Optional[float] = ..., before: _Optional[int] = ..., created_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., started_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., ended_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., owner: _Optional[str] = ..., waits_until: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., coded_reason: _Optional[_Union[JobReason, _Mapping]] = ..., coded_trouble: _Optional[_Union[JobReason, _Mapping]] = ...) -> None: ...

class JobEvent(_message.Message):
    __slots__ = ("at", "state", "done", "note", "coded_note")
    AT_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    DONE_FIELD_NUMBER: _ClassVar[int]
    NOTE_FIELD_NUMBER: _ClassVar[int]
    CODED_NOTE_FIELD_NUMBER: _ClassVar[int]
    at: _timestamp_pb2.Timestamp
    state: JobState
    done: int
    note: str
    coded_note: JobReason
    def __init__(self, at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., state: _Optional[_Union[JobState, str]] = ..., done: _Optional[int] = ..., note: _Optional[str] = ..., coded_note: _Optional[_Union[JobReason, _Mapping]] = ...) -> None: ...

class JobLimits(_message.Message):
    __slots__ = ("destinations", "max_images", "max_queued", "max_running", "runner_is_there")
    DESTINATIONS_FIELD_NUMBER: _ClassVar[int]
    MAX_IMAGES_FIELD_NUMBER: _ClassVar[int]
    MAX_QUEUED_FIELD_NUMBER: _ClassVar[int]
    MAX_RUNNING_FIELD_NUMBER: _ClassVar[int]
    RUNNER_IS_THERE_FIELD_NUMBER: _ClassVar[int]
    destinations: _containers.RepeatedScalarFieldContainer[str]
    max_images: int
    max_queued: int
    max_running: int
    runner_is_there: bool
    def __init__(self, destinations: _Optional[_Iterable[str]] = ..., max_images: _Optional[int] = ..., max_queued: _Optional[int] = ..., max_running: _Optional[int] = ..., runner_is_there: _Optional[bool] = ...) -> None: ...

class CreateJobRequest(_message.Message):
    __slots__ = ("token", "job")
    TOKEN_FIELD_NUMBER: _ClassVar[int]
    JOB_FIELD_NUMBER: _ClassVar[int]
    token: str
    job: _bulk_pb2.BulkJob
    def __init__(self, token: _Optional[str] = ..., job: _Optional[_Union[_bulk_pb2.BulkJob, _Mapping]] = ...) -> None: ...

class CreateJobResponse(_message.Message):
    __slots__ = ("job",)
    JOB_FIELD_NUMBER: _ClassVar[int]
    job: Job
    def __init__(self, job: _Optional[_Union[Job, _Mapping]] = ...) -> None: ...

class GetJobRequest(_message.Message):
    __slots__ = ("job_id",)
    JOB_ID_FIELD_NUMBER: _ClassVar[int]
    job_id: str
    def __init__(self, job_id: _Optional[str] = ...) -> None: ...

class GetJobResponse(_message.Message):
    __slots__ = ("job", "document", "events")
    JOB_FIELD_NUMBER: _ClassVar[int]
    DOCUMENT_FIELD_NUMBER: _ClassVar[int]
    EVENTS_FIELD_NUMBER: _ClassVar[int]
    job: Job
    document: _bulk_pb2.BulkJob
    events: _containers.RepeatedCompositeFieldContainer[JobEvent]
    def __init__(self, job: _Optional[_Union[Job, _Mapping]] = ..., document: _Optional[_Union[_bulk_pb2.BulkJob, _Mapping]] = ..., events: _Optional[_Iterable[_Union[JobEvent, _Mapping]]] = ...) -> None: ...

class ListJobsRequest(_message.Message):
    __slots__ = ("page_size", "page_token")
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    page_size: int
    page_token: str
    def __init__(self, page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListJobsResponse(_message.Message):
    __slots__ = ("jobs", "next_page_token", "limits")
    JOBS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    LIMITS_FIELD_NUMBER: _ClassVar[int]
    jobs: _containers.RepeatedCompositeFieldContainer[Job]
    next_page_token: str
    limits: JobLimits
    def __init__(self, jobs: _Optional[_Iterable[_Union[Job, _Mapping]]] = ..., next_page_token: _Optional[str] = ..., limits: _Optional[_Union[JobLimits, _Mapping]] = ...) -> None: ...

class WatchJobRequest(_message.Message):
    __slots__ = ("job_id",)
    JOB_ID_FIELD_NUMBER: _ClassVar[int]
    job_id: str
    def __init__(self, job_id: _Optional[str] = ...) -> None: ...

class WatchJobResponse(_message.Message):
    __slots__ = ("job",)
    JOB_FIELD_NUMBER: _ClassVar[int]
    job: Job
    def __init__(self, job: _Optional[_Union[Job, _Mapping]] = ...) -> None: ...

class CancelJobRequest(_message.Message):
    __slots__ = ("job_id",)
    JOB_ID_FIELD_NUMBER: _ClassVar[int]
    job_id: str
    def __init__(self, job_id: _Optional[str] = ...) -> None: ...

class CancelJobResponse(_message.Message):
    __slots__ = ("job",)
    JOB_FIELD_NUMBER: _ClassVar[int]
    job: Job
    def __init__(self, job: _Optional[_Union[Job, _Mapping]] = ...) -> None: ...

class TakeJobRequest(_message.Message):
    __slots__ = ("runner",)
    RUNNER_FIELD_NUMBER: _ClassVar[int]
    runner: str
    def __init__(self, runner: _Optional[str] = ...) -> None: ...

class TakeJobResponse(_message.Message):
    __slots__ = ("job", "document", "lease_seconds", "principal")
    JOB_FIELD_NUMBER: _ClassVar[int]
    DOCUMENT_FIELD_NUMBER: _ClassVar[int]
    LEASE_SECONDS_FIELD_NUMBER: _ClassVar[int]
    PRINCIPAL_FIELD_NUMBER: _ClassVar[int]
    job: Job
    document: _bulk_pb2.BulkJob
    lease_seconds: float
    principal: str
    def __init__(self, job: _Optional[_Union[Job, _Mapping]] = ..., document: _Optional[_Union[_bulk_pb2.BulkJob, _Mapping]] = ..., lease_seconds: _Optional[float] = ..., principal: _Optional[str] = ...) -> None: ...

class ReportJobRequest(_message.Message):
    __slots__ = ("job_id", "runner", "done", "images_per_second", "trouble", "ended", "reason", "released", "waits_until", "coded_trouble", "coded_reason")
    JOB_ID_FIELD_NUMBER: _ClassVar[int]
    RUNNER_FIELD_NUMBER: _ClassVar[int]
    DONE_FIELD_NUMBER: _ClassVar[int]
    IMAGES_PER_SECOND_FIELD_NUMBER: _ClassVar[int]
    TROUBLE_FIELD_NUMBER: _ClassVar[int]
    ENDED_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    RELEASED_FIELD_NUMBER: _ClassVar[int]
    WAITS_UNTIL_FIELD_NUMBER: _ClassVar[int]
    CODED_TROUBLE_FIELD_NUMBER: _ClassVar[int]
    CODED_REASON_FIELD_NUMBER: _ClassVar[int]
    job_id: str
    runner: str
    done: int
    images_per_second: float
    trouble: str
    ended: JobState
    reason: str
    released: bool
    waits_until: _timestamp_pb2.Timestamp
    coded_trouble: JobReason
    coded_reason: JobReason
    def __init__(self, job_id: _Optional[str] = ..., runner: _Optional[str] = ..., done: _Optional[int] = ..., images_per_second: _Optional[float] = ..., trouble: _Optional[str] = ..., ended: _Optional[_Union[JobState, str]] = ..., reason: _Optional[str] = ..., released: _Optional[bool] = ..., waits_until: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., coded_trouble: _Optional[_Union[JobReason, _Mapping]] = ..., coded_reason: _Optional[_Union[JobReason, _Mapping]] = ...) -> None: ...

class ReportJobResponse(_message.Message):
    __slots__ = ("cancel", "release")
    CANCEL_FIELD_NUMBER: _ClassVar[int]
    RELEASE_FIELD_NUMBER: _ClassVar[int]
    cancel: bool
    release: bool
    def __init__(self, cancel: _Optional[bool] = ..., release: _Optional[bool] = ...) -> None: ...
