"""The plug-in contract, executable: `check_plant` names every breach with file, field and remedy."""

from twin.checks.finding import Finding
from twin.checks.plant import check_plant

__all__ = ["Finding", "check_plant"]
