from mammoganesis.v1 import model_pb2 as _model_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class GetStatusRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class GetStatusResponse(_message.Message):
    __slots__ = ("version", "uptime_seconds", "parts", "model", "traffic", "engine", "jobs", "ended_for_memory")
    VERSION_FIELD_NUMBER: _ClassVar[int]
    UPTIME_SECONDS_FIELD_NUMBER: _ClassVar[int]
    PARTS_FIELD_NUMBER: _ClassVar[int]
    MODEL_FIELD_NUMBER: _ClassVar[int]
    TRAFFIC_FIELD_NUMBER: _ClassVar[int]
    ENGINE_FIELD_NUMBER: _ClassVar[int]
    JOBS_FIELD_NUMBER: _ClassVar[int]
    ENDED_FOR_MEMORY_FIELD_NUMBER: _ClassVar[int]
    version: str
    uptime_seconds: float
    parts: _containers.RepeatedCompositeFieldContainer[PartStatus]
    model: _model_pb2.GetModelResponse
    traffic: Traffic
    engine: EngineStatus
    jobs: _containers.RepeatedCompositeFieldContainer[JobCount]
    ended_for_memory: _containers.RepeatedCompositeFieldContainer[EndedForMemory]
    def __init__(self, version: _Optional[str] = ..., uptime_seconds: _Optional[float] = ..., parts: _Optional[_Iterable[_Union[PartStatus, _Mapping]]] = ..., model: _Optional[_Union[_model_pb2.GetModelResponse, _Mapping]] = ..., traffic: _Optional[_Union[Traffic, _Mapping]] = ..., engine: _Optional[_Union[EngineStatus, _Mapping]] = ..., jobs: _Optional[_Iterable[_Union[JobCount, _Mapping]]] = ..., ended_for_memory: _Optional[_Iterable[_Union[EndedForMemory, _Mapping]]] = ...) -> None: ...

class PartStatus(_message.Message):
    __slots__ = ("name", "serving", "reason")
    NAME_FIELD_NUMBER: _ClassVar[int]
    SERVING_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    name: str
    serving: bool
    reason: str
    def __init__(self, name: _Optional[str] = ..., serving: _Optional[bool] = ..., reason: _Optional[str] = ...) -> None: ...

class Traffic(_message.Message):
    __slots__ = ("window_seconds", "calls", "images", "rpcs", "codes", "refusals", "calls_in_flight", "images_waiting", "images_in_engine", "streams_open", "registry_held_bytes")
    class CodesEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: int
        def __init__(self, key: _Optional[str] = ..., value: _Optional[int] = ...) -> None: ...
    class RefusalsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: int
        def __init__(self, key: _Optional[str] = ..., value: _Optional[int] = ...) -> None: ...
    WINDOW_SECONDS_FIELD_NUMBER: _ClassVar[int]
    CALLS_FIELD_NUMBER: _ClassVar[int]
    IMAGES_FIELD_NUMBER: _ClassVar[int]
    RPCS_FIELD_NUMBER: _ClassVar[int]
    CODES_FIELD_NUMBER: _ClassVar[int]
    REFUSALS_FIELD_NUMBER: _ClassVar[int]
    CALLS_IN_FLIGHT_FIELD_NUMBER: _ClassVar[int]
    IMAGES_WAITING_FIELD_NUMBER: _ClassVar[int]
    IMAGES_IN_ENGINE_FIELD_NUMBER: _ClassVar[int]
    STREAMS_OPEN_FIELD_NUMBER: _ClassVar[int]
    REGISTRY_HELD_BYTES_FIELD_NUMBER: _ClassVar[int]
    window_seconds: float
    calls: int
    images: int
    rpcs: _containers.RepeatedCompositeFieldContainer[RpcTraffic]
    codes: _containers.ScalarMap[str, int]
    refusals: _containers.ScalarMap[str, int]
    calls_in_flight: int
    images_waiting: int
    images_in_engine: int
    streams_open: int
    registry_held_bytes: int
    def __init__(self, window_seconds: _Optional[float] = ..., calls: _Optional[int] = ..., images: _Optional[int] = ..., rpcs: _Optional[_Iterable[_Union[RpcTraffic, _Mapping]]] = ..., codes: _Optional[_Mapping[str, int]] = ..., refusals: _Optional[_Mapping[str, int]] = ..., calls_in_flight: _Optional[int] = ..., images_waiting: _Optional[int] = ..., images_in_engine: _Optional[int] = ..., streams_open: _Optional[int] = ..., registry_held_bytes: _Optional[int] = ...) -> None: ...

class RpcTraffic(_message.Message):
    __slots__ = ("rpc", "calls", "images", "p50_seconds", "p95_seconds")
    RPC_FIELD_NUMBER: _ClassVar[int]
    CALLS_FIELD_NUMBER: _ClassVar[int]
    IMAGES_FIELD_NUMBER: _ClassVar[int]
    P50_SECONDS_FIELD_NUMBER: _ClassVar[int]
    P95_SECONDS_FIELD_NUMBER: _ClassVar[int]
    rpc: str
    calls: int
    images: int
    p50_seconds: float
    p95_seconds: float
    def __init__(self, rpc: _Optional[str] = ..., calls: _Optional[int] = ..., images: _Optional[int] = ..., p50_seconds: _Optional[float] = ..., p95_seconds: _Optional[float] = ...) -> None: ...

class EngineStatus(_message.Message):
    __slots__ = ("images", "batches", "busy_seconds", "queue_images", "dropped", "refused", "failed", "cache_hits", "cache_misses", "redis_available", "too_near")
    IMAGES_FIELD_NUMBER: _ClassVar[int]
    BATCHES_FIELD_NUMBER: _ClassVar[int]
    BUSY_SECONDS_FIELD_NUMBER: _ClassVar[int]
    QUEUE_IMAGES_FIELD_NUMBER: _ClassVar[int]
    DROPPED_FIELD_NUMBER: _ClassVar[int]
    REFUSED_FIELD_NUMBER: _ClassVar[int]
    FAILED_FIELD_NUMBER: _ClassVar[int]
    CACHE_HITS_FIELD_NUMBER: _ClassVar[int]
    CACHE_MISSES_FIELD_NUMBER: _ClassVar[int]
    REDIS_AVAILABLE_FIELD_NUMBER: _ClassVar[int]
    TOO_NEAR_FIELD_NUMBER: _ClassVar[int]
    images: int
    batches: int
    busy_seconds: float
    queue_images: int
    dropped: int
    refused: int
    failed: int
    cache_hits: int
    cache_misses: int
    redis_available: bool
    too_near: int
    def __init__(self, images: _Optional[int] = ..., batches: _Optional[int] = ..., busy_seconds: _Optional[float] = ..., queue_images: _Optional[int] = ..., dropped: _Optional[int] = ..., refused: _Optional[int] = ..., failed: _Optional[int] = ..., cache_hits: _Optional[int] = ..., cache_misses: _Optional[int] = ..., redis_available: _Optional[bool] = ..., too_near: _Optional[int] = ...) -> None: ...

class EndedForMemory(_message.Message):
    __slots__ = ("name", "count")
    NAME_FIELD_NUMBER: _ClassVar[int]
    COUNT_FIELD_NUMBER: _ClassVar[int]
    name: str
    count: int
    def __init__(self, name: _Optional[str] = ..., count: _Optional[int] = ...) -> None: ...

class JobCount(_message.Message):
    __slots__ = ("state", "jobs")
    STATE_FIELD_NUMBER: _ClassVar[int]
    JOBS_FIELD_NUMBER: _ClassVar[int]
    state: str
    jobs: int
    def __init__(self, state: _Optional[str] = ..., jobs: _Optional[int] = ...) -> None: ...
