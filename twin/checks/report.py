"""What `twin check` prints: contract, calibration, balances, faults; as tables or as JSON."""

import json
import math
from collections.abc import Sequence
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from twin.checks.faults import fault_rows, fault_table
from twin.checks.finding import Finding
from twin.checks.plant import check_plant
from twin.discovery import file_of
from twin.lab.calibrate import BALANCE, Calibration, calibrate
from twin.lab.fault_trial import FaultBench, FaultTrial
from twin.model.plant import Plant

_STYLE = {"pass": "green", "fail": "bold red", "unsure": "yellow"}


def report_check(
    plants: Sequence[type[Plant]],
    *,
    replications: int,
    days: float,
    seed: int,
    faults: bool = True,
    as_json: bool,
) -> bool:
    """Check each plant, print what came out, and return whether all passed."""
    console = Console()
    results: list[dict[str, Any]] = []
    for plant_cls in plants:
        findings = check_plant(plant_cls)
        calibration = None
        trials: list[FaultTrial] = []
        if not findings:
            try:
                calibration = _calibrate(plant_cls(), replications, days, seed, quiet=as_json)
                trials = _try_faults(plant_cls(), seed, quiet=as_json) if faults else []
            except Exception as error:  # noqa: BLE001 - a plug-in may raise anything, also after days
                problem = f"{type(error).__name__}: {error}"
                findings.append(Finding(file_of(plant_cls), "run", problem, "let the line run on"))
        results.append(_as_dict(plant_cls, findings, calibration, trials))
        if not as_json:
            _print(console, plant_cls, findings, calibration)
            if trials:
                console.print(fault_table(trials))
    if as_json:
        print(json.dumps(results, indent=2))
    return all(result["passed"] for result in results)


def _progress(*, quiet: bool) -> Progress:
    terminal = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    return Progress(*columns, console=terminal, transient=True, disable=quiet or not terminal.is_terminal)


def _try_faults(plant: Plant, seed: int, *, quiet: bool) -> list[FaultTrial]:
    bench = FaultBench(plant, seed=seed)
    with _progress(quiet=quiet) as progress:
        task = progress.add_task(f"{plant.name}: faults", total=len(bench.faults))
        return list(bench.trials(done=lambda count: progress.update(task, completed=count)))


def _calibrate(plant: Plant, replications: int, days: float, seed: int, *, quiet: bool) -> Calibration:
    with _progress(quiet=quiet) as progress:
        task = progress.add_task(f"{plant.name}: runs of {days:g} days", total=replications)
        return calibrate(
            plant, replications=replications, days=days, seed=seed,
            done=lambda count: progress.update(task, completed=count),
        )  # fmt: skip


def _as_dict(
    plant_cls: type[Plant],
    findings: list[Finding],
    calibration: Calibration | None,
    trials: list[FaultTrial],
) -> dict[str, Any]:
    rows = calibration.rows if calibration else ()
    return {
        "plant": plant_cls.name,
        "file": file_of(plant_cls),
        "passed": not findings and calibration is not None and calibration.passed
        and all(trial.passed for trial in trials),
        "findings": [
            {"file": f.file, "field": f.field, "problem": f.problem, "remedy": f.remedy} for f in findings
        ],
        "figures": [
            {
                "name": row.name, "target": row.target, "tolerance": row.tolerance, "simulated": row.simulated.mean,
                "half_width": row.simulated.half_width if math.isfinite(row.simulated.half_width) else None,
                "verdict": row.verdict,
            }
            for row in rows
        ],
        "balances": calibration.balances if calibration else {},
        "faults": fault_rows(trials),
    }  # fmt: skip


def _worst(balances: dict[str, float]) -> list[tuple[str, int, float]]:
    """Return kind, number and worst error of the balances; those called `kind/what` are one kind, unless open."""
    kinds: dict[str, list[float]] = {}
    for name, error in balances.items():
        kinds.setdefault(name.partition("/")[0] if error <= BALANCE else name, []).append(error)
    return [(kind, len(errors), max(errors)) for kind, errors in kinds.items()]


def _print(
    console: Console, plant_cls: type[Plant], findings: list[Finding], calibration: Calibration | None
) -> None:
    console.print(f"{plant_cls.name}: {file_of(plant_cls)}", markup=False, highlight=False)
    if findings:
        for finding in findings:
            console.print(f"  {finding}", markup=False, highlight=False, soft_wrap=True)
        console.print(
            f"  contract: {len(findings)} broken promises; calibration waits for them", highlight=False
        )
    if calibration is None:
        return
    console.print("  contract: kept", highlight=False)
    if not calibration.rows:
        console.print("  targets(): none stated, the simulation was held against nothing", highlight=False)
    table = Table("figure", "target", "simulated, 95 %", "tolerance", "verdict", box=None, pad_edge=False)
    for row in calibration.rows:
        table.add_row(
            row.name, f"{row.target:.6g}", f"{row.simulated.mean:.6g} ± {row.simulated.half_width:.2g}",
            f"± {row.tolerance:.3g}", f"[{_STYLE[row.verdict]}]{row.verdict}[/]",
        )  # fmt: skip
    for name, count, error in _worst(calibration.balances):
        verdict = "pass" if error <= BALANCE else "fail"
        what = f"balance of {name}" + (f", worst of {count}" if count > 1 else "")
        table.add_row(what, "0", f"{error:.2g}", f"± {BALANCE:g}", f"[{_STYLE[verdict]}]{verdict}[/]")
    console.print(table)
