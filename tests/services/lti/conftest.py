"""Keys of a platform and of this tool, made once: RSA keys take a moment."""

from __future__ import annotations

import pytest

from tests.support.lti_tokens import Signer


@pytest.fixture(scope="session")
def platform_key() -> Signer:
    return Signer("platform-1")


@pytest.fixture(scope="session")
def other_key() -> Signer:
    return Signer("platform-2")
