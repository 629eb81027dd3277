"""Panels of each kind, each with its unit and its thresholds."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from grafana_foundation_sdk.builders import (
    barchart,
    common,
    dashboardlist,
    stat,
    statetimeline,
    table,
    text,
    timeseries,
)
from grafana_foundation_sdk.builders.dashboard import DashboardLink, FieldColor
from grafana_foundation_sdk.cog.builder import Builder
from grafana_foundation_sdk.cog.variants import Dataquery
from grafana_foundation_sdk.models.common import (
    BigValueColorMode,
    BigValueGraphMode,
    BigValueTextMode,
    GraphDrawStyle,
    LegendDisplayMode,
    LegendPlacement,
    LineInterpolation,
    StackingMode,
    TooltipDisplayMode,
    VisibilityMode,
    VizOrientation,
)
from grafana_foundation_sdk.models.dashboard import DashboardLinkType, DynamicConfigValue, FieldColorModeId

from edge.dashboards.colour import GREY, PLAIN, RED, STATES, Steps, thresholds, words
from edge.dashboards.variable import SOURCE

Panel: TypeAlias = (
    stat.Panel
    | timeseries.Panel
    | table.Panel
    | statetimeline.Panel
    | barchart.Panel
    | text.Panel
    | dashboardlist.Panel
)


class Flux(Dataquery):
    """What a panel asks its data source; the SDK knows no query of InfluxDB."""

    def __init__(self, ref_id: str, query: str) -> None:
        self.ref_id, self.query = ref_id, query

    def to_json(self) -> dict[str, object]:
        """Return it as dashboards hold it."""
        return {"refId": self.ref_id, "query": self.query, "datasource": SOURCE}


class Ask(Builder[Dataquery]):
    """Builds a question."""

    def __init__(self, query: str, ref_id: str = "A") -> None:
        self._made = Flux(ref_id, query)

    def build(self) -> Dataquery:
        """Return the question."""
        return self._made


def asked(queries: Sequence[str]) -> list[Builder[Dataquery]]:
    """Return questions lettered from A on."""
    return [Ask(query, chr(ord("A") + place)) for place, query in enumerate(queries)]


def drill(title: str, uid: str, **variables: str) -> DashboardLink:
    """Return a link to a dashboard with variables and the time range taken along."""
    taken = "".join(f"&var-{name}={value}" for name, value in variables.items())
    return DashboardLink(title).type(DashboardLinkType.LINK).url(f"/d/{uid}?${{__url_time_range}}{taken}")


def tile(
    title: str, query: str, unit: str, *, steps: Steps = PLAIN, decimals: int = 1, told: str = "",
    link: DashboardLink | None = None, word: str = "", zero: str = "",
) -> stat.Panel:  # fmt: skip
    """Return one figure, large. Every series of the answer is a figure of its own, called `word`."""
    made = (
        stat.Panel()
        .title(title)
        .description(told)
        .datasource(SOURCE)
        .targets(asked([query]))
        .unit(unit)
        .decimals(decimals)
        .thresholds(thresholds(steps))
        .color_scheme(FieldColor().mode(FieldColorModeId.THRESHOLDS))
        .color_mode(BigValueColorMode.VALUE)
        .graph_mode(BigValueGraphMode.NONE)
        .text_mode(BigValueTextMode.VALUE_AND_NAME if word else BigValueTextMode.VALUE)
        .reduce_options(common.ReduceDataOptions().calcs(["lastNotNull"]))
        .no_value(zero or "undefined")
    )
    if word:
        made.display_name(word)
    return made.data_links([link]) if link else made


def trend(
    title: str, queries: Sequence[str], unit: str, *, steps: Steps = PLAIN, told: str = "", word: str = "",
    bars: bool = False, stacked: bool = False, points: Sequence[str] = (), dashed: Sequence[str] = (),
    stepped: bool = False, decimals: int | None = None, link: DashboardLink | None = None,
) -> timeseries.Panel:  # fmt: skip
    """Return figures over time; `points` are columns shown as marks alone, `dashed` those that are limits."""
    made = (
        timeseries.Panel()
        .title(title)
        .description(told)
        .datasource(SOURCE)
        .targets(asked(queries))
        .unit(unit)
        .thresholds(thresholds(steps))
        .color_scheme(FieldColor().mode(FieldColorModeId.PALETTE_CLASSIC))
        .draw_style(GraphDrawStyle.BARS if bars else GraphDrawStyle.LINE)
        .line_interpolation(LineInterpolation.STEP_AFTER if stepped else LineInterpolation.LINEAR)
        .fill_opacity(60 if bars or stacked else 0)
        .show_points(VisibilityMode.NEVER)
        .legend(
            common.VizLegendOptions()
            .show_legend(True)
            .display_mode(LegendDisplayMode.LIST)
            .placement(LegendPlacement.BOTTOM)
        )
        .tooltip(common.VizTooltipOptions().mode(TooltipDisplayMode.MULTI))
    )
    if stacked:
        made.stacking(common.StackingConfig().mode(StackingMode.NORMAL).group("A"))
    if word:
        made.display_name(word)
    if decimals is not None:
        made.decimals(decimals)
    for column in points:
        made.override_by_name(column, [
            DynamicConfigValue("custom.drawStyle", "points"), DynamicConfigValue("custom.pointSize", 9),
            DynamicConfigValue("custom.showPoints", "always"),
            DynamicConfigValue("color", {"mode": "fixed", "fixedColor": RED}),
        ])  # fmt: skip
    for column in dashed:
        made.override_by_name(column, [
            DynamicConfigValue("custom.lineStyle", {"fill": "dash", "dash": [8, 6]}),
            DynamicConfigValue("color", {"mode": "fixed", "fixedColor": GREY}),
        ])  # fmt: skip
    return made.data_links([link]) if link else made


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column of a table: heading, unit, from where on which colour, words with colours, where it leads."""

    title: str
    unit: str = "short"
    decimals: int | None = None
    steps: Steps = PLAIN
    colours: Mapping[str, str] | None = None
    link: DashboardLink | None = None
    width: int | None = None

    def properties(self) -> list[DynamicConfigValue]:
        """Return what overrides the table's own configuration for this column."""
        found = [DynamicConfigValue("displayName", self.title), DynamicConfigValue("unit", self.unit)]
        if self.decimals is not None:
            found.append(DynamicConfigValue("decimals", self.decimals))
        if self.steps or self.colours:
            found.append(DynamicConfigValue("custom.cellOptions", {"type": "color-text"}))
        if self.steps:
            found.append(DynamicConfigValue("thresholds", thresholds(self.steps).build()))
        if self.colours:
            found.append(DynamicConfigValue("mappings", [words(self.colours)]))
        if self.link:
            found.append(DynamicConfigValue("links", [self.link.build()]))
        if self.width:
            found.append(DynamicConfigValue("custom.width", self.width))
        return found


def share(title: str) -> Column:
    """Return a column of ratios."""
    return Column(title=title, unit="percentunit", decimals=1)


def moment(title: str) -> Column:
    """Return a column of times."""
    return Column(title=title, unit="dateTimeAsIso", width=170)


def rows(title: str, query: str, columns: Mapping[str, Column], *, told: str = "") -> table.Panel:
    """Return a table; `columns` by their names in the answer, in the order that the question keeps them in."""
    made = (
        table.Panel()
        .title(title)
        .description(told)
        .datasource(SOURCE)
        .targets(asked([query]))
        .unit("short")
        .thresholds(thresholds(PLAIN))
        .filterable(True)
    )
    for name, column in columns.items():
        made.override_by_name(name, column.properties())
    return made


def states(
    title: str, query: str, *, word: str, colours: Mapping[str, str] = STATES, told: str = ""
) -> statetimeline.Panel:
    """Return a bar for each unit, coloured and labelled by what it was."""
    return (
        statetimeline.Panel()
        .title(title)
        .description(told)
        .datasource(SOURCE)
        .targets(asked([query]))
        .unit("string")
        .thresholds(thresholds(PLAIN))
        .mappings([words(colours)])
        .display_name(word)
        .merge_values(True)
        .show_value(VisibilityMode.NEVER)
        .fill_opacity(85)
        .legend(
            common.VizLegendOptions()
            .show_legend(True)
            .display_mode(LegendDisplayMode.LIST)
            .placement(LegendPlacement.BOTTOM)
        )
    )


def bars(
    title: str, query: str, unit: str, *, by: str, told: str = "", link: DashboardLink | None = None
) -> barchart.Panel:
    """Return horizontal bars, one for each row, named by column `by`."""
    made = (
        barchart.Panel()
        .title(title)
        .description(told)
        .datasource(SOURCE)
        .targets(asked([query]))
        .unit(unit)
        .thresholds(thresholds(PLAIN))
        .color_scheme(FieldColor().mode(FieldColorModeId.FIXED).fixed_color(GREY))
        .orientation(VizOrientation.HORIZONTAL)
        .x_field(by)
        .show_value(VisibilityMode.AUTO)
        .legend(
            common.VizLegendOptions()
            .show_legend(False)
            .display_mode(LegendDisplayMode.LIST)
            .placement(LegendPlacement.BOTTOM)
        )
    )
    return made.data_links([link]) if link else made


def note(markdown: str) -> text.Panel:
    """Return words."""
    return text.Panel().title("").content(markdown)


def ways(tag: str, title: str) -> dashboardlist.Panel:
    """Return links to all dashboards with a tag."""
    return (
        dashboardlist.Panel()
        .title(title)
        .tags([tag])
        .show_search(True)
        .show_starred(False)
        .show_recently_viewed(False)
        .show_headings(False)
        .include_vars(True)
        .keep_time(True)
        .max_items(20)
    )
