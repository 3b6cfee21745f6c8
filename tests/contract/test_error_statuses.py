"""Every error class has its gRPC status, and nothing else reaches a caller."""

import grpc
import pytest

from mammoganesis import errors
from services.wire.statuses import STATUS_CODES


def _descendants(kind: type[Exception]) -> list[type[Exception]]:
    return [each for child in kind.__subclasses__() for each in (child, *_descendants(child))]


OURS = _descendants(errors.MammoganesisError)


@pytest.mark.parametrize("kind", OURS, ids=lambda kind: kind.__name__)
def test_every_error_class_is_mapped(kind: type[Exception]) -> None:
    mapped = [ancestor for ancestor in kind.__mro__ if ancestor in STATUS_CODES]
    assert mapped, f"{kind.__name__} has no status in STATUS_CODES"
    assert STATUS_CODES[mapped[0]] not in (grpc.StatusCode.OK, grpc.StatusCode.INTERNAL)


def test_every_error_class_is_drawn_in_the_tree() -> None:
    drawn = errors.__doc__ or ""
    assert [kind.__name__ for kind in OURS if kind.__module__ == errors.__name__ and kind.__name__ not in drawn] == []


def test_statuses_are_distinct() -> None:
    assert len(set(STATUS_CODES.values())) == len(STATUS_CODES)
