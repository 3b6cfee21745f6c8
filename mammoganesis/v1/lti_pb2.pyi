import datetime

from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class LtiGrade(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    LTI_GRADE_UNSPECIFIED: _ClassVar[LtiGrade]
    LTI_GRADE_OPEN: _ClassVar[LtiGrade]
    LTI_GRADE_NOT_TAKEN: _ClassVar[LtiGrade]
    LTI_GRADE_WAITING: _ClassVar[LtiGrade]
    LTI_GRADE_SENT: _ClassVar[LtiGrade]
    LTI_GRADE_GIVEN_UP: _ClassVar[LtiGrade]
LTI_GRADE_UNSPECIFIED: LtiGrade
LTI_GRADE_OPEN: LtiGrade
LTI_GRADE_NOT_TAKEN: LtiGrade
LTI_GRADE_WAITING: LtiGrade
LTI_GRADE_SENT: LtiGrade
LTI_GRADE_GIVEN_UP: LtiGrade

class LtiPlatform(_message.Message):
    __slots__ = ("platform_id", "name", "issuer", "client_id", "deployment_ids", "authorization_url", "token_url", "jwks_url", "token_audience", "created_at")
    PLATFORM_ID_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    ISSUER_FIELD_NUMBER: _ClassVar[int]
    CLIENT_ID_FIELD_NUMBER: _ClassVar[int]
    DEPLOYMENT_IDS_FIELD_NUMBER: _ClassVar[int]
    AUTHORIZATION_URL_FIELD_NUMBER: _ClassVar[int]
    TOKEN_URL_FIELD_NUMBER: _ClassVar[int]
    JWKS_URL_FIELD_NUMBER: _ClassVar[int]
    TOKEN_AUDIENCE_FIELD_NUMBER: _ClassVar[int]
    CREATED_AT_FIELD_NUMBER: _ClassVar[int]
    platform_id: str
    name: str
    issuer: str
    client_id: str
    deployment_ids: _containers.RepeatedScalarFieldContainer[str]
    authorization_url: str
    token_url: str
    jwks_url: str
    token_audience: str
    created_at: _timestamp_pb2.Timestamp
    def __init__(self, platform_id: _Optional[str] = ..., name: _Optional[str] = ..., issuer: _Optional[str] = ..., client_id: _Optional[str] = ..., deployment_ids: _Optional[_Iterable[str]] = ..., authorization_url: _Optional[str] = ..., token_url: _Optional[str] = ..., jwks_url: _Optional[str] = ..., token_audience: _Optional[str] = ..., created_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class SavePlatformRequest(_message.Message):
    __slots__ = ("platform",)
    PLATFORM_FIELD_NUMBER: _ClassVar[int]
    platform: LtiPlatform
    def __init__(self, platform: _Optional[_Union[LtiPlatform, _Mapping]] = ...) -> None: ...

class SavePlatformResponse(_message.Message):
    __slots__ = ("platform",)
    PLATFORM_FIELD_NUMBER: _ClassVar[int]
    platform: LtiPlatform
    def __init__(self, platform: _Optional[_Union[LtiPlatform, _Mapping]] = ...) -> None: ...

class ListPlatformsRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class LtiPlatformStanding(_message.Message):
    __slots__ = ("platform", "waiting", "given_up", "trouble")
    PLATFORM_FIELD_NUMBER: _ClassVar[int]
    WAITING_FIELD_NUMBER: _ClassVar[int]
    GIVEN_UP_FIELD_NUMBER: _ClassVar[int]
    TROUBLE_FIELD_NUMBER: _ClassVar[int]
    platform: LtiPlatform
    waiting: int
    given_up: int
    trouble: str
    def __init__(self, platform: _Optional[_Union[LtiPlatform, _Mapping]] = ..., waiting: _Optional[int] = ..., given_up: _Optional[int] = ..., trouble: _Optional[str] = ...) -> None: ...

class ListPlatformsResponse(_message.Message):
    __slots__ = ("platforms",)
    PLATFORMS_FIELD_NUMBER: _ClassVar[int]
    platforms: _containers.RepeatedCompositeFieldContainer[LtiPlatformStanding]
    def __init__(self, platforms: _Optional[_Iterable[_Union[LtiPlatformStanding, _Mapping]]] = ...) -> None: ...

class RemovePlatformRequest(_message.Message):
    __slots__ = ("platform_id",)
    PLATFORM_ID_FIELD_NUMBER: _ClassVar[int]
    platform_id: str
    def __init__(self, platform_id: _Optional[str] = ...) -> None: ...

class RemovePlatformResponse(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class CreateEnrolmentRequest(_message.Message):
    __slots__ = ("name", "issuer")
    NAME_FIELD_NUMBER: _ClassVar[int]
    ISSUER_FIELD_NUMBER: _ClassVar[int]
    name: str
    issuer: str
    def __init__(self, name: _Optional[str] = ..., issuer: _Optional[str] = ...) -> None: ...

class CreateEnrolmentResponse(_message.Message):
    __slots__ = ("token", "ends_at")
    TOKEN_FIELD_NUMBER: _ClassVar[int]
    ENDS_AT_FIELD_NUMBER: _ClassVar[int]
    token: str
    ends_at: _timestamp_pb2.Timestamp
    def __init__(self, token: _Optional[str] = ..., ends_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class FindPlatformRequest(_message.Message):
    __slots__ = ("word", "client_id", "issuer", "platform_id")
    WORD_FIELD_NUMBER: _ClassVar[int]
    CLIENT_ID_FIELD_NUMBER: _ClassVar[int]
    ISSUER_FIELD_NUMBER: _ClassVar[int]
    PLATFORM_ID_FIELD_NUMBER: _ClassVar[int]
    word: str
    client_id: str
    issuer: str
    platform_id: str
    def __init__(self, word: _Optional[str] = ..., client_id: _Optional[str] = ..., issuer: _Optional[str] = ..., platform_id: _Optional[str] = ...) -> None: ...

class FindPlatformResponse(_message.Message):
    __slots__ = ("platform",)
    PLATFORM_FIELD_NUMBER: _ClassVar[int]
    platform: LtiPlatform
    def __init__(self, platform: _Optional[_Union[LtiPlatform, _Mapping]] = ...) -> None: ...

class CheckEnrolmentRequest(_message.Message):
    __slots__ = ("word", "token")
    WORD_FIELD_NUMBER: _ClassVar[int]
    TOKEN_FIELD_NUMBER: _ClassVar[int]
    word: str
    token: str
    def __init__(self, word: _Optional[str] = ..., token: _Optional[str] = ...) -> None: ...

class CheckEnrolmentResponse(_message.Message):
    __slots__ = ("name", "issuer")
    NAME_FIELD_NUMBER: _ClassVar[int]
    ISSUER_FIELD_NUMBER: _ClassVar[int]
    name: str
    issuer: str
    def __init__(self, name: _Optional[str] = ..., issuer: _Optional[str] = ...) -> None: ...

class EnrolRequest(_message.Message):
    __slots__ = ("word", "token", "platform")
    WORD_FIELD_NUMBER: _ClassVar[int]
    TOKEN_FIELD_NUMBER: _ClassVar[int]
    PLATFORM_FIELD_NUMBER: _ClassVar[int]
    word: str
    token: str
    platform: LtiPlatform
    def __init__(self, word: _Optional[str] = ..., token: _Optional[str] = ..., platform: _Optional[_Union[LtiPlatform, _Mapping]] = ...) -> None: ...

class EnrolResponse(_message.Message):
    __slots__ = ("platform",)
    PLATFORM_FIELD_NUMBER: _ClassVar[int]
    platform: LtiPlatform
    def __init__(self, platform: _Optional[_Union[LtiPlatform, _Mapping]] = ...) -> None: ...

class LtiLaunch(_message.Message):
    __slots__ = ("platform_id", "deployment_id", "subject", "educator", "resource_id", "resource_link_id", "line_item", "line_items", "scopes", "members_url", "return_url", "data", "several")
    PLATFORM_ID_FIELD_NUMBER: _ClassVar[int]
    DEPLOYMENT_ID_FIELD_NUMBER: _ClassVar[int]
    SUBJECT_FIELD_NUMBER: _ClassVar[int]
    EDUCATOR_FIELD_NUMBER: _ClassVar[int]
    RESOURCE_ID_FIELD_NUMBER: _ClassVar[int]
    RESOURCE_LINK_ID_FIELD_NUMBER: _ClassVar[int]
    LINE_ITEM_FIELD_NUMBER: _ClassVar[int]
    LINE_ITEMS_FIELD_NUMBER: _ClassVar[int]
    SCOPES_FIELD_NUMBER: _ClassVar[int]
    MEMBERS_URL_FIELD_NUMBER: _ClassVar[int]
    RETURN_URL_FIELD_NUMBER: _ClassVar[int]
    DATA_FIELD_NUMBER: _ClassVar[int]
    SEVERAL_FIELD_NUMBER: _ClassVar[int]
    platform_id: str
    deployment_id: str
    subject: str
    educator: bool
    resource_id: str
    resource_link_id: str
    line_item: str
    line_items: str
    scopes: _containers.RepeatedScalarFieldContainer[str]
    members_url: str
    return_url: str
    data: str
    several: bool
    def __init__(self, platform_id: _Optional[str] = ..., deployment_id: _Optional[str] = ..., subject: _Optional[str] = ..., educator: _Optional[bool] = ..., resource_id: _Optional[str] = ..., resource_link_id: _Optional[str] = ..., line_item: _Optional[str] = ..., line_items: _Optional[str] = ..., scopes: _Optional[_Iterable[str]] = ..., members_url: _Optional[str] = ..., return_url: _Optional[str] = ..., data: _Optional[str] = ..., several: _Optional[bool] = ...) -> None: ...

class RecordLaunchRequest(_message.Message):
    __slots__ = ("word", "launch", "nonce")
    WORD_FIELD_NUMBER: _ClassVar[int]
    LAUNCH_FIELD_NUMBER: _ClassVar[int]
    NONCE_FIELD_NUMBER: _ClassVar[int]
    word: str
    launch: LtiLaunch
    nonce: str
    def __init__(self, word: _Optional[str] = ..., launch: _Optional[_Union[LtiLaunch, _Mapping]] = ..., nonce: _Optional[str] = ...) -> None: ...

class RecordLaunchResponse(_message.Message):
    __slots__ = ("launch", "quiz_token", "attempt_id", "link_token", "reading_token")
    LAUNCH_FIELD_NUMBER: _ClassVar[int]
    QUIZ_TOKEN_FIELD_NUMBER: _ClassVar[int]
    ATTEMPT_ID_FIELD_NUMBER: _ClassVar[int]
    LINK_TOKEN_FIELD_NUMBER: _ClassVar[int]
    READING_TOKEN_FIELD_NUMBER: _ClassVar[int]
    launch: str
    quiz_token: str
    attempt_id: str
    link_token: str
    reading_token: str
    def __init__(self, launch: _Optional[str] = ..., quiz_token: _Optional[str] = ..., attempt_id: _Optional[str] = ..., link_token: _Optional[str] = ..., reading_token: _Optional[str] = ...) -> None: ...

class GetLaunchRequest(_message.Message):
    __slots__ = ("word", "launch")
    WORD_FIELD_NUMBER: _ClassVar[int]
    LAUNCH_FIELD_NUMBER: _ClassVar[int]
    word: str
    launch: str
    def __init__(self, word: _Optional[str] = ..., launch: _Optional[str] = ...) -> None: ...

class GetLaunchResponse(_message.Message):
    __slots__ = ("launch", "platform", "resource", "quiz_token")
    LAUNCH_FIELD_NUMBER: _ClassVar[int]
    PLATFORM_FIELD_NUMBER: _ClassVar[int]
    RESOURCE_FIELD_NUMBER: _ClassVar[int]
    QUIZ_TOKEN_FIELD_NUMBER: _ClassVar[int]
    launch: LtiLaunch
    platform: LtiPlatform
    resource: LtiResource
    quiz_token: str
    def __init__(self, launch: _Optional[_Union[LtiLaunch, _Mapping]] = ..., platform: _Optional[_Union[LtiPlatform, _Mapping]] = ..., resource: _Optional[_Union[LtiResource, _Mapping]] = ..., quiz_token: _Optional[str] = ...) -> None: ...

class LtiResource(_message.Message):
    __slots__ = ("resource_id", "title", "points", "at")
    RESOURCE_ID_FIELD_NUMBER: _ClassVar[int]
    TITLE_FIELD_NUMBER: _ClassVar[int]
    POINTS_FIELD_NUMBER: _ClassVar[int]
    AT_FIELD_NUMBER: _ClassVar[int]
    resource_id: str
    title: str
    points: int
    at: _timestamp_pb2.Timestamp
    def __init__(self, resource_id: _Optional[str] = ..., title: _Optional[str] = ..., points: _Optional[int] = ..., at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class ListResourcesRequest(_message.Message):
    __slots__ = ("word", "launch")
    WORD_FIELD_NUMBER: _ClassVar[int]
    LAUNCH_FIELD_NUMBER: _ClassVar[int]
    word: str
    launch: str
    def __init__(self, word: _Optional[str] = ..., launch: _Optional[str] = ...) -> None: ...

class ListResourcesResponse(_message.Message):
    __slots__ = ("resources",)
    RESOURCES_FIELD_NUMBER: _ClassVar[int]
    resources: _containers.RepeatedCompositeFieldContainer[LtiResource]
    def __init__(self, resources: _Optional[_Iterable[_Union[LtiResource, _Mapping]]] = ...) -> None: ...

class ListStandingsRequest(_message.Message):
    __slots__ = ("word", "launch")
    WORD_FIELD_NUMBER: _ClassVar[int]
    LAUNCH_FIELD_NUMBER: _ClassVar[int]
    word: str
    launch: str
    def __init__(self, word: _Optional[str] = ..., launch: _Optional[str] = ...) -> None: ...

class LtiStanding(_message.Message):
    __slots__ = ("subject", "started_at", "answered", "points", "grade", "trouble")
    SUBJECT_FIELD_NUMBER: _ClassVar[int]
    STARTED_AT_FIELD_NUMBER: _ClassVar[int]
    ANSWERED_FIELD_NUMBER: _ClassVar[int]
    POINTS_FIELD_NUMBER: _ClassVar[int]
    GRADE_FIELD_NUMBER: _ClassVar[int]
    TROUBLE_FIELD_NUMBER: _ClassVar[int]
    subject: str
    started_at: _timestamp_pb2.Timestamp
    answered: int
    points: float
    grade: LtiGrade
    trouble: str
    def __init__(self, subject: _Optional[str] = ..., started_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., answered: _Optional[int] = ..., points: _Optional[float] = ..., grade: _Optional[_Union[LtiGrade, str]] = ..., trouble: _Optional[str] = ...) -> None: ...

class ListStandingsResponse(_message.Message):
    __slots__ = ("standings", "questions", "points")
    STANDINGS_FIELD_NUMBER: _ClassVar[int]
    QUESTIONS_FIELD_NUMBER: _ClassVar[int]
    POINTS_FIELD_NUMBER: _ClassVar[int]
    standings: _containers.RepeatedCompositeFieldContainer[LtiStanding]
    questions: int
    points: int
    def __init__(self, standings: _Optional[_Iterable[_Union[LtiStanding, _Mapping]]] = ..., questions: _Optional[int] = ..., points: _Optional[int] = ...) -> None: ...

class TakeDeliveriesRequest(_message.Message):
    __slots__ = ("word", "sender")
    WORD_FIELD_NUMBER: _ClassVar[int]
    SENDER_FIELD_NUMBER: _ClassVar[int]
    word: str
    sender: str
    def __init__(self, word: _Optional[str] = ..., sender: _Optional[str] = ...) -> None: ...

class LtiDelivery(_message.Message):
    __slots__ = ("delivery_id", "score", "statement", "tries")
    DELIVERY_ID_FIELD_NUMBER: _ClassVar[int]
    SCORE_FIELD_NUMBER: _ClassVar[int]
    STATEMENT_FIELD_NUMBER: _ClassVar[int]
    TRIES_FIELD_NUMBER: _ClassVar[int]
    delivery_id: str
    score: LtiScore
    statement: str
    tries: int
    def __init__(self, delivery_id: _Optional[str] = ..., score: _Optional[_Union[LtiScore, _Mapping]] = ..., statement: _Optional[str] = ..., tries: _Optional[int] = ...) -> None: ...

class LtiScore(_message.Message):
    __slots__ = ("platform", "line_item", "line_items", "resource_link_id", "quiz_id", "title", "points", "body")
    PLATFORM_FIELD_NUMBER: _ClassVar[int]
    LINE_ITEM_FIELD_NUMBER: _ClassVar[int]
    LINE_ITEMS_FIELD_NUMBER: _ClassVar[int]
    RESOURCE_LINK_ID_FIELD_NUMBER: _ClassVar[int]
    QUIZ_ID_FIELD_NUMBER: _ClassVar[int]
    TITLE_FIELD_NUMBER: _ClassVar[int]
    POINTS_FIELD_NUMBER: _ClassVar[int]
    BODY_FIELD_NUMBER: _ClassVar[int]
    platform: LtiPlatform
    line_item: str
    line_items: str
    resource_link_id: str
    quiz_id: str
    title: str
    points: int
    body: str
    def __init__(self, platform: _Optional[_Union[LtiPlatform, _Mapping]] = ..., line_item: _Optional[str] = ..., line_items: _Optional[str] = ..., resource_link_id: _Optional[str] = ..., quiz_id: _Optional[str] = ..., title: _Optional[str] = ..., points: _Optional[int] = ..., body: _Optional[str] = ...) -> None: ...

class TakeDeliveriesResponse(_message.Message):
    __slots__ = ("deliveries",)
    DELIVERIES_FIELD_NUMBER: _ClassVar[int]
    deliveries: _containers.RepeatedCompositeFieldContainer[LtiDelivery]
    def __init__(self, deliveries: _Optional[_Iterable[_Union[LtiDelivery, _Mapping]]] = ...) -> None: ...

class ReportDeliveryRequest(_message.Message):
    __slots__ = ("word", "sender", "delivery_id", "arrived", "refused", "pause_seconds", "trouble", "line_item")
    WORD_FIELD_NUMBER: _ClassVar[int]
    SENDER_FIELD_NUMBER: _ClassVar[int]
    DELIVERY_ID_FIELD_NUMBER: _ClassVar[int]
    ARRIVED_FIELD_NUMBER: _ClassVar[int]
    REFUSED_FIELD_NUMBER: _ClassVar[int]
    PAUSE_SECONDS_FIELD_NUMBER: _ClassVar[int]
    TROUBLE_FIELD_NUMBER: _ClassVar[int]
    LINE_ITEM_FIELD_NUMBER: _ClassVar[int]
    word: str
    sender: str
    delivery_id: str
    arrived: bool
    refused: bool
    pause_seconds: float
    trouble: str
    line_item: str
    def __init__(self, word: _Optional[str] = ..., sender: _Optional[str] = ..., delivery_id: _Optional[str] = ..., arrived: _Optional[bool] = ..., refused: _Optional[bool] = ..., pause_seconds: _Optional[float] = ..., trouble: _Optional[str] = ..., line_item: _Optional[str] = ...) -> None: ...

class ReportDeliveryResponse(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...
