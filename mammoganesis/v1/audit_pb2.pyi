import datetime

from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class AuditedImage(_message.Message):
    __slots__ = ("latent_id", "file_sha256")
    LATENT_ID_FIELD_NUMBER: _ClassVar[int]
    FILE_SHA256_FIELD_NUMBER: _ClassVar[int]
    latent_id: str
    file_sha256: str
    def __init__(self, latent_id: _Optional[str] = ..., file_sha256: _Optional[str] = ...) -> None: ...

class AuditEntry(_message.Message):
    __slots__ = ("number", "entry_id", "at", "recorded_at", "who", "roles", "host", "action", "outcome", "request_id", "targets", "images", "count", "previous", "hash")
    NUMBER_FIELD_NUMBER: _ClassVar[int]
    ENTRY_ID_FIELD_NUMBER: _ClassVar[int]
    AT_FIELD_NUMBER: _ClassVar[int]
    RECORDED_AT_FIELD_NUMBER: _ClassVar[int]
    WHO_FIELD_NUMBER: _ClassVar[int]
    ROLES_FIELD_NUMBER: _ClassVar[int]
    HOST_FIELD_NUMBER: _ClassVar[int]
    ACTION_FIELD_NUMBER: _ClassVar[int]
    OUTCOME_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    TARGETS_FIELD_NUMBER: _ClassVar[int]
    IMAGES_FIELD_NUMBER: _ClassVar[int]
    COUNT_FIELD_NUMBER: _ClassVar[int]
    PREVIOUS_FIELD_NUMBER: _ClassVar[int]
    HASH_FIELD_NUMBER: _ClassVar[int]
    number: int
    entry_id: str
    at: _timestamp_pb2.Timestamp
    recorded_at: _timestamp_pb2.Timestamp
    who: str
    roles: _containers.RepeatedScalarFieldContainer[str]
    host: str
    action: str
    outcome: str
    request_id: str
    targets: _containers.RepeatedScalarFieldContainer[str]
    images: _containers.RepeatedCompositeFieldContainer[AuditedImage]
    count: int
    previous: str
    hash: str
    def __init__(self, number: _Optional[int] = ..., entry_id: _Optional[str] = ..., at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., recorded_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., who: _Optional[str] = ..., roles: _Optional[_Iterable[str]] = ..., host: _Optional[str] = ..., action: _Optional[str] = ..., outcome: _Optional[str] = ..., request_id: _Optional[str] = ..., targets: _Optional[_Iterable[str]] = ..., images: _Optional[_Iterable[_Union[AuditedImage, _Mapping]]] = ..., count: _Optional[int] = ..., previous: _Optional[str] = ..., hash: _Optional[str] = ...) -> None: ...

class AuditCheckpoint(_message.Message):
    __slots__ = ("number", "hash", "at", "pruned", "signature")
    NUMBER_FIELD_NUMBER: _ClassVar[int]
    HASH_FIELD_NUMBER: _ClassVar[int]
    AT_FIELD_NUMBER: _ClassVar[int]
    PRUNED_FIELD_NUMBER: _ClassVar[int]
    SIGNATURE_FIELD_NUMBER: _ClassVar[int]
    number: int
    hash: str
    at: _timestamp_pb2.Timestamp
    pruned: bool
    signature: str
    def __init__(self, number: _Optional[int] = ..., hash: _Optional[str] = ..., at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., pruned: _Optional[bool] = ..., signature: _Optional[str] = ...) -> None: ...

class AuditFilter(_message.Message):
    __slots__ = ("since", "until", "who", "action", "outcome", "about")
    SINCE_FIELD_NUMBER: _ClassVar[int]
    UNTIL_FIELD_NUMBER: _ClassVar[int]
    WHO_FIELD_NUMBER: _ClassVar[int]
    ACTION_FIELD_NUMBER: _ClassVar[int]
    OUTCOME_FIELD_NUMBER: _ClassVar[int]
    ABOUT_FIELD_NUMBER: _ClassVar[int]
    since: _timestamp_pb2.Timestamp
    until: _timestamp_pb2.Timestamp
    who: str
    action: str
    outcome: str
    about: str
    def __init__(self, since: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., until: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., who: _Optional[str] = ..., action: _Optional[str] = ..., outcome: _Optional[str] = ..., about: _Optional[str] = ...) -> None: ...

class ListAuditRequest(_message.Message):
    __slots__ = ("filter", "page_size", "page_token")
    FILTER_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    filter: AuditFilter
    page_size: int
    page_token: str
    def __init__(self, filter: _Optional[_Union[AuditFilter, _Mapping]] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListAuditResponse(_message.Message):
    __slots__ = ("entries", "next_page_token", "head")
    ENTRIES_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    HEAD_FIELD_NUMBER: _ClassVar[int]
    entries: _containers.RepeatedCompositeFieldContainer[AuditEntry]
    next_page_token: str
    head: AuditCheckpoint
    def __init__(self, entries: _Optional[_Iterable[_Union[AuditEntry, _Mapping]]] = ..., next_page_token: _Optional[str] = ..., head: _Optional[_Union[AuditCheckpoint, _Mapping]] = ...) -> None: ...

class ExportAuditRequest(_message.Message):
    __slots__ = ("since", "until")
    SINCE_FIELD_NUMBER: _ClassVar[int]
    UNTIL_FIELD_NUMBER: _ClassVar[int]
    since: _timestamp_pb2.Timestamp
    until: _timestamp_pb2.Timestamp
    def __init__(self, since: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., until: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class ExportAuditResponse(_message.Message):
    __slots__ = ("data",)
    DATA_FIELD_NUMBER: _ClassVar[int]
    data: bytes
    def __init__(self, data: _Optional[bytes] = ...) -> None: ...

class NoteActionRequest(_message.Message):
    __slots__ = ("action", "outcome", "about", "count")
    ACTION_FIELD_NUMBER: _ClassVar[int]
    OUTCOME_FIELD_NUMBER: _ClassVar[int]
    ABOUT_FIELD_NUMBER: _ClassVar[int]
    COUNT_FIELD_NUMBER: _ClassVar[int]
    action: str
    outcome: str
    about: _containers.RepeatedScalarFieldContainer[str]
    count: int
    def __init__(self, action: _Optional[str] = ..., outcome: _Optional[str] = ..., about: _Optional[_Iterable[str]] = ..., count: _Optional[int] = ...) -> None: ...

class NoteActionResponse(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class VerifyAuditRequest(_message.Message):
    __slots__ = ("known",)
    KNOWN_FIELD_NUMBER: _ClassVar[int]
    known: _containers.RepeatedCompositeFieldContainer[AuditCheckpoint]
    def __init__(self, known: _Optional[_Iterable[_Union[AuditCheckpoint, _Mapping]]] = ...) -> None: ...

class VerifyAuditResponse(_message.Message):
    __slots__ = ("unbroken", "problems", "first", "head", "checkpoints", "signed", "lost")
    UNBROKEN_FIELD_NUMBER: _ClassVar[int]
    PROBLEMS_FIELD_NUMBER: _ClassVar[int]
    FIRST_FIELD_NUMBER: _ClassVar[int]
    HEAD_FIELD_NUMBER: _ClassVar[int]
    CHECKPOINTS_FIELD_NUMBER: _ClassVar[int]
    SIGNED_FIELD_NUMBER: _ClassVar[int]
    LOST_FIELD_NUMBER: _ClassVar[int]
    unbroken: bool
    problems: _containers.RepeatedScalarFieldContainer[str]
    first: int
    head: AuditCheckpoint
    checkpoints: int
    signed: int
    lost: int
    def __init__(self, unbroken: _Optional[bool] = ..., problems: _Optional[_Iterable[str]] = ..., first: _Optional[int] = ..., head: _Optional[_Union[AuditCheckpoint, _Mapping]] = ..., checkpoints: _Optional[int] = ..., signed: _Optional[int] = ..., lost: _Optional[int] = ...) -> None: ...
