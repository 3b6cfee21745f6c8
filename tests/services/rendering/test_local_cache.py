"""The LRU of the process."""

from __future__ import annotations

from services.rendering.local_cache import LocalCache


def test_local_cache_is_bounded_by_entries_and_bytes():
    local = LocalCache(max_entries=3, max_bytes=10)
    assert local.put("a", b"1234")
    assert local.put("b", b"1234")
    assert local.get("a") == b"1234"  # now b is the least recently used
    assert local.put("c", b"1234")
    assert (local.get("b"), local.get("a"), local.get("c")) == (None, b"1234", b"1234")
    assert local.put("a", b"12")  # replaced, not added
    assert local.put("d", b"")
    assert len(local) == 3
    assert local.put("e", b"")
    assert len(local) == 3
    assert local.get("a") == b"12"
    assert not local.put("a", b"12345678901")  # what does not fit takes nothing with it but its own older value
    assert local.get("a") is None
    assert len(local) == 2
    assert not LocalCache(max_entries=0).put("a", b"")
