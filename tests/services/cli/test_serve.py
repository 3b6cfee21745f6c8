"""`mammoganesis serve`: its options are the settings, with their range, default and variable."""

from __future__ import annotations

import subprocess
import sys

import click
import pytest
from click.testing import CliRunner

from mammoganesis.errors import FailedPrecondition
from services.cli.serve import serve
from services.process.config import Config, allowed, options, variable
from tests.places import ROOT

SECRET_OR_INTERNAL = {
    "records_address",
    "ray_metrics_address",
    "records_url",
    "serve_address",
    "edge_secret",
    "public_without_protection",
    "studio_secret",
    "token",
    "token_file",
    "token_over_plaintext",
    "redis_timeout_seconds",
    "redis_max_connections",
    "local_cache_entries",
}


def parameters() -> list[click.Parameter]:
    return [option for option in serve.get_params(click.Context(serve)) if option.name != "_click_default_help"]


def test_every_setting_is_an_option_but_secrets_and_what_the_launcher_settles() -> None:
    ours = {"quickstart", "once"}
    assert {option.name for option in parameters()} - ours == set(Config.model_fields) - SECRET_OR_INTERNAL


@pytest.mark.parametrize("name", options())
def test_help_tells_range_default_and_variable(name: str) -> None:
    (option,) = [option for option in parameters() if option.name == name]
    assert isinstance(option, click.Option)
    text = option.help or ""
    assert (Config.model_fields[name].description or "?") in text
    assert allowed(name) in text
    default = Config.model_fields[name].default
    if default not in (None, "", ()):
        standing = ",".join(default) if isinstance(default, tuple) else default
        assert f"default: {variable(name)}, or {standing}" in text


def test_the_ranges_in_the_help_are_those_that_are_checked() -> None:
    shown = " ".join(CliRunner().invoke(serve, ["--help"]).output.split())
    for name, low, high in (("edge_port", 0, 65535), ("max_batch_size", 1, 256), ("drain_seconds", 0, 3600)):
        assert f"{low} to {high}" in shown
        for value in (low, high):
            settings = {"max_queued_images": 1000, name: value}
            assert getattr(Config(**settings), name) == value
        for value in (low - 1, high + 1):
            with pytest.raises(Exception, match=f"{variable(name)}: {value} is not allowed; .* {low} to {high}"):
                Config(**{name: value})


REFUSE = """
import sys
class Refuse:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {"pydantic_settings", "ray"}:
            raise ImportError(f"refused: {name}")
sys.meta_path.insert(0, Refuse())
from services.cli import main
main([%r])
"""


def test_help_of_all_commands_needs_no_settings() -> None:
    done = subprocess.run([sys.executable, "-c", REFUSE % "--help"], capture_output=True, text=True, cwd=ROOT)
    assert done.returncode == 0, done.stderr
    assert "serve" in done.stdout


def test_without_its_packages_serve_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.launch.packages.PACKAGES", ("grpc", "no_such_package"))
    with pytest.raises(FailedPrecondition, match=r"not installed: no_such_package; .* extra \[serve\]"):
        parameters()
