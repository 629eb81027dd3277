"""Durations as people write them on a command line."""

import re

_SECONDS = {"s": 1.0, "sec": 1.0, "min": 60.0, "m": 60.0, "h": 3600.0, "d": 86_400.0, "w": 604_800.0}
_DURATION = re.compile(r"\s*(\d+(?:\.\d+)?)\s*([a-z]+)\s*")


def seconds_of(text: str) -> float:
    """Return the seconds of a duration such as `24h`, `90min`, `7d`; raises ValueError that shows the form.

    >>> seconds_of("24h"), seconds_of("90min"), seconds_of("7d")
    (86400.0, 5400.0, 604800.0)
    """
    match = _DURATION.fullmatch(text.lower())
    if match is None or match[2] not in _SECONDS:
        raise ValueError(f"{text!r} is no duration; write a number and a unit: 30s, 90min, 24h, 7d")
    return float(match[1]) * _SECONDS[match[2]]
