"""The part of the latent cache that lies in the process."""

from __future__ import annotations

from cachetools import LRUCache

MAX_BYTES = 64 * 2**20


class LocalCache:
    """Least recently used payloads by key, bounded by number and by bytes."""

    def __init__(self, max_entries: int, max_bytes: int = MAX_BYTES) -> None:
        self._max_entries = max_entries
        self._entries: LRUCache[str, bytes] = LRUCache(max_bytes, getsizeof=len)

    def __len__(self) -> int:
        return len(self._entries)

    def get(self, key: str) -> bytes | None:
        """The payload, which becomes the most recently used; None when it is not here."""
        return self._entries.get(key)

    def put(self, key: str, payload: bytes) -> bool:
        """Keeps the payload, dropping the least recently used; False when it does not fit at all."""
        self._entries.pop(key, None)
        if not self._max_entries or len(payload) > self._entries.maxsize:
            return False
        self._entries[key] = payload
        while len(self._entries) > self._max_entries:
            self._entries.popitem()
        return True
