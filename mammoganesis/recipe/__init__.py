"""Recipes: what they may ask for, completing them, their canonical JSON, what they say in words."""
