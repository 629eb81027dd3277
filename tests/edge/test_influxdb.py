"""The store on InfluxDB beyond the contract: what others find in it, how it is set up and opened again."""

import re
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from edge.cli import app
from edge.health import Flow, Part, Report, State
from edge.health_history import HealthHistory
from edge.outbox import Depth
from edge.remaining_life import Condition
from edge.service import ServiceError, open_store
from edge.settings import load
from edge.store import Event, Interval, Results, StoreUnavailable, TallyRow
from edge.store.influxdb import InfluxStore
from edge.store.influxdb_chart import Charts
from edge.store.influxdb_schema import MEASUREMENTS, UNIT_TAGS, Bucket
from edge.store.influxdb_setup import Layout, prepare, rollup_tasks
from edge.store.memory import MemoryStore
from edge.unit_history import UnitHistory
from tests.edge.drifting import drifting
from tests.edge.filled_store import filled
from tests.edge.influx.bench import Bench
from tests.edge.influx.comparison import assert_equal
from tests.edge.influx.real import Points
from tests.edge.influx.state import Double
from tests.edge.telemetry import START, TAGS, batch, declaration, frames
from twin.kpi import figures, total
from twin.kpi.spc import individuals
from twin.model.tag import Kind
from twin.secret import SecretError

PRESS = declaration()
UNIT = PRESS.sources[1]
MINUTE, HOUR = 60_000, 3_600_000
REPORT = Report(
    parts=[Part("store", State.DEGRADED, "slow")],
    flows=[Flow("press", "online", 2.5, 3, Depth(4, 400, 1.5), 1, 0, 5, 0, {"dropped_by_hand": 6})],
)
_TYPES = {"double": float, "long": int, "boolean": bool, "string": str}


def test_store_opened_again_knows_everything(influx: Bench) -> None:
    """Watermarks, newest values and results outlive the process; a snapshot larger than a field comes back whole."""
    layout, model, some = influx.layout(), MemoryStore(), frames(PRESS, 50)
    large = np.random.default_rng(1).bytes(200_000)
    for cut in range(0, len(some), 30):
        store = influx.store(layout)
        for one in (store, model):
            one.declare(PRESS)
            interval = Interval(UNIT, START, START + cut or None, 6, "production")
            fresh = one.fresh("press", [batch(PRESS, some[: cut + 30])])
            one.write("press", fresh, Results(intervals=[interval], snapshot=large[: 200_000 - cut]))
        store.close()
    store = influx.store(layout)
    assert_equal(store, model)
    assert store.snapshot("press", 1) == large[: 200_000 - 120]
    assert store.fresh("press", [batch(PRESS, some)]) == []
    store.close()
    with pytest.raises(StoreUnavailable, match="closed"):
        store.record([Event(1, "", "system", "info", "too late")])


def test_what_a_real_engine_makes_reads_back_as_from_memory(influx: Bench) -> None:
    """A while of a line, folded by the real engine: InfluxDB answers like the store in memory."""
    store, model = influx.store(), MemoryStore()
    filled(30, store=store)
    filled(30, store=model)
    assert_equal(store, model, model.declarations()[0].plant)
    store.close()


# -- what others find ----------------------------------------------------------------------------------------


def test_everything_stored_stands_in_the_schema(influx: Bench) -> None:
    """Measurement, bucket, tags, fields and types of every point are those that dashboards are checked against."""
    layout = influx.layout()
    store = influx.store(layout)
    filled(65, store=store)
    store.record([Event(1, "", "system", "info", "note")])
    HealthHistory(store, lambda: REPORT).tell()
    die = Condition(
        tag="tonnage", upgrade=drifting().declaration.upgrades[0], healthy=8.0, failed=10.0, reading=9.0,
        life=(7200.0, 600.0), acts=True, since_ms=None,
    )  # fmt: skip
    UnitHistory(store, lambda *_: [die], store.tell).look()
    seen = set()
    for role in Bucket:
        for (measurement, tags, name), held in influx.points(layout.bucket(role)).items():
            known = MEASUREMENTS[measurement]
            seen.add(measurement)
            assert known.bucket is role
            assert {tag for tag, _ in tags} <= set(known.tags)
            assert {type(value) for value in held.values()} == {_TYPES[known.field_type(name)]}
            assert name not in known.tags
    assert seen == set(MEASUREMENTS) - {"rollup", "control_chart"}
    store.close()


def test_figures_of_windows_are_kept_up_across_a_restart(influx: Bench) -> None:
    """`kpi` holds the figures of the window's sum and their inputs, though its minutes came to two processes."""
    layout, minutes = influx.layout(), []
    for start in (0, 20, 40):
        store = influx.store(layout)
        store.declare(PRESS)
        rows = [
            TallyRow(UNIT, START + n * MINUTE, START + (n + 1) * MINUTE,
                     {"calendar_time": 60.0, "planned_busy_time": 60.0, "actual_production_time": 40.0 + n % 7,
                      "pq": 2.0 + n % 3, "sq": float(n % 2), "ideal_time": 30.0})
            for n in range(start, start + 20)
        ]  # fmt: skip
        store.write("press", [], Results(tallies=rows))
        store.write("press", [], Results(tallies=rows[-3:]))  # a repeat adds nothing
        minutes += rows
    begin = START // HOUR * HOUR
    for window, width in (("1h", HOUR), ("15m", HOUR // 4)):
        rows_of = store._link.ask(
            f'from(bucket: "{layout.bucket(Bucket.RESULTS)}")\n'
            f"  |> range(start: time(v: {begin * 10**6}), stop: time(v: {(begin + 2 * HOUR) * 10**6}))\n"
            f'  |> filter(fn: (r) => r._measurement == "kpi" and r.window == "{window}")\n'
            '  |> pivot(rowKey: ["_time"], columnKey: ["_field"], valueColumn: "_value")'
        )
        starts = sorted({row.start_ms // width * width for row in minutes})
        assert len(rows_of) == len(starts)
        for row, start in zip(rows_of, starts, strict=True):
            inside = [one for one in minutes if start <= one.start_ms < start + width]
            expected = figures(total(one.values for one in inside), "{piece}")
            assert float(row["oee_index"]) == pytest.approx(expected["oee_index"].value)
            assert float(row["availability:PBT"]) == 60.0 * len(inside)
            assert row["complete"] == ("true" if inside[-1].end_ms == start + width else "false")
    store.close()


def _quarter(number: int) -> list[TallyRow]:
    """Fifteen minutes with a defect rate of their own: some 3 %, of the 30th quarter hour 40 %."""
    defective = 40.0 if number == 30 else 3.0 + number % 2
    sums = {"calendar_time": 60.0, "pq": 100.0, "sq": defective}
    begin = START // HOUR * HOUR + number * HOUR // 4
    return [TallyRow(UNIT, begin + n * MINUTE, begin + (n + 1) * MINUTE, sums) for n in range(15)]


@pytest.mark.parametrize("restart", [False, True])
def test_control_chart_judges_a_quarter_hour_by_the_day_before(influx: Bench, restart: bool) -> None:
    """Limits are those of the quarter hours before, across a restart too; what breaks a rule is told with it."""
    layout = influx.layout()
    store = influx.store(layout)
    store.declare(PRESS)
    for number in range(32):
        if restart and number in (10, 25):
            store.close()
            store = influx.store(layout)
        store.write("press", [], Results(tallies=_quarter(number)))
        store.write("press", [], Results(tallies=_quarter(number)[-2:]))  # a repeat changes nothing
    found: dict[str, dict[int, object]] = {}
    for (measurement, tags, name), held in influx.points(layout.bucket(Bucket.RESULTS)).items():
        if measurement == "control_chart" and dict(tags)["figure"] == "defect_rate":
            found[name] = {at // 10**6: value for at, value in held.items()}
    rates = [sum(row.values["sq"] for row in _quarter(n)) / 1500.0 for n in range(32)]
    begins = [_quarter(n)[0].start_ms for n in range(32)]
    assert found["value"] == pytest.approx(dict(zip(begins[20:], rates[20:], strict=True)))
    for number in (20, 30):
        limits = individuals(rates[:number])
        assert found["centre"][begins[number]] == pytest.approx(limits.centre)
        assert found["upper"][begins[number]] == pytest.approx(limits.upper)
        assert found["lower"][begins[number]] == pytest.approx(max(0.0, limits.lower))
    assert "1" in str(found["rules"][begins[30]]).split()
    assert found["broken"][begins[30]] == pytest.approx(0.4)
    assert begins[31] in found["value"]
    store.close()


def test_control_chart_asks_again_for_a_past_that_could_not_be_read() -> None:
    """A store that is away at the first window does not leave the chart without its past."""
    past = [(UNIT, "defect_rate", START + n * HOUR // 4, 0.03 + 0.01 * (n % 2)) for n in range(24)]
    answers = iter([StoreUnavailable("away"), past])

    def load(*_: object) -> list[tuple[str, str, int, float]]:
        answer = next(answers)
        if isinstance(answer, StoreUnavailable):
            raise answer
        return answer

    charts, now = Charts(load), START + 24 * HOUR // 4
    told = figures({"calendar_time": 900.0, "pq": 100.0, "sq": 3.0}, "{piece}")
    with pytest.raises(StoreUnavailable):
        list(charts.add("press", 1, UNIT, now, told))
    (point,) = charts.add("press", 1, UNIT, now, told)
    assert point.centre == pytest.approx(0.035)


def test_limits_of_tags_are_told_with_the_declaration(influx: Bench) -> None:
    """Every numeric tag's range, limits and unit are stored; a limit that a tag has not has no field."""
    layout = influx.layout()
    store = influx.store(layout)
    store.declare(PRESS)
    told: dict[tuple[str, str], dict[str, object]] = {}
    for (measurement, tags, name), held in influx.points(layout.bucket(Bucket.RESULTS)).items():
        if measurement == "tag_limit":
            told.setdefault((dict(tags)["scope"], dict(tags)["tag"]), {})[name] = next(iter(held.values()))
    for unit in PRESS.units:
        for tag in unit.tags:
            if tag.kind is Kind.TEXT:
                assert (unit.path, tag.name) not in told
                continue
            limits = {name: getattr(tag, name) for name in ("low", "lolo", "lo", "hi", "hihi", "high")}
            expected = {name: value for name, value in limits.items() if value is not None}
            held = told[unit.path, tag.name]
            assert {name: held[name] for name in limits if name in held} == expected
            assert held["unit_of_measure"] == tag.unit
    store.close()


def test_sample_that_is_no_number_is_kept_beside_the_trend(influx: Bench) -> None:
    layout = influx.layout()
    store, some = influx.store(layout), frames(PRESS, 1)[:1]
    store.declare(PRESS)
    some[0].tags, some[0].times_ms = [0, 2, 3], [START, START, START]
    some[0].values, some[0].texts = [1.0, float("nan"), float("-inf")], {}
    store.write("press", [batch(PRESS, some)], Results())
    points = influx.points(layout.bucket(Bucket.RAW))
    assert sorted(
        (dict(tags)["tag"], *values.values())
        for (_, tags, name), values in points.items()
        if name == "special"
    ) == [(TAGS[2], "nan"), (TAGS[3], "-inf")]
    assert store.series(f"{PRESS.sources[0]}/{TAGS[2]}", 0, 10**14).time_ms.tolist() == []
    store.close()


# -- setting up ----------------------------------------------------------------------------------------------


def test_buckets_and_tasks_are_made_once_and_corrected_when_they_differ(
    influx: Bench, double: Double
) -> None:
    layout, link = influx.layout(), influx.link()
    prepare(link, layout)
    names = [layout.bucket(role) for role in Bucket]
    assert [double.buckets[name].keep_s for name in names] == [0, 0, 0, 0]
    before = len(double.requests)
    prepare(link, layout)
    assert {text.split()[0] for text in double.requests[before:]} == {"GET"}
    prepare(link, Layout(layout.prefix, 30))
    assert [double.buckets[name].keep_s for name in names] == [30 * 86_400, 0, 0, 0]
    ours = [one for one in double.tasks.values() if one["name"].startswith(layout.prefix)]
    assert {one["name"]: one["flux"] for one in ours} == rollup_tasks(layout, influx.address.org)
    ours[0]["flux"] += "\n// changed by hand"
    prepare(link, layout)
    assert [one["flux"] for one in double.tasks.values() if "by hand" in one["flux"]] == []
    assert double.buckets[names[0]].keep_s == 0
    link.close()


def test_tasks_thin_samples_to_five_minutes(influx: Bench) -> None:
    """The tasks' own texts, run: low, mean, high, last, count of whole five minutes; a second run changes nothing."""
    layout = influx.layout()
    store, some = influx.store(layout), frames(PRESS, 900)
    store.declare(PRESS)
    store.write("press", [batch(PRESS, some)], Results())
    path, width = f"{UNIT}/power_electricity", 5 * MINUTE
    end = (START // HOUR + 1) * HOUR

    def run() -> Points:
        for name in rollup_tasks(layout, influx.address.org):
            influx.run_task(name, end + layout.late_h * HOUR + 2 * MINUTE)
        return influx.points(layout.bucket(Bucket.ROLLUP))

    held = run()
    found = {
        name: {at // 10**6: value for at, value in values.items()}
        for (_, tags, name), values in held.items()
        if dict(tags)["scope"] == UNIT and dict(tags)["tag"] == "power_electricity"
    }
    series = store.series(path, 0, end, width)
    for name in ("low", "mean", "high", "last"):
        assert found[name] == pytest.approx(
            dict(zip(series.time_ms.tolist(), getattr(series, name).tolist(), strict=True))
        )
    assert sum(int(count) for count in found["count"].values()) == len(store.series(path, 0, end).time_ms)
    assert run() == held
    assert {name for _, _, name in held} == set(MEASUREMENTS["rollup"].fields)
    store.close()


@pytest.mark.parametrize("raw_days", [0, 1, 2, 30])
def test_tasks_fold_what_raw_still_keeps_and_each_reads_for_itself(raw_days: int) -> None:
    """Five readers of one stream, or five tasks at once, took more memory than a small server has."""
    layout = Layout("some", raw_days)
    texts = rollup_tasks(layout, "demo").values()
    assert all(text.count("from(") == text.count("aggregateWindow(") == 1 for text in texts)
    hours = [[int(found) for found in re.findall(r"date\.sub\(d: (\d+)h", text)] for text in texts]
    assert {raw_days == 0 or sum(one) < 24 * raw_days for one in hours} == {True}
    offsets = {re.search(r"offset: (\d+)m", text).group(1) for text in texts}  # type: ignore[union-attr]
    assert len(offsets) == len(texts) == 5


# -- wiring --------------------------------------------------------------------------------------------------


def test_settings_name_the_server_and_the_secrets_directory_holds_the_token(
    influx: Bench, tmp_path: Path
) -> None:
    """Each missing part is told by its name; with all of them the edge has its store."""
    given = {"store": "influxdb", "data": tmp_path / "data", "secrets": tmp_path}
    with pytest.raises(ServiceError, match="EDGE_INFLUXDB_URL"):
        open_store(load(**given))
    given["influxdb_url"] = influx.address.url
    with pytest.raises(ServiceError, match="EDGE_INFLUXDB_ORG"):
        open_store(load(**given))
    layout = influx.layout()
    given |= {"influxdb_org": influx.address.org, "influxdb_prefix": layout.prefix}
    with pytest.raises(SecretError, match="influxdb"):
        open_store(load(**given))
    token = tmp_path / "influxdb"
    token.write_text(influx.address.token)
    token.chmod(0o600)
    store = open_store(load(**given))
    assert isinstance(store, InfluxStore)
    assert (store.incident, store.declarations()) == ("", [])
    store.close()


def test_help_tells_of_the_store() -> None:
    told = " ".join(CliRunner().invoke(app, ["run", "--help"]).output.split())
    for word in ("EDGE_STORE=influxdb", "EDGE_INFLUXDB_URL", "EDGE_INFLUXDB_ORG", "EDGE_INFLUXDB_PREFIX"):
        assert word in told


def test_page_about_influxdb_names_what_the_schema_holds() -> None:
    """docs/influxdb.md has a row for each measurement, with its bucket, its own tags and its fields."""
    page = (Path(__file__).parents[2] / "docs" / "influxdb.md").read_text(encoding="utf-8")
    rows = {line.split("|")[1].strip(" `"): line for line in page.splitlines() if line.startswith("| `")}
    for one in MEASUREMENTS.values():
        assert f"| {one.bucket.value} |" in rows[one.name]
        for name in (*set(one.tags) - set(UNIT_TAGS), *one.fields):
            assert f"`{name}`" in rows[one.name], (one.name, name)
