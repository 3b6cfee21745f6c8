"""What a file is, by how it begins, and the error of one that does not keep what it begins with."""

from __future__ import annotations

from mammoganesis.errors import InvalidArgument, MammoganesisError, shown
from mammoganesis.pictures.chunks import SIGNATURE
from mammoganesis.texts.said import Said, said

_KINDS = (  # where it stands, what stands there
    (0, SIGNATURE, "a PNG"),
    (0, b"\xff\xd8\xff", "a JPEG"),
    (8, b"WEBP", "a WebP"),
    (128, b"DICM", "a DICOM"),
    (0, b"GIF8", "a GIF"),
    (0, b"BM", "a BMP"),
    (0, b"II*\0", "a TIFF"),
    (0, b"MM\0*", "a TIFF"),
    (4, b"ftyp", "an AVIF or HEIF"),
    (0, b"\x93NUMPY", "a NumPy"),
    (0, b"{", "a JSON"),
)


class DamagedImage(InvalidArgument):
    """A file that begins as a picture but is cut off or broken, so that its pixels or texts cannot be read.

    Args:
      field: name of the file's field or argument.
      size: bytes that are there.
      kind: what it begins as: "PNG" or "DICOM".
    """

    def __init__(self, field: str, size: int, kind: str = "PNG") -> None:
        self.field = field
        self.allowed = f"an undamaged {kind} file"
        MammoganesisError.__init__(
            self,
            f"{field}: the file is damaged or cut off: a {kind} file of {size} bytes that cannot be read to its end",
        )


def kind_of(data: bytes) -> str:
    """Such as "a PNG"; "" for none of those that are known here."""
    return next((name for at, start, name in _KINDS if data[at : at + len(start)] == start), "")


def other_kind(data: bytes, *wanted: str) -> str | None:
    """What a file is that is none of `wanted`, such as "a JPEG file of 2912 bytes"; None for one that is."""
    found = other_file(data, *wanted)
    return None if found is None else str(found)


def other_file(data: bytes, *wanted: str) -> Said | None:
    """The same in every language."""
    if not data:
        return said("file.empty")
    kind = kind_of(data)
    if kind in wanted:
        return None
    if kind:
        return said("file.kind", file=file_of(data), bytes=bytes_of(len(data)))
    begins = shown(data[:8])
    return said("file.unknown", wanted=wanted[0].partition(" ")[2], bytes=bytes_of(len(data)), begins=begins)


def file_of(data: bytes) -> Said:
    """The kind of a file whose kind is known, such as "a PNG file"."""
    return said(f"file.{kind_of(data).split()[1].lower()}")


def bytes_of(count: int) -> Said:
    """Such as "16 bytes"."""
    return said("bytes", count=count)
