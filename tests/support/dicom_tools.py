"""What judges DICOM files in tests: the standard's tables, and programs of others where they are installed."""

from __future__ import annotations

import io
import json
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import highdicom
import numpy as np
import pytest
from pydicom import Dataset, dcmread

from mammoganesis.pictures.dicom_objects import Place
from mammoganesis.pictures.dicom_presentation import Outline, presentation_state
from mammoganesis.pictures.encoding import encode
from mammoganesis.pictures.provenance import Provenance
from mammoganesis.recipe.completion import complete
from mammoganesis.v1.images_pb2 import ImageFormat
from mammoganesis.v1.latents_pb2 import Recipe
from tests.support.recipe_strategies import LIMITS

_TABLES = Path(highdicom.__file__).parent / "_standard"
UNKNOWN_TAG = "(0x0008,0x001c)"  # SyntheticData, of 2024b; the dictionary of Debian's dicom3tools is older
_OF_UNKNOWN = (  # lines of dciodvfy that stand for it, or for a private block
    "Unrecognized tag - assuming explicit value representation OK",
    "Dicom dataset contains attributes not present in standard DICOM IOD",
)
_OF_NO_SIDE = "is only permitted to be empty when actually unknown"  # as in a capture of which nobody said it


def needs(program: str) -> pytest.MarkDecorator:
    """Leaves a test out where a program of Debian's is not installed."""
    return pytest.mark.skipif(
        shutil.which(program) is None, reason=f"{program} is not installed: tests/install_packages.sh"
    )


def _table(name: str) -> Any:
    return json.loads((_TABLES / name).read_text())


def missing_attributes(data: Dataset) -> list[str]:
    """Attributes of type 1 and 2, of the mandatory modules of its SOP class, that are missing or, type 1, empty."""
    of_class = _table("sop_class_iod_map.json")[data.SOPClassUID]
    modules = [module["key"] for module in _table("iod_module_map.json")[of_class] if module["usage"] == "M"]
    attributes = _table("module_attribute_map.json")
    wanted = [(module, attribute) for module in modules for attribute in attributes[module]]
    return [
        f"{module}: {'.'.join([*attribute['path'], attribute['keyword']])} (type {attribute['type']})"
        for module, attribute in wanted
        if attribute["type"] in ("1", "2")
        for place in _places(data, attribute["path"])
        if not _is_there(place, attribute["keyword"], attribute["type"])
    ]


def _places(data: Dataset, path: list[str]) -> Iterator[Dataset]:
    """The data sets at the end of a path of sequences; none where a sequence of it is missing or empty."""
    if not path:
        yield data
        return
    for item in data.get(path[0]) or ():
        yield from _places(item, path[1:])


def _is_there(data: Dataset, keyword: str, kind: str) -> bool:
    if keyword not in data:
        return False
    value = data[keyword].value
    return kind == "2" or (
        value is not None and str(value) != "" and not (hasattr(value, "__len__") and len(value) == 0)
    )


def complaints(path: Path) -> list[str]:
    """What dciodvfy says of a file, but for the tag that its dictionary does not know, and for private blocks."""
    said = subprocess.run(["dciodvfy", path], capture_output=True, text=True)
    lines = [line.strip() for line in (said.stdout + said.stderr).splitlines()]
    return [
        line
        for line in lines
        if line.startswith(("Error", "Warning")) or " - Warning" in line or " - Error" in line
        if UNKNOWN_TAG not in line and not any(words in line for words in (*_OF_UNKNOWN, _OF_NO_SIDE))
    ]


def set_complaints(paths: list[Path]) -> str:
    """What dcentvfy says of files that belong together."""
    said = subprocess.run(["dcentvfy", *paths], capture_output=True, text=True)
    return (said.stdout + said.stderr).strip()


KINDS = ("IMAGE_ENCODING_DICOM", "IMAGE_ENCODING_DICOM_SECONDARY_CAPTURE")


def image_of(seed: int, encoding: str = KINDS[0], side: str = "SIDE_LEFT") -> bytes:
    """A DICOM file of noise, 64 pixels wide."""
    recipe = complete(Recipe(seed=seed), LIMITS)
    provenance = Provenance(recipe, f"lat_{seed:032x}", "ab" * 32, "CPUExecutionProvider", "float32")
    values = np.random.RandomState(seed).uniform(-1, 1, (1, 64, 64)).astype(np.float32)
    return encode(values, ImageFormat(encoding=encoding, side=side, view="VIEW_CC"), provenance)


def outlines_beside(image: bytes) -> bytes:
    """A presentation state of one of our images, of a left breast, in its study: a triangle."""
    shown = dcmread(io.BytesIO(image))
    provenance = Provenance(Recipe(seed=1), "lat_" + "1" * 32, "ab" * 32, "CPUExecutionProvider", "float32")
    place = replace(Place.new(), study_uid=str(shown.StudyInstanceUID), series_number=100)
    triangle = Outline("Mass", [(0.25, 0.25), (0.75, 0.25), (0.5, 0.75)])
    return presentation_state(image, ImageFormat(side="SIDE_LEFT"), [triangle], provenance, place)
