"""The page of `mammoganesis study analyse`: the same tables and plots for ratings of others."""

from __future__ import annotations

import html5lib
import numpy as np
import pytest

from mammoganesis.statistics.analysis import Options, analyse
from mammoganesis.statistics.bands import roc_bands
from mammoganesis.statistics.readings import Reading, gather
from services.study.report.analysis import analysis_report
from services.study.report.page import html
from services.study.report.texts import Texts


@pytest.fixture(scope="module")
def page_and_results():
    random = np.random.default_rng(8)
    rows = [
        Reading(
            f"Reader {r}", f"case {c}", c < 20, float(random.normal(c < 20)), treatment, groups={"machine": "AB"[c % 2]}
        )
        for treatment in ("film", "screen")
        for r in range(3)
        for c in range(45)
    ]
    readings = gather(rows)
    results = analyse(readings, Options("diseased"))
    return html(analysis_report(results, roc_bands(readings), "ratings <of> others.csv")), results


def test_it_is_a_page_with_the_numbers_of_every_treatment(page_and_results) -> None:
    page, results = page_and_results
    tree = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False).parse(page)
    words = " ".join(tree.itertext())
    texts = Texts("en")
    assert "ratings <of> others.csv" in words
    assert "diseased" in words
    for treatment, mrmc in results.mrmc.items():
        assert treatment in words
        primary = getattr(mrmc, mrmc.primary).random_readers
        assert texts.interval(primary.interval, 3) in words
    for reader in results.readers:
        assert texts.interval(reader.interval) in words
    test = results.comparison.random_readers_random_cases
    assert texts.p(test.p) in words
    assert len(list(tree.iter("svg"))) + len([e for e in tree.iter() if str(e.tag).endswith("}svg")]) >= 4
    assert "By machine" in words


def test_without_a_margin_nothing_is_said_of_equivalence(page_and_results) -> None:
    page, _ = page_and_results
    assert "Equivalence with chance (two one-sided tests)" not in page
    assert "within the margin" not in page.split("How it was computed")[0]
