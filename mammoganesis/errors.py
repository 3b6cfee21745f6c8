"""The one tree of errors. `services.wire.statuses` has the table to gRPC status codes; here no transport is known.

    MammoganesisError
    |-- InvalidArgument      a field of a request, a file or a setting is outside what is allowed
    |-- NotFound             a latent id has left the cache; there is no such case
    |-- Aborted              somebody else has changed it meanwhile
    |-- FailedPrecondition   the bundle cannot do what is asked for
    |   |-- OtherBundle      a recipe was made for another bundle
    |   |-- TooNear          an image is nearer to a training image than may be handed out
    |   |-- BundleError      the bundle is missing, damaged or of another format
    |   `-- TrainingError    what training cannot do with what it was given
    |       |-- DataError            a source image, a listing or a prepared data set is not usable
    |       |   `-- Excluded         a file is no image to train on, for one of a list of reasons
    |       |-- ConfigurationError   an option or a configuration value is outside what is allowed
    |       `-- CheckpointError      a checkpoint is missing, incomplete, damaged or does not fit
    |-- ResourceExhausted    a queue, a quota or a size limit is full
    |   |-- DiskFull         there is no room for a file
    |   `-- Overloaded       more is asked for than can be done in time: try again later
    |-- DeadlineExceeded     the caller's time is over
    |-- Unavailable          a part is starting, stopping or has died: try again
    |-- Unauthenticated      the call does not carry the secret or token that it needs
    `-- PermissionDenied     who calls is known, and may not do this

Every message names what was wrong (file, field), the value found and what is allowed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import PurePath
from types import MappingProxyType
from typing import Self

MAX_VALUE_CHARACTERS = 80  # of a value shown in a message


def shown(value: object) -> str:
    """`value` as it may stand in a message: printable ASCII on one line (as `ascii` writes it), at most
    MAX_VALUE_CHARACTERS long, and "nothing" for None. Of a long path the end stays, which tells it from others."""
    if value is None:
        return "nothing"
    if isinstance(value, PurePath):
        text = ascii(str(value))
        most = MAX_VALUE_CHARACTERS
        return text if len(text) <= most else f"{text[0]}...{text[4 - most :]}"
    if isinstance(value, (str, bytes)):
        value = value[: MAX_VALUE_CHARACTERS + 1]  # a megabyte of text is cut before it is escaped, not after
    text = ascii(value)
    return text if len(text) <= MAX_VALUE_CHARACTERS else text[: MAX_VALUE_CHARACTERS - 3] + "..."


class MammoganesisError(Exception):
    """Base of all errors that a caller may see. `message` is safe to send: it holds no secret, path or traceback."""

    retry_seconds: float | None = None
    """After which the same may be asked for again, above 0; None where nobody knows."""
    code: str = ""
    """By which a sentence of it is known in other languages; "" where there is none."""
    values: Mapping[str, object] = MappingProxyType({})
    """What fills the gaps of that sentence; its `str` is English."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message

    def coded(self, code: str, **values: object) -> Self:
        """This error, of which there is a sentence by that code in other languages, its gaps filled with `values`."""
        self.code, self.values = code, values
        return self

    def __reduce__(self) -> tuple[object, ...]:
        # Errors travel between processes as pickles; subclasses differ in their constructors.
        return _restore, (type(self), self.args, dict(self.__dict__))


def _restore(kind: type[MammoganesisError], args: tuple[object, ...], state: dict[str, object]) -> MammoganesisError:
    error = kind.__new__(kind, *args)
    error.__dict__.update(state)
    return error


class InvalidArgument(MammoganesisError):  # noqa: N818  (named as the gRPC status)
    """A value outside what is allowed.

    Args:
      field: path of the field, such as "edits[2].sigmas", or the name of a setting.
      value: what was found; None for "nothing". Shown escaped and shortened.
      allowed: what would have been right, with the range and unit.
    """

    def __init__(self, field: str, value: object, allowed: str) -> None:
        super().__init__(f"{field}: {shown(value)} is not allowed; allowed: {allowed}")
        self.field = field
        self.allowed = allowed

    def named(self, field: str) -> InvalidArgument:
        """The same error under another name of the field."""
        renamed = InvalidArgument(field, None, self.allowed)
        renamed.message = field + self.message.removeprefix(self.field)
        renamed.args = (renamed.message,)
        return renamed

    def in_file(self, path: object) -> InvalidArgument:
        """The same error, after the file that holds the field: "a.json: recipe.seed: ..."."""
        return self.named(f"{path}: {self.field}")


class NotFound(MammoganesisError):  # noqa: N818
    """What was named is not here (any more)."""


class Aborted(MammoganesisError):  # noqa: N818
    """What was to be changed is not any more what the caller has seen: look again, then try again."""


class FailedPrecondition(MammoganesisError):  # noqa: N818
    """The request is well formed, but this bundle or server cannot serve it."""


class OtherBundle(FailedPrecondition):
    """A recipe was made for another bundle than the one that is to draw it, where its numbers mean nothing.

    Args:
      field: path of the recipe's digest, such as "latent.recipe.bundle_digest".
      made_for, served: name and digest of the recipe's bundle and of the one here; the name "" where it is not known.
    """

    def __init__(self, field: str, made_for: tuple[str, str], served: tuple[str, str]) -> None:
        asked, here = (
            f"bundle {shown(name)[1:-1] + ' ' if name else ''}({digest[:12]}...)" for name, digest in (made_for, served)
        )
        super().__init__(
            f"{field}: the recipe was made for {asked}, this is {here}; only its own bundle gives its image"
        )
        self.field = field

    def named(self, field: str) -> OtherBundle:
        """The same error under another name of the field."""
        renamed = OtherBundle(field, ("", ""), ("", ""))
        renamed.message = field + self.message.removeprefix(self.field)
        renamed.args = (renamed.message,)
        return renamed


class TooNear(FailedPrecondition):
    """Images are nearer to a training image than the guard of the bundle allows. Which training image, nobody is told.

    Args:
      images: what the images are called, such as their latent ids; at least one. The message names the first
        MAX_NAMED of them.
    """

    code = "too_near"
    REASON = "too near to a training image to be handed out"
    MAX_NAMED = 8

    def __init__(self, images: Sequence[str]) -> None:
        more = f" and {len(images) - self.MAX_NAMED} more" if len(images) > self.MAX_NAMED else ""
        verb = "is" if len(images) == 1 else "are"
        named = ", ".join(images[: self.MAX_NAMED])
        super().__init__(f"{named}{more} {verb} {self.REASON}; another seed or edit gives another image")
        self.images = tuple(images)


class BundleError(FailedPrecondition):
    """A bundle is missing, damaged, incomplete or of another format.

    Args:
      path: the bundle or the file of it that is wrong.
      reason: what is wrong, with what was found and what was expected.
    """

    def __init__(self, path: object, reason: str) -> None:
        super().__init__(f"bundle {path}: {reason}")
        self.path = str(path)
        self.reason = reason


class ResourceExhausted(MammoganesisError):  # noqa: N818
    """A queue, a quota or a size limit is full."""


class DiskFull(ResourceExhausted):
    """There is no room for a file. What was there before is as it was.

    Args:
      place: the file or folder that could not be written.
      wanted: bytes that were to be written; None where this is not known.
      free: bytes that are left there; None where this is not known.
      kept: what is whole and stays, such as the last checkpoint; "" for nothing to say.
    """

    def __init__(self, place: object, wanted: int | None = None, free: int | None = None, kept: str = "") -> None:
        needed = "" if wanted is None else f"; {wanted} bytes were to be written"
        left = "" if free is None else f", {free} bytes are free"
        super().__init__(f"{place}: the disk is full{needed}{left}{'; ' + kept if kept else ''}")
        self.place, self.wanted, self.free = str(place), wanted, free

    def keeping(self, kept: str) -> DiskFull:
        """The same error that also says what is whole and stays."""
        return DiskFull(self.place, self.wanted, self.free, kept)


class Overloaded(ResourceExhausted):
    """More is asked for than can be done in time.

    Args:
      message: what is too much.
      retry_seconds: after which the same may be asked for again; above 0.
      reason: one word for what is counted, of `services.observability.table.REASONS`.
    """

    def __init__(self, message: str, retry_seconds: float = 1.0, reason: str = "services") -> None:
        super().__init__(message)
        self.retry_seconds = retry_seconds
        self.reason = reason


class DeadlineExceeded(MammoganesisError):  # noqa: N818
    """The caller's deadline has passed."""


class Unavailable(MammoganesisError):  # noqa: N818
    """A part of the service is starting, stopping or has died; the same call may succeed in a moment.

    Args:
      message: which part.
      retry_seconds: as of `MammoganesisError`.
    """

    def __init__(self, message: str, retry_seconds: float | None = None) -> None:
        super().__init__(message)
        self.retry_seconds = retry_seconds


class Unauthenticated(MammoganesisError):  # noqa: N818
    """The call does not carry the secret or token that it needs."""


class PermissionDenied(MammoganesisError):  # noqa: N818
    """Who calls is known, and none of their roles may do this."""


class TrainingError(FailedPrecondition):
    """Base of all errors that a user of the training side can cause and can cure."""


class DataError(TrainingError):
    """A source image, a manifest or a prepared data set is not usable."""


class Excluded(DataError):  # noqa: N818
    """A file that is no image to train on.

    Args:
      name: of the file; None where it is not known yet.
      reason: its code, of `mammoganesis.pictures.exclusions.Reason`.
      sentence: what was found, for a person; without the name.
    """

    def __init__(self, name: object, reason: str, sentence: str) -> None:
        super().__init__(sentence if name is None else f"{name}: {sentence}")
        self.reason = reason
        self.sentence = sentence

    def named(self, name: object) -> Excluded:
        """The same, of the file of this name."""
        return Excluded(name, self.reason, self.sentence)


class ConfigurationError(TrainingError):
    """An option or a configuration value is outside what is allowed."""


class CheckpointError(TrainingError):
    """A checkpoint is missing, incomplete, damaged or does not fit the networks."""
