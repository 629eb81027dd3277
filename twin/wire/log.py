"""Log lines of a running plant: one JSON object a line on stderr."""

import sys

import structlog


def logger(plant: str) -> structlog.typing.FilteringBoundLogger:
    """Return a logger whose lines carry the plant's name."""
    log: structlog.typing.FilteringBoundLogger = structlog.wrap_logger(
        structlog.PrintLogger(sys.stderr),
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(20),
        plant=plant,
    )
    return log
