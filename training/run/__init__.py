"""One training run in a folder, and what it shows."""
