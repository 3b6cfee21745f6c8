"""URLs of Redis: which are sound, and how they are shown without their password."""

from __future__ import annotations

from urllib.parse import SplitResult, urlsplit

ALLOWED = (
    "redis://[user:password@]host:port[/database], rediss://... (TLS) or unix://[user:password@]/path; "
    "/ ? # @ : in a name or a password as %2F %3F %23 %40 %3A"
)


def problem(url: str) -> str | None:
    """What an error may show of a URL that is not ALLOWED; None for one that is."""
    try:
        parts = urlsplit(url)
        named = parts.path if parts.scheme == "unix" else parts.hostname
        valid = parts.scheme in ("redis", "rediss", "unix") and bool(named) and (parts.port is None or parts.port > 0)
    except ValueError:  # the port is no number or the brackets of an address are unbalanced
        return "an unreadable URL"
    if _cut_short(parts):
        return "an unreadable URL"
    return None if valid else masked_url(url)


def has_password(url: str) -> bool:
    """Whether there is something in `url` that `masked_url` leaves out."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return True  # nobody can tell
    return _cut_short(parts) or parts.password is not None or bool(parts.query)


def masked_url(url: str) -> str:
    """`url` with the password, and everything after "?", replaced by ***."""
    parts = urlsplit(url)
    if _cut_short(parts):
        return f"{parts.scheme}://***"
    credentials, at, place = parts.netloc.rpartition("@")
    user = f"{credentials.partition(':')[0]}:***" if at else ""
    return f"{parts.scheme}://{user}{at}{place}{parts.path}{'?***' if parts.query else ''}"


def _cut_short(parts: SplitResult) -> bool:
    """Whether an "@" stands behind the place of the host: "/", "?" or "#" in a password ended that place too early."""
    return any("@" in part for part in (parts.path, parts.query, parts.fragment))
