from mammoganesis.v1 import images_pb2 as _images_pb2
from mammoganesis.v1 import latents_pb2 as _latents_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class ListRegionsRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class ListRegionsResponse(_message.Message):
    __slots__ = ("regions", "grid_size", "style_layers", "default_epsilon", "low_resolution_epsilon")
    REGIONS_FIELD_NUMBER: _ClassVar[int]
    GRID_SIZE_FIELD_NUMBER: _ClassVar[int]
    STYLE_LAYERS_FIELD_NUMBER: _ClassVar[int]
    DEFAULT_EPSILON_FIELD_NUMBER: _ClassVar[int]
    LOW_RESOLUTION_EPSILON_FIELD_NUMBER: _ClassVar[int]
    regions: _containers.RepeatedCompositeFieldContainer[RegionSummary]
    grid_size: int
    style_layers: _containers.RepeatedScalarFieldContainer[str]
    default_epsilon: float
    low_resolution_epsilon: float
    def __init__(self, regions: _Optional[_Iterable[_Union[RegionSummary, _Mapping]]] = ..., grid_size: _Optional[int] = ..., style_layers: _Optional[_Iterable[str]] = ..., default_epsilon: _Optional[float] = ..., low_resolution_epsilon: _Optional[float] = ...) -> None: ...

class RegionSummary(_message.Message):
    __slots__ = ("index", "name", "area_share", "note", "rejected", "colour", "labelled_names", "part")
    INDEX_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    AREA_SHARE_FIELD_NUMBER: _ClassVar[int]
    NOTE_FIELD_NUMBER: _ClassVar[int]
    REJECTED_FIELD_NUMBER: _ClassVar[int]
    COLOUR_FIELD_NUMBER: _ClassVar[int]
    LABELLED_NAMES_FIELD_NUMBER: _ClassVar[int]
    PART_FIELD_NUMBER: _ClassVar[int]
    index: int
    name: str
    area_share: float
    note: str
    rejected: bool
    colour: str
    labelled_names: _containers.RepeatedCompositeFieldContainer[LabelledName]
    part: str
    def __init__(self, index: _Optional[int] = ..., name: _Optional[str] = ..., area_share: _Optional[float] = ..., note: _Optional[str] = ..., rejected: _Optional[bool] = ..., colour: _Optional[str] = ..., labelled_names: _Optional[_Iterable[_Union[LabelledName, _Mapping]]] = ..., part: _Optional[str] = ...) -> None: ...

class LabelledName(_message.Message):
    __slots__ = ("field", "value", "name")
    FIELD_FIELD_NUMBER: _ClassVar[int]
    VALUE_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    field: str
    value: str
    name: str
    def __init__(self, field: _Optional[str] = ..., value: _Optional[str] = ..., name: _Optional[str] = ...) -> None: ...

class TransferStyleRequest(_message.Message):
    __slots__ = ("target", "reference", "regions", "rho", "epsilon", "layer_epsilons", "strength", "format", "locality", "mask_png", "polygon", "feather")
    TARGET_FIELD_NUMBER: _ClassVar[int]
    REFERENCE_FIELD_NUMBER: _ClassVar[int]
    REGIONS_FIELD_NUMBER: _ClassVar[int]
    RHO_FIELD_NUMBER: _ClassVar[int]
    EPSILON_FIELD_NUMBER: _ClassVar[int]
    LAYER_EPSILONS_FIELD_NUMBER: _ClassVar[int]
    STRENGTH_FIELD_NUMBER: _ClassVar[int]
    FORMAT_FIELD_NUMBER: _ClassVar[int]
    LOCALITY_FIELD_NUMBER: _ClassVar[int]
    MASK_PNG_FIELD_NUMBER: _ClassVar[int]
    POLYGON_FIELD_NUMBER: _ClassVar[int]
    FEATHER_FIELD_NUMBER: _ClassVar[int]
    target: _latents_pb2.Latent
    reference: _latents_pb2.Latent
    regions: _containers.RepeatedCompositeFieldContainer[_latents_pb2.Region]
    rho: float
    epsilon: float
    layer_epsilons: _containers.RepeatedCompositeFieldContainer[_latents_pb2.LayerEpsilon]
    strength: float
    format: _images_pb2.ImageFormat
    locality: _latents_pb2.Locality
    mask_png: bytes
    polygon: Polygon
    feather: float
    def __init__(self, target: _Optional[_Union[_latents_pb2.Latent, _Mapping]] = ..., reference: _Optional[_Union[_latents_pb2.Latent, _Mapping]] = ..., regions: _Optional[_Iterable[_Union[_latents_pb2.Region, _Mapping]]] = ..., rho: _Optional[float] = ..., epsilon: _Optional[float] = ..., layer_epsilons: _Optional[_Iterable[_Union[_latents_pb2.LayerEpsilon, _Mapping]]] = ..., strength: _Optional[float] = ..., format: _Optional[_Union[_images_pb2.ImageFormat, _Mapping]] = ..., locality: _Optional[_Union[_latents_pb2.Locality, str]] = ..., mask_png: _Optional[bytes] = ..., polygon: _Optional[_Union[Polygon, _Mapping]] = ..., feather: _Optional[float] = ...) -> None: ...

class Polygon(_message.Message):
    __slots__ = ("points",)
    POINTS_FIELD_NUMBER: _ClassVar[int]
    points: _containers.RepeatedCompositeFieldContainer[Point]
    def __init__(self, points: _Optional[_Iterable[_Union[Point, _Mapping]]] = ...) -> None: ...

class Point(_message.Message):
    __slots__ = ("x", "y")
    X_FIELD_NUMBER: _ClassVar[int]
    Y_FIELD_NUMBER: _ClassVar[int]
    x: float
    y: float
    def __init__(self, x: _Optional[float] = ..., y: _Optional[float] = ...) -> None: ...

class TransferStyleResponse(_message.Message):
    __slots__ = ("image", "channels_moved")
    IMAGE_FIELD_NUMBER: _ClassVar[int]
    CHANNELS_MOVED_FIELD_NUMBER: _ClassVar[int]
    image: _images_pb2.GeneratedImage
    channels_moved: int
    def __init__(self, image: _Optional[_Union[_images_pb2.GeneratedImage, _Mapping]] = ..., channels_moved: _Optional[int] = ...) -> None: ...

class SegmentRegionsRequest(_message.Message):
    __slots__ = ("latent",)
    LATENT_FIELD_NUMBER: _ClassVar[int]
    latent: _latents_pb2.Latent
    def __init__(self, latent: _Optional[_Union[_latents_pb2.Latent, _Mapping]] = ...) -> None: ...

class SegmentRegionsResponse(_message.Message):
    __slots__ = ("grid_size", "labels", "label_map_png", "recipe", "latent_id", "bundle_digest")
    GRID_SIZE_FIELD_NUMBER: _ClassVar[int]
    LABELS_FIELD_NUMBER: _ClassVar[int]
    LABEL_MAP_PNG_FIELD_NUMBER: _ClassVar[int]
    RECIPE_FIELD_NUMBER: _ClassVar[int]
    LATENT_ID_FIELD_NUMBER: _ClassVar[int]
    BUNDLE_DIGEST_FIELD_NUMBER: _ClassVar[int]
    grid_size: int
    labels: bytes
    label_map_png: bytes
    recipe: _latents_pb2.Recipe
    latent_id: str
    bundle_digest: str
    def __init__(self, grid_size: _Optional[int] = ..., labels: _Optional[bytes] = ..., label_map_png: _Optional[bytes] = ..., recipe: _Optional[_Union[_latents_pb2.Recipe, _Mapping]] = ..., latent_id: _Optional[str] = ..., bundle_digest: _Optional[str] = ...) -> None: ...
