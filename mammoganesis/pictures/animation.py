"""Pictures one after the other in one file, as a GIF: what a sweep or a way between two images looks like in motion."""

from __future__ import annotations

import io
from collections.abc import Sequence

from PIL import Image

from mammoganesis.errors import InvalidArgument
from mammoganesis.pictures.page import MARK
from mammoganesis.pictures.pixels import Pixels, upper_bits

ANIMATION_NAME = "animation.gif"  # of the file beside the images of a command
DEFAULT_MILLISECONDS = 150
MIN_MILLISECONDS, MAX_MILLISECONDS = 20, 5_000  # of one picture; browsers slow down what is faster


def gif(pictures: Sequence[Pixels], milliseconds: int = DEFAULT_MILLISECONDS, forth_and_back: bool = True) -> bytes:
    """A GIF file that plays without end.

    Grey pictures keep their grey levels, of 16 bits the upper 8; of colours each picture keeps 256.

    Args:
        pictures: two or more of one shape, [H, W] or [H, W, 3], in their order. Whoever wants the mark burns it in.
        milliseconds: that each stands, 20 to 5000, rounded to hundredths of a second.
        forth_and_back: after the last picture the others follow backwards, so that nothing jumps.

    Raises:
        InvalidArgument: fewer than two, of different shapes, or `milliseconds` out of range.
    """
    if len(pictures) < 2:
        raise InvalidArgument("pictures", len(pictures), "2 or more: an animation moves")
    shapes = {picture.shape for picture in pictures}
    if len(shapes) > 1:
        raise InvalidArgument(
            "pictures", f"{len(shapes)} shapes", "pictures of one width, height and number of channels"
        )
    if not MIN_MILLISECONDS <= milliseconds <= MAX_MILLISECONDS:
        raise InvalidArgument("milliseconds", milliseconds, f"{MIN_MILLISECONDS} to {MAX_MILLISECONDS}")
    order = [*pictures, *(pictures[-2:0:-1] if forth_and_back else ())]
    first, *others = (Image.fromarray(upper_bits(picture)) for picture in order)
    buffer = io.BytesIO()
    first.save(
        buffer,
        "GIF",
        save_all=True,
        append_images=others,
        duration=round(milliseconds, -1),
        loop=0,
        optimize=False,  # it would give up grey levels that a picture does not use
        comment=MARK.encode("ascii"),
    )
    return buffer.getvalue()
