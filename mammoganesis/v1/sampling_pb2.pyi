from mammoganesis.v1 import images_pb2 as _images_pb2
from mammoganesis.v1 import latents_pb2 as _latents_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class SampleRequest(_message.Message):
    __slots__ = ("seeds", "latents", "truncation", "noise", "format", "labels", "without_cache", "leave_out_too_near", "labels_drawn")
    class LabelsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    SEEDS_FIELD_NUMBER: _ClassVar[int]
    LATENTS_FIELD_NUMBER: _ClassVar[int]
    TRUNCATION_FIELD_NUMBER: _ClassVar[int]
    NOISE_FIELD_NUMBER: _ClassVar[int]
    FORMAT_FIELD_NUMBER: _ClassVar[int]
    LABELS_FIELD_NUMBER: _ClassVar[int]
    WITHOUT_CACHE_FIELD_NUMBER: _ClassVar[int]
    LEAVE_OUT_TOO_NEAR_FIELD_NUMBER: _ClassVar[int]
    LABELS_DRAWN_FIELD_NUMBER: _ClassVar[int]
    seeds: _containers.RepeatedScalarFieldContainer[int]
    latents: _containers.RepeatedCompositeFieldContainer[_latents_pb2.Latent]
    truncation: _latents_pb2.Truncation
    noise: _latents_pb2.Noise
    format: _images_pb2.ImageFormat
    labels: _containers.ScalarMap[str, str]
    without_cache: bool
    leave_out_too_near: bool
    labels_drawn: bool
    def __init__(self, seeds: _Optional[_Iterable[int]] = ..., latents: _Optional[_Iterable[_Union[_latents_pb2.Latent, _Mapping]]] = ..., truncation: _Optional[_Union[_latents_pb2.Truncation, _Mapping]] = ..., noise: _Optional[_Union[_latents_pb2.Noise, _Mapping]] = ..., format: _Optional[_Union[_images_pb2.ImageFormat, _Mapping]] = ..., labels: _Optional[_Mapping[str, str]] = ..., without_cache: _Optional[bool] = ..., leave_out_too_near: _Optional[bool] = ..., labels_drawn: _Optional[bool] = ...) -> None: ...

class SampleResponse(_message.Message):
    __slots__ = ("images", "left_out")
    IMAGES_FIELD_NUMBER: _ClassVar[int]
    LEFT_OUT_FIELD_NUMBER: _ClassVar[int]
    images: _containers.RepeatedCompositeFieldContainer[_images_pb2.GeneratedImage]
    left_out: _containers.RepeatedScalarFieldContainer[int]
    def __init__(self, images: _Optional[_Iterable[_Union[_images_pb2.GeneratedImage, _Mapping]]] = ..., left_out: _Optional[_Iterable[int]] = ...) -> None: ...

class StreamSamplesRequest(_message.Message):
    __slots__ = ("seed_range", "seed_list", "truncation", "noise", "format", "labels", "labels_drawn")
    class LabelsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    SEED_RANGE_FIELD_NUMBER: _ClassVar[int]
    SEED_LIST_FIELD_NUMBER: _ClassVar[int]
    TRUNCATION_FIELD_NUMBER: _ClassVar[int]
    NOISE_FIELD_NUMBER: _ClassVar[int]
    FORMAT_FIELD_NUMBER: _ClassVar[int]
    LABELS_FIELD_NUMBER: _ClassVar[int]
    LABELS_DRAWN_FIELD_NUMBER: _ClassVar[int]
    seed_range: SeedRange
    seed_list: SeedList
    truncation: _latents_pb2.Truncation
    noise: _latents_pb2.Noise
    format: _images_pb2.ImageFormat
    labels: _containers.ScalarMap[str, str]
    labels_drawn: bool
    def __init__(self, seed_range: _Optional[_Union[SeedRange, _Mapping]] = ..., seed_list: _Optional[_Union[SeedList, _Mapping]] = ..., truncation: _Optional[_Union[_latents_pb2.Truncation, _Mapping]] = ..., noise: _Optional[_Union[_latents_pb2.Noise, _Mapping]] = ..., format: _Optional[_Union[_images_pb2.ImageFormat, _Mapping]] = ..., labels: _Optional[_Mapping[str, str]] = ..., labels_drawn: _Optional[bool] = ...) -> None: ...

class FindSeedsRequest(_message.Message):
    __slots__ = ("seed_range", "ranges", "count", "truncation", "noise", "format", "labels", "labels_drawn")
    class LabelsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    SEED_RANGE_FIELD_NUMBER: _ClassVar[int]
    RANGES_FIELD_NUMBER: _ClassVar[int]
    COUNT_FIELD_NUMBER: _ClassVar[int]
    TRUNCATION_FIELD_NUMBER: _ClassVar[int]
    NOISE_FIELD_NUMBER: _ClassVar[int]
    FORMAT_FIELD_NUMBER: _ClassVar[int]
    LABELS_FIELD_NUMBER: _ClassVar[int]
    LABELS_DRAWN_FIELD_NUMBER: _ClassVar[int]
    seed_range: SeedRange
    ranges: _containers.RepeatedCompositeFieldContainer[MeasureRange]
    count: int
    truncation: _latents_pb2.Truncation
    noise: _latents_pb2.Noise
    format: _images_pb2.ImageFormat
    labels: _containers.ScalarMap[str, str]
    labels_drawn: bool
    def __init__(self, seed_range: _Optional[_Union[SeedRange, _Mapping]] = ..., ranges: _Optional[_Iterable[_Union[MeasureRange, _Mapping]]] = ..., count: _Optional[int] = ..., truncation: _Optional[_Union[_latents_pb2.Truncation, _Mapping]] = ..., noise: _Optional[_Union[_latents_pb2.Noise, _Mapping]] = ..., format: _Optional[_Union[_images_pb2.ImageFormat, _Mapping]] = ..., labels: _Optional[_Mapping[str, str]] = ..., labels_drawn: _Optional[bool] = ...) -> None: ...

class MeasureRange(_message.Message):
    __slots__ = ("name", "least", "most")
    NAME_FIELD_NUMBER: _ClassVar[int]
    LEAST_FIELD_NUMBER: _ClassVar[int]
    MOST_FIELD_NUMBER: _ClassVar[int]
    name: str
    least: float
    most: float
    def __init__(self, name: _Optional[str] = ..., least: _Optional[float] = ..., most: _Optional[float] = ...) -> None: ...

class Measure(_message.Message):
    __slots__ = ("name", "value")
    NAME_FIELD_NUMBER: _ClassVar[int]
    VALUE_FIELD_NUMBER: _ClassVar[int]
    name: str
    value: float
    def __init__(self, name: _Optional[str] = ..., value: _Optional[float] = ...) -> None: ...

class FindSeedsResponse(_message.Message):
    __slots__ = ("seed", "image", "measures", "examined")
    SEED_FIELD_NUMBER: _ClassVar[int]
    IMAGE_FIELD_NUMBER: _ClassVar[int]
    MEASURES_FIELD_NUMBER: _ClassVar[int]
    EXAMINED_FIELD_NUMBER: _ClassVar[int]
    seed: int
    image: _images_pb2.GeneratedImage
    measures: _containers.RepeatedCompositeFieldContainer[Measure]
    examined: int
    def __init__(self, seed: _Optional[int] = ..., image: _Optional[_Union[_images_pb2.GeneratedImage, _Mapping]] = ..., measures: _Optional[_Iterable[_Union[Measure, _Mapping]]] = ..., examined: _Optional[int] = ...) -> None: ...

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
    __slots__ = ("start", "end", "steps", "noise", "format", "space")
    START_FIELD_NUMBER: _ClassVar[int]
    END_FIELD_NUMBER: _ClassVar[int]
    STEPS_FIELD_NUMBER: _ClassVar[int]
    NOISE_FIELD_NUMBER: _ClassVar[int]
    FORMAT_FIELD_NUMBER: _ClassVar[int]
    SPACE_FIELD_NUMBER: _ClassVar[int]
    start: _latents_pb2.Latent
    end: _latents_pb2.Latent
    steps: int
    noise: _latents_pb2.Noise
    format: _images_pb2.ImageFormat
    space: _latents_pb2.InterpolationSpace
    def __init__(self, start: _Optional[_Union[_latents_pb2.Latent, _Mapping]] = ..., end: _Optional[_Union[_latents_pb2.Latent, _Mapping]] = ..., steps: _Optional[int] = ..., noise: _Optional[_Union[_latents_pb2.Noise, _Mapping]] = ..., format: _Optional[_Union[_images_pb2.ImageFormat, _Mapping]] = ..., space: _Optional[_Union[_latents_pb2.InterpolationSpace, str]] = ...) -> None: ...

class InterpolateResponse(_message.Message):
    __slots__ = ("index", "fraction", "image")
    INDEX_FIELD_NUMBER: _ClassVar[int]
    FRACTION_FIELD_NUMBER: _ClassVar[int]
    IMAGE_FIELD_NUMBER: _ClassVar[int]
    index: int
    fraction: float
    image: _images_pb2.GeneratedImage
    def __init__(self, index: _Optional[int] = ..., fraction: _Optional[float] = ..., image: _Optional[_Union[_images_pb2.GeneratedImage, _Mapping]] = ...) -> None: ...

class MixStylesRequest(_message.Message):
    __slots__ = ("base", "style", "layer_start", "layer_end", "noise", "format")
    BASE_FIELD_NUMBER: _ClassVar[int]
    STYLE_FIELD_NUMBER: _ClassVar[int]
    LAYER_START_FIELD_NUMBER: _ClassVar[int]
    LAYER_END_FIELD_NUMBER: _ClassVar[int]
    NOISE_FIELD_NUMBER: _ClassVar[int]
    FORMAT_FIELD_NUMBER: _ClassVar[int]
    base: _latents_pb2.Latent
    style: _latents_pb2.Latent
    layer_start: int
    layer_end: int
    noise: _latents_pb2.Noise
    format: _images_pb2.ImageFormat
    def __init__(self, base: _Optional[_Union[_latents_pb2.Latent, _Mapping]] = ..., style: _Optional[_Union[_latents_pb2.Latent, _Mapping]] = ..., layer_start: _Optional[int] = ..., layer_end: _Optional[int] = ..., noise: _Optional[_Union[_latents_pb2.Noise, _Mapping]] = ..., format: _Optional[_Union[_images_pb2.ImageFormat, _Mapping]] = ...) -> None: ...

class MixStylesResponse(_message.Message):
    __slots__ = ("image",)
    IMAGE_FIELD_NUMBER: _ClassVar[int]
    image: _images_pb2.GeneratedImage
    def __init__(self, image: _Optional[_Union[_images_pb2.GeneratedImage, _Mapping]] = ...) -> None: ...

class RedrawNoiseRequest(_message.Message):
    __slots__ = ("latent", "noise_seeds", "format")
    LATENT_FIELD_NUMBER: _ClassVar[int]
    NOISE_SEEDS_FIELD_NUMBER: _ClassVar[int]
    FORMAT_FIELD_NUMBER: _ClassVar[int]
    latent: _latents_pb2.Latent
    noise_seeds: _containers.RepeatedScalarFieldContainer[int]
    format: _images_pb2.ImageFormat
    def __init__(self, latent: _Optional[_Union[_latents_pb2.Latent, _Mapping]] = ..., noise_seeds: _Optional[_Iterable[int]] = ..., format: _Optional[_Union[_images_pb2.ImageFormat, _Mapping]] = ...) -> None: ...

class RedrawNoiseResponse(_message.Message):
    __slots__ = ("images",)
    IMAGES_FIELD_NUMBER: _ClassVar[int]
    images: _containers.RepeatedCompositeFieldContainer[_images_pb2.GeneratedImage]
    def __init__(self, images: _Optional[_Iterable[_Union[_images_pb2.GeneratedImage, _Mapping]]] = ...) -> None: ...

class DescribeRecipeRequest(_message.Message):
    __slots__ = ("latent", "language")
    LATENT_FIELD_NUMBER: _ClassVar[int]
    LANGUAGE_FIELD_NUMBER: _ClassVar[int]
    latent: _latents_pb2.Latent
    language: str
    def __init__(self, latent: _Optional[_Union[_latents_pb2.Latent, _Mapping]] = ..., language: _Optional[str] = ...) -> None: ...

class DescribeRecipeResponse(_message.Message):
    __slots__ = ("sentences", "recipe", "latent_id")
    SENTENCES_FIELD_NUMBER: _ClassVar[int]
    RECIPE_FIELD_NUMBER: _ClassVar[int]
    LATENT_ID_FIELD_NUMBER: _ClassVar[int]
    sentences: _containers.RepeatedScalarFieldContainer[str]
    recipe: _latents_pb2.Recipe
    latent_id: str
    def __init__(self, sentences: _Optional[_Iterable[str]] = ..., recipe: _Optional[_Union[_latents_pb2.Recipe, _Mapping]] = ..., latent_id: _Optional[str] = ...) -> None: ...
