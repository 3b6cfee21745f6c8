"""DICOM files: what one of ours holds, and how one goes to a server.

    GET  /dicom          {"servers": ["Teaching archive"]}: names of the servers that the operator has set
    POST /dicom/recipe   a DICOM file, application/dicom -> {"recipe": {...}}, proto JSON of mammoganesis.v1.Recipe
    POST /dicom/send     {"server", "recipes", "kind", "side", "view", "mark"} -> {"found", "of", "told"}

    server    one of those names; a page never names a host
    recipes   1 to 64 proto JSON of mammoganesis.v1.Recipe
    kind      "mammogram" or "capture"
    side      "L", "R" or null; view: "CC", "MLO" or null: what the file states, null for what the recipe's label says
    mark      whether "SYNTHETIC - NOT FOR DIAGNOSIS" is burnt in; default true

`found` counts what the server lists after it has taken the files. Errors are those of `failures`.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping, Sequence
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from mammoganesis.errors import InvalidArgument, MammoganesisError
from mammoganesis.json_text import read_json
from mammoganesis.recipe import proto_json
from mammoganesis.recipe.canonical import to_json
from mammoganesis.recipe.fields import within
from mammoganesis.v1.latents_pb2 import Latent, Recipe
from mammoganesis.v1.registry_pb2 import RegisterImagesRequest
from mammoganesis.v1.sampling_pb2 import SampleRequest, SampleResponse
from services.access.permissions import Action, may
from services.client.choices import Picture
from services.client.messages import image_format
from services.sending.delivery import Delivery, deliver
from services.sending.instances import instance_of
from services.sending.servers import Server, dimse_server, stow_server
from services.studio.bodies import Refused, read_bytes, read_object, read_text
from services.studio.calls import RPCS, CallFailed, Edge
from services.studio.noting import noted
from services.studio.sessions import principal_of
from services.wire.statuses import status_of

MAX_FILE_BYTES = 16 * 2**20
MAX_IMAGES = 64
IMAGES_PER_CALL = 8
AT_ONCE = 2  # files that are read, and deliveries, at a time
SAMPLE = RPCS["/mammoganesis.v1.SamplingService/Sample"]
REGISTER = RPCS["/mammoganesis.v1.RegistryService/RegisterImages"]
KINDS = {"mammogram": "dicom", "capture": "dicom-sc"}


def servers_of(settings: Sequence[str]) -> dict[str, Server]:
    """Servers by their names, of settings such as "Archive=stow:https://pacs.example.org/dicom-web".

    Raises:
        InvalidArgument: one is no address, or two have one name.
    """
    found: dict[str, Server] = {}
    for setting in settings:
        name, _, address = setting.partition("=")
        kind, _, place = address.partition(":")
        if name in found:
            raise InvalidArgument("studio_dicom_servers", name, "each name once")
        found[name] = (stow_server if kind == "stow" else dimse_server)(place, "studio_dicom_servers")
    return found


class DicomFiles:
    """DICOM files of one edge, and the servers that they may go to."""

    def __init__(self, edge: Edge, servers: Mapping[str, Server]) -> None:
        self._edge, self._servers = edge, servers
        self._turns = asyncio.Semaphore(AT_ONCE)

    async def names(self, request: Request) -> Response:
        """GET /dicom: the servers that whoever asks may send to."""
        return JSONResponse({"servers": list(self._servers) if may(principal_of(request), Action.SEND) else []})

    async def recipe(self, request: Request) -> Response:
        """POST /dicom/recipe"""
        if request.headers.get("content-type", "").partition(";")[0].strip() != "application/dicom":
            raise Refused(415, "content-type: only application/dicom is taken")
        body = await read_bytes(request, MAX_FILE_BYTES)
        async with self._turns:
            recipe = await run_in_threadpool(_recipe_of, body)
        return JSONResponse({"recipe": read_json(to_json(recipe))})

    async def send(self, request: Request) -> Response:
        """POST /dicom/send"""
        body = read_object(await read_text(request))
        name, recipes, picture = self._wished(body)
        server = self._servers[name]
        files: list[bytes] = []
        async with self._turns:
            for start in range(0, len(recipes), IMAGES_PER_CALL):
                latents = [Latent(recipe=recipe) for recipe in recipes[start : start + IMAGES_PER_CALL]]
                answer = await self._edge.answer(SAMPLE, SampleRequest(latents=latents, format=image_format(picture)))
                assert isinstance(answer, SampleResponse)
                files += [image.data for image in answer.images]
            try:
                delivery = await run_in_threadpool(_delivered, server, files)
            except MammoganesisError as error:
                await _told(request, name, status_of(error)[0].name)
                raise
        await _told(request, name, "OK" if delivery.found else "UNAVAILABLE")
        why = "".join(f"; {name}: {reason}" for name, reason in delivery.missing.items())
        of = len(delivery.found) + len(delivery.missing)
        why += await self._registered(files, delivery)
        return JSONResponse({"found": len(delivery.found), "of": of, "told": delivery.told + why})

    async def _registered(self, files: Sequence[bytes], delivery: Delivery) -> str:
        """Writes into the registry what is there now, and where; "" or, where that fails, a remark: it was sent."""
        there = {instance.name for instance in delivery.found}
        images = [data for n, data in enumerate(files, 1) if _name(n) in there]
        try:
            for image in images:
                request = RegisterImagesRequest(images=[image], destination=delivery.place)
                await self._edge.answer(REGISTER, request)
        except CallFailed as error:
            return f"; not in the registry: {error.message}"
        return ""

    def _wished(self, body: Mapping[str, Any]) -> tuple[str, list[Recipe], Picture]:
        keys = ("server", "recipes", "kind", "side", "view", "mark")
        for key in body:
            if key not in keys:
                raise InvalidArgument("body", key, f"the keys {', '.join(keys)}")
        name, kind, given, mark = body.get("server"), body.get("kind"), body.get("recipes"), body.get("mark", True)
        if not isinstance(name, str) or name not in self._servers:
            raise InvalidArgument("server", name, ", ".join(self._servers) or "nothing: no server is set")
        if not isinstance(kind, str) or kind not in KINDS:
            raise InvalidArgument("kind", kind, ", ".join(KINDS))
        if not isinstance(given, list):
            raise InvalidArgument("recipes", given, "a list of recipes")
        within("recipes", len(given), 1, MAX_IMAGES, "recipes")
        if not isinstance(mark, bool):
            raise InvalidArgument("mark", mark, "true or false")
        for key in ("side", "view"):
            if not isinstance(body.get(key), str | None):
                raise InvalidArgument(key, body[key], "a text or null")
        recipes = [proto_json.read(json.dumps(recipe), Recipe(), f"recipes[{i}]") for i, recipe in enumerate(given)]
        return name, recipes, Picture(KINDS[kind], mark, side=body.get("side"), view=body.get("view"))


async def _told(request: Request, server: str, outcome: str) -> None:
    await noted(request, "dicom_send", principal_of(request), [f"dicom_server:{server}"], outcome)


def _recipe_of(data: bytes) -> Recipe:
    from mammoganesis.pictures.dicom import read_dicom  # half a second, which the studio's start need not wait for

    content = read_dicom(data, "file")
    if content.recipe is None:
        raise InvalidArgument("file", "a DICOM file without a recipe", "one made by MammoGANesis")
    content.recipe.bundle_digest = content.bundle_digest
    return content.recipe


def _delivered(server: Server, files: Sequence[bytes]) -> Delivery:
    return deliver(server, [instance_of(_name(n), lambda data=data: data) for n, data in enumerate(files, 1)])


def _name(number: int) -> str:
    return f"image {number}"
