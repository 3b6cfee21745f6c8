"""PPTX files as what they are, a ZIP archive of XML parts, read without the library that writes them."""

from __future__ import annotations

import io
import posixpath
import zipfile
from dataclasses import dataclass
from xml.etree import ElementTree

DRAWING = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
SLIDES = "{http://schemas.openxmlformats.org/presentationml/2006/main}"
RELATIONS = "{http://schemas.openxmlformats.org/package/2006/relationships}"
OF_DOCUMENT = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
TYPES = "{http://schemas.openxmlformats.org/package/2006/content-types}"


@dataclass(frozen=True)
class ReadSlide:
    texts: list[str]  # a paragraph each
    pictures: list[bytes]
    descriptions: list[str]  # of the pictures
    notes: list[str]


class Parts:
    """The archive; on reading, every part is parsed, has a content type, and every relation leads to one."""

    def __init__(self, content: bytes) -> None:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            assert archive.testzip() is None
            self.parts = {name: archive.read(name) for name in archive.namelist()}
            assert len(self.parts) == len(archive.namelist())
        types = ElementTree.fromstring(self.parts["[Content_Types].xml"])
        endings = {entry.get("Extension") for entry in types.iter(f"{TYPES}Default")}
        named = {entry.get("PartName", "").lstrip("/") for entry in types.iter(f"{TYPES}Override")}
        for name, data in self.parts.items():
            assert name in named or name.rpartition(".")[2] in endings or name == "[Content_Types].xml", name
            if name.endswith((".xml", ".rels")):
                ElementTree.fromstring(data)
            if name.endswith(".rels"):
                folder, file = posixpath.split(name)
                self.relations(posixpath.join(posixpath.dirname(folder), file.removesuffix(".rels")))

    def relations(self, part: str) -> dict[str, tuple[str, str]]:
        """Id -> the kind of relation and the part that it leads to."""
        folder, file = posixpath.split(part)
        data = self.parts.get(posixpath.join(folder, "_rels", f"{file}.rels"))
        found = {}
        for entry in ElementTree.fromstring(data) if data else ():
            target = entry.attrib["Target"]
            whole = target.lstrip("/") if target.startswith("/") else posixpath.normpath(posixpath.join(folder, target))
            assert whole in self.parts, (part, target)
            found[entry.attrib["Id"]] = entry.attrib["Type"].rpartition("/")[2], whole
        return found

    def slides(self) -> list[ReadSlide]:
        """In the order of the presentation."""
        main = "ppt/presentation.xml"
        relations = self.relations(main)
        listed = ElementTree.fromstring(self.parts[main]).iter(f"{SLIDES}sldId")
        return [self._slide(relations[entry.attrib[f"{OF_DOCUMENT}id"]][1]) for entry in listed]

    def _slide(self, name: str) -> ReadSlide:
        relations = self.relations(name)
        tree = ElementTree.fromstring(self.parts[name])
        pictures = [
            self.parts[relations[blip.attrib[f"{OF_DOCUMENT}embed"]][1]] for blip in tree.iter(f"{DRAWING}blip")
        ]
        descriptions = [
            properties.get("descr", "")
            for picture in tree.iter(f"{SLIDES}pic")
            for properties in picture.iter(f"{SLIDES}cNvPr")
        ]
        notes = [part for kind, part in relations.values() if kind == "notesSlide"]
        return ReadSlide(
            self._texts(name), pictures, descriptions, [text for part in notes for text in self._texts(part)]
        )

    def _texts(self, name: str) -> list[str]:
        paragraphs = ElementTree.fromstring(self.parts[name]).iter(f"{DRAWING}p")
        return [text for text in ("".join(run.text or "" for run in p.iter(f"{DRAWING}t")) for p in paragraphs) if text]
