"""The catalogue: every kind is built from a loop, and a wrong loop is refused with the remedy."""

import inspect
from typing import Any

import pytest

from twin.control.catalogue import KINDS, build
from twin.control.guard import Guarded
from twin.control.predictive_maintenance import PredictiveMaintenance
from twin.model.frame import Sample
from twin.model.loop import Loop

LINE = "demo/plant/area/line_1"
LOOPS = {
    "energy_saver": Loop(
        kind="energy_saver", inputs={"state": "op10/state", "planned_busy": "line/planned_busy"},
        outputs={"standby": "op10/standby"},
        settings={"idle_power": 40.0, "standby_power": 4.0, "start_energy": 1.0, "start_time": 60.0},
    ),
    "model_predictive": Loop(
        kind="model_predictive", inputs={"measured": "kiln/temperature"}, outputs={"setpoint": "kiln/set_point"},
        settings={"gain": 1.0, "tau": 600.0, "delay": 60.0, "baseline": 500.0, "constraint": 510.0, "step": 60.0},
    ),
    "peak_shaving": Loop(
        kind="peak_shaving", inputs={"power": "line/power"}, outputs={"shed": "line/shed"}, settings={"limit": 900.0}
    ),
    "pi": Loop(
        kind="pi", inputs={"measured": "kiln/temperature"}, outputs={"setpoint": "kiln/set_point"},
        settings={"gain": 1.0, "tau": 600.0, "delay": 60.0, "baseline": 500.0, "bias": 30.0, "step": 60.0},
    ),
    "predictive_maintenance": Loop(
        kind="predictive_maintenance", inputs={"condition": "op10/vibration"},
        outputs={"service": "op10/service_drive"},
        settings={"healthy": 2.8, "failed": 11.5, "noise": 0.05, "horizon": 7200.0, "risk": 0.05},
    ),
    "run_to_run": Loop(
        kind="run_to_run", inputs={"measured": "op10/size"}, outputs={"offset": "op10/offset"},
        settings={"target": 20.0, "sigma": 0.01, "gain": -1.0, "weight": 0.2, "deadband": 0.5},
    ),
    "sequencing": Loop(
        kind="sequencing", inputs={"order_book": "line/order_book"}, outputs={"next_order": "line/next_order"},
        settings={"within": 0.3, "horizon": 8.0},
    ),
}  # fmt: skip


def built(kind: str, **changes: Any) -> Guarded:
    return build(LOOPS[kind], key="k", line_path=LINE, **changes)


def changed(kind: str, **changes: Any) -> Loop:
    loop = LOOPS[kind]
    fields = {"kind": loop.kind, "inputs": loop.inputs, "outputs": loop.outputs, "settings": loop.settings}
    return Loop(**(fields | changes))


def test_every_kind_has_its_loop_here() -> None:
    assert sorted(LOOPS) == list(KINDS)


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_every_kind_is_built_with_full_paths(kind: str) -> None:
    guard = built(kind)
    loop = LOOPS[kind]
    wanted = {f"{LINE}/{tag}" for tag in (*loop.inputs.values(), *loop.outputs.values())}
    assert set(guard.subjects) == wanted
    assert guard.period > 0.0
    assert guard.decide(1_700_000_000_000) == []


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_any_samples_are_borne_without_authority_nothing_is_sent(kind: str) -> None:
    """Numbers, texts where numbers belong and numbers where texts belong: no error, no command."""
    guard = built(kind, authority=0.0)
    for number in range(300):
        now_ms = 1_700_000_000_000 + number * 60_000
        for path in guard.subjects:
            value: float | str = ("nonsense", 3.0 + number % 7, -1e14, True)[number % 4]
            guard.update(Sample(path, value, now_ms))
        assert guard.decide(now_ms) == []


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_constructor_and_roles_agree(kind: str) -> None:
    """The roles of a kind are the positional parameters of its controller, in order, the optional last."""
    entry = KINDS[kind]
    positional = [
        one.name
        for one in inspect.signature(entry.controller).parameters.values()
        if one.kind is inspect.Parameter.POSITIONAL_OR_KEYWORD
    ]
    assert positional == ["actuator", *entry.inputs, *entry.optional]


def test_usual_value_range_and_rate_reach_the_guard() -> None:
    path = f"{LINE}/kiln/set_point"
    guard = built("pi", ranges={path: (10.0, 60.0)}, authority=0.7)
    assert guard.controller.actuator.baseline == guard.controller.actuator.value == 30.0
    assert (guard.limits.low, guard.limits.high, guard.limits.rate) == (10.0, 60.0, 5.0)
    assert guard.limits.authority == 0.7
    assert built("model_predictive").controller.actuator.baseline == 500.0


def test_settings_of_the_guard_may_stand_among_those_of_the_loop() -> None:
    settings = dict(LOOPS["run_to_run"].settings) | {"rate": 0.1, "stale": 77.0, "cooling_off": 60.0}
    guard = build(changed("run_to_run", settings=settings), key="k", line_path=LINE)
    assert (guard.limits.rate, guard.limits.stale, guard.limits.cooling_off) == (0.1, 77.0, 60.0)


def test_stale_is_three_periods_but_not_less_than_three_repeats() -> None:
    """Measures and states are repeated once a minute, texts once an hour."""
    assert built("energy_saver").limits.stale == 180.0
    assert built("predictive_maintenance").limits.stale == 900.0
    assert built("sequencing").limits.stale == 10_800.0


def test_remaining_life_is_within_reach_of_a_page() -> None:
    guard = built("predictive_maintenance")
    assert isinstance(guard.controller, PredictiveMaintenance)
    assert guard.controller.remaining_life() is None


@pytest.mark.parametrize(
    ("loop", "problem"),
    [
        (
            Loop(kind="magic", inputs={}, outputs={}),
            "no controller is called 'magic'; kinds: energy_saver, model_pred",
        ),
        (changed("pi", inputs={}), "loop pi: input 'measured' is missing; it needs measured"),
        (changed("pi", inputs={"measured": "a/b", "x": "a/c"}), "unknown input 'x'; it takes measured"),
        (changed("pi", outputs={}), "output 'setpoint' is missing"),
        (
            changed("pi", settings={"gain": 1.0}),
            "setting 'tau' is missing; it needs gain, tau, delay, step, baseline",
        ),
        (
            changed("peak_shaving", settings={"limit": 1.0, "limt": 2.0}),
            "unknown setting 'limt'; it takes limit, window, sheddable, period, rate, stale, cooling_off",
        ),
        (
            changed("peak_shaving", settings={"limit": float("nan")}),
            "setting limit is nan; give a finite number",
        ),
        (changed("peak_shaving", settings={"limit": -1.0}), "loop peak_shaving: limit -1.0 kW"),
        (changed("peak_shaving", outputs={"shed": "Line/Shed"}), "loop peak_shaving: path segment 'Line'"),
        (changed("peak_shaving", settings={"limit": 1.0, "rate": 0.0}), "loop peak_shaving: limits: rate"),
    ],
)
def test_a_wrong_loop_is_refused_with_the_remedy(loop: Loop, problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        build(loop, key="k", line_path=LINE)


def test_a_usual_value_outside_the_range_is_refused() -> None:
    with pytest.raises(ValueError, match=r"usual value 500 of .* lies outside its range 0\.\.100"):
        built("model_predictive", ranges={f"{LINE}/kiln/set_point": (0.0, 100.0)})
