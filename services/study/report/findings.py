"""Tables and plots of one analysis, in their order. The same for a task of a study and for ratings of others."""

from __future__ import annotations

from collections.abc import Mapping

from mammoganesis.statistics.bands import RocBand
from mammoganesis.statistics.results import Calibration, Results, Rounds
from services.study.conclusions import equivalence_of, primary_of
from services.study.report import tables
from services.study.report.document import Block, Paragraph, Plot
from services.study.report.plots import Row, calibration_plot, forest_plot, roc_plot, survival_plot
from services.study.report.texts import Texts


def findings(results: Results, bands: Mapping[str, RocBand], fixed: bool, texts: Texts) -> list[Block]:
    """All that was found; of what the study has not, nothing."""
    blocks: list[Block] = []
    for treatment, mrmc in results.mrmc.items():
        blocks += _of_treatment(results, treatment, bands.get(treatment), fixed, texts)
        primary = primary_of(mrmc, fixed)
        table = tables.mrmc_table(mrmc, results.level, primary, texts)
        blocks += [table] if table is not None else []
        if primary is None and mrmc.reason:
            blocks.append(Paragraph(texts("reason.table", reason=texts.stated(mrmc.reason))))
        equivalence = None if primary is None else equivalence_of(primary, mrmc)
        if equivalence is not None:
            blocks.append(tables.equivalence_table(equivalence, texts))
    if results.mrmc:
        blocks.append(tables.auc_table(results, texts))
    binary = tables.binary_table(results, texts)
    blocks += [binary] if binary is not None else []
    if results.rounds is not None:
        blocks += [_survival(results.rounds, texts), tables.rounds_table(results.rounds, texts)]
    if results.forced_choice:
        blocks.append(tables.choices_table(results.forced_choice, texts))
    if results.comparison is not None:
        blocks += tables.comparison_tables(results.comparison, results.level, texts)
    blocks += tables.breakdown_tables(results.breakdowns, results.positive, texts)
    agreement = tables.agreement_table(results.agreement, texts) if results.agreement is not None else None
    blocks += [agreement] if agreement is not None else []
    if results.calibration is not None:
        blocks += _calibration(results.calibration, results.positive, texts)
    return blocks


def _of_treatment(results: Results, treatment: str, band: RocBand | None, fixed: bool, texts: Texts) -> list[Block]:
    readers = [each for each in results.readers if each.treatment == treatment]
    curves = [(each.reader, each.curve) for each in readers if each.curve is not None]
    aucs = [each.auc for each in readers if each.auc is not None]
    if not aucs:
        return []
    positive, level = texts.named("positive", results.positive), texts.percent(results.level)
    alternative = texts("roc.alternative", count=len(curves), low=texts.number(min(aucs)), high=texts.number(max(aucs)))
    caption = texts("roc.caption" if band is not None else "roc.caption_plain", positive=positive, level=level)
    if len(results.mrmc) > 1:
        caption = f"{treatment}. {caption}"
    blocks: list[Block] = [Plot(roc_plot(curves, band, texts), caption, alternative)]
    mrmc = results.mrmc[treatment]
    primary = primary_of(mrmc, fixed)
    rows = [Row(each.reader, each.auc, each.interval) for each in readers if each.auc is not None]
    if primary is None:
        return blocks
    rows.append(Row(texts("forest.mean"), primary.estimate.auc, primary.estimate.interval, strong=True))
    margin = mrmc.equivalence.margin if mrmc.equivalence is not None else None
    key = "forest.caption" if margin is not None else "forest.caption_plain"
    said = texts(key, level=level, method=texts(f"method.{primary.method}"))
    blocks.append(Plot(forest_plot(rows, margin, texts), said, texts("forest.alternative"), wide=True))
    return blocks


def _survival(rounds: Rounds, texts: Texts) -> Plot:
    caption = texts("rounds.caption", expected=texts.number(rounds.expected_by_chance, 1))
    alternative = texts("rounds.alternative", mean=texts.number(rounds.mean_rounds))
    return Plot(survival_plot(rounds, texts), caption, alternative)


def _calibration(calibration: Calibration, positive: str, texts: Texts) -> list[Block]:
    named = texts.named("positive", positive)
    caption = texts("calibration.caption", positive=named, brier=texts.number(calibration.brier, 3))
    alternative = texts("calibration.alternative", positive=named)
    drawing = calibration_plot(calibration, named, texts)
    return [Plot(drawing, caption, alternative), tables.calibration_table(calibration, positive, texts)]
