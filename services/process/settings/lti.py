"""Learning platforms: whether the studio is a tool of theirs, and where statements go."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Self

from pydantic import AfterValidator, BaseModel, model_validator

from mammoganesis.errors import InvalidArgument
from services.process.fields import check_pair, seconds, setting, variable

_ADDRESS = "an https address without a query and without a slash at the end; http on this machine alone"


def _of_http(value: str) -> str:
    start, _, rest = value.partition("://")
    host = rest.partition("/")[0].rpartition("@")[2]
    near = host.partition(":")[0] in ("127.0.0.1", "localhost") or host.startswith("[::1]")
    right = start == "https" or (start == "http" and near)
    if not right or not host or len(value) > 500 or value.endswith("/") or set(value) & set("?#@\\ \n\t\r"):
        raise ValueError("no such address")
    return value


Address = Annotated[str, AfterValidator(_of_http)]


class LtiSettings(BaseModel):
    """Learning platforms: whether the studio is a tool of theirs, and where statements go."""

    lti_key_file: Path | None = setting(
        "File of one or two private RSA keys (PEM; the first signs), by which the studio is a tool of learning "
        "platforms (LTI 1.3). None: it is none.",
        None,
        "a file",
    )
    lti_give_up_seconds: float = seconds(
        "After which a grade or a statement that does not arrive is given up.", 14 * 86_400.0, 60.0, 365 * 86_400.0
    )
    xapi_endpoint: Address | None = setting(
        "Learning record store (xAPI 1.0.3) that is told of attempts by learning platforms, such as "
        "https://lrs.example.org/xapi. None: none is.",
        None,
        _ADDRESS,
    )
    xapi_key_file: Path | None = setting(
        "File of its user and password, with a colon between, on one line.", None, "a file"
    )

    @model_validator(mode="after")
    def _a_tool_has_an_address(self) -> Self:
        check_pair(self, "xapi_endpoint", "xapi_key_file")
        for name in ("lti_key_file", "xapi_endpoint"):
            if getattr(self, name) is not None and getattr(self, "studio_url", None) is None:
                raise InvalidArgument(variable("studio_url"), None, f"an address, together with {variable(name)}")
        if self.xapi_endpoint is not None and self.lti_key_file is None:
            raise InvalidArgument(variable("lti_key_file"), None, f"a file, together with {variable('xapi_endpoint')}")
        return self
