"""The error tree, its table to gRPC status, and what messages may show."""

from __future__ import annotations

import logging
import pickle
import re
from pathlib import Path

import grpc
import pytest

from mammoganesis import errors
from mammoganesis.errors import BundleError, InvalidArgument, MammoganesisError, shown
from services.wire.statuses import MAX_MESSAGE_CHARACTERS, STATUS_CODES, status_of

EXAMPLES = [
    (InvalidArgument("seeds[0]", -1, "0 to 4294967295"), grpc.StatusCode.INVALID_ARGUMENT),
    (errors.NotFound("lat_0 is not in the cache"), grpc.StatusCode.NOT_FOUND),
    (errors.Aborted("another version was saved since"), grpc.StatusCode.ABORTED),
    (errors.FailedPrecondition("no components"), grpc.StatusCode.FAILED_PRECONDITION),
    (
        errors.OtherBundle("recipe.bundle_digest", ("demo 0.1.0", "ab" * 32), ("demo 0.2.1", "cd" * 32)),
        grpc.StatusCode.FAILED_PRECONDITION,
    ),
    (errors.TooNear(["w_0123"]), grpc.StatusCode.FAILED_PRECONDITION),
    (BundleError("demo/1.0.0", "mapping.onnx is missing"), grpc.StatusCode.FAILED_PRECONDITION),
    (errors.TrainingError("no such run"), grpc.StatusCode.FAILED_PRECONDITION),
    (errors.DataError("a.png: blank"), grpc.StatusCode.FAILED_PRECONDITION),
    (errors.Excluded("a.dcm", "spot", "is a spot compression"), grpc.StatusCode.FAILED_PRECONDITION),
    (errors.ConfigurationError("--batch is 0"), grpc.StatusCode.FAILED_PRECONDITION),
    (errors.CheckpointError("checkpoint.json is missing"), grpc.StatusCode.FAILED_PRECONDITION),
    (errors.ResourceExhausted("the queue is full"), grpc.StatusCode.RESOURCE_EXHAUSTED),
    (errors.DiskFull("out/a.png", 100, 7), grpc.StatusCode.RESOURCE_EXHAUSTED),
    (errors.Overloaded("try again later", 1.5), grpc.StatusCode.RESOURCE_EXHAUSTED),
    (errors.DeadlineExceeded("too late"), grpc.StatusCode.DEADLINE_EXCEEDED),
    (errors.Unavailable("starting"), grpc.StatusCode.UNAVAILABLE),
    (errors.Unauthenticated("no secret"), grpc.StatusCode.UNAUTHENTICATED),
    (errors.PermissionDenied("your roles: reader"), grpc.StatusCode.PERMISSION_DENIED),
]


@pytest.mark.parametrize(("error", "code"), EXAMPLES, ids=lambda value: type(value).__name__)
def test_each_error_has_its_status_and_keeps_its_message(error, code):
    assert status_of(error) == (code, error.message)
    assert str(error) == error.message


def test_every_class_of_the_tree_is_mapped_and_drawn():
    def subclasses(kind: type) -> set[type]:
        return {kind}.union(*(subclasses(sub) for sub in kind.__subclasses__()))

    tree = {kind for kind in subclasses(MammoganesisError) if kind.__module__ == "mammoganesis.errors"}
    assert tree == {type(error) for error, _ in EXAMPLES} | {MammoganesisError}
    assert set(STATUS_CODES) <= tree
    for kind in tree:
        assert kind.__name__ in (errors.__doc__ or "")


def test_invalid_argument_names_field_value_and_range():
    error = InvalidArgument("edits[2].sigmas", 21.5, "-20 to 20 standard deviations")
    assert error.message == "edits[2].sigmas: 21.5 is not allowed; allowed: -20 to 20 standard deviations"
    assert error.field == "edits[2].sigmas"
    assert InvalidArgument("edit", None, "an edit").message.startswith("edit: nothing is not allowed")


@pytest.mark.parametrize("error", [error for error, _ in EXAMPLES], ids=lambda error: type(error).__name__)
def test_errors_survive_the_way_between_processes(error):
    copy = pickle.loads(pickle.dumps(error))
    assert type(copy) is type(error)
    assert copy.__dict__ == error.__dict__
    assert status_of(copy) == status_of(error)


def test_a_foreign_error_is_internal_and_says_nothing(caplog):
    error = ValueError("password hunter2 at /home/someone/secret.py")
    with caplog.at_level(logging.ERROR):
        code, message = status_of(error)
    assert code is grpc.StatusCode.INTERNAL
    assert "hunter2" not in message
    assert "ValueError" not in message
    match = re.search(r"internal error ([0-9a-f]{16})", message)
    assert match
    assert match[1] in caplog.text
    assert "hunter2" in caplog.text  # the log has the details
    assert status_of(error)[1] != message  # each has an id of its own


def test_the_base_class_itself_is_internal():
    assert status_of(MammoganesisError("x"))[0] is grpc.StatusCode.INTERNAL


def test_a_wrapper_that_adds_a_remote_traceback_does_not_show_it():
    class Wrapped(InvalidArgument):
        """What Ray makes of an error that comes from another process."""

        def __str__(self) -> str:
            return "Traceback (most recent call last): pid=1 ip=10.0.0.1"

    code, message = status_of(Wrapped("psi", 3, "0 to 2"))
    assert code is grpc.StatusCode.INVALID_ARGUMENT
    assert message == "psi: 3 is not allowed; allowed: 0 to 2"


@pytest.mark.parametrize(
    "hostile",
    [
        "a\r\nFAKE LOG LINE",
        "\x1b[31mred",
        "line\u2028separator",
        "\u202eright to left",
        "x" * 10**6,
        b"\x00" * 10**6,
        "ü",
    ],
    ids=["newline", "ansi", "separator", "direction", "long", "bytes", "umlaut"],
)
def test_values_are_shown_on_one_short_ascii_line(hostile):
    message = InvalidArgument("name", hostile, "a name").message
    assert message.isascii()
    assert message.isprintable()
    assert len(message) < 150
    assert len(shown(hostile)) <= errors.MAX_VALUE_CHARACTERS


def test_of_a_long_path_the_name_is_shown():
    assert shown(Path("out") / "a.png") == "'out/a.png'"
    long = shown(Path("folder") / ("x" * 100) / "\nscan.png")
    assert long.startswith("'...xxx")
    assert long.endswith("x/\\nscan.png'")
    assert len(long) == errors.MAX_VALUE_CHARACTERS


def test_messages_fit_a_header():
    assert len(status_of(errors.NotFound("x" * 100_000))[1]) == MAX_MESSAGE_CHARACTERS
