"""What the curation page needs besides the RPCs: to write what was curated as a new version of the bundle.

    GET  /curation    {"writes", "max_name_characters", "max_note_characters", "max_version_characters"}
    POST /curation    of {"catalogue": {...}, "version": "1.1.0"}, gives {"folder", "version", "digest"}

Errors are those of `failures`.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from threading import Lock
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from mammoganesis.bundle.catalogue_file import MAX_NOTE, read_catalogue
from mammoganesis.bundle.files import read_manifest
from mammoganesis.bundle.names import MAX_NAME, is_name, is_version
from mammoganesis.bundle.writing import apply_catalogue
from mammoganesis.errors import FailedPrecondition, InvalidArgument, shown
from services.studio.bodies import Refused, read_object, read_text
from services.studio.noting import noted
from services.studio.sessions import principal_of

MAX_VERSION = 40  # characters
MAX_VERSIONS = 100  # of one bundle in the folder: what somebody who only reaches the page can fill the disk with


class Curation:
    """Writes new versions of one bundle.

    Args:
        bundle: folder of the bundle that is served; only read.
        folder: gets NAME/VERSION/ for each new version; None: nothing is written.
    """

    def __init__(self, bundle: Path | None, folder: Path | None) -> None:
        self._bundle = bundle
        self._folder = folder
        self._writing = Lock()  # one copy of a bundle at a time

    async def state(self, request: Request) -> Response:
        """Whether this server writes bundles, and what a catalogue takes."""
        return JSONResponse(
            {
                "writes": self._folder is not None and self._bundle is not None,
                "max_name_characters": MAX_NAME,
                "max_note_characters": MAX_NOTE,
                "max_version_characters": MAX_VERSION,
            }
        )

    async def write(self, request: Request) -> Response:
        """One new version, from the page's catalogue."""
        # Browsers say where a request comes from; what is no browser says nothing.
        if request.headers.get("sec-fetch-site", "same-origin") != "same-origin":
            raise Refused(403, "sec-fetch-site: only the studio's own page may write bundles", "PERMISSION_DENIED")
        content = read_object(await read_text(request))
        written = await run_in_threadpool(self._write, content)
        about = [f"bundle:{written['name']}/{written['version']}", f"bundle_digest:{written['digest']}"]
        await noted(request, "curate", principal_of(request), about)
        return JSONResponse({key: written[key] for key in ("folder", "version", "digest")})

    def _write(self, content: Mapping[str, Any]) -> dict[str, str]:
        if self._bundle is None or self._folder is None:
            text = "this server writes no bundles: start it with --curated-bundles FOLDER"
            raise Refused(403, text, "PERMISSION_DENIED")
        said, version = content.get("catalogue"), content.get("version")
        if not isinstance(said, dict):
            raise InvalidArgument("catalogue", said, "a JSON object")
        said = read_catalogue(said)
        # The version becomes the name of a folder.
        if not isinstance(version, str) or len(version) > MAX_VERSION or not is_version(version):
            raise InvalidArgument("version", version, "three numbers such as 1.1.0")
        name = read_manifest(self._bundle)[0].name
        if not is_name(name):  # becomes one too
            raise FailedPrecondition(f"name of the bundle: {shown(name)} cannot be the name of a folder")
        versions = self._folder / name
        with self._writing:
            if versions.is_dir() and len(list(versions.iterdir())) >= MAX_VERSIONS:
                text = f"version: {versions} holds {MAX_VERSIONS} already; move some of them elsewhere"
                raise Refused(403, text, "PERMISSION_DENIED")
            out = versions / version
            if out.exists():
                raise InvalidArgument("version", version, "one that is not written yet; none is overwritten")
            digest = apply_catalogue(self._bundle, said, out, version)
        return {"name": name, "folder": str(out), "version": version, "digest": digest}
