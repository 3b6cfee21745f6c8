"""Where bulk jobs may write: below the folders and addresses that the configuration allows, and nowhere else."""

from __future__ import annotations

import re
from collections.abc import Sequence

from mammoganesis.errors import InvalidArgument

MAX_CHARACTERS = 1000
_STEP = re.compile(r"[A-Za-z0-9_=+@, -][A-Za-z0-9._=+@, -]{0,199}")
STEPS = 'names of letters, digits and "._=+@, -" with "/" between, none of which begins with "."'


def placed(asked: str, job_id: str, roots: Sequence[str], field: str = "job.destination") -> str:
    """Where a job writes.

    Args:
        asked: a path below the first of the roots, one of the roots and what follows it, or "" for the job's.
        roots: allowed folders and addresses, such as "/srv/bulk" or "s3://bucket/bulk".

    Raises:
        InvalidArgument: it is none of these.
    """
    if not roots:
        raise InvalidArgument(field, asked, "none: this server lets no job write (MAMMOGANESIS_BULK_DESTINATIONS)")
    trimmed = [root.rstrip("/") for root in roots]
    if not asked:
        return f"{trimmed[0]}/{job_id}"
    if len(asked) > MAX_CHARACTERS:
        raise InvalidArgument(field, f"{len(asked)} characters", f"at most {MAX_CHARACTERS}")
    if asked.startswith("/") or "://" in asked:
        below = [(root, asked[len(root) + 1 :]) for root in trimmed if asked.startswith(f"{root}/")]
        if not below:
            raise InvalidArgument(field, asked, f"what lies below {' or '.join(trimmed)}")
        root, path = max(below, key=lambda each: len(each[0]))
    else:
        root, path = trimmed[0], asked
    steps = path.rstrip("/").split("/")
    if not all(map(_STEP.fullmatch, steps)):
        raise InvalidArgument(field, asked, f"below {root}: {STEPS}")
    return "/".join((root, *steps))


def overlap(one: str, other: str) -> bool:
    """Whether two places are the same, or one lies in the other."""
    return f"{one}/".startswith(f"{other}/") or f"{other}/".startswith(f"{one}/")
