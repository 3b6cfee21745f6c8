import datetime

from google.protobuf import timestamp_pb2 as _timestamp_pb2
from mammoganesis.v1 import cases_pb2 as _cases_pb2
from mammoganesis.v1 import images_pb2 as _images_pb2
from mammoganesis.v1 import style_transfer_pb2 as _style_transfer_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class QuestionKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    QUESTION_KIND_UNSPECIFIED: _ClassVar[QuestionKind]
    QUESTION_KIND_SINGLE_CHOICE: _ClassVar[QuestionKind]
    QUESTION_KIND_MULTIPLE_CHOICE: _ClassVar[QuestionKind]
    QUESTION_KIND_BI_RADS: _ClassVar[QuestionKind]
    QUESTION_KIND_DENSITY: _ClassVar[QuestionKind]
    QUESTION_KIND_MARK: _ClassVar[QuestionKind]
    QUESTION_KIND_FREE_TEXT: _ClassVar[QuestionKind]
QUESTION_KIND_UNSPECIFIED: QuestionKind
QUESTION_KIND_SINGLE_CHOICE: QuestionKind
QUESTION_KIND_MULTIPLE_CHOICE: QuestionKind
QUESTION_KIND_BI_RADS: QuestionKind
QUESTION_KIND_DENSITY: QuestionKind
QUESTION_KIND_MARK: QuestionKind
QUESTION_KIND_FREE_TEXT: QuestionKind

class Quiz(_message.Message):
    __slots__ = ("quiz_id", "token", "title", "published_at", "ends_at", "closed_at", "sources", "questions", "attempts")
    QUIZ_ID_FIELD_NUMBER: _ClassVar[int]
    TOKEN_FIELD_NUMBER: _ClassVar[int]
    TITLE_FIELD_NUMBER: _ClassVar[int]
    PUBLISHED_AT_FIELD_NUMBER: _ClassVar[int]
    ENDS_AT_FIELD_NUMBER: _ClassVar[int]
    CLOSED_AT_FIELD_NUMBER: _ClassVar[int]
    SOURCES_FIELD_NUMBER: _ClassVar[int]
    QUESTIONS_FIELD_NUMBER: _ClassVar[int]
    ATTEMPTS_FIELD_NUMBER: _ClassVar[int]
    quiz_id: str
    token: str
    title: str
    published_at: _timestamp_pb2.Timestamp
    ends_at: _timestamp_pb2.Timestamp
    closed_at: _timestamp_pb2.Timestamp
    sources: _containers.RepeatedCompositeFieldContainer[QuizSource]
    questions: int
    attempts: int
    def __init__(self, quiz_id: _Optional[str] = ..., token: _Optional[str] = ..., title: _Optional[str] = ..., published_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., ends_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., closed_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., sources: _Optional[_Iterable[_Union[QuizSource, _Mapping]]] = ..., questions: _Optional[int] = ..., attempts: _Optional[int] = ...) -> None: ...

class QuizSource(_message.Message):
    __slots__ = ("case_id", "version", "title")
    CASE_ID_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    TITLE_FIELD_NUMBER: _ClassVar[int]
    case_id: str
    version: int
    title: str
    def __init__(self, case_id: _Optional[str] = ..., version: _Optional[int] = ..., title: _Optional[str] = ...) -> None: ...

class PublishQuizRequest(_message.Message):
    __slots__ = ("case_ids", "collection_id", "title", "ends_at", "without_burned_in_mark", "group_hidden")
    CASE_IDS_FIELD_NUMBER: _ClassVar[int]
    COLLECTION_ID_FIELD_NUMBER: _ClassVar[int]
    TITLE_FIELD_NUMBER: _ClassVar[int]
    ENDS_AT_FIELD_NUMBER: _ClassVar[int]
    WITHOUT_BURNED_IN_MARK_FIELD_NUMBER: _ClassVar[int]
    GROUP_HIDDEN_FIELD_NUMBER: _ClassVar[int]
    case_ids: _containers.RepeatedScalarFieldContainer[str]
    collection_id: str
    title: str
    ends_at: _timestamp_pb2.Timestamp
    without_burned_in_mark: bool
    group_hidden: bool
    def __init__(self, case_ids: _Optional[_Iterable[str]] = ..., collection_id: _Optional[str] = ..., title: _Optional[str] = ..., ends_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., without_burned_in_mark: _Optional[bool] = ..., group_hidden: _Optional[bool] = ...) -> None: ...

class PublishQuizResponse(_message.Message):
    __slots__ = ("quiz",)
    QUIZ_FIELD_NUMBER: _ClassVar[int]
    quiz: Quiz
    def __init__(self, quiz: _Optional[_Union[Quiz, _Mapping]] = ...) -> None: ...

class ListQuizzesRequest(_message.Message):
    __slots__ = ("case_id", "page_size", "page_token")
    CASE_ID_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    case_id: str
    page_size: int
    page_token: str
    def __init__(self, case_id: _Optional[str] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListQuizzesResponse(_message.Message):
    __slots__ = ("quizzes", "next_page_token")
    QUIZZES_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    quizzes: _containers.RepeatedCompositeFieldContainer[Quiz]
    next_page_token: str
    def __init__(self, quizzes: _Optional[_Iterable[_Union[Quiz, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class CloseQuizRequest(_message.Message):
    __slots__ = ("quiz_id",)
    QUIZ_ID_FIELD_NUMBER: _ClassVar[int]
    quiz_id: str
    def __init__(self, quiz_id: _Optional[str] = ...) -> None: ...

class CloseQuizResponse(_message.Message):
    __slots__ = ("quiz",)
    QUIZ_FIELD_NUMBER: _ClassVar[int]
    quiz: Quiz
    def __init__(self, quiz: _Optional[_Union[Quiz, _Mapping]] = ...) -> None: ...

class GetQuizResultsRequest(_message.Message):
    __slots__ = ("quiz_id",)
    QUIZ_ID_FIELD_NUMBER: _ClassVar[int]
    quiz_id: str
    def __init__(self, quiz_id: _Optional[str] = ...) -> None: ...

class GetQuizResultsResponse(_message.Message):
    __slots__ = ("quiz", "questions", "finished", "score_counts")
    QUIZ_FIELD_NUMBER: _ClassVar[int]
    QUESTIONS_FIELD_NUMBER: _ClassVar[int]
    FINISHED_FIELD_NUMBER: _ClassVar[int]
    SCORE_COUNTS_FIELD_NUMBER: _ClassVar[int]
    quiz: Quiz
    questions: _containers.RepeatedCompositeFieldContainer[QuestionResults]
    finished: int
    score_counts: _containers.RepeatedScalarFieldContainer[int]
    def __init__(self, quiz: _Optional[_Union[Quiz, _Mapping]] = ..., questions: _Optional[_Iterable[_Union[QuestionResults, _Mapping]]] = ..., finished: _Optional[int] = ..., score_counts: _Optional[_Iterable[int]] = ...) -> None: ...

class QuestionResults(_message.Message):
    __slots__ = ("question_id", "question", "group", "texts")
    QUESTION_ID_FIELD_NUMBER: _ClassVar[int]
    QUESTION_FIELD_NUMBER: _ClassVar[int]
    GROUP_FIELD_NUMBER: _ClassVar[int]
    TEXTS_FIELD_NUMBER: _ClassVar[int]
    question_id: str
    question: _cases_pb2.Question
    group: GroupAnswers
    texts: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, question_id: _Optional[str] = ..., question: _Optional[_Union[_cases_pb2.Question, _Mapping]] = ..., group: _Optional[_Union[GroupAnswers, _Mapping]] = ..., texts: _Optional[_Iterable[str]] = ...) -> None: ...

class OpenQuizRequest(_message.Message):
    __slots__ = ("token",)
    TOKEN_FIELD_NUMBER: _ClassVar[int]
    token: str
    def __init__(self, token: _Optional[str] = ...) -> None: ...

class OpenQuizResponse(_message.Message):
    __slots__ = ("title", "cases", "ends_at")
    TITLE_FIELD_NUMBER: _ClassVar[int]
    CASES_FIELD_NUMBER: _ClassVar[int]
    ENDS_AT_FIELD_NUMBER: _ClassVar[int]
    title: str
    cases: _containers.RepeatedCompositeFieldContainer[QuizCase]
    ends_at: _timestamp_pb2.Timestamp
    def __init__(self, title: _Optional[str] = ..., cases: _Optional[_Iterable[_Union[QuizCase, _Mapping]]] = ..., ends_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class QuizCase(_message.Message):
    __slots__ = ("number", "history", "pictures", "questions")
    NUMBER_FIELD_NUMBER: _ClassVar[int]
    HISTORY_FIELD_NUMBER: _ClassVar[int]
    PICTURES_FIELD_NUMBER: _ClassVar[int]
    QUESTIONS_FIELD_NUMBER: _ClassVar[int]
    number: int
    history: str
    pictures: _containers.RepeatedCompositeFieldContainer[QuizPicture]
    questions: _containers.RepeatedCompositeFieldContainer[QuizQuestion]
    def __init__(self, number: _Optional[int] = ..., history: _Optional[str] = ..., pictures: _Optional[_Iterable[_Union[QuizPicture, _Mapping]]] = ..., questions: _Optional[_Iterable[_Union[QuizQuestion, _Mapping]]] = ...) -> None: ...

class QuizPicture(_message.Message):
    __slots__ = ("picture_id", "side", "view", "pixel_spacing_millimetres", "width", "height", "mirrored")
    PICTURE_ID_FIELD_NUMBER: _ClassVar[int]
    SIDE_FIELD_NUMBER: _ClassVar[int]
    VIEW_FIELD_NUMBER: _ClassVar[int]
    PIXEL_SPACING_MILLIMETRES_FIELD_NUMBER: _ClassVar[int]
    WIDTH_FIELD_NUMBER: _ClassVar[int]
    HEIGHT_FIELD_NUMBER: _ClassVar[int]
    MIRRORED_FIELD_NUMBER: _ClassVar[int]
    picture_id: str
    side: _images_pb2.Side
    view: _images_pb2.View
    pixel_spacing_millimetres: float
    width: int
    height: int
    mirrored: bool
    def __init__(self, picture_id: _Optional[str] = ..., side: _Optional[_Union[_images_pb2.Side, str]] = ..., view: _Optional[_Union[_images_pb2.View, str]] = ..., pixel_spacing_millimetres: _Optional[float] = ..., width: _Optional[int] = ..., height: _Optional[int] = ..., mirrored: _Optional[bool] = ...) -> None: ...

class QuizQuestion(_message.Message):
    __slots__ = ("question_id", "text", "kind", "choices", "points")
    QUESTION_ID_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    CHOICES_FIELD_NUMBER: _ClassVar[int]
    POINTS_FIELD_NUMBER: _ClassVar[int]
    question_id: str
    text: str
    kind: QuestionKind
    choices: _containers.RepeatedScalarFieldContainer[str]
    points: int
    def __init__(self, question_id: _Optional[str] = ..., text: _Optional[str] = ..., kind: _Optional[_Union[QuestionKind, str]] = ..., choices: _Optional[_Iterable[str]] = ..., points: _Optional[int] = ...) -> None: ...

class GetQuizPictureRequest(_message.Message):
    __slots__ = ("token", "picture_id")
    TOKEN_FIELD_NUMBER: _ClassVar[int]
    PICTURE_ID_FIELD_NUMBER: _ClassVar[int]
    token: str
    picture_id: str
    def __init__(self, token: _Optional[str] = ..., picture_id: _Optional[str] = ...) -> None: ...

class GetQuizPictureResponse(_message.Message):
    __slots__ = ("data", "encoding", "width", "height", "mark_place")
    DATA_FIELD_NUMBER: _ClassVar[int]
    ENCODING_FIELD_NUMBER: _ClassVar[int]
    WIDTH_FIELD_NUMBER: _ClassVar[int]
    HEIGHT_FIELD_NUMBER: _ClassVar[int]
    MARK_PLACE_FIELD_NUMBER: _ClassVar[int]
    data: bytes
    encoding: _images_pb2.ImageEncoding
    width: int
    height: int
    mark_place: _images_pb2.MarkPlace
    def __init__(self, data: _Optional[bytes] = ..., encoding: _Optional[_Union[_images_pb2.ImageEncoding, str]] = ..., width: _Optional[int] = ..., height: _Optional[int] = ..., mark_place: _Optional[_Union[_images_pb2.MarkPlace, _Mapping]] = ...) -> None: ...

class StartAttemptRequest(_message.Message):
    __slots__ = ("token",)
    TOKEN_FIELD_NUMBER: _ClassVar[int]
    token: str
    def __init__(self, token: _Optional[str] = ...) -> None: ...

class StartAttemptResponse(_message.Message):
    __slots__ = ("attempt_id",)
    ATTEMPT_ID_FIELD_NUMBER: _ClassVar[int]
    attempt_id: str
    def __init__(self, attempt_id: _Optional[str] = ...) -> None: ...

class Answer(_message.Message):
    __slots__ = ("choice", "choices", "bi_rads", "density", "places", "text")
    CHOICE_FIELD_NUMBER: _ClassVar[int]
    CHOICES_FIELD_NUMBER: _ClassVar[int]
    BI_RADS_FIELD_NUMBER: _ClassVar[int]
    DENSITY_FIELD_NUMBER: _ClassVar[int]
    PLACES_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    choice: int
    choices: ChoicesAnswer
    bi_rads: _cases_pb2.BiRads
    density: _cases_pb2.Density
    places: PlacesAnswer
    text: str
    def __init__(self, choice: _Optional[int] = ..., choices: _Optional[_Union[ChoicesAnswer, _Mapping]] = ..., bi_rads: _Optional[_Union[_cases_pb2.BiRads, str]] = ..., density: _Optional[_Union[_cases_pb2.Density, str]] = ..., places: _Optional[_Union[PlacesAnswer, _Mapping]] = ..., text: _Optional[str] = ...) -> None: ...

class ChoicesAnswer(_message.Message):
    __slots__ = ("choices",)
    CHOICES_FIELD_NUMBER: _ClassVar[int]
    choices: _containers.RepeatedScalarFieldContainer[int]
    def __init__(self, choices: _Optional[_Iterable[int]] = ...) -> None: ...

class PlacesAnswer(_message.Message):
    __slots__ = ("places",)
    PLACES_FIELD_NUMBER: _ClassVar[int]
    places: _containers.RepeatedCompositeFieldContainer[Place]
    def __init__(self, places: _Optional[_Iterable[_Union[Place, _Mapping]]] = ...) -> None: ...

class Place(_message.Message):
    __slots__ = ("picture_id", "point")
    PICTURE_ID_FIELD_NUMBER: _ClassVar[int]
    POINT_FIELD_NUMBER: _ClassVar[int]
    picture_id: str
    point: _style_transfer_pb2.Point
    def __init__(self, picture_id: _Optional[str] = ..., point: _Optional[_Union[_style_transfer_pb2.Point, _Mapping]] = ...) -> None: ...

class AnswerQuestionRequest(_message.Message):
    __slots__ = ("attempt_id", "question_id", "answer")
    ATTEMPT_ID_FIELD_NUMBER: _ClassVar[int]
    QUESTION_ID_FIELD_NUMBER: _ClassVar[int]
    ANSWER_FIELD_NUMBER: _ClassVar[int]
    attempt_id: str
    question_id: str
    answer: Answer
    def __init__(self, attempt_id: _Optional[str] = ..., question_id: _Optional[str] = ..., answer: _Optional[_Union[Answer, _Mapping]] = ...) -> None: ...

class AnswerQuestionResponse(_message.Message):
    __slots__ = ("feedback", "truth", "score")
    FEEDBACK_FIELD_NUMBER: _ClassVar[int]
    TRUTH_FIELD_NUMBER: _ClassVar[int]
    SCORE_FIELD_NUMBER: _ClassVar[int]
    feedback: Feedback
    truth: CaseTruth
    score: Score
    def __init__(self, feedback: _Optional[_Union[Feedback, _Mapping]] = ..., truth: _Optional[_Union[CaseTruth, _Mapping]] = ..., score: _Optional[_Union[Score, _Mapping]] = ...) -> None: ...

class Feedback(_message.Message):
    __slots__ = ("question_id", "answer", "answered_at", "score", "choices", "bi_rads", "densities", "texts", "places_met", "explanation", "group")
    QUESTION_ID_FIELD_NUMBER: _ClassVar[int]
    ANSWER_FIELD_NUMBER: _ClassVar[int]
    ANSWERED_AT_FIELD_NUMBER: _ClassVar[int]
    SCORE_FIELD_NUMBER: _ClassVar[int]
    CHOICES_FIELD_NUMBER: _ClassVar[int]
    BI_RADS_FIELD_NUMBER: _ClassVar[int]
    DENSITIES_FIELD_NUMBER: _ClassVar[int]
    TEXTS_FIELD_NUMBER: _ClassVar[int]
    PLACES_MET_FIELD_NUMBER: _ClassVar[int]
    EXPLANATION_FIELD_NUMBER: _ClassVar[int]
    GROUP_FIELD_NUMBER: _ClassVar[int]
    question_id: str
    answer: Answer
    answered_at: _timestamp_pb2.Timestamp
    score: float
    choices: _containers.RepeatedCompositeFieldContainer[_cases_pb2.Choice]
    bi_rads: _containers.RepeatedScalarFieldContainer[_cases_pb2.BiRads]
    densities: _containers.RepeatedScalarFieldContainer[_cases_pb2.Density]
    texts: _containers.RepeatedScalarFieldContainer[str]
    places_met: _containers.RepeatedScalarFieldContainer[bool]
    explanation: str
    group: GroupAnswers
    def __init__(self, question_id: _Optional[str] = ..., answer: _Optional[_Union[Answer, _Mapping]] = ..., answered_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., score: _Optional[float] = ..., choices: _Optional[_Iterable[_Union[_cases_pb2.Choice, _Mapping]]] = ..., bi_rads: _Optional[_Iterable[_Union[_cases_pb2.BiRads, str]]] = ..., densities: _Optional[_Iterable[_Union[_cases_pb2.Density, str]]] = ..., texts: _Optional[_Iterable[str]] = ..., places_met: _Optional[_Iterable[bool]] = ..., explanation: _Optional[str] = ..., group: _Optional[_Union[GroupAnswers, _Mapping]] = ...) -> None: ...

class GroupAnswers(_message.Message):
    __slots__ = ("answers", "right", "choice_counts", "bi_rads_counts", "density_counts", "places")
    ANSWERS_FIELD_NUMBER: _ClassVar[int]
    RIGHT_FIELD_NUMBER: _ClassVar[int]
    CHOICE_COUNTS_FIELD_NUMBER: _ClassVar[int]
    BI_RADS_COUNTS_FIELD_NUMBER: _ClassVar[int]
    DENSITY_COUNTS_FIELD_NUMBER: _ClassVar[int]
    PLACES_FIELD_NUMBER: _ClassVar[int]
    answers: int
    right: int
    choice_counts: _containers.RepeatedScalarFieldContainer[int]
    bi_rads_counts: _containers.RepeatedScalarFieldContainer[int]
    density_counts: _containers.RepeatedScalarFieldContainer[int]
    places: _containers.RepeatedCompositeFieldContainer[Place]
    def __init__(self, answers: _Optional[int] = ..., right: _Optional[int] = ..., choice_counts: _Optional[_Iterable[int]] = ..., bi_rads_counts: _Optional[_Iterable[int]] = ..., density_counts: _Optional[_Iterable[int]] = ..., places: _Optional[_Iterable[_Union[Place, _Mapping]]] = ...) -> None: ...

class CaseTruth(_message.Message):
    __slots__ = ("case_number", "findings", "masks", "title", "teaching_notes", "images")
    CASE_NUMBER_FIELD_NUMBER: _ClassVar[int]
    FINDINGS_FIELD_NUMBER: _ClassVar[int]
    MASKS_FIELD_NUMBER: _ClassVar[int]
    TITLE_FIELD_NUMBER: _ClassVar[int]
    TEACHING_NOTES_FIELD_NUMBER: _ClassVar[int]
    IMAGES_FIELD_NUMBER: _ClassVar[int]
    case_number: int
    findings: _containers.RepeatedCompositeFieldContainer[_cases_pb2.Finding]
    masks: _containers.RepeatedCompositeFieldContainer[EditMask]
    title: str
    teaching_notes: str
    images: _containers.RepeatedCompositeFieldContainer[_cases_pb2.CaseImage]
    def __init__(self, case_number: _Optional[int] = ..., findings: _Optional[_Iterable[_Union[_cases_pb2.Finding, _Mapping]]] = ..., masks: _Optional[_Iterable[_Union[EditMask, _Mapping]]] = ..., title: _Optional[str] = ..., teaching_notes: _Optional[str] = ..., images: _Optional[_Iterable[_Union[_cases_pb2.CaseImage, _Mapping]]] = ...) -> None: ...

class EditMask(_message.Message):
    __slots__ = ("picture_id", "png")
    PICTURE_ID_FIELD_NUMBER: _ClassVar[int]
    PNG_FIELD_NUMBER: _ClassVar[int]
    picture_id: str
    png: bytes
    def __init__(self, picture_id: _Optional[str] = ..., png: _Optional[bytes] = ...) -> None: ...

class Score(_message.Message):
    __slots__ = ("points", "points_possible", "answered", "questions")
    POINTS_FIELD_NUMBER: _ClassVar[int]
    POINTS_POSSIBLE_FIELD_NUMBER: _ClassVar[int]
    ANSWERED_FIELD_NUMBER: _ClassVar[int]
    QUESTIONS_FIELD_NUMBER: _ClassVar[int]
    points: float
    points_possible: int
    answered: int
    questions: int
    def __init__(self, points: _Optional[float] = ..., points_possible: _Optional[int] = ..., answered: _Optional[int] = ..., questions: _Optional[int] = ...) -> None: ...

class GetAttemptRequest(_message.Message):
    __slots__ = ("attempt_id",)
    ATTEMPT_ID_FIELD_NUMBER: _ClassVar[int]
    attempt_id: str
    def __init__(self, attempt_id: _Optional[str] = ...) -> None: ...

class GetAttemptResponse(_message.Message):
    __slots__ = ("feedback", "truths", "score", "started_at", "ended")
    FEEDBACK_FIELD_NUMBER: _ClassVar[int]
    TRUTHS_FIELD_NUMBER: _ClassVar[int]
    SCORE_FIELD_NUMBER: _ClassVar[int]
    STARTED_AT_FIELD_NUMBER: _ClassVar[int]
    ENDED_FIELD_NUMBER: _ClassVar[int]
    feedback: _containers.RepeatedCompositeFieldContainer[Feedback]
    truths: _containers.RepeatedCompositeFieldContainer[CaseTruth]
    score: Score
    started_at: _timestamp_pb2.Timestamp
    ended: bool
    def __init__(self, feedback: _Optional[_Iterable[_Union[Feedback, _Mapping]]] = ..., truths: _Optional[_Iterable[_Union[CaseTruth, _Mapping]]] = ..., score: _Optional[_Union[Score, _Mapping]] = ..., started_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., ended: _Optional[bool] = ...) -> None: ...
