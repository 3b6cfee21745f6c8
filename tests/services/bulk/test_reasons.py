"""Why a job waits or failed has a code, and pages have a sentence of every code in every language."""

from __future__ import annotations

import errno
import os
import pickle
import re
from pathlib import Path

import pytest

from mammoganesis.errors import (
    DeadlineExceeded,
    DiskFull,
    FailedPrecondition,
    InvalidArgument,
    MammoganesisError,
    NotFound,
    Overloaded,
    PermissionDenied,
    TooNear,
    Unavailable,
)
from services.access.quotas import Quota, refusal
from services.bulk.destination import Destination
from services.bulk.found import found_job
from services.bulk.reasons import NOTHING, Code, Reason, coded, coded_json
from services.bulk.runner import check_place
from tests.places import WEB

TEXTS = WEB / "src" / "texts"
SENTENCE = re.compile(r'^  "jobs\.why\.(\w+)": "(.*)",$', re.MULTILINE)


def used_up(whose: str) -> MammoganesisError:
    return refusal((Quota.IMAGES_PER_DAY, whose, 20, 20), 4, 1e9, 1e9 + 3600)


RAISED = [
    (used_up("of yours"), "quota_own", {}),
    (used_up("of group a: b"), "quota_group", {"group": "a: b"}),
    (Overloaded("more is asked for than can be drawn in time"), "server_busy", {}),
    (Unavailable("sampling is not available"), "server_away", {}),
    (DeadlineExceeded("too late"), "server_late", {}),
    (MammoganesisError("INTERNAL: internal error 01"), "server_failed", {}),
    (PermissionDenied("no"), "denied", {}),
    (TooNear(["lat_1"]), "too_near", {}),
    (InvalidArgument("recipe.labels[view]", "CC", "nothing"), "value", {"field": "recipe.labels[view]"}),
    (DiskFull("/srv/a"), "disk_full", {"place": "/srv/a"}),
    (OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "/srv/a"), "disk_full", {"place": "/srv/a"}),
    (OSError(errno.EACCES, "Permission denied", "/srv/a"), "file", {"text": "/srv/a: permission denied"}),
    (
        FailedPrecondition("a").coded(Code.OUTSIDE, place=Path("/a"), allowed=3),
        "outside",
        {"place": "/a", "allowed": "3"},
    ),
    (FailedPrecondition("something else"), "", {}),
    (NotFound("nothing"), "", {}),
]


@pytest.mark.parametrize(("error", "code", "values"), RAISED)
def test_what_was_raised_has_a_code(error: MammoganesisError | OSError, code: str, values: dict[str, str]) -> None:
    found = Reason.of(error)
    assert (found.code, dict(found.values)) == (code, values)
    message = found.message()
    assert (message is None) == (code == "")
    if message is not None:
        assert coded(coded_json(message)) == message


def test_a_code_travels_between_processes() -> None:
    error = pickle.loads(pickle.dumps(FailedPrecondition("full").coded(Code.NOT_EMPTY, place="/a")))
    assert (error.code, error.values, error.message) == ("not_empty", {"place": "/a"}, "full")
    assert (NOTHING.message(), coded("")) == (None, None)


def test_what_stands_at_the_destination_is_told_by_its_place(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("mine")
    with pytest.raises(FailedPrecondition) as raised:
        found_job(Destination(tmp_path), None)  # type: ignore[arg-type]  # refused before the plan is looked at
    assert (raised.value.code, raised.value.values) == (Code.NOT_EMPTY, {"place": str(tmp_path)})
    with pytest.raises(FailedPrecondition) as raised:
        check_place("/etc/x", ("/srv/bulk", "/srv/more"))
    assert raised.value.values == {"place": "/etc/x", "allowed": "/srv/bulk, /srv/more"}


def sentences(language: str) -> dict[str, str]:
    return dict(SENTENCE.findall((TEXTS / language / "jobs.ts").read_text(encoding="utf-8")))


@pytest.mark.parametrize("language", sorted(folder.name for folder in TEXTS.iterdir() if folder.is_dir()))
def test_pages_have_a_sentence_of_every_code(language: str) -> None:
    assert set(sentences(language)) == set(Code)


def test_the_gaps_of_sentences_are_filled_by_what_is_raised() -> None:
    said = sentences("en")
    for _, code, values in RAISED:
        if code:
            gaps = set(re.findall(r"\{(\w+)\}", said[code]))
            assert gaps - {"time"} == set(values), code
