"""What was found, in sentences that follow from the results by rule."""

from __future__ import annotations

from collections.abc import Sequence

from mammoganesis.statistics.results import Interval, Mrmc, Results
from services.study.conclusions import Conclusion, concluded, equivalence_of, primary_of
from services.study.ratings import CHOICES, SINGLE
from services.study.report.document import Block, Paragraph, Section
from services.study.report.localisation import localisation_conclusion
from services.study.report.texts import Texts
from services.study.results import StudyResults, TaskResults

CHANCE = 0.5


def summary(results: StudyResults, fixed: bool, texts: Texts) -> Section:
    """The first section: each task's conclusion, then what the readers suspected."""
    blocks: list[Block] = []
    for task in results.tasks:
        blocks += task_conclusions(task, fixed, texts)
    over_readers = [mrmc for task in results.tasks if task.results for mrmc in task.results.mrmc.values()]
    blocks += meanings(over_readers, fixed, texts)
    for phase in dict.fromkeys(each.phase for each in results.suspicions):
        here = [each.suspected for each in results.suspicions if each.phase == phase]
        blocks.append(Paragraph(texts("conclusion.suspicion", phase=phase, count=sum(here), total=len(here)), "lead"))
    return Section("summary", texts("section.summary"), blocks)


def task_conclusions(task: TaskResults, fixed: bool, texts: Texts) -> list[Paragraph]:
    """Of one task of a study."""
    if task.results is None:
        return []
    if task.kind in CHOICES:
        said = _of_choices(task.results, task.task, texts)
        return [Paragraph(said, "lead"), *_unended(task.results, texts)] if said else []
    if task.kind == "quality":
        return [Paragraph(_of_quality(task.results, task.task, fixed, texts), "lead")]
    if task.kind not in SINGLE:
        return []
    said = auc_conclusions(task.results, task.task, fixed, texts)
    located = localisation_conclusion(task.localisation, task.task, fixed, texts) if task.localisation else None
    return [*said, located] if located is not None else said


def auc_conclusions(results: Results, name: str, fixed: bool, texts: Texts) -> list[Paragraph]:
    """Whether a difference from chance, equivalence or neither is shown; and what the mean hides."""
    paragraphs = []
    for treatment, mrmc in results.mrmc.items():
        called = f"{name}, {treatment}" if len(results.mrmc) > 1 else name
        primary = primary_of(mrmc, fixed)
        if primary is None:
            paragraphs.append(
                Paragraph(texts("conclusion.none", task=called, reason=texts.stated(mrmc.reason)), "lead")
            )
        else:
            estimate, equivalence = primary.estimate, equivalence_of(primary, mrmc)
            shown = concluded(primary, equivalence)
            key = f"conclusion.{shown.value}" + ("" if equivalence else "_alone")
            said = texts(
                key,
                task=called,
                auc=texts.number(estimate.auc),
                interval=texts.interval(estimate.interval),
                p=texts.p(estimate.p),
                margin=texts.number(equivalence.margin if equivalence else None),
                narrow=texts.interval(equivalence.interval if equivalence else None),
                narrow_level=texts.percent(1 - 2 * equivalence.alpha if equivalence else None),
            )
            paragraphs.append(Paragraph(said, "lead"))
        found = {each.reader: each.interval for each in results.readers if each.treatment == treatment}
        paragraphs += _opposed(found, texts)
    return paragraphs


def meanings(found: Sequence[Mrmc], fixed: bool, texts: Texts) -> list[Paragraph]:
    """What must be said once of all intervals over readers."""
    primaries = [(primary, mrmc) for mrmc in found if (primary := primary_of(mrmc, fixed)) is not None]
    if not primaries:
        return []
    paragraphs = []
    if any(concluded(primary, equivalence_of(primary, mrmc)) is Conclusion.NEITHER for primary, mrmc in primaries):
        paragraphs.append(Paragraph(texts("conclusion.neither_meaning"), "remark"))
    whom = texts("conclusion.fixed" if fixed else "conclusion.random")
    return [*paragraphs, Paragraph(texts("conclusion.whom", whom=whom))]


def _opposed(intervals: dict[str, Interval | None], texts: Texts) -> list[Paragraph]:
    above = [name for name, interval in intervals.items() if interval is not None and interval.low > CHANCE]
    below = [name for name, interval in intervals.items() if interval is not None and interval.high < CHANCE]
    if above and below:
        key = "conclusion.opposed"
    elif above or below:
        key = "conclusion.some_above" if above else "conclusion.some_below"
    else:
        return []
    return [Paragraph(texts(key, above=_listed(above), below=_listed(below)), "remark")]


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names)


def _of_choices(results: Results, name: str, texts: Texts) -> str:
    if results.rounds is not None:
        rounds = results.rounds
        return texts(
            "conclusion.rounds",
            task=name,
            right=rounds.pooled.successes,
            total=rounds.pooled.trials,
            alternatives=rounds.alternatives,
            p=texts.p(rounds.p_of_rounds),
            mean=texts.number(rounds.mean_rounds),
            expected=texts.number(rounds.expected_by_chance, 1),
        )
    for choice in results.forced_choice:
        if not choice.reader:
            exact = choice.exact
            return texts(
                "conclusion.choices",
                task=name,
                right=exact.successes,
                total=exact.trials,
                alternatives=choice.alternatives,
                p=texts.p(exact.p),
            )
    return ""


def _unended(results: Results, texts: Texts) -> list[Paragraph]:
    """Of rounds that no error ended: the images had been used up, or the reader stopped."""
    rounds = results.rounds
    count = sum(not each.complete for each in rounds.readers) if rounds is not None else 0
    if rounds is None or not count:
        return []
    said = texts("conclusion.unended", count=count, total=len(rounds.readers), errors=rounds.allowed_errors)
    return [Paragraph(said, "remark")]


def _of_quality(results: Results, name: str, fixed: bool, texts: Texts) -> str:
    for mrmc in results.mrmc.values():
        primary = primary_of(mrmc, fixed)
        if primary is not None:
            estimate = primary.estimate
            return texts(
                "conclusion.quality",
                task=name,
                auc=texts.number(estimate.auc),
                interval=texts.interval(estimate.interval),
            )
        return texts("conclusion.none", task=name, reason=texts.stated(mrmc.reason))
    return texts("conclusion.none", task=name, reason="")
