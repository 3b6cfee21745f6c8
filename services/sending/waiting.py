"""How long a server of others is waited for, in words."""

from mammoganesis.errors import Unavailable


def waited_out(place: str, seconds: float) -> Unavailable:
    """The error of an answer that did not come for so long that we have stopped waiting."""
    return Unavailable(f"{place}: no answer came within {seconds:g} s; we have stopped waiting for it")
