"""Proxies in the environment of what we start."""

from __future__ import annotations

import urllib.request

import pytest

from services.process.proxies import without_loopback_proxies


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_loopback_is_an_exception_and_those_of_the_user_stay(host: str, monkeypatch: pytest.MonkeyPatch) -> None:
    environ = {"http_proxy": "http://proxy.example:3128", "no_proxy": "intern.example", "A": "1"}
    changed = without_loopback_proxies(environ)
    assert changed["http_proxy"] == environ["http_proxy"]
    assert changed["A"] == "1"
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.setenv(name, changed[name])
    # As Python's own HTTP client reads them.
    assert urllib.request.proxy_bypass(host)
    assert urllib.request.proxy_bypass("intern.example")
    assert not urllib.request.proxy_bypass("example.org")


def test_twice_is_once_and_an_exception_for_all_stays() -> None:
    once = without_loopback_proxies({})
    assert without_loopback_proxies(once) == once
    assert without_loopback_proxies({"no_proxy": "*", "NO_PROXY": "*"}) == {"no_proxy": "*", "NO_PROXY": "*"}
