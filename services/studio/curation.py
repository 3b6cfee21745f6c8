"""What the curation page needs besides the RPCs: to write what was curated as a new version of the bundle.

    GET  /curation                                                 {"writes": true}
    POST /curation   {"catalogue": {...}, "version": "1.1.0"}      {"folder", "version", "digest"}

Errors are those of the bridge: {"error": {"status", "message"}}.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from threading import Lock
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response

from mammoganesis.bundle import catalogue
from mammoganesis.bundle.manifest import is_name
from services.studio.bridge import Refused, error_response, read_body

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
        """Whether this server writes bundles."""
        return JSONResponse({"writes": self._folder is not None and self._bundle is not None})

    async def write(self, request: Request) -> Response:
        """One new version, from the page's catalogue."""
        try:
            # Browsers say where a request comes from; what is no browser says nothing.
            if request.headers.get("sec-fetch-site", "same-origin") != "same-origin":
                raise Refused(403, "sec-fetch-site: only the studio's own page may write bundles")
            content = read_object(await read_body(request))
            return JSONResponse(await run_in_threadpool(self._write, content))
        except Refused as error:
            name = "PERMISSION_DENIED" if error.status == 403 else "INVALID_ARGUMENT"
            return error_response(error.status, name, error.message)
        except ClientDisconnect:
            return Response(status_code=499)  # nobody reads it
        except catalogue.CatalogueError as error:
            return error_response(400, "INVALID_ARGUMENT", str(error))

    def _write(self, content: Mapping[str, Any]) -> dict[str, str]:
        if self._bundle is None or self._folder is None:
            raise Refused(403, "this server writes no bundles: start it with --curated-bundles FOLDER")
        said, version = catalogue.read_catalogue(content.get("catalogue")), content.get("version")  # type: ignore[arg-type]
        # The version becomes the name of a folder.
        if not isinstance(version, str) or len(version) > 40 or not catalogue.VERSION.fullmatch(version):
            raise Refused(400, f"version: {version!r:.60} is not allowed; allowed: three numbers such as 1.1.0")
        name = catalogue.read_manifest(self._bundle)[0].name
        if not is_name(name):  # becomes one too
            raise Refused(400, f"name of the bundle: {name!r:.60} is not allowed; allowed: letters and digits")
        versions = self._folder / name
        with self._writing:
            if versions.is_dir() and len(list(versions.iterdir())) >= MAX_VERSIONS:
                raise Refused(403, f"version: {versions} holds {MAX_VERSIONS} already; move some of them elsewhere")
            out = versions / version
            digest = catalogue.apply(self._bundle, said, out, version)
        return {"folder": str(out), "version": version, "digest": digest}


def read_object(body: bytes) -> Mapping[str, Any]:
    """The JSON object of a body. Raises Refused when it is none."""
    try:
        content = json.loads(body)
    except (ValueError, RecursionError):
        raise Refused(400, "body: not JSON") from None
    if not isinstance(content, dict) or not isinstance(content.get("catalogue"), dict):
        raise Refused(400, "body: not an object with a catalogue and a version")
    return content
