"""Local edits: the style of a semantic region goes from a reference to a target."""
