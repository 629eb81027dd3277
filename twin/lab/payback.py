"""How long chosen upgrades take to earn what they cost."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from twin.lab.interval import Interval, mean_interval
from twin.model.upgrade import Upgrade

YEAR = 8760.0  # h
LEAVES_OUT = (
    "the margin of additional output, interest and taxes, the value of a shorter R&D period, and the ramp-in; "
    "the cost of an upgrade is the same at every strength"
)


@dataclass(frozen=True, slots=True)
class Payback:
    """The arithmetic of payback, CNY and years: `saving` a year in conversion cost, less the `running` cost.

    `years` is `one_off` by what is left a year; infinite where nothing is left.
    """

    one_off: float
    running: float
    saving: Interval
    years: float


def payback(
    upgrades: Iterable[Upgrade],
    before: Sequence[float],
    after: Sequence[float],
    output: Sequence[float],
) -> Payback:
    """Return the payback of `upgrades` from conversion costs per good unit `before` and `after`, pair by pair.

    `output` are the good units an hour with the upgrades: what one costs less is saved on each of them, a whole year
    long. See LEAVES_OUT.
    """
    chosen = tuple(upgrades)
    one_off = math.fsum(upgrade.one_off for upgrade in chosen)
    running = math.fsum(upgrade.running for upgrade in chosen)
    saving = mean_interval(
        [(old - new) * rate * YEAR for old, new, rate in zip(before, after, output, strict=True)]
    )
    net = saving.mean - running
    return Payback(one_off, running, saving, one_off / net if net > 0.0 else math.inf)
