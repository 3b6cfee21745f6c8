"""A Ray that runs already, and why it is not reached: Ray itself tries for minutes, in silence."""

from __future__ import annotations

import os
import socket
import time

from mammoganesis.errors import Unavailable
from services.cluster.settings import LOOPBACK_ALONE

REACH_SECONDS = 20.0
"""That something has to answer within where Ray dials."""
_TRY_SECONDS = 5.0
_AGAIN_SECONDS = 0.5
_OPTION = "--ray-address"


def check_answers(address: str) -> None:
    """Waits, not for long, until something listens where Ray would dial.

    Args:
        address: host:port, or "auto" for the cluster of this machine; another scheme than Ray's own is left to Ray.

    Raises:
        Unavailable: nothing does; it names the variable where that may be why.
    """
    if "://" in address:
        return
    from ray._private.services import canonicalize_bootstrap_address  # which changes the address, see LOOPBACK_ALONE

    try:
        dialled = canonicalize_bootstrap_address(address)
    except (ConnectionError, ValueError) as error:
        raise Unavailable(refusal(address, error)) from None
    if dialled is None:  # no cluster of this machine is known, which Ray says itself
        return
    host, _, port = dialled.rpartition(":")
    end = time.monotonic() + REACH_SECONDS
    while (reason := _unreachable(host.strip("[]"), int(port))) is not None:
        if time.monotonic() >= end:
            raise Unavailable(f"{_OPTION} {address}: nothing answers at {dialled} ({reason}){_hint()}")
        time.sleep(_AGAIN_SECONDS)


def refusal(address: str, error: BaseException) -> str:
    """Why Ray does not join, in one line."""
    from ray.exceptions import AuthenticationError

    if isinstance(error, AuthenticationError) or isinstance(error.__cause__, AuthenticationError):
        return (
            f"{_OPTION} {address}: that Ray takes calls with its token alone: RAY_AUTH_MODE=token and RAY_AUTH_TOKEN "
            "(or RAY_AUTH_TOKEN_PATH) have to be in the environment of this command too"
        )
    return f"{_OPTION} {address}: {' '.join(str(error).split()):.300}"


def _unreachable(host: str, port: int) -> str | None:
    try:
        socket.create_connection((host, port), timeout=_TRY_SECONDS).close()
    except OSError as error:
        return error.strerror or type(error).__name__
    return None


def _hint() -> str:
    if os.environ.get(LOOPBACK_ALONE) == "0":
        return ""
    needed = f"{LOOPBACK_ALONE}=0 in the environment of this command too"
    return f"; one that listens on 127.0.0.1 alone is reached with {needed}"
