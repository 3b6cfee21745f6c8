"""Global edits along principal components of W."""
