from mammoganesis.v1 import latents_pb2 as _latents_pb2
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class ImageEncoding(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    IMAGE_ENCODING_UNSPECIFIED: _ClassVar[ImageEncoding]
    IMAGE_ENCODING_PNG_8: _ClassVar[ImageEncoding]
    IMAGE_ENCODING_PNG_16: _ClassVar[ImageEncoding]
    IMAGE_ENCODING_RAW_FLOAT32: _ClassVar[ImageEncoding]
    IMAGE_ENCODING_DICOM: _ClassVar[ImageEncoding]
    IMAGE_ENCODING_DICOM_SECONDARY_CAPTURE: _ClassVar[ImageEncoding]

class Side(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    SIDE_UNSPECIFIED: _ClassVar[Side]
    SIDE_LEFT: _ClassVar[Side]
    SIDE_RIGHT: _ClassVar[Side]

class View(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    VIEW_UNSPECIFIED: _ClassVar[View]
    VIEW_CC: _ClassVar[View]
    VIEW_MLO: _ClassVar[View]
IMAGE_ENCODING_UNSPECIFIED: ImageEncoding
IMAGE_ENCODING_PNG_8: ImageEncoding
IMAGE_ENCODING_PNG_16: ImageEncoding
IMAGE_ENCODING_RAW_FLOAT32: ImageEncoding
IMAGE_ENCODING_DICOM: ImageEncoding
IMAGE_ENCODING_DICOM_SECONDARY_CAPTURE: ImageEncoding
SIDE_UNSPECIFIED: Side
SIDE_LEFT: Side
SIDE_RIGHT: Side
VIEW_UNSPECIFIED: View
VIEW_CC: View
VIEW_MLO: View

class ImageFormat(_message.Message):
    __slots__ = ("encoding", "burn_in_mark", "resolution", "side", "view", "unmarked")
    ENCODING_FIELD_NUMBER: _ClassVar[int]
    BURN_IN_MARK_FIELD_NUMBER: _ClassVar[int]
    RESOLUTION_FIELD_NUMBER: _ClassVar[int]
    SIDE_FIELD_NUMBER: _ClassVar[int]
    VIEW_FIELD_NUMBER: _ClassVar[int]
    UNMARKED_FIELD_NUMBER: _ClassVar[int]
    encoding: ImageEncoding
    burn_in_mark: bool
    resolution: int
    side: Side
    view: View
    unmarked: bool
    def __init__(self, encoding: _Optional[_Union[ImageEncoding, str]] = ..., burn_in_mark: _Optional[bool] = ..., resolution: _Optional[int] = ..., side: _Optional[_Union[Side, str]] = ..., view: _Optional[_Union[View, str]] = ..., unmarked: _Optional[bool] = ...) -> None: ...

class Timing(_message.Message):
    __slots__ = ("total_milliseconds", "queue_milliseconds", "synthesis_milliseconds", "batch_size")
    TOTAL_MILLISECONDS_FIELD_NUMBER: _ClassVar[int]
    QUEUE_MILLISECONDS_FIELD_NUMBER: _ClassVar[int]
    SYNTHESIS_MILLISECONDS_FIELD_NUMBER: _ClassVar[int]
    BATCH_SIZE_FIELD_NUMBER: _ClassVar[int]
    total_milliseconds: float
    queue_milliseconds: float
    synthesis_milliseconds: float
    batch_size: int
    def __init__(self, total_milliseconds: _Optional[float] = ..., queue_milliseconds: _Optional[float] = ..., synthesis_milliseconds: _Optional[float] = ..., batch_size: _Optional[int] = ...) -> None: ...

class MarkPlace(_message.Message):
    __slots__ = ("left", "top", "width", "height", "mirrored")
    LEFT_FIELD_NUMBER: _ClassVar[int]
    TOP_FIELD_NUMBER: _ClassVar[int]
    WIDTH_FIELD_NUMBER: _ClassVar[int]
    HEIGHT_FIELD_NUMBER: _ClassVar[int]
    MIRRORED_FIELD_NUMBER: _ClassVar[int]
    left: int
    top: int
    width: int
    height: int
    mirrored: bool
    def __init__(self, left: _Optional[int] = ..., top: _Optional[int] = ..., width: _Optional[int] = ..., height: _Optional[int] = ..., mirrored: _Optional[bool] = ...) -> None: ...

class GeneratedImage(_message.Message):
    __slots__ = ("data", "encoding", "width", "height", "channels", "recipe", "latent_id", "bundle_digest", "timing", "latent_cached", "execution_provider", "precision", "burned_in", "file_stem", "mark_place")
    DATA_FIELD_NUMBER: _ClassVar[int]
    ENCODING_FIELD_NUMBER: _ClassVar[int]
    WIDTH_FIELD_NUMBER: _ClassVar[int]
    HEIGHT_FIELD_NUMBER: _ClassVar[int]
    CHANNELS_FIELD_NUMBER: _ClassVar[int]
    RECIPE_FIELD_NUMBER: _ClassVar[int]
    LATENT_ID_FIELD_NUMBER: _ClassVar[int]
    BUNDLE_DIGEST_FIELD_NUMBER: _ClassVar[int]
    TIMING_FIELD_NUMBER: _ClassVar[int]
    LATENT_CACHED_FIELD_NUMBER: _ClassVar[int]
    EXECUTION_PROVIDER_FIELD_NUMBER: _ClassVar[int]
    PRECISION_FIELD_NUMBER: _ClassVar[int]
    BURNED_IN_FIELD_NUMBER: _ClassVar[int]
    FILE_STEM_FIELD_NUMBER: _ClassVar[int]
    MARK_PLACE_FIELD_NUMBER: _ClassVar[int]
    data: bytes
    encoding: ImageEncoding
    width: int
    height: int
    channels: int
    recipe: _latents_pb2.Recipe
    latent_id: str
    bundle_digest: str
    timing: Timing
    latent_cached: bool
    execution_provider: str
    precision: str
    burned_in: bool
    file_stem: str
    mark_place: MarkPlace
    def __init__(self, data: _Optional[bytes] = ..., encoding: _Optional[_Union[ImageEncoding, str]] = ..., width: _Optional[int] = ..., height: _Optional[int] = ..., channels: _Optional[int] = ..., recipe: _Optional[_Union[_latents_pb2.Recipe, _Mapping]] = ..., latent_id: _Optional[str] = ..., bundle_digest: _Optional[str] = ..., timing: _Optional[_Union[Timing, _Mapping]] = ..., latent_cached: _Optional[bool] = ..., execution_provider: _Optional[str] = ..., precision: _Optional[str] = ..., burned_in: _Optional[bool] = ..., file_stem: _Optional[str] = ..., mark_place: _Optional[_Union[MarkPlace, _Mapping]] = ...) -> None: ...
