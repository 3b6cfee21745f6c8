"""What the clients of object stores mean by their errors, of which there is no common kind."""

from __future__ import annotations

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


def without_credentials(error: BaseException) -> str:
    """Where the error means that there are no credentials for a store: a sentence with what to do. Else ""."""
    if not any(kind.__name__ in _WITHOUT_CREDENTIALS for kind in type(error).__mro__):
        return ""
    reason = " ".join(str(error).split()).rstrip(".")
    return f"there are no credentials for the store ({reason:.200}); {_ADVICE}"
