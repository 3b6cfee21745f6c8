"""The folder of a bulk job: every write is whole or not there, and what is there can be proved.

A file counts when its bytes have the SHA-256 that the manifest gives, or, where the manifest has no line for it (the
driver died first), when it carries the recipe and the digest that its index asks for and its pixels have the checksum
that it carries.
"""

import fcntl
import hashlib
import json
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Self, TextIO

from mammoganesis.errors import FailedPrecondition, MammoganesisError
from mammoganesis.pictures.png import pixels_sha256, read_png
from mammoganesis.recipe.completion import latent_id, to_json
from services.bulk.job import Job, file_name

Line = dict[str, Any]
_JOB_PARTS = ".job.json.*.part"


def write_atomically(path: Path, data: bytes) -> None:
    """Writes `data` so that `path` is either as before or holds all of it, even after a power cut."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with temporary.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def manifest_line(job: Job, index: int, sha256: str) -> Line:
    """What the manifest says about one image."""
    recipe = job.recipe(index)
    return {
        "index": index,
        "seed": recipe.seed,
        "file": file_name(index),
        "sha256": sha256,
        "latent_id": latent_id(recipe, job.bundle_digest),
        "bundle_digest": job.bundle_digest,
        "recipe": json.loads(to_json(recipe)),
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
        self._manifest: TextIO | None = None
        if out.is_dir() and not (out / "job.json").exists() and not all(map(_before_job, out.iterdir())):
            raise FailedPrecondition(f"{out} is not empty and holds no bulk job; choose a new folder")
        out.mkdir(parents=True, exist_ok=True)
        self._lock = (out / ".lock").open("w")
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            self._lock.close()
            raise FailedPrecondition(f"{out} is in use by another bulk job that is still running") from None
        try:
            self._check_job()
            (out / "images").mkdir(exist_ok=True)
        except BaseException:
            self._lock.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._manifest is not None:
            self._manifest.close()
        self._lock.close()

    def _check_job(self) -> None:
        path = self.out / "job.json"
        wanted = self.job.description()
        for part in self.out.glob(_JOB_PARTS):
            part.unlink()
        if not path.exists():
            write_atomically(path, json.dumps(wanted, indent=2).encode())
            return
        try:
            found = json.loads(path.read_bytes())
        except ValueError:
            raise FailedPrecondition(f"{path} is damaged; choose a new folder") from None
        different = [key for key in wanted if not isinstance(found, dict) or found.get(key) != wanted[key]]
        if different:
            raise FailedPrecondition(
                f"{self.out} holds another bulk job (it differs in: {', '.join(different)}); choose a new folder"
            )

    def existing(self) -> dict[int, Line]:
        """The lines of all images that are there and right, by index; removes the rest, leftovers included."""
        (self.out / "finished.json").unlink(missing_ok=True)
        lines = self._read_manifest()
        proved: dict[int, Line] = {}
        for path in (self.out / "images").iterdir():
            index = int(path.stem) if path.stem.isdecimal() and path.suffix == ".png" else -1
            line = self._prove(index, path, lines.get(index)) if 0 <= index < len(self.job) else None
            if line is None:
                path.unlink()
            else:
                proved[index] = line
        self._write_manifest(proved)
        return proved

    def _read_manifest(self) -> dict[int, Line]:
        """Lines by index. A line that a crash cut short is left out."""
        path = self.out / "manifest.jsonl"
        lines: dict[int, Line] = {}
        if path.exists():
            for text in path.read_bytes().splitlines():
                try:
                    line = json.loads(text)
                    lines[int(line["index"])] = line
                except (ValueError, TypeError, KeyError):
                    continue
        return lines

    def _prove(self, index: int, path: Path, line: Line | None) -> Line | None:
        if path.name != Path(file_name(index)).name:
            return None
        data = path.read_bytes()
        wanted = manifest_line(self.job, index, hashlib.sha256(data).hexdigest())
        if line == wanted or self._carries(index, data):
            return wanted
        return None

    def _carries(self, index: int, data: bytes) -> bool:
        """Whether the PNG is the image of `index` by what it carries itself."""
        try:
            content = read_png(data)
        except MammoganesisError:
            return False
        return (
            content.recipe == self.job.recipe(index)
            and content.bundle_digest == self.job.bundle_digest
            and content.pixels_sha256 == pixels_sha256(content.pixels)
        )

    def add(self, lines: Iterable[Line]) -> None:
        """Appends lines to the manifest; they are on the disk when this returns."""
        if self._manifest is None:
            self._manifest = (self.out / "manifest.jsonl").open("a", encoding="ascii")
        self._manifest.writelines(_json_line(line) for line in lines)
        self._manifest.flush()
        os.fsync(self._manifest.fileno())

    def finish(self, lines: dict[int, Line]) -> None:
        """Sorts the manifest and, last of all, writes the marker."""
        manifest = self._write_manifest(lines)
        marker = {"images": len(lines), "manifest_sha256": hashlib.sha256(manifest).hexdigest()}
        write_atomically(self.out / "finished.json", json.dumps(marker).encode())

    def _write_manifest(self, lines: dict[int, Line]) -> bytes:
        data = "".join(_json_line(lines[index]) for index in sorted(lines)).encode("ascii")
        write_atomically(self.out / "manifest.jsonl", data)
        return data


def _before_job(path: Path) -> bool:
    """Whether a driver that ended before it had written job.json may have left `path`."""
    return path.name == ".lock" or path.match(_JOB_PARTS)


def _json_line(line: Line) -> str:
    return json.dumps(line, sort_keys=True, separators=(",", ":")) + "\n"
