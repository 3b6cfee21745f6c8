from mammoganesis.v1 import images_pb2 as _images_pb2
from mammoganesis.v1 import latents_pb2 as _latents_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class SampleRequest(_message.Message):
    __slots__ = ("seeds", "latents", "truncation", "noise", "format")
    SEEDS_FIELD_NUMBER: _ClassVar[int]
    LATENTS_FIELD_NUMBER: _ClassVar[int]
    TRUNCATION_FIELD_NUMBER: _ClassVar[int]
    NOISE_FIELD_NUMBER: _ClassVar[int]
    FORMAT_FIELD_NUMBER: _ClassVar[int]
    seeds: _containers.RepeatedScalarFieldContainer[int]
    latents: _containers.RepeatedCompositeFieldContainer[_latents_pb2.Latent]
    truncation: _latents_pb2.Truncation
    noise: _latents_pb2.Noise
    format: _images_pb2.ImageFormat
    def __init__(self, seeds: _Optional[_Iterable[int]] = ..., latents: _Optional[_Iterable[_Union[_latents_pb2.Latent, _Mapping]]] = ..., truncation: _Optional[_Union[_latents_pb2.Truncation, _Mapping]] = ..., noise: _Optional[_Union[_latents_pb2.Noise, _Mapping]] = ..., format: _Optional[_Union[_images_pb2.ImageFormat, _Mapping]] = ...) -> None: ...

class SampleResponse(_message.Message):
    __slots__ = ("images",)
    IMAGES_FIELD_NUMBER: _ClassVar[int]
    images: _containers.RepeatedCompositeFieldContainer[_images_pb2.GeneratedImage]
    def __init__(self, images: _Optional[_Iterable[_Union[_images_pb2.GeneratedImage, _Mapping]]] = ...) -> None: ...

class StreamSamplesRequest(_message.Message):
    __slots__ = ("seed_range", "seed_list", "truncation", "noise", "format")
    SEED_RANGE_FIELD_NUMBER: _ClassVar[int]
    SEED_LIST_FIELD_NUMBER: _ClassVar[int]
    TRUNCATION_FIELD_NUMBER: _ClassVar[int]
    NOISE_FIELD_NUMBER: _ClassVar[int]
    FORMAT_FIELD_NUMBER: _ClassVar[int]
    seed_range: SeedRange
    seed_list: SeedList
    truncation: _latents_pb2.Truncation
    noise: _latents_pb2.Noise
    format: _images_pb2.ImageFormat
    def __init__(self, seed_range: _Optional[_Union[SeedRange, _Mapping]] = ..., seed_list: _Optional[_Union[SeedList, _Mapping]] = ..., truncation: _Optional[_Union[_latents_pb2.Truncation, _Mapping]] = ..., noise: _Optional[_Union[_latents_pb2.Noise, _Mapping]] = ..., format: _Optional[_Union[_images_pb2.ImageFormat, _Mapping]] = ...) -> None: ...

class SeedRange(_message.Message):
    __slots__ = ("first", "count")
    FIRST_FIELD_NUMBER: _ClassVar[int]
    COUNT_FIELD_NUMBER: _ClassVar[int]
    first: int
    count: int
    def __init__(self, first: _Optional[int] = ..., count: _Optional[int] = ...) -> None: ...

class SeedList(_message.Message):
    __slots__ = ("seeds",)
    SEEDS_FIELD_NUMBER: _ClassVar[int]
    seeds: _containers.RepeatedScalarFieldContainer[int]
    def __init__(self, seeds: _Optional[_Iterable[int]] = ...) -> None: ...

class StreamSamplesResponse(_message.Message):
    __slots__ = ("index", "image")
    INDEX_FIELD_NUMBER: _ClassVar[int]
    IMAGE_FIELD_NUMBER: _ClassVar[int]
    index: int
    image: _images_pb2.GeneratedImage
    def __init__(self, index: _Optional[int] = ..., image: _Optional[_Union[_images_pb2.GeneratedImage, _Mapping]] = ...) -> None: ...

class InterpolateRequest(_message.Message):
    __slots__ = ("start", "end", "steps", "noise", "format")
    START_FIELD_NUMBER: _ClassVar[int]
    END_FIELD_NUMBER: _ClassVar[int]
    STEPS_FIELD_NUMBER: _ClassVar[int]
    NOISE_FIELD_NUMBER: _ClassVar[int]
    FORMAT_FIELD_NUMBER: _ClassVar[int]
    start: _latents_pb2.Latent
    end: _latents_pb2.Latent
    steps: int
    noise: _latents_pb2.Noise
    format: _images_pb2.ImageFormat
    def __init__(self, start: _Optional[_Union[_latents_pb2.Latent, _Mapping]] = ..., end: _Optional[_Union[_latents_pb2.Latent, _Mapping]] = ..., steps: _Optional[int] = ..., noise: _Optional[_Union[_latents_pb2.Noise, _Mapping]] = ..., format: _Optional[_Union[_images_pb2.ImageFormat, _Mapping]] = ...) -> None: ...

class InterpolateResponse(_message.Message):
    __slots__ = ("index", "fraction", "image")
    INDEX_FIELD_NUMBER: _ClassVar[int]
    FRACTION_FIELD_NUMBER: _ClassVar[int]
    IMAGE_FIELD_NUMBER: _ClassVar[int]
    index: int
    fraction: float
    image: _images_pb2.GeneratedImage
    def __init__(self, index: _Optional[int] = ..., fraction: _Optional[float] = ..., image: _Optional[_Union[_images_pb2.GeneratedImage, _Mapping]] = ...) -> None: ...
