"""What Ray's memory monitor has ended on this machine, told by Ray in its own log alone; others take their place."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Mapping

from services.observability.prometheus import ended_for_memory, fetched

LOOK_SECONDS = 10.0
"""Ray counts for its exporter as often."""
_ASK_SECONDS = 5.0


class RayMemory:
    """Looks at Ray's exporter, in a thread that ends with the process: it may be silent for seconds.

    Args:
        address: host:port of the exporter.
    """

    def __init__(self, address: str) -> None:
        self._address = address
        self._lock = threading.Lock()
        self._seen: Mapping[str, int] = {}
        self._news: Counter[str] = Counter()

    def begin(self) -> None:
        """From here on."""
        threading.Thread(target=self._watch, daemon=True).start()

    def news(self) -> Mapping[str, int]:
        """How many of what have been ended since this was asked last, as `ended_for_memory` names them."""
        with self._lock:
            news, self._news = self._news, Counter()
        return news

    def look(self) -> None:
        """One look. A count that has become smaller is that of another Ray, which has begun meanwhile."""
        page = fetched(self._address, _ASK_SECONDS)
        if page is None:
            return
        found = ended_for_memory(page)
        with self._lock:
            for name, count in found.items():
                before = self._seen.get(name, 0)
                if count != before:
                    self._news[name] += count - before if count > before else count
            self._seen = found

    def _watch(self) -> None:
        while True:
            self.look()
            time.sleep(LOOK_SECONDS)
