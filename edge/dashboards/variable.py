"""Variables of the dashboards: chained from plant to epoch to unit, each asked of the store."""

from grafana_foundation_sdk.builders.dashboard import (
    ConstantVariable,
    CustomVariable,
    DatasourceVariable,
    QueryVariable,
)
from grafana_foundation_sdk.models.common import DataSourceRef
from grafana_foundation_sdk.models.dashboard import (
    VariableHide,
    VariableOption,
    VariableRefresh,
    VariableSort,
)

from edge.dashboards.question import OF_PLANT, UNGROUPED, field_is, rows
from edge.store.influxdb_flux import keep

DATASOURCE_UID = "smart-factory"  # as provisioned; elsewhere the variable lets a person choose
SOURCE = DataSourceRef(type_val="influxdb", uid="${datasource}")
_ALL = VariableOption(selected=True, text="All", value="$__all")


def datasource() -> DatasourceVariable:
    """Let a person choose the data source; a dashboard brought elsewhere finds the one that is there."""
    return (
        DatasourceVariable("datasource")
        .label("Data source")
        .type("influxdb")
        .hide(VariableHide.HIDE_VARIABLE)
        .current(VariableOption(selected=True, text=DATASOURCE_UID, value=DATASOURCE_UID))
    )


def prefix(name: str = "factory") -> ConstantVariable:
    """Tell the first part of the buckets' names, as EDGE_INFLUXDB_PREFIX has it."""
    return ConstantVariable("prefix").value(name)


def _asked(name: str, label: str, query: str, *, many: bool = False, hidden: bool = False) -> QueryVariable:
    made = (
        QueryVariable(name)
        .label(label)
        .datasource(SOURCE)
        .query(query)
        .definition(query)
        .refresh(VariableRefresh.ON_TIME_RANGE_CHANGED)
        .sort(VariableSort.ALPHABETICAL_ASC)
        .hide(VariableHide.HIDE_VARIABLE if hidden else VariableHide.DONT_HIDE)
        .multi(many)
        .include_all(many)
    )
    return made.current(_ALL) if many else made


def _declared(*where: str) -> str:
    return rows("declaration", field_is("declaration", ("number",)), *where, start="time(v: 0)", stop="")


def _distinct(tag: str) -> str:
    return f'{UNGROUPED}\n  |> distinct(column: "{tag}")\n{keep("_value")}'


# What a variable offers is text; `max` keeps the row of the newest epoch.
_NEWEST = "  |> max()\n  |> map(fn: (r) => ({_value: string(v: r._value)}))"


def plant(name: str = "plant", label: str = "Plant") -> QueryVariable:
    """Choose one of the plants that were ever declared."""
    return _asked(name, label, f"{_declared()}\n{_distinct('plant')}")


def epoch(of: str = "plant", name: str = "epoch") -> QueryVariable:
    """Follow a plant: its newest epoch, which replaces what older ones told of the same hours."""
    declared = _declared(f'r.plant == "${{{of}}}"')
    return _asked(name, "Epoch", f"{declared}\n{UNGROUPED}\n{_NEWEST}", hidden=True)


def plants() -> QueryVariable:
    """Choose any of the plants."""
    return _asked("plants", "Plants", f"{_declared()}\n{_distinct('plant')}", many=True)


def epochs() -> QueryVariable:
    """Follow the plants: the newest epoch of each. Epochs are moments in milliseconds, so no two plants share one."""
    by_plant = f'{_declared("r.plant =~ /^${plants:regex}$/")}\n  |> group(columns: ["plant"])'
    return _asked("epochs", "Epochs", f"{by_plant}\n{_NEWEST}\n{UNGROUPED}", many=True, hidden=True)


def unit() -> QueryVariable:
    """Choose units of the plant that told figures in the time range."""
    asked = rows("kpi", field_is("kpi", ("complete",)), 'r.window == "1h"', *OF_PLANT)
    return _asked("unit", "Unit", f"{asked}\n{_distinct('unit')}", many=True)


def station() -> QueryVariable:
    """Choose one unit of the plant."""
    asked = rows("kpi", field_is("kpi", ("complete",)), 'r.window == "1h"', *OF_PLANT)
    return _asked("station", "Unit in detail", f"{asked}\n{_distinct('unit')}")


def tag() -> QueryVariable:
    """Choose one numeric tag of that unit."""
    asked = rows(
        "tag_limit", field_is("tag_limit", ("unit_of_measure",)), 'r.unit == "${station}"', *OF_PLANT,
        start="time(v: 0)", stop="",
    )  # fmt: skip
    return _asked("tag", "Tag", f"{asked}\n{_distinct('tag')}")


def window() -> CustomVariable:
    """Choose how long the windows are that figures are told for."""
    hour = VariableOption(selected=True, text="1h", value="1h")
    quarter = VariableOption(selected=False, text="15m", value="15m")
    return CustomVariable("window").label("Window").values("1h,15m").options([hour, quarter]).current(hour)
