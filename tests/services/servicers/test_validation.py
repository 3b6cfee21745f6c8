"""Every range of the protos' comments: the bounds pass, one step beyond is refused with field, value and range."""

from __future__ import annotations

import dataclasses

import pytest
from google.protobuf import json_format
from hypothesis import given, settings
from hypothesis import strategies as st

from mammoganesis.errors import InvalidArgument, MammoganesisError
from mammoganesis.recipe.limits import CallLimits, Limits
from mammoganesis.v1 import images_pb2, latents_pb2
from services.servicers import requests
from tests.support.judged_requests import (
    EDITED,
    ID,
    IN_STYLES,
    INF,
    MIXED,
    NAN,
    REQUESTS,
    SEED,
    TRANSFERRED,
    check,
    judge,
    recipe,
    transfer,
)


@pytest.mark.parametrize("name", REQUESTS)
def test_the_smallest_good_requests_pass(name, limits):
    check(name, limits)


GOOD = [
    ("sample", {"seeds": [0, 2**32 - 1]}),
    ("sample", {"seeds": list(range(64))}),
    ("sample", {"seeds": list(range(62)), "latents": [SEED, ID]}),
    ("sample", {"seeds": None, "latents": [{"w": {"values": [0.0] * 4}}]}),
    ("sample", {"latents": [{"w": {"values": [-1000.0, 1000.0] * 12}}]}),
    ("sample", {"truncation": {"psi": 0.0, "cutoff": 0}}),
    ("sample", {"truncation": {"psi": 2.0, "cutoff": 6}}),
    ("sample", {"noise": {"mode": "NOISE_MODE_RANDOM", "seed": 2**32 - 1}}),
    ("sample", {"noise": {"mode": "NOISE_MODE_NONE"}}),
    ("sample", {"format": {"encoding": "IMAGE_ENCODING_PNG_16", "burn_in_mark": True}}),
    ("sample", {"format": {"encoding": "IMAGE_ENCODING_RAW_FLOAT32"}}),
    ("stream", {"seed_list": None, "seed_range": {"first": 2**32 - 1, "count": 1}}),
    ("stream", {"seed_list": None, "seed_range": {"first": 0, "count": 10_000}}),
    ("stream", {"seed_list": {"seeds": list(range(10_000))}}),
    ("interpolate", {"steps": 2}),
    ("interpolate", {"steps": 256, "noise": {"mode": "NOISE_MODE_CONST"}}),
    ("edit", {"edits": [{"index": 7, "sigmas": -20.0, "layer_start": 5, "layer_end": 6}] * 64}),
    ("edit", {"edits": [{"name": "density", "sigmas": 20.0}], "latent": ID}),
    ("edit", {"edits": [{"name": "density", "layer_end": 3}]}),
    ("sweep", {"sigmas_start": 20.0, "sigmas_end": -20.0, "steps": 64}),
    ("sweep", {"edit": {"name": "breast-size"}, "steps": 2}),
    ("transfer", {"rho": 0.0, "epsilon": 0.0, "strength": 0.0}),
    ("transfer", {"rho": 1.0, "epsilon": 512.0, "strength": 1.0}),
    ("transfer", {"regions": [{"name": "nipple"}, {"index": 0}, {"name": "skin"}]}),
    ("transfer", {"layer_epsilons": [{"layer": i, "epsilon": 512.0} for i in range(9)]}),
    ("segment", {"latent": ID}),
    ("sample", {"labels": {"view": "MLO", "density": "D"}}),
    ("sample", {"latents": [{"recipe": {"seed": 1, "labels": {"view": "CC"}}}]}),
    ("stream", {"labels": {"density": "A"}, "format": {"resolution": 16}}),
    ("sample", {"format": {"resolution": 64}}),
    ("interpolate", {"space": 2, "start": {"recipe": {**TRANSFERRED}}}),
    ("interpolate", {"space": 1, "start": {"recipe": MIXED}}),
    ("mix", {"layer_start": 5, "noise": {"mode": "NOISE_MODE_RANDOM", "seed": 1}}),
    ("mix", {"layer_end": 1, "base": ID}),
    ("mix", {"layer_start": 0, "layer_end": 6, "style": {"recipe": MIXED}}),
    ("redraw", {"noise_seeds": list(range(64))}),
    ("redraw", {"noise_seeds": [2**32 - 1], "latent": {"recipe": IN_STYLES}}),
    ("describe", {"latent": ID}),
    ("edit", {"edits": [{"index": 0, "mode": "EDIT_MODE_ABSOLUTE"}], "latent": {"recipe": MIXED}}),
    ("transfer", {"target": {"recipe": IN_STYLES}, "reference": {"recipe": IN_STYLES}}),
]


@pytest.mark.parametrize(("name", "fields"), GOOD)
def test_bounds_pass(name, fields, limits):
    check(name, limits, **fields)


BAD = [
    ("sample", {"labels": {"side": "L"}}, "labels: 'side'", "view, density"),
    ("sample", {"labels": {"view": "LAT"}}, "labels.view: 'LAT'", "CC, MLO"),
    ("sample", {"labels": {"view": ""}}, "labels.view: ''", "CC, MLO"),
    ("stream", {"labels": {"density": "b"}}, "labels.density: 'b'", "A, B, C, D"),
    ("sample", {"latents": [{"recipe": {"seed": 1, "labels": {"view": "x"}}}]}, "latents[0].recipe.labels.view", "CC"),
    (
        "sample",
        {"latents": [{"recipe": {"code": {"values": [0] * 4}, "labels": {"view": "CC"}}}]},
        "latents[0].recipe.labels: {'view': 'CC'}",
        "none unless the origin is a seed",
    ),
    ("sample", {"format": {"resolution": 32}}, "format.resolution: 32", "0 or 64, the model's own, or 16"),
    ("redraw", {"format": {"resolution": 1}}, "format.resolution: 1", "or 16 for a preview"),
    ("interpolate", {"space": 3}, "space: 3", "INTERPOLATION_SPACE_STYLES"),
    (
        "interpolate",
        {"start": {"recipe": IN_STYLES}},
        "start.recipe.interpolation.space: 'INTERPOLATION_SPACE_STYLES'",
        "INTERPOLATION_SPACE_W at the end",
    ),
    ("mix", {"base": None}, "base: nothing", "exactly one of"),
    ("mix", {"style": None}, "style: nothing", "exactly one of"),
    ("mix", {"base": {"recipe": TRANSFERRED}}, "base.recipe.style_transfers: '1 transfers'", "none in a mixture"),
    ("mix", {"style": {"recipe": IN_STYLES}}, "style.recipe.interpolation.space", "INTERPOLATION_SPACE_W in a mixture"),
    ("mix", {"layer_start": 6}, "layer_start: 6", "0 to 5"),
    ("mix", {"layer_start": 3, "layer_end": 3}, "layer_end: 3", "layer_start + 1 to num_ws, 4 to 6"),
    ("mix", {"layer_end": 0}, "layer_end: 0", "1 to 6"),
    ("mix", {"layer_end": 7}, "layer_end: 7", "1 to 6"),
    ("mix", {"noise": {"mode": 3, "seed": 1}}, "noise.seed: 1", "0 unless mode is NOISE_MODE_RANDOM"),
    ("redraw", {"noise_seeds": None}, "noise_seeds: 0", "1 to 64 seeds"),
    ("redraw", {"noise_seeds": [1] * 65}, "noise_seeds: 65", "1 to 64 seeds"),
    ("redraw", {"noise_seeds": [1, -1]}, "noise_seeds[1]: -1", "0 to 4294967295"),
    ("redraw", {"latent": None}, "latent: nothing", "exactly one of"),
    ("describe", {"latent": None}, "latent: nothing", "exactly one of"),
    ("describe", {"latent": {"recipe": {"mixing": {}}}}, "latent.recipe.mixing.base: nothing", "a recipe"),
    ("describe", {"latent": {"recipe": {**MIXED, "truncation": {}}}}, "latent.recipe.truncation", "beside a mixture"),
    (
        "describe",
        {"latent": {"recipe": {"mixing": {**MIXED["mixing"], "layer_start": 3}}}},
        "latent.recipe.mixing.layer_end: 3",
        "4 to 6",
    ),
    (
        "describe",
        {"latent": {"recipe": {"interpolation": {**IN_STYLES["interpolation"], "space": 7}}}},
        "latent.recipe.interpolation.space: 7",
        "INTERPOLATION_SPACE_W",
    ),
    (
        "edit",
        {"latent": {"recipe": {**IN_STYLES, "component_edits": [{"index": 0}]}}},
        "latent.recipe.component_edits: '2 edits'",  # the request's beside its own
        "not a point in W",
    ),
    ("edit", {"latent": {"recipe": IN_STYLES}}, "edits: '1 edits'", "not a point in W"),
    ("sweep", {"latent": {"recipe": IN_STYLES}}, "edit: '1 edits'", "not a point in W"),
    ("sample", {"noise": {"mode": 4}}, "noise.mode: 'NOISE_MODE_INTERPOLATED'", "unless the origin is an interpol"),
    (
        "mix",
        {"noise": {"mode": "NOISE_MODE_INTERPOLATED"}},
        "noise.mode: 'NOISE_MODE_INTERPOLATED'",
        "or a mixture whose base has it",
    ),
    ("interpolate", {"noise": {"mode": 4, "seed": 1}}, "noise.seed: 1", "0 unless mode is NOISE_MODE_RANDOM"),
    (
        "transfer",
        {"reference": {"recipe": recipe(noise={"mode": 4})}},
        "reference.recipe.noise.mode: 'NOISE_MODE_INTERPOLATED'",
        "another mode",
    ),
    ("sample", {"latents": [{"recipe": recipe(bundle_digest="AB" * 32)}]}, "latents[0].recipe.bundle_digest", "64 hex"),
    ("interpolate", {"start": {"w": {"values": [0, NAN, 0, 0]}}}, "start.w.values[1]: nan", "-1000 to 1000"),
    (
        "transfer",
        {"target": {"recipe": TRANSFERRED}, "layer_epsilons": [{"layer": 9}]},
        "layer_epsilons[0].layer: 9",
        "0 to 8",
    ),
    ("edit", {"latent": {"recipe": EDITED}, "edits": [{"index": 9}]}, "edits[0].index: 9", "0 to 7"),
    ("edit", {"latent": {"recipe": {**EDITED, "seed": -1}}}, "latent.recipe.seed: -1", "0 to 4294967295"),
    ("edit", {"edits": [{"index": 0, "mode": 3}]}, "edits[0].mode: 3", "EDIT_MODE_ABSOLUTE"),
    # field, shown value, allowed
    ("sample", {"seeds": None}, "seeds and latents: 0", "1 to 64 images"),
    ("sample", {"seeds": [0] * 65}, "seeds and latents: 65", "1 to 64 images"),
    ("sample", {"seeds": [0] * 60, "latents": [SEED] * 5}, "seeds and latents: 65", "1 to 64 images"),
    ("sample", {"seeds": [3, -1]}, "seeds[1]: -1", "0 to 4294967295"),
    ("sample", {"seeds": [2**32]}, "seeds[0]: 4294967296", "0 to 4294967295"),
    ("sample", {"latents": [{}]}, "latents[0]: nothing", "exactly one of recipe, latent_id, w"),
    ("sample", {"latents": [{"recipe": {}}]}, "latents[0].recipe: nothing", "one of seed, code, interpolation"),
    ("sample", {"latents": [{"recipe": {"seed": -5}}]}, "latents[0].recipe.seed: -5", "0 to 4294967295"),
    ("sample", {"latents": [SEED, {"latent_id": "lat_0"}]}, "latents[1].latent_id: 'lat_0'", "32 hexadecimal digits"),
    ("sample", {"latents": [{"latent_id": "lat_" + "G" * 32}]}, "latents[0].latent_id", "32 hexadecimal digits"),
    ("sample", {"latents": [{"latent_id": "../../" + "0" * 32}]}, "latents[0].latent_id", "32 hexadecimal digits"),
    ("sample", {"latents": [{"latent_id": ID["latent_id"] + "\n"}]}, "latents[0].latent_id", "hexadecimal digits"),
    ("sample", {"latents": [{"w": {}}]}, "latents[0].w.values: '0 numbers'", "4 (w_dim) or 24 (num_ws * w_dim)"),
    ("sample", {"latents": [{"w": {"values": [0] * 5}}]}, "latents[0].w.values: '5 numbers'", "4 (w_dim) or 24"),
    ("sample", {"latents": [{"w": {"values": [0, 0, NAN, 0]}}]}, "latents[0].w.values[2]: nan", "-1000 to 1000"),
    ("sample", {"latents": [{"w": {"values": [0, -INF, 0, 0]}}]}, "latents[0].w.values[1]: -inf", "-1000 to 1000"),
    ("sample", {"latents": [{"w": {"values": [1001, 0, 0, 0]}}]}, "latents[0].w.values[0]: 1001", "-1000 to 1000"),
    ("sample", {"truncation": {"psi": -0.01}}, "truncation.psi: -0.01", "0 to 2"),
    ("sample", {"truncation": {"psi": 2.01}}, "truncation.psi: 2.01", "0 to 2"),
    ("sample", {"truncation": {"psi": NAN}}, "truncation.psi: nan", "0 to 2"),
    ("sample", {"truncation": {"psi": INF}}, "truncation.psi: inf", "0 to 2"),
    ("sample", {"truncation": {"cutoff": 7}}, "truncation.cutoff: 7", "0 to 6 layers"),
    ("sample", {"noise": {"mode": 9}}, "noise.mode: 9", "NOISE_MODE_RANDOM"),
    ("sample", {"noise": {"mode": 2, "seed": -1}}, "noise.seed: -1", "0 to 4294967295"),
    ("sample", {"noise": {"mode": 2, "seed": 2**32}}, "noise.seed: 4294967296", "0 to 4294967295"),
    ("sample", {"noise": {"mode": 1, "seed": 5}}, "noise.seed: 5", "0 unless mode is NOISE_MODE_RANDOM"),
    ("sample", {"format": {"encoding": 99}}, "format.encoding: 99", "IMAGE_ENCODING_PNG_8"),
    ("sample", {"format": {"encoding": 3, "burn_in_mark": True}}, "format.burn_in_mark: True", "false with"),
    ("sample", {"format": {"encoding": 1, "side": 1}}, "format.side: 1", "except with an encoding of DICOM"),
    ("sample", {"format": {"view": 2}}, "format.view: 2", "except with an encoding of DICOM"),
    ("sample", {"format": {"encoding": 3, "unmarked": True}}, "format.unmarked: True", "except with an encoding of"),
    ("sample", {"format": {"encoding": 4, "side": 9}}, "format.side: 9", "SIDE_LEFT"),
    ("sample", {"format": {"encoding": 5, "view": -1}}, "format.view: -1", "VIEW_MLO"),
    (
        "sample",
        {"format": {"encoding": 5, "unmarked": True, "burn_in_mark": True}},
        "format.unmarked: True",
        "false with burn_in_mark",
    ),
    ("stream", {"seed_list": None}, "source: nothing", "exactly one of seed_range, seed_list"),
    ("stream", {"seed_list": {"seeds": []}}, "seed_list.seeds: 0", "1 to 10000"),
    ("stream", {"seed_list": {"seeds": [0] * 10_001}}, "seed_list.seeds: 10001", "1 to 10000"),
    ("stream", {"seed_list": {"seeds": [0, 2**40]}}, "seed_list.seeds[1]: 1099511627776", "0 to 4294967295"),
    ("stream", {"seed_list": None, "seed_range": {"first": -1, "count": 1}}, "seed_range.first: -1", "0 to 4294"),
    ("stream", {"seed_list": None, "seed_range": {"count": 0}}, "seed_range.count: 0", "1 to 10000"),
    ("stream", {"seed_list": None, "seed_range": {"count": 10_001}}, "seed_range.count: 10001", "1 to 10000"),
    ("stream", {"seed_list": None, "seed_range": {"first": 2**32 - 1, "count": 2}}, "seed_range: 4294967296", "first"),
    ("stream", {"truncation": {"psi": 3.0}}, "truncation.psi: 3.0", "0 to 2"),
    ("stream", {"format": {"encoding": -1}}, "format.encoding: -1", "IMAGE_ENCODING_PNG_8"),
    ("interpolate", {"start": None}, "start: nothing", "exactly one of recipe, latent_id, w"),
    ("interpolate", {"end": {}}, "end: nothing", "exactly one of recipe, latent_id, w"),
    ("interpolate", {"steps": 1}, "steps: 1", "2 to 256"),
    ("interpolate", {"steps": 257}, "steps: 257", "2 to 256"),
    ("interpolate", {"noise": {"mode": 5}}, "noise.mode: 5", "NOISE_MODE_CONST"),
    (
        "interpolate",
        {"end": {"recipe": recipe(style_transfers=[transfer()])}},
        "end.recipe.style_transfers: '1 transfers'",
        "none at the end of an interpolation in W",
    ),
    ("edit", {"latent": None}, "latent: nothing", "exactly one of"),
    ("edit", {"edits": None}, "edits: 0", "1 to 64"),
    ("edit", {"edits": [{"index": 0}] * 65}, "edits: 65", "1 to 64"),
    (
        "edit",
        {"latent": {"recipe": recipe(component_edits=[{"index": 0}] * 64)}},
        "edits: 65",
        "1 to 64 edits, those of the latent included",
    ),
    ("edit", {"edits": [{}]}, "edits[0]: nothing", "exactly one of index, name"),
    ("edit", {"edits": [{"index": 0}, {"index": 8}]}, "edits[1].index: 8", "0 to 7"),
    (
        "edit",
        {"edits": [{"name": "densty"}]},
        "edits[0].name: 'densty'",
        "breast-size, density, thickness; or a component index",
    ),
    ("edit", {"edits": [{"name": ""}]}, "edits[0].name: ''", "breast-size, density"),
    ("edit", {"edits": [{"index": 0, "sigmas": 20.5}]}, "edits[0].sigmas: 20.5", "-20 to 20 standard deviations"),
    ("edit", {"edits": [{"index": 0, "sigmas": -21}]}, "edits[0].sigmas: -21.0", "-20 to 20 standard deviations"),
    ("edit", {"edits": [{"index": 0, "sigmas": NAN}]}, "edits[0].sigmas: nan", "-20 to 20"),
    ("edit", {"edits": [{"index": 0, "layer_start": 6}]}, "edits[0].layer_start: 6", "0 to 5"),
    ("edit", {"edits": [{"index": 0, "layer_end": 7}]}, "edits[0].layer_end: 7", "1 to 6"),
    ("edit", {"edits": [{"index": 0, "layer_end": 0}]}, "edits[0].layer_end: 0", "1 to 6"),
    ("edit", {"edits": [{"index": 0, "layer_start": 3, "layer_end": 3}]}, "edits[0].layer_end: 3", "4 to 6"),
    ("edit", {"edits": [{"name": "density", "layer_end": 2}]}, "edits[0].layer_end: 2", "3 to 6"),
    ("edit", {"edits": [{"name": "breast-size", "layer_start": 4}]}, "edits[0].layer_end: 4", "5 to 6"),
    ("sweep", {"edit": None}, "edit: nothing", "a component edit"),
    ("sweep", {"edit": {}}, "edit: nothing", "exactly one of index, name"),
    ("sweep", {"edit": {"index": 0, "sigmas": 1.0}}, "edit.sigmas: 1.0", "0 (sigmas_start"),
    ("sweep", {"edit": {"index": 0, "sigmas": NAN}}, "edit.sigmas: nan", "0 (sigmas_start"),
    ("sweep", {"edit": {"index": 99}}, "edit.index: 99", "0 to 7"),
    ("sweep", {"sigmas_start": -20.1}, "sigmas_start: -20.1", "-20 to 20"),
    ("sweep", {"sigmas_end": INF}, "sigmas_end: inf", "-20 to 20"),
    ("sweep", {"steps": 1}, "steps: 1", "2 to 64"),
    ("sweep", {"steps": 0}, "steps: 0", "2 to 64"),
    ("sweep", {"steps": 65}, "steps: 65", "2 to 64"),
    ("sweep", {"latent": {"recipe": recipe(component_edits=[{"index": 0}] * 64)}}, "edit: 65", "1 to 64"),
    ("transfer", {"target": None}, "target: nothing", "exactly one of"),
    ("transfer", {"reference": None}, "reference: nothing", "exactly one of"),
    ("transfer", {"regions": None}, "regions: 0", "1 to 64"),
    ("transfer", {"regions": [{"index": i % 5} for i in range(65)]}, "regions: 65", "1 to 64"),
    ("transfer", {"regions": [{}]}, "regions[0]: nothing", "exactly one of index, name"),
    ("transfer", {"regions": [{"index": 5}]}, "regions[0].index: 5", "0 to 4"),
    ("transfer", {"regions": [{"name": "nose"}]}, "regions[0].name: 'nose'", "nipple, skin; or a region index, 0 to 4"),
    ("transfer", {"regions": [{"index": 2}, {"name": "nipple"}]}, "regions: 'region 2 twice'", "each region once"),
    ("transfer", {"rho": -0.1}, "rho: -0.1", "0 to 1"),
    ("transfer", {"rho": 1.1}, "rho: 1.1", "0 to 1"),
    ("transfer", {"rho": NAN}, "rho: nan", "0 to 1"),
    ("transfer", {"epsilon": -1.0}, "epsilon: -1.0", "0 to 512"),
    ("transfer", {"epsilon": 512.5}, "epsilon: 512.5", "0 to 512"),
    ("transfer", {"strength": 1.5}, "strength: 1.5", "0 to 1"),
    ("transfer", {"layer_epsilons": [{"layer": 9}]}, "layer_epsilons[0].layer: 9", "0 to 8"),
    ("transfer", {"layer_epsilons": [{"epsilon": -1}]}, "layer_epsilons[0].epsilon: -1.0", "0 to 512"),
    (
        "transfer",
        {"layer_epsilons": [{"layer": 3}, {"layer": 3}]},
        "layer_epsilons: 'layer 3 twice'",
        "each layer once",
    ),
    ("transfer", {"layer_epsilons": [{"layer": 0}] * 10}, "layer_epsilons: 10", "0 to 9"),
    (
        "transfer",
        {"target": {"recipe": recipe(style_transfers=[transfer()] * 8)}},
        "target.recipe.style_transfers: 9",
        "1 to 8 transfers, this one included",
    ),
    ("segment", {"latent": None}, "latent: nothing", "exactly one of"),
]


@pytest.mark.parametrize(("name", "fields", "shown", "allowed"), BAD)
def test_beyond_the_bounds_is_refused(name, fields, shown, allowed, limits):
    with pytest.raises(InvalidArgument) as caught:
        check(name, limits, **fields)
    assert caught.value.message.startswith(shown)
    assert allowed in caught.value.message.partition("; allowed: ")[2]


def test_16_bits_are_for_one_channel(limits):
    colour = dataclasses.replace(limits, channels=3)
    check("sample", colour, format={"encoding": "IMAGE_ENCODING_PNG_8"})
    for encoding in ("PNG_16", "DICOM", "DICOM_SECONDARY_CAPTURE"):
        with pytest.raises(InvalidArgument, match=rf"format\.encoding: 'IMAGE_ENCODING_{encoding}'.*3 channels"):
            check("sample", colour, format={"encoding": f"IMAGE_ENCODING_{encoding}"})


def test_configured_limits_are_the_ones_named(limits):
    tight = dataclasses.replace(limits, calls=CallLimits(2, 3))
    with pytest.raises(InvalidArgument, match="1 to 2 images in one call"):
        check("sample", tight, seeds=[1, 2, 3])
    with pytest.raises(InvalidArgument, match="1 to 3"):
        check("stream", tight, seed_list={"seeds": [1, 2, 3, 4]})


def test_hostile_names_do_not_break_the_message(limits):
    with pytest.raises(InvalidArgument) as caught:
        check("edit", limits, edits=[{"name": "x\r\ninjected: line\u2028" + "y" * 10_000}])
    assert caught.value.message.isprintable()
    assert len(caught.value.message) < 400


@pytest.mark.parametrize("name", REQUESTS)
@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_any_bytes_that_parse_are_passed_or_refused_by_our_own_errors(name, data):
    kind, _, good = REQUESTS[name]
    limits = Limits(z_dim=4, w_dim=4, num_ws=6, num_styles=40, num_style_layers=9, num_components=8, num_regions=5)
    body = bytearray(kind(**good).SerializeToString())
    for _ in range(data.draw(st.integers(0, 4))):
        position = data.draw(st.integers(0, len(body)))
        body[position:position] = data.draw(st.binary(max_size=6))
    request = kind()
    try:
        request.ParseFromString(bytes(body))
    except Exception:
        return  # the edge answers a body that does not parse
    try:
        judge(name, request, limits)
    except MammoganesisError:
        return
    # What passes holds no NaN and no infinity anywhere.
    assert not {"nan", "infinity", "-infinity"} & set(json_format.MessageToJson(request).lower().split('"'))


def test_every_encoding_and_noise_mode_of_the_protos_is_known(limits):
    for encoding in images_pb2.ImageEncoding.keys():  # noqa: SIM118  (not a dict)
        requests.check_format(images_pb2.ImageFormat(encoding=encoding), limits)
    for mode in latents_pb2.NoiseMode.values():
        check("interpolate", limits, noise={"mode": mode})
        if mode != latents_pb2.NOISE_MODE_INTERPOLATED:
            check("sample", limits, noise={"mode": mode})


@pytest.mark.parametrize(
    ("encoding", "most"),  # pixels alone: 16, 32 and 64
    [
        ("IMAGE_ENCODING_RAW_FLOAT32", 15),
        ("IMAGE_ENCODING_PNG_16", 31),
        ("IMAGE_ENCODING_DICOM", 31),
        ("IMAGE_ENCODING_PNG_8", 62),
        (None, 62),
    ],
)
def test_a_sample_whose_answer_fits_into_no_message_is_refused(encoding, most, limits):
    small = dataclasses.replace(limits, resolution=512, calls=CallLimits(max_message_bytes=16 * 2**20))
    fields = {"format": {"encoding": encoding}} if encoding else {}
    check("sample", small, seeds=list(range(most - 1)), latents=[SEED], **fields)
    with pytest.raises(InvalidArgument) as caught:
        check("sample", small, seeds=list(range(most)), latents=[SEED], **fields)
    named = encoding or "IMAGE_ENCODING_PNG_8"
    assert caught.value.message.startswith(f"seeds and latents: {most + 1} is not allowed; allowed: 1 to {most} images")
    assert f"{named} in one message of 16777216 bytes" in caught.value.message


def test_an_image_that_fits_into_no_message_at_all_is_refused_and_a_stream_is_not(limits):
    tiny = dataclasses.replace(limits, resolution=512, calls=CallLimits(max_message_bytes=2**16))
    with pytest.raises(InvalidArgument, match="seeds and latents: 1 is not allowed"):
        check("sample", tiny)
    check("sample", tiny, format={"resolution": 16})  # a preview of it fits
    with pytest.raises(InvalidArgument, match=r"noise_seeds: 9 is not allowed; allowed: 1 to \d images"):
        check("redraw", dataclasses.replace(tiny, resolution=64), noise_seeds=list(range(9)))
    check("sample", dataclasses.replace(tiny, resolution=64), seeds=list(range(5)))
    raw, large = {"encoding": "IMAGE_ENCODING_RAW_FLOAT32"}, dataclasses.replace(limits, resolution=512)
    with pytest.raises(InvalidArgument, match="1 to 63 images of IMAGE_ENCODING_RAW_FLOAT32"):
        check("sample", large, seeds=list(range(64)), format=raw)
    check("stream", large, seed_list={"seeds": list(range(64))}, format=raw)
