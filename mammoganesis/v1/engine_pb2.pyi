from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class EngineArray(_message.Message):
    __slots__ = ("shape", "data")
    SHAPE_FIELD_NUMBER: _ClassVar[int]
    DATA_FIELD_NUMBER: _ClassVar[int]
    shape: _containers.RepeatedScalarFieldContainer[int]
    data: bytes
    def __init__(self, shape: _Optional[_Iterable[int]] = ..., data: _Optional[bytes] = ...) -> None: ...

class EngineNoise(_message.Message):
    __slots__ = ("seed", "weight")
    SEED_FIELD_NUMBER: _ClassVar[int]
    WEIGHT_FIELD_NUMBER: _ClassVar[int]
    seed: int
    weight: float
    def __init__(self, seed: _Optional[int] = ..., weight: _Optional[float] = ...) -> None: ...

class EngineJob(_message.Message):
    __slots__ = ("styles", "noise", "features", "preview", "background", "further_styles", "further_masks")
    STYLES_FIELD_NUMBER: _ClassVar[int]
    NOISE_FIELD_NUMBER: _ClassVar[int]
    FEATURES_FIELD_NUMBER: _ClassVar[int]
    PREVIEW_FIELD_NUMBER: _ClassVar[int]
    BACKGROUND_FIELD_NUMBER: _ClassVar[int]
    FURTHER_STYLES_FIELD_NUMBER: _ClassVar[int]
    FURTHER_MASKS_FIELD_NUMBER: _ClassVar[int]
    styles: EngineArray
    noise: _containers.RepeatedCompositeFieldContainer[EngineNoise]
    features: bool
    preview: bool
    background: bool
    further_styles: EngineArray
    further_masks: EngineArray
    def __init__(self, styles: _Optional[_Union[EngineArray, _Mapping]] = ..., noise: _Optional[_Iterable[_Union[EngineNoise, _Mapping]]] = ..., features: _Optional[bool] = ..., preview: _Optional[bool] = ..., background: _Optional[bool] = ..., further_styles: _Optional[_Union[EngineArray, _Mapping]] = ..., further_masks: _Optional[_Union[EngineArray, _Mapping]] = ...) -> None: ...

class EngineRequest(_message.Message):
    __slots__ = ("jobs", "seconds", "bundle_digest", "traceparent")
    JOBS_FIELD_NUMBER: _ClassVar[int]
    SECONDS_FIELD_NUMBER: _ClassVar[int]
    BUNDLE_DIGEST_FIELD_NUMBER: _ClassVar[int]
    TRACEPARENT_FIELD_NUMBER: _ClassVar[int]
    jobs: _containers.RepeatedCompositeFieldContainer[EngineJob]
    seconds: float
    bundle_digest: str
    traceparent: str
    def __init__(self, jobs: _Optional[_Iterable[_Union[EngineJob, _Mapping]]] = ..., seconds: _Optional[float] = ..., bundle_digest: _Optional[str] = ..., traceparent: _Optional[str] = ...) -> None: ...

class EngineImage(_message.Message):
    __slots__ = ("image", "features", "queue_milliseconds", "synthesis_milliseconds", "batch_size", "provider", "precision", "too_near")
    IMAGE_FIELD_NUMBER: _ClassVar[int]
    FEATURES_FIELD_NUMBER: _ClassVar[int]
    QUEUE_MILLISECONDS_FIELD_NUMBER: _ClassVar[int]
    SYNTHESIS_MILLISECONDS_FIELD_NUMBER: _ClassVar[int]
    BATCH_SIZE_FIELD_NUMBER: _ClassVar[int]
    PROVIDER_FIELD_NUMBER: _ClassVar[int]
    PRECISION_FIELD_NUMBER: _ClassVar[int]
    TOO_NEAR_FIELD_NUMBER: _ClassVar[int]
    image: EngineArray
    features: EngineArray
    queue_milliseconds: float
    synthesis_milliseconds: float
    batch_size: int
    provider: str
    precision: str
    too_near: bool
    def __init__(self, image: _Optional[_Union[EngineArray, _Mapping]] = ..., features: _Optional[_Union[EngineArray, _Mapping]] = ..., queue_milliseconds: _Optional[float] = ..., synthesis_milliseconds: _Optional[float] = ..., batch_size: _Optional[int] = ..., provider: _Optional[str] = ..., precision: _Optional[str] = ..., too_near: _Optional[bool] = ...) -> None: ...

class EngineError(_message.Message):
    __slots__ = ("code", "message", "retry_seconds", "reason", "coded")
    CODE_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    RETRY_SECONDS_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    CODED_FIELD_NUMBER: _ClassVar[int]
    code: str
    message: str
    retry_seconds: float
    reason: str
    coded: str
    def __init__(self, code: _Optional[str] = ..., message: _Optional[str] = ..., retry_seconds: _Optional[float] = ..., reason: _Optional[str] = ..., coded: _Optional[str] = ...) -> None: ...

class EngineAnswer(_message.Message):
    __slots__ = ("images", "error")
    IMAGES_FIELD_NUMBER: _ClassVar[int]
    ERROR_FIELD_NUMBER: _ClassVar[int]
    images: _containers.RepeatedCompositeFieldContainer[EngineImage]
    error: EngineError
    def __init__(self, images: _Optional[_Iterable[_Union[EngineImage, _Mapping]]] = ..., error: _Optional[_Union[EngineError, _Mapping]] = ...) -> None: ...
