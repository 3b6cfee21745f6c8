"""The command line: forms that others script against, exit codes, one line for every failure."""

from __future__ import annotations

import socket
import subprocess
import sys
from pathlib import Path

import numpy as np
import onnxruntime
import pytest
from PIL import Image as Pil

from mammoganesis.pictures.png import read_png
from mammoganesis.recipe.canonical import to_json
from services.cli import COMMANDS
from services.process.config import Config
from tests.support.commands import LOCAL, Run
from tests.support.serving import TINY, Copy

TRANSFER = ["transfer", "--seed", "1", "--reference-seed", "2", "--region", "0"]
COMMAND = Path(sys.executable).with_name("mammoganesis")


def test_sample_raw_is_what_the_bundle_makes(run: Run, tmp_path: Path) -> None:
    arguments = ["--seeds", "0-3,7", "--truncation-psi", "1", "--noise-mode", "none", "--format", "raw"]
    assert run("sample", *LOCAL, *arguments, "--out", tmp_path).code == 0
    names = sorted(path.name for path in tmp_path.iterdir())
    assert names == ["contact_sheet.png", *(f"seed{seed:08d}.npy" for seed in (0, 1, 2, 3, 7))]

    def step(name: str, **inputs: np.ndarray) -> np.ndarray:
        return np.asarray(onnxruntime.InferenceSession(TINY / f"{name}.onnx").run(None, inputs)[0])

    noise = np.zeros_like(np.load(TINY / "noise_const.npz")["noise"])[None]
    for seed in (0, 7):
        found = np.load(tmp_path / f"seed{seed:08d}.npy")
        assert (found.dtype, found.shape) == (np.float32, (1, 32, 32))
        w = step("mapping", z=np.random.RandomState(seed).randn(1, 96).astype(np.float32))
        styles = step("affine", ws=np.repeat(w[:, None], 8, axis=1))
        np.testing.assert_allclose(found, step("synthesis", styles=styles, noise=noise)[0], atol=1e-4)
    assert np.abs(np.load(tmp_path / "seed00000007.npy")).max() > 1, "raw must not be clamped"


def test_sample_png_of_a_server(run: Run, edge: str, tmp_path: Path) -> None:
    result = run("sample", "--address", edge, "--seeds", "4294967295", "--format", "png16", "--out", tmp_path)
    assert result.code == 0
    assert read_png((tmp_path / "seed4294967295.png").read_bytes()).pixels.dtype == np.uint16


def test_noise_seed_and_cutoff_reach_the_recipe(run: Run, tmp_path: Path) -> None:
    options = ["--noise-mode", "random", "--noise-seed", "9", "--truncation-cutoff", "3", "--burn-in-mark"]
    assert run("sample", *LOCAL, "--seeds", "1", *options, "--out", tmp_path).code == 0
    content = read_png((tmp_path / "seed00000001.png").read_bytes())
    assert content.recipe is not None
    assert (content.recipe.noise.seed, content.recipe.truncation.cutoff) == (9, 3)
    assert content.image_format.burn_in_mark


def test_edit_sweep_and_transfer_with_every_source_of_a_latent(
    run: Run, edge: str, edited: Path, tmp_path: Path
) -> None:
    at = ["--address", edge]
    first = run("edit", *at, "--seed", 5, "--edit", "0=2.5", "--edit", "3=-1@0:4", "--out", tmp_path / "e.png")
    assert first.code == 0, first.err
    content = read_png((tmp_path / "e.png").read_bytes())
    assert content.recipe is not None
    edits = [(e.index, e.sigmas, e.layer_start, e.layer_end) for e in content.recipe.component_edits]
    assert edits == [(0, 2.5, 0, 8), (3, -1.0, 0, 4)]
    assert content.latent_id in first.out

    recipe = tmp_path / "recipe.json"
    recipe.write_text(to_json(content.recipe))
    sources = [["--recipe", recipe], ["--image", tmp_path / "e.png"], ["--latent-id", content.latent_id]]
    for number, source in enumerate(sources):
        out = tmp_path / f"transfer{number}.png"
        references = ["--reference-seed", 6, "--region", 1, "--epsilon", 80, "--no-mark"]
        assert run("transfer", *at, *source, *references, "--out", out).code == 0
        assert out.read_bytes() == edited.read_bytes()
    swept = run("sweep", *at, "--image", edited, "--component", 2, "--layers", "1:3", "--steps", 3, "--out", tmp_path)
    assert swept.code == 0
    *steps, sheet = swept.out.splitlines()
    assert [line.split()[1] for line in steps] == ["-3", "+0", "+3"]
    assert sheet == str(tmp_path / "contact_sheet.png")
    last = read_png(Path(steps[-1].split()[0]).read_bytes()).recipe
    assert last is not None
    assert (last.component_edits[-1].sigmas, last.component_edits[-1].layer_end) == (3, 3)


def test_layer_epsilons_reach_the_recipe(run: Run, edge: str, tmp_path: Path) -> None:
    arguments = ["transfer", "--address", edge, "--seed", 1, "--reference-seed", 2, "--region", 1]
    layers = ["--layer-epsilon", "4=2.5", "--layer-epsilon", "0=0"]
    assert run(*arguments, *layers, "--out", tmp_path / "out.png").code == 0
    recipe = read_png((tmp_path / "out.png").read_bytes()).recipe
    assert recipe is not None
    (transfer,) = recipe.style_transfers
    # The bundle's 4 for the other layers of 4x4 and 8x8.
    assert [entry.epsilon for entry in transfer.layer_epsilons] == [0, 4, 4, 4, 2.5, 4]


def test_truncation_goes_with_a_seed_in_any_place(run: Run, edge: str, tmp_path: Path) -> None:
    assert run("sample", "--address", edge, "--seeds", 5, "--out", tmp_path).code == 0
    image = tmp_path / "seed00000005.png"
    options = ["--truncation-psi", 0.5, "--region", 1, "--out", tmp_path / "out.png", "--address", edge]
    assert run("transfer", "--seed", 7, "--reference-image", image, *options).code == 0
    assert run("transfer", "--image", image, "--reference-seed", 7, *options).code == 0
    refused = run("transfer", "--image", image, "--reference-image", image, *options)
    assert (refused.code, "--truncation-psi goes with a seed" in refused.err) == (2, True)


def test_local_takes_the_bundle_that_the_help_names(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    default = f"MAMMOGANESIS_BUNDLE in the environment, or {Config.from_environment({}).bundle}"
    for name in ("sample", "edit", "sweep", "transfer", "reproduce", "verify", "model", "bulk"):
        shown = " ".join(run(name, "--help").out.split())
        assert default in shown, name
        assert "needs --bundle" not in shown, name
    monkeypatch.setenv("MAMMOGANESIS_BUNDLE", str(TINY))
    assert run("sample", "--local", "--seeds", 1, "--out", tmp_path).code == 0


@pytest.mark.parametrize("command", [["bulk"], ["bulk", "submit"]], ids=" ".join)
def test_a_document_of_a_bulk_job_is_judged_alike(run: Run, tmp_path: Path, command: list[str]) -> None:
    cases = {
        b'"\xe9"': "a document of a bulk job: JSON in UTF-8",
        b"{not": "this is not JSON at line 1, column 2",
        b'\xef\xbb\xbf{"format": "mammoganesis-bulk", "format_version": 1, "count": 0}': "job.count: 0",
    }
    for number, (content, message) in enumerate(cases.items()):
        document = tmp_path / f"{number}.json"
        document.write_bytes(content)
        result = run(*command, document, "--out", tmp_path / "out")
        assert (result.code, f"{document}: job" in result.err, message in result.err) == (1, True, True), result.err


def test_bulk_refuses_bad_input_before_it_starts(run: Run, tmp_path: Path) -> None:
    (tmp_path / "edits.json").write_text('{"component_edits": [{"index": 99, "sigmas": 1}]}')
    (tmp_path / "code.json").write_text('{"code": {"values": [1]}}')
    (tmp_path / "latin.json").write_bytes(b'"\xe9"')
    bulk = ["bulk", "--seeds", "0:2", "--out", tmp_path / "out"]
    cases = [
        ([*bulk, "--bundle", TINY, "--truncation-psi", "2.5"], 1, "truncation.psi: 2.5"),
        ([*bulk, "--bundle", TINY, "--truncation-psi", "nan"], 1, "truncation.psi: nan"),
        ([*bulk, "--bundle", TINY, "--recipe", tmp_path / "edits.json"], 1, "component_edits[0].index: 99"),
        ([*bulk, "--bundle", TINY, "--recipe", tmp_path / "latin.json"], 1, "UTF-8"),
        ([*bulk, "--bundle", TINY, "--recipe", tmp_path / "code.json"], 1, "a seed, which others replace"),
        ([*bulk, "--recipe", tmp_path / "edits.json", "--labels", "view=CC"], 2, "--labels is not for --recipe"),
        ([*bulk, "--recipe", tmp_path / "edits.json", "--labels-drawn"], 2, "--labels-drawn is not for --recipe"),
        ([*bulk, "--recipe", tmp_path / "edits.json", "--noise-mode", "const"], 2, "--noise-mode is not for --recipe"),
        ([*bulk, "--bundle", tmp_path / "nowhere"], 1, "nowhere"),
        ([*bulk, "--bundle", TINY, "--workers", "0"], 2, "--workers"),
        ([*bulk, "--bundle", TINY, "--recipe", tmp_path / "none.json"], 2, "does not exist"),
    ]
    for arguments, code, message in cases:
        result = run(*arguments)
        assert (result.code, message in result.err) == (code, True), result.err
        assert code == 2 or result.err.count("\n") == 1
    assert not (tmp_path / "out").exists()


def test_bundle_check_and_info(run: Run, tmp_path: Path) -> None:
    good = run("bundle", "check", TINY)
    assert (good.code, "good" in good.out) == (0, True)
    shown = run("bundle", "info", TINY).out
    assert "32 x 32 pixels" in shown
    assert "masked transfers:  up to 3 in one image\n" in shown
    without = Copy(tmp_path / "without")
    without.without_masked()
    assert "masked transfers:  none: transfers by channels only\n" in run("bundle", "info", without.folder).out
    damaged = Copy(tmp_path / "bundle")
    network = bytearray((damaged.folder / "synthesis.onnx").read_bytes())
    network[5000] ^= 1
    (damaged.folder / "synthesis.onnx").write_bytes(network)
    bad = run("bundle", "check", damaged.folder)
    assert (bad.code, "synthesis.onnx" in bad.err) == (1, True)
    assert run("sample", "--local", "--bundle", damaged.folder, "--seeds", 1, "--out", tmp_path / "out").code == 1
    assert run("bundle", "check", tmp_path / "nowhere").code == 1


def test_model_lists_components_and_regions(run: Run, edge: str) -> None:
    shown = run("model", "--address", edge)
    assert shown.code == 0
    assert "explained variance" in shown.out
    assert "share of the area" in shown.out
    assert "masked transfers:  up to 3 in one image\n" in shown.out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["sample", "--seeds", "1", "--truncation-psi", "2.5"], "truncation.psi: 2.5 is not allowed; allowed: 0 to 2"),
        (["sample", "--seeds", "1", "--truncation-psi", "nan"], "truncation.psi: nan"),
        (["sample", "--seeds", "1", "--truncation-psi", "inf"], "truncation.psi: inf"),
        (["sample", "--seeds", "1", "--truncation-psi", "-inf"], "truncation.psi: -inf"),
        (["sample", "--seeds", "1", "--truncation-cutoff", "9"], "truncation.cutoff"),
        (["sample", "--seeds", "1", "--noise-mode", "random", "--noise-seed", "-1"], "noise.seed"),
        (["edit", "--seed", "1", "--edit", "8=1"], "edits[0].index: 8"),
        (["edit", "--seed", "1", "--edit", "density=1"], "edits[0].name"),
        (["edit", "--seed", "1", "--edit", "0=inf"], "edits[0].sigmas"),
        (["edit", "--seed", "1", "--edit", "0=1@4:2"], "edits[0].layer_end"),
        (["edit", "--latent-id", "lat_xyz", "--edit", "0=1"], "latent.latent_id"),
        (["edit", "--latent-id", "lat_" + "0" * 32, "--edit", "0=1"], "send the recipe"),
        (["sweep", "--seed", "1", "--component", "0", "--sigmas-end", "21"], "sigmas_end: 21.0"),
        (["transfer", "--seed", "1", "--reference-seed", "2", "--region", "4"], "regions[0].index: 4"),
        (["transfer", "--seed", "1", "--reference-seed", "2", "--region", "0", "--epsilon", "513"], "epsilon: 513"),
        (["transfer", "--seed", "1", "--reference-seed", "2", "--region", "0", "--rho", "-1"], "rho: -1"),
        (
            ["transfer", "--seed", "1", "--reference-seed", "2", "--region", "0", "--layer-epsilon", "4=nan"],
            "layer_epsilons[0].epsilon: nan",
        ),
        (
            ["transfer", "--seed", "1", "--reference-seed", "2", "--region", "0", "--layer-epsilon", "999=1"],
            "layer_epsilons[0].layer: 999",
        ),
    ],
)
def test_what_is_out_of_range_is_one_line_and_exit_code_1(
    run: Run, edge: str, tmp_path: Path, arguments: list[str], message: str
) -> None:
    result = run(*arguments, "--address", edge, "--out", tmp_path / "out")
    assert result.code == 1
    assert message in result.err
    assert result.err.startswith("error: ")
    assert result.err.count("\n") == 1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["sample", "--seeds", "-1"], "'-1' is not allowed"),
        (["sample", "--seeds", "4294967296"], "seeds 0 to 4294967295"),
        (["sample", "--seeds", "5-2"], "holds no seed"),
        (["sample", "--seeds", "3:3"], "holds no seed"),
        (["sample", "--seeds", "0:99999999"], "99,999,999 seeds"),
        (["sample", "--seeds", "1,,2"], "'' is not allowed"),
        (["sample", "--seeds", "\u0663"], "is not allowed"),
        (["sample", "--seeds", "0,0,0"], "seed 0 is there twice"),
        (["sample", "--seeds", "4,0-9"], "seed 4 is there twice"),
        (["sample", "--seeds", "1", "--bundle", str(TINY)], "--bundle goes with --local"),
        (["sample", "--seeds", "1", "--local", "--address", "127.0.0.1:1"], "exclude each other"),
        (["sample", "--seeds", "1", "--provider", "openvino"], "--provider goes with --local"),
        (["sample", "--seeds", "1", "--precision", "bfloat16"], "--precision goes with --local"),
        (["sample", "--seeds", "1", "--local", "--provider", "tpu"], "'auto', 'onnxruntime', 'openvino', 'cuda'"),
        (["bulk", "--seeds", "1", "--precision", "int8"], "'auto', 'float32', 'bfloat16', 'float16'"),
        (["bulk", "--seeds", "1", "--out", "q", "--local", "--ray-address", "auto"], "exclude each other"),
        (["sample", "--seeds", "1", "--format", "gif"], "gif"),
        (["sample", "--seeds", "1", "--deadline", "0"], "--deadline"),
        (["edit", "--edit", "0=1"], "give exactly one of --seed"),
        (["edit", "--seed", "1", "--latent-id", "lat_1", "--edit", "0=1"], "give exactly one of --seed"),
        (["edit", "--seed", "1", "--edit", "0"], "COMPONENT=SIGMAS"),
        (["edit", "--seed", "1", "--edit", "0=1@x"], "START:END"),
        (["sweep", "--seed", "1", "--component", "0", "--steps", "1"], "--steps"),
        (["transfer", "--seed", "1", "--reference-seed", "2"], "--region"),
        ([*TRANSFER, "--layer-epsilon", "4"], "LAYER=EPSILON"),
        ([*TRANSFER, "--layer-epsilon", "4=1", "--layer-epsilon", "4=2"], "layer 4 is there twice"),
        (
            ["edit", "--latent-id", "lat_1", "--edit", "0=1", "--truncation-psi", "1"],
            "--truncation-psi goes with a seed",
        ),
        (
            ["sweep", "--latent-id", "lat_1", "--component", "0", "--noise-mode", "none"],
            "--noise-mode goes with a seed",
        ),
        (["sweep", "--latent-id", "lat_1", "--component", "0", "--noise-seed", "0"], "--noise-seed goes with a seed"),
        (["edit", "--seed", "1", "--edit", "0=1", "--format", "raw", "--out", "q.png"], "allowed: '.npy'"),
        (["edit", "--seed", "1", "--edit", "0=1", "--format", "png", "--out", "q.npy"], "allowed: '.png'"),
        ([*TRANSFER, "--format", "png16", "--out", "q.jpg"], "allowed: '.png'"),
        (["reproduce", __file__, "--out", "q.npy"], "allowed: '.png'"),
        (["reproduce", "/no/such/file.png"], "does not exist"),
        (["dance"], "dance"),
    ],
)
def test_wrong_usage_is_exit_code_2(run: Run, tmp_path: Path, arguments: list[str], message: str) -> None:
    out = [] if arguments == ["dance"] or "--out" in arguments else ["--out", tmp_path / "out"]
    result = run(*arguments, *out)
    assert result.code == 2
    assert message in result.err


def test_a_file_that_is_no_picture_of_ours_or_no_recipe(run: Run, tmp_path: Path) -> None:
    foreign, recipe = tmp_path / "foreign.png", tmp_path / "recipe.json"
    Pil.new("L", (8, 8)).save(foreign)
    recipe.write_text('{"seed": "many"}')
    edit = ["edit", *LOCAL, "--edit", "0=1", "--out", tmp_path / "out.png"]
    assert "with its recipe" in run(*edit, "--image", foreign).err
    assert "recipe.seed: 'many' is not allowed" in run(*edit, "--recipe", recipe).err
    recipe.write_bytes(b"\xff\xfe\x00")
    assert "UTF-8" in run(*edit, "--recipe", recipe).err
    assert run("reproduce", foreign, *LOCAL, "--out", tmp_path / "out.png").code == 1


def test_no_server_and_an_unwritable_folder_are_one_line(run: Run, tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{free.getsockname()[1]}"
        result = run("sample", "--address", address, "--seeds", "1", "--out", tmp_path)
    assert (result.code, result.err.count("\n")) == (1, 1)
    assert address in result.err
    (tmp_path / "file").write_text("")
    result = run("sample", *LOCAL, "--seeds", "1", "--out", tmp_path / "file" / "below")
    assert (result.code, result.err.count("\n")) == (1, 1)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_explains_its_options(run: Run, name: str) -> None:
    shown = run(name, "--help")
    assert shown.code == 0
    assert shown.out.startswith("Usage: mammoganesis ")


def test_provider_and_precision_are_what_computes_and_it_is_told(run: Run, tmp_path: Path) -> None:
    edit = ["edit", *LOCAL, "--seed", "1", "--edit", "0=1"]
    made = {}
    for provider in ("onnxruntime", "openvino"):
        file = tmp_path / f"{provider}.png"
        done = run(*edit, "--provider", provider, "--precision", "float32", "--out", file)
        assert done.code == 0
        made[provider] = read_png(file.read_bytes())
        assert done.err.startswith(f"synthesis: {made[provider].provider} in float32 (as asked for)\n")
    assert (made["onnxruntime"].provider, made["openvino"].provider) == ("CPUExecutionProvider", "OpenVINO")
    assert np.abs(made["onnxruntime"].pixels.astype(int) - made["openvino"].pixels).max() <= 1
    # Whoever verifies elsewhere gets the tolerance between the two.
    checked = run("verify", tmp_path / "openvino.png", *LOCAL, "--provider", "onnxruntime")
    assert checked.code == 0, checked.out
    shown = run("model", *LOCAL, "--provider", "openvino", "--precision", "float32").out
    assert "synthesis:         OpenVINO in float32 (as asked for)" in shown
    refused = run(*edit, "--provider", "onnxruntime", "--precision", "bfloat16", "--out", tmp_path / "no.png")
    assert (refused.code, refused.err.count("\n")) == (1, 1)
    assert "synthesis precision bfloat16: it is for openvino only, not for onnxruntime" in refused.err


def test_serve_refuses_a_bad_setting(run: Run) -> None:
    cases = [
        ("--edge-port", "70000", "70000 is not allowed"),
        ("--max-batch-size", "many", "'many' is not allowed"),
        ("--drain-seconds", "nan", "is not allowed"),
        ("--log-level", "loud", "'loud' is not allowed"),
        ("--provider", "tpu", "--execution-provider (MAMMOGANESIS_EXECUTION_PROVIDER): 'tpu' is not allowed"),
        ("--precision", "int8", "auto, float32, bfloat16, float16"),
        ("--redis-url", "http://localhost", "is not allowed"),
        ("--redis-url", "redis://user:secret@localhost:x", "is not allowed"),
    ]
    for option, value, message in cases:
        result = run("serve", option, value)
        assert (result.code, message in result.err) == (1, True), result.err
        assert option[2:].replace("-", "_").upper() in result.err, "the setting is named"
        assert result.err.count("\n") == 1
        assert "secret" not in result.err
    assert run("serve", "--once").code == 2


def test_the_installed_command_starts_without_ray_and_onnx_runtime(edge: str, tmp_path: Path) -> None:
    """What only talks to a server must not wait for what only a server needs."""
    script = (
        "import sys; from services.cli import main\n"
        "try: main(sys.argv[1:])\n"
        "finally: assert not {'ray', 'onnxruntime', 'torch', 'redis'} & set(sys.modules), sorted(sys.modules)"
    )
    arguments = ["sample", "--address", edge, "--seeds", "2", "--out", str(tmp_path)]
    ran = subprocess.run([sys.executable, "-c", script, *arguments], capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr
    installed = subprocess.run([COMMAND, *arguments], capture_output=True, text=True)
    assert (installed.returncode, installed.stdout) == (
        0,
        f"1 image in {tmp_path}, together in {tmp_path}/contact_sheet.png\n",
    )


def test_transfer_within_a_mask(run: Run, tmp_path: Path) -> None:
    images = ["transfer", *LOCAL, "--seed", "1", "--reference-seed", "2"]
    mask, out = tmp_path / "mask.png", tmp_path / "edited.png"
    Pil.fromarray(np.where(np.arange(32) < 12, np.full((32, 1), 255), 0).astype(np.uint8)).save(mask)
    masked = [*images, "--locality", "masked"]
    assert run(*masked, "--mask", mask, "--strength", "0.5", "--out", out).code == 0
    content = read_png(out.read_bytes())
    assert content.recipe is not None
    (transfer,) = content.recipe.style_transfers
    assert (transfer.mask.size, transfer.mask.feather, transfer.strength) == (32, 0.02, 0.5)
    again = tmp_path / "again.png"
    assert run("reproduce", out, *LOCAL, "--out", again).code == 0
    assert again.read_bytes() == out.read_bytes()
    assert run("verify", out, *LOCAL).code == 0
    by_regions = [item for region in range(4) for item in ("--region", str(region))]
    assert run(*masked, *by_regions, "--feather", "0.1", "--out", tmp_path / "regions.png").code == 0
    for arguments, words in (
        ([*images, "--region", "0", "--mask", mask], "--mask needs --locality masked"),
        ([*images, "--region", "0", "--feather", "0.1"], "--feather needs --locality masked"),
        ([*masked, "--region", "0", "--mask", mask], "only one of --region, --mask"),
        (masked, "give --region or --mask"),
        (images, "give --region"),
        ([*masked, "--region", "0", "--rho", "0.2"], "--rho is for --locality channels"),
        ([*masked, "--region", "0", "--layer-epsilon", "4=2"], "--layer-epsilon is for --locality channels"),
    ):
        result = run(*arguments, "--out", tmp_path / "refused.png")
        assert result.code == 2
        assert words in result.err
    wrong = tmp_path / "wrong.png"
    Pil.new("RGB", (32, 32), "white").save(wrong)
    result = run(*masked, "--mask", wrong, "--out", tmp_path / "refused.png")
    assert (result.code, "8 bits greyscale" in result.err) == (1, True)
    assert not (tmp_path / "refused.png").exists()
