"""What stands beside the images of a command that writes several: a contact sheet, an animation."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mammoganesis.pictures.pixels import Pixels
    from services.client import Image

COLUMNS = 8
MOST_PICTURES = 256


class Sheet:
    """Collects pictures in rows of COLUMNS, each under a heading; of many images it holds the first MOST_PICTURES.

    Args:
        title: a line above everything.
        mark: whether the mark stands under the pictures.
    """

    def __init__(self, title: str, mark: bool) -> None:
        self._title, self._mark = title, mark
        self._pictures: list[tuple[str, Pixels]] = []
        self._images = 0

    def add(self, heading: str, image: Image) -> None:
        """One more image."""
        self._images += 1
        if self._images <= MOST_PICTURES:
            self._pictures.append((heading, image.picture()))

    def animate(self, folder: Path) -> Path:
        """Writes the pictures into the folder, one after the other.

        Returns:
            The path of the file.
        """
        from mammoganesis import files
        from mammoganesis.pictures.animation import ANIMATION_NAME, gif

        path = folder / ANIMATION_NAME
        files.write(path, gif([picture for _, picture in self._pictures]))
        return path

    def write(self, folder: Path) -> Path:
        """Draws the sheet into the folder.

        Returns:
            Its path.
        """
        from mammoganesis import files
        from mammoganesis.pictures.page import SHEET_NAME, Block, contact_sheet, in_rows

        left_out = f" (the first {MOST_PICTURES} of {self._images:,})" if self._images > MOST_PICTURES else ""
        path = folder / SHEET_NAME
        files.write(
            path,
            contact_sheet(
                [Block((), title=self._title + left_out), *in_rows(self._pictures, COLUMNS)], mark=self._mark
            ),
        )
        return path
