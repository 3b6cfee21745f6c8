"""How long tests wait for what other processes do."""

WAIT_SECONDS = 240.0
"""For anything that is waited for, also on a busy machine; less than what pytest gives a test."""
