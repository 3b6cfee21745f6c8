from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class GetModelRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class GetModelResponse(_message.Message):
    __slots__ = ("name", "version", "bundle_digest", "dimensions", "intended_use", "attribution", "licence", "limits", "label_fields", "image_tolerance", "editing", "synthesis", "label_mixture", "max_style_sets", "reach_evidence", "signing_keys", "guard")
    NAME_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    BUNDLE_DIGEST_FIELD_NUMBER: _ClassVar[int]
    DIMENSIONS_FIELD_NUMBER: _ClassVar[int]
    INTENDED_USE_FIELD_NUMBER: _ClassVar[int]
    ATTRIBUTION_FIELD_NUMBER: _ClassVar[int]
    LICENCE_FIELD_NUMBER: _ClassVar[int]
    LIMITS_FIELD_NUMBER: _ClassVar[int]
    LABEL_FIELDS_FIELD_NUMBER: _ClassVar[int]
    IMAGE_TOLERANCE_FIELD_NUMBER: _ClassVar[int]
    EDITING_FIELD_NUMBER: _ClassVar[int]
    SYNTHESIS_FIELD_NUMBER: _ClassVar[int]
    LABEL_MIXTURE_FIELD_NUMBER: _ClassVar[int]
    MAX_STYLE_SETS_FIELD_NUMBER: _ClassVar[int]
    REACH_EVIDENCE_FIELD_NUMBER: _ClassVar[int]
    SIGNING_KEYS_FIELD_NUMBER: _ClassVar[int]
    GUARD_FIELD_NUMBER: _ClassVar[int]
    name: str
    version: str
    bundle_digest: str
    dimensions: ModelDimensions
    intended_use: str
    attribution: str
    licence: str
    limits: ServerLimits
    label_fields: _containers.RepeatedCompositeFieldContainer[LabelField]
    image_tolerance: ImageTolerance
    editing: EditingDefaults
    synthesis: Synthesis
    label_mixture: _containers.RepeatedCompositeFieldContainer[LabelCombination]
    max_style_sets: int
    reach_evidence: ReachEvidence
    signing_keys: _containers.RepeatedCompositeFieldContainer[SigningKey]
    guard: ModelGuard
    def __init__(self, name: _Optional[str] = ..., version: _Optional[str] = ..., bundle_digest: _Optional[str] = ..., dimensions: _Optional[_Union[ModelDimensions, _Mapping]] = ..., intended_use: _Optional[str] = ..., attribution: _Optional[str] = ..., licence: _Optional[str] = ..., limits: _Optional[_Union[ServerLimits, _Mapping]] = ..., label_fields: _Optional[_Iterable[_Union[LabelField, _Mapping]]] = ..., image_tolerance: _Optional[_Union[ImageTolerance, _Mapping]] = ..., editing: _Optional[_Union[EditingDefaults, _Mapping]] = ..., synthesis: _Optional[_Union[Synthesis, _Mapping]] = ..., label_mixture: _Optional[_Iterable[_Union[LabelCombination, _Mapping]]] = ..., max_style_sets: _Optional[int] = ..., reach_evidence: _Optional[_Union[ReachEvidence, _Mapping]] = ..., signing_keys: _Optional[_Iterable[_Union[SigningKey, _Mapping]]] = ..., guard: _Optional[_Union[ModelGuard, _Mapping]] = ...) -> None: ...

class ModelGuard(_message.Message):
    __slots__ = ("images", "limit", "control", "controls", "controls_below")
    IMAGES_FIELD_NUMBER: _ClassVar[int]
    LIMIT_FIELD_NUMBER: _ClassVar[int]
    CONTROL_FIELD_NUMBER: _ClassVar[int]
    CONTROLS_FIELD_NUMBER: _ClassVar[int]
    CONTROLS_BELOW_FIELD_NUMBER: _ClassVar[int]
    images: int
    limit: float
    control: str
    controls: int
    controls_below: int
    def __init__(self, images: _Optional[int] = ..., limit: _Optional[float] = ..., control: _Optional[str] = ..., controls: _Optional[int] = ..., controls_below: _Optional[int] = ...) -> None: ...

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

class Synthesis(_message.Message):
    __slots__ = ("execution_provider", "precision", "reason")
    EXECUTION_PROVIDER_FIELD_NUMBER: _ClassVar[int]
    PRECISION_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    execution_provider: str
    precision: str
    reason: str
    def __init__(self, execution_provider: _Optional[str] = ..., precision: _Optional[str] = ..., reason: _Optional[str] = ...) -> None: ...

class ImageTolerance(_message.Message):
    __slots__ = ("float32", "float16", "bfloat16", "bfloat16_root_mean_square")
    FLOAT32_FIELD_NUMBER: _ClassVar[int]
    FLOAT16_FIELD_NUMBER: _ClassVar[int]
    BFLOAT16_FIELD_NUMBER: _ClassVar[int]
    BFLOAT16_ROOT_MEAN_SQUARE_FIELD_NUMBER: _ClassVar[int]
    float32: float
    float16: float
    bfloat16: float
    bfloat16_root_mean_square: float
    def __init__(self, float32: _Optional[float] = ..., float16: _Optional[float] = ..., bfloat16: _Optional[float] = ..., bfloat16_root_mean_square: _Optional[float] = ...) -> None: ...

class EditingDefaults(_message.Message):
    __slots__ = ("psi", "max_psi", "rho", "epsilon", "low_resolution_epsilon", "max_epsilon", "strength", "max_sigmas", "sigmas_start", "sigmas_end", "sweep_steps", "max_sweep_steps", "interpolation_steps", "max_interpolation_steps", "max_component_edits", "max_style_transfers", "max_regions", "max_noise_seeds", "max_seed", "name_pattern", "mark_lines")
    PSI_FIELD_NUMBER: _ClassVar[int]
    MAX_PSI_FIELD_NUMBER: _ClassVar[int]
    RHO_FIELD_NUMBER: _ClassVar[int]
    EPSILON_FIELD_NUMBER: _ClassVar[int]
    LOW_RESOLUTION_EPSILON_FIELD_NUMBER: _ClassVar[int]
    MAX_EPSILON_FIELD_NUMBER: _ClassVar[int]
    STRENGTH_FIELD_NUMBER: _ClassVar[int]
    MAX_SIGMAS_FIELD_NUMBER: _ClassVar[int]
    SIGMAS_START_FIELD_NUMBER: _ClassVar[int]
    SIGMAS_END_FIELD_NUMBER: _ClassVar[int]
    SWEEP_STEPS_FIELD_NUMBER: _ClassVar[int]
    MAX_SWEEP_STEPS_FIELD_NUMBER: _ClassVar[int]
    INTERPOLATION_STEPS_FIELD_NUMBER: _ClassVar[int]
    MAX_INTERPOLATION_STEPS_FIELD_NUMBER: _ClassVar[int]
    MAX_COMPONENT_EDITS_FIELD_NUMBER: _ClassVar[int]
    MAX_STYLE_TRANSFERS_FIELD_NUMBER: _ClassVar[int]
    MAX_REGIONS_FIELD_NUMBER: _ClassVar[int]
    MAX_NOISE_SEEDS_FIELD_NUMBER: _ClassVar[int]
    MAX_SEED_FIELD_NUMBER: _ClassVar[int]
    NAME_PATTERN_FIELD_NUMBER: _ClassVar[int]
    MARK_LINES_FIELD_NUMBER: _ClassVar[int]
    psi: float
    max_psi: float
    rho: float
    epsilon: float
    low_resolution_epsilon: float
    max_epsilon: float
    strength: float
    max_sigmas: float
    sigmas_start: float
    sigmas_end: float
    sweep_steps: int
    max_sweep_steps: int
    interpolation_steps: int
    max_interpolation_steps: int
    max_component_edits: int
    max_style_transfers: int
    max_regions: int
    max_noise_seeds: int
    max_seed: int
    name_pattern: str
    mark_lines: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, psi: _Optional[float] = ..., max_psi: _Optional[float] = ..., rho: _Optional[float] = ..., epsilon: _Optional[float] = ..., low_resolution_epsilon: _Optional[float] = ..., max_epsilon: _Optional[float] = ..., strength: _Optional[float] = ..., max_sigmas: _Optional[float] = ..., sigmas_start: _Optional[float] = ..., sigmas_end: _Optional[float] = ..., sweep_steps: _Optional[int] = ..., max_sweep_steps: _Optional[int] = ..., interpolation_steps: _Optional[int] = ..., max_interpolation_steps: _Optional[int] = ..., max_component_edits: _Optional[int] = ..., max_style_transfers: _Optional[int] = ..., max_regions: _Optional[int] = ..., max_noise_seeds: _Optional[int] = ..., max_seed: _Optional[int] = ..., name_pattern: _Optional[str] = ..., mark_lines: _Optional[_Iterable[str]] = ...) -> None: ...

class ModelDimensions(_message.Message):
    __slots__ = ("z_dim", "w_dim", "num_ws", "num_styles", "resolution", "channels", "num_components", "num_regions", "preview_resolution")
    Z_DIM_FIELD_NUMBER: _ClassVar[int]
    W_DIM_FIELD_NUMBER: _ClassVar[int]
    NUM_WS_FIELD_NUMBER: _ClassVar[int]
    NUM_STYLES_FIELD_NUMBER: _ClassVar[int]
    RESOLUTION_FIELD_NUMBER: _ClassVar[int]
    CHANNELS_FIELD_NUMBER: _ClassVar[int]
    NUM_COMPONENTS_FIELD_NUMBER: _ClassVar[int]
    NUM_REGIONS_FIELD_NUMBER: _ClassVar[int]
    PREVIEW_RESOLUTION_FIELD_NUMBER: _ClassVar[int]
    z_dim: int
    w_dim: int
    num_ws: int
    num_styles: int
    resolution: int
    channels: int
    num_components: int
    num_regions: int
    preview_resolution: int
    def __init__(self, z_dim: _Optional[int] = ..., w_dim: _Optional[int] = ..., num_ws: _Optional[int] = ..., num_styles: _Optional[int] = ..., resolution: _Optional[int] = ..., channels: _Optional[int] = ..., num_components: _Optional[int] = ..., num_regions: _Optional[int] = ..., preview_resolution: _Optional[int] = ...) -> None: ...

class LabelField(_message.Message):
    __slots__ = ("name", "values")
    NAME_FIELD_NUMBER: _ClassVar[int]
    VALUES_FIELD_NUMBER: _ClassVar[int]
    name: str
    values: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, name: _Optional[str] = ..., values: _Optional[_Iterable[str]] = ...) -> None: ...

class LabelCombination(_message.Message):
    __slots__ = ("labels", "images")
    class LabelsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    LABELS_FIELD_NUMBER: _ClassVar[int]
    IMAGES_FIELD_NUMBER: _ClassVar[int]
    labels: _containers.ScalarMap[str, str]
    images: int
    def __init__(self, labels: _Optional[_Mapping[str, str]] = ..., images: _Optional[int] = ...) -> None: ...

class ServerLimits(_message.Message):
    __slots__ = ("max_images_per_call", "max_images_per_stream", "max_batch_size", "max_queued_images", "max_message_bytes", "max_deadline_seconds", "max_stream_seconds", "max_request_bytes")
    MAX_IMAGES_PER_CALL_FIELD_NUMBER: _ClassVar[int]
    MAX_IMAGES_PER_STREAM_FIELD_NUMBER: _ClassVar[int]
    MAX_BATCH_SIZE_FIELD_NUMBER: _ClassVar[int]
    MAX_QUEUED_IMAGES_FIELD_NUMBER: _ClassVar[int]
    MAX_MESSAGE_BYTES_FIELD_NUMBER: _ClassVar[int]
    MAX_DEADLINE_SECONDS_FIELD_NUMBER: _ClassVar[int]
    MAX_STREAM_SECONDS_FIELD_NUMBER: _ClassVar[int]
    MAX_REQUEST_BYTES_FIELD_NUMBER: _ClassVar[int]
    max_images_per_call: int
    max_images_per_stream: int
    max_batch_size: int
    max_queued_images: int
    max_message_bytes: int
    max_deadline_seconds: float
    max_stream_seconds: float
    max_request_bytes: int
    def __init__(self, max_images_per_call: _Optional[int] = ..., max_images_per_stream: _Optional[int] = ..., max_batch_size: _Optional[int] = ..., max_queued_images: _Optional[int] = ..., max_message_bytes: _Optional[int] = ..., max_deadline_seconds: _Optional[float] = ..., max_stream_seconds: _Optional[float] = ..., max_request_bytes: _Optional[int] = ...) -> None: ...

class SigningKey(_message.Message):
    __slots__ = ("key_id", "public_key", "signs")
    KEY_ID_FIELD_NUMBER: _ClassVar[int]
    PUBLIC_KEY_FIELD_NUMBER: _ClassVar[int]
    SIGNS_FIELD_NUMBER: _ClassVar[int]
    key_id: str
    public_key: bytes
    signs: bool
    def __init__(self, key_id: _Optional[str] = ..., public_key: _Optional[bytes] = ..., signs: _Optional[bool] = ...) -> None: ...
