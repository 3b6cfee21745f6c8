"""What is shipped, as it is written down: complete, fresh, and of licences that allow it."""

import json
import re

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

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


def test_it_is_cyclonedx() -> None:
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(listing.SBOM.read_text()) is None


def test_what_is_copyleft_has_a_reason_and_nothing_is_unknown() -> None:
    for part in listing.parts():
        if part.reason == "":
            assert not re.search("GPL|MPL|EULA|Proprietary", part.licence), part
        else:
            assert part.reason in listing.PAGE.read_text()


def test_a_licence_without_a_reason_is_refused() -> None:
    with pytest.raises(KeyError):
        listing.Part("images", "something", "1.0", "AGPL-3.0-only").reason  # noqa: B018
