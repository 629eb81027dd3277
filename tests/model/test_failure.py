"""Stop modes: their laws, their symptoms, tools that wear, crews."""

import math

import numpy as np
import pytest
import simpy

from twin.model.cycle import Cycle
from twin.model.failure import Crew, Stop, StopMode
from twin.model.signal import Signal, Symptom
from twin.model.state import Reason, State
from twin.model.station import Station
from twin.model.streams import Streams
from twin.model.tool import Tooling, ToolShop, tool_scale
from twin.model.warmth import Warmth

VIBRATION = Symptom(Signal("vibration", "mm/s", 0, 30, 0.1, (None, None, 7, 11), "drive"), 3.0, 12.0, 0.0)


def lives(mode: StopMode, number: int, seed: int = 1) -> list[float]:
    stop = Stop(mode, "s", Streams(seed))
    found = []
    now = max(stop.at, 0.0)
    for _ in range(number):
        stop.renew(now)
        found.append(stop.at - now)
        now = stop.at
    return found


@pytest.mark.parametrize(("shape", "cv"), [(1.0, 1.0), (2.0, 0.5227), (3.0, 0.3634)])
def test_lives_follow_their_law(shape: float, cv: float) -> None:
    """Mean and coefficient of variation of Weibull lives (closed form of the gamma function)."""
    drawn = lives(StopMode(name="x", between=100.0, duration=1.0, shape=shape), 20_000)
    assert float(np.mean(drawn)) == pytest.approx(100.0, rel=0.03)
    assert float(np.std(drawn) / np.mean(drawn)) == pytest.approx(cv, rel=0.03)


def test_symptom_leads_the_failure() -> None:
    """The symptom of a wear failure rises from healthy to failed over the life that was drawn, whatever its length."""
    mode = StopMode(name="drive", between=100.0, duration=1.0, shape=3.0, symptoms=(VIBRATION,))
    stop = Stop(mode, "s", Streams(1))
    for _ in range(5):
        stop.renew(stop.at)
        read = stop.tags()[0].read
        assert read is not None
        values = []
        for share in (0.0, 0.5, 0.9, 1.0):
            stop.measure(stop.began + share * (stop.at - stop.began))
            values.append(read())
        assert values == pytest.approx([3.0, 3.0 + 9.0 / 8.0, 3.0 + 9.0 * 0.729, 12.0])


def test_symptom_tells_once_it_is_beyond_its_limit_whichever_way_it_goes() -> None:
    """The limit on the way to failure counts: Hi of a rising signal, Lo of a falling one, none without a limit."""
    falling = Symptom(Signal("flow", "m3/h", 0, 30, 0.1, (5, 10, None, None), "coolant"), 20.0, 4.0, 0.0)
    mute = Symptom(Signal("noise", "1", 0, 30, 0.1, (None, 1, None, None), "noise"), 3.0, 12.0, 0.0)
    assert [VIBRATION.tells(value) for value in (0.0, 7.0, 7.1)] == [False, False, True]
    assert [falling.tells(value) for value in (99.0, 10.0, 9.9)] == [False, False, True]
    assert not mute.tells(1e9)


def test_told_wear_is_renewed_at_the_next_preparation_and_only_then() -> None:
    """Beyond the limit (79 % of life here) the mode has told; a set-up before that leaves it, one after renews it."""
    mode = StopMode(
        name="cups", between=100.0, duration=1.0, shape=3.0, symptoms=(VIBRATION,), renewed_at_changeover=True
    )
    station = Station(simpy.Environment(), Streams(1), "s", cycle=Cycle(mean=1.0), stops=(mode,))
    (stop,) = station.stops
    stop.renew(0.0)
    life = stop.at
    for share, told in ((0.5, False), (0.8, True)):
        station.operating = share * life
        stop.measure(station.operating)
        assert stop.told is told
        station.prepare("a")
        assert stop.began == (station.operating if told else 0.0)
    assert not stop.told


def test_run_to_failure_is_not_renewed_early() -> None:
    """Without `renewed_at_changeover` a mode tells nobody, and a set-up leaves it alone."""
    mode = StopMode(name="drive", between=100.0, duration=1.0, shape=3.0, symptoms=(VIBRATION,))
    station = Station(simpy.Environment(), Streams(1), "s", cycle=Cycle(mean=1.0), stops=(mode,))
    (stop,) = station.stops
    began, station.operating = stop.began, stop.at
    stop.measure(stop.at)
    station.prepare("a")
    assert (stop.told, stop.began) == (False, began)


def test_chance_has_no_symptoms() -> None:
    with pytest.raises(ValueError, match="stop by chance has no symptoms"):
        StopMode(name="x", between=1.0, duration=1.0, symptoms=(VIBRATION,))
    with pytest.raises(ValueError, match="renewed_at_changeover needs symptoms"):
        StopMode(name="x", between=1.0, duration=1.0, renewed_at_changeover=True)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("between", 0.0),
        ("between", math.inf),
        ("duration", -1.0),
        ("shape", 0.0),
        ("cv", -0.1),
        ("category", "break"),
    ],
)
def test_bad_stop_modes_are_refused(field: str, value: object) -> None:
    options: dict[str, object] = {"name": "x", "between": 1.0, "duration": 1.0} | {field: value}
    with pytest.raises(ValueError, match=f"stop mode x: {field}"):
        StopMode(**options)  # type: ignore[arg-type]


def events(maintained_every: float, seed: int) -> int:
    """Count the tool events in 200 lives of 100 s each, mounted twice a life, maintained every so many seconds."""
    scale = tool_scale(0.5, 100.0, 2.0)
    mode = StopMode(name="die", between=scale, duration=1.0, shape=2.0, category=Reason.TOOLING)
    tooling = Tooling(mode, "s", Streams(seed), products=("a", "b"), life=maintained_every)
    operating, found = 0.0, 0
    for turn in range(800):
        product = "ab"[turn % 2]
        tooling.mount(product, operating)
        end = operating + 50.0
        while tooling.at < end:
            operating = tooling.at
            tooling.renew(operating)
            found += 1
        operating = end
        if tooling.worn(operating) >= 1.0:
            tooling.mount(product, operating)
            tooling.tool.age = 0.0
    return found


def test_maintained_tools_have_fewer_events() -> None:
    """Half an event a life of 100 s by design (a polish after an event takes some away); neglect brings many more."""
    kept = sum(events(100.0, seed) for seed in range(5)) / 5
    neglected = sum(events(1e9, seed) for seed in range(5)) / 5
    assert (
        150 < kept < 240
    )  # 400 lives of half an event each; an event resets the age, which stretches some lives
    assert neglected > 1.3 * kept


def test_tool_shop_renews_tools_one_set_after_the_other() -> None:
    env = simpy.Environment()
    shop = ToolShop(env, "shop", duration=600.0)
    env.process(shop.run())
    mode = StopMode(name="die", between=100.0, duration=1.0, shape=2.0, category=Reason.TOOLING)
    tools = list(Tooling(mode, "s", Streams(1), products=("a", "b"), life=50.0).tools.values())
    tools[0].age = tools[1].age = 70.0
    env.run(until=1)
    shop.accept((tools[0],))
    shop.accept((tools[1],))
    env.run(until=700)
    assert (tools[0].age, tools[1].age) == (0.0, 70.0)
    assert shop.state is State.EXECUTE
    env.run(until=1300)
    assert (tools[1].age, shop.state, shop.processed) == (0.0, State.IDLE, 2.0)


def test_crew_serves_in_order() -> None:
    """Two jobs of 10 s and one person: the second begins when the first is done."""
    env = simpy.Environment()
    crew = Crew(env, 1)
    done: list[tuple[str, float]] = []

    def job(name: str):  # type: ignore[no-untyped-def]
        yield from crew.join()
        yield env.timeout(10)
        crew.leave()
        done.append((name, env.now))

    env.process(job("first"))
    env.process(job("second"))
    env.run()
    assert done == [("first", 10), ("second", 20)]
    with pytest.raises(ValueError, match="crew size"):
        Crew(env, 0)


def test_warmth_is_first_order() -> None:
    """After one time constant 63.2 % of the way, exact however often it is read."""
    env = simpy.Environment()
    body = Warmth(env, ambient=25.0, rise=20.0, tau=100.0)
    body.work(at_work=True)
    env.run(until=50)
    assert body.value == pytest.approx(25.0 + 20.0 * (1 - math.exp(-0.5)))
    env.run(until=100)
    assert body.value == pytest.approx(25.0 + 20.0 * (1 - math.exp(-1.0)))
    body.work(at_work=False)
    env.run(until=200)
    assert body.value == pytest.approx(25.0 + 20.0 * (1 - math.exp(-1.0)) * math.exp(-1.0))
