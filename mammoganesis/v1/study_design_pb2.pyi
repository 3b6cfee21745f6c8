from mammoganesis.v1 import cases_pb2 as _cases_pb2
from mammoganesis.v1 import images_pb2 as _images_pb2
from mammoganesis.v1 import latents_pb2 as _latents_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class StudyAwareness(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    STUDY_AWARENESS_UNSPECIFIED: _ClassVar[StudyAwareness]
    STUDY_AWARENESS_UNAWARE: _ClassVar[StudyAwareness]
    STUDY_AWARENESS_INFORMED: _ClassVar[StudyAwareness]
    STUDY_AWARENESS_AFTER_CUES: _ClassVar[StudyAwareness]

class StudyCrossing(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    STUDY_CROSSING_UNSPECIFIED: _ClassVar[StudyCrossing]
    STUDY_CROSSING_FULL: _ClassVar[StudyCrossing]
    STUDY_CROSSING_SPLIT: _ClassVar[StudyCrossing]

class StudyPositive(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    STUDY_POSITIVE_UNSPECIFIED: _ClassVar[StudyPositive]
    STUDY_POSITIVE_GENERATED: _ClassVar[StudyPositive]
    STUDY_POSITIVE_REAL: _ClassVar[StudyPositive]
STUDY_AWARENESS_UNSPECIFIED: StudyAwareness
STUDY_AWARENESS_UNAWARE: StudyAwareness
STUDY_AWARENESS_INFORMED: StudyAwareness
STUDY_AWARENESS_AFTER_CUES: StudyAwareness
STUDY_CROSSING_UNSPECIFIED: StudyCrossing
STUDY_CROSSING_FULL: StudyCrossing
STUDY_CROSSING_SPLIT: StudyCrossing
STUDY_POSITIVE_UNSPECIFIED: StudyPositive
STUDY_POSITIVE_GENERATED: StudyPositive
STUDY_POSITIVE_REAL: StudyPositive

class StudyDesign(_message.Message):
    __slots__ = ("format", "format_version", "title", "description", "seed", "pool", "generation", "phases", "allocation", "display", "readers", "analysis", "debrief", "language")
    FORMAT_FIELD_NUMBER: _ClassVar[int]
    FORMAT_VERSION_FIELD_NUMBER: _ClassVar[int]
    TITLE_FIELD_NUMBER: _ClassVar[int]
    DESCRIPTION_FIELD_NUMBER: _ClassVar[int]
    SEED_FIELD_NUMBER: _ClassVar[int]
    POOL_FIELD_NUMBER: _ClassVar[int]
    GENERATION_FIELD_NUMBER: _ClassVar[int]
    PHASES_FIELD_NUMBER: _ClassVar[int]
    ALLOCATION_FIELD_NUMBER: _ClassVar[int]
    DISPLAY_FIELD_NUMBER: _ClassVar[int]
    READERS_FIELD_NUMBER: _ClassVar[int]
    ANALYSIS_FIELD_NUMBER: _ClassVar[int]
    DEBRIEF_FIELD_NUMBER: _ClassVar[int]
    LANGUAGE_FIELD_NUMBER: _ClassVar[int]
    format: str
    format_version: int
    title: str
    description: str
    seed: int
    pool: StudyPool
    generation: StudyGeneration
    phases: _containers.RepeatedCompositeFieldContainer[StudyPhase]
    allocation: StudyAllocation
    display: StudyDisplay
    readers: StudyReaders
    analysis: StudyAnalysis
    debrief: StudyDebrief
    language: str
    def __init__(self, format: _Optional[str] = ..., format_version: _Optional[int] = ..., title: _Optional[str] = ..., description: _Optional[str] = ..., seed: _Optional[int] = ..., pool: _Optional[_Union[StudyPool, _Mapping]] = ..., generation: _Optional[_Union[StudyGeneration, _Mapping]] = ..., phases: _Optional[_Iterable[_Union[StudyPhase, _Mapping]]] = ..., allocation: _Optional[_Union[StudyAllocation, _Mapping]] = ..., display: _Optional[_Union[StudyDisplay, _Mapping]] = ..., readers: _Optional[_Union[StudyReaders, _Mapping]] = ..., analysis: _Optional[_Union[StudyAnalysis, _Mapping]] = ..., debrief: _Optional[_Union[StudyDebrief, _Mapping]] = ..., language: _Optional[str] = ...) -> None: ...

class StudyPool(_message.Message):
    __slots__ = ("reals", "drawn", "composition", "look_alike_threshold", "source")
    REALS_FIELD_NUMBER: _ClassVar[int]
    DRAWN_FIELD_NUMBER: _ClassVar[int]
    COMPOSITION_FIELD_NUMBER: _ClassVar[int]
    LOOK_ALIKE_THRESHOLD_FIELD_NUMBER: _ClassVar[int]
    SOURCE_FIELD_NUMBER: _ClassVar[int]
    reals: str
    drawn: int
    composition: StudyComposition
    look_alike_threshold: float
    source: str
    def __init__(self, reals: _Optional[str] = ..., drawn: _Optional[int] = ..., composition: _Optional[_Union[StudyComposition, _Mapping]] = ..., look_alike_threshold: _Optional[float] = ..., source: _Optional[str] = ...) -> None: ...

class StudyComposition(_message.Message):
    __slots__ = ("real", "synthesised", "edited")
    REAL_FIELD_NUMBER: _ClassVar[int]
    SYNTHESISED_FIELD_NUMBER: _ClassVar[int]
    EDITED_FIELD_NUMBER: _ClassVar[int]
    real: int
    synthesised: int
    edited: int
    def __init__(self, real: _Optional[int] = ..., synthesised: _Optional[int] = ..., edited: _Optional[int] = ...) -> None: ...

class StudyGeneration(_message.Message):
    __slots__ = ("samples", "truncation_psi", "edit_probability", "labels", "directions", "regions", "transfer_probability", "sigmas", "bundle_digest", "locality")
    class LabelsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    SAMPLES_FIELD_NUMBER: _ClassVar[int]
    TRUNCATION_PSI_FIELD_NUMBER: _ClassVar[int]
    EDIT_PROBABILITY_FIELD_NUMBER: _ClassVar[int]
    LABELS_FIELD_NUMBER: _ClassVar[int]
    DIRECTIONS_FIELD_NUMBER: _ClassVar[int]
    REGIONS_FIELD_NUMBER: _ClassVar[int]
    TRANSFER_PROBABILITY_FIELD_NUMBER: _ClassVar[int]
    SIGMAS_FIELD_NUMBER: _ClassVar[int]
    BUNDLE_DIGEST_FIELD_NUMBER: _ClassVar[int]
    LOCALITY_FIELD_NUMBER: _ClassVar[int]
    samples: int
    truncation_psi: float
    edit_probability: float
    labels: _containers.ScalarMap[str, str]
    directions: _containers.RepeatedScalarFieldContainer[str]
    regions: _containers.RepeatedScalarFieldContainer[str]
    transfer_probability: float
    sigmas: float
    bundle_digest: str
    locality: _latents_pb2.Locality
    def __init__(self, samples: _Optional[int] = ..., truncation_psi: _Optional[float] = ..., edit_probability: _Optional[float] = ..., labels: _Optional[_Mapping[str, str]] = ..., directions: _Optional[_Iterable[str]] = ..., regions: _Optional[_Iterable[str]] = ..., transfer_probability: _Optional[float] = ..., sigmas: _Optional[float] = ..., bundle_digest: _Optional[str] = ..., locality: _Optional[_Union[_latents_pb2.Locality, str]] = ...) -> None: ...

class StudyPhase(_message.Message):
    __slots__ = ("name", "awareness", "introduction", "cues", "tasks", "other_images")
    NAME_FIELD_NUMBER: _ClassVar[int]
    AWARENESS_FIELD_NUMBER: _ClassVar[int]
    INTRODUCTION_FIELD_NUMBER: _ClassVar[int]
    CUES_FIELD_NUMBER: _ClassVar[int]
    TASKS_FIELD_NUMBER: _ClassVar[int]
    OTHER_IMAGES_FIELD_NUMBER: _ClassVar[int]
    name: str
    awareness: StudyAwareness
    introduction: str
    cues: _containers.RepeatedScalarFieldContainer[str]
    tasks: _containers.RepeatedCompositeFieldContainer[StudyTask]
    other_images: bool
    def __init__(self, name: _Optional[str] = ..., awareness: _Optional[_Union[StudyAwareness, str]] = ..., introduction: _Optional[str] = ..., cues: _Optional[_Iterable[str]] = ..., tasks: _Optional[_Iterable[_Union[StudyTask, _Mapping]]] = ..., other_images: _Optional[bool] = ...) -> None: ...

class StudyTask(_message.Message):
    __slots__ = ("name", "instructions", "trials", "practice", "repeated_trials", "rating", "odd_one_out", "forced_choice", "location", "quality", "reading")
    NAME_FIELD_NUMBER: _ClassVar[int]
    INSTRUCTIONS_FIELD_NUMBER: _ClassVar[int]
    TRIALS_FIELD_NUMBER: _ClassVar[int]
    PRACTICE_FIELD_NUMBER: _ClassVar[int]
    REPEATED_TRIALS_FIELD_NUMBER: _ClassVar[int]
    RATING_FIELD_NUMBER: _ClassVar[int]
    ODD_ONE_OUT_FIELD_NUMBER: _ClassVar[int]
    FORCED_CHOICE_FIELD_NUMBER: _ClassVar[int]
    LOCATION_FIELD_NUMBER: _ClassVar[int]
    QUALITY_FIELD_NUMBER: _ClassVar[int]
    READING_FIELD_NUMBER: _ClassVar[int]
    name: str
    instructions: str
    trials: int
    practice: int
    repeated_trials: int
    rating: RatingTask
    odd_one_out: OddOneOutTask
    forced_choice: ForcedChoiceTask
    location: LocationTask
    quality: QualityTask
    reading: ReadingTask
    def __init__(self, name: _Optional[str] = ..., instructions: _Optional[str] = ..., trials: _Optional[int] = ..., practice: _Optional[int] = ..., repeated_trials: _Optional[int] = ..., rating: _Optional[_Union[RatingTask, _Mapping]] = ..., odd_one_out: _Optional[_Union[OddOneOutTask, _Mapping]] = ..., forced_choice: _Optional[_Union[ForcedChoiceTask, _Mapping]] = ..., location: _Optional[_Union[LocationTask, _Mapping]] = ..., quality: _Optional[_Union[QualityTask, _Mapping]] = ..., reading: _Optional[_Union[ReadingTask, _Mapping]] = ...) -> None: ...

class RatingTask(_message.Message):
    __slots__ = ("binary_asked",)
    BINARY_ASKED_FIELD_NUMBER: _ClassVar[int]
    binary_asked: bool
    def __init__(self, binary_asked: _Optional[bool] = ...) -> None: ...

class OddOneOutTask(_message.Message):
    __slots__ = ("images", "wrong_answers")
    IMAGES_FIELD_NUMBER: _ClassVar[int]
    WRONG_ANSWERS_FIELD_NUMBER: _ClassVar[int]
    images: int
    wrong_answers: int
    def __init__(self, images: _Optional[int] = ..., wrong_answers: _Optional[int] = ...) -> None: ...

class ForcedChoiceTask(_message.Message):
    __slots__ = ("images",)
    IMAGES_FIELD_NUMBER: _ClassVar[int]
    images: int
    def __init__(self, images: _Optional[int] = ...) -> None: ...

class LocationTask(_message.Message):
    __slots__ = ("places", "tolerance")
    PLACES_FIELD_NUMBER: _ClassVar[int]
    TOLERANCE_FIELD_NUMBER: _ClassVar[int]
    places: int
    tolerance: float
    def __init__(self, places: _Optional[int] = ..., tolerance: _Optional[float] = ...) -> None: ...

class QualityTask(_message.Message):
    __slots__ = ("anchors",)
    ANCHORS_FIELD_NUMBER: _ClassVar[int]
    anchors: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, anchors: _Optional[_Iterable[str]] = ...) -> None: ...

class ReadingTask(_message.Message):
    __slots__ = ("bi_rads", "density")
    BI_RADS_FIELD_NUMBER: _ClassVar[int]
    DENSITY_FIELD_NUMBER: _ClassVar[int]
    bi_rads: bool
    density: bool
    def __init__(self, bi_rads: _Optional[bool] = ..., density: _Optional[bool] = ...) -> None: ...

class StudyAllocation(_message.Message):
    __slots__ = ("crossing", "blocks", "anchors", "fixed_task_order")
    CROSSING_FIELD_NUMBER: _ClassVar[int]
    BLOCKS_FIELD_NUMBER: _ClassVar[int]
    ANCHORS_FIELD_NUMBER: _ClassVar[int]
    FIXED_TASK_ORDER_FIELD_NUMBER: _ClassVar[int]
    crossing: StudyCrossing
    blocks: int
    anchors: int
    fixed_task_order: bool
    def __init__(self, crossing: _Optional[_Union[StudyCrossing, str]] = ..., blocks: _Optional[int] = ..., anchors: _Optional[int] = ..., fixed_task_order: _Optional[bool] = ...) -> None: ...

class StudyDisplay(_message.Message):
    __slots__ = ("window_fixed", "zoom_fixed", "dark_milliseconds", "smallest_width", "smallest_height", "phones_allowed", "image_millimetres", "distance_asked", "longest_seconds", "corrections_allowed")
    WINDOW_FIXED_FIELD_NUMBER: _ClassVar[int]
    ZOOM_FIXED_FIELD_NUMBER: _ClassVar[int]
    DARK_MILLISECONDS_FIELD_NUMBER: _ClassVar[int]
    SMALLEST_WIDTH_FIELD_NUMBER: _ClassVar[int]
    SMALLEST_HEIGHT_FIELD_NUMBER: _ClassVar[int]
    PHONES_ALLOWED_FIELD_NUMBER: _ClassVar[int]
    IMAGE_MILLIMETRES_FIELD_NUMBER: _ClassVar[int]
    DISTANCE_ASKED_FIELD_NUMBER: _ClassVar[int]
    LONGEST_SECONDS_FIELD_NUMBER: _ClassVar[int]
    CORRECTIONS_ALLOWED_FIELD_NUMBER: _ClassVar[int]
    window_fixed: bool
    zoom_fixed: bool
    dark_milliseconds: int
    smallest_width: int
    smallest_height: int
    phones_allowed: bool
    image_millimetres: float
    distance_asked: bool
    longest_seconds: int
    corrections_allowed: bool
    def __init__(self, window_fixed: _Optional[bool] = ..., zoom_fixed: _Optional[bool] = ..., dark_milliseconds: _Optional[int] = ..., smallest_width: _Optional[int] = ..., smallest_height: _Optional[int] = ..., phones_allowed: _Optional[bool] = ..., image_millimetres: _Optional[float] = ..., distance_asked: _Optional[bool] = ..., longest_seconds: _Optional[int] = ..., corrections_allowed: _Optional[bool] = ...) -> None: ...

class StudyReaders(_message.Message):
    __slots__ = ("planned", "consent", "specialties")
    PLANNED_FIELD_NUMBER: _ClassVar[int]
    CONSENT_FIELD_NUMBER: _ClassVar[int]
    SPECIALTIES_FIELD_NUMBER: _ClassVar[int]
    planned: int
    consent: str
    specialties: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, planned: _Optional[int] = ..., consent: _Optional[str] = ..., specialties: _Optional[_Iterable[str]] = ...) -> None: ...

class StudyAnalysis(_message.Message):
    __slots__ = ("positive", "margin", "confidence", "fixed_readers", "size_reason")
    POSITIVE_FIELD_NUMBER: _ClassVar[int]
    MARGIN_FIELD_NUMBER: _ClassVar[int]
    CONFIDENCE_FIELD_NUMBER: _ClassVar[int]
    FIXED_READERS_FIELD_NUMBER: _ClassVar[int]
    SIZE_REASON_FIELD_NUMBER: _ClassVar[int]
    positive: StudyPositive
    margin: float
    confidence: float
    fixed_readers: bool
    size_reason: str
    def __init__(self, positive: _Optional[_Union[StudyPositive, str]] = ..., margin: _Optional[float] = ..., confidence: _Optional[float] = ..., fixed_readers: _Optional[bool] = ..., size_reason: _Optional[str] = ...) -> None: ...

class StudyDebrief(_message.Message):
    __slots__ = ("hidden", "peers")
    HIDDEN_FIELD_NUMBER: _ClassVar[int]
    PEERS_FIELD_NUMBER: _ClassVar[int]
    hidden: bool
    peers: bool
    def __init__(self, hidden: _Optional[bool] = ..., peers: _Optional[bool] = ...) -> None: ...

class StudyReal(_message.Message):
    __slots__ = ("name", "patient_id", "view", "side", "density", "training")
    NAME_FIELD_NUMBER: _ClassVar[int]
    PATIENT_ID_FIELD_NUMBER: _ClassVar[int]
    VIEW_FIELD_NUMBER: _ClassVar[int]
    SIDE_FIELD_NUMBER: _ClassVar[int]
    DENSITY_FIELD_NUMBER: _ClassVar[int]
    TRAINING_FIELD_NUMBER: _ClassVar[int]
    name: str
    patient_id: str
    view: _images_pb2.View
    side: _images_pb2.Side
    density: _cases_pb2.Density
    training: bool
    def __init__(self, name: _Optional[str] = ..., patient_id: _Optional[str] = ..., view: _Optional[_Union[_images_pb2.View, str]] = ..., side: _Optional[_Union[_images_pb2.Side, str]] = ..., density: _Optional[_Union[_cases_pb2.Density, str]] = ..., training: _Optional[bool] = ...) -> None: ...
