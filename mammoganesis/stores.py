"""What the clients of object stores mean by their errors, of which there is no common kind."""

from __future__ import annotations

import logging
from collections.abc import Iterator

_WITHOUT_CREDENTIALS = frozenset({
    # botocore
    "NoCredentialsError", "PartialCredentialsError", "CredentialRetrievalError", "ProfileNotFound", "NoAuthTokenError",
    "UnauthorizedSSOTokenError", "SSOTokenLoadError", "TokenRetrievalError",
    # google.auth
    "DefaultCredentialsError", "RefreshError",
})  # fmt: skip
_ADVICE = (
    "for s3:// set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE; for gs:// "
    "GOOGLE_APPLICATION_CREDENTIALS"
)

_NOT_ALLOWED = frozenset({401, 403})  # statuses of HTTP


def without_credentials(error: BaseException) -> str:
    """Where the error means that there are no credentials for a store: a sentence with what to do. Else ""."""
    if not any(kind.__name__ in _WITHOUT_CREDENTIALS for kind in type(error).__mro__):
        return ""
    reason = " ".join(str(error).split()).rstrip(".")
    return f"there are no credentials for the store ({reason:.200}); {_ADVICE}"


def refuses(error: BaseException) -> bool:
    """Whether a store says that what was asked for is not allowed: asking again would be in vain."""
    for each in _chain(error):
        if isinstance(each, PermissionError):
            return True
        if isinstance(each, OSError) and str(each).startswith("Forbidden:"):  # gcsfs, of status 403
            return "rate limit" not in str(each).lower()
        if _status(each) in _NOT_ALLOWED:
            return True
    return False


def quiet_clients() -> None:
    """Clients of stores write a traceback into the log for each request that they try again; what was in the way is
    told by who asks them."""
    logging.getLogger("gcsfs").setLevel(logging.CRITICAL)


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        error = error.__cause__ or error.__context__


def _status(error: BaseException) -> int | None:
    """Of HTTP, wherever a client keeps it; None where it has none."""
    response = getattr(error, "response", None)
    if isinstance(response, dict):  # botocore
        return response.get("ResponseMetadata", {}).get("HTTPStatusCode")
    for name in ("code", "status", "status_code"):  # gcsfs, aiohttp, azure.core
        value = getattr(error, name, None)
        if isinstance(value, int | str) and str(value).isdecimal():
            return int(value)
    return None
