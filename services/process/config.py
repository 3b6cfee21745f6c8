"""The configuration of all serving processes: one frozen value, validated once.

Every field is also an environment variable, `MAMMOGANESIS_` and the field's name in capitals, and most are options of
`mammoganesis serve`. Each room's stand in `services.process.settings`: name, default, range and text of a setting at
its field and nowhere else. An empty variable counts as not set. An unknown `MAMMOGANESIS_` variable is an error: a
misspelt setting must not be ignored.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, EnvSettingsSource, PydanticBaseSettingsSource, SettingsConfigDict

from mammoganesis.errors import InvalidArgument
from services.process.fields import PREFIX, is_secret, option, refused, variable
from services.process.redis_urls import ALLOWED, has_password, masked_url, problem
from services.process.settings.accounting import AccountingSettings
from services.process.settings.bulk import BulkSettings
from services.process.settings.client import ClientSettings
from services.process.settings.cluster import ClusterSettings
from services.process.settings.edge import EdgeSettings
from services.process.settings.identity import IdentitySettings
from services.process.settings.login import LoginSettings
from services.process.settings.lti import LtiSettings
from services.process.settings.observability import ObservabilitySettings
from services.process.settings.protection import SYSTEM, ProtectionSettings
from services.process.settings.provenance import ProvenanceSettings
from services.process.settings.records import RecordsSettings
from services.process.settings.rendering import RenderingSettings
from services.process.settings.serving import ServingSettings
from services.process.settings.studio import StudioSettings

_MAX_URL_CHARACTERS = 4096


class Config(
    # The last one's settings stand first.
    ObservabilitySettings,
    ClientSettings,
    ProvenanceSettings,
    LtiSettings,
    BulkSettings,
    RenderingSettings,
    ClusterSettings,
    RecordsSettings,
    ProtectionSettings,
    StudioSettings,
    LoginSettings,
    IdentitySettings,
    AccountingSettings,
    EdgeSettings,
    ServingSettings,
    BaseSettings,
):
    """Settings of the services; raises InvalidArgument when a value or a combination is not allowed, and TypeError for
    a name that is none."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, extra="forbid", validate_default=False)

    def __init__(self, **values: Any) -> None:
        try:
            super().__init__(**values)
        except ValidationError as error:
            raise _refusal(error) from None

    @classmethod
    def settings_customise_sources(
        cls, settings_cls: type[BaseSettings], init_settings: PydanticBaseSettingsSource, **others: Any
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """`Config(...)` is what its arguments say; only `from_environment` reads an environment."""
        return (init_settings,)

    @field_validator("*", mode="before")
    @classmethod
    def _no_number_is_guessed(cls, value: Any, info: ValidationInfo) -> Any:
        kind = cls.model_fields[str(info.field_name)].annotation
        if isinstance(value, bool) or (kind is int and isinstance(value, float)):
            raise ValueError("pydantic would take True for 1 and 5.0 for 5")
        return value

    @classmethod
    def from_environment(cls, environ: Mapping[str, str], **overrides: Any) -> Config:
        """Defaults, then the MAMMOGANESIS_ variables of `environ`, then `overrides` (None: not given).

        Overrides may be text, as a command line has it, or values of the field's type; errors name them as options.
        """
        known = [variable(name) for name in cls.model_fields]
        for key in environ:
            if key.startswith(PREFIX) and key not in known:
                close = difflib.get_close_matches(key, known, n=1, cutoff=0.0)[0]
                # Without the value: it may be a secret under a misspelt name.
                raise InvalidArgument("environment variable", key, f"the known settings; the closest one is {close}")
        source = EnvSettingsSource(cls)
        source.env_vars = {key.lower(): environ[key] for key in known if environ.get(key)}
        given = {name: value for name, value in overrides.items() if value is not None}
        if has_password(str(given.get("redis_url", ""))):
            allowed = (
                f"a URL without a password, which every user of this machine could read in the list of processes; give "
                f"one in {variable('redis_url')}, or in a file by {option('redis_url_file')}"
            )
            raise InvalidArgument(
                option("redis_url"), problem(given["redis_url"]) or masked_url(given["redis_url"]), allowed
            )
        try:
            config = cls(**{**source(), **given})._with_redis_of_file()
            return config.changed(**config.tls_settled())
        except InvalidArgument as error:
            name = error.field.removeprefix(PREFIX).lower()
            if name not in given:
                raise
            raise error.named(f"{option(name)} ({variable(name)})") from None

    def _with_redis_of_file(self) -> Config:
        """The same with the URL that `redis_url_file` holds, and without the file."""
        if self.redis_url_file is None:
            return self
        name = variable("redis_url_file")
        if self.redis_url is not None:
            raise InvalidArgument(name, str(self.redis_url_file), f"either it or {variable('redis_url')}, not both")
        try:
            with self.redis_url_file.open(encoding="utf-8") as file:
                url = file.read(_MAX_URL_CHARACTERS).strip()
        except (OSError, UnicodeDecodeError) as error:
            reason = error.strerror if isinstance(error, OSError) else "it is no text"
            raise InvalidArgument(name, str(self.redis_url_file), f"a file that can be read ({reason})") from None
        if url == "" or problem(url):
            raise InvalidArgument(name, str(self.redis_url_file), f"a file that holds {ALLOWED}")
        return self.changed(redis_url=url, redis_url_file=None)

    def changed(self, **values: Any) -> Config:
        """The same with other values, checked as all are."""
        return Config(**{**dict(self), **values})

    def resolved(self) -> Config:
        """The same with files and folders from the root on, for a process that starts elsewhere. Links stay links: they
        may lead elsewhere later."""
        places = {name: value for name, value in self if isinstance(value, Path) and value != SYSTEM}
        return self.changed(**{name: place.absolute() for name, place in places.items()})

    def without_secrets(self) -> Config:
        """The same for the studio, which needs neither the edge's secret nor Redis nor the database."""
        names = ("edge_secret", "edge_secret_file", "redis_url", "redis_url_file", "records_url")
        return self.changed(**dict.fromkeys(names))

    def environment(self) -> dict[str, str]:
        """The variables that give this configuration to a process started with them. Holds the secrets."""
        return {
            variable(name): ",".join(value) if isinstance(value, tuple) else str(value)
            for name, value in self
            if value is not None
        }

    def describe(self) -> str:
        """One line `MAMMOGANESIS_NAME=value` a field; secrets and passwords in URLs are masked."""
        shown = self.environment()
        for name, value in self:
            if value is not None and is_secret(Config, name):
                shown[variable(name)] = masked_url(value) if name.endswith("_url") else "***"
        return "\n".join(f"{key}={shown.get(key, '')}" for key in map(variable, Config.model_fields))


def option_names(name: str) -> list[str]:
    """The options of the field `name`: its own, and the short one where there is one."""
    short = _extra(name)["short"]
    return [option(name), *([option(short)] if short else [])]


def allowed(name: str) -> str:
    """What the field `name` may be, for people."""
    return _extra(name)["allowed"]


def options() -> list[str]:
    """The fields that are options of `mammoganesis serve`, in their order."""
    return [name for name in Config.model_fields if _extra(name)["option"]]


def _refusal(error: ValidationError) -> Exception:
    """The first of pydantic's errors in our words."""
    first = error.errors(include_url=False, include_context=False)[0]
    name, value = str(first["loc"][0]), first["input"]
    if name not in Config.model_fields:
        return TypeError(f"Config has no field {name!r}")
    if is_secret(Config, name):
        return refused(Config, name, f"a value of {len(str(value))} characters")  # a secret even when it is a bad one
    if isinstance(value, str) and Config.model_fields[name].annotation in (int, float):
        for kind in (int, float):
            try:
                return refused(Config, name, kind(value))
            except ValueError:
                continue
    return refused(Config, name, value)


def _extra(name: str) -> Any:
    return Config.model_fields[name].json_schema_extra
