"""Addresses that platforms name: which of them may be asked."""

from __future__ import annotations

import pytest

from mammoganesis.errors import InvalidArgument
from services.lti.addresses import below, origin_of, web_address


@pytest.mark.parametrize(
    "address", ["https://a.example", "https://a.example:8443/x?y=1", "http://127.0.0.1:80/", "http://localhost/"]
)
def test_addresses_that_may_be_asked(address: str) -> None:
    assert web_address("a", address) == address


@pytest.mark.parametrize(
    "address",
    [
        "",
        None,
        7,
        "http://a.example",
        "http://10.0.0.1/",
        "file:///etc/passwd",
        "https://",
        "https://a b",
        "https://u:p@a.example/",
        "https://a.example/#x",
        "https://a.example\\@b.example/",
        "https://a.example:x/",
        "https://a.example/\n",
        "https://例え.jp/",
        "https://a\u3002example/",
        "https://a.example/é",
        "https://a.example;b/",
        "https://a.example,b/",
        "https://*/",
        "https://a..b/",
        "https://[::1]x/",
        "https://[v1.x]/",
        "a" * 3000,
    ],
)
def test_addresses_that_may_not(address: object) -> None:
    with pytest.raises(InvalidArgument):
        web_address("a", address)


def test_origins_and_paths() -> None:
    assert origin_of("https://A.example:443/x") == "https://a.example"
    assert origin_of("http://[::1]:8080/x") == "http://[::1]:8080"
    assert below("https://a.example/x/?q=1", "y") == "https://a.example/x/y?q=1"
