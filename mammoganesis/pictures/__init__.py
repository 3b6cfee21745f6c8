"""Pixels to files and back, and pages of pictures."""
