"""The figures: which pixels stand where, found by their own values and not by the layout that drew them."""

from __future__ import annotations

import socket
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import numpy as np
import pytest

from mammoganesis.errors import InvalidArgument
from mammoganesis.pictures import page
from mammoganesis.pictures.png import changed_texts, read_png
from services.cli import main
from services.client import Budget, Client, Sampling, messages
from services.figures import captions, directions, transfers
from services.figures.captions import Look
from tests.support.served import served_edge
from tests.support.serving import TINY, Copy

CATALOGUES = ("regions", "named_components", "rejected_components")
LOCAL = ["--local", "--bundle", str(TINY)]


@pytest.fixture(scope="module")
def client() -> Iterator[Client]:
    with Client.local(TINY) as client:
        yield client


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Callable[..., tuple[int, str]]:
    """Exit code and stderr of `mammoganesis figure ...`."""
    monkeypatch.delenv("MAMMOGANESIS_BUNDLE", raising=False)

    def run(*arguments: object) -> tuple[int, str]:
        with pytest.raises(SystemExit) as caught:
            main(["figure", *map(str, arguments)])
        error = capsys.readouterr().err
        assert "Traceback" not in error
        assert isinstance(caught.value.code, int)
        return caught.value.code, error

    return run


def pixels(path: Path) -> np.ndarray:
    """[H, W] or [H, W, 3] of a figure that is marked as synthetic."""
    content = read_png(path.read_bytes())
    assert not set(changed_texts(content)) - {"pixels_sha256"}
    assert content.recipe is None
    return content.pixels


def places(sheet: np.ndarray, picture: np.ndarray) -> list[tuple[int, int]]:
    """(top, left) of every place where `picture` [n, n] stands pixel by pixel, in reading order."""
    size = len(picture)
    if sheet.ndim == 3:
        grey = (sheet == sheet[..., :1]).all(axis=2)
        sheet = np.where(grey, sheet[..., 0].astype(int), -1)
    windows = np.lib.stride_tricks.sliding_window_view(sheet, size, axis=1)
    starts = np.argwhere((windows == picture[0]).all(axis=-1))
    return [(top, left) for top, left in starts if np.array_equal(sheet[top : top + size, left : left + size], picture)]


def enlarged(picture: np.ndarray) -> np.ndarray:
    """As a 32 pixel model stands on a page with the default size of 96."""
    return np.kron(picture, np.ones((3, 3), np.uint8))


def test_samples_stand_in_the_order_of_their_seeds(
    run: Callable[..., tuple[int, str]], client: Client, tmp_path: Path
) -> None:
    out = tmp_path / "new" / "figure.png"
    options = ("--first-seed", 5, "--images", 7, "--columns", 3, "--truncation-psi", 0.8)
    assert run("samples", *LOCAL, *options, "--out", out)[0] == 0
    sampled = client.sample(range(5, 12), sampling=Sampling(psi=0.8))
    found = [places(pixels(out), enlarged(image.pixels())) for image in sampled]
    assert [len(one) for one in found] == [1] * 7
    (tops, lefts) = np.array([one[0] for one in found]).T
    assert len(set(tops)) == 3
    assert len(set(lefts)) == 3
    assert sorted(zip(tops, lefts, strict=True)) == list(zip(tops, lefts, strict=True))


def test_components_go_from_minus_to_plus_through_the_unedited_image(
    run: Callable[..., tuple[int, str]], client: Client, tmp_path: Path
) -> None:
    out = tmp_path / "figure.png"
    options = ("--seeds", 7, "--components", 4, "--steps", 5, "--sigmas", 2.5, "--layers", "2:7")
    assert run("components", *LOCAL, *options, "--out", out)[0] == 0
    sheet = pixels(out)
    middle = places(sheet, enlarged(client.sample([7])[0].pixels()))
    assert len(middle) == 4, "one a row"
    assert len({left for _, left in middle}) == 1
    for component, (top, left) in enumerate(middle):
        columns = []
        for sigmas in (-2.5, -1.25, 1.25, 2.5):
            edited = client.edit(7, [(component, sigmas, 2, 7)]).pixels()
            ((found_top, found_left),) = places(sheet, enlarged(edited))
            assert found_top == top
            columns.append(found_left)
        assert columns == sorted(columns)
        assert columns[1] < left < columns[2]


def test_a_direction_goes_over_its_own_range(
    run: Callable[..., tuple[int, str]], client: Client, tmp_path: Path
) -> None:
    """ "coarseness" is useful from -2 to 3.5."""
    out = tmp_path / "figure.png"
    assert run("direction", "Coarseness", *LOCAL, "--seeds", "7,3", "--steps", 6, "--out", out)[0] == 0
    sheet = pixels(out)
    rows = []
    for seed in (7, 3):
        frames = list(client.sweep(seed, "coarseness", sigmas=(-2, 0), steps=3))
        frames += list(client.sweep(seed, "coarseness", sigmas=(0, 3.5), steps=4))[1:]
        assert (frames[2].image.pixels() == client.sample([seed])[0].pixels()).all()
        found = [places(sheet, enlarged(frame.image.pixels())) for frame in frames]
        assert [len(one) for one in found] == [1] * 6
        rows.append([one[0] for one in found])
    for row in rows:
        assert len({top for top, _ in row}) == 1
    assert rows[0][0][0] < rows[1][0][0]
    lefts = [[left for _, left in row] for row in rows]
    assert lefts[0] == lefts[1] == sorted(lefts[0])


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        (-3, 3, [-3, -2, -1, 0, 1, 2, 3]),
        (-3, 2, [-3, -2.25, -1.5, -0.75, 0, 1, 2]),
        (-0.1, 5, [-0.1, 0, 1, 2, 3, 4, 5]),
        (0, 3, [0, 0.5, 1, 1.5, 2, 2.5, 3]),
        (-3, 0, [-3, -2.5, -2, -1.5, -1, -0.5, 0]),
        (1, 3.5, [0, 1, 1.5, 2, 2.5, 3, 3.5]),
        (-3.5, -1, [-3.5, -3, -2.5, -2, -1.5, -1, 0]),
        (0, 0, [0]),
    ],
)
def test_columns_of_a_direction(start: float, end: float, expected: list[float]) -> None:
    np.testing.assert_allclose(directions.displacements(start, end, 7), expected, atol=1e-12)


def test_a_block_for_every_seed_and_all_layers_from_a_server(
    run: Callable[..., tuple[int, str]], client: Client, tmp_path: Path
) -> None:
    out = tmp_path / "figure.png"
    options = ("--seeds", "3,8", "--components", 2, "--steps", 3, "--sigmas", 20, "--cell", 32)
    with served_edge() as edge:
        assert run("components", "--address", edge, *options, "--out", out)[0] == 0
    sheet = pixels(out)
    for seed in (3, 8):
        assert len(places(sheet, client.sample([seed])[0].pixels())) == 2
        assert len(places(sheet, client.edit(seed, [(1, 20.0)]).pixels())) == 1


def test_a_transfer_shows_target_reference_and_result(
    run: Callable[..., tuple[int, str]], client: Client, tmp_path: Path
) -> None:
    out = tmp_path / "figure.png"
    options = ("--targets", "1", "--references", "2", "--region", "0+3", "--epsilon", 60, "--rho", 0.2)
    assert run("transfers", *LOCAL, *options, "--out", out)[0] == 0
    sheet = pixels(out)
    result = client.transfer(1, 2, [0, 3], budget=Budget(epsilon=60, rho=0.2)).image.pixels()
    lefts = []
    for picture in (client.sample([1])[0].pixels(), client.sample([2])[0].pixels(), result):
        ((_, left),) = places(sheet, enlarged(picture))
        lefts.append(left)
    assert lefts == sorted(lefts)


def test_nothing_changes_at_epsilon_0(run: Callable[..., tuple[int, str]], client: Client, tmp_path: Path) -> None:
    out = tmp_path / "figure.png"
    assert run("transfers", *LOCAL, "--targets", 1, "--references", 2, "--epsilon", 0, "--out", out)[0] == 0
    sheet = pixels(out)
    target, result = places(sheet, enlarged(client.sample([1])[0].pixels()))
    assert target[0] == result[0]
    map_ = sheet[result[0] : result[0] + 96, result[1] + 100 : result[1] + 196][1:-1, 1:-1].reshape(-1, 3)
    assert {tuple(colour) for colour in np.unique(map_, axis=0).tolist()} <= {(255, 255, 255), (130, 130, 130)}


def one(client: Client, seed: int, labels: Mapping[str, str]) -> np.ndarray:
    """The image as a figure has it."""
    return enlarged(client.sample([seed], sampling=Sampling(labels=labels))[0].pixels())


def test_labels_reach_the_images_of_every_figure(run: Callable[..., tuple[int, str]], tmp_path: Path) -> None:
    bundle = TINY.with_name("tiny_conditional_bundle")
    source = ("--local", "--bundle", bundle, "--labels", "view=MLO,density=B")
    labels = {"view": "MLO", "density": "B"}
    with Client.local(bundle) as client:
        images = [enlarged(image.pixels()) for image in client.sample([1, 2], sampling=Sampling(labels=labels))]
        assert (images[0] != enlarged(client.sample([1])[0].pixels())).any()
    for figure, options, shown in (
        ("samples", ("--first-seed", 1, "--images", 2), images),
        ("components", ("--seeds", "1,2", "--components", 1, "--steps", 3), images),
        ("transfers", ("--targets", 1, "--references", 2), images),
    ):
        out = tmp_path / f"{figure}.png"
        assert run(figure, *source, *options, "--out", out)[0] == 0
        assert all(places(pixels(out), image) for image in shown), figure
    code, error = run("samples", "--local", "--bundle", bundle, "--labels", "view=XX", "--out", tmp_path / "no.png")
    assert (code, "labels.view: 'XX'" in error) == (1, True)


def test_labels_of_a_direction_are_given_or_drawn_for_each_seed(
    run: Callable[..., tuple[int, str]], tmp_path: Path
) -> None:
    copy = Copy(tmp_path / "bundle", TINY.with_name("tiny_conditional_bundle"))
    thickness = {"name": "thickness", "index": 1, "layer_end": 8}
    copy.change_manifest(lambda manifest: manifest.update(named_components=[thickness]))
    given, drawn, source = tmp_path / "given.png", tmp_path / "drawn.png", ("--local", "--bundle", copy.folder)
    options = ("direction", "thickness", *source, "--seeds", "1,2", "--steps", 3)
    assert run(*options, "--labels", "view=MLO,density=B", "--out", given)[0] == 0
    assert run(*options, "--out", drawn)[0] == 0
    with Client.local(copy.folder) as client:
        mixture = messages.label_mixture(client.model())
        assert mixture is not None
        for seed in (1, 2):
            assert places(pixels(given), one(client, seed, {"view": "MLO", "density": "B"}))
            assert places(pixels(drawn), one(client, seed, mixture.labels_of_seed(seed)))
    assert Look(0.65, mixture=mixture).drawn_labels(1)[0] == f"view {mixture.labels_of_seed(1)['view']}"
    assert Look(0.65, {"view": "MLO"}, mixture).drawn_labels(1) == [], "the caption says it"


def test_without_labels_a_figure_shows_them_as_often_as_the_training_images(
    run: Callable[..., tuple[int, str]], tmp_path: Path
) -> None:
    """10 seeds stand for the 40 images that the bundle was made of: 28 CC, 12 MLO."""
    bundle, out = TINY.with_name("tiny_conditional_bundle"), tmp_path / "figure.png"
    assert run("samples", "--local", "--bundle", bundle, "--images", 10, "--out", out)[0] == 0
    sheet, views = pixels(out), Counter[str]()
    with Client.local(bundle) as client:
        combinations = [dict(entry.labels) for entry in client.model().label_mixture]
        assert len(combinations) == 7
        for seed in range(10):
            (labels,) = [labels for labels in combinations if places(sheet, one(client, seed, labels))]
            views[labels["view"]] += 1
        look = Look(0.65, mixture=messages.label_mixture(client.model()))
    assert views["MLO"] in (2, 3, 4)
    assert "labels as often as in training (view: CC 70%, MLO 30%" in look.labels_text


def test_a_difference_is_signed_and_zero_is_white() -> None:
    target = np.array([[10, 200], [90, 0]], np.uint8)
    result = np.array([[10, 100], [190, 255]], np.uint8)
    values = transfers.difference(target, result)
    np.testing.assert_array_equal(values, [[0, -100], [100, 255]])
    signed = transfers.coloured(values, 100, "signed").astype(int)
    assert signed[0, 0].tolist() == [255, 255, 255]
    assert signed[0, 1, 2] > signed[0, 1, 0], "darker is blue"
    assert signed[1, 0, 0] > signed[1, 0, 2], "brighter is red"
    np.testing.assert_array_equal(signed[1, 0], signed[1, 1], "beyond the scale")
    absolute = transfers.coloured(values, 200, "absolute")
    np.testing.assert_array_equal(absolute[0, 1], absolute[1, 0])
    colour = np.stack([target] * 3, axis=2)
    np.testing.assert_array_equal(transfers.difference(colour, colour // 2), target // 2 - target.astype(float))


def test_an_outline_lies_inside_its_region_and_nowhere_else() -> None:
    generator = np.random.default_rng(0)
    region = generator.random((8, 8)) < 0.5
    picture = generator.integers(0, 200, (32, 32), np.uint8)
    drawn = transfers.outlined(picture, region, 64, thickness=2)

    def inside(row: int, column: int) -> bool:
        return 0 <= row < 64 and 0 <= column < 64 and bool(region[row // 8, column // 8])

    arms = [(step, 0) for step in (-2, -1, 1, 2)] + [(0, step) for step in (-2, -1, 1, 2)]
    for row, column in np.ndindex(64, 64):
        border = inside(row, column) and not all(inside(row + y, column + x) for y, x in arms)
        expected = [255, 176, 32] if border else [picture[row // 2, column // 2]] * 3
        assert drawn[row, column].tolist() == expected, (row, column)


def test_rows_take_the_brightest_regions_first() -> None:
    labels = np.array([[0, 0], [1, 2]], np.uint8)
    picture = np.zeros((4, 4), np.uint8)
    picture[2:, :2], picture[2:, 2:] = 100, 200
    assert transfers.brightest_regions([picture] * 4, [labels] * 4) == [2, 1, 0, 2]
    assert transfers.brightest_regions([np.stack([picture] * 3, axis=2)], [labels]) == [2]


def test_sizes_are_exact_where_they_can_be() -> None:
    picture = np.arange(64, dtype=np.uint8).reshape(8, 8)
    np.testing.assert_array_equal(page.scaled(picture, 8)[..., 1], picture)
    np.testing.assert_array_equal(page.scaled(picture, 32)[..., 0], np.kron(picture, np.ones((4, 4), np.uint8)))
    np.testing.assert_array_equal(page.scaled(np.kron(picture, np.ones((4, 4), np.uint8)), 8)[..., 2], picture)
    assert [page.default_cell(side) for side in (32, 128, 512)] == [96, 128, 192]


def test_a_caption_is_broken_to_the_width_of_the_page() -> None:
    picture = np.zeros((32, 32), np.uint8)
    short, long = (page.draw([page.Block([page.Row([picture])])], ["word " * n], 32) for n in (5, 200))
    assert short.shape[1] == long.shape[1]
    assert long.shape[0] > short.shape[0]
    assert (long[:, -page.MARGIN :] == 255).all(), "ink in the margin"
    assert long.ndim == 2, "a grey page is saved as one"


def test_captions_name_bundle_and_seeds(client: Client) -> None:
    text = captions.sources(client.model())
    assert text.startswith(f"Bundle tiny 0.1.0, SHA-256 {client.model().bundle_digest[:12]}.")
    assert "not for diagnosis" in text
    texts = [captions.seeds_text(seeds) for seeds in ([7], range(40), [3, 9, 4])]
    assert texts == ["seed 7", "seeds 0 to 39", "seeds 3, 9, 4"]


@pytest.mark.parametrize(
    ("arguments", "code", "text"),
    [
        (("components", "--steps", 4), 2, "--steps: 4 is not allowed; allowed: odd numbers"),
        (("components", "--components", 99), 1, "components: 99 is not allowed; allowed: 1 to 8"),
        (("components", "--sigmas", 21), 2, "21"),
        (("components", "--sigmas", 0), 2, "0"),
        (("components", "--layers", "3:99"), 1, "layer_end"),
        (("components", "--truncation-psi", 5), 1, "psi"),
        (("components", "--seeds", "7,7"), 2, "seed 7 is there twice"),
        (("samples", "--cell", 5), 2, "32<=x<=1024"),
        (("samples", "--images", 0), 2, "1<=x<=400"),
        (("samples", "--first-seed", 2**32 - 39), 2, f"allowed: 0 to {2**32 - 40}"),
        (("samples", "--images", 400, "--columns", 40, "--cell", 1024), 1, "at most 20000 on a side"),
        (("direction", "coarsness"), 1, "NAME: 'coarsness' is not allowed; allowed: coarseness, contrast"),
        (("direction", "0"), 1, "allowed: coarseness, contrast"),
        (("direction", "contrast", "--steps", 2), 2, "3<=x<=63"),
        (("direction", "contrast", "--seeds", "7,7"), 2, "seed 7 is there twice"),
        (("transfers", "--targets", "1,2", "--references", "3"), 2, "--references: 1 seeds; allowed: 2"),
        (("transfers", "--region", 0, "--region", 1), 2, "--region: given 2 times; allowed: once, or 4 times"),
        (("transfers", "--region", 99), 1, "regions[0]"),
        (("transfers", "--region", "nowhere"), 1, "nowhere"),
        (("transfers", "--epsilon", 513), 1, "epsilon: 513"),
        (("transfers", "--rho", 2), 1, "rho: 2"),
    ],
)
def test_bad_input_is_named(
    run: Callable[..., tuple[int, str]], tmp_path: Path, arguments: tuple[object, ...], code: int, text: str
) -> None:
    out = tmp_path / "figure.png"
    found, error = run(*arguments, *LOCAL, "--out", out)
    assert (found, out.exists()) == (code, False)
    assert text in " ".join(error.split())


def test_the_functions_name_bad_input_too(client: Client) -> None:
    with pytest.raises(InvalidArgument, match="references"):
        transfers.make(client, [1, 2], [3], Look(0.65), transfers.Moves())
    with pytest.raises(InvalidArgument, match="regions"):
        transfers.make(client, [1, 2, 3], [3, 4, 5], Look(0.65), transfers.Moves([[0], [1]]))
    with pytest.raises(InvalidArgument, match="cell"):
        page.draw([page.Block([page.Row([np.zeros((8, 8), np.uint8)])])], [], 8)


def test_a_bundle_without_catalogues_and_a_server_that_is_not_there(
    run: Callable[..., tuple[int, str]], tmp_path: Path
) -> None:
    copy = Copy(tmp_path / "bundle")
    for name in ("components.npz", "regions.npz"):
        copy.remove(name)
    copy.change_manifest(lambda manifest: [manifest.pop(key, None) for key in CATALOGUES])
    for figure, what in (("components", "components"), ("transfers", "regions")):
        code, error = run(figure, "--local", "--bundle", copy.folder, "--out", tmp_path / "figure.png")
        assert (code, f"has no {what}" in error) == (1, True)
    for bundle, what in ((copy.folder, "no components"), (TINY.with_name("tiny_conditional_bundle"), "no curated")):
        code, error = run("direction", "contrast", "--local", "--bundle", bundle, "--out", tmp_path / "figure.png")
        assert (code, error.count("\n"), what in error) == (1, 1, True)
    assert "has no curated directions" in error
    assert "`mammoganesis-training curate --help`" in error
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{free.getsockname()[1]}"
    code, error = run("samples", "--address", address, "--deadline", 0.5, "--out", tmp_path / "figure.png")
    assert (code, error.count("\n")) == (1, 1)
    code, error = run("samples", *LOCAL, "--out", tmp_path / "figure.jpg")
    assert (code, "'.png'" in error) == (2, True)
