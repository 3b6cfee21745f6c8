"""`mammoganesis serve`: its options are the settings, with their range, default and variable."""

from __future__ import annotations

import click
import pytest
from click.testing import CliRunner

from services.cli.serve import serve
from services.process.config import Config, allowed, options, variable

SECRET_OR_INTERNAL = {
    "serve_address",
    "edge_secret",
    "redis_timeout_seconds",
    "redis_max_connections",
    "local_cache_entries",
}


def test_every_setting_is_an_option_but_secrets_and_what_the_launcher_settles() -> None:
    ours = {"quickstart", "once"}
    assert {option.name for option in serve.params} - ours == set(Config.model_fields) - SECRET_OR_INTERNAL


@pytest.mark.parametrize("name", options())
def test_help_tells_range_default_and_variable(name: str) -> None:
    (option,) = [option for option in serve.params if option.name == name]
    assert isinstance(option, click.Option)
    text = option.help or ""
    assert (Config.model_fields[name].description or "?") in text
    assert allowed(name) in text
    default = Config.model_fields[name].default
    if default not in (None, "", ()):
        assert f"default: {variable(name)}, or {default}" in text


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
