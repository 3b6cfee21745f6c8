"""Pages of a reader, and what the records have written down of a reading."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mammoganesis.v1 import studies_pb2 as pb
from mammoganesis.v1 import study_design_pb2 as design_pb
from services.records.sql.database import FILE_NAME
from tests.support.browser import Opened
from tests.support.site import Site
from tests.support.studied import design, opened

TELLING = ("generated", "synthetic", "real", "artificial", "gan", "edited", "recipe", "seed", "psi")
"""Words that readers who are unaware must not meet."""


@dataclass
class Written:
    """An answer as the records keep it."""

    trial_id: str
    visible_milliseconds: float
    answer: pb.ReadingAnswer
    events: list[pb.ReadingEvent]

    def values(self, kind: pb.ReadingEventKind) -> list[list[float]]:
        """Of the events of a kind."""
        return [list(event.values) for event in self.events if event.kind == kind]


def written(site: Site, token: str) -> list[Written]:
    """All answers of a reader, in the order in which they came."""
    query = (
        "SELECT a.trial_id, a.visible_milliseconds, a.body, e.body FROM reading_answers a "
        "JOIN readers USING (reader_id) LEFT JOIN reading_events e "
        "ON e.reader_id = a.reader_id AND e.answer_id = a.answer_id "
        "WHERE token_hash = ? ORDER BY a.number"
    )
    file = Path(site.curated.parent / FILE_NAME)
    with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as database:
        rows = database.execute(query, [hashlib.sha256(token.encode()).hexdigest()]).fetchall()
    return [
        Written(
            trial, visible, pb.ReadingAnswer.FromString(body), list(pb.RecordAnswerRequest.FromString(events).events)
        )
        for trial, visible, body, events in rows
    ]


def invited(
    site: Site, *tasks: design_pb.StudyTask, phases: Sequence[design_pb.StudyPhase] = (), **fields: Any
) -> tuple[str, str]:
    """An open study with these tasks, or these phases, and the token of a reader."""
    made = design(*tasks, **fields)
    if phases:
        del made.phases[:]
        made.phases.extend(phases)
    study = opened(site.records, made, reals=16)
    request = pb.InviteReaderRequest(study_id=study.study_id, name="Dr Example")
    return study.study_id, site.records.studies.InviteReader(request).token


def display(**fields: object) -> design_pb.StudyDisplay:
    """With little dark between images."""
    return design_pb.StudyDisplay(**{"dark_milliseconds": 50, **fields})  # type: ignore[arg-type]


def light(reader: Opened) -> None:
    """Until the images are in sight, and what stands there has the keys."""
    reader.page.locator(".reading:not([inert]) :focus").wait_for()


def begins(reader: Opened) -> None:
    """Consents, says nothing of themselves, and is told what comes."""
    reader.page.get_by_role("checkbox").check()
    reader.press("Go on", "Begin")
    reader.button("Start").wait_for()


def starts(reader: Opened) -> None:
    """After what is told before a task."""
    reader.press("Start")
    light(reader)


def answers(reader: Opened, *keys: str) -> None:
    """By keys, and goes on to what is next."""
    asked = reader.page.locator(".asked h1").inner_text()
    for key in (*keys, "Enter"):
        reader.page.keyboard.press(key)
    reader.until(lambda: reader.page.locator(".asked h1").all_inner_texts() != [asked])


def is_still(reader: Opened) -> None:
    """All that is asked is to be seen at once: nothing scrolls."""
    places = "[document.documentElement, ...document.querySelectorAll('.asked')]"
    assert max(reader.page.evaluate(f"() => {places}.map(e => e.scrollHeight - e.clientHeight)")) <= 0


def says_nothing_telling(reader: Opened) -> None:
    """Nothing that the page shows, or has in its source, says what images are."""
    words = {word.strip(".,:;?!()").lower() for word in reader.page.locator("html").inner_text().split()}
    assert words.isdisjoint(TELLING), words & set(TELLING)
    source = reader.page.content().lower()
    assert not [word for word in ("generated", "synthetic", "mammoganesis", "recipe") if word in source]
