"""Cases as DICOM studies: a study a case, a series an image, its findings beside it, a DICOMDIR above all."""

from __future__ import annotations

import tempfile
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import IO

import numpy as np

from mammoganesis.pictures import dicom
from mammoganesis.pictures.dicom_media import write_file_set
from mammoganesis.pictures.dicom_objects import Place, patient_id
from mammoganesis.pictures.dicom_presentation import Outline, edited_areas, presentation_state
from mammoganesis.pictures.provenance import Provenance
from mammoganesis.v1.cases_pb2 import Case, CaseImage, Mark
from mammoganesis.v1.images_pb2 import (
    IMAGE_ENCODING_DICOM,
    IMAGE_ENCODING_DICOM_SECONDARY_CAPTURE,
    GeneratedImage,
    ImageFormat,
)

FINDINGS_SERIES = 100  # number of the first series of findings
CIRCLE = 48  # corners of a round outline


def write_zip(file: IO[bytes], cases: Sequence[Case], images: Mapping[tuple[str, str], GeneratedImage]) -> None:
    """A ZIP of all studies, with a DICOMDIR.

    Args:
        cases: each with at least one image.
        images: raw float32, by case_id and image_id.
    """
    with tempfile.TemporaryDirectory() as folder, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as target:
        root = Path(folder)
        write_file_set(root, [part for case in cases for part in study(case, images)])
        for path in sorted(path for path in root.rglob("*") if path.is_file()):
            target.write(path, path.relative_to(root).as_posix())


def study(case: Case, images: Mapping[tuple[str, str], GeneratedImage]) -> Iterator[bytes]:
    """The files of one case. An image of which side or view is not said is a secondary capture."""
    identifier = f"SYN-{case.case_id[-8:].upper()}"
    first = replace(Place.new(), patient_id=patient_id(case.case_id), study_id=identifier, title=case.title)
    for number, image in enumerate(case.images, 1):
        drawn = images[case.case_id, image.image_id]
        place = first.beside(number, image.pixel_spacing_millimetres)
        said = image.side and image.view
        encoding = IMAGE_ENCODING_DICOM if said else IMAGE_ENCODING_DICOM_SECONDARY_CAPTURE
        image_format = ImageFormat(encoding=encoding, side=image.side, view=image.view)
        shape = (drawn.channels, drawn.height, drawn.width)
        provenance = Provenance(
            drawn.recipe,
            drawn.latent_id,
            drawn.bundle_digest,
            drawn.execution_provider,
            drawn.precision,
            bundle_name=drawn.recipe.bundle_name,
        )
        values = np.frombuffer(drawn.data, "<f4").reshape(shape)
        data = dicom.encode(values, image_format, provenance, place)
        yield data
        outlines = [*_findings(case, image), *edited_areas(image.latent.recipe, drawn.height)]
        if outlines:
            beside = first.beside(FINDINGS_SERIES + number)
            yield presentation_state(data, image_format, outlines, provenance, beside)


def _findings(case: Case, image: CaseImage) -> Iterator[Outline]:
    for finding in case.findings:
        for mark in finding.marks:
            if mark.image_id == image.image_id:
                yield Outline(finding.name, _points(mark))


def _points(mark: Mark) -> list[tuple[float, float]]:
    match mark.WhichOneof("shape"):
        case "ellipse":
            ellipse = mark.ellipse
            turn, around = np.deg2rad(ellipse.degrees), np.linspace(0, 2 * np.pi, CIRCLE, endpoint=False)
            x, y = ellipse.radius_x * np.cos(around), ellipse.radius_y * np.sin(around)
            across = ellipse.centre.x + x * np.cos(turn) - y * np.sin(turn)
            down = ellipse.centre.y + x * np.sin(turn) + y * np.cos(turn)
            return list(zip(across.tolist(), down.tolist(), strict=True))
        case "polygon":
            return [(point.x, point.y) for point in mark.polygon.points]
        case _:
            return [(mark.point.x, mark.point.y)]
