"""A dashboard: rows of panels laid out on the grid, variables, marks and ways to the others, as classic JSON.

Classic because it is what file provisioning takes in every version; schema version 37 because later ones add nothing
that is used here, newer servers read it, and older ones (9.4) need no field that they do not know.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from grafana_foundation_sdk.builders.dashboard import Dashboard, DashboardLink
from grafana_foundation_sdk.cog.builder import Builder
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models.dashboard import (
    DashboardCursorSync,
    DashboardLinkType,
    VariableModel,
)

from edge.dashboards.annotation import Marks
from edge.dashboards.built import TAG
from edge.dashboards.panel import Panel
from edge.dashboards.variable import datasource, prefix

SCHEMA_VERSION = 37
COLUMNS = 24
FIGURES, ROLES = "figures", "roles"  # folders
Variable: TypeAlias = Builder[VariableModel]


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """Panels side by side with their widths, `height` grid units high; the widths add up to 24."""

    height: int
    panels: Sequence[tuple[int, Panel]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One dashboard; `uid` is its address for ever."""

    uid: str
    title: str
    told: str
    rows: Sequence[Row]
    variables: Sequence[Variable] = ()
    marks: Sequence[Marks] = ()
    folder: str = FIGURES
    since: str = "now-24h"
    refresh: str = "1m"
    tags: Sequence[str] = field(default_factory=tuple)

    def as_json(self) -> dict[str, Any]:
        """Return it as Grafana takes it."""
        made = (
            Dashboard(self.title)
            .uid(self.uid)
            .description(self.told)
            .tags([TAG, self.folder, *self.tags])
            .editable()
            .tooltip(DashboardCursorSync.CROSSHAIR)
            .time(self.since, "now")
            .refresh(self.refresh)
            .timezone("browser")
            .version(1)
            .variables([datasource(), prefix(), *self.variables])
            .links([_ways("Figures", FIGURES), _ways("Start pages", ROLES)])
        )
        number = 0
        for row in self.rows:
            if sum(width for width, _ in row.panels) != COLUMNS:
                raise ValueError(f"{self.uid}: a row's panels are not {COLUMNS} wide together")
            for width, panel in row.panels:
                number += 1
                made.with_panel(panel.id(number).span(width).height(row.height))
        found: dict[str, Any] = json.loads(json.dumps(made.build(), cls=JSONEncoder))
        found["schemaVersion"] = SCHEMA_VERSION
        found["annotations"] = {"list": list(self.marks)}
        for variable in found["templating"]["list"]:
            if variable["type"] == "constant":
                variable |= {"hide": 2, "current": {"text": variable["query"], "value": variable["query"]}}
        for link in [*found["links"], *_links_in(found)]:
            link.pop("placement", None)  # would hide the link in a menu of newer versions
        return found


def _links_in(found: dict[str, Any]) -> list[dict[str, Any]]:
    links: list[dict[str, Any]] = []
    for panel in found["panels"]:
        config = panel.get("fieldConfig") or {}
        links += config.get("defaults", {}).get("links", [])
        for override in config.get("overrides", ()):
            links += [
                one for held in override["properties"] if held["id"] == "links" for one in held["value"]
            ]
    return links


def _ways(title: str, tag: str) -> DashboardLink:
    return (
        DashboardLink(title)
        .type(DashboardLinkType.DASHBOARDS)
        .tags([tag])
        .as_dropdown(True)
        .include_vars(True)
        .keep_time(True)
    )
