"""Which calls the audit log has, and what it says of their messages: identifiers and digests, nothing else."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

from google.protobuf.message import Message

from mammoganesis.v1.audit_pb2 import NoteActionRequest
from services.access.audit_entries import MAX_NOTED_CHARACTERS, MAX_TARGET_CHARACTERS, MAX_TARGETS, REASON, Image
from services.edge.routes import RECORDS, Route, images_of

HAND_OUT = frozenset(
    {
        *("ExportCases", "OpenLink", "GetQuizPicture", "GetQuizResults"),
        *("GetStudyPicture", "GetStudyResults", "ExportStudy", "GetReadingPicture", "GetDebrief"),
        *("ExportRegistry", "ListAudit", "ExportAudit"),
    }
)
"""RPCs that change nothing and give something away that was kept, in whole: beside those with images."""
PICTURES = frozenset({"GetQuizPicture", "GetStudyPicture", "GetReadingPicture"})
"""RPCs whose field `data` is a picture without its recipe."""
WITHOUT_EFFECT = frozenset({"UploadPart", "TakeDeliveries"})
"""RPCs that keep something only until another call uses it, or ask again and again whether there is work."""
_NAMES = frozenset(
    {"case_id", "case_ids", "collection_id", "quiz_id", "study_id", "reader_id", "job_id", "destination"}
)
_SECRETS = frozenset({"token", "attempt_id"})
"""Fields that open something: the log has the beginning of their SHA-256, by which two calls are seen to be about the
same."""


def name_of(route: Route) -> str:
    """The RPC alone, such as "SaveCase"."""
    return route.path.rpartition("/")[2]


def action_of(path: str) -> str:
    """What the log calls an RPC: "CaseService/SaveCase"."""
    return path.rpartition(".")[2]


def changes(route: Route) -> bool:
    """Whether an RPC changes what is kept."""
    return route.application == RECORDS and not route.reads and name_of(route) not in WITHOUT_EFFECT


def is_audited(route: Route) -> bool:
    """Whether the log has an entry of every call that comes to something."""
    return route.hands_out_images or changes(route) or name_of(route) in HAND_OUT


def targets_of(message: Message) -> list[str]:
    """What a message is about, "kind:name" each: of its own fields, and of the messages in them."""
    if isinstance(message, NoteActionRequest):
        return [_printable(text) for text in (f"action:{message.action}", *message.about)][:MAX_TARGETS]
    found: dict[str, None] = {}
    for field, value in message.ListFields():
        values = [value] if isinstance(value, (Message, str)) or not _is_list(value) else list(value)
        for each in values[:MAX_TARGETS]:
            if isinstance(each, Message):
                found |= dict.fromkeys(_named(each))
        found |= dict.fromkeys(_target(field.name, str(each)) for each in values if _is_named(field.name, each))
    return list(found)[:MAX_TARGETS]


def reason_target(reason: str) -> str:
    """Why a call was refused whose caller nobody knows."""
    return _printable(f"{REASON}{reason}")[:MAX_NOTED_CHARACTERS]


def handed_out(route: Route, answer: Message) -> list[Image]:
    """The images in an answer."""
    if name_of(route) in PICTURES:
        return [Image("", hashlib.sha256(answer.data).hexdigest())]  # type: ignore[attr-defined]
    return [Image(image.latent_id, hashlib.sha256(image.data).hexdigest()) for image in images_of(answer)]


def _is_list(value: object) -> bool:
    return not isinstance(value, (str, bytes)) and hasattr(value, "__len__")


def _named(message: Message) -> Iterator[str]:
    for field, value in message.ListFields():
        if _is_named(field.name, value):
            yield _target(field.name, value)


def _is_named(name: str, value: object) -> bool:
    return isinstance(value, str) and bool(value) and name in _NAMES | _SECRETS


def _target(name: str, value: str) -> str:
    if name in _SECRETS:
        return f"{name}:sha256:{hashlib.sha256(value.encode()).hexdigest()[:16]}"
    return _printable(f"{name.removesuffix('s')}:{value}")


def _printable(text: str) -> str:
    return "".join(character if character.isprintable() else "?" for character in text)[:MAX_TARGET_CHARACTERS]
