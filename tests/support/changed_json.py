"""JSON in which one value after the other is of another kind, or missing."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from mammoganesis.errors import MammoganesisError

ODD: tuple[Any, ...] = (None, True, -1, 0, 1.5, 10**30, "", "x", [], ["x"], [[1]], {}, {"x": 1}, [{}])
ABSENT = object()
FIRST = 2  # items of a list that are changed; others are like them


def changes(document: Any) -> Iterator[tuple[str, Any]]:
    """What was changed, and the document with that one change; the document itself stays as it is."""
    for path in _paths(document):
        for odd in (*ODD, ABSENT):
            changed = copy.deepcopy(document)
            inner = changed
            for key in path[:-1]:
                inner = inner[key]
            if odd is not ABSENT:
                inner[path[-1]] = copy.deepcopy(odd)
            elif isinstance(inner, dict):
                del inner[path[-1]]
            else:
                continue
            yield f"{'.'.join(map(str, path))}: {'absent' if odd is ABSENT else odd!r}", changed


def refused(document: Any, file: Path, read: Callable[[], object]) -> list[tuple[str, str]]:
    """What was changed and the line that said so, of all changes of a file that `read` refuses by one of our errors.

    Args:
        document: what the file holds, unchanged.
        file: where each change is written.
        read: reads the file. Whatever else it raises ends the test.
    """
    said = []
    for what, changed in changes(document):
        file.write_text(json.dumps(changed))
        try:
            read()
        except MammoganesisError as error:
            said.append((what, str(error)))
    return said


def _paths(document: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    keys = list(document) if isinstance(document, dict) else range(min(FIRST, len(document)))
    for key in keys:
        yield (*path, key)
        if isinstance(document[key], (dict, list)):
            yield from _paths(document[key], (*path, key))
