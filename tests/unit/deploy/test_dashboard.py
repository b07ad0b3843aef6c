"""The dashboard asks for what the services count."""

import importlib
import json
import re
from pathlib import Path
from typing import Any

import pytest
from prometheus_client import REGISTRY

FOLDER = Path(__file__).parents[3] / "deploy" / "grafana" / "provisioning" / "dashboards"
PANELS: list[dict[str, Any]] = json.loads((FOLDER / "jobalerts.json").read_text())["panels"]
GRAPHS = [panel for panel in PANELS if panel["type"] != "row"]
SAMPLE = {"counter": "_total", "histogram": "_bucket", "gauge": ""}
MODULES = ("runtime.telemetry", *(f"services.{name}.metrics" for name in ("ingest", "matcher", "notifier", "subscriptions")))
OF_PROMETHEUS = {"up"}


@pytest.mark.parametrize("panel", GRAPHS, ids=lambda panel: panel["title"])
def test_each_query_asks_for_what_is_counted(panel: dict[str, Any]) -> None:
    counted = {f"{family.name}{SAMPLE.get(family.type, '')}": family for family in _families()}
    for target in panel["targets"]:
        expression = re.sub(r"\b(?:by|without) \([^)]*\)|\[[^]]*\]", "", target["expr"])
        asked = set(re.findall(r"\b[a-z_]+\b(?! *\()", expression)) - OF_PROMETHEUS
        assert asked <= counted.keys(), target["expr"]
        for name in asked:
            assert ("rate(" in expression or "increase(" in expression) == (counted[name].type != "gauge"), target["expr"]


def test_each_panel_says_what_it_shows_and_has_a_place_of_its_own() -> None:
    places = set()
    for panel in GRAPHS:
        assert panel["description"]
        assert len({target["refId"] for target in panel["targets"]}) == len(panel["targets"])
        places.add((panel["gridPos"]["x"], panel["gridPos"]["y"]))
    assert len(places) == len(GRAPHS)
    assert len({panel["id"] for panel in PANELS}) == len(PANELS)


def _families() -> list[Any]:
    for module in MODULES:
        importlib.import_module(module)
    return list(REGISTRY.collect())
