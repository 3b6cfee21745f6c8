"""Logs of the serving processes."""
