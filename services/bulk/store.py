"""The folder of a bulk job: every write is whole or not there, and what is there can be proved.

A file counts when its bytes have the SHA-256 that the ledger (manifest.jsonl) gives, or, where the ledger has no line
for it (the driver died first), when it carries the recipe and the digest that its index asks for and its pixels have
the checksum that it carries.
"""

import fcntl
import hashlib
import json
import logging
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any, BinaryIO, Self

from mammoganesis import files
from mammoganesis.errors import FailedPrecondition, MammoganesisError
from mammoganesis.json_text import NotJson, read_json
from mammoganesis.pictures.encoding import decode
from mammoganesis.pictures.pixels import pixels_sha256
from mammoganesis.recipe.identity import latent_id
from services.bulk.job import Job
from services.client.messages import picture_of

logger = logging.getLogger(__name__)

Line = dict[str, Any]
_LEDGER = "manifest.jsonl"


def ledger_line(job: Job, index: int, sha256: str) -> Line:
    """What the ledger says about one image."""
    recipe = job.recipe(index)
    return {
        "index": index,
        "seed": recipe.seed,
        "file": job.file_name(index),
        "sha256": sha256,
        "latent_id": latent_id(recipe, job.bundle_digest),
        "bundle_digest": job.bundle_digest,
        "recipe": job.recipe_json(index),
    }


class Store:
    """The folder `out` of one job, held by one driver at a time."""

    def __init__(self, out: Path, job: Job) -> None:
        """Makes the folder, or takes it up again.

        Raises:
            FailedPrecondition: the folder is another job's, is in use, or holds files that are not a job's.
        """
        self.out = out
        self.job = job
        self._ledger: BinaryIO | None = None
        if out.is_dir() and not (out / "job.json").exists() and not all(map(_before_job, out.iterdir())):
            raise FailedPrecondition(f"{out} is not empty and holds no bulk job; choose a new folder")
        with files.full_disk_named(out):
            out.mkdir(parents=True, exist_ok=True)
            self._lock = (out / ".lock").open("w")
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            self._lock.close()
            raise FailedPrecondition(f"{out} is in use by another bulk job that is still running") from None
        try:
            for part in files.leftovers(out):
                part.unlink()
            self._check_job()
            with files.full_disk_named(out):
                (out / "images").mkdir(exist_ok=True)
        except BaseException:
            self._lock.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._ledger is not None:
            self._ledger.close()
        self._lock.close()

    def _check_job(self) -> None:
        path = self.out / "job.json"
        wanted = self.job.description()
        if not path.exists():
            files.write(path, json.dumps(wanted, indent=2).encode())
            return
        try:
            found = read_json(path.read_bytes())
        except NotJson as error:
            raise FailedPrecondition(f"{path} is damaged ({error}); choose a new folder") from None
        found = found if isinstance(found, dict) else {}
        different = sorted(key for key in wanted.keys() | found.keys() if found.get(key) != wanted.get(key))
        if different:
            raise FailedPrecondition(
                f"{self.out} holds another bulk job (it differs in: {', '.join(different)}); choose a new folder"
            )

    def existing(self) -> dict[int, Line]:
        """The lines of all images that are there and right, by index; removes the rest, leftovers included."""
        (self.out / "finished.json").unlink(missing_ok=True)
        lines = self._read_ledger()
        proved: dict[int, Line] = {}
        for path in (self.out / "images").iterdir():
            index = int(path.stem) if path.stem.isdecimal() and path.suffix == self.job.picture.suffix else -1
            line = self._prove(index, path, lines.get(index)) if 0 <= index < len(self.job) else None
            if line is None:
                path.unlink()
            else:
                proved[index] = line
        self._write_ledger(proved)
        return proved

    def _read_ledger(self) -> dict[int, Line]:
        """Lines by index. A line that is none is left out: its image is proved by what it carries, or made again. The
        first is said; a crash may have cut the last one short."""
        path = self.out / _LEDGER
        lines: dict[int, Line] = {}
        damaged: list[str] = []
        texts = path.read_bytes().splitlines() if path.exists() else []
        for number, text in enumerate(texts, start=1):
            try:
                line = _line_of(text)
                lines[line["index"]] = line
            except NotJson as error:
                damaged.append(f"line {number}: {error}")
        if damaged:
            more = f" ({len(damaged) - 1} more)" if damaged[1:] else ""
            logger.warning("%s, %s%s; such images are proved by what they carry, or made again", path, damaged[0], more)
        return lines

    def _prove(self, index: int, path: Path, line: Line | None) -> Line | None:
        if path.name != Path(self.job.file_name(index)).name:
            return None
        data = path.read_bytes()
        wanted = ledger_line(self.job, index, hashlib.sha256(data).hexdigest())
        if line == wanted or self._carries(index, data):
            return wanted
        return None

    def _carries(self, index: int, data: bytes) -> bool:
        """Whether the file is the image of `index` by what it carries itself."""
        try:
            content = decode(data)
        except MammoganesisError:
            return False
        return (
            content.recipe == self.job.recipe(index)
            and content.bundle_digest == self.job.bundle_digest
            and picture_of(content.image_format) == self.job.picture_of(index)
            and content.pixels_sha256 == pixels_sha256(content.pixels)
        )

    def add(self, lines: Iterable[Line]) -> None:
        """Appends lines to the ledger; they are on the disk when this returns.

        Raises:
            DiskFull: there is no room; the ledger is as it was.
        """
        if self._ledger is None:
            self._ledger = (self.out / _LEDGER).open("ab", buffering=0)
        data = "".join(_json_line(line) for line in lines).encode("ascii")
        size = self._ledger.tell()
        with files.full_disk_named(self.out / _LEDGER, len(data)):
            try:
                while data:
                    data = data[self._ledger.write(data) :]
                os.fsync(self._ledger.fileno())
            except BaseException:
                self._ledger.truncate(size)
                raise

    def finish(self, lines: dict[int, Line]) -> None:
        """Sorts the ledger and, last of all, writes the marker."""
        ledger = self._write_ledger(lines)
        marker = {"images": len(lines), "manifest_sha256": hashlib.sha256(ledger).hexdigest()}
        files.write(self.out / "finished.json", json.dumps(marker).encode())

    def _write_ledger(self, lines: dict[int, Line]) -> bytes:
        data = "".join(_json_line(lines[index]) for index in sorted(lines)).encode("ascii")
        files.write(self.out / _LEDGER, data)
        return data


def _line_of(text: bytes) -> Line:
    """One line of the ledger.

    Raises:
        NotJson: it is none.
    """
    line = read_json(text)
    if not isinstance(line, dict) or type(line.get("index")) is not int:
        raise NotJson("no object with the integer index")
    return line


def _before_job(path: Path) -> bool:
    """Whether a driver that ended before it had written job.json may have left `path`."""
    return path.name == ".lock" or path in files.leftovers(path.parent)


def _json_line(line: Line) -> str:
    return json.dumps(line, sort_keys=True, separators=(",", ":")) + "\n"
