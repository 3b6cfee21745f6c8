from mammoganesis.bundle.v1 import manifest_pb2 as _manifest_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Catalogue(_message.Message):
    __slots__ = ("bundle_digest", "generator_digest", "directions", "rejected_components", "regions", "default_epsilon", "low_resolution_epsilon")
    BUNDLE_DIGEST_FIELD_NUMBER: _ClassVar[int]
    GENERATOR_DIGEST_FIELD_NUMBER: _ClassVar[int]
    DIRECTIONS_FIELD_NUMBER: _ClassVar[int]
    REJECTED_COMPONENTS_FIELD_NUMBER: _ClassVar[int]
    REGIONS_FIELD_NUMBER: _ClassVar[int]
    DEFAULT_EPSILON_FIELD_NUMBER: _ClassVar[int]
    LOW_RESOLUTION_EPSILON_FIELD_NUMBER: _ClassVar[int]
    bundle_digest: str
    generator_digest: str
    directions: _containers.RepeatedCompositeFieldContainer[_manifest_pb2.NamedComponent]
    rejected_components: _containers.RepeatedScalarFieldContainer[int]
    regions: _containers.RepeatedCompositeFieldContainer[NamedRegion]
    default_epsilon: float
    low_resolution_epsilon: float
    def __init__(self, bundle_digest: _Optional[str] = ..., generator_digest: _Optional[str] = ..., directions: _Optional[_Iterable[_Union[_manifest_pb2.NamedComponent, _Mapping]]] = ..., rejected_components: _Optional[_Iterable[int]] = ..., regions: _Optional[_Iterable[_Union[NamedRegion, _Mapping]]] = ..., default_epsilon: _Optional[float] = ..., low_resolution_epsilon: _Optional[float] = ...) -> None: ...

class NamedRegion(_message.Message):
    __slots__ = ("index", "name", "note", "rejected", "labelled_names")
    INDEX_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    NOTE_FIELD_NUMBER: _ClassVar[int]
    REJECTED_FIELD_NUMBER: _ClassVar[int]
    LABELLED_NAMES_FIELD_NUMBER: _ClassVar[int]
    index: int
    name: str
    note: str
    rejected: bool
    labelled_names: _containers.RepeatedCompositeFieldContainer[LabelledName]
    def __init__(self, index: _Optional[int] = ..., name: _Optional[str] = ..., note: _Optional[str] = ..., rejected: _Optional[bool] = ..., labelled_names: _Optional[_Iterable[_Union[LabelledName, _Mapping]]] = ...) -> None: ...

class LabelledName(_message.Message):
    __slots__ = ("field", "value", "name")
    FIELD_FIELD_NUMBER: _ClassVar[int]
    VALUE_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    field: str
    value: str
    name: str
    def __init__(self, field: _Optional[str] = ..., value: _Optional[str] = ..., name: _Optional[str] = ...) -> None: ...
