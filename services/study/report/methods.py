"""How a report's numbers were computed, and what the published study beside it bears."""

from __future__ import annotations

from importlib.metadata import version

import scipy

from mammoganesis.statistics.intervals import around
from services.study.report.document import Bullets, Paragraph, Section
from services.study.report.published import published
from services.study.report.texts import Texts

_SENTENCES = 7


def methods_section(texts: Texts) -> Section:
    """Sentences with their sources, and the versions of what has computed."""
    libraries = {name: version(package) for name, package in _LIBRARIES.items()}
    sentences = [texts(f"methods.{number}") for number in range(1, _SENTENCES + 1)]
    sentences.append(texts("methods.versions", **libraries))
    return Section("methods", texts("section.methods"), [Bullets(sentences)])


def published_section(texts: Texts) -> Section:
    """What four readers and a hundred decisions each can say."""
    found = published()
    aucs = [reader.auc for reader in found.readers if reader.auc is not None]
    mean, spread = float(scipy.stats.tmean(aucs)), float(scipy.stats.sem(aucs))
    rounds = found.rounds
    assert rounds is not None
    said = texts(
        "published.text",
        aucs=", ".join(texts.number(auc) for auc in aucs),
        mean=texts.number(mean),
        interval=texts.interval(around(mean, spread, len(aucs) - 1.0, found.level)),
        right=rounds.pooled.successes,
        total=rounds.pooled.trials,
        p=texts.p(rounds.p_of_rounds),
    )
    return Section("published", texts("section.published"), [Paragraph(said)])


_LIBRARIES = {
    "version": "mammoganesis",
    "scipy": "scipy",
    "statsmodels": "statsmodels",
    "sklearn": "scikit-learn",
}
