"""The protocol of a study: what is frozen before the first answer, as text and as a hash; and the document by hand."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence

from google.protobuf import json_format

from mammoganesis.recipe import proto_json
from mammoganesis.v1.study_design_pb2 import StudyDesign

MAX_DOCUMENT_CHARACTERS = 2**20


def protocol_hash(design: StudyDesign, digests: Sequence[str], places: Sequence[bytes | None] = ()) -> str:
    """SHA-256, 64 hexadecimal digits, over the design, all pictures and their true places.

    Args:
        design: complete.
        digests: SHA-256 of each picture's file, in the order of their numbers.
        places: the mask of each picture, likewise; where none has one they are no part of it.
    """
    content = {"design": json_format.MessageToDict(design, preserving_proto_field_name=True), "pictures": list(digests)}
    if any(places):
        content["places"] = [hashlib.sha256(place).hexdigest() if place else "" for place in places]
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False)
    return hashlib.sha256(text.encode("ascii")).hexdigest()


def read_design(text: str, field: str = "design") -> StudyDesign:
    """A design from its document, not checked yet.

    Raises:
        InvalidArgument: it is no proto JSON of a design; names the place.
    """
    return proto_json.read(text, StudyDesign(), field)


def design_json(design: StudyDesign) -> str:
    """The document of a design."""
    return json_format.MessageToJson(design, preserving_proto_field_name=True) + "\n"
