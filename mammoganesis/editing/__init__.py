"""Arithmetic of latents and edits: pure functions on NumPy arrays."""
