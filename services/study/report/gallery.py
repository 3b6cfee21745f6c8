"""The report's section on images: those recognised most often, and those mistaken."""

from __future__ import annotations

from collections.abc import Sequence

from mammoganesis.pictures.page import scaled
from mammoganesis.pictures.pixels import burn_in_mark
from mammoganesis.pictures.png import marked_png, plain_png, read_png
from services.study.closed import ClosedStudy, StudyPicture
from services.study.images import Judged, most_accused, most_mistaken, most_recognised
from services.study.report.document import Block, Gallery, Paragraph, Picture, Section
from services.study.report.texts import Texts

MOST = 8  # of each kind
LARGEST = 384  # pixels of a picture's longer side
_MOST_SENTENCE = 160


def images_section(closed: ClosedStudy, images: Sequence[Judged], texts: Texts) -> Section:
    """Pictures with how often they were called generated, and what they are."""
    chosen = [
        ("images.recognised", most_recognised(images, MOST)),
        ("images.mistaken", most_mistaken(images, MOST)),
        ("images.accused", most_accused(images, MOST)),
    ]
    blocks: list[Block] = [
        Gallery(texts(key), [_picture(closed, image, texts) for image in found]) for key, found in chosen if found
    ]
    blocks.append(Paragraph(texts("images.note" if blocks else "images.none")))
    return Section("images", texts("section.images"), blocks)


def _picture(closed: ClosedStudy, image: Judged, texts: Texts) -> Picture:
    picture = closed.by_name[image.name]
    lines = [texts("images.called", count=image.called, total=image.readings)]
    if image.confidence is not None:
        lines.append(texts("images.confidence", value=texts.number(image.confidence, 1)))
    if picture.sentence:
        lines.append(texts.shortened(picture.sentence, _MOST_SENTENCE))
    title = picture_title(picture, texts)
    return Picture(shown_png(closed.files[image.name], picture, title), title, lines)


def picture_title(picture: StudyPicture, texts: Texts) -> str:
    """Such as "edited, MLO, 0123abcd"."""
    return ", ".join(filter(None, (texts(f"origin.{picture.origin}"), picture.view, picture.name[:8])))


def shown_png(data: bytes, picture: StudyPicture, title: str) -> bytes:
    """The file as the report shows it: 8 bits, not too large, and marked where it is synthetic."""
    pixels = read_png(data).pixels
    small = scaled(pixels, min(LARGEST, max(pixels.shape[:2])))[..., 0]
    if picture.origin.generated:
        return marked_png(burn_in_mark(small), burned_in=True, description=title)
    return plain_png(small, title)
