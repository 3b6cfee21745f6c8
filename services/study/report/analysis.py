"""The report of an analysis of ratings that come from anywhere: `mammoganesis study analyse`."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.metadata import version

from mammoganesis.statistics.bands import RocBand
from mammoganesis.statistics.results import Results
from services.study.report.document import Block, Document, Paragraph, Section
from services.study.report.findings import findings
from services.study.report.methods import methods_section
from services.study.report.summary import auc_conclusions, meanings
from services.study.report.tables import time_table
from services.study.report.texts import Texts


def analysis_report(
    results: Results, bands: Mapping[str, RocBand] | None = None, title: str = "", language: str = ""
) -> Document:
    """What was found, its tables and plots, and how it was computed.

    Args:
        bands: of the mean ROC curve of each treatment, where there are any: `bands.roc_bands` of the readings.
        title: such as the file's name; default: that of the analysis.

    Raises:
        InvalidArgument: there is no such language here.
    """
    texts = Texts(language)
    counts = results.counts
    positive = texts.named("positive", results.positive)
    said = texts(
        "analysis.counts",
        readers=counts.readers,
        cases=counts.cases,
        positives=counts.positives,
        negatives=counts.negatives,
        readings=counts.readings,
        positive=positive,
    )
    summary: list[Block] = [Paragraph(said), *auc_conclusions(results, texts("analysis.all"), False, texts)]
    summary += meanings(list(results.mrmc.values()), False, texts)
    found = findings(results, bands or {}, False, texts)
    if results.time is not None:
        found.append(time_table({texts("analysis.all"): results.time}, texts))
    sections = [
        Section("summary", texts("section.summary"), summary),
        Section("results", texts("section.results"), found),
        methods_section(texts),
    ]
    subtitle, foot = texts("analysis.subtitle"), texts("analysis.foot", version=version("mammoganesis"))
    return Document(texts.language, title or subtitle, subtitle, (), texts("report.contents"), sections, foot)
