"""The table of faults that `twin check` prints: what each states and what it did when it was tried."""

import math
from collections.abc import Sequence
from typing import Any

from rich.table import Table

from twin.lab.fault_trial import FaultTrial, Outcome
from twin.model.fault import Effect


def fault_rows(trials: Sequence[FaultTrial]) -> list[dict[str, Any]]:
    """Return the trials for JSON; a change that is undefined is null."""
    return [
        {
            "unit": trial.unit, "key": trial.key, "title": trial.title, "mechanism": trial.mechanism,
            "passed": trial.passed, "cleared": trial.cleared, "mended": trial.mended,
            "imbalance": _number(trial.imbalance),
            "effects": [
                {
                    "subject": outcome.effect.subject, "unit": outcome.unit, "begin": outcome.effect.begin,
                    "end": outcome.effect.end, "usual": _number(outcome.usual), "stated": outcome.effect.change,
                    "measured": _number(outcome.change), "left": _number(outcome.left), "held": outcome.held,
                }
                for outcome in trial.outcomes
            ],
        }
        for trial in trials
    ]  # fmt: skip


def fault_table(trials: Sequence[FaultTrial]) -> Table:
    """Return a table with a row for every effect of every fault."""
    table = Table(box=None, pad_edge=False)
    for heading in ("fault", "effect on", "in", "usual", "stated", "measured", "left", "verdict"):
        table.add_column(heading, overflow="fold")  # a name that is cut cannot be looked for
    for trial in trials:
        name = f"{trial.unit}/{trial.key}"
        for outcome in trial.outcomes:
            style, verdict = ("green", "pass") if outcome.held else ("bold red", _why(outcome))
            table.add_row(
                name, outcome.effect.subject, _span(outcome.effect), f"{outcome.usual:.5g} {outcome.unit}",
                f"{outcome.effect.change:+.4g}", f"{outcome.change:+.4g}", f"{outcome.left:+.3g}",
                f"[{style}]{verdict}[/]",
            )  # fmt: skip
            name = ""
        if not trial.cleared:
            table.add_row("", "its own tag", "", "", "", "", "", "[bold red]not cleared by its reset[/]")
        if not trial.mended:
            table.add_row(
                "", "struck and reset at once", "", "", "", "", "", "[bold red]still has its effect[/]"
            )
        if not trial.imbalance <= 1e-9:
            table.add_row("", "balances", "", "0", "", f"{trial.imbalance:.2g}", "", "[bold red]open[/]")
    return table


def _why(outcome: Outcome) -> str:
    return "undefined" if math.isnan(outcome.change) else "fail"


def _span(effect: Effect) -> str:
    return f"{effect.begin / 3600.0:g}..{effect.end / 3600.0:g} h"


def _number(value: float) -> float | None:
    return value if math.isfinite(value) else None
