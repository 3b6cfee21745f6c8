"""What is shipped, as it is written down: complete, fresh, and of licences that allow it."""

import json
import re

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from jsonschema.validators import Draft7Validator

from deploy.parts import parts as listing
from tests.places import ROOT

WRITTEN = json.loads(listing.SBOM.read_text())


def test_the_list_is_fresh() -> None:
    found = listing.parts()
    assert listing.sbom(found) == WRITTEN, "make parts"
    assert listing.page(found) == listing.PAGE.read_text(), "make parts"


def test_every_line_of_the_locks_is_in_it() -> None:
    """Counted by other means than the list's own."""
    listed = {(each["name"], each["version"]) for each in WRITTEN["components"]}
    for file in ("requirements.txt", "requirements-gpu.txt"):
        text = (ROOT / "deploy/docker" / file).read_text()
        lines = [line.split()[0] for line in text.splitlines() if re.match(r"[A-Za-z]", line)]
        for name, version in (line.split("==") for line in lines):
            assert (re.sub(r"[-_.]+", "-", name.partition("[")[0]).lower(), version) in listed
    package = json.loads((ROOT / "services/studio/web/package.json").read_text())
    assert set(package["dependencies"].items()) <= listed


@pytest.fixture
def validator(monkeypatch: pytest.MonkeyPatch) -> JsonStrictValidator:
    """Its IRI references are URI references, which are those in ASCII: what checks IRIs takes a second to import."""
    formats = Draft7Validator.FORMAT_CHECKER.checkers
    assert "date-time" in formats
    monkeypatch.setitem(formats, "iri-reference", formats["uri-reference"])
    return JsonStrictValidator(SchemaVersion.V1_6)


def test_it_is_cyclonedx(validator: JsonStrictValidator) -> None:
    assert validator.validate_str(listing.SBOM.read_text()) is None


@pytest.mark.parametrize(
    "wrong",
    [
        {"metadata": WRITTEN.get("metadata", {}) | {"timestamp": "yesterday"}},
        {"externalReferences": [{"type": "website", "url": "https://example.org/a page"}]},
        {"externalReferences": [{"type": "website", "url": "https://example.org/\N{LATIN SMALL LETTER E WITH ACUTE}"}]},
        {"bomFormat": "SPDX"},
    ],
)
def test_a_list_that_is_none_is_seen(validator: JsonStrictValidator, wrong: dict[str, object]) -> None:
    assert validator.validate_str(json.dumps(WRITTEN | wrong)) is not None


def test_what_is_copyleft_has_a_reason_and_nothing_is_unknown() -> None:
    for part in listing.parts():
        if part.reason == "":
            assert not re.search("GPL|MPL|EULA|Proprietary", part.licence), part
        else:
            assert part.reason in listing.PAGE.read_text()


def test_a_licence_without_a_reason_is_refused() -> None:
    with pytest.raises(KeyError):
        listing.Part("images", "something", "1.0", "AGPL-3.0-only").reason  # noqa: B018
