"""Checkpoints: written whole, read checked, named by the digest of their generator."""
