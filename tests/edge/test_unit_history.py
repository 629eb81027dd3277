"""Remaining life and capability beside history: what the pages tell, once each quarter hour that the data reach."""

from collections.abc import Mapping, Sequence

import pytest

from edge.characteristic import charts
from edge.remaining_life import Condition
from edge.store import StoreUnavailable
from edge.unit_history import QUARTER_MS, UnitHistory
from tests.edge.drifting import drifting
from tests.edge.filled_store import Filler, filled
from tests.edge.influx.line_protocol import Point, read
from tests.edge.test_remaining_life import HEALTHY, Worn, at, plant, watch
from tests.edge.toy_line import START
from twin.model.declaration import Declaration, UnitDeclaration
from twin.model.frame import Sample

FIRST = round(START.timestamp() * 1000)


class Told(list[Point]):
    """Keeps the points of lines that it is told, or refuses them with `error`."""

    error: Exception | None = None

    def __call__(self, lines: Sequence[bytes]) -> None:
        if self.error is not None:
            raise self.error
        self += [read(line.decode()) for line in lines]

    def times(self) -> set[int]:
        """The ends of the quarter hours that were told, in ms."""
        return {point.time // 1_000_000 + QUARTER_MS for point in self}


def nothing(*_: object) -> list[Condition]:
    return []


def test_capability_is_that_of_the_page_once_each_quarter_hour_that_data_reach() -> None:
    """Every characteristic with a limit; a look without a new quarter hour tells nothing."""
    store, filler = filled(65)
    told = Told()
    history = UnitHistory(store, nothing, told)
    history.look()
    history.look()
    quarter = FIRST + 4 * QUARTER_MS
    assert told.times() == {quarter}
    assert {point.measurement for point in told} == {"capability"}
    units = {unit.path: unit for unit in filler.declaration.units}
    assert [dict(point.tags)["tag"] for point in told] == ["tonnage"] * 4
    for point in told:
        unit = units[dict(point.tags)["scope"]]
        (tag,) = (one for one in unit.tags if one.name == "tonnage")
        page = charts(store, filler.declaration, unit, tag, quarter)
        assert point.fields == {figure.name: figure.value for figure in page.figures} | {
            "stable": not page.out_of_control, "values": len(page.values),
        }  # fmt: skip
        assert page.times[-1] < quarter
    filler.fill(9)
    history.look()
    assert told.times() == {quarter}
    filler.fill(2)
    history.look()
    assert told.times() == {quarter, quarter + QUARTER_MS}


class WornNow(Worn):
    """Told up to `now`."""

    now = 0

    def last(self, paths: Sequence[str]) -> dict[str, Sample]:
        return {path: Sample(path, 7.0, self.now) for path in paths if path.endswith("/dimension")}


def test_remaining_life_is_that_of_the_page() -> None:
    """Mean and interval once there is a trend; before it the reading and its way alone."""
    declaration = plant()
    store = WornNow(declaration, wears=True)
    store.declare(declaration)
    told = Told()
    history = UnitHistory(store, watch(declaration, store).conditions, told)
    for hours in (0.5, 22.0):
        store.now = at(declaration, hours)
        history.look()
    early, late = told
    assert dict(late.tags)["tag"] == "dimension"
    common = {"reading": 7.0, "way": 0.5, "acts": False, "upgrade": declaration.upgrades[0].title}
    assert HEALTHY == 2.0
    assert early.fields == common
    (page,) = watch(declaration, store).conditions(
        declaration,
        declaration.unit("lathe"),
        store.last(["lathe/dimension"]),
        store.now // QUARTER_MS * QUARTER_MS,
    )
    assert page.life is not None
    assert page.interval is not None
    life = {name: late.fields[name] for name in ("mean_s", "low_s", "high_s")}
    assert list(life.values()) == pytest.approx([page.life[0], *page.interval], rel=0.05)
    assert late.fields == common | life


def test_what_goes_wrong_is_due_again_and_ends_nothing_else() -> None:
    """A store that takes nothing, and a plant that cannot be judged."""
    store, _ = filled(20)
    told = Told()
    told.error = StoreUnavailable("away")
    history = UnitHistory(store, nothing, told)
    history.look()
    told.error = None
    history.look()
    assert told.times() == {FIRST + QUARTER_MS}

    Filler(drifting(), store).fill(20)

    def broken(
        declaration: Declaration, unit: UnitDeclaration, latest: Mapping[str, Sample], now_ms: int
    ) -> list[Condition]:
        if declaration.plant == "drifting":
            raise RuntimeError("no")
        return []

    assert next(one.plant for one in store.declarations()) == "drifting"
    again = Told()
    UnitHistory(store, broken, again).look()
    assert again.times() == {FIRST + QUARTER_MS}
