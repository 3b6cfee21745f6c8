"""Real images of a folder or a manifest: none takes the place of another."""

from __future__ import annotations

from pathlib import Path

import pytest

from mammoganesis.errors import InvalidArgument
from services.study.manifest import reals_at


def _files(folder: Path, *names: str) -> Path:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(b"")
    return folder


def test_whose_an_image_of_a_folder_is_is_left_to_the_server(tmp_path: Path) -> None:
    names = ["L.dcm", "L.png", "a/R.png", "b/other.png"]
    found = reals_at(_files(tmp_path, *names))
    assert [path.relative_to(tmp_path).as_posix() for _, path in found] == sorted(names)
    assert [real.name for real, _ in found] == [Path(name).name for name in sorted(names)]
    assert {real.patient_id for real, _ in found} == {""}


def test_two_files_of_one_name_are_refused_by_both(tmp_path: Path) -> None:
    _files(tmp_path / "reals", "1/L.png", "2/L.png")
    manifest = tmp_path / "manifest.csv"
    manifest.write_text("file,patient_id\nreals/1/L.png,p1\nreals/2/L.png,p2\n")
    for place in (tmp_path / "reals", manifest):
        with pytest.raises(InvalidArgument) as refused:
            reals_at(place)
        for file in ("reals/1/L.png", "reals/2/L.png"):
            assert str(tmp_path / file) in str(refused.value)


def test_a_name_that_no_image_can_have_is_told_with_its_file(tmp_path: Path) -> None:
    with pytest.raises(InvalidArgument, match="back"):
        reals_at(_files(tmp_path, "back\\slash.png"))


def test_what_is_no_csv_is_told_with_its_line(tmp_path: Path) -> None:
    manifest = tmp_path / "manifest.csv"
    for text, line in ((f"{'x' * 200_000}\n", 1), (f"file,patient_id\na.png,p\n{'x' * 200_000},p\n", 3)):
        manifest.write_text(text)
        with pytest.raises(InvalidArgument, match=rf"manifest.csv, line {line}: .*field larger than field limit"):
            reals_at(manifest)
