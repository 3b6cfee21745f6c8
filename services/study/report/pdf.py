"""A report as PDF. The one door to weasyprint, which needs Pango of the operating system."""

from __future__ import annotations

from functools import lru_cache
from types import ModuleType

from mammoganesis.errors import FailedPrecondition
from mammoganesis.pictures.sources import pillow_as_it_is
from services.study.report.document import Document
from services.study.report.page import html

PANGO = "libpangoft2-1.0-0 libharfbuzz-subset0 fonts-dejavu-core"
"""Debian's packages."""
KEPT_REPORTS = 4
KEPT_SECONDS = 600
"""After which whoever asked for a report forgets it: another process may have forgotten a reader in it."""


def pdf(document: Document) -> bytes:
    """The pages, A4, with bookmarks and links. They take seconds to lay out: the last few reports are kept.

    Raises:
        FailedPrecondition: Pango is not installed.
    """
    return _laid_out(html(document))


def forget_reports() -> None:
    """Keeps nothing any more of what was laid out, nor of the readers in it."""
    _laid_out.cache_clear()


@lru_cache(KEPT_REPORTS)
def _laid_out(page: str) -> bytes:
    """What the page says decides all of it."""
    weasyprint = _weasyprint()
    fetcher = weasyprint.URLFetcher(allowed_protocols=("data",))
    return weasyprint.HTML(string=page, url_fetcher=fetcher).write_pdf(pdf_tags=True)


def _weasyprint() -> ModuleType:
    try:
        with pillow_as_it_is():
            import weasyprint  # not at the top: HTML needs no Pango
    except OSError as error:
        raise FailedPrecondition(
            f"a PDF file takes Pango, which is not installed (Debian: apt-get install {PANGO}); "
            "the report as HTML can be had without"
        ) from error
    return weasyprint
