"""Figures: samples are folded into additive tallies, tallies become figures that carry their inputs."""

from twin.kpi.catalogue import figure, figures
from twin.kpi.energy import peak_power
from twin.kpi.figure import Figure
from twin.kpi.fold import Fold
from twin.kpi.loss import losses
from twin.kpi.tally import Tally, add, total
from twin.kpi.window import Kpi, Window

__all__ = [
    "Figure",
    "Fold",
    "Kpi",
    "Tally",
    "Window",
    "add",
    "figure",
    "figures",
    "losses",
    "peak_power",
    "total",
]
