"""Builds the controller that a loop names, within its limits."""

import inspect
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from twin.control.actuator import Actuator
from twin.control.controller import Judged
from twin.control.energy_saver import EnergySaver
from twin.control.guard import Guarded, Limits
from twin.control.peak_shaving import PeakShaving
from twin.control.predictive_maintenance import PredictiveMaintenance
from twin.control.process_control import ModelPredictive, Pi
from twin.control.run_to_run import RunToRun
from twin.control.sequencing import Sequencing
from twin.model.loop import Loop
from twin.model.path import path

_REPEATED = 60.0  # s after which measures and states are reported again, changed or not
_TEXT_REPEATED = 3600.0  # texts
_RATE = 0.1  # of the range a decision, where a loop does not say (est.)
_GUARD = ("rate", "stale", "cooling_off")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kind:
    """A controller with its roles; `usual` are the settings, first found, that hold the output's usual value."""

    controller: Callable[..., Judged]
    inputs: tuple[str, ...]
    optional: tuple[str, ...] = ()
    output: str
    whole: bool = False
    usual: tuple[str, ...] = ()
    repeated: float = _REPEATED

    def settings(self) -> dict[str, bool]:
        """Return the settings, each with whether it is needed."""
        parameters = inspect.signature(self.controller).parameters.values()
        return {
            one.name: one.default is inspect.Parameter.empty
            for one in parameters
            if one.kind is inspect.Parameter.KEYWORD_ONLY
        }


KINDS: Mapping[str, _Kind] = {
    "energy_saver": _Kind(
        controller=EnergySaver, inputs=("state",), optional=("planned_busy",), output="standby", whole=True
    ),
    "model_predictive": _Kind(
        controller=ModelPredictive, inputs=("measured",), output="setpoint", usual=("bias", "baseline")
    ),
    "peak_shaving": _Kind(controller=PeakShaving, inputs=("power",), output="shed"),
    "pi": _Kind(controller=Pi, inputs=("measured",), output="setpoint", usual=("bias", "baseline")),
    "predictive_maintenance": _Kind(
        controller=PredictiveMaintenance, inputs=("condition",), output="service", whole=True
    ),
    "run_to_run": _Kind(controller=RunToRun, inputs=("measured",), output="offset", usual=("baseline",)),
    "sequencing": _Kind(
        controller=Sequencing,
        inputs=("order_book",),
        output="next_order",
        whole=True,
        repeated=_TEXT_REPEATED,
    ),
}


def build(
    loop: Loop,
    *,
    key: str,
    line_path: str,
    authority: float = 1.0,
    ranges: Mapping[str, tuple[float, float]] | None = None,
) -> Guarded:
    """Return the controller of `loop` within its limits, for the upgrade `key` on the line at `line_path`.

    `authority` 0..1 is the share of its correction that it may apply; `ranges` hold the engineering range by full
    path of the writable tags. Beside the settings of its kind a loop may set `rate` (largest step of the output
    a decision), `stale` (s without data) and `cooling_off` (s of rest after harm). Raises ValueError, with the
    remedy, for what is unknown, missing or impossible.
    """
    kind = KINDS.get(loop.kind)
    if kind is None:
        raise ValueError(f"loop: no controller is called {loop.kind!r}; kinds: {', '.join(KINDS)}")
    _check("input", loop.kind, loop.inputs, needed=kind.inputs, optional=kind.optional)
    _check("output", loop.kind, loop.outputs, needed=(kind.output,))
    settings = kind.settings()
    needed = tuple(name for name, required in settings.items() if required)
    optional = (*(name for name, required in settings.items() if not required), *_GUARD)
    _check("setting", loop.kind, loop.settings, needed=needed, optional=optional)
    for name, value in loop.settings.items():
        if not math.isfinite(value):
            raise ValueError(f"loop {loop.kind}: setting {name} is {value}; give a finite number")
    own = {name: value for name, value in loop.settings.items() if name not in _GUARD}
    try:
        output = path(line_path, loop.outputs[kind.output])
        inputs = {role: path(line_path, tag) for role, tag in loop.inputs.items()}
        usual = next((own[name] for name in kind.usual if name in own), 0.0)
        actuator = Actuator(key=key, path=output, baseline=usual, whole=kind.whole)
        controller = kind.controller(actuator, **inputs, **own)
        low, high = (ranges or {}).get(output, (-math.inf, math.inf))
        if not low <= usual <= high:
            raise ValueError(
                f"the usual value {usual:g} of {output} lies outside its range {low:g}..{high:g}"
            )
        spoken = {name: loop.settings[name] for name in _GUARD if name in loop.settings}
        stale = max(3.0 * controller.period, 3.0 * kind.repeated)
        limits = {"stale": stale, "rate": _RATE * (high - low)} | spoken
        return Guarded(controller, Limits(low=low, high=high, authority=authority, **limits))
    except ValueError as error:
        raise ValueError(f"loop {loop.kind}: {error}") from None


def _check(
    what: str,
    kind: str,
    given: Mapping[str, object],
    *,
    needed: tuple[str, ...],
    optional: tuple[str, ...] = (),
) -> None:
    missing = [name for name in needed if name not in given]
    if missing:
        raise ValueError(f"loop {kind}: {what} {missing[0]!r} is missing; it needs {', '.join(needed)}")
    unknown = [name for name in given if name not in (*needed, *optional)]
    if unknown:
        known = ", ".join((*needed, *optional))
        raise ValueError(f"loop {kind}: unknown {what} {unknown[0]!r}; it takes {known}")
