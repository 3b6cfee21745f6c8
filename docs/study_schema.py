"""Writes docs/study-design.schema.json: the JSON schema of a study's document, out of the proto and its comments.

python docs/study_schema.py
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from google.protobuf.descriptor_pb2 import DescriptorProto, FieldDescriptorProto, FileDescriptorProto, FileDescriptorSet

ROOT = Path(__file__).resolve().parents[1]
TARGET = ROOT / "docs" / "study-design.schema.json"
WHOLE = "mammoganesis.v1.StudyDesign"
_NUMBERS = {
    FieldDescriptorProto.TYPE_UINT32: {"type": "integer", "minimum": 0, "maximum": 2**32 - 1},
    FieldDescriptorProto.TYPE_DOUBLE: {"type": "number"},
    FieldDescriptorProto.TYPE_BOOL: {"type": "boolean"},
    FieldDescriptorProto.TYPE_STRING: {"type": "string"},
}


def schema() -> dict[str, Any]:
    """The JSON schema (draft 2020-12); every description is the proto's comment."""
    definitions: dict[str, Any] = {}
    for file in _files():
        comments = {tuple(each.path): _plain(each.leading_comments) for each in file.source_code_info.location}
        for i, enum in enumerate(file.enum_type):
            name = f"{file.package}.{enum.name}"
            values = [value.name for value in enum.value]
            definitions[name] = {"description": comments.get((5, i), ""), "enum": values}
        for i, message in enumerate(file.message_type):
            definitions[f"{file.package}.{message.name}"] = _message(message, i, comments)
    used = dict(_used(WHOLE, definitions))
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Design of a reader study",
        "$ref": f"#/$defs/{WHOLE.rpartition('.')[2]}",
        "$defs": {name.rpartition(".")[2]: used[name] for name in sorted(used)},
    }


def text() -> str:
    """The file."""
    return json.dumps(schema(), indent=2, ensure_ascii=False) + "\n"


def _files() -> Iterator[FileDescriptorProto]:
    protos = ROOT / "protos"
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "set"
        names = [f"mammoganesis/v1/{name}.proto" for name in ("cases", "images", "latents", "study_design")]
        command = ["-I", ".", "--include_imports", "--include_source_info", f"--descriptor_set_out={target}", *names]
        subprocess.run([sys.executable, "-m", "grpc_tools.protoc", *command], cwd=protos, check=True)
        yield from FileDescriptorSet.FromString(target.read_bytes()).file


def _message(message: DescriptorProto, number: int, comments: dict[tuple[int, ...], str]) -> dict[str, Any]:
    entries = {nested.name: nested for nested in message.nested_type if nested.options.map_entry}
    properties, required = {}, []
    for i, field in enumerate(message.field):
        comment = comments.get((4, number, 2, i), "")
        properties[field.name] = {"description": comment} | _field(field, entries)
        if re.search(r"\bRequired\.", comment):
            required.append(field.name)
    made: dict[str, Any] = {
        "description": comments.get((4, number), ""),
        "type": "object",
        "additionalProperties": False,
        "properties": properties,
    }
    if required:
        made["required"] = required
    for group in range(len(message.oneof_decl)):
        fields = [f.name for f in message.field if f.HasField("oneof_index") and f.oneof_index == group]
        if len(fields) > 1:
            made["oneOf"] = [{"required": [name]} for name in fields]
    return made


def _field(field: FieldDescriptorProto, entries: dict[str, DescriptorProto]) -> dict[str, Any]:
    name = field.type_name.lstrip(".")
    if name.rpartition(".")[2] in entries:
        return {"type": "object", "additionalProperties": {"type": "string"}}
    kinds = (FieldDescriptorProto.TYPE_MESSAGE, FieldDescriptorProto.TYPE_ENUM)
    one = {"$ref": name} if field.type in kinds else dict(_NUMBERS.get(field.type, {}))
    return {"type": "array", "items": one} if field.label == FieldDescriptorProto.LABEL_REPEATED else one


def _used(name: str, definitions: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """A definition and those that it leads to, their references as paths in the document."""
    left, seen = [name], set()
    while left:
        name = left.pop()
        if name in seen:
            continue
        seen.add(name)
        for place in _references(definitions[name]):
            left.append(place["$ref"])
            place["$ref"] = f"#/$defs/{place['$ref'].rpartition('.')[2]}"
        yield name, definitions[name]


def _references(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        if "$ref" in value:
            yield value
        for inner in value.values():
            yield from _references(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _references(inner)


def _plain(comment: str) -> str:
    return " ".join(comment.split())


if __name__ == "__main__":
    TARGET.write_text(text(), encoding="utf-8")
