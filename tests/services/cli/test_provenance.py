"""verify and reproduce: what is said of files that are ours, were ours, or never were."""

from __future__ import annotations

import asyncio
import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image as Pil
from PIL.PngImagePlugin import PngInfo

from mammoganesis.editing import latents
from mammoganesis.pictures.pixels import pixels_sha256
from mammoganesis.pictures.png import MAX_PNG_SIDE, marked_png, plain_png
from services.rendering import codes
from tests.support.commands import LOCAL, Run
from tests.support.redis_server import RedisServer
from tests.support.served import served_edge
from tests.support.serving import TINY, Copy, serving


def rewritten(source: Path, path: Path, pixels: np.ndarray | None = None, **texts: Any) -> Path:
    """A copy with other pixels, or with single texts (their keys without the prefix) changed or, as None, left out."""
    with Pil.open(source) as picture:
        held = dict(picture.text)  # type: ignore[attr-defined]
        kept = np.array(picture)
    info = PngInfo()
    for key, value in held.items():
        value = texts.get(key.removeprefix("mammoganesis:"), value)
        if value is not None:
            info.add_itxt(key, value)
    Pil.fromarray(kept if pixels is None else pixels).save(path, pnginfo=info)
    return path


def test_reproduce_gives_the_same_file(run: Run, edited: Path, tmp_path: Path) -> None:
    assert run("reproduce", edited, *LOCAL, "--out", tmp_path / "again.png").code == 0
    np.testing.assert_array_equal(np.asarray(Pil.open(tmp_path / "again.png")), np.asarray(Pil.open(edited)))


def test_reproduce_tells_pixels_within_and_beyond_the_bundles_tolerance(run: Run, edge: str, tmp_path: Path) -> None:
    assert run("sample", "--address", edge, "--seeds", 5, "--out", tmp_path).code == 0
    source, other, again = (tmp_path / name for name in ("seed00000005.png", "other.png", "again.png"))
    levels = math.ceil(127.5 * json.loads((TINY / "manifest.json").read_text())["golden_tolerance"]["image_float16"])
    made = "CUDAExecutionProvider float16"
    why = f"tolerance {levels}: made by {made}, compared with CPUExecutionProvider float32"
    changed = "the pixels of the file are not what its recipe makes"
    for by, synthesis, said in (
        (0, made, ""),
        (levels, made, f"within the tolerance, not the same (largest difference: {levels} grey levels; {why})"),
        (levels + 1, made, f"{changed} (largest difference: {levels + 1} grey levels; {why})"),
        (1, "CPUExecutionProvider float32", f"{changed} (largest difference: 1 grey level)"),
    ):
        pixels = grey(source)
        pixels[pixels <= 100] += np.uint8(by)
        rewritten(source, other, pixels, synthesis=synthesis, pixels_sha256=pixels_sha256(pixels))
        result = run("reproduce", other, "--address", edge, "--out", again)
        assert (result.code, result.err) == (0, f"{other}: {said}\n" if said else "")
        np.testing.assert_array_equal(grey(again), grey(source))
    rewritten(source, other, grey(source)[::2, ::2])
    result = run("reproduce", other, "--address", edge, "--out", again)
    assert (result.code, result.err) == (0, f"{other}: {changed} (16 x 16 instead of 32 x 32 pixels)\n")


def test_a_cache_that_lies_vouches_for_no_picture(
    run: Run, redis_server: RedisServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another seed's w under this seed's key, sealed with the system's own secret, the worst that there is."""
    monkeypatch.setattr(codes, "QUICK_W_DIM", 0)  # as of a bundle whose mapping takes longer than Redis
    settings: dict[str, Any] = {"redis_url": redis_server.url, "edge_secret": "a-secret-of-the-tests-0123456789"}

    async def poison() -> None:
        async with serving(**settings) as servicers:
            bundle, dims = servicers.renderer.bundle, servicers.renderer.limits
            for key, seed in (("seed:5", 6), ("seed:6", 5)):
                w = bundle.w_from_z(latents.z_from_seed(seed, dims.z_dim), {})
                assert await servicers.cache.put_w(bundle.digest, key, w)

    asyncio.run(poison())
    with served_edge(**settings) as address:
        assert run("sample", "--address", address, "--seeds", "5", "--out", tmp_path / "poisoned").code == 0
        assert run("sample", *LOCAL, "--seeds", "5", "--out", tmp_path / "true").code == 0
        poisoned, true = (tmp_path / name / "seed00000005.png" for name in ("poisoned", "true"))
        assert (grey(poisoned) != grey(true)).any()
        assert run("verify", true, "--address", address).code == 0
        assert run("verify", poisoned, "--address", address).code == 3
        assert run("reproduce", poisoned, "--address", address, "--out", tmp_path / "again.png").code == 0
        np.testing.assert_array_equal(grey(tmp_path / "again.png"), grey(true))


def test_reproduce_refuses_another_bundle(run: Run, edited: Path, tmp_path: Path) -> None:
    other = Copy(tmp_path / "bundle")
    other.change_manifest(lambda manifest: manifest.update(version="9.9.9"))
    result = run("reproduce", edited, "--local", "--bundle", other.folder, "--out", tmp_path / "again.png")
    assert result.code == 1
    assert "only the same bundle gives the same pixels" in result.err
    assert not (tmp_path / "again.png").exists()
    assert run("verify", edited, "--local", "--bundle", other.folder).code == 5


def test_verify_tells_the_states_apart(run: Run, edited: Path, edge: str, tmp_path: Path) -> None:
    at = ["--address", edge]
    unchanged = run("verify", edited, *at)
    assert (unchanged.code, "ours, unchanged" in unchanged.out) == (0, True)

    with Pil.open(edited) as picture:
        pixels = np.array(picture)
    pixels[3, 4] ^= 8
    data = edited.read_bytes()
    changed = run("verify", rewritten(edited, tmp_path / "changed.png", pixels), *at)
    assert (changed.code, "largest difference: 8 grey levels" in changed.out) == (3, True)
    rounded = rewritten(edited, tmp_path / "rounded.png", pixels, pixels_sha256=pixels_sha256(pixels))
    assert run("verify", rounded, "--tolerance", 7, *at).code == 3
    assert run("verify", rounded, "--tolerance", 8, *at).code == 0
    stale = run("verify", tmp_path / "changed.png", "--tolerance", 8, *at)
    assert (stale.code, "pixels_sha256" in stale.out) == (6, True)

    Pil.fromarray(pixels).save(tmp_path / "stripped.png")
    assert run("verify", tmp_path / "stripped.png", *at).code == 4
    (tmp_path / "cut.png").write_bytes(data[: len(data) // 2])
    cut = run("verify", tmp_path / "cut.png", *at)
    assert (cut.code, "damaged" in cut.out, "Error" in cut.out, "not ours" in cut.out) == (7, True, False, False)
    cut = run("reproduce", tmp_path / "cut.png", *at, "--out", tmp_path / "again.png")
    assert (cut.code, "the file is damaged or cut off" in cut.err) == (1, True)
    (tmp_path / "text.png").write_text("no picture")
    assert run("verify", tmp_path / "text.png", *at).code == 4

    assert run("sample", *at, "--seeds", 3, "--burn-in-mark", "--format", "png16", "--out", tmp_path).code == 0
    assert run("verify", tmp_path / "seed00000003.png", *at).code == 0


@pytest.mark.parametrize(
    ("key", "text"),
    [
        ("Synthetic", None),
        ("Synthetic", "no"),
        ("XML:com.adobe.xmp", None),
        ("latent_id", None),
        ("latent_id", "lat_" + "0" * 32),
        ("pixels_sha256", None),
        ("pixels_sha256", "0" * 64),
        ("recipe", '{"seed":5}'),
    ],
)
def test_verify_names_the_text_that_was_changed(
    run: Run, edge: str, tmp_path: Path, key: str, text: str | None
) -> None:
    assert run("sample", "--address", edge, "--seeds", 5, "--out", tmp_path).code == 0
    source = tmp_path / "seed00000005.png"
    assert run("verify", rewritten(source, tmp_path / "same.png"), "--address", edge).code == 0
    result = run("verify", rewritten(source, tmp_path / "forged.png", None, **{key: text}), "--address", edge)
    assert (result.code, "ours, unchanged" in result.out) == (6, False)
    assert f"not as written: {key}" in result.out


def test_verify_explains_its_exit_codes(run: Run) -> None:
    shown = run("verify", "--help").out
    codes = [line.split()[0] for line in shown.partition("Exit codes:")[2].splitlines() if line[:5].strip().isdigit()]
    assert codes == ["0", "3", "4", "5", "6", "7", "8", "9", "10", "11", "12", "1"]


def test_a_bad_recipe_inside_a_file_is_named_as_the_files(run: Run, edge: str, tmp_path: Path) -> None:
    assert run("sample", "--address", edge, "--seeds", 5, "--out", tmp_path).code == 0
    forged = rewritten(tmp_path / "seed00000005.png", tmp_path / "forged.png", recipe='{"seed":99999999999}')
    verified = run("verify", forged, "--address", edge)
    assert (verified.code, "not ours" in verified.out) == (4, True)
    reproduced = run("reproduce", forged, "--address", edge, "--out", tmp_path / "again.png")
    assert reproduced.code == 1
    for said in (verified.out, reproduced.err):
        assert "image.recipe.seed: 99999999999 is not allowed; allowed: 0 to 4294967295" in said
        assert "latents[0]" not in said


def grey(path: Path) -> np.ndarray:
    with Pil.open(path) as picture:
        return np.array(picture)


def with_alpha(pixels: np.ndarray) -> np.ndarray:
    return np.dstack([pixels, pixels, pixels, np.full_like(pixels, 255)])


# What other programs make of a picture of 8 bits.
FORMS = {
    "8 bits RGB": lambda pixels: Pil.fromarray(np.dstack([pixels] * 3)),
    "8 bits RGB with alpha": lambda pixels: Pil.fromarray(with_alpha(pixels)),
    "8 bits greyscale with alpha": lambda pixels: Pil.fromarray(with_alpha(pixels)).convert("LA"),
    "8 bits palette": lambda pixels: Pil.fromarray(pixels).convert("P"),
    "16 bits greyscale": lambda pixels: Pil.fromarray(pixels.astype(np.uint16) * 257),
}


def saved_again(source: Path, path: Path, picture: Pil.Image) -> Path:
    """Another picture with the texts of the source."""
    info = PngInfo()
    with Pil.open(source) as opened:
        for key, value in opened.text.items():  # type: ignore[attr-defined]
            info.add_itxt(key, value)
    picture.save(path, pnginfo=info)
    return path


@pytest.mark.parametrize("form", FORMS)
def test_a_file_saved_in_another_form_is_ours(run: Run, edge: str, edited: Path, tmp_path: Path, form: str) -> None:
    path = saved_again(edited, tmp_path / "again.png", FORMS[form](grey(edited)))
    result = run("verify", path, "--address", edge)
    assert (result.code, result.out) == (8, f"{path}: ours, saved in another form ({form})\n")
    pixels = grey(edited)
    pixels[3, 4] ^= 8
    changed = run("verify", saved_again(edited, path, FORMS[form](pixels)), "--address", edge)
    assert (changed.code, f"({form}; largest difference: 8 grey levels)" in changed.out) == (3, True), changed.out
    again = tmp_path / "reproduced.png"
    saved_again(edited, path, FORMS[form](grey(edited)))
    result = run("reproduce", path, "--address", edge, "--out", again)
    assert (result.code, result.err) == (0, "")
    assert run("verify", again, "--address", edge).code == 0


def test_a_file_of_16_bits_saved_in_8_is_ours(run: Run, edge: str, tmp_path: Path) -> None:
    assert run("sample", "--address", edge, "--seeds", 5, "--format", "png16", "--out", tmp_path).code == 0
    source = tmp_path / "seed00000005.png"
    deep = grey(source)
    for pixels in (deep >> 8, np.rint(deep / 257)):
        path = saved_again(source, tmp_path / "again.png", Pil.fromarray(pixels.astype(np.uint8)))
        result = run("verify", path, "--address", edge)
        assert (result.code, result.out) == (8, f"{path}: ours, saved in another form (8 bits greyscale)\n")
        assert run("reproduce", path, "--address", edge, "--out", tmp_path / "reproduced.png").err == ""


def test_other_texts_in_another_form_and_another_size_are_told(
    run: Run, edge: str, edited: Path, tmp_path: Path
) -> None:
    colour = np.dstack([grey(edited)] * 3)
    changed = rewritten(edited, tmp_path / "changed.png", colour, Synthetic=None)
    result = run("verify", changed, "--address", edge)
    assert (result.code, "(8 bits RGB; not as written: Synthetic)" in result.out) == (6, True), result.out
    smaller = rewritten(edited, tmp_path / "smaller.png", grey(edited)[::2, ::2])
    result = run("verify", smaller, "--address", edge)
    assert (result.code, "(16 x 16 instead of 32 x 32 pixels)" in result.out, "inf" in result.out) == (3, True, False)


def test_a_lost_recipe_is_said(run: Run, edge: str, edited: Path, tmp_path: Path) -> None:
    lost = rewritten(edited, tmp_path / "lost.png", recipe=None)
    result = run("verify", lost, "--address", edge)
    assert (result.code, "the recipe is lost (marked as synthetic" in result.out) == (9, True)
    bare = rewritten(lost, tmp_path / "bare.png", **{"Synthetic": None, "XML:com.adobe.xmp": None})
    assert run("verify", bare, "--address", edge).code == 4


def test_a_page_too_large_to_decode_is_told_by_its_texts(run: Run, edge: str, edited: Path, tmp_path: Path) -> None:
    path = tmp_path / "page.png"
    wide = np.zeros((2, MAX_PNG_SIDE + 1), np.uint8)
    path.write_bytes(marked_png(wide, burned_in=True))
    result = run("verify", path, "--address", edge)
    assert (result.code, "the recipe is lost (marked as synthetic, without a recipe" in result.out) == (9, True)
    path.write_bytes(plain_png(wide, "of another program"))
    result = run("verify", path, "--address", edge)
    assert (result.code, "not ours (image: '4097 x 2 pixels' is not allowed" in result.out) == (4, True), result.out
    result = run("verify", rewritten(edited, path, wide), "--address", edge)
    assert (result.code, "(4097 x 2 pixels, more than any image of ours has)" in result.out) == (3, True), result.out
    path.write_bytes(path.read_bytes()[:60])
    assert run("verify", path, "--address", edge).code == 7


@pytest.mark.parametrize("name", ["a JPEG", "a WebP", "a TIFF", "a GIF"])
def test_other_kinds_of_files_are_one_readable_line(run: Run, edited: Path, tmp_path: Path, name: str) -> None:
    kind = name[2:].upper()
    path = tmp_path / "picture"
    Pil.open(edited).save(path, kind)
    said = f"cannot be told ({name} file of {path.stat().st_size} bytes; a recipe travels in PNG and DICOM files only)"
    result = run("verify", path)
    assert (result.code, result.out) == (4, f"{path}: {said}\n")


def test_a_dicom_file_is_named(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "picture.dcm"
    path.write_bytes(bytes(128) + b"DICM" + bytes(100))
    assert "damaged, cannot be read (a DICOM file of 232 bytes" in run("verify", path).out


def test_a_file_is_drawn_again_by_what_drew_it(
    run: Run, edited: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is in bfloat16 comes from a server or many images: `auto` chooses as they do, and else as for one image."""
    monkeypatch.setenv("MAMMOGANESIS_SYNTHESIS_PRECISION", "auto")
    other = rewritten(edited, tmp_path / "other.png", synthesis="OpenVINO bfloat16")
    for file, as_for_one in ((edited, True), (other, False)):
        for command in (["verify", file], ["reproduce", file, "--out", tmp_path / "again.png"]):
            told = run(*command, *LOCAL, "--provider", "auto").err
            assert ("in float32 (for fewer than 8192 images nothing faster" in told) == as_for_one, told
            assert told.startswith("synthesis: ")
    # What cannot be read, or is another's, is told by the command.
    strange = tmp_path / "strange.png"
    strange.write_bytes(edited.read_bytes()[:100])
    assert run("verify", strange, *LOCAL).code == 7


def test_the_tolerance_is_the_bundles_between_two_kinds_of_machines(run: Run, edge: str, tmp_path: Path) -> None:
    """In image values, of which one grey level of 8 bits is 1 / 127.5."""
    assert run("sample", "--address", edge, "--seeds", 5, "--out", tmp_path).code == 0
    source = tmp_path / "seed00000005.png"
    stated = json.loads((TINY / "manifest.json").read_text())["golden_tolerance"]
    for synthesis, tolerance in (
        ("CUDAExecutionProvider float32", stated["image"]),
        ("CUDAExecutionProvider float16", stated["image_float16"]),
    ):
        levels = math.ceil(127.5 * tolerance)
        for by, code in ((levels, 0), (levels + 1, 3)):
            pixels = grey(source)
            pixels[pixels <= 100] += np.uint8(by)
            texts = {"synthesis": synthesis, "pixels_sha256": pixels_sha256(pixels)}
            result = run("verify", rewritten(source, tmp_path / "other.png", pixels, **texts), "--address", edge)
            assert result.code == code, result.out
            why = f"tolerance {levels}: made by {synthesis}, compared with CPUExecutionProvider float32"
            assert why in result.out
    # In bfloat16 a few pixels may be far off, the picture as a whole may not: 2 * 10^(-45/20) is 1.4 levels.
    for count, by, code in ((4, 22, 0), (4, 24, 3), (600, 3, 3)):  # of 1024
        pixels = grey(source)
        some = pixels.reshape(-1)[:count]
        some[:] = np.where(some < 128, some + np.uint8(by), some - np.uint8(by))
        texts = {"synthesis": "OpenVINO bfloat16", "pixels_sha256": pixels_sha256(pixels)}
        result = run("verify", rewritten(source, tmp_path / "other.png", pixels, **texts), "--address", edge)
        assert result.code == code, result.out
        assert "tolerance 23: made by OpenVINO bfloat16" in result.out
        assert ("on the whole, allowed: 1.9" in result.out) == (count == 600)
    pixels = grey(source)
    pixels[pixels <= 100] += np.uint8(1)
    same = rewritten(source, tmp_path / "same.png", pixels, pixels_sha256=pixels_sha256(pixels))
    result = run("verify", same, "--address", edge)
    assert (result.code, "; tolerance" in result.out) == (3, False)
