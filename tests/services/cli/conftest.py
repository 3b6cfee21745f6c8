"""Commands in this process, a server before them, and an image of ours."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from services.cli import main
from services.client import Budget, Client
from tests.support.commands import Ran, Run
from tests.support.served import served_edge
from tests.support.serving import TINY


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs a command in this process."""
    monkeypatch.delenv("MAMMOGANESIS_BUNDLE", raising=False)

    def run(*arguments: object) -> Ran:
        with pytest.raises(SystemExit) as caught:
            main([str(argument) for argument in arguments])
        captured = capsys.readouterr()
        assert isinstance(caught.value.code, int)
        assert "Traceback" not in captured.err
        return Ran(caught.value.code, captured.out, captured.err)

    return run


@pytest.fixture(scope="module")
def edge() -> Iterator[str]:
    with served_edge() as address:
        yield address


@pytest.fixture(scope="module")
def edited(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An edited image of the tiny bundle."""
    path = tmp_path_factory.mktemp("edited") / "edited.png"
    with Client.local(TINY) as client:
        image, _ = client.transfer(client.edit(5, [(0, 2.5), (3, -1.0, 0, 4)]), 6, [1], budget=Budget(epsilon=80))
        return image.save(path)
