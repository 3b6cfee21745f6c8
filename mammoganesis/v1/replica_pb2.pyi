from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional

DESCRIPTOR: _descriptor.FileDescriptor

class ReplicaRequest(_message.Message):
    __slots__ = ("path", "metadata", "request")
    class MetadataEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    PATH_FIELD_NUMBER: _ClassVar[int]
    METADATA_FIELD_NUMBER: _ClassVar[int]
    REQUEST_FIELD_NUMBER: _ClassVar[int]
    path: str
    metadata: _containers.ScalarMap[str, str]
    request: bytes
    def __init__(self, path: _Optional[str] = ..., metadata: _Optional[_Mapping[str, str]] = ..., request: _Optional[bytes] = ...) -> None: ...

class ReplicaAnswer(_message.Message):
    __slots__ = ("code", "details", "answer")
    CODE_FIELD_NUMBER: _ClassVar[int]
    DETAILS_FIELD_NUMBER: _ClassVar[int]
    ANSWER_FIELD_NUMBER: _ClassVar[int]
    code: str
    details: str
    answer: bytes
    def __init__(self, code: _Optional[str] = ..., details: _Optional[str] = ..., answer: _Optional[bytes] = ...) -> None: ...
