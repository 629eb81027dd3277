"""Experiments repeat, and calibration judges as the tolerances say."""

import dataclasses
from pathlib import Path
from typing import Any

import pytest

from twin.discovery import discover
from twin.lab.calibrate import calibrate, judge
from twin.lab.experiment import DAY, Replication, replicate, run_experiment
from twin.lab.ledger_tally import line_figures, line_tally

TOY: Any = discover(Path(__file__).parents[1] / "toy_plant", package="no_such_package")["toy"]()


def test_replications_on_several_cores_are_those_of_one() -> None:
    options = {"replications": 3, "days": 0.2, "warmup_days": 0.1, "seed": 5}
    one = run_experiment(TOY, jobs=1, **options)
    two = run_experiment(TOY, jobs=2, **options)
    assert one == two
    assert [run.seed for run in one] == [5, 6, 7]


def test_warm_up_is_taken_out_of_the_ledger() -> None:
    run = replicate(TOY, seed=1, days=0.5, warmup_days=0.25)
    spent = sum(value for key, value in run.units["machine"].items() if key.startswith("seconds/"))
    assert spent == pytest.approx(0.5 * DAY)
    assert run.units["line"]["planned_busy_seconds"] == pytest.approx(0.5 * DAY)


def page(**seconds: float) -> dict[str, float]:
    counts = {"processed": 90.0, "scrapped": 4.0, "reworked": 5.0, "labour_hours": 2.0}
    keys = {key.replace("__", "/"): value for key, value in seconds.items()}
    return counts | {"planned_busy_seconds": 1000.0, "capacity_seconds": 0.0} | keys


def test_ledger_becomes_the_figures_of_the_edge() -> None:
    line = page(
        capacity_seconds=360.0, seconds__execute__production=400.0, seconds__held__micro_stop=100.0,
        seconds__aborted__failure=200.0, seconds__resetting__changeover=150.0, seconds__suspended__waiting=150.0,
        seconds__stopped__break=50.0, energy__electricity__execute=6.0,
    )  # fmt: skip
    run = Replication(1, 1050.0, {"line": line, "press": {"energy/electricity/idle": 2.1}}, {}, 4.0)
    tally = line_tally(run)
    # micro-stops are production time (a performance loss); a tenth of the capacity was out of service in EXECUTE
    assert tally["actual_production_time"] == pytest.approx(460.0)
    assert tally["actual_unit_down_time"] == pytest.approx(240.0)
    assert line_figures(run) == pytest.approx(
        {
            "availability": 0.46, "effectiveness": 4.0 * 90 / 460, "quality_ratio": 0.9,
            "specific_energy": 8.1 / 81, "defect_rate": 0.1,
        }
    )  # fmt: skip


@pytest.mark.parametrize(
    ("name", "target", "values", "verdict"),
    [
        ("availability", 0.68, [0.694, 0.694, 0.694], "pass"),
        ("availability", 0.68, [0.696, 0.696, 0.696], "fail"),
        ("availability", 0.68, [0.60, 0.68, 0.76], "unsure"),
        ("specific_energy", 1.05, [1.08, 1.08], "pass"),
        ("specific_energy", 1.05, [1.09, 1.09], "fail"),
        ("defect_rate", 0.035, [0.0384, 0.0384], "pass"),
        ("defect_rate", 0.035, [0.0386, 0.0386], "fail"),
        ("quality_ratio", 0.965, [float("nan"), 0.965], "fail"),
    ],
)
def test_verdict_follows_the_tolerance(name: str, target: float, values: list[float], verdict: str) -> None:
    assert judge(name, target, values).verdict == verdict


def test_calibration_of_an_honest_plant_passes_and_of_a_changed_one_fails() -> None:
    options = {"replications": 4, "days": 3.0, "warmup_days": 0.1, "jobs": 1}
    honest = calibrate(TOY, **options)
    assert honest.passed, honest
    assert honest.balances["time"] < 1e-9

    class Optimist(type(TOY)):  # type: ignore[misc]
        def targets(self) -> dict[str, float]:
            return dict(super().targets()) | {"defect_rate": 0.02}

    assert not calibrate(Optimist(**dataclasses.asdict(TOY)), **options).passed
