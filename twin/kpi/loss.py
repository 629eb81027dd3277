"""Losses in seconds: availability losses, and the six big losses that close on the planned busy time."""

from collections.abc import Mapping

from twin.kpi.figure import Figure
from twin.kpi.oee import NO_IDEAL
from twin.kpi.time_model import RULES, Loss

_REASONS = {
    loss: tuple(
        f"reason/{category}" for category in dict.fromkeys(r.category for r in RULES if r.loss is loss)
    )
    for loss in (Loss.BREAKDOWNS, Loss.OTHER, Loss.IDLING)
}


def availability_losses(tally: Mapping[str, float]) -> Figure:
    """Return PBT - APT = AUST + ADET + ADOT + unknown in s."""
    inputs = {
        "AUST": tally.get("actual_unit_setup_time", 0.0),
        "ADET": tally.get("actual_unit_delay_time", 0.0),
        "ADOT": tally.get("actual_unit_down_time", 0.0),
        "unknown": tally.get("unknown_time", 0.0),
    }
    return Figure("availability_losses", sum(inputs.values()), "s", "AUST + ADET + ADOT + unknown", inputs)


def losses(tally: Mapping[str, float]) -> list[Figure]:
    """Return `loss/<name>` in s and `fully_effective_time`: together they are the planned busy time, exactly.

    The six big losses (Nakajima) in their order, then `other_downtime` (no order, maintenance, not started) and
    `unknown`, which are none of the six but part of the planned time. `reduced_speed` is negative where the unit
    was faster than its ideal cycle time. Without an ideal cycle time speed and defects cannot be told apart.
    """
    get = tally.get
    apt, micro = get("actual_production_time", 0.0), get("reason/micro_stop", 0.0)
    down, other = get("actual_unit_down_time", 0.0), sum(get(name, 0.0) for name in _REASONS[Loss.OTHER])
    delay = get("actual_unit_delay_time", 0.0)
    return [
        Figure("loss/breakdowns", down - other, "s", "ADOT - other downtime", {"ADOT": down, "other downtime": other}),
        Figure("loss/setup_and_adjustment", get("actual_unit_setup_time", 0.0), "s", "AUST",
               {"AUST": get("actual_unit_setup_time", 0.0)}),
        Figure("loss/idling_and_minor_stops", delay + micro, "s", "ADET + minor stops",
               {"ADET": delay, "minor stops": micro}),
        *_speed_and_defects(tally, apt, micro),
        Figure("loss/other_downtime", other, "s", "no order + maintenance + not started",
               {name.removeprefix("reason/"): get(name, 0.0) for name in _REASONS[Loss.OTHER]}),
        Figure("loss/unknown", get("unknown_time", 0.0), "s", "PBT - told", {"unknown": get("unknown_time", 0.0)}),
    ]  # fmt: skip


def _speed_and_defects(tally: Mapping[str, float], apt: float, micro: float) -> list[Figure]:
    ideal, pq = tally.get("ideal_time", 0.0), tally.get("pq", 0.0)
    startup = tally.get("startup_rejects", 0.0)
    defective = tally.get("sq", 0.0) + tally.get("rq", 0.0) - startup
    names = ("loss/reduced_speed", "loss/process_defects", "loss/startup_rejects", "fully_effective_time")
    formulas = ("APT - minor stops - PRI·PQ", "PRI·PQ · (SQ + RQ - start-up) / PQ", "PRI·PQ · start-up / PQ",
                "PRI·PQ · GQ / PQ")  # fmt: skip
    inputs = {"APT": apt, "minor stops": micro, "PRI·PQ": ideal, "PQ": pq, "SQ + RQ - start-up": defective,
              "start-up": startup, "GQ": pq - defective - startup}  # fmt: skip
    if pq > 0.0 and ideal == 0.0:
        return [
            Figure(name, None, "s", text, inputs, NO_IDEAL)
            for name, text in zip(names, formulas, strict=True)
        ]
    share = ideal / pq if pq > 0.0 else 0.0
    values = (apt - micro - ideal, share * defective, share * startup, ideal - share * (defective + startup))
    note = "negative: faster than the ideal cycle time" if values[0] < 0.0 else ""
    return [
        Figure(name, value, "s", text, inputs, note if name == names[0] else "")
        for name, value, text in zip(names, values, formulas, strict=True)
    ]
