"""The store on InfluxDB beyond the contract: what it does when the server fails, and what others find in it.

Faults on order need the double; with INFLUXDB_URL set, what can run against a real server does.
"""

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from edge.cli import app
from edge.engine import Engine
from edge.outbox import Outbox
from edge.pipeline import Pipeline
from edge.service import ServiceError, engine, open_store
from edge.settings import load
from edge.store import Event, Interval, Results, Store, StoreUnavailable, TallyRow
from edge.store.influxdb import InfluxStore
from edge.store.influxdb_link import Address, InfluxLink
from edge.store.influxdb_schema import MEASUREMENTS, UNIT_TAGS, Bucket
from edge.store.influxdb_setup import Layout, prepare
from edge.store.memory import MemoryStore
from edge.store.refused import Refused
from tests.edge.filled_store import filled
from tests.edge.influx.bench import Bench, bench
from tests.edge.influx.double import Double
from tests.edge.telemetry import START, TAGS, batch, declaration, frames
from tests.edge.toy_line import simulation
from twin.kpi import figures, total
from twin.packing import pack, unpack
from twin.secret import SecretError

PRESS = declaration()
UNIT = PRESS.sources[1]
MINUTE, HOUR = 60_000, 3_600_000
_TYPES = {"double": float, "long": int, "boolean": bool, "string": str}


@pytest.fixture(scope="module")
def influx() -> Iterator[Bench]:
    with bench() as made:
        yield made


@pytest.fixture
def double(influx: Bench) -> Iterator[Double]:
    if influx.double is None:
        pytest.skip("faults on order need the double; INFLUXDB_URL names a real server")
    yield influx.double
    assert (influx.double.faults, influx.double.query_faults) == ([], [])
    influx.double.refuse, influx.double.max_body, influx.double.down = "", 1 << 30, False


def results(minutes: int = 1, snapshot: bytes = b"{}") -> Results:
    """One minute's sums of a unit and more."""
    return Results(
        tallies=[TallyRow(UNIT, START + n * MINUTE, START + (n + 1) * MINUTE, {"pq": 3.0}) for n in range(minutes)],
        intervals=[Interval(UNIT, START, None, 6, "production")],
        events=[Event(START, UNIT, "alarm", "info", "high", "state", 2.0)],
        snapshot=snapshot,
    )  # fmt: skip


def assert_equal(store: Store, model: Store, plant: str = "press") -> None:
    """Both stores answer alike."""
    (known,) = model.declarations()
    assert store.declarations() == [known]
    assert store.watermarks(plant) == model.watermarks(plant)
    far = 10**14
    for unit in known.units:
        for tag in unit.tags:
            path = f"{unit.path}/{tag.name}"
            assert store.last([path]) == model.last([path])
            if tag.kind == "text":
                assert store.texts(path, 0, far) == model.texts(path, 0, far)
            else:
                ours, theirs = store.series(path, 0, far), model.series(path, 0, far)
                assert ours.time_ms.tolist() == theirs.time_ms.tolist()
                assert ours.last.tolist() == theirs.last.tolist()
        begin = known.start_ms // HOUR * HOUR
        ours_sums = store.tally(unit.path, begin, begin + 24 * HOUR, HOUR)
        theirs_sums = model.tally(unit.path, begin, begin + 24 * HOUR, HOUR)
        assert [row.start_ms for row in ours_sums] == [row.start_ms for row in theirs_sums]
        for one, other in zip(ours_sums, theirs_sums, strict=True):
            assert dict(one.values) == pytest.approx(dict(other.values))
        assert store.intervals(unit.path, 0, far) == model.intervals(unit.path, 0, far)
        assert store.orders(unit.path, 0, far) == model.orders(unit.path, 0, far)
    key = "{0.time_ms} {0.scope} {0.kind} {0.text}".format
    assert sorted(store.events("", 0, far, 10_000), key=key) == sorted(
        model.events("", 0, far, 10_000), key=key
    )


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
    filled(45, store=store)
    filled(45, store=model)
    assert_equal(store, model, model.declarations()[0].plant)
    store.close()


# -- failures ------------------------------------------------------------------------------------------------


_FAULTS = ["500", "502", "503", "429", "404", "401", "reset", "reset after"]
_REQUESTS = ["samples", "results", "commit"]
_CASES = [
    *((fault, request, False) for fault in _FAULTS for request in _REQUESTS),
    *((fault, request, True) for fault in ("500", "reset after") for request in _REQUESTS),
    ("hang", "results", False),  # costs its time limit
]


@pytest.mark.parametrize(("fault", "request_", "restart"), _CASES)
def test_write_that_failed_can_be_repeated(
    influx: Bench, double: Double, fault: str, request_: str, *, restart: bool
) -> None:
    """Whatever request fails, the watermark stays where it was, and the repeat ends as if written once."""
    place = _REQUESTS.index(request_)
    layout, model, some = influx.layout(), MemoryStore(), frames(PRESS, 6)
    store = influx.store(layout, timeout_s=0.5 if fault == "hang" else 10.0)
    for one in (store, model):
        one.declare(PRESS)
        one.write("press", [batch(PRESS, some[:9])], results())
    before = store.watermarks("press")
    more = [batch(PRESS, some[9:])]
    double.faults[:] = [*["", "", ""][:place], fault]
    with pytest.raises(StoreUnavailable, match="InfluxDB at"):
        store.write("press", more, results(2, b"later"))
    assert store.watermarks("press") == before
    store._link._not_before = 0.0  # the pause that the server asked for is over
    if restart:
        store.close()
        store = influx.store(layout)
        # A commit that was taken, though its answer was lost, counts.
        taken = fault == "reset after" and place == 2
        assert (store.watermarks("press") == before) is not taken
    # Cut in another way than before, as the pipeline may.
    for one in (store, model):
        fresh = one.fresh("press", [batch(PRESS, some[:12]), batch(PRESS, some[12:])])
        one.write("press", fresh[:1], Results(events=results().events[:0]))
        last = results(2, b"later")
        one.write(
            "press", fresh[1:], Results(tallies=last.tallies[1:], intervals=last.intervals, snapshot=b"later")
        )
    assert_equal(store, model)
    assert store.snapshot("press", 1) == b"later"
    store.close()


def drain(pipeline: Pipeline) -> None:
    while pipeline.step():
        pass


def test_pipeline_stores_each_frame_once_across_an_outage(
    influx: Bench, double: Double, tmp_path: Path
) -> None:
    """Entries stay in the outbox while the server fails; afterwards every frame is there once, figures included."""
    store, model, known = influx.store(), MemoryStore(), simulation().declaration
    outbox = Outbox(tmp_path / "outbox.sqlite")
    outbox.declare(known)
    some = simulation().advance(900.0)
    cut = range(0, len(some), 100)
    outbox.accept(known.plant, b"j" * 16, [
        (place, pack(some[start : start + 100], known.sources)) for place, start in enumerate(cut, 1)
    ])  # fmt: skip
    pipeline = Pipeline(outbox, store, engine)
    for fault in ("reset after", "503", "500"):
        double.faults[:] = ["", "", fault]
        with pytest.raises(StoreUnavailable):
            drain(pipeline)
        store._link._not_before = 0.0
        pipeline._running.clear()  # as the pipeline's thread does
        assert outbox.depth().entries > 0
    drain(pipeline)
    assert (outbox.depth().entries, outbox.poisoned_total) == (0, 0)
    model.declare(known)
    whole = [unpack(pack(some, known.sources))]
    model.write(known.plant, whole, Engine(known).fold(whole))
    assert_equal(store, model, known.plant)
    outbox.close()
    store.close()


def test_server_that_asks_to_wait_is_left_alone(influx: Bench, double: Double) -> None:
    """Retry-After: no request until then, and no thread that sleeps for it."""
    store = influx.store()
    store.declare(PRESS)
    double.faults.append("503 30")
    with pytest.raises(StoreUnavailable, match="busy"):
        store.record([Event(1, "", "system", "info", "first")])
    asked = len(double.requests)
    with pytest.raises(StoreUnavailable, match=r"left alone for (30|29) s"):
        store.record([Event(1, "", "system", "info", "second")])
    assert len(double.requests) == asked
    store._link._not_before -= 30.0
    store.record([Event(1, "", "system", "info", "third")])
    assert [event.text for event in store.events("", 0, 10)] == ["third"]
    store.close()


def test_body_that_is_too_large_is_halved(influx: Bench, double: Double) -> None:
    store, model, some = influx.store(), MemoryStore(), frames(PRESS, 40)
    store.declare(PRESS)
    double.max_body = 4000
    for one in (store, model):
        one.declare(PRESS)
        one.write("press", [batch(PRESS, some)], Results())
    assert_equal(store, model)
    assert store._link.refused.count == 0
    store.close()


def test_refused_points_go_to_quarantine_and_the_rest_is_stored(influx: Bench, double: Double) -> None:
    """A field that somebody else wrote with another type: those points alone are kept aside, with the reason."""
    store, some = influx.store(), frames(PRESS, 30)
    store.declare(PRESS)
    double.refuse = r"tag=state,unit=u1 value=(3|4)\.0 "
    store.write("press", [batch(PRESS, some)], results())
    expected = [
        (sample.time_ms, float(sample.value))
        for frame in some
        for sample in PRESS.samples(frame)
        if sample.path == f"{UNIT}/state"
    ]
    series = store.series(f"{UNIT}/state", 0, 10**14)
    taken = list(zip(series.time_ms.tolist(), series.last.tolist(), strict=True))
    assert taken == [item for item in expected if item[1] not in (3.0, 4.0)]
    assert store.watermarks("press")[UNIT, 1].frames == 30
    assert store._link.refused.count == len(expected) - len(taken) > 0
    kept = [json.loads(text) for text in store._link.refused.path.read_text().splitlines()]
    assert all("field type conflict" in entry["reason"] for entry in kept)
    assert sum(len(entry["lines"].splitlines()) for entry in kept) == store._link.refused.count
    store.close()


def test_search_for_refused_points_is_bounded(influx: Bench, double: Double) -> None:
    """Where everything is refused, a few requests tell, not one a point; nothing blocks and nothing is lost."""
    store, some = influx.store(), frames(PRESS, 400)
    store.declare(PRESS)
    double.refuse = "^sample"
    before = len(double.requests)
    store.write("press", [batch(PRESS, some)], Results())
    samples = sum(len(frame.tags) - len(frame.texts) for frame in some)
    assert store._link.refused.count == samples
    assert len(double.requests) - before < 400
    store.close()


def test_commit_that_is_refused_is_no_commit(influx: Bench, double: Double) -> None:
    store = influx.store()
    store.declare(PRESS)
    double.refuse = "^commit"
    with pytest.raises(StoreUnavailable, match="another program"):
        store.write("press", [batch(PRESS, frames(PRESS, 1))], Results())
    assert store.watermarks("press") == {}
    store.close()


def test_points_older_than_the_retention_are_counted_not_refused(influx: Bench, double: Double) -> None:
    """What the bucket would drop is not sent; what it drops all the same is no failure."""
    layout = influx.layout(raw_days=30)
    known = declaration(start_ms=1_500_000_000_000)
    for clock, sent in ((None, 0), (1_500_000_100.0, 1)):
        link = influx.link()
        store = InfluxStore(link, layout) if clock is None else InfluxStore(link, layout, lambda at=clock: at)
        store.declare(known)
        before = double.requests.count("POST /api/v2/write")
        fresh = [batch(known, frames(known, 5, first_seq=1 + 5 * sent))]
        store.write("press", fresh, Results())
        assert link.expired > 0
        assert link.refused.count == 0
        # texts and commit, and samples only where the edge's clock says that they are young
        assert double.requests.count("POST /api/v2/write") - before == 2 + sent
        assert store.watermarks("press")[UNIT, 1].frames == 5 + 5 * sent
        store.close()


def test_server_that_is_not_there_at_the_start_is_found_later(
    influx: Bench, double: Double, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("edge.store.influxdb._AGAIN_S", 0.0)
    double.down = True
    store = influx.store()
    assert "frames wait in the outbox" in store.incident
    with pytest.raises(StoreUnavailable, match="check that the server runs"):
        store.declarations()
    double.down = False
    assert store.declarations() == []
    store.declare(PRESS)
    store.write("press", [batch(PRESS, frames(PRESS, 1))], Results())
    assert store.watermarks("press")[UNIT, 1].frames == 1
    store.close()


@pytest.mark.parametrize(
    ("change", "told"), [({"token": "wrong"}, "file `influxdb`"), ({"org": "nobody"}, "EDGE_INFLUXDB_ORG")]
)
def test_mistake_of_the_configuration_is_told_at_the_start(
    influx: Bench, change: dict[str, str], told: str
) -> None:
    right = {"url": influx.address.url, "org": influx.address.org, "token": influx.address.token}
    link = InfluxLink(Address(**(right | change)), Refused(influx.folder / "none.jsonl"))
    with pytest.raises(StoreUnavailable, match=told):
        InfluxStore(link, Layout("test_mistake"))
    link.close()


def test_question_that_fails_is_told(influx: Bench, double: Double) -> None:
    store = influx.store()
    store.declare(PRESS)
    for fault in ("500", "reset", "401"):
        double.query_faults.append(fault)
        with pytest.raises(StoreUnavailable, match="history cannot be read"):
            store.series(f"{UNIT}/state", 0, 1000)
    assert store.series(f"{UNIT}/state", 0, 1000).time_ms.tolist() == []
    store.close()


# -- what others find ----------------------------------------------------------------------------------------


def test_everything_stored_stands_in_the_schema(influx: Bench, double: Double) -> None:
    """Measurement, bucket, tags, fields and types of every point are those that dashboards are checked against."""
    layout = influx.layout()
    store = influx.store(layout)
    filled(90, store=store)
    store.record([Event(1, "", "system", "info", "note")])
    seen = set()
    for role in Bucket:
        for measurement, tags, name in double.buckets[layout.bucket(role)].points:
            known = MEASUREMENTS[measurement]
            seen.add(measurement)
            assert known.bucket is role
            assert {tag for tag, _ in tags} <= set(known.tags)
            assert (
                double.buckets[layout.bucket(role)].types[measurement, name] is _TYPES[known.field_type(name)]
            )
            assert name not in known.tags
    assert seen == set(MEASUREMENTS) - {"rollup"}
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


def test_sample_that_is_no_number_is_kept_beside_the_trend(influx: Bench, double: Double) -> None:
    store, some = influx.store(), frames(PRESS, 1)[:1]
    store.declare(PRESS)
    some[0].tags, some[0].times_ms = [0, 2, 3], [START, START, START]
    some[0].values, some[0].texts = [1.0, float("nan"), float("-inf")], {}
    store.write("press", [batch(PRESS, some)], Results())
    points = double.buckets[store._layout.bucket(Bucket.RAW)].points
    assert sorted(
        (dict(tags)["tag"], *values.values())
        for (_, tags, name), values in points.items()
        if name == "special"
    ) == [(TAGS[2], "nan"), (TAGS[3], "-inf")]
    assert store.series(f"{PRESS.sources[0]}/{TAGS[2]}", 0, 10**14).time_ms.tolist() == []
    store.close()


# -- setting up ----------------------------------------------------------------------------------------------


def test_buckets_and_task_are_made_once_and_corrected_when_they_differ(influx: Bench, double: Double) -> None:
    layout, link = influx.layout(), influx.link()
    prepare(link, layout)
    names = [layout.bucket(role) for role in Bucket]
    assert [double.buckets[name].keep_s for name in names] == [0, 0, 0, 0]
    before = len(double.requests)
    prepare(link, layout)
    assert {text.split()[0] for text in double.requests[before:]} == {"GET"}
    prepare(link, Layout(layout.prefix, 30))
    assert [double.buckets[name].keep_s for name in names] == [30 * 86_400, 0, 0, 0]
    (task,) = (one for one in double.tasks.values() if one["name"] == layout.task)
    task["flux"] += "\n// changed by hand"
    prepare(link, layout)
    assert "by hand" not in next(one["flux"] for one in double.tasks.values() if one["name"] == layout.task)
    assert double.buckets[names[0]].keep_s == 0
    link.close()


def test_task_thins_samples_to_five_minutes(influx: Bench, double: Double) -> None:
    """The task's own text, run: low, mean, high, last and count of whole five minutes; a second run changes nothing."""
    layout = influx.layout()
    store, some = influx.store(layout), frames(PRESS, 900)
    store.declare(PRESS)
    store.write("press", [batch(PRESS, some)], Results())
    path, width = f"{UNIT}/power_electricity", 5 * MINUTE
    end = (START // HOUR + 1) * HOUR
    double.run_task(layout.task, (end + 2 * MINUTE) * 10**6)
    bucket = double.buckets[layout.bucket(Bucket.ROLLUP)]
    found = {
        name: {at // 10**6: value for at, value in values.items()}
        for (_, tags, name), values in bucket.points.items()
        if dict(tags)["scope"] == UNIT and dict(tags)["tag"] == "power_electricity"
    }
    series = store.series(path, 0, end, width)
    for name in ("low", "mean", "high", "last"):
        assert found[name] == pytest.approx(
            dict(zip(series.time_ms.tolist(), getattr(series, name).tolist(), strict=True))
        )
    assert sum(int(count) for count in found["count"].values()) == len(store.series(path, 0, end).time_ms)
    held = {key: dict(values) for key, values in bucket.points.items()}
    double.run_task(layout.task, (end + 2 * MINUTE) * 10**6)
    assert bucket.points == held
    assert {name for _, _, name in bucket.points} == set(MEASUREMENTS["rollup"].fields)
    store.close()


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
