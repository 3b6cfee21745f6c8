from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class BundleManifest(_message.Message):
    __slots__ = ("format_major", "format_minor", "name", "version", "dimensions", "style_layers", "noise_sizes", "files", "regions", "named_components", "golden_tolerance", "training_digest", "training_kimg", "intended_use", "attribution", "licence", "label_fields", "preview", "rejected_components", "curated_from", "label_mixture", "combined_components", "masked_synthesis", "reach_evidence", "guard")
    FORMAT_MAJOR_FIELD_NUMBER: _ClassVar[int]
    FORMAT_MINOR_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    DIMENSIONS_FIELD_NUMBER: _ClassVar[int]
    STYLE_LAYERS_FIELD_NUMBER: _ClassVar[int]
    NOISE_SIZES_FIELD_NUMBER: _ClassVar[int]
    FILES_FIELD_NUMBER: _ClassVar[int]
    REGIONS_FIELD_NUMBER: _ClassVar[int]
    NAMED_COMPONENTS_FIELD_NUMBER: _ClassVar[int]
    GOLDEN_TOLERANCE_FIELD_NUMBER: _ClassVar[int]
    TRAINING_DIGEST_FIELD_NUMBER: _ClassVar[int]
    TRAINING_KIMG_FIELD_NUMBER: _ClassVar[int]
    INTENDED_USE_FIELD_NUMBER: _ClassVar[int]
    ATTRIBUTION_FIELD_NUMBER: _ClassVar[int]
    LICENCE_FIELD_NUMBER: _ClassVar[int]
    LABEL_FIELDS_FIELD_NUMBER: _ClassVar[int]
    PREVIEW_FIELD_NUMBER: _ClassVar[int]
    REJECTED_COMPONENTS_FIELD_NUMBER: _ClassVar[int]
    CURATED_FROM_FIELD_NUMBER: _ClassVar[int]
    LABEL_MIXTURE_FIELD_NUMBER: _ClassVar[int]
    COMBINED_COMPONENTS_FIELD_NUMBER: _ClassVar[int]
    MASKED_SYNTHESIS_FIELD_NUMBER: _ClassVar[int]
    REACH_EVIDENCE_FIELD_NUMBER: _ClassVar[int]
    GUARD_FIELD_NUMBER: _ClassVar[int]
    format_major: int
    format_minor: int
    name: str
    version: str
    dimensions: Dimensions
    style_layers: _containers.RepeatedCompositeFieldContainer[StyleLayer]
    noise_sizes: _containers.RepeatedScalarFieldContainer[int]
    files: _containers.RepeatedCompositeFieldContainer[File]
    regions: RegionCatalogue
    named_components: _containers.RepeatedCompositeFieldContainer[NamedComponent]
    golden_tolerance: GoldenTolerance
    training_digest: str
    training_kimg: float
    intended_use: str
    attribution: str
    licence: str
    label_fields: _containers.RepeatedCompositeFieldContainer[LabelField]
    preview: Preview
    rejected_components: _containers.RepeatedScalarFieldContainer[int]
    curated_from: str
    label_mixture: LabelMixture
    combined_components: _containers.RepeatedCompositeFieldContainer[NamedComponent]
    masked_synthesis: MaskedSynthesis
    reach_evidence: ReachEvidence
    guard: Guard
    def __init__(self, format_major: _Optional[int] = ..., format_minor: _Optional[int] = ..., name: _Optional[str] = ..., version: _Optional[str] = ..., dimensions: _Optional[_Union[Dimensions, _Mapping]] = ..., style_layers: _Optional[_Iterable[_Union[StyleLayer, _Mapping]]] = ..., noise_sizes: _Optional[_Iterable[int]] = ..., files: _Optional[_Iterable[_Union[File, _Mapping]]] = ..., regions: _Optional[_Union[RegionCatalogue, _Mapping]] = ..., named_components: _Optional[_Iterable[_Union[NamedComponent, _Mapping]]] = ..., golden_tolerance: _Optional[_Union[GoldenTolerance, _Mapping]] = ..., training_digest: _Optional[str] = ..., training_kimg: _Optional[float] = ..., intended_use: _Optional[str] = ..., attribution: _Optional[str] = ..., licence: _Optional[str] = ..., label_fields: _Optional[_Iterable[_Union[LabelField, _Mapping]]] = ..., preview: _Optional[_Union[Preview, _Mapping]] = ..., rejected_components: _Optional[_Iterable[int]] = ..., curated_from: _Optional[str] = ..., label_mixture: _Optional[_Union[LabelMixture, _Mapping]] = ..., combined_components: _Optional[_Iterable[_Union[NamedComponent, _Mapping]]] = ..., masked_synthesis: _Optional[_Union[MaskedSynthesis, _Mapping]] = ..., reach_evidence: _Optional[_Union[ReachEvidence, _Mapping]] = ..., guard: _Optional[_Union[Guard, _Mapping]] = ...) -> None: ...

class Guard(_message.Message):
    __slots__ = ("images", "num_features", "num_views", "limit", "control", "controls", "controls_below", "data_digest")
    IMAGES_FIELD_NUMBER: _ClassVar[int]
    NUM_FEATURES_FIELD_NUMBER: _ClassVar[int]
    NUM_VIEWS_FIELD_NUMBER: _ClassVar[int]
    LIMIT_FIELD_NUMBER: _ClassVar[int]
    CONTROL_FIELD_NUMBER: _ClassVar[int]
    CONTROLS_FIELD_NUMBER: _ClassVar[int]
    CONTROLS_BELOW_FIELD_NUMBER: _ClassVar[int]
    DATA_DIGEST_FIELD_NUMBER: _ClassVar[int]
    images: int
    num_features: int
    num_views: int
    limit: float
    control: str
    controls: int
    controls_below: int
    data_digest: str
    def __init__(self, images: _Optional[int] = ..., num_features: _Optional[int] = ..., num_views: _Optional[int] = ..., limit: _Optional[float] = ..., control: _Optional[str] = ..., controls: _Optional[int] = ..., controls_below: _Optional[int] = ..., data_digest: _Optional[str] = ...) -> None: ...

class ReachEvidence(_message.Message):
    __slots__ = ("images_within", "unlike_within", "images_beyond", "unlike_beyond")
    IMAGES_WITHIN_FIELD_NUMBER: _ClassVar[int]
    UNLIKE_WITHIN_FIELD_NUMBER: _ClassVar[int]
    IMAGES_BEYOND_FIELD_NUMBER: _ClassVar[int]
    UNLIKE_BEYOND_FIELD_NUMBER: _ClassVar[int]
    images_within: int
    unlike_within: int
    images_beyond: int
    unlike_beyond: int
    def __init__(self, images_within: _Optional[int] = ..., unlike_within: _Optional[int] = ..., images_beyond: _Optional[int] = ..., unlike_beyond: _Optional[int] = ...) -> None: ...

class MaskedSynthesis(_message.Message):
    __slots__ = ("style_sets",)
    STYLE_SETS_FIELD_NUMBER: _ClassVar[int]
    style_sets: int
    def __init__(self, style_sets: _Optional[int] = ...) -> None: ...

class LabelMixture(_message.Message):
    __slots__ = ("combinations", "withheld")
    COMBINATIONS_FIELD_NUMBER: _ClassVar[int]
    WITHHELD_FIELD_NUMBER: _ClassVar[int]
    combinations: _containers.RepeatedCompositeFieldContainer[LabelCombination]
    withheld: float
    def __init__(self, combinations: _Optional[_Iterable[_Union[LabelCombination, _Mapping]]] = ..., withheld: _Optional[float] = ...) -> None: ...

class LabelCombination(_message.Message):
    __slots__ = ("values", "images")
    VALUES_FIELD_NUMBER: _ClassVar[int]
    IMAGES_FIELD_NUMBER: _ClassVar[int]
    values: _containers.RepeatedScalarFieldContainer[str]
    images: int
    def __init__(self, values: _Optional[_Iterable[str]] = ..., images: _Optional[int] = ...) -> None: ...

class LabelField(_message.Message):
    __slots__ = ("name", "values")
    NAME_FIELD_NUMBER: _ClassVar[int]
    VALUES_FIELD_NUMBER: _ClassVar[int]
    name: str
    values: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, name: _Optional[str] = ..., values: _Optional[_Iterable[str]] = ...) -> None: ...

class Preview(_message.Message):
    __slots__ = ("resolution", "num_styles", "num_noise")
    RESOLUTION_FIELD_NUMBER: _ClassVar[int]
    NUM_STYLES_FIELD_NUMBER: _ClassVar[int]
    NUM_NOISE_FIELD_NUMBER: _ClassVar[int]
    resolution: int
    num_styles: int
    num_noise: int
    def __init__(self, resolution: _Optional[int] = ..., num_styles: _Optional[int] = ..., num_noise: _Optional[int] = ...) -> None: ...

class Dimensions(_message.Message):
    __slots__ = ("z_dim", "w_dim", "num_ws", "num_styles", "resolution", "channels")
    Z_DIM_FIELD_NUMBER: _ClassVar[int]
    W_DIM_FIELD_NUMBER: _ClassVar[int]
    NUM_WS_FIELD_NUMBER: _ClassVar[int]
    NUM_STYLES_FIELD_NUMBER: _ClassVar[int]
    RESOLUTION_FIELD_NUMBER: _ClassVar[int]
    CHANNELS_FIELD_NUMBER: _ClassVar[int]
    z_dim: int
    w_dim: int
    num_ws: int
    num_styles: int
    resolution: int
    channels: int
    def __init__(self, z_dim: _Optional[int] = ..., w_dim: _Optional[int] = ..., num_ws: _Optional[int] = ..., num_styles: _Optional[int] = ..., resolution: _Optional[int] = ..., channels: _Optional[int] = ...) -> None: ...

class StyleLayer(_message.Message):
    __slots__ = ("name", "dim", "ws_index")
    NAME_FIELD_NUMBER: _ClassVar[int]
    DIM_FIELD_NUMBER: _ClassVar[int]
    WS_INDEX_FIELD_NUMBER: _ClassVar[int]
    name: str
    dim: int
    ws_index: int
    def __init__(self, name: _Optional[str] = ..., dim: _Optional[int] = ..., ws_index: _Optional[int] = ...) -> None: ...

class File(_message.Message):
    __slots__ = ("name", "sha256", "size")
    NAME_FIELD_NUMBER: _ClassVar[int]
    SHA256_FIELD_NUMBER: _ClassVar[int]
    SIZE_FIELD_NUMBER: _ClassVar[int]
    name: str
    sha256: str
    size: int
    def __init__(self, name: _Optional[str] = ..., sha256: _Optional[str] = ..., size: _Optional[int] = ...) -> None: ...

class RegionCatalogue(_message.Message):
    __slots__ = ("layer", "grid_size", "num_regions", "names", "notes", "rejected", "default_epsilon", "low_resolution_epsilon", "labelled_names", "anatomy")
    LAYER_FIELD_NUMBER: _ClassVar[int]
    GRID_SIZE_FIELD_NUMBER: _ClassVar[int]
    NUM_REGIONS_FIELD_NUMBER: _ClassVar[int]
    NAMES_FIELD_NUMBER: _ClassVar[int]
    NOTES_FIELD_NUMBER: _ClassVar[int]
    REJECTED_FIELD_NUMBER: _ClassVar[int]
    DEFAULT_EPSILON_FIELD_NUMBER: _ClassVar[int]
    LOW_RESOLUTION_EPSILON_FIELD_NUMBER: _ClassVar[int]
    LABELLED_NAMES_FIELD_NUMBER: _ClassVar[int]
    ANATOMY_FIELD_NUMBER: _ClassVar[int]
    layer: str
    grid_size: int
    num_regions: int
    names: _containers.RepeatedScalarFieldContainer[str]
    notes: _containers.RepeatedScalarFieldContainer[str]
    rejected: _containers.RepeatedScalarFieldContainer[int]
    default_epsilon: float
    low_resolution_epsilon: float
    labelled_names: _containers.RepeatedCompositeFieldContainer[LabelledRegionName]
    anatomy: Anatomy
    def __init__(self, layer: _Optional[str] = ..., grid_size: _Optional[int] = ..., num_regions: _Optional[int] = ..., names: _Optional[_Iterable[str]] = ..., notes: _Optional[_Iterable[str]] = ..., rejected: _Optional[_Iterable[int]] = ..., default_epsilon: _Optional[float] = ..., low_resolution_epsilon: _Optional[float] = ..., labelled_names: _Optional[_Iterable[_Union[LabelledRegionName, _Mapping]]] = ..., anatomy: _Optional[_Union[Anatomy, _Mapping]] = ...) -> None: ...

class Anatomy(_message.Message):
    __slots__ = ("parts",)
    PARTS_FIELD_NUMBER: _ClassVar[int]
    parts: _containers.RepeatedCompositeFieldContainer[AnatomicalPart]
    def __init__(self, parts: _Optional[_Iterable[_Union[AnatomicalPart, _Mapping]]] = ...) -> None: ...

class AnatomicalPart(_message.Message):
    __slots__ = ("kind", "name", "note", "rejected")
    KIND_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    NOTE_FIELD_NUMBER: _ClassVar[int]
    REJECTED_FIELD_NUMBER: _ClassVar[int]
    kind: str
    name: str
    note: str
    rejected: bool
    def __init__(self, kind: _Optional[str] = ..., name: _Optional[str] = ..., note: _Optional[str] = ..., rejected: _Optional[bool] = ...) -> None: ...

class LabelledRegionName(_message.Message):
    __slots__ = ("index", "field", "value", "name")
    INDEX_FIELD_NUMBER: _ClassVar[int]
    FIELD_FIELD_NUMBER: _ClassVar[int]
    VALUE_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    index: int
    field: str
    value: str
    name: str
    def __init__(self, index: _Optional[int] = ..., field: _Optional[str] = ..., value: _Optional[str] = ..., name: _Optional[str] = ...) -> None: ...

class NamedComponent(_message.Message):
    __slots__ = ("index", "name", "layer_start", "layer_end", "reversed", "sigmas_start", "sigmas_end", "note", "evidence", "further", "side_effects")
    INDEX_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    LAYER_START_FIELD_NUMBER: _ClassVar[int]
    LAYER_END_FIELD_NUMBER: _ClassVar[int]
    REVERSED_FIELD_NUMBER: _ClassVar[int]
    SIGMAS_START_FIELD_NUMBER: _ClassVar[int]
    SIGMAS_END_FIELD_NUMBER: _ClassVar[int]
    NOTE_FIELD_NUMBER: _ClassVar[int]
    EVIDENCE_FIELD_NUMBER: _ClassVar[int]
    FURTHER_FIELD_NUMBER: _ClassVar[int]
    SIDE_EFFECTS_FIELD_NUMBER: _ClassVar[int]
    index: int
    name: str
    layer_start: int
    layer_end: int
    reversed: bool
    sigmas_start: float
    sigmas_end: float
    note: str
    evidence: Evidence
    further: _containers.RepeatedCompositeFieldContainer[FurtherComponent]
    side_effects: _containers.RepeatedCompositeFieldContainer[SideEffect]
    def __init__(self, index: _Optional[int] = ..., name: _Optional[str] = ..., layer_start: _Optional[int] = ..., layer_end: _Optional[int] = ..., reversed: _Optional[bool] = ..., sigmas_start: _Optional[float] = ..., sigmas_end: _Optional[float] = ..., note: _Optional[str] = ..., evidence: _Optional[_Union[Evidence, _Mapping]] = ..., further: _Optional[_Iterable[_Union[FurtherComponent, _Mapping]]] = ..., side_effects: _Optional[_Iterable[_Union[SideEffect, _Mapping]]] = ...) -> None: ...

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

class GoldenTolerance(_message.Message):
    __slots__ = ("latents", "image", "image_float16")
    LATENTS_FIELD_NUMBER: _ClassVar[int]
    IMAGE_FIELD_NUMBER: _ClassVar[int]
    IMAGE_FLOAT16_FIELD_NUMBER: _ClassVar[int]
    latents: float
    image: float
    image_float16: float
    def __init__(self, latents: _Optional[float] = ..., image: _Optional[float] = ..., image_float16: _Optional[float] = ...) -> None: ...
