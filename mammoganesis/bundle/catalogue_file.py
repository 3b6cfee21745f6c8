"""catalogue.json: names, useful ranges and notes that a person gave to a bundle's components and regions.

People and the studio edit it:

    {"bundle_digest": "<the bundle it was made for>",
     "generator_digest": "<SHA-256 of the generator's weights; may be left out>",
     "directions": [{"name": "breast-size", "index": 0, "reversed": false, "layer_start": 0, "layer_end": 6,
                     "sigmas_start": -2.5, "sigmas_end": 3, "note": "small to large",
                     "evidence": {"attribute": "breast_area", "spearman_rho": 0.97, "num_seeds": 50}}],
     "rejected_components": [5, 6],
     "regions": [{"index": 0, "name": "background", "note": "", "rejected": true},
                 {"index": 1, "name": "upper-tissue",
                  "labelled_names": [{"field": "view", "value": "CC", "name": "lateral"}]}],
     "default_epsilon": 40, "low_resolution_epsilon": 5}

It is proto JSON of `mammoganesis.bundle.v1.Catalogue`, where every field is explained. A catalogue is complete: applied
to a bundle, it replaces whatever the bundle had. What is read here is judged without the bundle: types, names, clashes,
ranges.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from google.protobuf import json_format

from mammoganesis.bundle.curated import (
    check_directions,
    check_distinct,
    check_epsilon,
    check_labelled_names,
    check_region_names,
    labelled_names_of,
    sigmas_range,
)
from mammoganesis.bundle.names import DIGEST, DIGEST_WORDS, MAX_NAME, NAME_WORDS
from mammoganesis.bundle.v1.catalogue_pb2 import Catalogue
from mammoganesis.errors import InvalidArgument
from mammoganesis.json_text import read_json
from mammoganesis.recipe import proto_json

MAX_NOTE = 500  # characters
MAX_BYTES = 2**20  # of catalogue.json

# What has no default: 0 would be the first component, layer or region.
_GIVEN = {"directions": ("name", "index", "layer_start", "layer_end"), "regions": ("index",)}
_GIVEN_EVIDENCE = ("attribute", "spearman_rho", "num_seeds")
_GIVEN_IN_LISTS = {
    "further": ("index", "weight", "layer_start", "layer_end"),
    "side_effects": ("attribute", "at_start", "at_end", "num_seeds"),
    "labelled_names": ("field", "value", "name"),
}


def read_catalogue(source: Path | str | Mapping[str, Any]) -> Catalogue:
    """Read catalogue.json, or the same as a dict. Useful ranges that are not given are written out.

    Raises:
        InvalidArgument: the file cannot be read, a key is unknown or missing, or a value is not allowed.
    """
    try:
        if isinstance(source, Mapping):
            return _judged(json.dumps(source))
        path = Path(source)
        if path.stat().st_size > MAX_BYTES:
            raise InvalidArgument("size", path.stat().st_size, f"{MAX_BYTES} bytes")
        return _judged(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidArgument(str(source), f"{type(error).__name__}: {error}", "a JSON file") from error
    except InvalidArgument as error:
        raise error if isinstance(source, Mapping) else error.named(f"{source}: {error.field}") from error


def write_catalogue(catalogue: Catalogue) -> str:
    """catalogue.json: what `read_catalogue` reads, with every field."""
    return json.dumps(as_dict(catalogue), indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def as_dict(catalogue: Catalogue) -> dict[str, Any]:
    """The JSON object of a catalogue: every field, null for what was not said."""
    content = json_format.MessageToDict(
        catalogue, preserving_proto_field_name=True, always_print_fields_with_no_presence=True
    )
    for direction in content["directions"]:
        direction.setdefault("evidence", None)
    return {"default_epsilon": None, "low_resolution_epsilon": None} | content


def _judged(text: str) -> Catalogue:
    catalogue = proto_json.read(text, Catalogue(), "catalogue")
    _check_given(read_json(text, finite=False))
    for field in ("bundle_digest", "generator_digest"):
        digest = getattr(catalogue, field)
        if digest and not DIGEST.fullmatch(digest):
            raise InvalidArgument(field, digest, DIGEST_WORDS)
    check_directions(catalogue.directions, "directions")
    rejected = list(catalogue.rejected_components)
    for i, direction in enumerate(catalogue.directions):
        _check_texts(direction.name, direction.note, f"directions[{i}]")
        if direction.index in rejected and not direction.further:
            raise InvalidArgument(f"directions[{i}].index", direction.index, "a component that is not rejected")
        direction.sigmas_start, direction.sigmas_end = sigmas_range(direction)
    for i, region in enumerate(catalogue.regions):
        _check_texts(region.name, region.note, f"regions[{i}]")
    check_region_names([region.name for region in catalogue.regions], "regions")
    check_distinct("regions", "index", [region.index for region in catalogue.regions])
    check_labelled_names(*labelled_names_of(catalogue), None)
    check_distinct("rejected_components", "entry", rejected)
    if catalogue.HasField("default_epsilon"):
        check_epsilon(catalogue.default_epsilon, "default_epsilon", zero=False)
    if catalogue.HasField("low_resolution_epsilon"):
        check_epsilon(catalogue.low_resolution_epsilon, "low_resolution_epsilon", zero=True)
    catalogue.rejected_components.sort()
    catalogue.regions.sort(key=lambda region: region.index)
    return catalogue


def _check_given(content: Mapping[str, Any]) -> None:
    for field, keys in _GIVEN.items():
        for i, entry in enumerate(content.get(field) or []):
            _check_keys(entry, keys, f"{field}[{i}]")
            if field == "directions" and entry.get("evidence") is not None:
                _check_keys(entry["evidence"], _GIVEN_EVIDENCE, f"{field}[{i}].evidence")
            for name, inner in _GIVEN_IN_LISTS.items():
                for k, one in enumerate(entry.get(name) or []):
                    _check_keys(one, inner, f"{field}[{i}].{name}[{k}]")


def _check_keys(entry: Mapping[str, Any], keys: tuple[str, ...], field: str) -> None:
    for key in keys:
        if entry.get(key) is None:
            raise InvalidArgument(f"{field}.{key}", None, "a value; it must be given")


def _check_texts(name: str, note: str, field: str) -> None:
    if len(name) > MAX_NAME:
        raise InvalidArgument(f"{field}.name", name, f"{NAME_WORDS}, {MAX_NAME} at most")
    if len(note) > MAX_NOTE or not note.isprintable():
        raise InvalidArgument(f"{field}.note", note, f"one line of {MAX_NOTE} characters at most")
