import datetime

from google.protobuf import timestamp_pb2 as _timestamp_pb2
from mammoganesis.v1 import images_pb2 as _images_pb2
from mammoganesis.v1 import latents_pb2 as _latents_pb2
from mammoganesis.v1 import style_transfer_pb2 as _style_transfer_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class BiRads(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    BI_RADS_UNSPECIFIED: _ClassVar[BiRads]
    BI_RADS_0: _ClassVar[BiRads]
    BI_RADS_1: _ClassVar[BiRads]
    BI_RADS_2: _ClassVar[BiRads]
    BI_RADS_3: _ClassVar[BiRads]
    BI_RADS_4: _ClassVar[BiRads]
    BI_RADS_4A: _ClassVar[BiRads]
    BI_RADS_4B: _ClassVar[BiRads]
    BI_RADS_4C: _ClassVar[BiRads]
    BI_RADS_5: _ClassVar[BiRads]
    BI_RADS_6: _ClassVar[BiRads]

class Density(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    DENSITY_UNSPECIFIED: _ClassVar[Density]
    DENSITY_A: _ClassVar[Density]
    DENSITY_B: _ClassVar[Density]
    DENSITY_C: _ClassVar[Density]
    DENSITY_D: _ClassVar[Density]

class CaseFileFormat(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    CASE_FILE_FORMAT_UNSPECIFIED: _ClassVar[CaseFileFormat]
    CASE_FILE_FORMAT_JSON: _ClassVar[CaseFileFormat]
    CASE_FILE_FORMAT_ZIP: _ClassVar[CaseFileFormat]
    CASE_FILE_FORMAT_DICOM: _ClassVar[CaseFileFormat]
BI_RADS_UNSPECIFIED: BiRads
BI_RADS_0: BiRads
BI_RADS_1: BiRads
BI_RADS_2: BiRads
BI_RADS_3: BiRads
BI_RADS_4: BiRads
BI_RADS_4A: BiRads
BI_RADS_4B: BiRads
BI_RADS_4C: BiRads
BI_RADS_5: BiRads
BI_RADS_6: BiRads
DENSITY_UNSPECIFIED: Density
DENSITY_A: Density
DENSITY_B: Density
DENSITY_C: Density
DENSITY_D: Density
CASE_FILE_FORMAT_UNSPECIFIED: CaseFileFormat
CASE_FILE_FORMAT_JSON: CaseFileFormat
CASE_FILE_FORMAT_ZIP: CaseFileFormat
CASE_FILE_FORMAT_DICOM: CaseFileFormat

class Case(_message.Message):
    __slots__ = ("case_id", "version", "title", "history", "teaching_notes", "images", "findings", "questions", "saved_at")
    CASE_ID_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    TITLE_FIELD_NUMBER: _ClassVar[int]
    HISTORY_FIELD_NUMBER: _ClassVar[int]
    TEACHING_NOTES_FIELD_NUMBER: _ClassVar[int]
    IMAGES_FIELD_NUMBER: _ClassVar[int]
    FINDINGS_FIELD_NUMBER: _ClassVar[int]
    QUESTIONS_FIELD_NUMBER: _ClassVar[int]
    SAVED_AT_FIELD_NUMBER: _ClassVar[int]
    case_id: str
    version: int
    title: str
    history: str
    teaching_notes: str
    images: _containers.RepeatedCompositeFieldContainer[CaseImage]
    findings: _containers.RepeatedCompositeFieldContainer[Finding]
    questions: _containers.RepeatedCompositeFieldContainer[Question]
    saved_at: _timestamp_pb2.Timestamp
    def __init__(self, case_id: _Optional[str] = ..., version: _Optional[int] = ..., title: _Optional[str] = ..., history: _Optional[str] = ..., teaching_notes: _Optional[str] = ..., images: _Optional[_Iterable[_Union[CaseImage, _Mapping]]] = ..., findings: _Optional[_Iterable[_Union[Finding, _Mapping]]] = ..., questions: _Optional[_Iterable[_Union[Question, _Mapping]]] = ..., saved_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class CaseImage(_message.Message):
    __slots__ = ("image_id", "latent", "side", "view", "pixel_spacing_millimetres", "mirrored")
    IMAGE_ID_FIELD_NUMBER: _ClassVar[int]
    LATENT_FIELD_NUMBER: _ClassVar[int]
    SIDE_FIELD_NUMBER: _ClassVar[int]
    VIEW_FIELD_NUMBER: _ClassVar[int]
    PIXEL_SPACING_MILLIMETRES_FIELD_NUMBER: _ClassVar[int]
    MIRRORED_FIELD_NUMBER: _ClassVar[int]
    image_id: str
    latent: _latents_pb2.Latent
    side: _images_pb2.Side
    view: _images_pb2.View
    pixel_spacing_millimetres: float
    mirrored: bool
    def __init__(self, image_id: _Optional[str] = ..., latent: _Optional[_Union[_latents_pb2.Latent, _Mapping]] = ..., side: _Optional[_Union[_images_pb2.Side, str]] = ..., view: _Optional[_Union[_images_pb2.View, str]] = ..., pixel_spacing_millimetres: _Optional[float] = ..., mirrored: _Optional[bool] = ...) -> None: ...

class Finding(_message.Message):
    __slots__ = ("finding_id", "name", "description", "marks")
    FINDING_ID_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    DESCRIPTION_FIELD_NUMBER: _ClassVar[int]
    MARKS_FIELD_NUMBER: _ClassVar[int]
    finding_id: str
    name: str
    description: str
    marks: _containers.RepeatedCompositeFieldContainer[Mark]
    def __init__(self, finding_id: _Optional[str] = ..., name: _Optional[str] = ..., description: _Optional[str] = ..., marks: _Optional[_Iterable[_Union[Mark, _Mapping]]] = ...) -> None: ...

class Mark(_message.Message):
    __slots__ = ("image_id", "point", "ellipse", "polygon")
    IMAGE_ID_FIELD_NUMBER: _ClassVar[int]
    POINT_FIELD_NUMBER: _ClassVar[int]
    ELLIPSE_FIELD_NUMBER: _ClassVar[int]
    POLYGON_FIELD_NUMBER: _ClassVar[int]
    image_id: str
    point: _style_transfer_pb2.Point
    ellipse: Ellipse
    polygon: _style_transfer_pb2.Polygon
    def __init__(self, image_id: _Optional[str] = ..., point: _Optional[_Union[_style_transfer_pb2.Point, _Mapping]] = ..., ellipse: _Optional[_Union[Ellipse, _Mapping]] = ..., polygon: _Optional[_Union[_style_transfer_pb2.Polygon, _Mapping]] = ...) -> None: ...

class Ellipse(_message.Message):
    __slots__ = ("centre", "radius_x", "radius_y", "degrees")
    CENTRE_FIELD_NUMBER: _ClassVar[int]
    RADIUS_X_FIELD_NUMBER: _ClassVar[int]
    RADIUS_Y_FIELD_NUMBER: _ClassVar[int]
    DEGREES_FIELD_NUMBER: _ClassVar[int]
    centre: _style_transfer_pb2.Point
    radius_x: float
    radius_y: float
    degrees: float
    def __init__(self, centre: _Optional[_Union[_style_transfer_pb2.Point, _Mapping]] = ..., radius_x: _Optional[float] = ..., radius_y: _Optional[float] = ..., degrees: _Optional[float] = ...) -> None: ...

class Question(_message.Message):
    __slots__ = ("question_id", "text", "single_choice", "multiple_choice", "bi_rads", "density", "mark", "free_text", "explanation", "finding_ids", "points")
    QUESTION_ID_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    SINGLE_CHOICE_FIELD_NUMBER: _ClassVar[int]
    MULTIPLE_CHOICE_FIELD_NUMBER: _ClassVar[int]
    BI_RADS_FIELD_NUMBER: _ClassVar[int]
    DENSITY_FIELD_NUMBER: _ClassVar[int]
    MARK_FIELD_NUMBER: _ClassVar[int]
    FREE_TEXT_FIELD_NUMBER: _ClassVar[int]
    EXPLANATION_FIELD_NUMBER: _ClassVar[int]
    FINDING_IDS_FIELD_NUMBER: _ClassVar[int]
    POINTS_FIELD_NUMBER: _ClassVar[int]
    question_id: str
    text: str
    single_choice: ChoiceQuestion
    multiple_choice: ChoiceQuestion
    bi_rads: BiRadsQuestion
    density: DensityQuestion
    mark: MarkQuestion
    free_text: FreeTextQuestion
    explanation: str
    finding_ids: _containers.RepeatedScalarFieldContainer[str]
    points: int
    def __init__(self, question_id: _Optional[str] = ..., text: _Optional[str] = ..., single_choice: _Optional[_Union[ChoiceQuestion, _Mapping]] = ..., multiple_choice: _Optional[_Union[ChoiceQuestion, _Mapping]] = ..., bi_rads: _Optional[_Union[BiRadsQuestion, _Mapping]] = ..., density: _Optional[_Union[DensityQuestion, _Mapping]] = ..., mark: _Optional[_Union[MarkQuestion, _Mapping]] = ..., free_text: _Optional[_Union[FreeTextQuestion, _Mapping]] = ..., explanation: _Optional[str] = ..., finding_ids: _Optional[_Iterable[str]] = ..., points: _Optional[int] = ...) -> None: ...

class ChoiceQuestion(_message.Message):
    __slots__ = ("choices",)
    CHOICES_FIELD_NUMBER: _ClassVar[int]
    choices: _containers.RepeatedCompositeFieldContainer[Choice]
    def __init__(self, choices: _Optional[_Iterable[_Union[Choice, _Mapping]]] = ...) -> None: ...

class Choice(_message.Message):
    __slots__ = ("text", "correct", "explanation")
    TEXT_FIELD_NUMBER: _ClassVar[int]
    CORRECT_FIELD_NUMBER: _ClassVar[int]
    EXPLANATION_FIELD_NUMBER: _ClassVar[int]
    text: str
    correct: bool
    explanation: str
    def __init__(self, text: _Optional[str] = ..., correct: _Optional[bool] = ..., explanation: _Optional[str] = ...) -> None: ...

class BiRadsQuestion(_message.Message):
    __slots__ = ("accepted",)
    ACCEPTED_FIELD_NUMBER: _ClassVar[int]
    accepted: _containers.RepeatedScalarFieldContainer[BiRads]
    def __init__(self, accepted: _Optional[_Iterable[_Union[BiRads, str]]] = ...) -> None: ...

class DensityQuestion(_message.Message):
    __slots__ = ("accepted",)
    ACCEPTED_FIELD_NUMBER: _ClassVar[int]
    accepted: _containers.RepeatedScalarFieldContainer[Density]
    def __init__(self, accepted: _Optional[_Iterable[_Union[Density, str]]] = ...) -> None: ...

class MarkQuestion(_message.Message):
    __slots__ = ("finding_ids", "tolerance")
    FINDING_IDS_FIELD_NUMBER: _ClassVar[int]
    TOLERANCE_FIELD_NUMBER: _ClassVar[int]
    finding_ids: _containers.RepeatedScalarFieldContainer[str]
    tolerance: float
    def __init__(self, finding_ids: _Optional[_Iterable[str]] = ..., tolerance: _Optional[float] = ...) -> None: ...

class FreeTextQuestion(_message.Message):
    __slots__ = ("accepted",)
    ACCEPTED_FIELD_NUMBER: _ClassVar[int]
    accepted: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, accepted: _Optional[_Iterable[str]] = ...) -> None: ...

class CaseSummary(_message.Message):
    __slots__ = ("case_id", "version", "title", "saved_at", "first_image", "images", "questions")
    CASE_ID_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    TITLE_FIELD_NUMBER: _ClassVar[int]
    SAVED_AT_FIELD_NUMBER: _ClassVar[int]
    FIRST_IMAGE_FIELD_NUMBER: _ClassVar[int]
    IMAGES_FIELD_NUMBER: _ClassVar[int]
    QUESTIONS_FIELD_NUMBER: _ClassVar[int]
    case_id: str
    version: int
    title: str
    saved_at: _timestamp_pb2.Timestamp
    first_image: CaseImage
    images: int
    questions: int
    def __init__(self, case_id: _Optional[str] = ..., version: _Optional[int] = ..., title: _Optional[str] = ..., saved_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., first_image: _Optional[_Union[CaseImage, _Mapping]] = ..., images: _Optional[int] = ..., questions: _Optional[int] = ...) -> None: ...

class Collection(_message.Message):
    __slots__ = ("collection_id", "version", "title", "description", "case_ids", "saved_at")
    COLLECTION_ID_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    TITLE_FIELD_NUMBER: _ClassVar[int]
    DESCRIPTION_FIELD_NUMBER: _ClassVar[int]
    CASE_IDS_FIELD_NUMBER: _ClassVar[int]
    SAVED_AT_FIELD_NUMBER: _ClassVar[int]
    collection_id: str
    version: int
    title: str
    description: str
    case_ids: _containers.RepeatedScalarFieldContainer[str]
    saved_at: _timestamp_pb2.Timestamp
    def __init__(self, collection_id: _Optional[str] = ..., version: _Optional[int] = ..., title: _Optional[str] = ..., description: _Optional[str] = ..., case_ids: _Optional[_Iterable[str]] = ..., saved_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class Version(_message.Message):
    __slots__ = ("version", "title", "saved_at")
    VERSION_FIELD_NUMBER: _ClassVar[int]
    TITLE_FIELD_NUMBER: _ClassVar[int]
    SAVED_AT_FIELD_NUMBER: _ClassVar[int]
    version: int
    title: str
    saved_at: _timestamp_pb2.Timestamp
    def __init__(self, version: _Optional[int] = ..., title: _Optional[str] = ..., saved_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class CreateCaseRequest(_message.Message):
    __slots__ = ("case",)
    CASE_FIELD_NUMBER: _ClassVar[int]
    case: Case
    def __init__(self, case: _Optional[_Union[Case, _Mapping]] = ...) -> None: ...

class CreateCaseResponse(_message.Message):
    __slots__ = ("case",)
    CASE_FIELD_NUMBER: _ClassVar[int]
    case: Case
    def __init__(self, case: _Optional[_Union[Case, _Mapping]] = ...) -> None: ...

class GetCaseRequest(_message.Message):
    __slots__ = ("case_id", "version")
    CASE_ID_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    case_id: str
    version: int
    def __init__(self, case_id: _Optional[str] = ..., version: _Optional[int] = ...) -> None: ...

class GetCaseResponse(_message.Message):
    __slots__ = ("case",)
    CASE_FIELD_NUMBER: _ClassVar[int]
    case: Case
    def __init__(self, case: _Optional[_Union[Case, _Mapping]] = ...) -> None: ...

class SaveCaseRequest(_message.Message):
    __slots__ = ("case",)
    CASE_FIELD_NUMBER: _ClassVar[int]
    case: Case
    def __init__(self, case: _Optional[_Union[Case, _Mapping]] = ...) -> None: ...

class SaveCaseResponse(_message.Message):
    __slots__ = ("case",)
    CASE_FIELD_NUMBER: _ClassVar[int]
    case: Case
    def __init__(self, case: _Optional[_Union[Case, _Mapping]] = ...) -> None: ...

class ListCasesRequest(_message.Message):
    __slots__ = ("query", "page_size", "page_token", "deleted")
    QUERY_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    DELETED_FIELD_NUMBER: _ClassVar[int]
    query: str
    page_size: int
    page_token: str
    deleted: bool
    def __init__(self, query: _Optional[str] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ..., deleted: _Optional[bool] = ...) -> None: ...

class ListCasesResponse(_message.Message):
    __slots__ = ("cases", "next_page_token")
    CASES_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    cases: _containers.RepeatedCompositeFieldContainer[CaseSummary]
    next_page_token: str
    def __init__(self, cases: _Optional[_Iterable[_Union[CaseSummary, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class ListCaseVersionsRequest(_message.Message):
    __slots__ = ("case_id",)
    CASE_ID_FIELD_NUMBER: _ClassVar[int]
    case_id: str
    def __init__(self, case_id: _Optional[str] = ...) -> None: ...

class ListCaseVersionsResponse(_message.Message):
    __slots__ = ("versions",)
    VERSIONS_FIELD_NUMBER: _ClassVar[int]
    versions: _containers.RepeatedCompositeFieldContainer[Version]
    def __init__(self, versions: _Optional[_Iterable[_Union[Version, _Mapping]]] = ...) -> None: ...

class DuplicateCaseRequest(_message.Message):
    __slots__ = ("case_id", "title")
    CASE_ID_FIELD_NUMBER: _ClassVar[int]
    TITLE_FIELD_NUMBER: _ClassVar[int]
    case_id: str
    title: str
    def __init__(self, case_id: _Optional[str] = ..., title: _Optional[str] = ...) -> None: ...

class DuplicateCaseResponse(_message.Message):
    __slots__ = ("case",)
    CASE_FIELD_NUMBER: _ClassVar[int]
    case: Case
    def __init__(self, case: _Optional[_Union[Case, _Mapping]] = ...) -> None: ...

class DeleteCaseRequest(_message.Message):
    __slots__ = ("case_id",)
    CASE_ID_FIELD_NUMBER: _ClassVar[int]
    case_id: str
    def __init__(self, case_id: _Optional[str] = ...) -> None: ...

class DeleteCaseResponse(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class RestoreCaseRequest(_message.Message):
    __slots__ = ("case_id",)
    CASE_ID_FIELD_NUMBER: _ClassVar[int]
    case_id: str
    def __init__(self, case_id: _Optional[str] = ...) -> None: ...

class RestoreCaseResponse(_message.Message):
    __slots__ = ("case",)
    CASE_FIELD_NUMBER: _ClassVar[int]
    case: Case
    def __init__(self, case: _Optional[_Union[Case, _Mapping]] = ...) -> None: ...

class CreateCollectionRequest(_message.Message):
    __slots__ = ("collection",)
    COLLECTION_FIELD_NUMBER: _ClassVar[int]
    collection: Collection
    def __init__(self, collection: _Optional[_Union[Collection, _Mapping]] = ...) -> None: ...

class CreateCollectionResponse(_message.Message):
    __slots__ = ("collection",)
    COLLECTION_FIELD_NUMBER: _ClassVar[int]
    collection: Collection
    def __init__(self, collection: _Optional[_Union[Collection, _Mapping]] = ...) -> None: ...

class GetCollectionRequest(_message.Message):
    __slots__ = ("collection_id", "version")
    COLLECTION_ID_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    collection_id: str
    version: int
    def __init__(self, collection_id: _Optional[str] = ..., version: _Optional[int] = ...) -> None: ...

class GetCollectionResponse(_message.Message):
    __slots__ = ("collection", "cases")
    COLLECTION_FIELD_NUMBER: _ClassVar[int]
    CASES_FIELD_NUMBER: _ClassVar[int]
    collection: Collection
    cases: _containers.RepeatedCompositeFieldContainer[CaseSummary]
    def __init__(self, collection: _Optional[_Union[Collection, _Mapping]] = ..., cases: _Optional[_Iterable[_Union[CaseSummary, _Mapping]]] = ...) -> None: ...

class SaveCollectionRequest(_message.Message):
    __slots__ = ("collection",)
    COLLECTION_FIELD_NUMBER: _ClassVar[int]
    collection: Collection
    def __init__(self, collection: _Optional[_Union[Collection, _Mapping]] = ...) -> None: ...

class SaveCollectionResponse(_message.Message):
    __slots__ = ("collection",)
    COLLECTION_FIELD_NUMBER: _ClassVar[int]
    collection: Collection
    def __init__(self, collection: _Optional[_Union[Collection, _Mapping]] = ...) -> None: ...

class ListCollectionsRequest(_message.Message):
    __slots__ = ("query", "page_size", "page_token", "deleted")
    QUERY_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    DELETED_FIELD_NUMBER: _ClassVar[int]
    query: str
    page_size: int
    page_token: str
    deleted: bool
    def __init__(self, query: _Optional[str] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ..., deleted: _Optional[bool] = ...) -> None: ...

class ListCollectionsResponse(_message.Message):
    __slots__ = ("collections", "next_page_token")
    COLLECTIONS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    collections: _containers.RepeatedCompositeFieldContainer[Collection]
    next_page_token: str
    def __init__(self, collections: _Optional[_Iterable[_Union[Collection, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class ListCollectionVersionsRequest(_message.Message):
    __slots__ = ("collection_id",)
    COLLECTION_ID_FIELD_NUMBER: _ClassVar[int]
    collection_id: str
    def __init__(self, collection_id: _Optional[str] = ...) -> None: ...

class ListCollectionVersionsResponse(_message.Message):
    __slots__ = ("versions",)
    VERSIONS_FIELD_NUMBER: _ClassVar[int]
    versions: _containers.RepeatedCompositeFieldContainer[Version]
    def __init__(self, versions: _Optional[_Iterable[_Union[Version, _Mapping]]] = ...) -> None: ...

class DuplicateCollectionRequest(_message.Message):
    __slots__ = ("collection_id", "title")
    COLLECTION_ID_FIELD_NUMBER: _ClassVar[int]
    TITLE_FIELD_NUMBER: _ClassVar[int]
    collection_id: str
    title: str
    def __init__(self, collection_id: _Optional[str] = ..., title: _Optional[str] = ...) -> None: ...

class DuplicateCollectionResponse(_message.Message):
    __slots__ = ("collection",)
    COLLECTION_FIELD_NUMBER: _ClassVar[int]
    collection: Collection
    def __init__(self, collection: _Optional[_Union[Collection, _Mapping]] = ...) -> None: ...

class DeleteCollectionRequest(_message.Message):
    __slots__ = ("collection_id",)
    COLLECTION_ID_FIELD_NUMBER: _ClassVar[int]
    collection_id: str
    def __init__(self, collection_id: _Optional[str] = ...) -> None: ...

class DeleteCollectionResponse(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class RestoreCollectionRequest(_message.Message):
    __slots__ = ("collection_id",)
    COLLECTION_ID_FIELD_NUMBER: _ClassVar[int]
    collection_id: str
    def __init__(self, collection_id: _Optional[str] = ...) -> None: ...

class RestoreCollectionResponse(_message.Message):
    __slots__ = ("collection",)
    COLLECTION_FIELD_NUMBER: _ClassVar[int]
    collection: Collection
    def __init__(self, collection: _Optional[_Union[Collection, _Mapping]] = ...) -> None: ...

class CaseArchive(_message.Message):
    __slots__ = ("format", "format_version", "cases", "collection")
    FORMAT_FIELD_NUMBER: _ClassVar[int]
    FORMAT_VERSION_FIELD_NUMBER: _ClassVar[int]
    CASES_FIELD_NUMBER: _ClassVar[int]
    COLLECTION_FIELD_NUMBER: _ClassVar[int]
    format: str
    format_version: int
    cases: _containers.RepeatedCompositeFieldContainer[Case]
    collection: Collection
    def __init__(self, format: _Optional[str] = ..., format_version: _Optional[int] = ..., cases: _Optional[_Iterable[_Union[Case, _Mapping]]] = ..., collection: _Optional[_Union[Collection, _Mapping]] = ...) -> None: ...

class ExportCasesRequest(_message.Message):
    __slots__ = ("case_ids", "collection_id", "format")
    CASE_IDS_FIELD_NUMBER: _ClassVar[int]
    COLLECTION_ID_FIELD_NUMBER: _ClassVar[int]
    FORMAT_FIELD_NUMBER: _ClassVar[int]
    case_ids: _containers.RepeatedScalarFieldContainer[str]
    collection_id: str
    format: CaseFileFormat
    def __init__(self, case_ids: _Optional[_Iterable[str]] = ..., collection_id: _Optional[str] = ..., format: _Optional[_Union[CaseFileFormat, str]] = ...) -> None: ...

class ExportCasesResponse(_message.Message):
    __slots__ = ("data", "file_name")
    DATA_FIELD_NUMBER: _ClassVar[int]
    FILE_NAME_FIELD_NUMBER: _ClassVar[int]
    data: bytes
    file_name: str
    def __init__(self, data: _Optional[bytes] = ..., file_name: _Optional[str] = ...) -> None: ...

class UploadPartRequest(_message.Message):
    __slots__ = ("upload_id", "offset", "data")
    UPLOAD_ID_FIELD_NUMBER: _ClassVar[int]
    OFFSET_FIELD_NUMBER: _ClassVar[int]
    DATA_FIELD_NUMBER: _ClassVar[int]
    upload_id: str
    offset: int
    data: bytes
    def __init__(self, upload_id: _Optional[str] = ..., offset: _Optional[int] = ..., data: _Optional[bytes] = ...) -> None: ...

class UploadPartResponse(_message.Message):
    __slots__ = ("upload_id", "size")
    UPLOAD_ID_FIELD_NUMBER: _ClassVar[int]
    SIZE_FIELD_NUMBER: _ClassVar[int]
    upload_id: str
    size: int
    def __init__(self, upload_id: _Optional[str] = ..., size: _Optional[int] = ...) -> None: ...

class ImportCasesRequest(_message.Message):
    __slots__ = ("data", "upload_id")
    DATA_FIELD_NUMBER: _ClassVar[int]
    UPLOAD_ID_FIELD_NUMBER: _ClassVar[int]
    data: bytes
    upload_id: str
    def __init__(self, data: _Optional[bytes] = ..., upload_id: _Optional[str] = ...) -> None: ...

class ImportCasesResponse(_message.Message):
    __slots__ = ("cases", "collection")
    CASES_FIELD_NUMBER: _ClassVar[int]
    COLLECTION_FIELD_NUMBER: _ClassVar[int]
    cases: _containers.RepeatedCompositeFieldContainer[CaseSummary]
    collection: Collection
    def __init__(self, cases: _Optional[_Iterable[_Union[CaseSummary, _Mapping]]] = ..., collection: _Optional[_Union[Collection, _Mapping]] = ...) -> None: ...

class Link(_message.Message):
    __slots__ = ("token", "case_id", "collection_id", "created_at", "ends_at", "revoked_at")
    TOKEN_FIELD_NUMBER: _ClassVar[int]
    CASE_ID_FIELD_NUMBER: _ClassVar[int]
    COLLECTION_ID_FIELD_NUMBER: _ClassVar[int]
    CREATED_AT_FIELD_NUMBER: _ClassVar[int]
    ENDS_AT_FIELD_NUMBER: _ClassVar[int]
    REVOKED_AT_FIELD_NUMBER: _ClassVar[int]
    token: str
    case_id: str
    collection_id: str
    created_at: _timestamp_pb2.Timestamp
    ends_at: _timestamp_pb2.Timestamp
    revoked_at: _timestamp_pb2.Timestamp
    def __init__(self, token: _Optional[str] = ..., case_id: _Optional[str] = ..., collection_id: _Optional[str] = ..., created_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., ends_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., revoked_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class CreateLinkRequest(_message.Message):
    __slots__ = ("case_id", "collection_id", "ends_at")
    CASE_ID_FIELD_NUMBER: _ClassVar[int]
    COLLECTION_ID_FIELD_NUMBER: _ClassVar[int]
    ENDS_AT_FIELD_NUMBER: _ClassVar[int]
    case_id: str
    collection_id: str
    ends_at: _timestamp_pb2.Timestamp
    def __init__(self, case_id: _Optional[str] = ..., collection_id: _Optional[str] = ..., ends_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class CreateLinkResponse(_message.Message):
    __slots__ = ("link",)
    LINK_FIELD_NUMBER: _ClassVar[int]
    link: Link
    def __init__(self, link: _Optional[_Union[Link, _Mapping]] = ...) -> None: ...

class ListLinksRequest(_message.Message):
    __slots__ = ("case_id", "collection_id")
    CASE_ID_FIELD_NUMBER: _ClassVar[int]
    COLLECTION_ID_FIELD_NUMBER: _ClassVar[int]
    case_id: str
    collection_id: str
    def __init__(self, case_id: _Optional[str] = ..., collection_id: _Optional[str] = ...) -> None: ...

class ListLinksResponse(_message.Message):
    __slots__ = ("links",)
    LINKS_FIELD_NUMBER: _ClassVar[int]
    links: _containers.RepeatedCompositeFieldContainer[Link]
    def __init__(self, links: _Optional[_Iterable[_Union[Link, _Mapping]]] = ...) -> None: ...

class RevokeLinkRequest(_message.Message):
    __slots__ = ("token",)
    TOKEN_FIELD_NUMBER: _ClassVar[int]
    token: str
    def __init__(self, token: _Optional[str] = ...) -> None: ...

class RevokeLinkResponse(_message.Message):
    __slots__ = ("link",)
    LINK_FIELD_NUMBER: _ClassVar[int]
    link: Link
    def __init__(self, link: _Optional[_Union[Link, _Mapping]] = ...) -> None: ...

class OpenLinkRequest(_message.Message):
    __slots__ = ("token", "case_id")
    TOKEN_FIELD_NUMBER: _ClassVar[int]
    CASE_ID_FIELD_NUMBER: _ClassVar[int]
    token: str
    case_id: str
    def __init__(self, token: _Optional[str] = ..., case_id: _Optional[str] = ...) -> None: ...

class OpenLinkResponse(_message.Message):
    __slots__ = ("collection", "cases", "case")
    COLLECTION_FIELD_NUMBER: _ClassVar[int]
    CASES_FIELD_NUMBER: _ClassVar[int]
    CASE_FIELD_NUMBER: _ClassVar[int]
    collection: Collection
    cases: _containers.RepeatedCompositeFieldContainer[CaseSummary]
    case: Case
    def __init__(self, collection: _Optional[_Union[Collection, _Mapping]] = ..., cases: _Optional[_Iterable[_Union[CaseSummary, _Mapping]]] = ..., case: _Optional[_Union[Case, _Mapping]] = ...) -> None: ...
