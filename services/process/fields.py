"""Fields of the configuration: default, range and text of a setting in one line."""

from __future__ import annotations

import ipaddress
import os
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, Field

from mammoganesis.errors import InvalidArgument

PREFIX = "MAMMOGANESIS_"
DATA_FOLDER = Path(os.environ.get("XDG_DATA_HOME") or os.path.expanduser("~/.local/share")) / "mammoganesis"


def variable(name: str) -> str:
    """The environment variable of the field `name`."""
    return PREFIX + name.upper()


def option(name: str) -> str:
    """The option of the field `name`."""
    return f"--{name.replace('_', '-')}"


def setting(about: str, default: Any, allowed: str, *, option: bool = True, short: str = "", **rules: Any) -> Any:
    """A field. `about` and `allowed`: for people, in help and errors; `option`: whether `serve` has it as an option;
    `short`: another name of that option."""
    extra = {"allowed": allowed, "option": option, "short": short}
    return Field(default, description=about, json_schema_extra=extra, **rules)


def secret(about: str) -> Any:
    """A secret that processes share, of the type `str | None`: never an option, and shown nowhere."""
    rules: dict[str, Any] = {"repr": False, "pattern": "^[!-~]{16,256}$"}
    return setting(about, None, "16 to 256 printable ASCII characters without spaces", option=False, **rules)


def is_secret(settings: type[BaseModel], name: str) -> bool:
    """Whether the value of the field `name` is shown nowhere."""
    return not settings.model_fields[name].repr


def integer(about: str, default: int, low: int, high: int, unit: str = "", *, option: bool = True) -> Any:
    """A whole number between `low` and `high`, both allowed."""
    return setting(about, default, f"an integer, {low} to {high} {unit}".rstrip(), option=option, ge=low, le=high)


def seconds(about: str, default: float, low: float, high: float, *, option: bool = True) -> Any:
    """A time between `low` and `high`, both allowed."""
    allowed = f"a number, {low:.12g} to {high:.12g} seconds"
    return setting(about, default, allowed, option=option, ge=low, le=high, allow_inf_nan=False)


def one_of(about: str, *choices: str, default: str, short: str = "") -> Any:
    """One of some words, in any capitals."""
    return text(about, default, "|".join(choices), ", ".join(choices), short=short)


def text(about: str, default: str, pattern: str, allowed: str, *, option: bool = True, short: str = "") -> Any:
    """Text that a pattern matches as a whole."""
    return setting(about, default, allowed, option=option, short=short, pattern=f"^(?:{pattern})$")


def host(about: str, default: str) -> Any:
    """An interface to listen on."""
    return text(about, default, r"[A-Za-z0-9._:\[\]-]{1,253}", "a host name or an IP address")


HostName = Annotated[str, Field(pattern=r"^(?:\*|(\*\.)?[A-Za-z0-9._-]{1,253}|\[[0-9A-Fa-f:.]+\])$")]
Origin = Annotated[str, Field(pattern=r"^(?:\*|https?://(\*\.)?[a-z0-9._-]{1,253}(:[0-9]{1,5})?)$")]
_STOW, _DIMSE = r"stow:https?://[^\s,@]{1,500}", r"dimse:[^\s:,]{1,253}:[0-9]{1,5}:[A-Za-z0-9_. -]{1,16}"
DicomServer = Annotated[str, Field(pattern=rf"^[^=,\s][^=,]{{0,59}}=({_STOW}|{_DIMSE})$")]
DICOM_SERVERS = (
    "NAME=stow:URL or NAME=dimse:HOST:PORT:AET, with commas between; passwords stand in ~/.netrc and not in the address"
)
Destination = Annotated[str, Field(pattern=r"^(?:/|[a-z][a-z0-9+.-]{0,31}://)[^,\s?#]{1,300}$")]
DESTINATIONS = "folders from the root on, or addresses such as s3://bucket/bulk, with commas between"
ORIGINS = (
    "origins such as https://lms.example.org, in small letters, with commas between, without a path and without the "
    "usual port; https://*.example.org for all below one, * for any"
)


def _port_of(value: str) -> str:
    if not 1 <= int(value.rpartition(":")[2]) <= 65535:
        raise ValueError("no port")
    return value


def _network_of(value: str) -> str:
    return str(ipaddress.ip_network(value))


Network = Annotated[str, AfterValidator(_network_of)]
Address = Annotated[str, AfterValidator(_port_of)]


def address(about: str, default: str) -> Any:
    """Where something is dialled; never an option. Its field is of the type `Address`."""
    host = r"(?:[A-Za-z0-9._-]{1,253}|\[[0-9A-Fa-f:.]+\])"
    return text(about, default, rf"{host}:[0-9]{{1,5}}", "host:port, port 1 to 65535", option=False)


def split_at_commas(value: Any) -> Any:
    """What a list is in the environment, as a tuple; anything else as it is."""
    return tuple(part.strip() for part in value.split(",")) if isinstance(value, str) else value


def refused(settings: type[BaseModel], name: str, value: object) -> InvalidArgument:
    """The error for a value of the field `name`; `value`: what may be shown of it."""
    extra: Any = settings.model_fields[name].json_schema_extra
    return InvalidArgument(variable(name), value, extra["allowed"])


def check_pair(settings: BaseModel, one: str, other: str) -> None:
    """Raises InvalidArgument where one of two files is given without the other."""
    for given, missing in ((one, other), (other, one)):
        if getattr(settings, given) is not None and getattr(settings, missing) is None:
            raise InvalidArgument(variable(missing), None, f"a file, together with {variable(given)}")
