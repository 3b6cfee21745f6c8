"""What all tests share."""

import signal


def pytest_configure() -> None:
    """Take Ctrl-C as usual, also in processes that tests start: shells ignore it in what they run in the background."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
