from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class InterpolationSpace(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    INTERPOLATION_SPACE_UNSPECIFIED: _ClassVar[InterpolationSpace]
    INTERPOLATION_SPACE_W: _ClassVar[InterpolationSpace]
    INTERPOLATION_SPACE_STYLES: _ClassVar[InterpolationSpace]

class EditMode(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    EDIT_MODE_UNSPECIFIED: _ClassVar[EditMode]
    EDIT_MODE_RELATIVE: _ClassVar[EditMode]
    EDIT_MODE_ABSOLUTE: _ClassVar[EditMode]

class Locality(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    LOCALITY_UNSPECIFIED: _ClassVar[Locality]
    LOCALITY_CHANNELS: _ClassVar[Locality]
    LOCALITY_MASKED: _ClassVar[Locality]

class NoiseMode(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    NOISE_MODE_UNSPECIFIED: _ClassVar[NoiseMode]
    NOISE_MODE_CONST: _ClassVar[NoiseMode]
    NOISE_MODE_RANDOM: _ClassVar[NoiseMode]
    NOISE_MODE_NONE: _ClassVar[NoiseMode]
    NOISE_MODE_INTERPOLATED: _ClassVar[NoiseMode]
INTERPOLATION_SPACE_UNSPECIFIED: InterpolationSpace
INTERPOLATION_SPACE_W: InterpolationSpace
INTERPOLATION_SPACE_STYLES: InterpolationSpace
EDIT_MODE_UNSPECIFIED: EditMode
EDIT_MODE_RELATIVE: EditMode
EDIT_MODE_ABSOLUTE: EditMode
LOCALITY_UNSPECIFIED: Locality
LOCALITY_CHANNELS: Locality
LOCALITY_MASKED: Locality
NOISE_MODE_UNSPECIFIED: NoiseMode
NOISE_MODE_CONST: NoiseMode
NOISE_MODE_RANDOM: NoiseMode
NOISE_MODE_NONE: NoiseMode
NOISE_MODE_INTERPOLATED: NoiseMode

class Latent(_message.Message):
    __slots__ = ("recipe", "latent_id", "w")
    RECIPE_FIELD_NUMBER: _ClassVar[int]
    LATENT_ID_FIELD_NUMBER: _ClassVar[int]
    W_FIELD_NUMBER: _ClassVar[int]
    recipe: Recipe
    latent_id: str
    w: Code
    def __init__(self, recipe: _Optional[_Union[Recipe, _Mapping]] = ..., latent_id: _Optional[str] = ..., w: _Optional[_Union[Code, _Mapping]] = ...) -> None: ...

class Code(_message.Message):
    __slots__ = ("values",)
    VALUES_FIELD_NUMBER: _ClassVar[int]
    values: _containers.RepeatedScalarFieldContainer[float]
    def __init__(self, values: _Optional[_Iterable[float]] = ...) -> None: ...

class Recipe(_message.Message):
    __slots__ = ("seed", "code", "interpolation", "mixing", "labels", "truncation", "component_edits", "style_transfers", "noise", "bundle_digest", "bundle_name")
    class LabelsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    SEED_FIELD_NUMBER: _ClassVar[int]
    CODE_FIELD_NUMBER: _ClassVar[int]
    INTERPOLATION_FIELD_NUMBER: _ClassVar[int]
    MIXING_FIELD_NUMBER: _ClassVar[int]
    LABELS_FIELD_NUMBER: _ClassVar[int]
    TRUNCATION_FIELD_NUMBER: _ClassVar[int]
    COMPONENT_EDITS_FIELD_NUMBER: _ClassVar[int]
    STYLE_TRANSFERS_FIELD_NUMBER: _ClassVar[int]
    NOISE_FIELD_NUMBER: _ClassVar[int]
    BUNDLE_DIGEST_FIELD_NUMBER: _ClassVar[int]
    BUNDLE_NAME_FIELD_NUMBER: _ClassVar[int]
    seed: int
    code: Code
    interpolation: Interpolation
    mixing: Mixing
    labels: _containers.ScalarMap[str, str]
    truncation: Truncation
    component_edits: _containers.RepeatedCompositeFieldContainer[ComponentEdit]
    style_transfers: _containers.RepeatedCompositeFieldContainer[StyleTransfer]
    noise: Noise
    bundle_digest: str
    bundle_name: str
    def __init__(self, seed: _Optional[int] = ..., code: _Optional[_Union[Code, _Mapping]] = ..., interpolation: _Optional[_Union[Interpolation, _Mapping]] = ..., mixing: _Optional[_Union[Mixing, _Mapping]] = ..., labels: _Optional[_Mapping[str, str]] = ..., truncation: _Optional[_Union[Truncation, _Mapping]] = ..., component_edits: _Optional[_Iterable[_Union[ComponentEdit, _Mapping]]] = ..., style_transfers: _Optional[_Iterable[_Union[StyleTransfer, _Mapping]]] = ..., noise: _Optional[_Union[Noise, _Mapping]] = ..., bundle_digest: _Optional[str] = ..., bundle_name: _Optional[str] = ...) -> None: ...

class Interpolation(_message.Message):
    __slots__ = ("start", "end", "fraction", "space")
    START_FIELD_NUMBER: _ClassVar[int]
    END_FIELD_NUMBER: _ClassVar[int]
    FRACTION_FIELD_NUMBER: _ClassVar[int]
    SPACE_FIELD_NUMBER: _ClassVar[int]
    start: Recipe
    end: Recipe
    fraction: float
    space: InterpolationSpace
    def __init__(self, start: _Optional[_Union[Recipe, _Mapping]] = ..., end: _Optional[_Union[Recipe, _Mapping]] = ..., fraction: _Optional[float] = ..., space: _Optional[_Union[InterpolationSpace, str]] = ...) -> None: ...

class Mixing(_message.Message):
    __slots__ = ("base", "style", "layer_start", "layer_end")
    BASE_FIELD_NUMBER: _ClassVar[int]
    STYLE_FIELD_NUMBER: _ClassVar[int]
    LAYER_START_FIELD_NUMBER: _ClassVar[int]
    LAYER_END_FIELD_NUMBER: _ClassVar[int]
    base: Recipe
    style: Recipe
    layer_start: int
    layer_end: int
    def __init__(self, base: _Optional[_Union[Recipe, _Mapping]] = ..., style: _Optional[_Union[Recipe, _Mapping]] = ..., layer_start: _Optional[int] = ..., layer_end: _Optional[int] = ...) -> None: ...

class Truncation(_message.Message):
    __slots__ = ("psi", "cutoff")
    PSI_FIELD_NUMBER: _ClassVar[int]
    CUTOFF_FIELD_NUMBER: _ClassVar[int]
    psi: float
    cutoff: int
    def __init__(self, psi: _Optional[float] = ..., cutoff: _Optional[int] = ...) -> None: ...

class ComponentEdit(_message.Message):
    __slots__ = ("index", "name", "sigmas", "layer_start", "layer_end", "mode")
    INDEX_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    SIGMAS_FIELD_NUMBER: _ClassVar[int]
    LAYER_START_FIELD_NUMBER: _ClassVar[int]
    LAYER_END_FIELD_NUMBER: _ClassVar[int]
    MODE_FIELD_NUMBER: _ClassVar[int]
    index: int
    name: str
    sigmas: float
    layer_start: int
    layer_end: int
    mode: EditMode
    def __init__(self, index: _Optional[int] = ..., name: _Optional[str] = ..., sigmas: _Optional[float] = ..., layer_start: _Optional[int] = ..., layer_end: _Optional[int] = ..., mode: _Optional[_Union[EditMode, str]] = ...) -> None: ...

class StyleTransfer(_message.Message):
    __slots__ = ("reference", "regions", "rho", "epsilon", "layer_epsilons", "strength", "locality", "mask")
    REFERENCE_FIELD_NUMBER: _ClassVar[int]
    REGIONS_FIELD_NUMBER: _ClassVar[int]
    RHO_FIELD_NUMBER: _ClassVar[int]
    EPSILON_FIELD_NUMBER: _ClassVar[int]
    LAYER_EPSILONS_FIELD_NUMBER: _ClassVar[int]
    STRENGTH_FIELD_NUMBER: _ClassVar[int]
    LOCALITY_FIELD_NUMBER: _ClassVar[int]
    MASK_FIELD_NUMBER: _ClassVar[int]
    reference: Recipe
    regions: _containers.RepeatedCompositeFieldContainer[Region]
    rho: float
    epsilon: float
    layer_epsilons: _containers.RepeatedCompositeFieldContainer[LayerEpsilon]
    strength: float
    locality: Locality
    mask: Mask
    def __init__(self, reference: _Optional[_Union[Recipe, _Mapping]] = ..., regions: _Optional[_Iterable[_Union[Region, _Mapping]]] = ..., rho: _Optional[float] = ..., epsilon: _Optional[float] = ..., layer_epsilons: _Optional[_Iterable[_Union[LayerEpsilon, _Mapping]]] = ..., strength: _Optional[float] = ..., locality: _Optional[_Union[Locality, str]] = ..., mask: _Optional[_Union[Mask, _Mapping]] = ...) -> None: ...

class Mask(_message.Message):
    __slots__ = ("size", "deflated", "feather")
    SIZE_FIELD_NUMBER: _ClassVar[int]
    DEFLATED_FIELD_NUMBER: _ClassVar[int]
    FEATHER_FIELD_NUMBER: _ClassVar[int]
    size: int
    deflated: bytes
    feather: float
    def __init__(self, size: _Optional[int] = ..., deflated: _Optional[bytes] = ..., feather: _Optional[float] = ...) -> None: ...

class Region(_message.Message):
    __slots__ = ("index", "name")
    INDEX_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    index: int
    name: str
    def __init__(self, index: _Optional[int] = ..., name: _Optional[str] = ...) -> None: ...

class LayerEpsilon(_message.Message):
    __slots__ = ("layer", "epsilon")
    LAYER_FIELD_NUMBER: _ClassVar[int]
    EPSILON_FIELD_NUMBER: _ClassVar[int]
    layer: int
    epsilon: float
    def __init__(self, layer: _Optional[int] = ..., epsilon: _Optional[float] = ...) -> None: ...

class Noise(_message.Message):
    __slots__ = ("mode", "seed")
    MODE_FIELD_NUMBER: _ClassVar[int]
    SEED_FIELD_NUMBER: _ClassVar[int]
    mode: NoiseMode
    seed: int
    def __init__(self, mode: _Optional[_Union[NoiseMode, str]] = ..., seed: _Optional[int] = ...) -> None: ...
