"""Cases, collections, versions and links: what is stored of them, and what is sent."""

from __future__ import annotations

from typing import Any

from google.protobuf.timestamp_pb2 import Timestamp

from mammoganesis.errors import InvalidArgument
from mammoganesis.v1 import cases_pb2 as pb
from services.records.rules.cases import check_case_id, check_collection_id
from services.records.sql.documents import Saved
from services.records.sql.links import LinkRow

_SERVERS_OWN = ("case_id", "collection_id", "version", "saved_at")


def case_of(saved: Saved) -> pb.Case:
    """A version, as it is sent."""
    case = pb.Case.FromString(saved.body)
    case.case_id, case.version = saved.document_id, saved.version
    case.saved_at.CopyFrom(stamp(saved.saved_at))
    return case


def collection_of(saved: Saved) -> pb.Collection:
    """A version, as it is sent."""
    collection = pb.Collection.FromString(saved.body)
    collection.collection_id, collection.version = saved.document_id, saved.version
    collection.saved_at.CopyFrom(stamp(saved.saved_at))
    return collection


def body_of(message: pb.Case | pb.Collection) -> bytes:
    """What is stored of a case or a collection: the same content gives the same bytes."""
    bare = type(message).FromString(message.SerializeToString())
    for name in _SERVERS_OWN:
        if name in bare.DESCRIPTOR.fields_by_name:
            bare.ClearField(name)
    return bare.SerializeToString(deterministic=True)


def stamp(microseconds: int) -> Timestamp:
    """Of a time in the database."""
    moment = Timestamp()
    moment.FromMicroseconds(microseconds)
    return moment


def summary(saved: Saved) -> pb.CaseSummary:
    """In lists."""
    case = case_of(saved)
    return pb.CaseSummary(
        case_id=case.case_id,
        version=case.version,
        title=case.title,
        saved_at=case.saved_at,
        first_image=case.images[0],
        images=len(case.images),
        questions=len(case.questions),
    )


def version(saved: Saved) -> pb.Version:
    """In lists."""
    return pb.Version(version=saved.version, title=saved.title, saved_at=stamp(saved.saved_at))


def times(**microseconds: int | None) -> dict[str, Any]:
    """Fields of a message, without those that are not set."""
    return {name: stamp(moment) for name, moment in microseconds.items() if moment is not None}


def link(row: LinkRow) -> pb.Link:
    """As it is sent."""
    targets = pb.Link(case_id=row.document_id), pb.Link(collection_id=row.document_id)
    sent = targets[not row.document_id.startswith("case_")]
    moments = times(created_at=row.created_at, ends_at=row.ends_at, revoked_at=row.revoked_at)
    sent.MergeFrom(pb.Link(token=row.token, **moments))
    return sent


def check_new(document_id: str, version: int, kind: str) -> None:
    """Raises InvalidArgument for an id of another form, or a version."""
    if document_id:
        (check_case_id if kind == "case" else check_collection_id)(document_id, f"{kind}.{kind}_id")
    if version:
        raise InvalidArgument(f"{kind}.version", version, f"none in a new {kind}")


def check_changed(version: int, kind: str) -> None:
    """Raises InvalidArgument where no version is said."""
    if version < 1:
        raise InvalidArgument(f"{kind}.version", version, "1 or more: the version that was changed")
