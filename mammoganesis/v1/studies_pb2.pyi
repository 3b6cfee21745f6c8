import datetime

from google.protobuf import timestamp_pb2 as _timestamp_pb2
from mammoganesis.v1 import cases_pb2 as _cases_pb2
from mammoganesis.v1 import images_pb2 as _images_pb2
from mammoganesis.v1 import study_design_pb2 as _study_design_pb2
from mammoganesis.v1 import style_transfer_pb2 as _style_transfer_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class StudyState(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    STUDY_STATE_UNSPECIFIED: _ClassVar[StudyState]
    STUDY_STATE_DRAFT: _ClassVar[StudyState]
    STUDY_STATE_READY: _ClassVar[StudyState]
    STUDY_STATE_OPEN: _ClassVar[StudyState]
    STUDY_STATE_CLOSED: _ClassVar[StudyState]

class StudyPreparation(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    STUDY_PREPARATION_UNSPECIFIED: _ClassVar[StudyPreparation]
    STUDY_PREPARATION_GENERATING: _ClassVar[StudyPreparation]
    STUDY_PREPARATION_WRITING: _ClassVar[StudyPreparation]
    STUDY_PREPARATION_COMPARING: _ClassVar[StudyPreparation]
    STUDY_PREPARATION_DONE: _ClassVar[StudyPreparation]

class StudyFileFormat(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    STUDY_FILE_FORMAT_UNSPECIFIED: _ClassVar[StudyFileFormat]
    STUDY_FILE_FORMAT_HTML: _ClassVar[StudyFileFormat]
    STUDY_FILE_FORMAT_PDF: _ClassVar[StudyFileFormat]
    STUDY_FILE_FORMAT_CSV: _ClassVar[StudyFileFormat]
    STUDY_FILE_FORMAT_JSON: _ClassVar[StudyFileFormat]
    STUDY_FILE_FORMAT_IMRMC: _ClassVar[StudyFileFormat]
    STUDY_FILE_FORMAT_XAPI: _ClassVar[StudyFileFormat]
    STUDY_FILE_FORMAT_ZIP: _ClassVar[StudyFileFormat]

class StudyQuestion(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    STUDY_QUESTION_UNSPECIFIED: _ClassVar[StudyQuestion]
    STUDY_QUESTION_DIFFERENCE: _ClassVar[StudyQuestion]
    STUDY_QUESTION_EQUIVALENCE: _ClassVar[StudyQuestion]
    STUDY_QUESTION_WIDTH: _ClassVar[StudyQuestion]

class ReadingStage(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    READING_STAGE_UNSPECIFIED: _ClassVar[ReadingStage]
    READING_STAGE_WAITING: _ClassVar[ReadingStage]
    READING_STAGE_CONSENT: _ClassVar[ReadingStage]
    READING_STAGE_TRIALS: _ClassVar[ReadingStage]
    READING_STAGE_FINISHED: _ClassVar[ReadingStage]
    READING_STAGE_CLOSED: _ClassVar[ReadingStage]

class ReadingEventKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    READING_EVENT_KIND_UNSPECIFIED: _ClassVar[ReadingEventKind]
    READING_EVENT_KIND_SHOWN: _ClassVar[ReadingEventKind]
    READING_EVENT_KIND_WINDOW: _ClassVar[ReadingEventKind]
    READING_EVENT_KIND_ZOOM: _ClassVar[ReadingEventKind]
    READING_EVENT_KIND_PAN: _ClassVar[ReadingEventKind]
    READING_EVENT_KIND_HIDDEN: _ClassVar[ReadingEventKind]
    READING_EVENT_KIND_VISIBLE: _ClassVar[ReadingEventKind]
    READING_EVENT_KIND_RESIZED: _ClassVar[ReadingEventKind]
    READING_EVENT_KIND_ANSWERED: _ClassVar[ReadingEventKind]
STUDY_STATE_UNSPECIFIED: StudyState
STUDY_STATE_DRAFT: StudyState
STUDY_STATE_READY: StudyState
STUDY_STATE_OPEN: StudyState
STUDY_STATE_CLOSED: StudyState
STUDY_PREPARATION_UNSPECIFIED: StudyPreparation
STUDY_PREPARATION_GENERATING: StudyPreparation
STUDY_PREPARATION_WRITING: StudyPreparation
STUDY_PREPARATION_COMPARING: StudyPreparation
STUDY_PREPARATION_DONE: StudyPreparation
STUDY_FILE_FORMAT_UNSPECIFIED: StudyFileFormat
STUDY_FILE_FORMAT_HTML: StudyFileFormat
STUDY_FILE_FORMAT_PDF: StudyFileFormat
STUDY_FILE_FORMAT_CSV: StudyFileFormat
STUDY_FILE_FORMAT_JSON: StudyFileFormat
STUDY_FILE_FORMAT_IMRMC: StudyFileFormat
STUDY_FILE_FORMAT_XAPI: StudyFileFormat
STUDY_FILE_FORMAT_ZIP: StudyFileFormat
STUDY_QUESTION_UNSPECIFIED: StudyQuestion
STUDY_QUESTION_DIFFERENCE: StudyQuestion
STUDY_QUESTION_EQUIVALENCE: StudyQuestion
STUDY_QUESTION_WIDTH: StudyQuestion
READING_STAGE_UNSPECIFIED: ReadingStage
READING_STAGE_WAITING: ReadingStage
READING_STAGE_CONSENT: ReadingStage
READING_STAGE_TRIALS: ReadingStage
READING_STAGE_FINISHED: ReadingStage
READING_STAGE_CLOSED: ReadingStage
READING_EVENT_KIND_UNSPECIFIED: ReadingEventKind
READING_EVENT_KIND_SHOWN: ReadingEventKind
READING_EVENT_KIND_WINDOW: ReadingEventKind
READING_EVENT_KIND_ZOOM: ReadingEventKind
READING_EVENT_KIND_PAN: ReadingEventKind
READING_EVENT_KIND_HIDDEN: ReadingEventKind
READING_EVENT_KIND_VISIBLE: ReadingEventKind
READING_EVENT_KIND_RESIZED: ReadingEventKind
READING_EVENT_KIND_ANSWERED: ReadingEventKind

class Study(_message.Message):
    __slots__ = ("study_id", "title", "state", "created_at", "opened_at", "closed_at", "protocol_hash", "reals", "readers", "finished")
    STUDY_ID_FIELD_NUMBER: _ClassVar[int]
    TITLE_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    CREATED_AT_FIELD_NUMBER: _ClassVar[int]
    OPENED_AT_FIELD_NUMBER: _ClassVar[int]
    CLOSED_AT_FIELD_NUMBER: _ClassVar[int]
    PROTOCOL_HASH_FIELD_NUMBER: _ClassVar[int]
    REALS_FIELD_NUMBER: _ClassVar[int]
    READERS_FIELD_NUMBER: _ClassVar[int]
    FINISHED_FIELD_NUMBER: _ClassVar[int]
    study_id: str
    title: str
    state: StudyState
    created_at: _timestamp_pb2.Timestamp
    opened_at: _timestamp_pb2.Timestamp
    closed_at: _timestamp_pb2.Timestamp
    protocol_hash: str
    reals: int
    readers: int
    finished: int
    def __init__(self, study_id: _Optional[str] = ..., title: _Optional[str] = ..., state: _Optional[_Union[StudyState, str]] = ..., created_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., opened_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., closed_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., protocol_hash: _Optional[str] = ..., reals: _Optional[int] = ..., readers: _Optional[int] = ..., finished: _Optional[int] = ...) -> None: ...

class StudyRemark(_message.Message):
    __slots__ = ("field", "text", "blocking")
    FIELD_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    BLOCKING_FIELD_NUMBER: _ClassVar[int]
    field: str
    text: str
    blocking: bool
    def __init__(self, field: _Optional[str] = ..., text: _Optional[str] = ..., blocking: _Optional[bool] = ...) -> None: ...

class CreateStudyRequest(_message.Message):
    __slots__ = ("design", "language")
    DESIGN_FIELD_NUMBER: _ClassVar[int]
    LANGUAGE_FIELD_NUMBER: _ClassVar[int]
    design: _study_design_pb2.StudyDesign
    language: str
    def __init__(self, design: _Optional[_Union[_study_design_pb2.StudyDesign, _Mapping]] = ..., language: _Optional[str] = ...) -> None: ...

class CreateStudyResponse(_message.Message):
    __slots__ = ("study", "remarks")
    STUDY_FIELD_NUMBER: _ClassVar[int]
    REMARKS_FIELD_NUMBER: _ClassVar[int]
    study: Study
    remarks: _containers.RepeatedCompositeFieldContainer[StudyRemark]
    def __init__(self, study: _Optional[_Union[Study, _Mapping]] = ..., remarks: _Optional[_Iterable[_Union[StudyRemark, _Mapping]]] = ...) -> None: ...

class SaveStudyRequest(_message.Message):
    __slots__ = ("study_id", "design", "language")
    STUDY_ID_FIELD_NUMBER: _ClassVar[int]
    DESIGN_FIELD_NUMBER: _ClassVar[int]
    LANGUAGE_FIELD_NUMBER: _ClassVar[int]
    study_id: str
    design: _study_design_pb2.StudyDesign
    language: str
    def __init__(self, study_id: _Optional[str] = ..., design: _Optional[_Union[_study_design_pb2.StudyDesign, _Mapping]] = ..., language: _Optional[str] = ...) -> None: ...

class SaveStudyResponse(_message.Message):
    __slots__ = ("study", "remarks")
    STUDY_FIELD_NUMBER: _ClassVar[int]
    REMARKS_FIELD_NUMBER: _ClassVar[int]
    study: Study
    remarks: _containers.RepeatedCompositeFieldContainer[StudyRemark]
    def __init__(self, study: _Optional[_Union[Study, _Mapping]] = ..., remarks: _Optional[_Iterable[_Union[StudyRemark, _Mapping]]] = ...) -> None: ...

class AddRealRequest(_message.Message):
    __slots__ = ("study_id", "real", "data", "upload_id")
    STUDY_ID_FIELD_NUMBER: _ClassVar[int]
    REAL_FIELD_NUMBER: _ClassVar[int]
    DATA_FIELD_NUMBER: _ClassVar[int]
    UPLOAD_ID_FIELD_NUMBER: _ClassVar[int]
    study_id: str
    real: _study_design_pb2.StudyReal
    data: bytes
    upload_id: str
    def __init__(self, study_id: _Optional[str] = ..., real: _Optional[_Union[_study_design_pb2.StudyReal, _Mapping]] = ..., data: _Optional[bytes] = ..., upload_id: _Optional[str] = ...) -> None: ...

class AddRealResponse(_message.Message):
    __slots__ = ("sha256", "reals")
    SHA256_FIELD_NUMBER: _ClassVar[int]
    REALS_FIELD_NUMBER: _ClassVar[int]
    sha256: str
    reals: int
    def __init__(self, sha256: _Optional[str] = ..., reals: _Optional[int] = ...) -> None: ...

class RemoveRealRequest(_message.Message):
    __slots__ = ("study_id", "name")
    STUDY_ID_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    study_id: str
    name: str
    def __init__(self, study_id: _Optional[str] = ..., name: _Optional[str] = ...) -> None: ...

class RemoveRealResponse(_message.Message):
    __slots__ = ("reals",)
    REALS_FIELD_NUMBER: _ClassVar[int]
    reals: int
    def __init__(self, reals: _Optional[int] = ...) -> None: ...

class PrepareStudyRequest(_message.Message):
    __slots__ = ("study_id",)
    STUDY_ID_FIELD_NUMBER: _ClassVar[int]
    study_id: str
    def __init__(self, study_id: _Optional[str] = ...) -> None: ...

class PrepareStudyResponse(_message.Message):
    __slots__ = ("doing", "done", "total", "study")
    DOING_FIELD_NUMBER: _ClassVar[int]
    DONE_FIELD_NUMBER: _ClassVar[int]
    TOTAL_FIELD_NUMBER: _ClassVar[int]
    STUDY_FIELD_NUMBER: _ClassVar[int]
    doing: StudyPreparation
    done: int
    total: int
    study: Study
    def __init__(self, doing: _Optional[_Union[StudyPreparation, str]] = ..., done: _Optional[int] = ..., total: _Optional[int] = ..., study: _Optional[_Union[Study, _Mapping]] = ...) -> None: ...

class OpenStudyRequest(_message.Message):
    __slots__ = ("study_id", "protocol_hash")
    STUDY_ID_FIELD_NUMBER: _ClassVar[int]
    PROTOCOL_HASH_FIELD_NUMBER: _ClassVar[int]
    study_id: str
    protocol_hash: str
    def __init__(self, study_id: _Optional[str] = ..., protocol_hash: _Optional[str] = ...) -> None: ...

class OpenStudyResponse(_message.Message):
    __slots__ = ("study",)
    STUDY_FIELD_NUMBER: _ClassVar[int]
    study: Study
    def __init__(self, study: _Optional[_Union[Study, _Mapping]] = ...) -> None: ...

class CloseStudyRequest(_message.Message):
    __slots__ = ("study_id",)
    STUDY_ID_FIELD_NUMBER: _ClassVar[int]
    study_id: str
    def __init__(self, study_id: _Optional[str] = ...) -> None: ...

class CloseStudyResponse(_message.Message):
    __slots__ = ("study",)
    STUDY_FIELD_NUMBER: _ClassVar[int]
    study: Study
    def __init__(self, study: _Optional[_Union[Study, _Mapping]] = ...) -> None: ...

class GetStudyRequest(_message.Message):
    __slots__ = ("study_id", "language")
    STUDY_ID_FIELD_NUMBER: _ClassVar[int]
    LANGUAGE_FIELD_NUMBER: _ClassVar[int]
    study_id: str
    language: str
    def __init__(self, study_id: _Optional[str] = ..., language: _Optional[str] = ...) -> None: ...

class GetStudyResponse(_message.Message):
    __slots__ = ("study", "design", "remarks", "reals", "composition", "look_alikes", "readers")
    STUDY_FIELD_NUMBER: _ClassVar[int]
    DESIGN_FIELD_NUMBER: _ClassVar[int]
    REMARKS_FIELD_NUMBER: _ClassVar[int]
    REALS_FIELD_NUMBER: _ClassVar[int]
    COMPOSITION_FIELD_NUMBER: _ClassVar[int]
    LOOK_ALIKES_FIELD_NUMBER: _ClassVar[int]
    READERS_FIELD_NUMBER: _ClassVar[int]
    study: Study
    design: _study_design_pb2.StudyDesign
    remarks: _containers.RepeatedCompositeFieldContainer[StudyRemark]
    reals: _containers.RepeatedCompositeFieldContainer[_study_design_pb2.StudyReal]
    composition: _study_design_pb2.StudyComposition
    look_alikes: int
    readers: _containers.RepeatedCompositeFieldContainer[StudyReader]
    def __init__(self, study: _Optional[_Union[Study, _Mapping]] = ..., design: _Optional[_Union[_study_design_pb2.StudyDesign, _Mapping]] = ..., remarks: _Optional[_Iterable[_Union[StudyRemark, _Mapping]]] = ..., reals: _Optional[_Iterable[_Union[_study_design_pb2.StudyReal, _Mapping]]] = ..., composition: _Optional[_Union[_study_design_pb2.StudyComposition, _Mapping]] = ..., look_alikes: _Optional[int] = ..., readers: _Optional[_Iterable[_Union[StudyReader, _Mapping]]] = ...) -> None: ...

class StudyReader(_message.Message):
    __slots__ = ("reader_id", "pseudonym", "name", "invited_at", "ends_at", "revoked_at", "begun_at", "last_answer_at", "finished_at", "answered", "trials", "years", "specialty")
    READER_ID_FIELD_NUMBER: _ClassVar[int]
    PSEUDONYM_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    INVITED_AT_FIELD_NUMBER: _ClassVar[int]
    ENDS_AT_FIELD_NUMBER: _ClassVar[int]
    REVOKED_AT_FIELD_NUMBER: _ClassVar[int]
    BEGUN_AT_FIELD_NUMBER: _ClassVar[int]
    LAST_ANSWER_AT_FIELD_NUMBER: _ClassVar[int]
    FINISHED_AT_FIELD_NUMBER: _ClassVar[int]
    ANSWERED_FIELD_NUMBER: _ClassVar[int]
    TRIALS_FIELD_NUMBER: _ClassVar[int]
    YEARS_FIELD_NUMBER: _ClassVar[int]
    SPECIALTY_FIELD_NUMBER: _ClassVar[int]
    reader_id: str
    pseudonym: str
    name: str
    invited_at: _timestamp_pb2.Timestamp
    ends_at: _timestamp_pb2.Timestamp
    revoked_at: _timestamp_pb2.Timestamp
    begun_at: _timestamp_pb2.Timestamp
    last_answer_at: _timestamp_pb2.Timestamp
    finished_at: _timestamp_pb2.Timestamp
    answered: int
    trials: int
    years: float
    specialty: str
    def __init__(self, reader_id: _Optional[str] = ..., pseudonym: _Optional[str] = ..., name: _Optional[str] = ..., invited_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., ends_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., revoked_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., begun_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., last_answer_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., finished_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., answered: _Optional[int] = ..., trials: _Optional[int] = ..., years: _Optional[float] = ..., specialty: _Optional[str] = ...) -> None: ...

class GetStudyPictureRequest(_message.Message):
    __slots__ = ("study_id", "real", "picture")
    STUDY_ID_FIELD_NUMBER: _ClassVar[int]
    REAL_FIELD_NUMBER: _ClassVar[int]
    PICTURE_FIELD_NUMBER: _ClassVar[int]
    study_id: str
    real: str
    picture: str
    def __init__(self, study_id: _Optional[str] = ..., real: _Optional[str] = ..., picture: _Optional[str] = ...) -> None: ...

class GetStudyPictureResponse(_message.Message):
    __slots__ = ("data",)
    DATA_FIELD_NUMBER: _ClassVar[int]
    data: bytes
    def __init__(self, data: _Optional[bytes] = ...) -> None: ...

class ListStudiesRequest(_message.Message):
    __slots__ = ("page_size", "page_token")
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    page_size: int
    page_token: str
    def __init__(self, page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListStudiesResponse(_message.Message):
    __slots__ = ("studies", "next_page_token")
    STUDIES_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    studies: _containers.RepeatedCompositeFieldContainer[Study]
    next_page_token: str
    def __init__(self, studies: _Optional[_Iterable[_Union[Study, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class InviteReaderRequest(_message.Message):
    __slots__ = ("study_id", "name", "ends_at")
    STUDY_ID_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    ENDS_AT_FIELD_NUMBER: _ClassVar[int]
    study_id: str
    name: str
    ends_at: _timestamp_pb2.Timestamp
    def __init__(self, study_id: _Optional[str] = ..., name: _Optional[str] = ..., ends_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class InviteReaderResponse(_message.Message):
    __slots__ = ("reader", "token")
    READER_FIELD_NUMBER: _ClassVar[int]
    TOKEN_FIELD_NUMBER: _ClassVar[int]
    reader: StudyReader
    token: str
    def __init__(self, reader: _Optional[_Union[StudyReader, _Mapping]] = ..., token: _Optional[str] = ...) -> None: ...

class RevokeReaderRequest(_message.Message):
    __slots__ = ("study_id", "reader_id")
    STUDY_ID_FIELD_NUMBER: _ClassVar[int]
    READER_ID_FIELD_NUMBER: _ClassVar[int]
    study_id: str
    reader_id: str
    def __init__(self, study_id: _Optional[str] = ..., reader_id: _Optional[str] = ...) -> None: ...

class RevokeReaderResponse(_message.Message):
    __slots__ = ("reader",)
    READER_FIELD_NUMBER: _ClassVar[int]
    reader: StudyReader
    def __init__(self, reader: _Optional[_Union[StudyReader, _Mapping]] = ...) -> None: ...

class ForgetReaderRequest(_message.Message):
    __slots__ = ("study_id", "reader_id")
    STUDY_ID_FIELD_NUMBER: _ClassVar[int]
    READER_ID_FIELD_NUMBER: _ClassVar[int]
    study_id: str
    reader_id: str
    def __init__(self, study_id: _Optional[str] = ..., reader_id: _Optional[str] = ...) -> None: ...

class ForgetReaderResponse(_message.Message):
    __slots__ = ("reader",)
    READER_FIELD_NUMBER: _ClassVar[int]
    reader: StudyReader
    def __init__(self, reader: _Optional[_Union[StudyReader, _Mapping]] = ...) -> None: ...

class GetStudyResultsRequest(_message.Message):
    __slots__ = ("study_id", "language")
    STUDY_ID_FIELD_NUMBER: _ClassVar[int]
    LANGUAGE_FIELD_NUMBER: _ClassVar[int]
    study_id: str
    language: str
    def __init__(self, study_id: _Optional[str] = ..., language: _Optional[str] = ...) -> None: ...

class GetStudyResultsResponse(_message.Message):
    __slots__ = ("study", "results_json")
    STUDY_FIELD_NUMBER: _ClassVar[int]
    RESULTS_JSON_FIELD_NUMBER: _ClassVar[int]
    study: Study
    results_json: str
    def __init__(self, study: _Optional[_Union[Study, _Mapping]] = ..., results_json: _Optional[str] = ...) -> None: ...

class ExportStudyRequest(_message.Message):
    __slots__ = ("study_id", "format", "language")
    STUDY_ID_FIELD_NUMBER: _ClassVar[int]
    FORMAT_FIELD_NUMBER: _ClassVar[int]
    LANGUAGE_FIELD_NUMBER: _ClassVar[int]
    study_id: str
    format: StudyFileFormat
    language: str
    def __init__(self, study_id: _Optional[str] = ..., format: _Optional[_Union[StudyFileFormat, str]] = ..., language: _Optional[str] = ...) -> None: ...

class ExportStudyResponse(_message.Message):
    __slots__ = ("data", "file_name")
    DATA_FIELD_NUMBER: _ClassVar[int]
    FILE_NAME_FIELD_NUMBER: _ClassVar[int]
    data: bytes
    file_name: str
    def __init__(self, data: _Optional[bytes] = ..., file_name: _Optional[str] = ...) -> None: ...

class SizeStudyRequest(_message.Message):
    __slots__ = ("question", "auc", "margin", "width", "readers", "real_cases", "generated_cases", "reader_deviation", "correlation", "power", "confidence")
    QUESTION_FIELD_NUMBER: _ClassVar[int]
    AUC_FIELD_NUMBER: _ClassVar[int]
    MARGIN_FIELD_NUMBER: _ClassVar[int]
    WIDTH_FIELD_NUMBER: _ClassVar[int]
    READERS_FIELD_NUMBER: _ClassVar[int]
    REAL_CASES_FIELD_NUMBER: _ClassVar[int]
    GENERATED_CASES_FIELD_NUMBER: _ClassVar[int]
    READER_DEVIATION_FIELD_NUMBER: _ClassVar[int]
    CORRELATION_FIELD_NUMBER: _ClassVar[int]
    POWER_FIELD_NUMBER: _ClassVar[int]
    CONFIDENCE_FIELD_NUMBER: _ClassVar[int]
    question: StudyQuestion
    auc: float
    margin: float
    width: float
    readers: int
    real_cases: int
    generated_cases: int
    reader_deviation: float
    correlation: float
    power: float
    confidence: float
    def __init__(self, question: _Optional[_Union[StudyQuestion, str]] = ..., auc: _Optional[float] = ..., margin: _Optional[float] = ..., width: _Optional[float] = ..., readers: _Optional[int] = ..., real_cases: _Optional[int] = ..., generated_cases: _Optional[int] = ..., reader_deviation: _Optional[float] = ..., correlation: _Optional[float] = ..., power: _Optional[float] = ..., confidence: _Optional[float] = ...) -> None: ...

class SizeStudyResponse(_message.Message):
    __slots__ = ("sizes",)
    SIZES_FIELD_NUMBER: _ClassVar[int]
    sizes: _containers.RepeatedCompositeFieldContainer[StudySize]
    def __init__(self, sizes: _Optional[_Iterable[_Union[StudySize, _Mapping]]] = ...) -> None: ...

class StudySize(_message.Message):
    __slots__ = ("readers", "real_cases", "generated_cases", "power", "width")
    READERS_FIELD_NUMBER: _ClassVar[int]
    REAL_CASES_FIELD_NUMBER: _ClassVar[int]
    GENERATED_CASES_FIELD_NUMBER: _ClassVar[int]
    POWER_FIELD_NUMBER: _ClassVar[int]
    WIDTH_FIELD_NUMBER: _ClassVar[int]
    readers: int
    real_cases: int
    generated_cases: int
    power: float
    width: float
    def __init__(self, readers: _Optional[int] = ..., real_cases: _Optional[int] = ..., generated_cases: _Optional[int] = ..., power: _Optional[float] = ..., width: _Optional[float] = ...) -> None: ...

class OpenReadingRequest(_message.Message):
    __slots__ = ("token", "language")
    TOKEN_FIELD_NUMBER: _ClassVar[int]
    LANGUAGE_FIELD_NUMBER: _ClassVar[int]
    token: str
    language: str
    def __init__(self, token: _Optional[str] = ..., language: _Optional[str] = ...) -> None: ...

class OpenReadingResponse(_message.Message):
    __slots__ = ("title", "stage", "consent", "specialties", "display", "trials", "answered", "total", "pseudonym", "answered_trials", "language", "consent_language")
    TITLE_FIELD_NUMBER: _ClassVar[int]
    STAGE_FIELD_NUMBER: _ClassVar[int]
    CONSENT_FIELD_NUMBER: _ClassVar[int]
    SPECIALTIES_FIELD_NUMBER: _ClassVar[int]
    DISPLAY_FIELD_NUMBER: _ClassVar[int]
    TRIALS_FIELD_NUMBER: _ClassVar[int]
    ANSWERED_FIELD_NUMBER: _ClassVar[int]
    TOTAL_FIELD_NUMBER: _ClassVar[int]
    PSEUDONYM_FIELD_NUMBER: _ClassVar[int]
    ANSWERED_TRIALS_FIELD_NUMBER: _ClassVar[int]
    LANGUAGE_FIELD_NUMBER: _ClassVar[int]
    CONSENT_LANGUAGE_FIELD_NUMBER: _ClassVar[int]
    title: str
    stage: ReadingStage
    consent: str
    specialties: _containers.RepeatedScalarFieldContainer[str]
    display: _study_design_pb2.StudyDisplay
    trials: _containers.RepeatedCompositeFieldContainer[Trial]
    answered: int
    total: int
    pseudonym: str
    answered_trials: _containers.RepeatedCompositeFieldContainer[AnsweredTrial]
    language: str
    consent_language: str
    def __init__(self, title: _Optional[str] = ..., stage: _Optional[_Union[ReadingStage, str]] = ..., consent: _Optional[str] = ..., specialties: _Optional[_Iterable[str]] = ..., display: _Optional[_Union[_study_design_pb2.StudyDisplay, _Mapping]] = ..., trials: _Optional[_Iterable[_Union[Trial, _Mapping]]] = ..., answered: _Optional[int] = ..., total: _Optional[int] = ..., pseudonym: _Optional[str] = ..., answered_trials: _Optional[_Iterable[_Union[AnsweredTrial, _Mapping]]] = ..., language: _Optional[str] = ..., consent_language: _Optional[str] = ...) -> None: ...

class Trial(_message.Message):
    __slots__ = ("trial_id", "introduction", "cues", "instructions", "number", "of", "practice", "pictures", "rating", "odd_one_out", "forced_choice", "location", "quality", "reading", "suspicion", "introduction_language", "instructions_language")
    TRIAL_ID_FIELD_NUMBER: _ClassVar[int]
    INTRODUCTION_FIELD_NUMBER: _ClassVar[int]
    CUES_FIELD_NUMBER: _ClassVar[int]
    INSTRUCTIONS_FIELD_NUMBER: _ClassVar[int]
    NUMBER_FIELD_NUMBER: _ClassVar[int]
    OF_FIELD_NUMBER: _ClassVar[int]
    PRACTICE_FIELD_NUMBER: _ClassVar[int]
    PICTURES_FIELD_NUMBER: _ClassVar[int]
    RATING_FIELD_NUMBER: _ClassVar[int]
    ODD_ONE_OUT_FIELD_NUMBER: _ClassVar[int]
    FORCED_CHOICE_FIELD_NUMBER: _ClassVar[int]
    LOCATION_FIELD_NUMBER: _ClassVar[int]
    QUALITY_FIELD_NUMBER: _ClassVar[int]
    READING_FIELD_NUMBER: _ClassVar[int]
    SUSPICION_FIELD_NUMBER: _ClassVar[int]
    INTRODUCTION_LANGUAGE_FIELD_NUMBER: _ClassVar[int]
    INSTRUCTIONS_LANGUAGE_FIELD_NUMBER: _ClassVar[int]
    trial_id: str
    introduction: str
    cues: _containers.RepeatedScalarFieldContainer[str]
    instructions: str
    number: int
    of: int
    practice: bool
    pictures: _containers.RepeatedCompositeFieldContainer[ReadingPicture]
    rating: _study_design_pb2.RatingTask
    odd_one_out: _study_design_pb2.OddOneOutTask
    forced_choice: _study_design_pb2.ForcedChoiceTask
    location: _study_design_pb2.LocationTask
    quality: _study_design_pb2.QualityTask
    reading: _study_design_pb2.ReadingTask
    suspicion: SuspicionQuestion
    introduction_language: str
    instructions_language: str
    def __init__(self, trial_id: _Optional[str] = ..., introduction: _Optional[str] = ..., cues: _Optional[_Iterable[str]] = ..., instructions: _Optional[str] = ..., number: _Optional[int] = ..., of: _Optional[int] = ..., practice: _Optional[bool] = ..., pictures: _Optional[_Iterable[_Union[ReadingPicture, _Mapping]]] = ..., rating: _Optional[_Union[_study_design_pb2.RatingTask, _Mapping]] = ..., odd_one_out: _Optional[_Union[_study_design_pb2.OddOneOutTask, _Mapping]] = ..., forced_choice: _Optional[_Union[_study_design_pb2.ForcedChoiceTask, _Mapping]] = ..., location: _Optional[_Union[_study_design_pb2.LocationTask, _Mapping]] = ..., quality: _Optional[_Union[_study_design_pb2.QualityTask, _Mapping]] = ..., reading: _Optional[_Union[_study_design_pb2.ReadingTask, _Mapping]] = ..., suspicion: _Optional[_Union[SuspicionQuestion, _Mapping]] = ..., introduction_language: _Optional[str] = ..., instructions_language: _Optional[str] = ...) -> None: ...

class SuspicionQuestion(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class ReadingPicture(_message.Message):
    __slots__ = ("picture_id", "width", "height")
    PICTURE_ID_FIELD_NUMBER: _ClassVar[int]
    WIDTH_FIELD_NUMBER: _ClassVar[int]
    HEIGHT_FIELD_NUMBER: _ClassVar[int]
    picture_id: str
    width: int
    height: int
    def __init__(self, picture_id: _Optional[str] = ..., width: _Optional[int] = ..., height: _Optional[int] = ...) -> None: ...

class AnsweredTrial(_message.Message):
    __slots__ = ("trial", "answer")
    TRIAL_FIELD_NUMBER: _ClassVar[int]
    ANSWER_FIELD_NUMBER: _ClassVar[int]
    trial: Trial
    answer: ReadingAnswer
    def __init__(self, trial: _Optional[_Union[Trial, _Mapping]] = ..., answer: _Optional[_Union[ReadingAnswer, _Mapping]] = ...) -> None: ...

class BeginReadingRequest(_message.Message):
    __slots__ = ("token", "consent", "years", "specialty", "screen", "language")
    TOKEN_FIELD_NUMBER: _ClassVar[int]
    CONSENT_FIELD_NUMBER: _ClassVar[int]
    YEARS_FIELD_NUMBER: _ClassVar[int]
    SPECIALTY_FIELD_NUMBER: _ClassVar[int]
    SCREEN_FIELD_NUMBER: _ClassVar[int]
    LANGUAGE_FIELD_NUMBER: _ClassVar[int]
    token: str
    consent: bool
    years: float
    specialty: str
    screen: ReadingScreen
    language: str
    def __init__(self, token: _Optional[str] = ..., consent: _Optional[bool] = ..., years: _Optional[float] = ..., specialty: _Optional[str] = ..., screen: _Optional[_Union[ReadingScreen, _Mapping]] = ..., language: _Optional[str] = ...) -> None: ...

class ReadingScreen(_message.Message):
    __slots__ = ("width", "height", "pixel_ratio", "pixels_of_a_millimetre", "distance_centimetres", "phone")
    WIDTH_FIELD_NUMBER: _ClassVar[int]
    HEIGHT_FIELD_NUMBER: _ClassVar[int]
    PIXEL_RATIO_FIELD_NUMBER: _ClassVar[int]
    PIXELS_OF_A_MILLIMETRE_FIELD_NUMBER: _ClassVar[int]
    DISTANCE_CENTIMETRES_FIELD_NUMBER: _ClassVar[int]
    PHONE_FIELD_NUMBER: _ClassVar[int]
    width: int
    height: int
    pixel_ratio: float
    pixels_of_a_millimetre: float
    distance_centimetres: float
    phone: bool
    def __init__(self, width: _Optional[int] = ..., height: _Optional[int] = ..., pixel_ratio: _Optional[float] = ..., pixels_of_a_millimetre: _Optional[float] = ..., distance_centimetres: _Optional[float] = ..., phone: _Optional[bool] = ...) -> None: ...

class BeginReadingResponse(_message.Message):
    __slots__ = ("reading",)
    READING_FIELD_NUMBER: _ClassVar[int]
    reading: OpenReadingResponse
    def __init__(self, reading: _Optional[_Union[OpenReadingResponse, _Mapping]] = ...) -> None: ...

class GetReadingPictureRequest(_message.Message):
    __slots__ = ("token", "picture_id")
    TOKEN_FIELD_NUMBER: _ClassVar[int]
    PICTURE_ID_FIELD_NUMBER: _ClassVar[int]
    token: str
    picture_id: str
    def __init__(self, token: _Optional[str] = ..., picture_id: _Optional[str] = ...) -> None: ...

class GetReadingPictureResponse(_message.Message):
    __slots__ = ("data", "encoding")
    DATA_FIELD_NUMBER: _ClassVar[int]
    ENCODING_FIELD_NUMBER: _ClassVar[int]
    data: bytes
    encoding: _images_pb2.ImageEncoding
    def __init__(self, data: _Optional[bytes] = ..., encoding: _Optional[_Union[_images_pb2.ImageEncoding, str]] = ...) -> None: ...

class ReadingAnswer(_message.Message):
    __slots__ = ("rating", "chosen", "location", "quality", "reading", "suspicion")
    RATING_FIELD_NUMBER: _ClassVar[int]
    CHOSEN_FIELD_NUMBER: _ClassVar[int]
    LOCATION_FIELD_NUMBER: _ClassVar[int]
    QUALITY_FIELD_NUMBER: _ClassVar[int]
    READING_FIELD_NUMBER: _ClassVar[int]
    SUSPICION_FIELD_NUMBER: _ClassVar[int]
    rating: RatingAnswer
    chosen: int
    location: LocationAnswer
    quality: int
    reading: CategoryAnswer
    suspicion: SuspicionAnswer
    def __init__(self, rating: _Optional[_Union[RatingAnswer, _Mapping]] = ..., chosen: _Optional[int] = ..., location: _Optional[_Union[LocationAnswer, _Mapping]] = ..., quality: _Optional[int] = ..., reading: _Optional[_Union[CategoryAnswer, _Mapping]] = ..., suspicion: _Optional[_Union[SuspicionAnswer, _Mapping]] = ...) -> None: ...

class RatingAnswer(_message.Message):
    __slots__ = ("confidence", "generated")
    CONFIDENCE_FIELD_NUMBER: _ClassVar[int]
    GENERATED_FIELD_NUMBER: _ClassVar[int]
    confidence: int
    generated: bool
    def __init__(self, confidence: _Optional[int] = ..., generated: _Optional[bool] = ...) -> None: ...

class LocationAnswer(_message.Message):
    __slots__ = ("places", "confidence")
    PLACES_FIELD_NUMBER: _ClassVar[int]
    CONFIDENCE_FIELD_NUMBER: _ClassVar[int]
    places: _containers.RepeatedCompositeFieldContainer[_style_transfer_pb2.Point]
    confidence: int
    def __init__(self, places: _Optional[_Iterable[_Union[_style_transfer_pb2.Point, _Mapping]]] = ..., confidence: _Optional[int] = ...) -> None: ...

class CategoryAnswer(_message.Message):
    __slots__ = ("bi_rads", "density")
    BI_RADS_FIELD_NUMBER: _ClassVar[int]
    DENSITY_FIELD_NUMBER: _ClassVar[int]
    bi_rads: _cases_pb2.BiRads
    density: _cases_pb2.Density
    def __init__(self, bi_rads: _Optional[_Union[_cases_pb2.BiRads, str]] = ..., density: _Optional[_Union[_cases_pb2.Density, str]] = ...) -> None: ...

class SuspicionAnswer(_message.Message):
    __slots__ = ("suspected", "text")
    SUSPECTED_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    suspected: bool
    text: str
    def __init__(self, suspected: _Optional[bool] = ..., text: _Optional[str] = ...) -> None: ...

class ReadingEvent(_message.Message):
    __slots__ = ("kind", "milliseconds", "picture", "values")
    KIND_FIELD_NUMBER: _ClassVar[int]
    MILLISECONDS_FIELD_NUMBER: _ClassVar[int]
    PICTURE_FIELD_NUMBER: _ClassVar[int]
    VALUES_FIELD_NUMBER: _ClassVar[int]
    kind: ReadingEventKind
    milliseconds: float
    picture: int
    values: _containers.RepeatedScalarFieldContainer[float]
    def __init__(self, kind: _Optional[_Union[ReadingEventKind, str]] = ..., milliseconds: _Optional[float] = ..., picture: _Optional[int] = ..., values: _Optional[_Iterable[float]] = ...) -> None: ...

class RecordAnswerRequest(_message.Message):
    __slots__ = ("token", "trial_id", "answer_id", "answer", "visible_milliseconds", "events", "language")
    TOKEN_FIELD_NUMBER: _ClassVar[int]
    TRIAL_ID_FIELD_NUMBER: _ClassVar[int]
    ANSWER_ID_FIELD_NUMBER: _ClassVar[int]
    ANSWER_FIELD_NUMBER: _ClassVar[int]
    VISIBLE_MILLISECONDS_FIELD_NUMBER: _ClassVar[int]
    EVENTS_FIELD_NUMBER: _ClassVar[int]
    LANGUAGE_FIELD_NUMBER: _ClassVar[int]
    token: str
    trial_id: str
    answer_id: str
    answer: ReadingAnswer
    visible_milliseconds: float
    events: _containers.RepeatedCompositeFieldContainer[ReadingEvent]
    language: str
    def __init__(self, token: _Optional[str] = ..., trial_id: _Optional[str] = ..., answer_id: _Optional[str] = ..., answer: _Optional[_Union[ReadingAnswer, _Mapping]] = ..., visible_milliseconds: _Optional[float] = ..., events: _Optional[_Iterable[_Union[ReadingEvent, _Mapping]]] = ..., language: _Optional[str] = ...) -> None: ...

class RecordAnswerResponse(_message.Message):
    __slots__ = ("right", "generated", "recorded_at", "reading")
    RIGHT_FIELD_NUMBER: _ClassVar[int]
    GENERATED_FIELD_NUMBER: _ClassVar[int]
    RECORDED_AT_FIELD_NUMBER: _ClassVar[int]
    READING_FIELD_NUMBER: _ClassVar[int]
    right: bool
    generated: _containers.RepeatedScalarFieldContainer[bool]
    recorded_at: _timestamp_pb2.Timestamp
    reading: OpenReadingResponse
    def __init__(self, right: _Optional[bool] = ..., generated: _Optional[_Iterable[bool]] = ..., recorded_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., reading: _Optional[_Union[OpenReadingResponse, _Mapping]] = ...) -> None: ...

class GetDebriefRequest(_message.Message):
    __slots__ = ("token",)
    TOKEN_FIELD_NUMBER: _ClassVar[int]
    token: str
    def __init__(self, token: _Optional[str] = ...) -> None: ...

class GetDebriefResponse(_message.Message):
    __slots__ = ("title", "lines", "trials")
    TITLE_FIELD_NUMBER: _ClassVar[int]
    LINES_FIELD_NUMBER: _ClassVar[int]
    TRIALS_FIELD_NUMBER: _ClassVar[int]
    title: str
    lines: _containers.RepeatedCompositeFieldContainer[DebriefLine]
    trials: _containers.RepeatedCompositeFieldContainer[DebriefTrial]
    def __init__(self, title: _Optional[str] = ..., lines: _Optional[_Iterable[_Union[DebriefLine, _Mapping]]] = ..., trials: _Optional[_Iterable[_Union[DebriefTrial, _Mapping]]] = ...) -> None: ...

class DebriefLine(_message.Message):
    __slots__ = ("task", "measure", "value", "low", "high", "peers_below", "peers_median")
    TASK_FIELD_NUMBER: _ClassVar[int]
    MEASURE_FIELD_NUMBER: _ClassVar[int]
    VALUE_FIELD_NUMBER: _ClassVar[int]
    LOW_FIELD_NUMBER: _ClassVar[int]
    HIGH_FIELD_NUMBER: _ClassVar[int]
    PEERS_BELOW_FIELD_NUMBER: _ClassVar[int]
    PEERS_MEDIAN_FIELD_NUMBER: _ClassVar[int]
    task: str
    measure: str
    value: float
    low: float
    high: float
    peers_below: float
    peers_median: float
    def __init__(self, task: _Optional[str] = ..., measure: _Optional[str] = ..., value: _Optional[float] = ..., low: _Optional[float] = ..., high: _Optional[float] = ..., peers_below: _Optional[float] = ..., peers_median: _Optional[float] = ...) -> None: ...

class DebriefTrial(_message.Message):
    __slots__ = ("trial", "answer", "generated", "sentences", "right", "true_places", "met")
    TRIAL_FIELD_NUMBER: _ClassVar[int]
    ANSWER_FIELD_NUMBER: _ClassVar[int]
    GENERATED_FIELD_NUMBER: _ClassVar[int]
    SENTENCES_FIELD_NUMBER: _ClassVar[int]
    RIGHT_FIELD_NUMBER: _ClassVar[int]
    TRUE_PLACES_FIELD_NUMBER: _ClassVar[int]
    MET_FIELD_NUMBER: _ClassVar[int]
    trial: Trial
    answer: ReadingAnswer
    generated: _containers.RepeatedScalarFieldContainer[bool]
    sentences: _containers.RepeatedScalarFieldContainer[str]
    right: bool
    true_places: _containers.RepeatedCompositeFieldContainer[_style_transfer_pb2.Polygon]
    met: _containers.RepeatedScalarFieldContainer[bool]
    def __init__(self, trial: _Optional[_Union[Trial, _Mapping]] = ..., answer: _Optional[_Union[ReadingAnswer, _Mapping]] = ..., generated: _Optional[_Iterable[bool]] = ..., sentences: _Optional[_Iterable[str]] = ..., right: _Optional[bool] = ..., true_places: _Optional[_Iterable[_Union[_style_transfer_pb2.Polygon, _Mapping]]] = ..., met: _Optional[_Iterable[bool]] = ...) -> None: ...
