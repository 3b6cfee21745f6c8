"""A handout for teaching, as slides (PPTX): each picture with what was done in words, its recipe, credit and licence.

The pictures lie in the file as they came, with their recipes inside; the recipe of each also stands in the notes of its
slide, and printed near the end.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import UTC, datetime

from pptx import Presentation
from pptx.dml.color import RGBColor
from pptx.presentation import Presentation as Slides
from pptx.slide import Slide
from pptx.util import Emu, Inches, Pt

from mammoganesis.errors import InvalidArgument
from mammoganesis.pictures.page import MARK, MAX_TITLE
from mammoganesis.recipe.canonical import to_json
from mammoganesis.texts.languages import ENGLISH, Language
from mammoganesis.v1.images_pb2 import GeneratedImage
from mammoganesis.v1.latents_pb2 import Recipe
from mammoganesis.v1.model_pb2 import GetModelResponse

WIDTH, HEIGHT = Inches(13.333), Inches(7.5)
MARGIN = Inches(0.5)
TOP = Inches(1.25)  # of what stands under a slide's title
SIDE = Inches(5.5)  # of a picture's square
NO_BREAK = "\u00a0\u202f"  # spaces at which no line ends, as French has them
TITLE_LAYOUT = 5  # of the library's own template: a title and nothing else
INK, SOFT_INK = RGBColor(20, 20, 20), RGBColor(90, 90, 90)
SENTENCES = ((16, 700), (12, 1_400), (9, 2_800))  # points, and as many letters as then fit beside a picture
RECIPE_LETTERS = 4_000  # on one slide
MAX_RECIPE_SLIDES = 4  # of one recipe; painted masks make it long


@dataclass(frozen=True)
class Shown:
    """One image of a handout."""

    title: str  # 1 to MAX_TITLE characters, of any script
    picture: bytes  # a PNG file of ours
    sentences: Sequence[str]  # what was done, as of `mammoganesis.recipe.descriptions`
    recipe: Recipe  # complete
    latent_id: str

    @classmethod
    def of(cls, image: GeneratedImage, sentences: Sequence[str], title: str = "") -> Shown:
        """Of an answer, a PNG file; called by its file_stem where it has no title."""
        return cls(title or image.file_stem, image.data, sentences, image.recipe, image.latent_id)


@dataclass(frozen=True)
class Credit:
    """Where the pictures come from; the fields are those of GetModelResponse."""

    name: str
    version: str
    bundle_digest: str
    intended_use: str
    attribution: str  # "" when nobody asks to be named
    licence: str


def credit_of(model: GetModelResponse) -> Credit:
    """Of what is served."""
    return Credit(**{field.name: getattr(model, field.name) for field in fields(Credit)})


def handout(title: str, images: Sequence[Shown], credit: Credit, language: Language = ENGLISH) -> bytes:
    """A PPTX file: one slide an image, then the recipes, then credit and licence.

    Args:
        title: of the file, at the foot of every slide; "" for none.
        images: one or more; their sentences are in the language.
        credit: of the bundle that all of them come from, in its own words.
        language: of the words around them.

    Raises:
        InvalidArgument: no images, or a title that is empty or too long.
    """
    if not images:
        raise InvalidArgument("images", 0, "1 or more")
    if len(title) > MAX_TITLE:
        raise InvalidArgument("title", title, f"at most {MAX_TITLE} characters")
    for i, image in enumerate(images):
        if not 1 <= len(image.title) <= MAX_TITLE:
            raise InvalidArgument(f"images[{i}].title", image.title, f"1 to {MAX_TITLE} characters")
    slides = Presentation()
    slides.slide_width, slides.slide_height = WIDTH, HEIGHT
    about = slides.core_properties
    about.title, about.author, about.last_modified_by = _xml(title), "MammoGANesis", "MammoGANesis"
    about.comments, about.language = MARK, language.locale
    about.created = about.modified = datetime.now(UTC).replace(tzinfo=None)
    for image in images:
        _image(slides, image, credit, language)
    for image in images:
        _recipe(slides, image, language)
    _credit(slides, credit, language)
    file = io.BytesIO()
    slides.save(file)
    return file.getvalue()


def _image(slides: Slides, image: Shown, credit: Credit, language: Language) -> None:
    slide, say = _titled(slides, image.title, language), language.say
    picture = slide.shapes.add_picture(io.BytesIO(image.picture), MARGIN, TOP)
    picture.width, picture.height = _fitting(picture.width, picture.height)
    said = " ".join(image.sentences)
    for properties in picture.element.xpath("./p:nvPicPr/p:cNvPr"):
        properties.set("descr", say("handout.picture", said=_xml(said)))
    left = MARGIN + SIDE + MARGIN
    points, letters = next((size for size in SENTENCES if len(said) <= size[1]), SENTENCES[-1])
    told = image.sentences if len(said) <= letters else [say("handout.more", said=said[:letters])]
    _text(slide, (left, TOP, WIDTH - left - MARGIN, SIDE - Inches(1)), told, Pt(points))
    model = {"name": credit.name, "version": credit.version, "digest": credit.bundle_digest[:12]}
    lines = (say("handout.recipe", latent_id=image.latent_id), say("handout.model", **model))
    _text(slide, (left, TOP + SIDE - Inches(1), WIDTH - left - MARGIN, Inches(1)), lines, Pt(12), SOFT_INK)
    notes = slide.notes_slide.notes_text_frame
    assert notes is not None, "the library's template has notes"
    notes.text = to_json(image.recipe)


def _recipe(slides: Slides, image: Shown, language: Language) -> None:
    text = to_json(image.recipe)
    parts = [text[start : start + RECIPE_LETTERS] for start in range(0, len(text), RECIPE_LETTERS)]
    if len(parts) > MAX_RECIPE_SLIDES:
        parts[MAX_RECIPE_SLIDES:] = [language.say("handout.recipe.more")]
    for part in parts:
        slide = _titled(slides, language.say("handout.recipe.title", title=image.title), language)
        box = MARGIN, TOP, WIDTH - 2 * MARGIN, HEIGHT - TOP - MARGIN
        _text(slide, box, [part], Pt(10), SOFT_INK)  # one paragraph, so that what is copied is the recipe's text


def _credit(slides: Slides, credit: Credit, language: Language) -> None:
    slide, say = _titled(slides, language.say("handout.credit.title"), language), language.say
    lines = [
        say("handout.synthetic"),
        say("handout.use", intended_use=credit.intended_use),
        say("handout.credit.model", name=credit.name, version=credit.version, digest=credit.bundle_digest),
        say("handout.licence", licence=credit.licence) if credit.licence else "",
        say("handout.attribution", attribution=credit.attribution) if credit.attribution else "",
        say("handout.again"),
    ]
    _text(slide, (MARGIN, TOP, WIDTH - 2 * MARGIN, SIDE), [line for line in lines if line], Pt(16))


def _titled(slides: Slides, title: str, language: Language) -> Slide:
    """A new slide with its title; at its foot the mark and the title of the file."""
    slide = slides.slides.add_slide(slides.slide_layouts[TITLE_LAYOUT])
    shape = slide.shapes.title
    assert shape is not None, "the library's template has a title"
    shape.left, shape.top, shape.width, shape.height = MARGIN, Inches(0.3), Emu(WIDTH - 2 * MARGIN), Inches(0.8)
    run = shape.text_frame.paragraphs[0].add_run()
    run.text, run.font.size = _xml(title), Pt(24 if len(title) <= 80 else 14)
    foot = " \u00b7 ".join(filter(None, (language.say("handout.foot", mark=MARK), slides.core_properties.title)))
    _text(slide, (MARGIN, HEIGHT - Inches(0.5), WIDTH - 2 * MARGIN, Inches(0.4)), [foot], Pt(12))
    return slide


def _text(
    slide: Slide, box: tuple[int, int, int, int], paragraphs: Sequence[str], size: Pt, ink: RGBColor = INK
) -> None:
    frame = slide.shapes.add_textbox(*map(Emu, box)).text_frame
    frame.word_wrap = True
    for number, text in enumerate(paragraphs):
        paragraph = frame.paragraphs[0] if number == 0 else frame.add_paragraph()
        run = paragraph.add_run()  # whose font counts: PowerPoint passes over that of a paragraph
        run.text, run.font.size, run.font.color.rgb = _xml(text), size, ink
        paragraph.space_after = Pt(6)


def _fitting(width: int, height: int) -> tuple[Emu, Emu]:
    """The size of a picture in its square."""
    scale = SIDE / max(width, height)
    return Emu(round(width * scale)), Emu(round(height * scale))


def _xml(text: str) -> str:
    """On one line, without characters that XML cannot hold."""
    kept = "".join(letter if letter.isprintable() or letter in NO_BREAK else " " for letter in text)
    return " ".join(filter(None, kept.split(" ")))
