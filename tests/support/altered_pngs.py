"""A PNG file of ours with something added, changed, broken or written anew, by hand with struct and zlib.

By the verdict that they have to get: the name of each form, and what makes it of the file's bytes. Nothing here reads
or writes by way of the package.
"""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Callable

from PIL import Image
from PIL.PngImagePlugin import PngInfo

SIGNATURE = b"\x89PNG\r\n\x1a\n"
Parts = list[tuple[bytes, bytes]]
Alter = Callable[[bytes], bytes]


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def parts(data: bytes) -> Parts:
    """Kind and body of every chunk."""
    found, place = [], 8
    while place < len(data):
        (length,) = struct.unpack(">I", data[place : place + 4])
        found.append((data[place + 4 : place + 8], data[place + 8 : place + 8 + length]))
        place += 12 + length
    return found


def joined(chunks: Parts) -> bytes:
    return SIGNATURE + b"".join(chunk(kind, body) for kind, body in chunks)


def index(chunks: Parts, wanted: bytes) -> int:
    """Place of the first chunk of a kind, or of the text of a name."""
    return next(at for at, (kind, body) in enumerate(chunks) if wanted in (kind, body.partition(b"\0")[0]))


def itxt(key: str, text: str, compressed: bool = False) -> bytes:
    body = zlib.compress(text.encode()) if compressed else text.encode()
    return key.encode() + (b"\0\1\0\0\0" if compressed else b"\0\0\0\0\0") + body


def inserted(place: int | bytes, *chunks: tuple[bytes, bytes]) -> Alter:
    """With chunks before the place."""

    def alter(data: bytes) -> bytes:
        held = parts(data)
        at = place if isinstance(place, int) else index(held, place)
        return joined([*held[:at], *chunks, *held[at:]])

    return alter


def changed(wanted: bytes, change: Callable[[bytes], bytes]) -> Alter:
    """With the body of one chunk another."""

    def alter(data: bytes) -> bytes:
        held = parts(data)
        at = index(held, wanted)
        held[at] = (held[at][0], change(held[at][1]))
        return joined(held)

    return alter


def text(key: str, change: Callable[[str], str]) -> Alter:
    """With one of our texts another."""
    return changed(key.encode(), lambda body: itxt(key, change(body[len(key) + 5 :].decode())))


def without(wanted: bytes) -> Alter:
    return lambda data: joined([held for held in parts(data) if wanted not in (held[0], held[1].partition(b"\0")[0])])


def pixels(change: Callable[[bytes], bytes]) -> Alter:
    """With the compressed pixels another, in one IDAT."""

    def alter(data: bytes) -> bytes:
        held = parts(data)
        at = index(held, b"IDAT")
        body = b"".join(body for kind, body in held if kind == b"IDAT")
        rest = [item for item in held[at:] if item[0] != b"IDAT"]
        return joined([*held[:at], (b"IDAT", change(body)), *rest])

    return alter


def cut(size: int, *between: tuple[bytes, bytes]) -> Alter:
    """With the pixels in pieces, and chunks between the first two."""

    def alter(data: bytes) -> bytes:
        held = parts(data)
        at = index(held, b"IDAT")
        body = b"".join(body for kind, body in held if kind == b"IDAT")
        pieces: Parts = [(b"IDAT", body[place : place + size]) for place in range(0, len(body), size)]
        return joined([*held[:at], pieces[0], *between, *pieces[1:], (b"IEND", b"")])

    return alter


def texts_as(kind: bytes, write: Callable[[bytes, bytes], bytes]) -> Alter:
    """With our texts in another kind of chunk; those beyond ASCII stay."""

    def alter(data: bytes) -> bytes:
        held = []
        for old, body in parts(data):
            key, _, rest = body.partition(b"\0")
            held.append((kind, write(key, rest[4:])) if old == b"iTXt" and rest.isascii() else (old, body))
        return joined(held)

    return alter


def moved(chunks: Callable[[Parts, Parts], Parts]) -> Alter:
    """With our texts elsewhere; takes them and the others."""

    def alter(data: bytes) -> bytes:
        held = parts(data)
        return joined(
            chunks([item for item in held if item[0] == b"iTXt"], [item for item in held if item[0] != b"iTXt"])
        )

    return alter


def interlaced(data: bytes) -> bytes:
    """The rows, whose filters are taken away, in Adam7's seven passes."""
    held = parts(data)
    with Image.open(io.BytesIO(data)) as picture:
        width, height = picture.size
        grey = picture.tobytes()
    raw = b""
    for left, top, right, down in (
        (0, 0, 8, 8),
        (4, 0, 8, 8),
        (0, 4, 4, 8),
        (2, 0, 4, 4),
        (0, 2, 2, 4),
        (1, 0, 2, 2),
        (0, 1, 1, 2),
    ):
        for row in range(top, height, down):
            raw += b"\0" + grey[row * width : (row + 1) * width][left::right]
    held[0] = (b"IHDR", held[0][1][:12] + b"\1")
    return pixels(lambda _: zlib.compress(raw))(joined(held))


def by_pillow(**options: object) -> Alter:
    """Saved again by Pillow with the same texts and something more."""

    def alter(data: bytes) -> bytes:
        info, out = PngInfo(), io.BytesIO()
        with Image.open(io.BytesIO(data)) as picture:
            for key, value in picture.text.items():  # type: ignore[attr-defined]
                info.add_itxt(key, value)
            for key, value in options.items():
                if key.startswith("text_"):
                    info.add_text(key.removeprefix("text_"), str(value))
            rest = {key: value for key, value in options.items() if not key.startswith("text_")}
            picture.save(out, "PNG", pnginfo=info, **rest)  # type: ignore[arg-type]
        return out.getvalue()

    return alter


def zipped() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("patient.txt", "no; real patient")
    return out.getvalue()


FIRST, LIE = 1, "no; real patient"
OTHER_XMP = "<x:xmpmeta xmlns:x='adobe:ns:meta/'>digitalCapture</x:xmpmeta>"
CAMERA = b"MM\0*\0\0\0\x08\0\1\x01\x0f\0\2\0\0\0\4Cam\0\0\0\0\0"
FRAME = struct.pack(">IIIIIHHBB", 0, 32, 32, 0, 0, 1, 1, 0, 0)

ADDED: dict[str, Alter] = {
    "a text before ours": inserted(FIRST, (b"tEXt", b"Synthetic\0" + LIE.encode())),
    "a text like ours before ours": inserted(FIRST, (b"iTXt", itxt("Synthetic", LIE))),
    "a text like ours after ours": inserted(b"IDAT", (b"iTXt", itxt("Synthetic", LIE))),
    "a compressed text like ours": inserted(FIRST, (b"iTXt", itxt("Synthetic", LIE, compressed=True))),
    "a second recipe after ours": inserted(b"IDAT", (b"iTXt", itxt("mammoganesis:recipe", '{"seed":6}'))),
    "a second recipe before ours": inserted(FIRST, (b"iTXt", itxt("mammoganesis:recipe", '{"seed":6}'))),
    "a second recipe as tEXt": inserted(FIRST, (b"tEXt", b'mammoganesis:recipe\0{"seed":6}')),
    "a second recipe that is none": inserted(b"IDAT", (b"iTXt", itxt("mammoganesis:recipe", "nonsense"))),
    "our recipe twice": lambda data: inserted(b"IDAT", parts(data)[index(parts(data), b"mammoganesis:recipe")])(data),
    "a second XMP before ours": inserted(FIRST, (b"iTXt", itxt("XML:com.adobe.xmp", OTHER_XMP))),
    "a second XMP after ours": inserted(b"IDAT", (b"iTXt", itxt("XML:com.adobe.xmp", OTHER_XMP))),
    "a tEXt": inserted(b"IDAT", (b"tEXt", b"Comment\0" + LIE.encode())),
    "a zTXt": inserted(b"IDAT", (b"zTXt", b"Comment\0\0" + zlib.compress(LIE.encode()))),
    "an iTXt": inserted(b"IDAT", (b"iTXt", itxt("Comment", "echte Patientin \u00e4\u00f6"))),
    "an iTXt of a language": inserted(b"IDAT", (b"iTXt", b"Comment\0\0\0de\0Kommentar\0nein")),
    "a text without a name": inserted(b"IDAT", (b"tEXt", b"\0" + LIE.encode())),
    "a text of a name that could be ours": inserted(b"IDAT", (b"iTXt", itxt("mammoganesis:reviewed", "yes"))),
    "a text in the midst of ours": inserted(b"Synthetic", (b"tEXt", b"Comment\0" + LIE.encode())),
    "a text after the pixels": inserted(b"IEND", (b"tEXt", b"Comment\0" + LIE.encode())),
    "EXIF": inserted(b"IDAT", (b"eXIf", CAMERA)),
    "EXIF after the pixels": inserted(b"IEND", (b"eXIf", CAMERA)),
    "tRNS": inserted(b"IDAT", (b"tRNS", b"\0\0")),
    "gAMA": inserted(b"IDAT", (b"gAMA", struct.pack(">I", 1))),
    "pHYs": inserted(b"IDAT", (b"pHYs", struct.pack(">IIB", 2835, 2835, 1))),
    "tIME": inserted(b"IDAT", (b"tIME", struct.pack(">HBBBBB", 2001, 1, 1, 0, 0, 0))),
    "sRGB": inserted(b"IDAT", (b"sRGB", b"\0")),
    "cHRM": inserted(b"IDAT", (b"cHRM", struct.pack(">8I", 31270, 32900, 64000, 33000, 30000, 60000, 15000, 6000))),
    "iCCP": inserted(b"IDAT", (b"iCCP", b"x\0\0" + zlib.compress(LIE.encode()))),
    "bKGD": inserted(b"IDAT", (b"bKGD", b"\0\0")),
    "sBIT": inserted(b"IDAT", (b"sBIT", b"\1")),
    "sPLT": inserted(b"IDAT", (b"sPLT", b"x\0\x08" + bytes(6))),
    "a palette that nothing uses": inserted(b"IDAT", (b"PLTE", LIE.encode()[:15])),
    "an animation": inserted(b"IDAT", (b"acTL", struct.pack(">II", 1, 0)), (b"fcTL", FRAME)),
    "an animation of other pixels": lambda data: inserted(
        b"IEND",
        (b"fcTL", struct.pack(">I", 1) + FRAME[4:]),
        (b"fdAT", struct.pack(">I", 2) + zlib.compress(bytes(33 * 32))),
    )(inserted(b"IDAT", (b"acTL", struct.pack(">II", 2, 0)), (b"fcTL", FRAME))(data)),
    "a private chunk": inserted(b"IDAT", (b"prVt", LIE.encode())),
    "a private chunk after the pixels": inserted(b"IEND", (b"prVt", LIE.encode())),
    "an empty private chunk": inserted(FIRST, (b"prVt", b"")),
    "bytes after the end": lambda data: data + LIE.encode(),
    "one byte after the end": lambda data: data + b"\0",
    "a chunk after the end": lambda data: data + chunk(b"tEXt", b"Comment\0" + LIE.encode()),
    "a second end": lambda data: data + chunk(b"IEND", b""),
    "the file twice": lambda data: data + data,
    "an archive after the end": lambda data: data + zipped(),
    "bytes after the compressed pixels": pixels(lambda body: body + LIE.encode()),
    "a chunk of pixels after the last": inserted(b"IEND", (b"IDAT", LIE.encode())),
    "a row after the last": pixels(lambda body: zlib.compress(zlib.decompress(body) + bytes(33))),
    "a byte after the last row": pixels(lambda body: zlib.compress(zlib.decompress(body) + b"\0")),
    "megabytes after the last row": pixels(lambda body: zlib.compress(zlib.decompress(body) + bytes(2**23))),
    "Pillow's text": by_pillow(text_Comment=LIE),
    "Pillow's resolution": by_pillow(dpi=(300, 300)),
    "Pillow's EXIF": by_pillow(exif=b"Exif\0\0" + CAMERA),
    "Pillow's profile": by_pillow(icc_profile=b"profile"),
}
OTHER_FORM: dict[str, Alter] = {
    "not compressed": pixels(lambda body: zlib.compress(zlib.decompress(body), 0)),
    "compressed best": pixels(lambda body: zlib.compress(zlib.decompress(body), 9)),
    "compressed with empty blocks": pixels(lambda body: body[:2] + b"\0\0\0\xff\xff" * 99 + body[2:]),
    "in pieces": cut(200),
    "interlaced": interlaced,
    "texts as tEXt": texts_as(b"tEXt", lambda key, rest: key + b"\0" + rest),
    "texts as zTXt": texts_as(b"zTXt", lambda key, rest: key + b"\0\0" + zlib.compress(rest)),
    "texts compressed": texts_as(b"iTXt", lambda key, rest: key + b"\0\1\0\0\0" + zlib.compress(rest)),
    "texts in another order": moved(lambda texts, others: [others[0], *texts[::-1], *others[1:]]),
    "texts after the pixels": moved(lambda texts, others: [*others[:-1], *texts, others[-1]]),
    "Pillow's best": by_pillow(optimize=True),
}
METADATA_CHANGED: dict[str, Alter] = {
    "a note behind what computed it": text("mammoganesis:synthesis", lambda value: value + "; " + LIE),
    "nothing of what computed it": without(b"mammoganesis:synthesis"),
    "a recipe with a blank": text("mammoganesis:recipe", lambda value: value.replace(":", ": ", 1)),
    "another Synthetic": text("Synthetic", lambda _: LIE),
    "another XMP": text("XML:com.adobe.xmp", lambda _: OTHER_XMP),
    "a Synthetic with a line more": text("Synthetic", lambda value: value + "\n"),
}
NOT_OURS: dict[str, Alter] = {
    "a recipe that says a thing twice": text("mammoganesis:recipe", lambda value: '{"seed":6,' + value[1:]),
    "a recipe that is none": text("mammoganesis:recipe", lambda _: LIE),
}
PIXELS_CHANGED: dict[str, Alter] = {
    "a mark that is not there": inserted(b"Synthetic", (b"iTXt", itxt("mammoganesis:burned_in", "yes"))),
    "another row": pixels(lambda body: zlib.compress(zlib.decompress(body)[:-33] + bytes(33))),
}
DAMAGED: dict[str, Alter] = {
    "no end": lambda data: data[:-12],
    "an end cut off": lambda data: data[:-1],
    "an end with another checksum": lambda data: data[:-1] + b"\0",
    "an end of another name": lambda data: data[:-8] + b"IEND"[::-1] + data[-4:],
    "an end with something in it": lambda data: data[:-12] + chunk(b"IEND", LIE.encode()),
    "a text with another checksum": lambda data: data.replace(b"not for diagnosis", b"now for diagnosis", 1),
    "pixels with another checksum": lambda data: data[:-13] + bytes([data[-13] ^ 1]) + data[-12:],
    "another checksum of zlib's": pixels(lambda body: body[:-1] + bytes([body[-1] ^ 1])),
    "a row too few": pixels(lambda body: zlib.compress(zlib.decompress(body)[:-33])),
    "pixels cut off": pixels(lambda body: body[:-5]),
    "a text between the pixels": cut(200, (b"tEXt", b"Comment\0" + LIE.encode())),
    "a name of no chunk": inserted(b"IDAT", (b"12 4", b"")),
    "a length beyond the end": lambda data: data[:8] + b"\xff\xff\xff\xff" + data[12:],
    "a longer header": changed(b"IHDR", lambda body: body + b"\0"),
}
