"""What a person takes away of several images, as one file.

    POST /takeaway/sheet       a PNG file: the images in rows, each under its label (a strip: as many columns as images)
    POST /takeaway/animation   a GIF file: the images one after the other
    POST /takeaway/handout     a PPTX file: a slide each with what was done in words, then recipes, credit and licence

The body is one JSON object:

    recipes         1 to 64 (an animation: 2 to 64) proto JSON of mammoganesis.v1.Recipe; complete ones, such as
                    GeneratedImage.recipe, give what is on show
    labels          as many texts, 1 to 200 characters each; default: the images' file_stem. On a sheet in Latin,
                    Greek or Cyrillic letters; in a handout of any script
    title           of a sheet or a handout, 0 to 200 characters, likewise; default ""
    language        of the words of a handout, such as "fr"; default English
    mark            whether "SYNTHETIC - NOT FOR DIAGNOSIS" is burnt in; default true
    columns         of a sheet, 1 to 64; default 8
    cell            width and height of a sheet's pictures, 32 to 1024 pixels; default the model's own, 96 to 192
    milliseconds    of one picture of an animation, 20 to 5000; default 150
    forth_and_back  whether an animation runs back as well; default true

The answer is the file, with its name in content-disposition, such as "seed5_and_6_more_sheet.png". Errors are those of
`failures`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from mammoganesis.errors import InvalidArgument, shown
from mammoganesis.pictures import animation, page
from mammoganesis.pictures.lettering import drawable
from mammoganesis.pictures.png import read_png
from mammoganesis.recipe import proto_json
from mammoganesis.recipe.fields import within
from mammoganesis.recipe.names import stem_of_several
from mammoganesis.texts.languages import language_of
from mammoganesis.v1.images_pb2 import GeneratedImage, ImageFormat
from mammoganesis.v1.latents_pb2 import Latent, Recipe
from mammoganesis.v1.model_pb2 import GetModelRequest, GetModelResponse
from mammoganesis.v1.sampling_pb2 import DescribeRecipeRequest, DescribeRecipeResponse, SampleRequest, SampleResponse
from services.studio.bodies import Refused, read_object, read_text
from services.studio.calls import RPCS, CallFailed, Edge, answer_or_cancel

MAX_IMAGES = 64
IMAGES_PER_CALL = 8  # so that one call neither waits nor answers long
SAMPLE = RPCS["/mammoganesis.v1.SamplingService/Sample"]
DESCRIBE = RPCS["/mammoganesis.v1.SamplingService/DescribeRecipe"]
MODEL = RPCS["/mammoganesis.v1.ModelService/GetModel"]


@dataclass(frozen=True)
class Wish:
    """What a body asks for; the fields are its keys."""

    recipes: Sequence[Recipe]
    labels: Sequence[str] | None = None
    title: str = ""
    language: str = ""
    mark: bool = True
    columns: int = 8
    cell: int | None = None
    milliseconds: int = animation.DEFAULT_MILLISECONDS
    forth_and_back: bool = True


@dataclass(frozen=True)
class Taken:
    """Images that were drawn for a wish, and what is said of them."""

    wish: Wish
    images: Sequence[GeneratedImage]
    sentences: Sequence[Sequence[str]] = ()  # of each; of a handout alone
    model: GetModelResponse | None = None  # of a handout alone

    @property
    def labels(self) -> Sequence[str]:
        return self.wish.labels or [image.file_stem for image in self.images]


@dataclass(frozen=True)
class Kind:
    """One kind of file."""

    make: Callable[[Taken], bytes]
    suffix: str  # of its name, after the images' own
    media_type: str
    least: int = 1  # images
    in_words: bool = False  # whether it says what was done


class TakeAway:
    """Files of images of one edge."""

    def __init__(self, edge: Edge) -> None:
        self._edge = edge

    async def handle(self, request: Request) -> Response:
        """One POST /takeaway/<kind>."""
        name = request.path_params["kind"]
        if name not in KINDS:
            raise Refused(404, f"no such file: {shown(name)}; allowed: {', '.join(KINDS)}", "NOT_FOUND")
        kind = KINDS[name]
        wish = wished(read_object(await read_text(request)), kind)
        if name == "sheet":  # before anything is drawn
            _sheet_texts(wish.title, wish.labels or ())
        taken = await answer_or_cancel(request, self._taken(wish, kind))
        content = await run_in_threadpool(kind.make, taken)
        file = f"{stem_of_several([image.file_stem for image in taken.images])}_{kind.suffix}"
        return Response(
            content, media_type=kind.media_type, headers={"content-disposition": f'attachment; filename="{file}"'}
        )

    async def _taken(self, wish: Wish, kind: Kind) -> Taken:
        latents = [Latent(recipe=recipe) for recipe in wish.recipes]
        images: list[GeneratedImage] = []
        for start in range(0, len(latents), IMAGES_PER_CALL):
            call = SampleRequest(
                latents=latents[start : start + IMAGES_PER_CALL], format=ImageFormat(burn_in_mark=wish.mark)
            )
            try:
                answer = await self._edge.answer(SAMPLE, call)
            except CallFailed as error:
                raise replace(error, message=_of_the_body(error.message, start)) from None
            assert isinstance(answer, SampleResponse)
            images += answer.images
        if not kind.in_words:
            return Taken(wish, images)
        asked = [DescribeRecipeRequest(latent=latent, language=wish.language) for latent in latents]
        said = [await self._edge.answer(DESCRIBE, call) for call in asked]
        sentences = [list(answer.sentences) for answer in said if isinstance(answer, DescribeRecipeResponse)]
        model = await self._edge.answer(MODEL, GetModelRequest())
        assert isinstance(model, GetModelResponse)
        return Taken(wish, images, sentences, model)


def wished(content: Mapping[str, Any], kind: Kind) -> Wish:
    """What a body asks for, each key within its range.

    Raises:
        InvalidArgument: it is not; the message names the key, its value and what is allowed.
    """
    for key in content:
        if key not in Wish.__dataclass_fields__:
            raise InvalidArgument("body", key, f"the keys {', '.join(Wish.__dataclass_fields__)}")
    given = content.get("recipes")
    if not isinstance(given, list):
        raise InvalidArgument("recipes", given, "a list of recipes")
    within("recipes", len(given), kind.least, MAX_IMAGES, "recipes")
    recipes = [proto_json.read(json.dumps(recipe), Recipe(), f"recipes[{i}]") for i, recipe in enumerate(given)]
    values = {key: value for key, value in content.items() if key != "recipes"}
    labels = values.get("labels")
    if labels is not None:
        if not isinstance(labels, list) or len(labels) != len(recipes):
            found = f"{len(labels)} of them" if isinstance(labels, list) else labels
            raise InvalidArgument("labels", found, f"a list of {len(recipes)}, one a recipe")
        for i, label in enumerate(labels):
            _text(f"labels[{i}]", label, 1)
    _text("title", values.get("title", ""), 0)
    language = values.get("language", "")
    if not isinstance(language, str):
        raise InvalidArgument("language", language, "a text")
    language_of(language)
    for key in ("mark", "forth_and_back"):
        if not isinstance(values.get(key, True), bool):
            raise InvalidArgument(key, values[key], "true or false")
    numbers = {
        "columns": (1, MAX_IMAGES),
        "cell": (page.MIN_CELL, page.MAX_CELL),
        "milliseconds": (animation.MIN_MILLISECONDS, animation.MAX_MILLISECONDS),
    }
    for key, (least, most) in numbers.items():
        if key in values:
            if type(values[key]) is not int:
                raise InvalidArgument(key, values[key], f"a whole number, {least} to {most}")
            within(key, values[key], least, most)
    return Wish(recipes, **values)


def _of_the_body(message: str, start: int) -> str:
    """What is wrong with a recipe of the call that begins with recipe `start`, as the body calls it."""
    return re.sub(r"\blatents\[(\d+)\](\.recipe)?", lambda found: f"recipes[{start + int(found[1])}]", message)


def _text(field: str, value: object, least: int) -> None:
    if not isinstance(value, str) or not least <= len(value) <= page.MAX_TITLE:
        raise InvalidArgument(field, value, f"a text of {least} to {page.MAX_TITLE} characters")


def _sheet_texts(title: str, labels: Sequence[str]) -> tuple[str, list[str]]:
    """Title and labels as a sheet can draw them."""
    drawn = [drawable(label, f"labels[{i}]") for i, label in enumerate(labels)]
    return drawable(title, "title"), drawn


def _sheet(taken: Taken) -> bytes:
    title, labels = _sheet_texts(taken.wish.title, taken.labels)
    pictures = [(label, read_png(image.data).pixels) for label, image in zip(labels, taken.images, strict=True)]
    blocks = [page.Block((), title=title), *page.in_rows(pictures, taken.wish.columns)]
    return page.contact_sheet(blocks, taken.wish.cell, taken.wish.mark)


def _animation(taken: Taken) -> bytes:
    pictures = [read_png(image.data).pixels for image in taken.images]
    return animation.gif(pictures, taken.wish.milliseconds, taken.wish.forth_and_back)


def _handout(taken: Taken) -> bytes:
    from mammoganesis.pictures import handout  # a third of a second, which the studio's start need not wait for

    assert taken.model is not None
    images = [
        handout.Shown.of(image, sentences, label)
        for label, image, sentences in zip(taken.labels, taken.images, taken.sentences, strict=True)
    ]
    return handout.handout(taken.wish.title, images, handout.credit_of(taken.model), language_of(taken.wish.language))


KINDS = {
    "sheet": Kind(_sheet, "sheet.png", "image/png"),
    "animation": Kind(_animation, "animation.gif", "image/gif", least=2),
    "handout": Kind(
        _handout,
        "handout.pptx",
        "application/vnd.openxmlformats-officedocument.presentationml.presentation",
        in_words=True,
    ),
}
