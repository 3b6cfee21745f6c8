"""The page `lti`, with something to show: where the browser is in a launch, or what went wrong."""

from __future__ import annotations

import html
import json
from pathlib import Path
from typing import Any

from starlette.responses import HTMLResponse, Response

from services.studio.surroundings import POLICY, policy

_PLACE = '<meta name="lti" content="">'


class LtiPage:
    """The built page.

    Args:
        file: of it.
        frame_ancestors: whose pages may show it.
    """

    def __init__(self, file: Path, frame_ancestors: tuple[str, ...]) -> None:
        self._file, self._ancestors = file, frame_ancestors

    def plain(self) -> Response:
        """As it is at /lti. Its form goes to this studio."""
        return self._answer(self._file.read_text(), 200, "'self'")

    def showing(self, mode: str, status: int = 200, form_action: str = "'none'", **told: Any) -> Response:
        """At an address below /lti.

        Args:
            mode: what it shows, as the page's own `shown.ts` has it.
            form_action: where its form may go.
        """
        content = html.escape(json.dumps({"mode": mode, **told}))
        page = self._file.read_text().replace(_PLACE, f'<meta name="lti" content="{content}">')
        return self._answer(page.replace('="./', '="../'), status, form_action)

    def _answer(self, page: str, status: int, form_action: str) -> Response:
        headers = {POLICY: policy(self._ancestors, form_action)}
        return HTMLResponse(page, status, headers)
