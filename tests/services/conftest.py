"""Fixtures of several rooms: authorities of TLS. A room that means something else by such a name has its own."""

from __future__ import annotations

import pytest

from tests.support.tls import Authority


@pytest.fixture(scope="module")
def ours(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """By whom the servers of a test are certified."""
    return Authority.new(tmp_path_factory.mktemp("tls") / "ours")


@pytest.fixture(scope="module")
def theirs(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """Another one, whom nobody should believe."""
    return Authority.new(tmp_path_factory.mktemp("tls") / "theirs")
