"""The process: its settings, its children, its ports."""
