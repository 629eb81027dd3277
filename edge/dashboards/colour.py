"""Colours: grey is normal, colour is abnormal (ISA-101); a state has its word beside its colour.

A threshold never stands for a target or a gain. It is no judgement at all (`PLAIN`), a limit of the edge's own health,
any at all of what there should be none of (`ANY`), or how near a condition is to its failure (`WORN`).
"""

from collections.abc import Mapping
from typing import TypeAlias

from grafana_foundation_sdk.builders.dashboard import ThresholdsConfig
from grafana_foundation_sdk.models.dashboard import Threshold, ThresholdsMode, ValueMap, ValueMappingResult

Steps: TypeAlias = tuple[tuple[float, str], ...]  # from which value on which colour; below the first is grey

GREY, YELLOW, ORANGE, RED, BLUE = "#8e8e8e", "#e0b400", "#e07000", "#c4162a", "#5794f2"
PLAIN: Steps = ()
ANY: Steps = ((1, YELLOW),)
WORN: Steps = ((0.8, YELLOW), (1.0, RED))  # of the way from healthy to failed, as on the page of a unit
# States by colour and word: grey works or waits, colour wants attention.
STATES = {
    "EXECUTE": GREY, "IDLE": "#c7c7c7", "SUSPENDED": "#b0b8c0", "HELD": YELLOW, "ABORTED": RED, "STOPPED": "#6e6e6e",
    "RESETTING": BLUE, "STARTING": BLUE, "COMPLETE": "#c7c7c7", "CLEARING": ORANGE,
}  # fmt: skip
SEVERITIES = {"info": GREY, "warning": YELLOW, "critical": RED}


def thresholds(steps: Steps) -> ThresholdsConfig:
    """Return thresholds that begin with grey."""
    found = [Threshold(None, GREY), *(Threshold(value, colour) for value, colour in steps)]
    return ThresholdsConfig().mode(ThresholdsMode.ABSOLUTE).steps(found)


def words(colours: Mapping[str, str]) -> ValueMap:
    """Return a mapping that colours words."""
    return ValueMap({
        word: ValueMappingResult(text=word.capitalize(), color=colour, index=place)
        for place, (word, colour) in enumerate(colours.items())
    })  # fmt: skip
