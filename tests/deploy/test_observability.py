"""Rules, dashboards and Prometheus's configuration, judged by promtool, by the table of metrics and by the pages."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from services.observability.table import METRICS, Kind
from tests.deploy.manifests import compose_schema
from tests.places import ROOT
from tests.support.prometheus_server import DASHBOARDS, OBSERVABILITY, OTHERS, RULES, needs_prometheus

EXPORTED = {
    name
    for metric in METRICS
    for name in (
        [f"{metric.exported}_bucket", f"{metric.exported}_count"]  # Ray's sums are not exact
        if metric.kind is Kind.HISTOGRAM
        else [metric.exported]
    )
}
RECORDED = {rule["record"] for rule in RULES if "record" in rule}
_NAME = re.compile(r"\b(?:ray_|mammoganesis[_:]|process_)[a-z0-9_:]+")


def _panels() -> Iterator[tuple[str, dict[str, Any]]]:
    for path in DASHBOARDS:
        for panel in json.loads(path.read_text())["panels"]:
            yield path.stem, panel


def _names(query: str) -> set[str]:
    return set(_NAME.findall(re.sub(r'"[^"]*"', '""', query)))


@needs_prometheus
@pytest.mark.parametrize("arguments", [("check", "rules", "rules.yml"), ("check", "config", "prometheus.yml")])
def test_promtool_finds_no_fault(arguments: tuple[str, ...]) -> None:
    check = subprocess.run(["promtool", *arguments], cwd=OBSERVABILITY, capture_output=True, text=True)
    assert check.returncode == 0, check.stdout + check.stderr


@needs_prometheus
def test_alerts_come_when_they_should_and_not_before() -> None:
    played = subprocess.run(
        ["promtool", "test", "rules", "rules_test.yml"], cwd=Path(__file__).parent, capture_output=True, text=True
    )
    assert played.returncode == 0, played.stdout + played.stderr


def test_what_is_played_as_a_panel_is_one() -> None:
    played = yaml.safe_load((Path(__file__).parent / "rules_test.yml").read_text())["tests"]
    asked = {each["expr"] for test in played for each in test.get("promql_expr_test", []) if "ray_" in each["expr"]}
    panels = {target["expr"] for _, panel in _panels() for target in panel["targets"]}
    assert asked
    assert asked <= panels


def test_compose_adds_to_what_is_there() -> None:
    """Prometheus finds the processes under the names and ports that the two files give them."""
    base = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
    more = yaml.safe_load((OBSERVABILITY / "compose.yml").read_text())
    jsonschema.validate(more, compose_schema())
    scraped = yaml.safe_load((OBSERVABILITY / "prometheus.yml").read_text())["scrape_configs"]
    for job in scraped:
        (target,) = job["static_configs"][0]["targets"]
        host, _, port = target.partition(":")
        if host == "ray":
            assert f"--metrics-export-port {port}" in (ROOT / "deploy" / "docker" / "ray-head.sh").read_text()
        else:
            assert more["services"][host]["environment"]["MAMMOGANESIS_METRICS_PORT"] == port
        networks = more["services"][host].get("networks") if host in more["services"] else None
        assert "cluster" in (networks or base["services"][host]["networks"])
    assert more["services"]["prometheus"]["networks"] == ["cluster", "public"]
    for name in ("prometheus", "grafana"):
        service = more["services"][name]
        assert service["cap_drop"] == ["ALL"]
        assert service["read_only"]
        assert all(port.startswith("${BIND:-127.0.0.1}:") for port in service["ports"])
        for volume in service["volumes"]:
            source = volume.partition(":")[0]
            assert source in more["volumes"] or (ROOT / source).exists()


def test_queries_know_no_metric_that_is_none() -> None:
    queries = [target["expr"] for _, panel in _panels() for target in panel["targets"]]
    queries += [rule["expr"] for rule in RULES]
    asked = set().union(*map(_names, queries))
    assert asked <= EXPORTED | RECORDED | OTHERS
    assert {name for name in asked if ":" in name} <= RECORDED
    assert len(asked) > 40


def test_every_alert_has_a_severity_a_summary_and_an_entry_in_the_handbook() -> None:
    alerts = [rule for rule in RULES if "alert" in rule]
    page = (ROOT / "docs" / "operations.md").read_text()
    anchors = {
        re.sub(r"[^a-z0-9 -]", "", title.lower()).strip().replace(" ", "-")
        for title in re.findall(r"^#+ (.*)$", page, re.MULTILINE)
    }
    assert len({rule["alert"] for rule in alerts}) == len(alerts) >= 20
    for rule in alerts:
        assert rule["labels"]["severity"] in ("page", "ticket"), rule["alert"]
        assert rule["annotations"]["summary"], rule["alert"]
        file, _, anchor = rule["annotations"]["runbook_url"].partition("#")
        assert file == "docs/operations.md"
        assert anchor in anchors, f"{rule['alert']}: docs/operations.md has no heading for #{anchor}"


@pytest.mark.parametrize("path", DASHBOARDS, ids=lambda path: path.stem)
def test_a_dashboard_has_what_grafana_needs(path: Path) -> None:
    """Of https://grafana.com/docs/grafana/latest/dashboards/build-dashboards/view-dashboard-json-model/"""
    dashboard = json.loads(path.read_text())
    assert dashboard["uid"] == path.stem
    assert re.fullmatch(r"[A-Za-z0-9_-]{1,40}", dashboard["uid"])
    assert dashboard["title"].startswith("MammoGANesis")
    assert dashboard["schemaVersion"] >= 36
    assert dashboard["time"].keys() == {"from", "to"}
    (variable,) = dashboard["templating"]["list"]
    assert (variable["name"], variable["type"], variable["query"]) == ("datasource", "datasource", "prometheus")
    panels = dashboard["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels) > 8
    taken: set[tuple[int, int]] = set()
    for panel in panels:
        assert panel["type"] in ("stat", "timeseries")
        assert panel["title"]
        place = panel["gridPos"]
        cells = {
            (x, y)
            for x in range(place["x"], place["x"] + place["w"])
            for y in range(place["y"], place["y"] + place["h"])
        }
        assert not cells & taken, panel["title"]
        assert max(x for x, _ in cells) < 24
        taken |= cells
        assert panel["datasource"] == {"type": "prometheus", "uid": "${datasource}"}
        assert panel["fieldConfig"]["defaults"]["unit"] in ("none", "s", "bytes", "Bps", "reqps", "percentunit")
        assert len({target["refId"] for target in panel["targets"]}) == len(panel["targets"]) >= 1
        for target in panel["targets"]:
            assert target["expr"]
            assert target["datasource"] == panel["datasource"]
            # A rate of a fixed width lies when the page shows a week.
            assert not re.search(r"rate\([^)]*\[\d", target["expr"]), panel["title"]
