"""How things in a bundle may be called: one pattern for each kind, and the words that a refusal says.

Everything that makes a name for a bundle asks here as early as it can; the reader asks again.
"""

from __future__ import annotations

import re

from mammoganesis.recipe.limits import NAME_PATTERN

MAX_NAME = 64  # characters of a direction's, region's or label's name

NAME = re.compile(NAME_PATTERN)  # of a bundle, a direction, a region
NAME_WORDS = "lower-case letters, digits and single hyphens"
LABEL_NAME = re.compile(rf"[a-z0-9_]{{1,{MAX_NAME}}}")  # of a label field
LABEL_NAME_WORDS = f"lower-case letters, digits and underscores, {MAX_NAME} at most"
VERSION = re.compile(r"([0-9]+)\.([0-9]+)\.([0-9]+)([-+][0-9A-Za-z.+-]+)?")  # of a model
VERSION_WORDS = "a semantic version such as 1.0.0"
FILE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")  # no path separators, no "..", not hidden
DIGEST = re.compile(r"[0-9a-f]{64}")
DIGEST_WORDS = "64 lower-case hexadecimal digits"


def is_name(text: str) -> bool:
    """Whether a bundle, direction or region may be called that."""
    return NAME.fullmatch(text) is not None


def is_label_name(text: str) -> bool:
    """Whether a label field of a conditional model may be called that."""
    return LABEL_NAME.fullmatch(text) is not None


def is_version(text: str) -> bool:
    """Whether that can be the version of a model."""
    return VERSION.fullmatch(text) is not None
