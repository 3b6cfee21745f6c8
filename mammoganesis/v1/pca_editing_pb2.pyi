from mammoganesis.v1 import images_pb2 as _images_pb2
from mammoganesis.v1 import latents_pb2 as _latents_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class ListComponentsRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class ListComponentsResponse(_message.Message):
    __slots__ = ("components", "directions")
    COMPONENTS_FIELD_NUMBER: _ClassVar[int]
    DIRECTIONS_FIELD_NUMBER: _ClassVar[int]
    components: _containers.RepeatedCompositeFieldContainer[Component]
    directions: _containers.RepeatedCompositeFieldContainer[Direction]
    def __init__(self, components: _Optional[_Iterable[_Union[Component, _Mapping]]] = ..., directions: _Optional[_Iterable[_Union[Direction, _Mapping]]] = ...) -> None: ...

class Direction(_message.Message):
    __slots__ = ("name", "index", "reversed", "layer_start", "layer_end", "sigmas_start", "sigmas_end", "note", "evidence", "further", "side_effects")
    NAME_FIELD_NUMBER: _ClassVar[int]
    INDEX_FIELD_NUMBER: _ClassVar[int]
    REVERSED_FIELD_NUMBER: _ClassVar[int]
    LAYER_START_FIELD_NUMBER: _ClassVar[int]
    LAYER_END_FIELD_NUMBER: _ClassVar[int]
    SIGMAS_START_FIELD_NUMBER: _ClassVar[int]
    SIGMAS_END_FIELD_NUMBER: _ClassVar[int]
    NOTE_FIELD_NUMBER: _ClassVar[int]
    EVIDENCE_FIELD_NUMBER: _ClassVar[int]
    FURTHER_FIELD_NUMBER: _ClassVar[int]
    SIDE_EFFECTS_FIELD_NUMBER: _ClassVar[int]
    name: str
    index: int
    reversed: bool
    layer_start: int
    layer_end: int
    sigmas_start: float
    sigmas_end: float
    note: str
    evidence: Evidence
    further: _containers.RepeatedCompositeFieldContainer[FurtherComponent]
    side_effects: _containers.RepeatedCompositeFieldContainer[SideEffect]
    def __init__(self, name: _Optional[str] = ..., index: _Optional[int] = ..., reversed: _Optional[bool] = ..., layer_start: _Optional[int] = ..., layer_end: _Optional[int] = ..., sigmas_start: _Optional[float] = ..., sigmas_end: _Optional[float] = ..., note: _Optional[str] = ..., evidence: _Optional[_Union[Evidence, _Mapping]] = ..., further: _Optional[_Iterable[_Union[FurtherComponent, _Mapping]]] = ..., side_effects: _Optional[_Iterable[_Union[SideEffect, _Mapping]]] = ...) -> None: ...

class FurtherComponent(_message.Message):
    __slots__ = ("index", "weight", "layer_start", "layer_end")
    INDEX_FIELD_NUMBER: _ClassVar[int]
    WEIGHT_FIELD_NUMBER: _ClassVar[int]
    LAYER_START_FIELD_NUMBER: _ClassVar[int]
    LAYER_END_FIELD_NUMBER: _ClassVar[int]
    index: int
    weight: float
    layer_start: int
    layer_end: int
    def __init__(self, index: _Optional[int] = ..., weight: _Optional[float] = ..., layer_start: _Optional[int] = ..., layer_end: _Optional[int] = ...) -> None: ...

class SideEffect(_message.Message):
    __slots__ = ("attribute", "at_start", "at_end", "num_seeds")
    ATTRIBUTE_FIELD_NUMBER: _ClassVar[int]
    AT_START_FIELD_NUMBER: _ClassVar[int]
    AT_END_FIELD_NUMBER: _ClassVar[int]
    NUM_SEEDS_FIELD_NUMBER: _ClassVar[int]
    attribute: str
    at_start: float
    at_end: float
    num_seeds: int
    def __init__(self, attribute: _Optional[str] = ..., at_start: _Optional[float] = ..., at_end: _Optional[float] = ..., num_seeds: _Optional[int] = ...) -> None: ...

class Evidence(_message.Message):
    __slots__ = ("attribute", "spearman_rho", "num_seeds")
    ATTRIBUTE_FIELD_NUMBER: _ClassVar[int]
    SPEARMAN_RHO_FIELD_NUMBER: _ClassVar[int]
    NUM_SEEDS_FIELD_NUMBER: _ClassVar[int]
    attribute: str
    spearman_rho: float
    num_seeds: int
    def __init__(self, attribute: _Optional[str] = ..., spearman_rho: _Optional[float] = ..., num_seeds: _Optional[int] = ...) -> None: ...

class Component(_message.Message):
    __slots__ = ("index", "deviation", "explained_variance_ratio", "name", "layer_start", "layer_end", "rejected")
    INDEX_FIELD_NUMBER: _ClassVar[int]
    DEVIATION_FIELD_NUMBER: _ClassVar[int]
    EXPLAINED_VARIANCE_RATIO_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    LAYER_START_FIELD_NUMBER: _ClassVar[int]
    LAYER_END_FIELD_NUMBER: _ClassVar[int]
    REJECTED_FIELD_NUMBER: _ClassVar[int]
    index: int
    deviation: float
    explained_variance_ratio: float
    name: str
    layer_start: int
    layer_end: int
    rejected: bool
    def __init__(self, index: _Optional[int] = ..., deviation: _Optional[float] = ..., explained_variance_ratio: _Optional[float] = ..., name: _Optional[str] = ..., layer_start: _Optional[int] = ..., layer_end: _Optional[int] = ..., rejected: _Optional[bool] = ...) -> None: ...

class EditComponentsRequest(_message.Message):
    __slots__ = ("latent", "edits", "format")
    LATENT_FIELD_NUMBER: _ClassVar[int]
    EDITS_FIELD_NUMBER: _ClassVar[int]
    FORMAT_FIELD_NUMBER: _ClassVar[int]
    latent: _latents_pb2.Latent
    edits: _containers.RepeatedCompositeFieldContainer[_latents_pb2.ComponentEdit]
    format: _images_pb2.ImageFormat
    def __init__(self, latent: _Optional[_Union[_latents_pb2.Latent, _Mapping]] = ..., edits: _Optional[_Iterable[_Union[_latents_pb2.ComponentEdit, _Mapping]]] = ..., format: _Optional[_Union[_images_pb2.ImageFormat, _Mapping]] = ...) -> None: ...

class EditComponentsResponse(_message.Message):
    __slots__ = ("image",)
    IMAGE_FIELD_NUMBER: _ClassVar[int]
    image: _images_pb2.GeneratedImage
    def __init__(self, image: _Optional[_Union[_images_pb2.GeneratedImage, _Mapping]] = ...) -> None: ...

class SweepComponentRequest(_message.Message):
    __slots__ = ("latent", "edit", "sigmas_start", "sigmas_end", "steps", "format")
    LATENT_FIELD_NUMBER: _ClassVar[int]
    EDIT_FIELD_NUMBER: _ClassVar[int]
    SIGMAS_START_FIELD_NUMBER: _ClassVar[int]
    SIGMAS_END_FIELD_NUMBER: _ClassVar[int]
    STEPS_FIELD_NUMBER: _ClassVar[int]
    FORMAT_FIELD_NUMBER: _ClassVar[int]
    latent: _latents_pb2.Latent
    edit: _latents_pb2.ComponentEdit
    sigmas_start: float
    sigmas_end: float
    steps: int
    format: _images_pb2.ImageFormat
    def __init__(self, latent: _Optional[_Union[_latents_pb2.Latent, _Mapping]] = ..., edit: _Optional[_Union[_latents_pb2.ComponentEdit, _Mapping]] = ..., sigmas_start: _Optional[float] = ..., sigmas_end: _Optional[float] = ..., steps: _Optional[int] = ..., format: _Optional[_Union[_images_pb2.ImageFormat, _Mapping]] = ...) -> None: ...

class SweepComponentResponse(_message.Message):
    __slots__ = ("index", "sigmas", "image")
    INDEX_FIELD_NUMBER: _ClassVar[int]
    SIGMAS_FIELD_NUMBER: _ClassVar[int]
    IMAGE_FIELD_NUMBER: _ClassVar[int]
    index: int
    sigmas: float
    image: _images_pb2.GeneratedImage
    def __init__(self, index: _Optional[int] = ..., sigmas: _Optional[float] = ..., image: _Optional[_Union[_images_pb2.GeneratedImage, _Mapping]] = ...) -> None: ...

class CheckReachRequest(_message.Message):
    __slots__ = ("latent", "edits")
    LATENT_FIELD_NUMBER: _ClassVar[int]
    EDITS_FIELD_NUMBER: _ClassVar[int]
    latent: _latents_pb2.Latent
    edits: _containers.RepeatedCompositeFieldContainer[_latents_pb2.ComponentEdit]
    def __init__(self, latent: _Optional[_Union[_latents_pb2.Latent, _Mapping]] = ..., edits: _Optional[_Iterable[_Union[_latents_pb2.ComponentEdit, _Mapping]]] = ...) -> None: ...

class CheckReachResponse(_message.Message):
    __slots__ = ("reach", "directions", "components")
    REACH_FIELD_NUMBER: _ClassVar[int]
    DIRECTIONS_FIELD_NUMBER: _ClassVar[int]
    COMPONENTS_FIELD_NUMBER: _ClassVar[int]
    reach: float
    directions: _containers.RepeatedCompositeFieldContainer[DirectionRoom]
    components: _containers.RepeatedCompositeFieldContainer[ComponentRoom]
    def __init__(self, reach: _Optional[float] = ..., directions: _Optional[_Iterable[_Union[DirectionRoom, _Mapping]]] = ..., components: _Optional[_Iterable[_Union[ComponentRoom, _Mapping]]] = ...) -> None: ...

class DirectionRoom(_message.Message):
    __slots__ = ("name", "sigmas", "sigmas_start", "sigmas_end")
    NAME_FIELD_NUMBER: _ClassVar[int]
    SIGMAS_FIELD_NUMBER: _ClassVar[int]
    SIGMAS_START_FIELD_NUMBER: _ClassVar[int]
    SIGMAS_END_FIELD_NUMBER: _ClassVar[int]
    name: str
    sigmas: float
    sigmas_start: float
    sigmas_end: float
    def __init__(self, name: _Optional[str] = ..., sigmas: _Optional[float] = ..., sigmas_start: _Optional[float] = ..., sigmas_end: _Optional[float] = ...) -> None: ...

class ComponentRoom(_message.Message):
    __slots__ = ("index", "sigmas", "sigmas_start", "sigmas_end")
    INDEX_FIELD_NUMBER: _ClassVar[int]
    SIGMAS_FIELD_NUMBER: _ClassVar[int]
    SIGMAS_START_FIELD_NUMBER: _ClassVar[int]
    SIGMAS_END_FIELD_NUMBER: _ClassVar[int]
    index: int
    sigmas: float
    sigmas_start: float
    sigmas_end: float
    def __init__(self, index: _Optional[int] = ..., sigmas: _Optional[float] = ..., sigmas_start: _Optional[float] = ..., sigmas_end: _Optional[float] = ...) -> None: ...
