"""What a reader is told of their own results, and where they stand among their peers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import median

from mammoganesis.statistics.results import Interval
from mammoganesis.v1.studies_pb2 import DebriefLine
from services.study.results import StudyResults, TaskResults


@dataclass(frozen=True)
class _Measured:
    """One measure of one reader."""

    reader: str
    measure: str
    value: float
    interval: Interval | None = None


def lines(results: StudyResults, reader: str, peers: bool) -> list[DebriefLine]:
    """Of one reader, in the order of tasks.

    Args:
        reader: the pseudonym.
        peers: whether the peers are told of: their median, and the share of them below.
    """
    told = []
    for task in results.tasks:
        measured = list(_measured(task))
        for own in measured:
            if own.reader == reader:
                others = [each.value for each in measured if each.measure == own.measure and each.reader != reader]
                told.append(_line(task.task, own, others if peers else ()))
    return told


def _measured(task: TaskResults) -> Iterator[_Measured]:
    results = task.results
    if results is None:
        return
    for each in results.readers:
        if each.auc is not None:
            measure = "real_better" if task.kind == "quality" else "auc"
            yield _Measured(each.reader, measure, each.auc, each.interval)
        if each.binary is not None:
            for measure in ("sensitivity", "specificity"):
                found = getattr(each.binary, measure)
                if found.value is not None:
                    yield _Measured(each.reader, measure, found.value, found.interval)
    lroc = task.localisation.lroc if task.localisation is not None else None
    for located in lroc.readers if lroc is not None else ():
        if located.area is not None:
            yield _Measured(located.reader, "lroc", located.area, located.interval)
        if located.located.value is not None:
            yield _Measured(located.reader, "located", located.located.value, located.located.interval)
    for each in results.rounds.readers if results.rounds is not None else ():
        yield _Measured(each.reader, "rounds", each.rounds)
    for choice in results.forced_choice:
        if choice.reader and choice.proportion.value is not None:
            yield _Measured(choice.reader, "accuracy", choice.proportion.value, choice.proportion.interval)


def _line(task: str, own: _Measured, others: Sequence[float]) -> DebriefLine:
    line = DebriefLine(task=task, measure=own.measure, value=own.value)
    if own.interval is not None:
        line.low, line.high = own.interval.low, own.interval.high
    if others:
        line.peers_below = sum(value < own.value for value in others) / len(others)
        line.peers_median = median(others)
    return line
