"""What is to be seen in a DICOM image, beside it: outlines and words as a Grayscale Softcopy Presentation State (PS3.3
A.33.1), which a viewer draws over the image and takes away again. The pixels stay as they are.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from highdicom.pr import (
    GraphicAnnotation,
    GraphicLayer,
    GraphicObject,
    GrayscaleSoftcopyPresentationState,
    SoftcopyVOILUTTransformation,
    TextObject,
)
from numpy.typing import NDArray
from pydicom import Dataset, dcmread

from mammoganesis.pictures import dicom
from mammoganesis.pictures.dicom_objects import LETTERS, MANUFACTURER, Place, contribution
from mammoganesis.pictures.outlines import outlines
from mammoganesis.pictures.provenance import Provenance
from mammoganesis.pictures.software import software_version
from mammoganesis.recipe.masked import shares_of
from mammoganesis.recipe.structure import is_masked
from mammoganesis.v1.images_pb2 import SIDE_LEFT, ImageFormat
from mammoganesis.v1.latents_pb2 import Recipe

LABEL = "FINDINGS"
EDITED = "edited area"
MAX_TEXT = 200  # characters of what is said of one outline
INSIDE = 0.5  # of a mask, from where on a place counts as inside


@dataclass(frozen=True)
class Outline:
    """A place or an area of an image, in shares of its width and height as the network draws it, and its name."""

    name: str
    points: Sequence[tuple[float, float]]  # one: a place; more: corners of an area, one after the other


def edits_beside(image: bytes) -> bytes | None:
    """The presentation state of a DICOM file of ours whose image was changed within masks; None for any other.

    Raises:
        InvalidArgument: it is no DICOM file, or damaged.
    """
    content = dicom.read_dicom(image)
    outlines = [] if content.recipe is None else edited_areas(content.recipe, content.pixels.shape[0])
    if content.recipe is None or not outlines:
        return None
    found = dicom.read_data_set(image)
    name = str(found.get("ManufacturerModelName") or "")
    of = (content.latent_id, content.bundle_digest, content.provider, content.precision)
    provenance = Provenance(content.recipe, *of, bundle_name=name)
    with dicom.damage_named("image", len(image)):
        place = replace(Place.new(), study_uid=str(found.StudyInstanceUID), series_number=int(found.SeriesNumber) + 1)
        return presentation_state(image, content.image_format, outlines, provenance, place)


def presentation_state(
    image: bytes, image_format: ImageFormat, outlines: Sequence[Outline], provenance: Provenance, place: Place
) -> bytes:
    """The file of a presentation state.

    Args:
        image: the DICOM file that it belongs to, of our making.
        image_format: of that file, with its side: a left breast is written mirrored, and so are the outlines.
        outlines: one or more.
        provenance: of the image.
        place: in the image's study, in a series of its own.
    """
    shown = dcmread(io.BytesIO(image))
    size = np.array([shown.Columns, shown.Rows])
    layer = GraphicLayer(LABEL, order=1, description="What was drawn into the image")
    drawn = [_annotation(shown, layer, outline, image_format.side == SIDE_LEFT, size) for outline in outlines]
    state = GrayscaleSoftcopyPresentationState(
        [shown],
        series_instance_uid=place.series_uid,
        series_number=place.series_number,
        sop_instance_uid=place.instance_uid,
        instance_number=place.instance_number,
        manufacturer=MANUFACTURER,
        manufacturer_model_name=provenance.bundle_name or MANUFACTURER,
        software_versions=software_version(),
        device_serial_number=provenance.bundle_digest,
        content_label=LABEL,
        content_description="Of a synthetic image, not for diagnosis",
        graphic_annotations=drawn,
        graphic_layers=[layer],
        voi_lut_transformations=[
            SoftcopyVOILUTTransformation(float(shown.WindowCenter), float(shown.WindowWidth), voi_lut_function="LINEAR")
        ],
        contributing_equipment=[contribution(provenance, place)],
    )
    state.SyntheticData = "YES"
    state.SeriesDescription = "SYNTHETIC findings"
    state.ContentCreatorName = f"{MANUFACTURER}^"
    state.Laterality = LETTERS.get(image_format.side, "")
    return dicom.written(state)


def _annotation(
    shown: Dataset, layer: GraphicLayer, outline: Outline, mirrored: bool, size: NDArray[np.int64]
) -> GraphicAnnotation:
    shares = np.clip(np.array(outline.points, float), 0, 1)
    if mirrored:
        shares[:, 0] = 1 - shares[:, 0]
    # Columns and rows from the upper left corner of the upper left pixel, which lies at 0\\0; 1\\1 is its middle's end.
    places = np.clip(shares * size, 0.01, size - 0.01)
    closed = places if len(places) == 1 else np.concatenate([places, places[:1]])
    kind = "POINT" if len(places) == 1 else "POLYLINE"
    text = TextObject(
        outline.name.replace("\\", "/")[:MAX_TEXT] or "finding",
        units="PIXEL",
        anchor_point=(float(places[:, 0].mean()), float(places[:, 1].min())),
    )
    return GraphicAnnotation(
        referenced_images=[shown],
        graphic_layer=layer,
        graphic_objects=[GraphicObject(kind, closed, units="PIXEL")],
        text_objects=[text],
    )


def edited_areas(recipe: Recipe, resolution: int) -> list[Outline]:
    """Outlines of the areas of an image that were changed within a mask.

    Args:
        recipe: complete.
        resolution: width and height of the image, pixels.
    """
    masks = [transfer.mask for transfer in recipe.style_transfers if is_masked(transfer)]
    return [outline for mask in masks for outline in outlines_of_mask(EDITED, shares_of(mask, resolution))]


def outlines_of_mask(name: str, shares: NDArray[np.float32]) -> list[Outline]:
    """Outlines of the areas in which a mask [H, W], 0 to 1, has at least INSIDE."""
    return [Outline(name, ring) for ring in outlines(shares >= INSIDE)]
