from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class RegisteredAnswer(_message.Message):
    __slots__ = ("answer_id", "path", "message", "caller", "request_id", "answered_at", "host")
    ANSWER_ID_FIELD_NUMBER: _ClassVar[int]
    PATH_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    CALLER_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    ANSWERED_AT_FIELD_NUMBER: _ClassVar[int]
    HOST_FIELD_NUMBER: _ClassVar[int]
    answer_id: str
    path: str
    message: bytes
    caller: str
    request_id: str
    answered_at: int
    host: str
    def __init__(self, answer_id: _Optional[str] = ..., path: _Optional[str] = ..., message: _Optional[bytes] = ..., caller: _Optional[str] = ..., request_id: _Optional[str] = ..., answered_at: _Optional[int] = ..., host: _Optional[str] = ...) -> None: ...

class RegisterAnswersRequest(_message.Message):
    __slots__ = ("answers", "missed", "missed_id")
    ANSWERS_FIELD_NUMBER: _ClassVar[int]
    MISSED_FIELD_NUMBER: _ClassVar[int]
    MISSED_ID_FIELD_NUMBER: _ClassVar[int]
    answers: _containers.RepeatedCompositeFieldContainer[RegisteredAnswer]
    missed: int
    missed_id: str
    def __init__(self, answers: _Optional[_Iterable[_Union[RegisteredAnswer, _Mapping]]] = ..., missed: _Optional[int] = ..., missed_id: _Optional[str] = ...) -> None: ...

class RegisterAnswersResponse(_message.Message):
    __slots__ = ("added",)
    ADDED_FIELD_NUMBER: _ClassVar[int]
    added: int
    def __init__(self, added: _Optional[int] = ...) -> None: ...
