import datetime

from google.protobuf import timestamp_pb2 as _timestamp_pb2
from mammoganesis.v1 import images_pb2 as _images_pb2
from mammoganesis.v1 import latents_pb2 as _latents_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class ImageVerdict(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    IMAGE_VERDICT_UNSPECIFIED: _ClassVar[ImageVerdict]
    IMAGE_VERDICT_UNCHANGED: _ClassVar[ImageVerdict]
    IMAGE_VERDICT_OTHER_FORM: _ClassVar[ImageVerdict]
    IMAGE_VERDICT_ADDED: _ClassVar[ImageVerdict]
    IMAGE_VERDICT_METADATA_CHANGED: _ClassVar[ImageVerdict]
    IMAGE_VERDICT_PIXELS_CHANGED: _ClassVar[ImageVerdict]
    IMAGE_VERDICT_RECIPE_FOUND: _ClassVar[ImageVerdict]
    IMAGE_VERDICT_NEAR_MATCH: _ClassVar[ImageVerdict]
    IMAGE_VERDICT_RECIPE_LOST: _ClassVar[ImageVerdict]
    IMAGE_VERDICT_OTHER_BUNDLE: _ClassVar[ImageVerdict]
    IMAGE_VERDICT_NOT_OURS: _ClassVar[ImageVerdict]
    IMAGE_VERDICT_DAMAGED: _ClassVar[ImageVerdict]

class ImageSignature(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    IMAGE_SIGNATURE_UNSPECIFIED: _ClassVar[ImageSignature]
    IMAGE_SIGNATURE_RIGHT: _ClassVar[ImageSignature]
    IMAGE_SIGNATURE_WRONG: _ClassVar[ImageSignature]
    IMAGE_SIGNATURE_UNKNOWN_KEY: _ClassVar[ImageSignature]

class RegistryFileFormat(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    REGISTRY_FILE_FORMAT_UNSPECIFIED: _ClassVar[RegistryFileFormat]
    REGISTRY_FILE_FORMAT_JSON_LINES: _ClassVar[RegistryFileFormat]
    REGISTRY_FILE_FORMAT_CSV: _ClassVar[RegistryFileFormat]
IMAGE_VERDICT_UNSPECIFIED: ImageVerdict
IMAGE_VERDICT_UNCHANGED: ImageVerdict
IMAGE_VERDICT_OTHER_FORM: ImageVerdict
IMAGE_VERDICT_ADDED: ImageVerdict
IMAGE_VERDICT_METADATA_CHANGED: ImageVerdict
IMAGE_VERDICT_PIXELS_CHANGED: ImageVerdict
IMAGE_VERDICT_RECIPE_FOUND: ImageVerdict
IMAGE_VERDICT_NEAR_MATCH: ImageVerdict
IMAGE_VERDICT_RECIPE_LOST: ImageVerdict
IMAGE_VERDICT_OTHER_BUNDLE: ImageVerdict
IMAGE_VERDICT_NOT_OURS: ImageVerdict
IMAGE_VERDICT_DAMAGED: ImageVerdict
IMAGE_SIGNATURE_UNSPECIFIED: ImageSignature
IMAGE_SIGNATURE_RIGHT: ImageSignature
IMAGE_SIGNATURE_WRONG: ImageSignature
IMAGE_SIGNATURE_UNKNOWN_KEY: ImageSignature
REGISTRY_FILE_FORMAT_UNSPECIFIED: RegistryFileFormat
REGISTRY_FILE_FORMAT_JSON_LINES: RegistryFileFormat
REGISTRY_FILE_FORMAT_CSV: RegistryFileFormat

class RegistryEntry(_message.Message):
    __slots__ = ("number", "answered_at", "caller", "request_id", "rpc", "encoding", "width", "height", "latent_id", "bundle_digest", "pixels_sha256", "recipe", "destination", "host")
    NUMBER_FIELD_NUMBER: _ClassVar[int]
    ANSWERED_AT_FIELD_NUMBER: _ClassVar[int]
    CALLER_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    RPC_FIELD_NUMBER: _ClassVar[int]
    ENCODING_FIELD_NUMBER: _ClassVar[int]
    WIDTH_FIELD_NUMBER: _ClassVar[int]
    HEIGHT_FIELD_NUMBER: _ClassVar[int]
    LATENT_ID_FIELD_NUMBER: _ClassVar[int]
    BUNDLE_DIGEST_FIELD_NUMBER: _ClassVar[int]
    PIXELS_SHA256_FIELD_NUMBER: _ClassVar[int]
    RECIPE_FIELD_NUMBER: _ClassVar[int]
    DESTINATION_FIELD_NUMBER: _ClassVar[int]
    HOST_FIELD_NUMBER: _ClassVar[int]
    number: int
    answered_at: _timestamp_pb2.Timestamp
    caller: str
    request_id: str
    rpc: str
    encoding: _images_pb2.ImageEncoding
    width: int
    height: int
    latent_id: str
    bundle_digest: str
    pixels_sha256: str
    recipe: _latents_pb2.Recipe
    destination: str
    host: str
    def __init__(self, number: _Optional[int] = ..., answered_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., caller: _Optional[str] = ..., request_id: _Optional[str] = ..., rpc: _Optional[str] = ..., encoding: _Optional[_Union[_images_pb2.ImageEncoding, str]] = ..., width: _Optional[int] = ..., height: _Optional[int] = ..., latent_id: _Optional[str] = ..., bundle_digest: _Optional[str] = ..., pixels_sha256: _Optional[str] = ..., recipe: _Optional[_Union[_latents_pb2.Recipe, _Mapping]] = ..., destination: _Optional[str] = ..., host: _Optional[str] = ...) -> None: ...

class RegistryMatch(_message.Message):
    __slots__ = ("entry", "likeness", "same_pixels", "mirrored")
    ENTRY_FIELD_NUMBER: _ClassVar[int]
    LIKENESS_FIELD_NUMBER: _ClassVar[int]
    SAME_PIXELS_FIELD_NUMBER: _ClassVar[int]
    MIRRORED_FIELD_NUMBER: _ClassVar[int]
    entry: RegistryEntry
    likeness: float
    same_pixels: bool
    mirrored: bool
    def __init__(self, entry: _Optional[_Union[RegistryEntry, _Mapping]] = ..., likeness: _Optional[float] = ..., same_pixels: _Optional[bool] = ..., mirrored: _Optional[bool] = ...) -> None: ...

class RegistryFilter(_message.Message):
    __slots__ = ("since", "until", "caller", "latent_id", "bundle_digest")
    SINCE_FIELD_NUMBER: _ClassVar[int]
    UNTIL_FIELD_NUMBER: _ClassVar[int]
    CALLER_FIELD_NUMBER: _ClassVar[int]
    LATENT_ID_FIELD_NUMBER: _ClassVar[int]
    BUNDLE_DIGEST_FIELD_NUMBER: _ClassVar[int]
    since: _timestamp_pb2.Timestamp
    until: _timestamp_pb2.Timestamp
    caller: str
    latent_id: str
    bundle_digest: str
    def __init__(self, since: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., until: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., caller: _Optional[str] = ..., latent_id: _Optional[str] = ..., bundle_digest: _Optional[str] = ...) -> None: ...

class PictureArea(_message.Message):
    __slots__ = ("left", "top", "width", "height")
    LEFT_FIELD_NUMBER: _ClassVar[int]
    TOP_FIELD_NUMBER: _ClassVar[int]
    WIDTH_FIELD_NUMBER: _ClassVar[int]
    HEIGHT_FIELD_NUMBER: _ClassVar[int]
    left: int
    top: int
    width: int
    height: int
    def __init__(self, left: _Optional[int] = ..., top: _Optional[int] = ..., width: _Optional[int] = ..., height: _Optional[int] = ...) -> None: ...

class PictureAlteration(_message.Message):
    __slots__ = ("areas", "share", "picture")
    AREAS_FIELD_NUMBER: _ClassVar[int]
    SHARE_FIELD_NUMBER: _ClassVar[int]
    PICTURE_FIELD_NUMBER: _ClassVar[int]
    areas: _containers.RepeatedCompositeFieldContainer[PictureArea]
    share: float
    picture: bytes
    def __init__(self, areas: _Optional[_Iterable[_Union[PictureArea, _Mapping]]] = ..., share: _Optional[float] = ..., picture: _Optional[bytes] = ...) -> None: ...

class VerifyImageRequest(_message.Message):
    __slots__ = ("image", "language")
    IMAGE_FIELD_NUMBER: _ClassVar[int]
    LANGUAGE_FIELD_NUMBER: _ClassVar[int]
    image: bytes
    language: str
    def __init__(self, image: _Optional[bytes] = ..., language: _Optional[str] = ...) -> None: ...

class VerifyImageResponse(_message.Message):
    __slots__ = ("verdict", "detail", "alteration", "matches", "recipe", "signature", "signing_key_id")
    VERDICT_FIELD_NUMBER: _ClassVar[int]
    DETAIL_FIELD_NUMBER: _ClassVar[int]
    ALTERATION_FIELD_NUMBER: _ClassVar[int]
    MATCHES_FIELD_NUMBER: _ClassVar[int]
    RECIPE_FIELD_NUMBER: _ClassVar[int]
    SIGNATURE_FIELD_NUMBER: _ClassVar[int]
    SIGNING_KEY_ID_FIELD_NUMBER: _ClassVar[int]
    verdict: ImageVerdict
    detail: str
    alteration: PictureAlteration
    matches: _containers.RepeatedCompositeFieldContainer[RegistryMatch]
    recipe: _latents_pb2.Recipe
    signature: ImageSignature
    signing_key_id: str
    def __init__(self, verdict: _Optional[_Union[ImageVerdict, str]] = ..., detail: _Optional[str] = ..., alteration: _Optional[_Union[PictureAlteration, _Mapping]] = ..., matches: _Optional[_Iterable[_Union[RegistryMatch, _Mapping]]] = ..., recipe: _Optional[_Union[_latents_pb2.Recipe, _Mapping]] = ..., signature: _Optional[_Union[ImageSignature, str]] = ..., signing_key_id: _Optional[str] = ...) -> None: ...

class SearchRegistryRequest(_message.Message):
    __slots__ = ("image",)
    IMAGE_FIELD_NUMBER: _ClassVar[int]
    image: bytes
    def __init__(self, image: _Optional[bytes] = ...) -> None: ...

class SearchRegistryResponse(_message.Message):
    __slots__ = ("matches",)
    MATCHES_FIELD_NUMBER: _ClassVar[int]
    matches: _containers.RepeatedCompositeFieldContainer[RegistryMatch]
    def __init__(self, matches: _Optional[_Iterable[_Union[RegistryMatch, _Mapping]]] = ...) -> None: ...

class RegisterImagesRequest(_message.Message):
    __slots__ = ("images", "destination")
    IMAGES_FIELD_NUMBER: _ClassVar[int]
    DESTINATION_FIELD_NUMBER: _ClassVar[int]
    images: _containers.RepeatedScalarFieldContainer[bytes]
    destination: str
    def __init__(self, images: _Optional[_Iterable[bytes]] = ..., destination: _Optional[str] = ...) -> None: ...

class RegisterImagesResponse(_message.Message):
    __slots__ = ("added",)
    ADDED_FIELD_NUMBER: _ClassVar[int]
    added: int
    def __init__(self, added: _Optional[int] = ...) -> None: ...

class ListRegistryRequest(_message.Message):
    __slots__ = ("filter", "page_size", "page_token")
    FILTER_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    filter: RegistryFilter
    page_size: int
    page_token: str
    def __init__(self, filter: _Optional[_Union[RegistryFilter, _Mapping]] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListRegistryResponse(_message.Message):
    __slots__ = ("entries", "next_page_token", "missed_answers", "removed_entries")
    ENTRIES_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    MISSED_ANSWERS_FIELD_NUMBER: _ClassVar[int]
    REMOVED_ENTRIES_FIELD_NUMBER: _ClassVar[int]
    entries: _containers.RepeatedCompositeFieldContainer[RegistryEntry]
    next_page_token: str
    missed_answers: int
    removed_entries: int
    def __init__(self, entries: _Optional[_Iterable[_Union[RegistryEntry, _Mapping]]] = ..., next_page_token: _Optional[str] = ..., missed_answers: _Optional[int] = ..., removed_entries: _Optional[int] = ...) -> None: ...

class ExportRegistryRequest(_message.Message):
    __slots__ = ("filter", "format")
    FILTER_FIELD_NUMBER: _ClassVar[int]
    FORMAT_FIELD_NUMBER: _ClassVar[int]
    filter: RegistryFilter
    format: RegistryFileFormat
    def __init__(self, filter: _Optional[_Union[RegistryFilter, _Mapping]] = ..., format: _Optional[_Union[RegistryFileFormat, str]] = ...) -> None: ...

class ExportRegistryResponse(_message.Message):
    __slots__ = ("data",)
    DATA_FIELD_NUMBER: _ClassVar[int]
    data: bytes
    def __init__(self, data: _Optional[bytes] = ...) -> None: ...
