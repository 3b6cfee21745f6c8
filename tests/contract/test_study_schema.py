"""The schema of a study's document: fresh, and of one mind with what the server takes."""

from __future__ import annotations

import importlib.util
import json
import re

import jsonschema
import pytest

from services.study.design import check, complete
from services.study.protocol import design_json, read_design
from tests.places import ROOT
from tests.support.studied import design, odd_one_out, rating

SCHEMA = json.loads((ROOT / "docs" / "study-design.schema.json").read_text(encoding="utf-8"))


def test_the_schema_is_fresh() -> None:
    place = ROOT / "docs" / "study_schema.py"
    spec = importlib.util.spec_from_file_location("study_schema", place)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    assert module.schema() == SCHEMA, "run: python docs/study_schema.py"


def test_documents_that_the_server_writes_fit_the_schema() -> None:
    for made in (design(), design(rating(practice=2), odd_one_out())):
        for each in (made, complete(made)):
            jsonschema.validate(json.loads(design_json(each)), SCHEMA)


def test_the_document_of_the_docs_is_one_that_the_server_takes() -> None:
    found = re.search(
        r"^    \{\n.*?^    \}\n", (ROOT / "docs" / "reader-study.md").read_text(), re.DOTALL | re.MULTILINE
    )
    assert found is not None
    jsonschema.validate(json.loads(found[0]), SCHEMA)
    check(complete(read_design(found[0])))


@pytest.mark.parametrize(
    "wrong",
    [
        {"titel": "x"},
        {"seed": -1},
        {"phases": [{"name": "a", "tasks": [{"name": "b", "rating": {}, "quality": {}}]}]},
        {"phases": [{"name": "a", "tasks": [{"name": "b"}]}]},
        {"phases": [{"name": "a", "awareness": "SOMETIMES", "tasks": [{"name": "b", "rating": {}}]}]},
    ],
)
def test_what_the_server_refuses_the_schema_refuses(wrong: dict[str, object]) -> None:
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(json.loads(design_json(design())) | wrong, SCHEMA)


def test_a_complete_design_is_complete() -> None:
    whole = complete(design(rating(), odd_one_out()))
    check(whole)
    assert complete(whole) == whole
