"""Readers of pictures under a fuzzer that sees which lines its inputs reach (atheris): one of our errors, or an answer.

    python -m tests.faults.readers png|dicom SEEDS_FOLDER -runs=100000 -max_len=65536

Ends with another exit code than 0 at the first input that raises anything else, takes too long or too much memory, and
leaves it as crash-... in the current folder. The options are libFuzzer's.
"""

from __future__ import annotations

import contextlib
import sys
import warnings
import zlib

import atheris

with atheris.instrument_imports(
    include=["mammoganesis.pictures", "mammoganesis.recipe", "mammoganesis.json_text", "pydicom"]
):
    import pydicom

    from mammoganesis.pictures import dicom, file_texts, png, sources

from mammoganesis.errors import MammoganesisError

SIGNATURE = b"\x89PNG\r\n\x1a\n"

warnings.simplefilter("ignore")  # pydicom's, of values that are unusual
pydicom.config.settings.reading_validation_mode = pydicom.config.IGNORE


def read_png(data: bytes) -> None:
    """What `verify` and the pages do with a file that may be ours, and `prepare` with one that is none."""
    for read in (png.read_png, png.carries_mark):
        with contextlib.suppress(MammoganesisError):
            read(data)
    for look in (sources.raster_values, file_texts.says_synthetic):
        with contextlib.suppress(MammoganesisError):
            look(sources.SentFile("the file", data))


def read_dicom(data: bytes) -> None:
    """The same of DICOM files."""
    for read in (dicom.read_dicom, dicom.read_data_set):
        with contextlib.suppress(MammoganesisError):
            read(data)


def with_checksums(data: bytes, max_size: int, seed: int) -> bytes:
    """Another input; three of four have right checksums in what begins like a PNG file, so that more is read of it."""
    data = atheris.Mutate(data, max_size)
    if seed % 4 == 0 or not data.startswith(SIGNATURE):
        return data
    at, pieces = len(SIGNATURE), [SIGNATURE]
    while at + 12 <= len(data):
        size = min(int.from_bytes(data[at : at + 4], "big"), len(data) - at - 12)
        piece = data[at + 4 : at + 8 + size]
        pieces += [size.to_bytes(4, "big"), piece, zlib.crc32(piece).to_bytes(4, "big")]
        at += 12 + size
    return b"".join(pieces)


def main(arguments: list[str]) -> None:
    """As the module says."""
    read = {"png": read_png, "dicom": read_dicom}[arguments[1]]
    mutator = {"custom_mutator": with_checksums} if read is read_png else {}
    atheris.Setup([arguments[0], *arguments[2:]], read, **mutator)
    atheris.Fuzz()


if __name__ == "__main__":
    main(sys.argv)
