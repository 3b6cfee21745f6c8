"""From what the engine has drawn to the bytes of a file: smaller where a preview is wanted, encoded, measured."""

from __future__ import annotations

import time
from dataclasses import asdict

import numpy as np
from numpy import ndarray

from mammoganesis.pictures.encoding import encode
from mammoganesis.pictures.formats import DICOM, chosen_encoding
from mammoganesis.pictures.png import place_of_mark
from mammoganesis.pictures.provenance import Provenance
from mammoganesis.v1.images_pb2 import IMAGE_ENCODING_RAW_FLOAT32, ImageEncoding, ImageFormat, MarkPlace
from services.observability import metrics, table, traces

SMALL_PICTURE = 2**15
"""Numbers of an image whose PNG file takes 0.2 ms at most."""


def is_quick(image: ndarray, image_format: ImageFormat, provenance: Provenance) -> bool:
    """Whether an image [C, H, W] is encoded sooner than a thread is asked for it."""
    encoding = chosen_encoding(image_format)
    if encoding == IMAGE_ENCODING_RAW_FLOAT32:
        return True
    return encoding not in DICOM and provenance.manifest_signer is None and image.size <= SMALL_PICTURE


def encoded(image: ndarray, image_format: ImageFormat, provenance: Provenance) -> tuple[bytes, MarkPlace | None]:
    """`mammoganesis.pictures.encoding.encode`, as a span of the call's trace, and measured; with the place of the mark
    in the pixels of a PNG file."""
    started = time.perf_counter()
    name = ImageEncoding.Name(chosen_encoding(image_format)).removeprefix("IMAGE_ENCODING_").lower()
    with traces.span("encode", encoding=name):
        data = encode(image, image_format, provenance)
    metrics.observe(table.ENCODE_SECONDS, time.perf_counter() - started, encoding=name)
    mark = None if image_format.encoding in DICOM else place_of_mark(image, image_format)
    return data, None if mark is None else MarkPlace(**asdict(mark))


def made_smaller(image: ndarray, size: int) -> ndarray:
    """[C, H, H] averaged over squares of pixels to [C, size, size], as a preview network is fitted; `size` divides
    H."""
    channels, height, _ = image.shape
    step = height // size
    return image.reshape(channels, size, step, size, step).mean(axis=(2, 4), dtype=np.float32)
