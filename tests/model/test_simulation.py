"""The kernel on a small plant: frames, determinism, states, commands, ledger, declaration."""

import json
from datetime import UTC, datetime

import pytest
import simpy
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.wire.toy import Toy
from twin.model.command import Command, CommandRefused
from twin.model.declaration import Declaration
from twin.model.frame import Frame
from twin.model.simulation import Simulation
from twin.model.state import LEGAL_MOVES, State, category
from twin.model.tag import Kind
from twin.model.unit import IllegalMove, Unit

START = datetime(2026, 5, 4, 22, 0, tzinfo=UTC)
MINUTE = 60_000
TARGET = "demo/toy/area_1/line_1/mixer/target_cycle"


def simulation(seed: int = 3, **options: float) -> Simulation:
    return Simulation(Toy(), seed=seed, start=START, epoch=9, **options)  # type: ignore[arg-type]


def test_same_seed_gives_the_same_frames_and_another_seed_others() -> None:
    assert simulation().advance(3600) == simulation().advance(3600)
    assert simulation().advance(3600) != simulation(seed=4).advance(3600)


@given(st.lists(st.floats(0.0, 400.0), min_size=1, max_size=20))
@settings(max_examples=25)
def test_frames_do_not_depend_on_how_time_is_cut(pieces: list[float]) -> None:
    cut = simulation()
    frames: list[Frame] = []
    for piece in pieces:
        frames += cut.advance(piece)
    assert frames == simulation().advance(sum(pieces))


def test_frames_are_numbered_contiguously_and_ordered_by_time() -> None:
    made = simulation()
    frames = made.advance(3600)
    assert [frame.time_ms for frame in frames] == sorted(frame.time_ms for frame in frames)
    for source in made.declaration.sources:
        numbers = [frame.seq for frame in frames if frame.source == source]
        assert numbers == list(range(1, len(numbers) + 1))


@pytest.mark.parametrize("scan", [0.5, 1.0, 5.0])
def test_sample_times_rise_strictly_per_path_and_never_pass_their_frame(scan: float) -> None:
    made = simulation(scan=scan)
    last: dict[tuple[str, int], int] = {}
    for frame in made.advance(3600):
        assert (frame.time_ms - made.start_ms) % (scan * 1000) == 0
        for tag, moment in zip(frame.tags, frame.times_ms, strict=True):
            assert last.get((frame.source, tag), -1) < moment <= frame.time_ms
            last[frame.source, tag] = moment


def test_every_full_minute_has_states_counts_and_measures() -> None:
    """Minute windows have exact edges."""
    made = simulation()
    frames = made.advance(1800)
    for unit in made.declaration.units:
        for place, tag in enumerate(unit.tags):
            if tag.kind not in (Kind.STATE, Kind.COUNT, Kind.MEASURE):
                continue
            times = {
                moment
                for frame in frames
                if frame.source == unit.path
                for found, moment in zip(frame.tags, frame.times_ms, strict=True)
                if found == place
            }
            edges = set(range(made.start_ms, made.start_ms + 1800_000 + 1, MINUTE))
            missing = edges - times
            assert missing <= {made.start_ms}, f"{unit.name}/{tag.name} lacks {sorted(missing)[:3]}"


def test_state_changes_carry_their_exact_time_and_their_reason_comes_first() -> None:
    made = simulation()
    names = made.declaration.unit("mixer").tag_names
    state, reason = names.index("state"), names.index("reason")
    frames = [frame for frame in made.advance(3600) if frame.source.endswith("/mixer")]
    held = 0
    for frame in frames:
        for place, (tag, value) in enumerate(zip(frame.tags, frame.values, strict=True)):
            if tag == state and value == State.HELD and frame.times_ms[place] % MINUTE:
                explained = [frame.texts[at] for at in range(place) if frame.tags[at] == reason]
                if explained and category(explained[-1]) == "micro_stop":
                    held += 1
                    assert frame.times_ms[place] <= frame.time_ms
    assert held > 5
    exact = [
        moment
        for frame in frames
        for moment, tag in zip(frame.times_ms, frame.tags, strict=True)
        if tag == state
    ]
    assert any(moment % 1000 for moment in exact), "not rounded to the scan"


def test_counts_never_fall_and_measures_stay_within_their_deadband() -> None:
    made = simulation()
    unit = made.declaration.unit("mixer")
    last: dict[int, float] = {}
    for frame in made.advance(3600):
        if frame.source != unit.path:
            continue
        for tag, value in zip(frame.tags, frame.values, strict=True):
            if unit.tags[tag].kind is Kind.COUNT:
                assert value >= last.get(tag, 0.0)
                last[tag] = value


def test_ledger_closes_and_agrees_with_telemetry() -> None:
    """Seconds by state add up to the time run; counters and energy are those that the tags told."""
    made = simulation()
    frames = made.advance(3600)
    ledger = made.ledger()
    for page in ledger.values():
        seconds = sum(value for key, value in page.items() if key.startswith("seconds/"))
        assert seconds == pytest.approx(3600.0, rel=1e-12)
    names = made.declaration.unit("mixer").tag_names
    told: dict[str, float] = {}
    for frame in frames:
        if frame.source.endswith("/mixer"):
            told |= {names[tag]: value for tag, value in zip(frame.tags, frame.values, strict=True)}
    mixer = ledger["mixer"]
    assert told["prod_processed_count"] == mixer["processed"]
    assert told["prod_defective_count"] == mixer["scrapped"] + mixer["reworked"]
    for label in ("execute", "idle", "standby", "off"):
        assert told[f"energy_electricity_{label}"] == mixer[f"energy/electricity/{label}"]
    execute = mixer["seconds/execute/production"]
    assert mixer["energy/electricity/execute"] == pytest.approx(12.0 * execute / 3600.0, rel=1e-9)
    assert mixer["capacity_seconds"] == pytest.approx(execute, rel=1e-12)
    assert ledger["line"]["labour_hours"] == pytest.approx(2.0)


def test_ledger_may_be_read_at_any_time_without_changing_the_run() -> None:
    made, other = simulation(), simulation()
    frames: list[Frame] = []
    for _ in range(60):
        frames += made.advance(60)
        made.ledger()
    assert frames == other.advance(3600)


def test_without_telemetry_the_ledger_is_the_same() -> None:
    silent = Simulation(Toy(), seed=3, start=START, telemetry=False)
    assert silent.advance(3600) == []
    loud = simulation()
    loud.advance(3600)
    silent_mixer, loud_mixer = silent.ledger()["mixer"], loud.ledger()["mixer"]
    assert silent_mixer == pytest.approx(loud_mixer)


def test_command_is_carried_out_at_the_end_of_the_next_scan() -> None:
    made = simulation()
    made.advance(100)
    made.write(Command(id="a", path=TARGET, value=9.0, expires_ms=made.now_ms))
    place = made.declaration.unit("mixer").tag_names.index("target_cycle")
    frames = made.advance(10)
    told = [(frame.time_ms, value) for frame in frames for tag, value in zip(frame.tags, frame.values, strict=True)
            if frame.source.endswith("/mixer") and tag == place]  # fmt: skip
    assert told == [(made.start_ms + 102_000, 9.0)]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"path": TARGET + "x"}, "cannot be written"),
        ({"value": 0.5}, "outside"),
        ({"value": float("nan")}, "outside"),
        ({"expires_ms": 0}, "expired"),
    ],
)
def test_command_is_refused_with_a_reason(change: dict[str, float | str], reason: str) -> None:
    made = simulation()
    fields = {"id": "a", "path": TARGET, "value": 9.0, "expires_ms": 2**50} | change
    with pytest.raises(CommandRefused, match=reason):
        made.write(Command(**fields))  # type: ignore[arg-type]


def test_declaration_survives_the_round_trip() -> None:
    made = simulation()
    declaration = made.declaration
    assert Declaration.from_json(declaration.to_json()) == declaration
    assert declaration.units[0].role == "line"
    assert declaration.configuration == {"cycle": 6.0}
    assert declaration.targets == Toy().targets()
    assert declaration.sources == tuple(unit.path for unit in declaration.units)
    first = made.advance(1)[0]
    assert all(sample.path.startswith(first.source + "/") for sample in declaration.samples(first))


def test_declaration_without_the_data_sheets_figures_is_read_as_before() -> None:
    told = json.loads(simulation().declaration.to_json())
    assert told.pop("targets") == {}
    assert Declaration.from_json(json.dumps(told)) == simulation().declaration
    told["targets"] = {"availability": 0.9}
    assert Declaration.from_json(json.dumps(told)).targets == {"availability": 0.9}


@pytest.mark.parametrize("text", ["", "{}", "[]", "null", '{"units": 3}'])
def test_declaration_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not a plant declaration"):
        Declaration.from_json(text)


def test_illegal_moves_are_refused_and_legal_ones_recorded() -> None:
    """All 17 x 17 moves: what PackML does not know raises and changes nothing."""
    for here in State:
        for there in State:
            unit = Unit(simpy.Environment(), "unit")
            unit.state = here
            if there in LEGAL_MOVES[here] or there is here:
                unit.to(there, "production")
                assert unit.state is there
            else:
                with pytest.raises(IllegalMove, match="no PackML move"):
                    unit.to(there, "production")
                assert unit.state is here


def test_unknown_reason_is_refused() -> None:
    with pytest.raises(ValueError, match="unknown reason"):
        Unit(simpy.Environment(), "unit").to(State.IDLE, "boredom")


def test_start_must_be_a_full_minute_and_the_scan_divide_it() -> None:
    with pytest.raises(ValueError, match="full minute"):
        Simulation(Toy(), seed=1, start=START.replace(second=1))
    with pytest.raises(ValueError, match="aware"):
        Simulation(Toy(), seed=1, start=START.replace(tzinfo=None))
    for scan in (0.7, -1.0, 0.0):
        with pytest.raises(ValueError, match="divide"):
            Simulation(Toy(), seed=1, start=START, scan=scan)
