from mammoganesis.v1 import images_pb2 as _images_pb2
from mammoganesis.v1 import latents_pb2 as _latents_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class BulkLayout(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    BULK_LAYOUT_UNSPECIFIED: _ClassVar[BulkLayout]
    BULK_LAYOUT_FOLDER: _ClassVar[BulkLayout]
    BULK_LAYOUT_WEBDATASET: _ClassVar[BulkLayout]
    BULK_LAYOUT_DICOM_STUDIES: _ClassVar[BulkLayout]
BULK_LAYOUT_UNSPECIFIED: BulkLayout
BULK_LAYOUT_FOLDER: BulkLayout
BULK_LAYOUT_WEBDATASET: BulkLayout
BULK_LAYOUT_DICOM_STUDIES: BulkLayout

class BulkJob(_message.Message):
    __slots__ = ("format", "format_version", "title", "seed", "seeds", "count", "prevalence", "reserve", "recipe", "labels_drawn", "edits", "transfers", "picture", "layout", "shard_images", "images_per_study", "measures", "destination", "bundle_digest", "made")
    FORMAT_FIELD_NUMBER: _ClassVar[int]
    FORMAT_VERSION_FIELD_NUMBER: _ClassVar[int]
    TITLE_FIELD_NUMBER: _ClassVar[int]
    SEED_FIELD_NUMBER: _ClassVar[int]
    SEEDS_FIELD_NUMBER: _ClassVar[int]
    COUNT_FIELD_NUMBER: _ClassVar[int]
    PREVALENCE_FIELD_NUMBER: _ClassVar[int]
    RESERVE_FIELD_NUMBER: _ClassVar[int]
    RECIPE_FIELD_NUMBER: _ClassVar[int]
    LABELS_DRAWN_FIELD_NUMBER: _ClassVar[int]
    EDITS_FIELD_NUMBER: _ClassVar[int]
    TRANSFERS_FIELD_NUMBER: _ClassVar[int]
    PICTURE_FIELD_NUMBER: _ClassVar[int]
    LAYOUT_FIELD_NUMBER: _ClassVar[int]
    SHARD_IMAGES_FIELD_NUMBER: _ClassVar[int]
    IMAGES_PER_STUDY_FIELD_NUMBER: _ClassVar[int]
    MEASURES_FIELD_NUMBER: _ClassVar[int]
    DESTINATION_FIELD_NUMBER: _ClassVar[int]
    BUNDLE_DIGEST_FIELD_NUMBER: _ClassVar[int]
    MADE_FIELD_NUMBER: _ClassVar[int]
    format: str
    format_version: int
    title: str
    seed: int
    seeds: BulkSeeds
    count: int
    prevalence: BulkPrevalence
    reserve: BulkReserve
    recipe: _latents_pb2.Recipe
    labels_drawn: bool
    edits: _containers.RepeatedCompositeFieldContainer[BulkEdit]
    transfers: _containers.RepeatedCompositeFieldContainer[BulkTransfer]
    picture: _images_pb2.ImageFormat
    layout: BulkLayout
    shard_images: int
    images_per_study: int
    measures: bool
    destination: str
    bundle_digest: str
    made: str
    def __init__(self, format: _Optional[str] = ..., format_version: _Optional[int] = ..., title: _Optional[str] = ..., seed: _Optional[int] = ..., seeds: _Optional[_Union[BulkSeeds, _Mapping]] = ..., count: _Optional[int] = ..., prevalence: _Optional[_Union[BulkPrevalence, _Mapping]] = ..., reserve: _Optional[_Union[BulkReserve, _Mapping]] = ..., recipe: _Optional[_Union[_latents_pb2.Recipe, _Mapping]] = ..., labels_drawn: _Optional[bool] = ..., edits: _Optional[_Iterable[_Union[BulkEdit, _Mapping]]] = ..., transfers: _Optional[_Iterable[_Union[BulkTransfer, _Mapping]]] = ..., picture: _Optional[_Union[_images_pb2.ImageFormat, _Mapping]] = ..., layout: _Optional[_Union[BulkLayout, str]] = ..., shard_images: _Optional[int] = ..., images_per_study: _Optional[int] = ..., measures: _Optional[bool] = ..., destination: _Optional[str] = ..., bundle_digest: _Optional[str] = ..., made: _Optional[str] = ...) -> None: ...

class BulkSeeds(_message.Message):
    __slots__ = ("ranges", "values")
    RANGES_FIELD_NUMBER: _ClassVar[int]
    VALUES_FIELD_NUMBER: _ClassVar[int]
    ranges: _containers.RepeatedCompositeFieldContainer[BulkSeedRange]
    values: _containers.RepeatedScalarFieldContainer[int]
    def __init__(self, ranges: _Optional[_Iterable[_Union[BulkSeedRange, _Mapping]]] = ..., values: _Optional[_Iterable[int]] = ...) -> None: ...

class BulkSeedRange(_message.Message):
    __slots__ = ("first", "count")
    FIRST_FIELD_NUMBER: _ClassVar[int]
    COUNT_FIELD_NUMBER: _ClassVar[int]
    first: int
    count: int
    def __init__(self, first: _Optional[int] = ..., count: _Optional[int] = ...) -> None: ...

class BulkReserve(_message.Message):
    __slots__ = ("first", "count")
    FIRST_FIELD_NUMBER: _ClassVar[int]
    COUNT_FIELD_NUMBER: _ClassVar[int]
    first: int
    count: int
    def __init__(self, first: _Optional[int] = ..., count: _Optional[int] = ...) -> None: ...

class BulkPrevalence(_message.Message):
    __slots__ = ("rows",)
    ROWS_FIELD_NUMBER: _ClassVar[int]
    rows: _containers.RepeatedCompositeFieldContainer[BulkStratum]
    def __init__(self, rows: _Optional[_Iterable[_Union[BulkStratum, _Mapping]]] = ...) -> None: ...

class BulkStratum(_message.Message):
    __slots__ = ("images", "labels", "edits", "name")
    class LabelsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    IMAGES_FIELD_NUMBER: _ClassVar[int]
    LABELS_FIELD_NUMBER: _ClassVar[int]
    EDITS_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    images: int
    labels: _containers.ScalarMap[str, str]
    edits: _containers.RepeatedCompositeFieldContainer[BulkEdit]
    name: str
    def __init__(self, images: _Optional[int] = ..., labels: _Optional[_Mapping[str, str]] = ..., edits: _Optional[_Iterable[_Union[BulkEdit, _Mapping]]] = ..., name: _Optional[str] = ...) -> None: ...

class BulkEdit(_message.Message):
    __slots__ = ("directions", "index", "sigmas", "probability", "mode")
    DIRECTIONS_FIELD_NUMBER: _ClassVar[int]
    INDEX_FIELD_NUMBER: _ClassVar[int]
    SIGMAS_FIELD_NUMBER: _ClassVar[int]
    PROBABILITY_FIELD_NUMBER: _ClassVar[int]
    MODE_FIELD_NUMBER: _ClassVar[int]
    directions: _containers.RepeatedScalarFieldContainer[str]
    index: int
    sigmas: BulkDistribution
    probability: float
    mode: _latents_pb2.EditMode
    def __init__(self, directions: _Optional[_Iterable[str]] = ..., index: _Optional[int] = ..., sigmas: _Optional[_Union[BulkDistribution, _Mapping]] = ..., probability: _Optional[float] = ..., mode: _Optional[_Union[_latents_pb2.EditMode, str]] = ...) -> None: ...

class BulkTransfer(_message.Message):
    __slots__ = ("regions", "reference_seeds", "probability", "strength", "rho", "epsilon")
    REGIONS_FIELD_NUMBER: _ClassVar[int]
    REFERENCE_SEEDS_FIELD_NUMBER: _ClassVar[int]
    PROBABILITY_FIELD_NUMBER: _ClassVar[int]
    STRENGTH_FIELD_NUMBER: _ClassVar[int]
    RHO_FIELD_NUMBER: _ClassVar[int]
    EPSILON_FIELD_NUMBER: _ClassVar[int]
    regions: _containers.RepeatedScalarFieldContainer[str]
    reference_seeds: _containers.RepeatedScalarFieldContainer[int]
    probability: float
    strength: BulkDistribution
    rho: float
    epsilon: float
    def __init__(self, regions: _Optional[_Iterable[str]] = ..., reference_seeds: _Optional[_Iterable[int]] = ..., probability: _Optional[float] = ..., strength: _Optional[_Union[BulkDistribution, _Mapping]] = ..., rho: _Optional[float] = ..., epsilon: _Optional[float] = ...) -> None: ...

class BulkDistribution(_message.Message):
    __slots__ = ("fixed", "normal", "uniform", "choice")
    FIXED_FIELD_NUMBER: _ClassVar[int]
    NORMAL_FIELD_NUMBER: _ClassVar[int]
    UNIFORM_FIELD_NUMBER: _ClassVar[int]
    CHOICE_FIELD_NUMBER: _ClassVar[int]
    fixed: float
    normal: BulkNormal
    uniform: BulkUniform
    choice: BulkChoice
    def __init__(self, fixed: _Optional[float] = ..., normal: _Optional[_Union[BulkNormal, _Mapping]] = ..., uniform: _Optional[_Union[BulkUniform, _Mapping]] = ..., choice: _Optional[_Union[BulkChoice, _Mapping]] = ...) -> None: ...

class BulkNormal(_message.Message):
    __slots__ = ("mean", "deviation")
    MEAN_FIELD_NUMBER: _ClassVar[int]
    DEVIATION_FIELD_NUMBER: _ClassVar[int]
    mean: float
    deviation: float
    def __init__(self, mean: _Optional[float] = ..., deviation: _Optional[float] = ...) -> None: ...

class BulkUniform(_message.Message):
    __slots__ = ("least", "most")
    LEAST_FIELD_NUMBER: _ClassVar[int]
    MOST_FIELD_NUMBER: _ClassVar[int]
    least: float
    most: float
    def __init__(self, least: _Optional[float] = ..., most: _Optional[float] = ...) -> None: ...

class BulkChoice(_message.Message):
    __slots__ = ("values",)
    VALUES_FIELD_NUMBER: _ClassVar[int]
    values: _containers.RepeatedScalarFieldContainer[float]
    def __init__(self, values: _Optional[_Iterable[float]] = ...) -> None: ...
