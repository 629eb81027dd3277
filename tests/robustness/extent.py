"""How far the tests of robustness go: a short form by default, the long one with ROBUSTNESS=long."""

import os

LONG = os.environ.get("ROBUSTNESS") == "long"
SEED = int(os.environ.get("ROBUSTNESS_SEED", "1"))


def cases(short: int, long: int) -> int:
    """Return how many cases to try."""
    return long if LONG else short
